"""A conversion that reads a drawing as sheets, for tests that read files where they can do no harm."""

from typing import Any

from outfeed.jobs.work import Task
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.registry import read_drawing


def convert(task: Task) -> dict[str, Any]:
    """Read the input as sheets, and tell what they are."""
    drawing = read_drawing(
        task.inputs / "source",
        task.outputs / "sheets.pdf",
        format=task.options["format"],
        limits=SheetLimits(),
        report=task.report,
    )
    return {"sheets": [sheet.json() for sheet in drawing.sheets], "lost": [loss.json() for loss in drawing.lost]}

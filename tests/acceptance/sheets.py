"""Reading and exporting sheets in real children, for the tests of the sandbox."""

from typing import Any

from outfeed.jobs.work import Task
from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.page import export_page
from outfeed.sheets.registry import read_drawing


def export_first(task: Task) -> dict[str, Any]:
    """Read the input as a PDF, and export its first page."""
    limits, source, written = SheetLimits(), task.inputs / "source", task.outputs / "drawing.pdf"
    drawing = read_drawing(source, written, format="pdf", limits=limits, report=task.report)
    sheet = SheetSource(pdf=written if drawing.written else source, index=0, name=drawing.sheets[0].name)
    options = PageOptions(markups=True, hyperlinks=True)
    lost = export_page(sheet, task.outputs / "page.pdf", options=options, limits=limits, report=task.report)
    return {"sheets": len(drawing.sheets), "lost": [loss.what for loss in lost], "mended": drawing.written}

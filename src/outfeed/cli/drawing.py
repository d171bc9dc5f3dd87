"""`outfeed export --to pdf`: the sheets of a drawing, or the plans of a building, as one PDF."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from outfeed.cli.meshes import Report
from outfeed.errors import FormatUnknown, InvalidField

if TYPE_CHECKING:
    from typing import BinaryIO

    from outfeed.sheets.model import Drawing
    from outfeed.sheets.plans.options import PlanOptions

#: What `--to` calls it.
PDF: Final = "pdf"
#: Paper that plans are drawn on, and the smallest that they are drawn.
PAPERS: Final = ("A4", "A3", "A2", "A1", "A0")
MOST_SCALE: Final = 100_000


def export_drawing(source: Path, target: "BinaryIO", *, plans: "PlanOptions", report: Report) -> dict[str, Any]:
    """
    Write all sheets of a drawing into a file that is open for it, and return `sheets` and `lost`.

    Parameters
    ----------
    plans
        How buildings are drawn.

    Raises
    ------
    SourceError
        One of its kinds, if the source is refused.
    OSError
        If a file cannot be read.
    """
    from outfeed.exports.limits import sheet_limits
    from outfeed.mesh.parallel import threads
    from outfeed.settings import Settings
    from outfeed.sheets.model import PageOptions, SheetSource
    from outfeed.sheets.pdf.join import join_sheets
    from outfeed.sheets.registry import read_drawing

    limits = sheet_limits(Settings.from_env())
    format_name = _format_of(source)
    with tempfile.TemporaryDirectory() as folder:
        written, out = Path(folder, "drawing.pdf"), Path(folder, "out.pdf")
        drawing = read_drawing(
            source,
            written,
            format=format_name,
            limits=limits,
            threads=threads(),
            plans=plans,
            report=lambda done: report(done / 2),
        )
        pdf = written if drawing.written else source
        lost = join_sheets(
            [SheetSource(pdf=pdf, index=index, name=sheet.name) for index, sheet in enumerate(drawing.sheets)],
            out,
            options=PageOptions(markups=True, hyperlinks=True),
            title=source.stem,
            limits=limits,
            report=lambda done: report((1 + done) / 2),
        )
        with out.open("rb") as file:
            shutil.copyfileobj(file, target)
    return {"sheets": _told(drawing), "lost": [loss.json() for loss in (*drawing.lost, *lost)]}


def _format_of(source: Path) -> str:
    """Return the format of a drawing by what is in it, or else by its name; raise `FormatUnknown` if it is none."""
    from outfeed.sheets.registry import HEAD_BYTES, SHEET_READERS, sheet_reader_for, sniffed

    with source.open("rb") as file:
        found = sniffed(file.read(HEAD_BYTES)) or sheet_reader_for(source.name)
    if found is None:
        raise FormatUnknown(f"Formats that are read as sheets: {', '.join(SHEET_READERS)}.")
    return found


def plan_options(*, sections: bool, scale: int | None, paper: str | None) -> "PlanOptions":
    """Return how buildings are drawn, or raise `InvalidField`."""
    from outfeed.cli.meshes import one_of
    from outfeed.sheets.plans.options import PlanOptions

    if scale is not None and not 1 <= scale <= MOST_SCALE:
        raise InvalidField(f"A scale is 1 to {MOST_SCALE}: 100 draws a metre as a centimetre.")
    name = None if paper is None else one_of(paper.upper(), PAPERS, "paper")
    return PlanOptions(sections=sections, scale=scale, paper=name)


def _told(drawing: "Drawing") -> list[dict[str, Any]]:
    return [dict(sheet.json()) for sheet in drawing.sheets]

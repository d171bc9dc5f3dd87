"""`outfeed export --to pdf`: the sheets of a drawing, or the plans of a building, as one PDF."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from outfeed.cli.meshes import Report
from outfeed.errors import FormatUnknown

if TYPE_CHECKING:
    from typing import BinaryIO

    from outfeed.sheets.model import Drawing

#: What `--to` calls it.
PDF: Final = "pdf"


def export_drawing(source: Path, target: "BinaryIO", *, report: Report) -> dict[str, Any]:
    """
    Write all sheets of a drawing into a file that is open for it, and return `sheets` and `lost`.

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
    from outfeed.sheets.registry import HEAD_BYTES, SHEET_READERS, read_drawing, sheet_reader_for, sniffed

    limits = sheet_limits(Settings.from_env())
    with source.open("rb") as file:
        format_name = sniffed(file.read(HEAD_BYTES)) or sheet_reader_for(source.name)
    if format_name is None:
        raise FormatUnknown(f"Formats that are read as sheets: {', '.join(SHEET_READERS)}.")
    with tempfile.TemporaryDirectory() as folder:
        written, out = Path(folder, "drawing.pdf"), Path(folder, "out.pdf")
        drawing = read_drawing(
            source, written, format=format_name, limits=limits, threads=threads(), report=lambda done: report(done / 2)
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
        target.write(out.read_bytes())
    return {"sheets": _told(drawing), "lost": [loss.json() for loss in (*drawing.lost, *lost)]}


def _told(drawing: "Drawing") -> list[dict[str, Any]]:
    return [dict(sheet.json()) for sheet in drawing.sheets]

"""A PDF as a drawing: each page is a sheet."""

from collections.abc import Iterator
from pathlib import Path

from pikepdf import StreamDecodeLevel

from outfeed.mesh.reporting import Report, silent
from outfeed.sheets.model import Drawing, Loss, Sheet, SheetLimits
from outfeed.sheets.pdf.boxes import shown_size
from outfeed.sheets.pdf.names import sheet_names
from outfeed.sheets.pdf.opening import Opened, open_pdf

_WHY_MENDED = "The file is damaged; what could be read of it was written anew."


def read_pdf(
    source: Path,
    out: Path,
    *,
    limits: SheetLimits,
    threads: int = 1,  # noqa: ARG001 every reader is asked so
    report: Report = silent,
) -> Drawing:
    """
    Read the pages of a PDF as sheets; see `registry.Read`.

    A file that had to be mended is written to `out`, so that nobody mends it again.
    """
    with open_pdf(source, limits) as opened:
        report(0.3)
        if opened.mended:
            _write_mended(opened, out)
        report(0.6)
        sheets = tuple(_sheets(opened, out if opened.mended else source))
    return Drawing(sheets=sheets, written=opened.mended, lost=tuple(_losses(opened)))


def _write_mended(opened: Opened, out: Path) -> None:
    """Write a file anew, streams as they are."""
    # qpdf writes those keys of the trailer that the source has; without a size, readers mend the file again.
    opened.pdf.trailer["/Size"] = 0
    opened.pdf.save(out, fix_metadata_version=False, preserve_pdfa=False, stream_decode_level=StreamDecodeLevel.none)


def _sheets(opened: Opened, path: Path) -> Iterator[Sheet]:
    """Yield the pages as sheets; `path` is where the file stands, whole."""
    names = sheet_names(opened, path)
    for leaf, (name, title) in zip(opened.pages, names, strict=True):
        width_pt, height_pt = shown_size(leaf)
        yield Sheet(name=name, title=title, width_pt=width_pt, height_pt=height_pt)


def _losses(opened: Opened) -> Iterator[Loss]:
    if opened.mended:
        yield Loss(what="PDF", why=_WHY_MENDED)

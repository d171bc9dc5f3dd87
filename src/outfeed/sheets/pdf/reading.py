"""A PDF as a drawing: each page is a sheet."""

import io
from pathlib import Path

import pikepdf

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
        sizes = [shown_size(leaf) for leaf in opened.pages]
        if opened.mended:
            _write_mended(opened, out)
        report(0.5)
        lost = (Loss(what="PDF", why=_WHY_MENDED),) if opened.mended else ()
        mended = opened.mended
    with open_pdf(out if mended else source, limits) as opened:
        pass

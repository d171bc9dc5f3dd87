"""Second try at damaged PDFs: PDFium reads them in its own way, and writes what it understood."""

import io
from pathlib import Path
from typing import Final

import pypdfium2  # type: ignore[import-untyped]  # it has no types

from outfeed.errors import DrawingTooLarge, SourceDamaged, SourceLocked
from outfeed.sheets.model import SheetLimits

#: PDFium's number for a file that needs a password.
_PASSWORD: Final = 4


def rescued(path: Path, limits: SheetLimits) -> io.BytesIO:
    """
    Return a PDF as PDFium understands it: its pages in a new file, without what belongs to the document.

    Raises
    ------
    SourceDamaged
        If PDFium does not understand it either.
    SourceLocked
        If it needs a password.
    DrawingTooLarge
        If it says that it has more than `limits.max_pages`.
    """
    written = io.BytesIO()
    try:
        with pypdfium2.PdfDocument(path) as damaged, pypdfium2.PdfDocument.new() as mended:
            if len(damaged) > limits.max_pages:
                raise DrawingTooLarge(f"It has more than {limits.max_pages} pages.")
            mended.import_pages(damaged)
            mended.save(written)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise SourceLocked("It opens with a password only.") from error
        raise SourceDamaged("It cannot be mended.") from error
    written.seek(0)
    return written

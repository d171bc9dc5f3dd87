"""Pictures of pages, drawn by PDFium: thumbnails."""

from pathlib import Path
from typing import Final

import pypdfium2  # type: ignore[import-untyped]  # it has no types

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.pdf.cost import drawn_bytes
from outfeed.sheets.pdf.opening import open_pdf

#: Bytes that are interpreted for one picture, forms as often as they are drawn.
MOST_BYTES: Final = 1 << 27
#: Units of a page are so small at most, so that a side is never nothing.
_LEAST_SIDE: Final = 1e-3


def draw_page(pdf: Path, index: int, out: Path, *, width: int, height: int, limits: SheetLimits) -> None:
    """
    Draw a page with its annotations as a PNG, as large as fits into so many pixels.

    Parameters
    ----------
    index
        Of the page, from 0.
    width, height
        Of the box; at least 1. One of the picture's sides is that of the box, the other is shorter or the same.

    Raises
    ------
    NoSheets
        If there is no page with this index.
    DrawingTooLarge
        If the box has more pixels than `limits.max_pixels`, or drawing the page would hardly end.
    SourceError
        Another of its kinds, if the source cannot be read.
    """
    if width * height > limits.max_pixels:
        raise DrawingTooLarge(f"A picture has at most {limits.max_pixels} pixels.")
    with open_pdf(pdf, limits) as opened:
        if drawn_bytes(opened.leaf(index), most=MOST_BYTES) >= MOST_BYTES:
            raise DrawingTooLarge("Too much is drawn on a page.")
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            if index >= len(document):
                raise NoSheets(f"It has {len(document)} pages, and none at place {index + 1}.")
            _draw(document[index], out, width, height)
    except pypdfium2.PdfiumError as error:
        raise SourceDamaged("It cannot be drawn.") from error


def _draw(page: pypdfium2.PdfPage, out: Path, width: int, height: int) -> None:
    """Draw a page; PDFium rounds sides up, so what the last decimal adds is taken off."""
    sides = [max(side, _LEAST_SIDE) for side in page.get_size()]
    scale = min(width / sides[0], height / sides[1]) * (1 - 1e-6)
    bitmap = page.render(scale=scale, may_draw_forms=True)
    picture = bitmap.to_pil().convert("RGB")
    if picture.width > width or picture.height > height:
        picture = picture.crop((0, 0, min(width, picture.width), min(height, picture.height)))
    picture.save(out, "PNG")

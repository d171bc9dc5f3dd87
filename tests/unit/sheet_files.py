"""PDFs that the tests of sheets make."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # it has no types
from numpy.typing import NDArray

A3_WIDTH, A3_HEIGHT = 1190, 842


def a_pdf(
    path: Path, contents: Sequence[str], *, labels: str = "", rotate: int = 0, size: tuple[int, int] = (1190, 842)
) -> Path:
    """Write a PDF with a page for each content, which may use the font F; labels is the source of a number tree."""
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(pikepdf.Object.parse(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"))
        for content in contents:
            page = pdf.add_blank_page(page_size=size)
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
            page.obj.Contents = pdf.make_stream(content.encode())
            if rotate:
                page.obj.Rotate = rotate
        if labels:
            pdf.Root.PageLabels = pikepdf.Object.parse(labels.encode())
        pdf.save(path, static_id=True)
    return path


def text_at(x: float, y: float, text: str, *, size: float = 10) -> str:
    """Return the content that writes a line of text."""
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


def title_block(number: str, *, size: float = 24, extra: str = "") -> str:
    """Return the content of an A3 sheet with notes, and a number in its lower right corner."""
    notes = "".join(text_at(60, 700 - 14 * row, f"Note {row}: all dimensions in millimetres") for row in range(8))
    return notes + text_at(1000, 120, "Ground floor", size=12) + text_at(1050, 60, number, size=size) + extra


def with_bookmarks(path: Path, bookmarks: Sequence[tuple[str, int]]) -> Path:
    """Add bookmarks, each with the page it leads to, to a PDF in its place."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            outline.root += [pikepdf.OutlineItem(title, index) for title, index in bookmarks]
        pdf.save(path, static_id=True)
    return path


def shown(path: Path, index: int, *, scale: float = 1.0) -> NDArray[np.uint8]:
    """Return a page as PDFium shows it, with annotations: rows, columns, red, green and blue."""
    with pypdfium2.PdfDocument(path) as pdf:
        # Sides are rounded up: what the last decimal adds is no pixel.
        picture = pdf[index].render(scale=scale * (1 - 1e-5), may_draw_forms=False).to_pil()
        return np.asarray(picture.convert("RGB"))

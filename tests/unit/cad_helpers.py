"""Drawings made with ezdxf, read as sheets, and looked at as PDFium shows them."""

import io
from pathlib import Path
from typing import Any, Final

import ezdxf.filemanagement
import numpy as np
import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
from numpy.typing import NDArray

from outfeed.mesh.reporting import silent
from outfeed.sheets.cad.dxf import read_dxf
from outfeed.sheets.model import Drawing, SheetLimits

MM: Final = 72 / 25.4


class Shown:
    """A drawing's sheets, and their PDF."""

    def __init__(self, drawing: Drawing, path: Path) -> None:
        self.drawing = drawing
        self.path = path
        self.pdf = pypdfium2.PdfDocument(path.read_bytes())

    def pixels(self, page: int = 0, *, per_pt: float = 2.0) -> NDArray[np.uint8]:
        """Return red, green and blue of a page (rows, columns, 3), its first row on top."""
        bitmap: NDArray[np.uint8] = self.pdf[page].render(scale=per_pt, rev_byteorder=True).to_numpy()
        return bitmap[..., :3]

    def ink(self, page: int = 0, *, per_pt: float = 2.0) -> NDArray[np.bool_]:
        """Return where a page is not white (rows, columns), its first row at the bottom."""
        red, green, blue = np.moveaxis(self.pixels(page, per_pt=per_pt)[::-1] < 200, 2, 0)
        return np.asarray(red | green | blue)

    def color(self, x_mm: float, y_mm: float, page: int = 0) -> tuple[int, ...]:
        """Return the colour at a place, from the lower left corner."""
        pixels = self.pixels(page, per_pt=4.0)[::-1]
        return tuple(int(part) for part in pixels[round(y_mm * MM * 4), round(x_mm * MM * 4)])

    def box_mm(self, page: int = 0) -> list[float]:
        """Return left, bottom, right and top of all ink."""
        ink = self.ink(page, per_pt=4.0)
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        return [round(float(edge) / 4 / MM, 2) for edge in edges]

    def found(self, text: str, page: int = 0) -> list[float] | None:
        """Return left, bottom, right and top in millimetres of the first place of a text, None if it is not found."""
        words = self.pdf[page].get_textpage()
        place = words.search(text).get_next()
        if place is None:
            return None
        boxes = [words.get_charbox(place[0] + at) for at in range(place[1])]
        left, bottom, right, top = zip(*boxes, strict=True)
        return [edge / MM for edge in (min(left), min(bottom), max(right), max(top))]

    def layers(self) -> dict[str, bool]:
        """Return the file's layers, and whether they are shown."""
        with pikepdf.open(self.path) as pdf:
            groups: Any = pdf.Root.OCProperties
            off = {group.objgen for group in groups.D.OFF}
            return {str(group.Name): group.objgen not in off for group in groups.OCGs}


def a_document(*, setup: tuple[str, ...] | bool = False, **header: Any) -> Any:
    """Return an empty drawing in millimetres."""
    document = ezdxf.filemanagement.new("R2018", setup=setup, units=4)
    for name, value in header.items():
        document.header[f"${name}"] = value
    return document


def a_layout(document: Any, *, size: tuple[float, float] = (200, 100), name: str = "Layout1") -> Any:
    """Return a layout without margins at a scale of 1:1, millimetres."""
    layout = document.layouts.get(name) if name in document.layouts.names() else document.layouts.new(name)
    layout.page_setup(size=size, margins=(0, 0, 0, 0), units="mm")
    return layout


def shown(document: Any, folder: Path, *, limits: SheetLimits | None = None) -> Shown:
    """Return a drawing as sheets."""
    text = io.StringIO()
    document.write(text)
    source, out = folder / "drawing.dxf", folder / "drawing.pdf"
    source.write_text(text.getvalue(), encoding="utf-8")
    return Shown(read_dxf(source, out, limits=limits or SheetLimits(), threads=1, report=silent), out)

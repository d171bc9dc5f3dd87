"""How large a page is, whatever its boxes say."""

import math
from typing import Any, Final, TypeAlias

import pikepdf

from outfeed.sheets.pdf.opening import Leaf
from outfeed.sheets.pdf.values import entry, number

#: Left, bottom, right, top in units of the page.
Box: TypeAlias = tuple[float, float, float, float]

#: What a page without a usable box has, as PDFium has it: US letter.
LETTER: Final[Box] = (0.0, 0.0, 612.0, 792.0)
#: Largest side that is told of, in points: 353 m. Boxes may say more.
MAX_SIDE_PT: Final = 1_000_000.0
#: PDF 1.7 has units from 1/72 inch on; what lies outside is taken for 1.
MAX_USER_UNIT: Final = 75_000.0
BOXES: Final = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")


def box(found: Any) -> Box | None:
    """Return a box with its corners in order; None for what is no box, or has no area."""
    if not isinstance(found, pikepdf.Array) or len(found) != len(LETTER):
        return None
    sides = [number(side) for side in found.as_list()]
    x0, y0, x1, y1 = (math.nan if side is None else side for side in sides)
    left, right, bottom, top = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return (left, bottom, right, top) if left < right and bottom < top else None


def shown_box(leaf: Leaf) -> Box:
    """Return what is shown of a page: its crop box within its media box."""
    media = box(leaf.get("/MediaBox")) or LETTER
    crop = box(leaf.get("/CropBox")) or media
    within = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    return within if within[0] < within[2] and within[1] < within[3] else media


def turned(leaf: Leaf) -> int:
    """Return by how many degrees a page is turned clockwise: 0, 90, 180 or 270."""
    angle = number(leaf.get("/Rotate")) or 0.0
    return int(angle) % 360 if angle % 90 == 0 else 0


def user_unit(leaf: Leaf) -> float:
    """Return how many points a unit of a page is."""
    unit = number(entry(leaf.page, "/UserUnit"))
    return unit if unit is not None and 0 < unit <= MAX_USER_UNIT else 1.0


def shown_size(leaf: Leaf) -> tuple[float, float]:
    """Return width and height of a page as it is shown, in points of 1/72 inch."""
    left, bottom, right, top = shown_box(leaf)
    unit = user_unit(leaf)
    width, height = (min(side * unit, MAX_SIDE_PT) for side in (right - left, top - bottom))
    return (height, width) if turned(leaf) in {90, 270} else (width, height)

"""A sheet around a drawing: frame, title block, north arrow, bar of the scale."""

import math
from dataclasses import dataclass
from typing import Final

from outfeed.sheets.canvas import BLACK, MM, PageCanvas, Rgb, TextLook
from outfeed.sheets.fonts import text_width
from outfeed.sheets.plans.drawing import NORMAL, SMALL
from outfeed.sheets.plans.looks import FINE, HEAVY, MIDDLE, WHITE
from outfeed.sheets.plans.paper import BINDER_MM, BLOCK_MM, EDGE_MM, STRIP_MM, Format

GREY: Final[Rgb] = (0.4, 0.4, 0.4)
#: Parts of a bar of the scale, and its best length on paper in millimetres.
BAR_PARTS, BAR_MM = 5, 50.0
#: Smallest letters, in points.
LEAST: Final = 1.4 * MM


@dataclass(frozen=True, kw_only=True, slots=True)
class Titles:
    """What is written on a sheet."""

    project: str
    building: str
    name: str
    #: What kind of drawing it is.
    kind: str
    #: Which of how many.
    number: int
    of: int


def draw_frame(page: PageCanvas, format_: Format) -> None:
    """Draw the frame of the sheet."""
    width, height = (side * MM for side in format_.paper.value)
    page.rect(BINDER_MM * MM, EDGE_MM * MM, width - (BINDER_MM + EDGE_MM) * MM, height - 2 * EDGE_MM * MM)
    page.stroke(HEAVY)


def draw_titles(page: PageCanvas, format_: Format, titles: Titles) -> None:
    """Draw the title block, at the lower right."""
    left = (format_.paper.value[0] - EDGE_MM - BLOCK_MM) * MM
    base = EDGE_MM * MM
    row, height, width = STRIP_MM / 3 * MM, STRIP_MM * MM, BLOCK_MM * MM
    page.rect(left, base, width, height)
    page.paint(HEAVY, fill=WHITE)
    page.polyline([(left, base + row), (left + width, base + row)])
    page.polyline([(left, base + 2 * row), (left + width, base + 2 * row)])
    for share in (0.55, 0.7, 0.85):
        page.polyline([(left + share * width, base), (left + share * width, base + row)])
    page.stroke(MIDDLE)
    _field(page, left, base + 2 * row, width, "Project", titles.project)
    _field(page, left, base + row, width, "Building", titles.building)
    _field(page, left, base, 0.55 * width, titles.kind, titles.name, bold=True)
    _field(page, left + 0.55 * width, base, 0.15 * width, "Scale", f"1:{format_.scale}")
    _field(page, left + 0.7 * width, base, 0.15 * width, "Paper", format_.paper.name)
    _field(page, left + 0.85 * width, base, 0.15 * width, "Sheet", f"{titles.number} of {titles.of}")


def _field(page: PageCanvas, x: float, y: float, width: float, title: str, said: str, *, bold: bool = False) -> None:
    """Write a field with its title above; what is too long is narrowed, then cut off."""
    room, row = width - 3 * MM, STRIP_MM / 3 * MM
    page.text(x + 1.5 * MM, y + row - SMALL, SMALL * 0.75, title, look=TextLook(color=GREY))
    size = NORMAL * 1.25
    while size > LEAST and text_width(said, size, bold=bold) > room:
        size *= 0.9
    while said and text_width(said, size, bold=bold) > room:
        said = said[: len(said) * 9 // 10]
    page.text(x + 1.5 * MM, y + 0.25 * row, size, said, look=TextLook(bold=bold))


def draw_north(page: PageCanvas, north: tuple[float, float]) -> None:
    """Draw an arrow that points north, at the left of the strip."""
    x, y, radius = (BINDER_MM + 14) * MM, (EDGE_MM + STRIP_MM / 2) * MM, 8 * MM
    page.circle(x, y, radius)
    page.stroke(FINE)
    (right, up), half = north, radius * 0.45
    tip, back = (x + radius * right, y + radius * up), (x - radius * right, y - radius * up)
    for side, fill in ((1, BLACK), (-1, WHITE)):
        page.polyline(
            [
                tip,
                (back[0] - side * half * up, back[1] + side * half * right),
                (x - 0.5 * radius * right, y - 0.5 * radius * up),
            ],
            closed=True,
        )
        page.paint(FINE, fill=fill)
    page.text(
        x + 1.35 * radius * right,
        y + 1.35 * radius * up - 0.36 * NORMAL,
        NORMAL,
        "N",
        anchor="center",
        look=TextLook(bold=True),
    )


def draw_bar(page: PageCanvas, format_: Format) -> None:
    """Draw a bar with lengths of the building, in the strip, and what paper the scale is for."""
    step = _round(BAR_MM / 1000 * format_.scale / BAR_PARTS)
    part, x, y = step * format_.pt_per_m, (BINDER_MM + 32) * MM, (EDGE_MM + STRIP_MM / 2) * MM
    for row in range(BAR_PARTS):
        page.rect(x + row * part, y, part, 1.5 * MM)
        page.paint(FINE, fill=WHITE if row % 2 else BLACK)
        page.text(x + row * part, y + 2.5 * MM, SMALL, f"{row * step:g}", anchor="center")
    page.text(x + BAR_PARTS * part, y + 2.5 * MM, SMALL, f"{BAR_PARTS * step:g} m", anchor="center")
    page.text(x, y - 4 * MM, SMALL, f"1:{format_.scale} on {format_.paper.name}", look=TextLook(color=GREY))


def _round(length: float) -> float:
    """Return the largest of 1, 2, 5, 10 … that is no longer."""
    power = 10.0 ** math.floor(math.log10(length) + 1e-9)
    return float(max(step * power for step in (1, 2, 5) if step * power <= length * (1 + 1e-9)))

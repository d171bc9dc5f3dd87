"""Puts a figure on paper: what is seen in thin lines, what is cut filled and outlined, rooms, grids and doors."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from outfeed.sheets.canvas import BLACK, MM, PageCanvas, Rgb, TextLook
from outfeed.sheets.fonts import text_width
from outfeed.sheets.plans.building import Building
from outfeed.sheets.plans.cut import Section
from outfeed.sheets.plans.figure import Figure
from outfeed.sheets.plans.looks import FINE, HEAVY, LOOKS, THIN, WHITE, look_of
from outfeed.sheets.plans.model import GridLine, Leaf, Points, Room, Storey

#: Sizes of letters in points.
LARGE, NORMAL, SMALL = 4.0 * MM, 3.0 * MM, 2.2 * MM
#: A line of letters under another, as a share of their size.
LEADING: Final = 1.35
#: Long and short, as axes are drawn.
DASH_DOT: Final = (6 * MM, 1.2 * MM, 0.6 * MM, 1.2 * MM)
BUBBLE: Final = 4.0 * MM
#: How long the lines of levels are beside a building.
BESIDE: Final = 14.0 * MM
#: A heavy outline is drawn so much wider, as its inner half is covered.
OUTSIDE: Final = 1.4
GRID_COLOR: Final[Rgb] = (0.35, 0.35, 0.35)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ground:
    """Where on paper a point of the building is."""

    #: Points of paper for a metre.
    scale: float
    #: (2,): the point of the building, in metres, that is at (2,) on paper, in points.
    origin: Points
    at: Points

    def on(self, points: Points) -> Points:
        """Return where points (..., 2) in metres are on paper."""
        placed: Points = (points - self.origin) * self.scale + self.at
        return placed


def draw_figure(page: PageCanvas, figure: Figure, building: Building, ground: Ground) -> None:
    """Draw what is seen, then what is cut."""
    looks = np.array([look_of(product.class_name) for product in building.products], dtype=np.int64)
    of_lines = looks[figure.seen.owners] if len(figure.seen.owners) else np.zeros(0, dtype=np.int64)
    ends = ground.on(figure.seen.ends)
    for row, look in enumerate(LOOKS):
        if (of_lines == row).any():
            with page.layer(look.layer):
                page.segments(ends[of_lines == row])
                page.stroke(look.seen, look.color)
    cut: dict[int, list[Section]] = defaultdict(list)
    for section in figure.cut:
        cut[int(looks[section.owner])].append(section)
    for row in sorted(cut):
        with page.layer(LOOKS[row].layer):
            _draw_cut(page, cut[row], ground, row)


def _draw_cut(page: PageCanvas, cut: list[Section], ground: Ground, row: int) -> None:
    """
    Draw what is cut of one class: outlines first, then fills over their inner halves.

    So walls that touch or overlap are drawn as one, without lines between them, and a fill has its true size.
    """
    look = LOOKS[row]
    if look.cut >= HEAVY and any(section.rings for section in cut):
        _all_rings(page, cut, ground)
        page.stroke(look.cut * OUTSIDE)
        _all_rings(page, cut, ground)
        page.fill(look.fill)
    for section in cut:
        if section.rings and look.cut < HEAVY:
            _rings(page, section, ground)
            page.paint(look.cut, fill=look.fill)
        for line in section.lines:
            page.polyline(ground.on(line))
            page.stroke(look.cut)


def _all_rings(page: PageCanvas, cut: list[Section], ground: Ground) -> None:
    for section in cut:
        _rings(page, section, ground)


def _rings(page: PageCanvas, section: Section, ground: Ground) -> None:
    for ring in section.rings:
        page.polyline(ground.on(ring), closed=True)


# --- Doors ------------------------------------------------------------------------------------------------------------


def draw_leaves(page: PageCanvas, leaves: Iterable[Leaf], ground: Ground, level: float) -> None:
    """Draw doors open, with the way of their edges, where the cut goes through them."""
    for leaf in leaves:
        if not leaf.low <= level <= leaf.high:
            continue
        hinge, closed, opened = (ground.on(np.array(point)) for point in (leaf.hinge, leaf.closed, leaf.opened))
        start, end = (math.atan2(*(point - hinge)[::-1]) for point in (closed, opened))
        turn = (end - start + math.pi) % math.tau - math.pi
        page.move(*hinge)
        page.line(*opened)
        page.stroke(THIN * 1.4)
        page.move(*closed)
        x, y = hinge.tolist()
        page.arc(x, y, float(np.hypot(*(closed - hinge))), start, start + turn)
        page.stroke(FINE, (0.35, 0.35, 0.35))


# --- Rooms ------------------------------------------------------------------------------------------------------------


def draw_rooms(page: PageCanvas, rooms: Iterable[Room], ground: Ground) -> None:
    """Write number, name and area of rooms in their middle."""
    for room in rooms:
        size = NORMAL * 0.85
        names = [said for said in dict.fromkeys((room.number, room.name)) if said.strip()]
        lines = [(name, TextLook(bold=row == 0)) for row, name in enumerate(names)]
        lines.append((f"{room.area:.2f} m²", TextLook()))
        x, y = ground.on(np.array([room.x, room.y]))
        _label(page, float(x), float(y), size, lines)


def _label(page: PageCanvas, x: float, y: float, size: float, lines: Sequence[tuple[str, TextLook]]) -> None:
    width = max(text_width(line, size, bold=look.bold) for line, look in lines)
    height = len(lines) * size * LEADING
    with page.saved():
        page.opacity(0.8)
        page.rect(x - width / 2 - MM / 2, y - height / 2 - MM / 2, width + MM, height + MM)
        page.fill(WHITE)
    for row, (line, look) in enumerate(lines):
        page.text(x, y + height / 2 - (row + 0.8) * size * LEADING, size, line, anchor="center", look=look)


# --- Grids and levels -------------------------------------------------------------------------------------------------


def draw_grid(page: PageCanvas, grid: Iterable[GridLine], ground: Ground) -> None:
    """Draw axes dash-dotted, with their names in circles at both ends."""
    for axis in grid:
        points = ground.on(axis.points)
        page.polyline(points)
        page.stroke(FINE, GRID_COLOR, DASH_DOT)
        for end, beside in ((points[0], points[1]), (points[-1], points[-2])):
            _bubble(page, end, end - beside, axis.tag)


def _bubble(page: PageCanvas, end: Points, away: Points, tag: str) -> None:
    length = float(np.hypot(*away))
    if not tag.strip() or length <= 0:
        return
    x, y = (float(part) for part in end + away / length * BUBBLE)
    page.circle(x, y, BUBBLE)
    page.paint(THIN, fill=WHITE)
    size = min(NORMAL, NORMAL * 1.7 * BUBBLE / max(text_width(tag, NORMAL, bold=True), 1.0))
    page.text(x, y - size * 0.36, size, tag, anchor="center", look=TextLook(bold=True))


def draw_levels(page: PageCanvas, storeys: Iterable[Storey], ground: Ground, left: float, right: float) -> None:
    """Draw the floors of storeys beside a section, with names and heights; `left` and `right` of it in metres."""
    for storey in storeys:
        (start, y), (end, _) = ground.on(np.array([[left, storey.elevation], [right, storey.elevation]])).tolist()
        start, end = start - BESIDE, end + BESIDE
        page.segments(np.array([[[start, y], [start + BESIDE, y]], [[end - BESIDE, y], [end, y]]]))
        page.stroke(FINE, GRID_COLOR)
        page.polyline([(end, y), (end - MM, y + 2 * MM), (end + MM, y + 2 * MM)], closed=True)
        page.paint(FINE, fill=BLACK)
        page.text(end - 2 * MM, y + MM, SMALL, f"{storey.elevation:+.2f}", anchor="right")
        page.text(start, y + MM, SMALL, storey.name)

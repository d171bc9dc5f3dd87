"""Outlines that shapes are drawn by: ends of lines, revision clouds, turned frames, and how far all of it reaches."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from outfeed.sheets.canvas import PageCanvas
from outfeed.sheets.markups.fields import Point, Rect
from outfeed.sheets.markups.shapes import Ending

#: Chords of one cloud. One that would need more gets larger arcs.
_MOST_ARCS: Final = 5_000
#: Chord of a cloud's arcs, in points: without intensity, and what each unit of it adds.
_CHORD, _CHORD_MORE = 6.0, 8.0
#: Points that stand for an ellipse while its length is measured.
_STEPS: Final = 256


class Reach:
    """How far what is drawn reaches."""

    def __init__(self) -> None:
        self._xs: list[float] = []
        self._ys: list[float] = []

    def add(self, points: Iterable[Point], margin: float = 0.0) -> None:
        """Take in points, and what is around them."""
        for x, y in points:
            self._xs += (x - margin, x + margin)
            self._ys += (y - margin, y + margin)

    def add_rect(self, rect: Rect, margin: float = 0.0) -> None:
        """Take in a rectangle."""
        self.add([(rect[0], rect[1]), (rect[2], rect[3])], margin)

    def rect(self) -> Rect:
        """Return the rectangle around all that was taken in, a point wider on each side: it is never without a size."""
        left, bottom, right, top = min(self._xs), min(self._ys), max(self._xs), max(self._ys)
        return (round(left - 1, 3), round(bottom - 1, 3), round(right + 1, 3), round(top + 1, 3))


def direction(start: Point, end: Point) -> Point:
    """Return the way from one point to another as a vector of length 1; to the right where they are the same."""
    length = math.dist(start, end)
    return ((end[0] - start[0]) / length, (end[1] - start[1]) / length) if length else (1.0, 0.0)


def along(start: Point, way: Point, ahead: float, aside: float = 0.0) -> Point:
    """Return the point that is so far ahead on a way, and so far to its left."""
    return (start[0] + way[0] * ahead - way[1] * aside, start[1] + way[1] * ahead + way[0] * aside)


def ending_size(width: float) -> float:
    """Return how large the ends of a line are."""
    return 4 + 4 * width


def shortened(tip: Point, way: Point, ending: Ending, width: float) -> Point:
    """Return where a line stops that has an end which is an outline, so that it does not run into it."""
    size = ending_size(width)
    back = {"closed_arrow": size, "circle": size / 2, "square": size / 2, "diamond": size / 2}.get(ending, 0.0)
    return along(tip, way, -back)


def ending_outline(tip: Point, way: Point, ending: Ending, width: float) -> list[Point]:
    """Return the corners of a line's end that are neither a circle nor nothing; `way` is where the line goes there."""
    size = ending_size(width)
    half = size / 2
    shapes: dict[str, list[Point]] = {
        "open_arrow": [(-size, half), (0, 0), (-size, -half)],
        "closed_arrow": [(-size, half), (0, 0), (-size, -half)],
        "open_arrow_reversed": [(size, half), (0, 0), (size, -half)],
        "closed_arrow_reversed": [(size, half), (0, 0), (size, -half)],
        "square": [(-half, half), (half, half), (half, -half), (-half, -half)],
        "diamond": [(-half, 0), (0, half), (half, 0), (0, -half)],
        "butt": [(0, half), (0, -half)],
        "slash": [(half / math.sqrt(3), half), (-half / math.sqrt(3), -half)],
    }
    return [along(tip, way, ahead, aside) for ahead, aside in shapes.get(ending, [])]


def is_closed(ending: Ending) -> bool:
    """Tell whether a line's end is an outline that is filled."""
    return ending in {"closed_arrow", "closed_arrow_reversed", "circle", "square", "diamond"}


def rect_corners(rect: Rect) -> list[Point]:
    """Return the corners of a rectangle, counter-clockwise."""
    left, bottom, right, top = rect
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def inset(rect: Rect, margin: float) -> Rect:
    """Return a rectangle that is smaller on each side, but not turned round."""
    across, up = min(margin, (rect[2] - rect[0]) / 2), min(margin, (rect[3] - rect[1]) / 2)
    return (rect[0] + across, rect[1] + up, rect[2] - across, rect[3] - up)


def ellipse_points(rect: Rect) -> list[Point]:
    """Return points of the ellipse that fills a rectangle, counter-clockwise."""
    x, y = (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2
    across, up = (rect[2] - rect[0]) / 2, (rect[3] - rect[1]) / 2
    turns = (2 * math.pi * step / _STEPS for step in range(_STEPS))
    return [(x + across * math.cos(turn), y + up * math.sin(turn)) for turn in turns]


def draw_ellipse(page: PageCanvas, rect: Rect) -> None:
    """Add the ellipse that fills a rectangle to the path."""
    x, y = (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2
    across, up = (rect[2] - rect[0]) / 2, (rect[3] - rect[1]) / 2
    handle = 4 / 3 * math.tan(math.pi / 8)
    corners = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    page.move(x + across, y)
    for (x0, y0), (x1, y1) in pairwise(corners):
        first = (x + across * (x0 + handle * x1), y + up * (y0 + handle * y1))
        second = (x + across * (x1 + handle * x0), y + up * (y1 + handle * y0))
        page.curve(first, second, (x + across * x1, y + up * y1))
    page.close()


def cloud_chord(intensity: float) -> float:
    """Return how long the chords of a cloud's arcs are, at most."""
    return _CHORD + _CHORD_MORE * intensity


def draw_cloud(page: PageCanvas, corners: Sequence[Point], intensity: float, *, smooth: bool) -> float:
    """
    Add a revision cloud around an outline to the path, and return how far it swells beyond it.

    Each arc is half a circle outside of the outline; a corner is between two arcs, unless the outline is `smooth`.
    """
    outline = [*corners, corners[0]]
    length = math.fsum(math.dist(start, end) for start, end in pairwise(outline))
    chord = max(cloud_chord(intensity), length / _MOST_ARCS)
    stops = _stops_smooth(outline, length, chord) if smooth else _stops(outline, chord)
    area = math.fsum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(outline))
    sweep = math.pi if area >= 0 else -math.pi
    page.move(*stops[0])
    widest = 0.0
    for start, end in pairwise(stops):
        x, y, radius = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, math.dist(start, end) / 2
        turn = math.atan2(start[1] - y, start[0] - x)
        page.arc(x, y, radius, turn, turn + sweep)
        widest = max(widest, radius)
    page.close()
    return widest


def _stops(outline: Sequence[Point], chord: float) -> list[Point]:
    """Return where the arcs meet: at the corners, and evenly between them."""
    stops = [outline[0]]
    for start, end in pairwise(outline):
        length = math.dist(start, end)
        count = max(1, round(length / chord))
        way = direction(start, end)
        stops += [along(start, way, length * step / count) for step in range(1, count + 1) if length]
    return stops


def _stops_smooth(outline: Sequence[Point], length: float, chord: float) -> list[Point]:
    """Return where the arcs meet, evenly along the whole outline."""
    count = max(3, round(length / chord))
    stops, done, row = [outline[0]], 0.0, 1
    for start, end in pairwise(outline):
        piece = math.dist(start, end)
        while row < count and done + piece >= length * row / count:
            stops.append(along(start, direction(start, end), length * row / count - done))
            row += 1
        done += piece
    return [*stops, outline[0]]


def frame(rect: Rect, turn: int) -> tuple[tuple[float, float, float, float, float, float], float, float]:
    """Return the transform into a rectangle whose lower left corner is 0, 0 once it is turned; its width and height."""
    left, bottom, right, top = rect
    width, height = right - left, top - bottom
    if turn == 90:  # noqa: PLR2004 a quarter
        return (0, 1, -1, 0, right, bottom), height, width
    if turn == 180:  # noqa: PLR2004 a half
        return (-1, 0, 0, -1, right, top), width, height
    if turn == 270:  # noqa: PLR2004 three quarters
        return (0, -1, 1, 0, left, top), height, width
    return (1, 0, 0, 1, left, bottom), width, height

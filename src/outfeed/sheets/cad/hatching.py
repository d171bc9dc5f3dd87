"""Lines of a hatch's pattern, and lines cut to what is seen."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.sheets.cad.listing import Box, Lines, Matrix, Point, Rgb

#: Points between two lines below which they are a tint, and how many lines one family may have.
_LEAST_STEP: Final = 0.2
_MOST_LINES: Final = 20_000
#: Points of a pattern's dashes, in sum, below which its lines are whole.
_LEAST_DASH: Final = 0.3
#: Straight pieces that a cubic curve is cut into.
_PIECES: Final = 24
_SHARE: Final = 0.5

#: Ends of lines (n, 2, 2), and lengths on and off along each.
Family = tuple[NDArray[np.float64], tuple[float, ...]]


def hatch_lines(families: Sequence[Lines], matrix: Matrix, box: Box) -> list[Family] | None:
    """
    Return the lines of a pattern that cross a box on the page.

    A line begins where its dashes do, so that those of neighbours lie as the pattern says.

    Returns
    -------
    list of Family or None
        None if the lines are too many, or too close to be told apart.
    """
    found = [_family(lines, matrix, box) for lines in families]
    return None if any(family is None for family in found) else [family for family in found if family is not None]


def _family(lines: Lines, matrix: Matrix, box: Box) -> Family | None:
    turn = matrix._replace(e=0.0, f=0.0)
    ((ux, uy), (sx, sy)) = turn.apply([lines.direction, lines.offset])
    length = math.hypot(ux, uy)
    if not length:
        return None
    along, (base,) = np.array([ux, uy]) / length, matrix.apply([lines.base])
    step = along[0] * sy - along[1] * sx
    if abs(step) < _LEAST_STEP:
        return None
    corners = np.array(box.corners) - base
    rows = (along[0] * corners[:, 1] - along[1] * corners[:, 0]) / step
    first, last = math.floor(rows.min()), math.ceil(rows.max())
    if last - first > _MOST_LINES:
        return None
    starts = np.array(base) + np.arange(first, last + 1)[:, None] * [sx, sy]
    reach = (np.array(box.corners)[None] - starts[:, None]) @ along
    dash = tuple(part * length for part in lines.dash)
    dash = dash * (1 + len(dash) % 2) if sum(dash) > _LEAST_DASH else ()
    period = sum(dash)
    low = np.floor(reach.min(axis=1) / period) * period if period else reach.min(axis=1)
    ends = np.stack([low, reach.max(axis=1)], axis=1)
    return starts[:, None] + ends[..., None] * along, dash


def straight(points: Sequence[Point], ops: str) -> list[tuple[Point, Point]]:
    """Return a path as straight lines, for one that has to be cut."""
    return list(_straight(iter(points), ops))


def _straight(points: Iterator[Point], ops: str) -> Iterator[tuple[Point, Point]]:
    start = last = (0.0, 0.0)
    for op in ops:
        if op == "m":
            start = last = next(points)
        elif op == "c":
            a, b, end = next(points), next(points), next(points)
            for row in range(1, _PIECES + 1):
                here = _bezier(start=last, a=a, b=b, end=end, t=row / _PIECES)
                before = _bezier(start=last, a=a, b=b, end=end, t=(row - 1) / _PIECES)
                yield before, here
            last = end
        else:
            here = start if op == "h" else next(points)
            yield last, here
            last = here


def _bezier(*, start: Point, a: Point, b: Point, end: Point, t: float) -> Point:
    shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    corners = (start, a, b, end)
    x, y = (sum(share * corner[axis] for share, corner in zip(shares, corners, strict=True)) for axis in (0, 1))
    return x, y


def cut(ends: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """Return what of straight lines (n, 2, 2) lies in a box, by Liang and Barsky's method."""
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    low, high = np.zeros(len(ends)), np.ones(len(ends))
    outside = np.zeros(len(ends), dtype=bool)
    for axis, (least, most) in enumerate(((box.left, box.right), (box.bottom, box.top))):
        here, step = start[:, axis], along[:, axis]
        flat = step == 0
        outside |= flat & ((here < least) | (here > most))
        safe = np.where(flat, 1.0, step)
        one, other = (least - here) / safe, (most - here) / safe
        low = np.where(flat, low, np.maximum(low, np.minimum(one, other)))
        high = np.where(flat, high, np.minimum(high, np.maximum(one, other)))
    kept = ~outside & (low <= high)
    shares = np.stack([low, high], axis=1)[kept]
    return start[kept][:, None] + shares[..., None] * along[kept][:, None]


def overlap(one: Box, other: Box) -> Box:
    """Return what two boxes have in common; empty, but never inside out, if that is nothing."""
    left, bottom = max(one.left, other.left), max(one.bottom, other.bottom)
    return Box(left, bottom, max(left, min(one.right, other.right)), max(bottom, min(one.top, other.top)))


def tinted(color: Rgb) -> Rgb:
    """Return a colour half way to white."""
    red, green, blue = (1 - _SHARE * (1 - part) for part in color)
    return red, green, blue

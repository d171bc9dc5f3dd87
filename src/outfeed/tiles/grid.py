"""The grid of a tileset: how fine it is, and points on it."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotFinite
from outfeed.tiles.model import Grid

Points = NDArray[np.int32]
Numbers = NDArray[np.float64]

#: Steps that the longest side of a scene has at most, where that is fine enough.
_STEPS: Final = 2.0**20
#: Steps that it has at most where that is too coarse: single precision holds these numbers with a bit to spare.
_MOST_STEPS: Final = 2.0**23
#: What is fine enough, in metres.
_FINE: Final = 2.0**-10
#: The finest step: a scene that is smaller than a million of them has no area.
_FINEST: Final = 2.0**-100
#: The largest coordinate: viewers work in single precision, which ends soon after it.
_FARTHEST: Final = 2.0**120


def grid_of(low: Numbers, high: Numbers) -> Grid:
    """
    Return the grid for points between two corners (3,), in metres.

    Its step is a power of two: at most 2^20 of them along the longest side, or up to 2^23 where it would else be
    coarser than a millimetre. Its origin is near the middle, at a whole number of steps.

    Raises
    ------
    NotFinite
        If the corners are not finite, or farther away than viewers can count.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        extent = float((high - low).max())
        farthest = float(np.abs([low, high]).max())
    if not extent <= 2 * _FARTHEST or not farthest <= _FARTHEST:
        raise NotFinite("Something is farther away than a viewer can count.")
    step = max(_power_above(extent / _STEPS), _FINEST)
    if step > _FINE:
        step = max(_FINE, _power_above(extent / _MOST_STEPS))
    # Where the middle is so far away that numbers there have larger gaps, no step is finer than these.
    step = max(step, _power_above(farthest * 2.0**-53))
    x, y, z = (np.rint((low / 2 + high / 2) / step) * step).tolist()
    return Grid(origin=(x, y, z), step=step)


def _power_above(value: float) -> float:
    """Return the smallest power of two that is at least the value; 0 for 0."""
    if value == 0:
        return 0.0
    mantissa, exponent = math.frexp(value)
    return math.ldexp(1.0, exponent - 1 if mantissa == 0.5 else exponent)  # noqa: PLR2004 the mantissa of a power of two


def snapped(points: NDArray[np.float32] | Numbers, grid: Grid) -> Points:
    """Return the nearest points of the grid for points in metres that lie between its corners."""
    moved: Numbers = points - np.array(grid.origin)
    moved /= grid.step
    on_grid: Points = np.rint(moved, out=moved).astype(np.int32)
    return on_grid


def metres(points: NDArray[np.int32] | NDArray[np.int64] | Numbers, grid: Grid) -> Numbers:
    """Return points of the grid in metres."""
    placed: Numbers = points * grid.step + np.array(grid.origin)
    return placed

"""A place in the middle of a room, for its label."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.sheets.plans.model import Points

#: Places along each side of the box around a room that are tried.
TRIED: Final = 32
#: Corners of a ring that are looked at: of more, every so many.
MOST_CORNERS: Final = 1_000
#: Rings that are looked at.
MOST_RINGS: Final = 10


def point_inside(rings: Sequence[Points]) -> tuple[float, float]:
    """Return the point, of a lattice of them, that is inside of rings and farthest from their edges."""
    coarse = [ring[:: -(-len(ring) // MOST_CORNERS)] for ring in rings[:MOST_RINGS]]
    starts = np.concatenate(coarse)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in coarse])
    low, high = starts.min(axis=0), starts.max(axis=0)
    shares = (np.arange(TRIED) + 0.5) / TRIED
    tried = np.stack(np.meshgrid(*(low + shares[:, None] * (high - low)).T), axis=-1).reshape(-1, 2)
    far = _distances(tried, starts, ends)
    far[~_within(tried, starts, ends)] = -1.0
    x, y = tried[int(np.argmax(far))]
    return float(x), float(y)


def _within(tried: Points, starts: Points, ends: Points) -> NDArray[np.bool]:
    """Tell which points have an odd number of edges to their right."""
    up = (starts[:, 1] > tried[:, None, 1]) != (ends[:, 1] > tried[:, None, 1])
    height = ends[:, 1] - starts[:, 1]
    slope = np.divide(ends[:, 0] - starts[:, 0], height, out=np.zeros_like(height), where=height != 0)
    right = starts[:, 0] + (tried[:, None, 1] - starts[:, 1]) * slope > tried[:, None, 0]
    odd: NDArray[np.bool] = (up & right).sum(axis=1) % 2 == 1
    return odd


def _distances(tried: Points, starts: Points, ends: Points) -> Points:
    """Return how far points are from the nearest edge."""
    along = ends - starts
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((tried[:, None] - starts) * along).sum(axis=2) / squared, 0.0, 1.0)
    nearest: Points = np.linalg.norm(tried[:, None] - (starts + share[..., None] * along), axis=2).min(axis=1)
    return nearest

"""Whether a surface is within a distance of another, by sampled points."""

from typing import Final

import numpy as np

from tilesets.drawn import Points

#: Points on each surface, as many again at its corners.
SAMPLES: Final = 40


def beyond(one: Points, two: Points, most: float, *, samples: int = SAMPLES) -> float:
    """
    Return how far the farthest sampled point of a surface (m, 3, 3) is from another (k, 3, 3); 0: none beyond `most`.

    Infinite: farther than twice as much.
    """
    low, high = two.min(axis=1), two.max(axis=1)
    worst = 0.0
    for point in _sampled(one, samples):
        near = ((low <= point + 2 * most) & (high >= point - 2 * most)).all(axis=1)
        distance = _distance(point, two[near]) if near.any() else float("inf")
        if distance > most:
            worst = max(worst, distance)
    return worst


def _sampled(corners: Points, samples: int) -> Points:
    """Return points (n, 3) on the surface, as many on equal areas, and some of its corners."""
    sides = corners[:, 1:] - corners[:, :1]
    reach = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).cumsum()
    dice = np.random.default_rng(0)
    rows = np.searchsorted(reach, dice.uniform(0, reach[-1], samples)).clip(max=len(corners) - 1)
    along = dice.uniform(0, 1, (samples, 2))
    # What falls beyond the triangle's third side is turned back into it.
    along = np.where(along.sum(axis=1, keepdims=True) > 1, 1 - along, along)
    inside = corners[rows, 0] + np.einsum("ij,ijk->ik", along, sides[rows])
    ends = corners.reshape(-1, 3)[dice.integers(0, 3 * len(corners), samples)]
    return np.concatenate([inside, ends])


def _distance(point: Points, corners: Points) -> float:
    """Return the distance of a point (3,) from the nearest of some triangles (k, 3, 3): plane or rim."""
    # Not trimesh's `closest_point`: on slivers it is off by many times the distance.
    sides = np.roll(corners, -1, axis=1) - corners
    normals = np.cross(sides[:, 0], sides[:, 1])
    gaps = point - corners
    lengths = np.maximum((sides**2).sum(axis=2), np.finfo(np.float64).tiny)
    along = ((gaps * sides).sum(axis=2) / lengths).clip(0, 1)
    rims = np.linalg.norm(gaps - along[:, :, None] * sides, axis=2).min(axis=1)
    sizes = np.linalg.norm(normals, axis=1)
    over = ((np.cross(sides, gaps) * normals[:, None]).sum(axis=2) >= 0).all(axis=1) & (sizes > 0)
    heights = np.abs((gaps[:, 0] * normals).sum(axis=1)) / np.where(sizes > 0, sizes, 1)
    return float(np.where(over, np.minimum(heights, rims), rims).min())

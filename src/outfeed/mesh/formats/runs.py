"""Triangles of polygons, fans and strips that a file lists as runs of corners.

All return positions in the list of corners, (t, 3) int32, so that whatever the corners carry can follow, and the number
of the run that each triangle comes from, (t,) int32. A run of n corners gives n - 2 triangles, one of fewer than three
gives none.
"""

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.formats.polygons import MOST_CORNERS, cut

Rows = NDArray[np.int32]


def polygons(points: NDArray[np.float64], counts: Rows, corners: Rows) -> tuple[Rows, Rows]:
    """
    Return the triangles of polygons with `counts` (p,) of the `corners` each, which name rows of the points (n, 3).

    Raises
    ------
    IndexOutOfRange
        If a corner names a point that is not there.
    """
    found = cut(points, counts, corners, most=MOST_CORNERS)
    return found.positions, found.polygons


def fans(counts: Rows) -> tuple[Rows, Rows]:
    """Return the triangles of fans with `counts` (p,) corners each."""
    runs, firsts, steps = _steps(counts)
    return np.stack([firsts, firsts + steps + 1, firsts + steps + 2], axis=1), runs


def strips(counts: Rows) -> tuple[Rows, Rows]:
    """Return the triangles of strips with `counts` (p,) corners each; every other one is turned like the rest."""
    runs, firsts, steps = _steps(counts)
    odd = steps % 2
    at = firsts + steps
    return np.stack([at, at + 1 + odd, at + 2 - odd], axis=1), runs


def _runs(counts: Rows) -> Rows:
    return np.repeat(np.arange(len(counts), dtype=np.int32), np.maximum(counts - 2, 0))


def _steps(counts: Rows) -> tuple[Rows, Rows, Rows]:
    """Return for each triangle its run, the run's first corner, and its number in the run."""
    runs = _runs(counts)
    many = np.maximum(counts - 2, 0)
    starts = np.cumsum(many) - many
    firsts = np.cumsum(counts) - counts
    steps = np.arange(len(runs)) - starts[runs]
    return runs, firsts[runs].astype(np.int32), steps.astype(np.int32)

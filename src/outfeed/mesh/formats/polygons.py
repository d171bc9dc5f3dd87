"""Polygons of a file as triangles: fans where they are convex, ears cut off where they are not."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, SourceDamaged, TooManyTriangles
from outfeed.mesh.build import as_rows
from outfeed.mesh.model import Positions

Rows = NDArray[np.int32]

TRIANGLE: Final = 3
#: Corners are counted with 32 bits.
MOST_CORNERS: Final = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cut:
    """Triangles of polygons. A polygon of n corners gives n - 2, in its place; one of fewer than three gives none."""

    #: (t, 3): corners of each triangle, as positions in the list of corners, so that what corners carry can follow.
    positions: Rows
    #: (t,): the polygon of each triangle.
    polygons: Rows


def cut(points: Positions, counts: Rows, corners: Rows, *, most: int) -> Cut:
    """
    Cut polygons into triangles.

    Parameters
    ----------
    points
        (n, 3). What is not finite is not refused here.
    counts
        (p,): corners of each polygon, none negative.
    corners
        The corners of all polygons, one after the other: rows of `points`.
    most
        Triangles that may come out.

    Raises
    ------
    IndexOutOfRange
        If a corner names a point that is not there.
    TooManyTriangles
        If there would be more than `most`, which is known before they are made.
    """
    of_each = np.maximum(counts, 2) - 2
    triangles = int(of_each.sum(dtype=np.int64))
    if triangles > most or len(corners) > MOST_CORNERS:
        raise TooManyTriangles(f"It has {triangles}; the limit is {most}.")
    if corners.size and (int(corners.min()) < 0 or int(corners.max()) >= len(points)):
        raise IndexOutOfRange(f"It has {len(points)} vertices, counted from 0.")
    if counts.size and bool((counts == TRIANGLE).all()):
        positions = np.arange(len(corners), dtype=np.int32).reshape(-1, TRIANGLE)
        return Cut(positions=positions, polygons=np.arange(len(counts), dtype=np.int32))
    with np.errstate(invalid="ignore"):
        wide = np.ascontiguousarray(points, dtype=np.float64)
    positions = _kernels.cut_polygons(wide, as_rows(counts), as_rows(corners))
    return Cut(positions=positions, polygons=np.repeat(np.arange(len(counts), dtype=np.int32), of_each))


def whole(numbers: NDArray[Any], complaint: str) -> Rows:
    """
    Return numbers that count or name something as int32.

    Raises
    ------
    SourceDamaged
        With the complaint, if one is not whole.
    IndexOutOfRange
        If one does not fit.
    """
    if numbers.dtype.kind == "f" and bool((np.rint(numbers) != numbers).any()):
        raise SourceDamaged(complaint)
    if numbers.size and (numbers.min() < -MOST_CORNERS or numbers.max() > MOST_CORNERS):
        raise IndexOutOfRange("It names one by a number that does not fit into 32 bits.")
    return numbers.astype(np.int32)

"""Polygons of a file as triangles: fans where they are convex, ears cut off where they are not."""

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


class Cut:
    """Triangles of polygons. A polygon of n corners gives n - 2, in its place; one of fewer than three gives none."""

    def __init__(self, count: int, ears: tuple[Rows, Rows] | None) -> None:
        #: How many triangles there are.
        self.count = count
        # Positions and polygons; None where all polygons are triangles, and what they have is where it was.
        self._ears = ears

    @property
    def positions(self) -> Rows:
        """Return the corners of each triangle as positions in the list of corners (t, 3)."""
        return self._ears[0] if self._ears else np.arange(3 * self.count, dtype=np.int32).reshape(-1, TRIANGLE)

    @property
    def polygons(self) -> Rows:
        """Return the polygon of each triangle (t,)."""
        return self._ears[1] if self._ears else np.arange(self.count, dtype=np.int32)

    def of_corners(self, rows: Rows) -> Rows:
        """Return what the corners of polygons have (c,) for the triangles (t, 3); it may be the same memory."""
        return rows[self._ears[0]] if self._ears else rows.reshape(-1, TRIANGLE)

    def of_polygons(self, rows: Rows) -> Rows:
        """Return what polygons have (p,) for the triangles (t,); it may be the same memory."""
        return rows[self._ears[1]] if self._ears else rows


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
    # Counts that are all one number may be so without taking room.
    each = counts if any(counts.strides) else counts[:1]
    even = bool(each.size) and int(each.min()) == int(each.max()) == TRIANGLE
    triangles = len(counts) if even else int((np.maximum(counts, 2) - 2).sum(dtype=np.int64))
    if triangles > most or len(corners) > MOST_CORNERS:
        raise TooManyTriangles(f"It has {triangles}; the limit is {most}.")
    # Without a sign, negative ones are the largest.
    if corners.size and int(corners.view(np.uint32).max()) >= len(points):
        raise IndexOutOfRange(f"It has {len(points)} vertices, counted from 0.")
    if even:
        return Cut(triangles, None)
    with np.errstate(invalid="ignore"):
        wide = np.ascontiguousarray(points, dtype=np.float64)
    positions = _kernels.cut_polygons(wide, as_rows(counts), as_rows(corners))
    polygons = np.repeat(np.arange(len(counts), dtype=np.int32), np.maximum(counts, 2) - 2)
    return Cut(triangles, (positions, polygons))


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
    if numbers.size and (numbers.min().item() < -MOST_CORNERS or numbers.max().item() > MOST_CORNERS):
        raise IndexOutOfRange("It names one by a number that does not fit into 32 bits.")
    return numbers.astype(np.int32)

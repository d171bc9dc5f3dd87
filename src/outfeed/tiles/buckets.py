"""Triangles that do not fit into memory, sorted by place into files that do, one for each bucket."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import NotFinite
from outfeed.mesh.formats.stl import HEADER_BYTES, RECORD_BYTES
from outfeed.mesh.parallel import in_order
from outfeed.mesh.reporting import Report
from outfeed.tiles.grid import Numbers, grid_of, snapped
from outfeed.tiles.model import Grid

Rows = NDArray[np.int32]
Corners = NDArray[np.float32]

#: Triangles that are read together.
_PIECE: Final = 1 << 19
#: Triangles by whose places the buckets are chosen.
_SAMPLE: Final = 1 << 20
#: A corner of a triangle, in a bucket's file: a point of the grid.
_CORNERS: Final = 9
_RECORD: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])


@dataclass(frozen=True, kw_only=True, slots=True)
class StlFile:
    """The triangles of a binary STL."""

    path: Path
    triangles: int
    #: From its unit to metres.
    scale: float

    def pieces(self) -> Iterator[range]:
        """Yield the triangles in the order of the file, some at a time."""
        for start in range(0, self.triangles, _PIECE):
            yield range(start, min(start + _PIECE, self.triangles))

    def corners(self, piece: range) -> Corners:
        """Return the corners (m, 3, 3) of some triangles in metres."""
        start = HEADER_BYTES + piece.start * RECORD_BYTES
        stored = np.fromfile(self.path, dtype=_RECORD, count=len(piece), offset=start)["corners"]
        # As a mesh that is read whole is scaled.
        return (stored * np.float64(self.scale)).astype(np.float32)


def grid_over(source: StlFile) -> Grid:
    """
    Return the grid for all triangles.

    Raises
    ------
    NotFinite
        If a corner is not finite.
    """

    def bounds(piece: range) -> Numbers:
        points = source.corners(piece).reshape(-1, 3)
        found: Numbers = _kernels.bounds(points)
        return found

    boxes = np.array(list(in_order(bounds, source.pieces())))
    if not np.isfinite(boxes).all():
        raise NotFinite
    return grid_of(boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Planes:
    """A k-d tree: planes that halve space again and again."""

    depth: int
    #: (2^depth - 1,): the axis of each plane; those of a depth one after the other.
    axes: NDArray[np.intp]
    #: (2^depth - 1,): keys below go to the first half.
    values: Rows

    def buckets(self, keys: Rows) -> Rows:
        """Return the bucket of each key (m, 3), in the order of the tree."""
        nodes, rows = np.zeros(len(keys), dtype=np.intp), np.arange(len(keys))
        for _ in range(self.depth):
            nodes = 2 * nodes + 1 + (keys[rows, self.axes[nodes]] >= self.values[nodes])
        return (nodes - len(self.axes)).astype(np.int32)


def planes_through(keys: Rows, depth: int) -> Planes:
    """Return the planes that halve the keys (s, 3) so many times, each across the longest side."""
    count = (1 << depth) - 1
    axes, values = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.int32)
    parts = {0: keys}
    for node in range(count):
        part = parts.pop(node)
        if len(part):
            axes[node] = np.ptp(part.astype(np.int64), axis=0).argmax()
            along = part[:, axes[node]]
            values[node] = np.partition(along, len(part) // 2)[len(part) // 2]
        above = part[:, axes[node]] >= values[node]
        parts |= {2 * node + 1: part[~above], 2 * node + 2: part[above]}
    return Planes(depth=depth, axes=axes, values=values)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Buckets:
    """Files of triangles."""

    folder: Path
    depth: int

    def path(self, bucket: int) -> Path:
        """Return the file of a bucket."""
        return self.folder / f"bucket-{bucket}"

    def take(self, bucket: int) -> Rows:
        """Return the corners (m, 3, 3) of a bucket's triangles on the grid, and remove its file."""
        corners: Rows = np.fromfile(self.path(bucket), dtype=np.int32).reshape(-1, 3, 3)
        self.path(bucket).unlink()
        return corners


def scattered(source: StlFile, grid: Grid, folder: Path, *, depth: int, report: Report) -> Buckets:
    """Write the triangles into the files of 2^depth buckets of about the same size, in the order of the source."""
    planes = planes_through(_sample(source, grid), depth)
    buckets = Buckets(folder=folder, depth=depth)

    def sort(piece: range) -> tuple[Rows, NDArray[np.int64]]:
        corners = snapped(source.corners(piece).reshape(-1, 3), grid).reshape(-1, 3, 3)
        rows = planes.buckets(_keys(corners))
        order = np.argsort(rows, kind="stable")
        return corners[order], np.searchsorted(rows[order], np.arange((1 << depth) + 1))

    done = 0
    with ExitStack() as stack:
        files = [stack.enter_context(buckets.path(bucket).open("wb")) for bucket in range(1 << depth)]
        for corners, starts in in_order(sort, source.pieces()):
            for file, start, end in zip(files, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
                file.write(corners[start:end].data)
            done += len(corners)
            report(done / source.triangles)
    return buckets


def _keys(corners: Rows) -> Rows:
    """Return the sums of the corners, which are less than 2^26."""
    sums: Rows = corners.sum(axis=1, dtype=np.int32)
    return sums


def _sample(source: StlFile, grid: Grid) -> Rows:
    """Return the keys (s, 3) of some triangles, evenly from the whole file."""
    every = max(source.triangles // _SAMPLE, 1)

    def some(piece: range) -> Rows:
        corners = source.corners(piece)[-piece.start % every :: every]
        return _keys(snapped(corners.reshape(-1, 3), grid).reshape(-1, 3, 3))

    return np.concatenate(list(in_order(some, source.pieces())))

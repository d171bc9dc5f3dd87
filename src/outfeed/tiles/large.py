"""Out of core: a tileset of a binary STL that is larger than memory.

Its triangles are sorted into buckets, which are nodes of the tree of tiles; each bucket becomes leaves by itself. What
buckets have in common is found by places: a vertex of one that lies in the box of another may be that one's too.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceEmpty
from outfeed.mesh.appearance import WHITE
from outfeed.mesh.formats.stl import HEADER_BYTES, RECORD_BYTES
from outfeed.mesh.parallel import in_order, using_threads
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit
from outfeed.scene.formats.meshes import CLASS_NAME, ID
from outfeed.scene.model import Element, Part, Scene
from outfeed.tiles.buckets import Buckets, StlFile, grid_over, scattered
from outfeed.tiles.build import Tiler, finished
from outfeed.tiles.content import schema_of
from outfeed.tiles.cut import PLAIN
from outfeed.tiles.facts import TilesetFacts
from outfeed.tiles.flat import Placements
from outfeed.tiles.leaves import depth_for
from outfeed.tiles.options import TileOptions
from outfeed.tiles.piece import Piece, Skins
from outfeed.tiles.shapes import Placed
from outfeed.tiles.store import FolderStore, loaded
from outfeed.tiles.tree import Node, leaves_below, named, tree_of

Rows = NDArray[np.int32]
Depths = NDArray[np.uint8]

#: Files with more triangles are not read into memory: a million take about 150 MB there.
MOST_IN_MEMORY: Final = 12_000_000
#: Triangles of a bucket, about.
BUCKET: Final = 1 << 20

#: All vertices are of the one element.
_SKINS: Final = Skins(
    elements=np.zeros(1, dtype=np.int32),
    looks=np.zeros(1, dtype=np.int32),
    colors=np.array([WHITE], dtype=np.uint8),
    table=(PLAIN,),
    graded=False,
)
_NOTHING_PLACED: Final = Placements(
    shapes=np.zeros(0, dtype=np.int32),
    transforms=np.zeros((0, 4, 4)),
    elements=np.zeros(0, dtype=np.int32),
    boxes=np.zeros((0, 2, 3)),
)


def large_stl(path: Path, *, unit: Unit, more_than: int = MOST_IN_MEMORY) -> StlFile | None:
    """Return a binary STL of more triangles than fit into memory, in a unit; None for any other file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if len(head) < HEADER_BYTES:
        return None
    (triangles,) = struct.unpack_from("<I", head, HEADER_BYTES - 4)
    if triangles <= more_than or size != HEADER_BYTES + triangles * RECORD_BYTES:
        return None
    return StlFile(path=path, triangles=triangles, scale=unit.to(Unit.METRE))


def build_large_tileset(
    source: StlFile,
    out: Path,
    options: TileOptions,
    *,
    scratch: Path,
    bucket: int = BUCKET,
    threads: int = 0,
    report: Report = silent,
) -> TilesetFacts:
    """
    Write a binary STL as a tileset, as `build_tileset` does, in memory that does not grow with it.

    Parameters
    ----------
    source
        From `large_stl`.
    out
        An empty folder that is there.
    scratch
        A folder for files of work, of 60 bytes for each triangle.
    bucket
        Triangles that are worked on together, about. They become leaves together, so that the tree depends on it.
    threads
        How many work at once; 0 stands for all cores. The files do not depend on it.
    report
        Called with the share done, 0.0 to 1.0.

    Raises
    ------
    SourceEmpty
        If no triangle has an area.
    NotFinite
        If a corner is not finite.
    """
    with using_threads(threads), TemporaryDirectory(dir=scratch) as folder:
        report(0.0)
        work = _Work(source, options, Path(folder), bucket=bucket)
        work.scatter(lambda share: report(0.1 + 0.1 * share))
        root = work.keep_leaves(lambda share: report(0.2 + 0.2 * share))
        return work.tiles(root, out, lambda share: report(0.4 + 0.6 * share))


class _Work:
    """A tileset in the making: files of buckets, then files of leaves, then tiles."""

    def __init__(self, source: StlFile, options: TileOptions, folder: Path, *, bucket: int) -> None:
        self._source = source
        self._options = options
        self._folder = folder
        self._grid = grid_over(source)
        self._deepest = depth_for(source.triangles, options.triangles_per_tile)
        #: Halvings that make the buckets; the others make leaves of them.
        self._depth = min(depth_for(source.triangles, bucket), self._deepest)
        self._welded: list[_Welded] = []

    def scatter(self, report: Report) -> None:
        """Sort the triangles into buckets, and weld each."""
        buckets = scattered(self._source, self._grid, self._folder, depth=self._depth, report=report)
        numbers = range(1 << self._depth)
        self._welded = list(in_order(lambda bucket: _weld(buckets, bucket), numbers))

    def keep_leaves(self, report: Report) -> Node:
        """Put the leaves into files under the names of their tiles; return the tree."""
        shared = _shared(self._welded, self._depth)
        numbers: set[int] = set()
        for done, leaves in enumerate(in_order(lambda welded: self._keep(welded, shared), self._welded)):
            numbers.update(leaves)
            report(done / len(self._welded))
        if not numbers:
            raise SourceEmpty
        root = tree_of(numbers, self._deepest)
        names = named(root)
        for leaf in leaves_below(root):
            (self._folder / _leaf_name(leaf.number)).rename(self._folder / names[leaf])
        return root

    def _keep(self, welded: "_Welded", shared: "_Shared") -> list[int]:
        """Put the leaves of a bucket into files, and return their numbers."""
        points, faces = welded.take()
        below = self._deepest - self._depth
        sums = _kernels.corner_sums(points, faces)
        leaves = _kernels.halved_units(sums, np.ones(len(faces), dtype=np.int32), below)
        meet = _kernels.meeting_depths(faces, leaves, len(points), below) + np.uint8(self._depth)
        shared.lower(meet, points, welded.box)
        local, starts, rows, row_starts = _kernels.split_leaves(faces, leaves, len(points), below)
        store, kept = FolderStore(self._folder), []
        for leaf in np.unique(leaves).tolist():
            used = rows[row_starts[leaf] : row_starts[leaf + 1]]
            piece = Piece(
                points=points[used],
                faces=local[starts[leaf] : starts[leaf + 1]],
                skins=np.zeros(len(used), dtype=np.int32),
                meet=meet[used],
                placements=np.zeros(0, dtype=np.int32),
            )
            kept.append(welded.bucket << below | leaf)
            store.put(_leaf_name(kept[-1]), piece)
        return kept

    def tiles(self, root: Node, out: Path, report: Report) -> TilesetFacts:
        """Write all tiles."""
        element = Element(id=ID, class_name=CLASS_NAME, parts=(Part(shape=0),))
        scene = Scene(elements=(element,), shapes=())
        shown = sum(welded.triangles for welded in self._welded)
        tiler = Tiler(
            scene=scene,
            grid=self._grid,
            skins=_SKINS,
            placed=Placed(_NOTHING_PLACED, {}),
            options=self._options,
            schema=schema_of(scene),
            store=FolderStore(self._folder),
            out=out,
            names=named(root),
            triangles=math.ceil(shown / len(leaves_below(root))),
        )
        tiles = tiler.tiles(root, report=report)
        return finished(root, tiles, tiler, elements=1, collapsed=self._source.triangles - shown)


def _leaf_name(number: int) -> str:
    return f"leaf-{number}"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Welded:
    """The mesh of a bucket, in a file."""

    bucket: int
    path: Path
    triangles: int
    #: (2, 3): the lowest and the highest point.
    box: Rows

    def points(self) -> Rows:
        """Return its points (n, 3) on the grid."""
        with self.path.open("rb") as file:
            return loaded(file)

    def take(self) -> tuple[Rows, Rows]:
        """Return its points (n, 3) and its faces (m, 3), and remove the file."""
        with self.path.open("rb") as file:
            points, faces = loaded(file), loaded(file)
        self.path.unlink()
        return points, faces


def _weld(buckets: Buckets, bucket: int) -> _Welded:
    """Make a mesh of the triangles of a bucket; those without an area on the grid are left out."""
    corners = buckets.take(bucket)
    first, index = _kernels.weld_rows(corners.reshape(-1, 3))
    points, faces = corners.reshape(-1, 3)[first], index.reshape(-1, 3)
    del corners
    a, b, c = faces.T
    faces = np.ascontiguousarray(faces[(a != b) & (b != c) & (c != a)])
    path = buckets.folder / f"mesh-{bucket}"
    with path.open("wb") as file:
        np.save(file, points)
        np.save(file, faces)
    box = np.zeros((2, 3), dtype=np.int32) if not len(points) else np.array([points.min(axis=0), points.max(axis=0)])
    return _Welded(bucket=bucket, path=path, triangles=len(faces), box=box)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Shared:
    """Points that several buckets have."""

    #: (k, 3).
    points: Rows
    #: (k,): depth of the deepest node of the tree that holds all buckets of the point.
    depths: Depths

    def lower(self, meet: Depths, points: Rows, box: Rows) -> None:
        """Set the depths (n,) of those of some points (n, 3) that are shared; all are in the box (2, 3)."""
        near = _inside(self.points, box)
        table = self.points[near]
        _, index = _kernels.weld_rows(np.concatenate([table, points]))
        # No two points of the table are equal, so that the first numbers are theirs.
        rows = index[len(table) :]
        found = rows < len(table)
        meet[found] = self.depths[near][rows[found]]


def _shared(welded: list[_Welded], depth: int) -> _Shared:
    """Return the points that several buckets have, given how many halvings made the buckets."""
    there = [one for one in welded if one.triangles]
    found = list(in_order(lambda one: _near_others(one, there), there))
    points = np.concatenate([np.zeros((0, 3), dtype=np.int32), *found])
    buckets = np.repeat(np.array([one.bucket for one in there], dtype=np.int32), [len(part) for part in found])
    first, index = _kernels.weld_rows(points)
    lowest = buckets[first]
    highest = lowest.copy()
    np.maximum.at(highest, index, buckets)
    several = lowest != highest
    # The bits in which the lowest and the highest differ; `frexp` counts them.
    apart = np.frexp((lowest ^ highest)[several].astype(np.float64))[1]
    return _Shared(points=points[first[several]], depths=(depth - apart).astype(np.uint8))


def _near_others(one: _Welded, all_of_them: list[_Welded]) -> Rows:
    """Return the points of a bucket that are in the box of another one."""
    points = one.points()
    near = np.zeros(len(points), dtype=np.bool_)
    for other in all_of_them:
        if other is not one and (other.box[0] <= one.box[1]).all() and (one.box[0] <= other.box[1]).all():
            near |= _inside(points, other.box)
    return points[near]


def _inside(points: Rows, box: Rows) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = ((points >= box[0]) & (points <= box[1])).all(axis=1)
    return inside

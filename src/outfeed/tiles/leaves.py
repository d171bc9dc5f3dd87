"""From a mesh to the leaves of the tree: which triangles each has, and what they have in common."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.parallel import in_order
from outfeed.tiles.baked import Baked
from outfeed.tiles.flat import Flat, Placements
from outfeed.tiles.model import Grid
from outfeed.tiles.piece import Piece

Rows = NDArray[np.int32]

#: An element goes whole to one leaf if it has at most this share of the triangles of a tile.
_WHOLE: Final = 1 / 8
#: Halvings from the root to a leaf at most: a million leaves.
_DEEPEST: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Units:
    """What goes to a leaf as a whole: a triangle, an element or a placement."""

    #: (u, 3) int32: three times the place that decides where it goes, on the grid.
    keys: Rows
    #: (u,) int32: triangles.
    weights: Rows

    @property
    def weight(self) -> int:
        """Return how many triangles all have."""
        return int(self.weights.sum(dtype=np.int64))


def depth_for(triangles: int, most: int) -> int:
    """Return how often so many triangles have to be halved until none has more than `most`."""
    return min(max(math.ceil(math.log2(max(triangles, 1) / most)), 0), _DEEPEST)


def face_units(baked: Baked, most: int) -> tuple[Units, Rows | None]:
    """Return the units of a mesh's faces, and the unit of each face (m,); None: each face is one."""
    sums = _kernels.corner_sums(baked.points, baked.faces)
    begins = _begins(baked, most)
    if begins.all():
        return Units(keys=sums, weights=np.ones(len(sums), dtype=np.int32)), None
    starts = np.flatnonzero(begins)
    low, high = np.minimum.reduceat(sums, starts), np.maximum.reduceat(sums, starts)
    weights = np.diff(starts, append=len(sums)).astype(np.int32)
    units = np.cumsum(begins, dtype=np.int32)
    units -= 1
    return Units(keys=(low + (high - low) // 2), weights=weights), units


def _begins(baked: Baked, most: int) -> NDArray[np.bool_]:
    """Tell where in the order of the faces a unit begins: with each face of a large element, once in a small one."""
    if len(baked.skins.elements) == 1:
        begins = np.full(len(baked.faces), len(baked.faces) > most * _WHOLE)
        begins[:1] = True
        return begins
    elements = baked.skins.elements[baked.kinds[baked.faces[:, 0]]]
    counts = np.bincount(elements)
    begins = counts[elements] > most * _WHOLE
    begins[:1] = True
    begins[1:] |= elements[1:] != elements[:-1]
    return begins


def placement_units(placements: Placements, triangles: Rows, grid: Grid) -> Units:
    """Return the units of placements, given how many triangles each has (k,)."""
    middles = (placements.boxes.sum(axis=1) / 2 - np.array(grid.origin)) / grid.step
    return Units(keys=np.rint(3 * middles).astype(np.int32), weights=triangles)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Leaves:
    """The leaves of a tree."""

    depth: int
    #: (m,) int32: leaf of each face.
    faces: Rows
    #: (k,) int32: leaf of each placement.
    placements: Rows


def leaves_of(flat: Flat, triangles: Rows, most: int) -> Leaves:
    """Return the leaves of a scene, given the triangles of each placement (k,) and how many a tile has at most."""
    faces, of_face = face_units(flat.baked, most)
    placed = placement_units(flat.placements, triangles, flat.grid)
    depth = depth_for(faces.weight + placed.weight, most)
    keys, weights = faces.keys, faces.weights
    if len(placed.keys):
        keys, weights = np.concatenate([keys, placed.keys]), np.concatenate([weights, placed.weights])
    leaves = _kernels.halved_units(keys, weights, depth)
    count = len(faces.keys)
    return Leaves(
        depth=depth,
        faces=leaves[:count] if of_face is None else leaves[:count][of_face],
        placements=leaves[count:],
    )


def pieces_of(flat: Flat, leaves: Leaves) -> Iterator[tuple[int, Piece]]:
    """Yield the leaves that have something, by number."""
    baked = flat.baked
    meet = _meet(baked, leaves)
    local, face_starts, rows, row_starts = _kernels.split_leaves(
        baked.faces, leaves.faces, len(baked.points), leaves.depth
    )
    order = np.argsort(leaves.placements, kind="stable").astype(np.int32)
    placed = np.searchsorted(leaves.placements[order], np.arange((1 << leaves.depth) + 1))

    def piece(leaf: int) -> tuple[int, Piece]:
        used = rows[row_starts[leaf] : row_starts[leaf + 1]]
        return leaf, Piece(
            points=baked.points[used],
            faces=local[face_starts[leaf] : face_starts[leaf + 1]].copy(),
            skins=baked.kinds[used],
            meet=meet[used],
            uvs=None if baked.uvs is None else baked.uvs[used],
            placements=order[placed[leaf] : placed[leaf + 1]],
        )

    there = (np.diff(row_starts) > 0) | (np.diff(placed) > 0)
    yield from in_order(piece, np.flatnonzero(there).tolist())


def _meet(baked: Baked, leaves: Leaves) -> NDArray[np.uint8]:
    """Return for each vertex the depth at which all triangles around its position are in one node."""
    if baked.positions is None:
        return _kernels.meeting_depths(baked.faces, leaves.faces, len(baked.points), leaves.depth)
    count = int(baked.positions.max(initial=-1)) + 1
    corners = np.ascontiguousarray(baked.positions[baked.faces])
    return _kernels.meeting_depths(corners, leaves.faces, count, leaves.depth)[baked.positions]

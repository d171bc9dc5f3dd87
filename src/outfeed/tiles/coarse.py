"""From what the children of a tile show to what the tile shows: fewer triangles, and how far off they are."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.collapse import Wanted, collapsed
from outfeed.tiles.piece import Piece, Skins, part_of

Rows = NDArray[np.int32]

#: What counts as much as black that becomes white: a move by this share of the tile.
_TINT: Final = 0.1
#: How much a texture that slides counts beside a surface that moves as far.
_SLIDE: Final = 0.3
#: Points on a surface whose distance to the coarser one is measured, and vertices of it.
_SAMPLES: Final = 1_000
#: Small elements are left out where a tile has so many times the triangles that were wanted.
_TOO_MANY: Final = 1.5


def coarser(piece: Piece, skins: Skins, *, depth: int, triangles: int) -> Piece:
    """
    Return a piece with about so many triangles, for a node of this depth, and its error with the step's added.

    Vertices that other nodes of this depth or above have too stay as they are, so that tiles meet without cracks at
    every mix of levels. Elements that are smaller than the error are left out, and the smallest where there are still
    too many triangles: their size is part of the error then. The error of the step is what the simplifier says, or the
    largest distance of sampled points where that is more.
    """
    if len(piece.faces) <= triangles:
        return piece
    faces, error = _simplified(piece, skins, depth, triangles)
    made = part_of(piece, faces) if len(faces) else piece
    measured = _kernels.farthest(piece.points, piece.faces, made.points, made.faces, _SAMPLES)
    error = max(error, measured) if len(faces) else 0.0
    made, dropped = _without_small(made, skins, depth, (error, math.floor(triangles * _TOO_MANY)))
    return replace(made, error=piece.error + max(error, dropped))


def _simplified(piece: Piece, skins: Skins, depth: int, triangles: int) -> tuple[Rows, float]:
    low, high = piece.points.min(axis=0), piece.points.max(axis=0)
    positions = (piece.points - (low + (high - low) // 2)).astype(np.float32)
    _move_apart(positions, skins.elements[piece.skins])
    return collapsed(
        positions,
        piece.faces,
        Wanted(triangles=triangles),
        values=_values(piece, skins, float((high - low).max())),
        locked=(piece.meet < depth).astype(np.uint8),
    )


def _move_apart(positions: NDArray[np.float32], elements: Rows) -> None:
    """
    Move vertices of several elements at one position apart by less than half a step of the grid.

    The simplifier takes vertices at one position for one, and would tie the elements together.
    """
    if (elements == elements[0]).all():
        return
    first, numbers = _first_of(positions)
    others = np.flatnonzero(elements != elements[first][numbers])
    if not len(others):
        return
    pairs = np.unique(np.stack([numbers[others], elements[others]], axis=1), axis=0, return_inverse=True)
    places, of_other = pairs[0][:, 0], pairs[1].reshape(-1)
    # The rank of each element among those at its position; the first one there stays.
    ranks = np.arange(len(places)) - np.searchsorted(places, places) + 1
    step = float(np.spacing(np.abs(positions).max()))
    positions[others, 0] += np.minimum(ranks[of_other] * step, 0.5 - step).clip(min=0).astype(np.float32)


def _first_of(positions: NDArray[np.float32]) -> tuple[Rows, Rows]:
    """Return the first vertex at each position, and the number of each vertex's position."""
    return _kernels.weld_rows(np.ascontiguousarray(positions + np.float32(0)).view(np.int32))


def _values(piece: Piece, skins: Skins, extent: float) -> NDArray[np.float32] | None:
    """Return what the simplifier has to see besides positions (n, v), in steps of the grid; None for nothing."""
    columns: list[NDArray[np.float64]] = []
    if piece.uvs is not None:
        uvs = piece.uvs.astype(np.float64)
        columns.append(uvs * _uv_weight(piece, uvs))
    if skins.graded:
        columns.append(skins.colors[piece.skins].astype(np.float64) * (_TINT * extent / 255))
    return np.hstack(columns).astype(np.float32) if columns else None


def _uv_weight(piece: Piece, uvs: NDArray[np.float64]) -> float:
    """Return how far, in steps of the grid, a step of 1 of the texture is to count."""
    uv = uvs[piece.faces]
    flat = float(np.abs(np.linalg.det(uv[:, 1:] - uv[:, :1])).sum())
    at = piece.points[piece.faces].astype(np.float64)
    area = float(np.linalg.norm(np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]), axis=1).sum())
    weight = _SLIDE * math.sqrt(area / flat) if flat else 0.0
    # Coordinates that are too large for single precision then are left out.
    return weight if weight * float(np.abs(uvs).max(initial=0)) < np.finfo(np.float32).max / 4 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sizes:
    """The elements of a piece."""

    #: (n,): number of each vertex's element.
    of_vertex: NDArray[np.intp]
    #: (k,): diagonal of each element's box, in steps of the grid.
    size: NDArray[np.float64]
    #: (k,): whether none of its vertices has to stay.
    free: NDArray[np.bool_]


def _sizes(piece: Piece, skins: Skins, depth: int) -> _Sizes:
    names, of_vertex = np.unique(skins.elements[piece.skins], return_inverse=True)
    order = np.argsort(of_vertex, kind="stable")
    starts = np.searchsorted(of_vertex[order], np.arange(len(names)))
    points = piece.points[order].astype(np.float64)
    sides = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    return _Sizes(
        of_vertex=of_vertex,
        size=np.linalg.norm(sides, axis=1),
        free=np.minimum.reduceat(piece.meet[order], starts) >= depth,
    )


def _without_small(piece: Piece, skins: Skins, depth: int, limits: tuple[float, int]) -> tuple[Piece, float]:
    """Return the piece without elements of at most a size, and at most so many triangles; and what that costs."""
    error, most = limits
    elements = skins.elements[piece.skins]
    if (elements == elements[0]).all():
        return piece, 0.0
    sizes = _sizes(piece, skins, depth)
    of_face = sizes.of_vertex[piece.faces[:, 0]]
    triangles = np.bincount(of_face, minlength=len(sizes.size))
    order = np.argsort(sizes.size, kind="stable")[:-1]
    order = order[sizes.free[order]]
    left = len(piece.faces) - np.cumsum(triangles[order])
    # Each is left out that is too small to see, or without which there still are too many triangles.
    out = (sizes.size[order] <= error) | (left + triangles[order] > most)
    gone = order[out]
    if not len(gone):
        return piece, 0.0
    stays = np.full(len(sizes.size), fill_value=True)
    stays[gone] = False
    return part_of(piece, piece.faces[stays[of_face]]), float(sizes.size[gone].max())

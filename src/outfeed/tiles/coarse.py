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
#: Error that is allowed first where there are several elements, as a share of the tile's diagonal.
_FIRST: Final = 2.0**-11


def coarser(piece: Piece, skins: Skins, *, depth: int, triangles: int) -> Piece:
    """
    Return a piece with about so many triangles, for a node of this depth, and its error with the step's added.

    Vertices that other nodes of this depth or above have too stay as they are, so that tiles meet without cracks at
    every mix of levels. Of several elements, those that are smaller than the error are left out, and their size counts
    as error. The error of the step is what the simplifier says, or the largest distance of sampled points where that
    is more.
    """
    if len(piece.faces) <= triangles:
        return piece
    elements = skins.elements[piece.skins]
    if (elements == elements[0]).all():
        faces, error = _simplified(piece, skins, depth, Wanted(triangles=triangles))
        made, source = part_of(piece, faces) if len(faces) else piece, piece
    else:
        made, source, error = _balanced(piece, skins, depth, triangles)
    if made is not source:
        error = _kernels.farthest(source.points, source.faces, made.points, made.faces, _SAMPLES, error)
    return replace(made, error=piece.error + error)


def _balanced(piece: Piece, skins: Skins, depth: int, triangles: int) -> tuple[Piece, Piece, float]:
    """
    Return a piece with about so many triangles, the piece without the elements that were left out, and the error.

    The error that is allowed is doubled until there are few enough: so neither are large elements worn down to keep
    small ones that nobody sees, nor the other way round.
    """
    sizes = _sizes(piece, skins, depth)
    made = source = piece
    extent = float(np.linalg.norm(np.ptp(piece.points, axis=0).astype(np.float64)))
    allowed, error = extent * _FIRST, 0.0
    while len(made.faces) > triangles and allowed <= extent:
        gone = sizes.small(allowed)
        if len(gone):
            made, source = _without(made, skins, gone), _without(source, skins, gone)
            error = max(error, sizes.largest(gone))
        if len(made.faces) > triangles:
            faces, moved = _simplified(made, skins, depth, Wanted(triangles=triangles, error=allowed))
            made = part_of(made, faces) if len(faces) else made
            error = max(error, moved)
        allowed *= 2
    return made, source, error


def _without(piece: Piece, skins: Skins, gone: Rows) -> Piece:
    stays = ~np.isin(skins.elements[piece.skins[piece.faces[:, 0]]], gone)
    return piece if stays.all() else part_of(piece, piece.faces[stays])


def _simplified(piece: Piece, skins: Skins, depth: int, wanted: Wanted) -> tuple[Rows, float]:
    low, high = _kernels.bounds(piece.points).astype(np.int32)
    positions = (piece.points - (low + (high - low) // 2)).astype(np.float32)
    _move_apart(positions, skins.elements[piece.skins])
    return collapsed(
        positions,
        piece.faces,
        wanted,
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
    """How large the elements of a piece are."""

    #: (k,): rows of the scene's `elements`, sorted.
    elements: Rows
    #: (k,): diagonal of each one's box, in steps of the grid.
    sizes: NDArray[np.float64]
    #: (k,): whether it may be left out: none of its vertices has to stay, and it is not the largest.
    free: NDArray[np.bool_]

    def small(self, most: float) -> Rows:
        """Return the elements of at most a size that may be left out."""
        small: Rows = self.elements[self.free & (self.sizes <= most)]
        return small

    def largest(self, elements: Rows) -> float:
        """Return the size of the largest of some elements."""
        return float(self.sizes[np.searchsorted(self.elements, elements)].max())


def _sizes(piece: Piece, skins: Skins, depth: int) -> _Sizes:
    elements = skins.elements[piece.skins]
    order = np.argsort(elements, kind="stable")
    names, starts = np.unique(elements[order], return_index=True)
    points = piece.points[order].astype(np.float64)
    sides = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    sizes = np.linalg.norm(sides, axis=1)
    free = np.minimum.reduceat(piece.meet[order], starts) >= depth
    free[sizes.argmax()] = False
    return _Sizes(elements=names, sizes=sizes, free=free)

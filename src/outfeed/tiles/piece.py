"""The triangles of one tile while the tileset is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.tiles.model import Look, Surface

Rows = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Skins:
    """What vertices can be of: rows of element, look and colour. A vertex has one of them."""

    #: (s,) int32: row of the scene's `elements`.
    elements: Rows
    #: (s,) int32: row of `table`.
    looks: Rows
    #: (s, 4) uint8: sRGB and opacity.
    colors: NDArray[np.uint8]
    table: tuple[Look, ...]
    #: Whether some triangle has corners of several colours, so that the simplifier has to see them.
    graded: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Piece:
    """
    Triangles on the tileset's grid, and what is shown with them.

    Self-contained: it can be kept in a file (`outfeed.tiles.store`) until its parent is made.
    """

    #: (n, 3) int32.
    points: Rows
    #: (m, 3) int32: rows of `points`; no face has a position twice.
    faces: Rows
    #: (n,) int32: row of the tileset's `Skins`.
    skins: Rows
    #: (n,) uint8: depth of the deepest node of the tree that holds all triangles around the vertex's position. The
    #: vertex stays as it is in all nodes below that one.
    meet: NDArray[np.uint8]
    #: (n, 2) float32; None where the tileset has no textures.
    uvs: NDArray[np.float32] | None = None
    #: (k,) int32: shapes that are shown in their places: rows of the tileset's table of them.
    placements: Rows
    #: Largest distance to the source that the simplifier has told, in steps of the grid.
    error: float = 0.0


def part_of(piece: Piece, faces: Rows) -> Piece:
    """Return the piece with these of its faces (k, 3), and the vertices that they use in the order of first use."""
    used, numbers = _kernels.first_use(np.ascontiguousarray(faces).reshape(-1), len(piece.points))
    return replace(
        piece,
        points=piece.points[used],
        faces=numbers.reshape(-1, 3),
        skins=piece.skins[used],
        meet=piece.meet[used],
        uvs=None if piece.uvs is None else piece.uvs[used],
    )


def merged(pieces: Sequence[Piece], depths: Sequence[int]) -> Piece:
    """Return one piece of several nodes of these depths: vertices on the borders between them become one again."""
    starts = np.cumsum([0] + [len(piece.points) for piece in pieces])
    whole = Piece(
        points=np.concatenate([piece.points for piece in pieces]),
        faces=np.concatenate([piece.faces + np.int32(start) for piece, start in zip(pieces, starts, strict=False)]),
        skins=np.concatenate([piece.skins for piece in pieces]),
        meet=np.concatenate([piece.meet for piece in pieces]),
        uvs=_joined([piece.uvs for piece in pieces]),
        placements=np.concatenate([piece.placements for piece in pieces]),
        error=max(piece.error for piece in pieces),
    )
    border = np.concatenate([piece.meet < depth for piece, depth in zip(pieces, depths, strict=True)])
    rows = np.flatnonzero(border)
    first, index = _kernels.weld_rows(vertex_keys(whole, rows))
    numbers = np.arange(len(border), dtype=np.int32)
    numbers[rows] = rows[first[index]]
    return part_of(whole, numbers[whole.faces])


def vertex_keys(piece: Piece, rows: NDArray[np.integer]) -> Rows:
    """Return for vertices (k,) of a piece the numbers that tell whether two are the same."""
    columns = [piece.points[rows], piece.skins[rows, None]]
    if piece.uvs is not None:
        columns.append(piece.uvs[rows].view(np.int32))
    return np.ascontiguousarray(np.hstack(columns))


def _joined(tables: list[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
    there = [table for table in tables if table is not None]
    return np.concatenate(there) if there else None


def surfaces_of(piece: Piece, skins: Skins) -> tuple[Surface, ...]:
    """Return the surfaces of a piece, one for each look that it has."""
    if not len(piece.faces):
        return ()
    looks = skins.looks[np.unique(piece.skins)]
    if (looks == looks[0]).all():
        return (_surface(piece, skins, int(looks[0])),)
    of_faces = skins.looks[piece.skins[piece.faces[:, 0]]]
    return tuple(
        _surface(part_of(piece, piece.faces[of_faces == look]), skins, look) for look in np.unique(of_faces).tolist()
    )


def _surface(piece: Piece, skins: Skins, look: int) -> Surface:
    colored = bool((skins.colors[np.unique(piece.skins)] != np.iinfo(np.uint8).max).any())
    shown = skins.table[look]
    return Surface(
        points=piece.points,
        faces=piece.faces,
        elements=skins.elements[piece.skins],
        look=shown,
        uvs=None if shown.texture is None else piece.uvs,
        colors=skins.colors[piece.skins] if colored else None,
    )

"""The corners of all tiles as whole numbers on the one grid of the tileset, if it is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tilesets.drawn import Piece, Points, Rows
from tilesets.wrong import need

#: Share of a step by which a point that is on the grid may miss it, from the rounding of float64 matrices.
ROUNDING: Final = 1e-3


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """Points `origin + step * q` with whole numbers q, in the tileset's frame."""

    origin: Points
    step: float

    def offsets_of(self, piece: Piece) -> tuple[Rows, Rows]:
        """Return how the numbers of a piece become those of the grid: a signed permutation (3, 3) and a sum (3,)."""
        turn = piece.matrix[:3, :3] / self.step
        whole = np.rint(turn)
        one_each = (np.abs(whole).sum(axis=0) == 1).all() and (np.abs(whole).sum(axis=1) == 1).all()
        need(one_each and np.abs(turn - whole).max() < 1e-9, "a tile is on a grid of another step, or turned")
        move = (piece.matrix[:3, 3] - self.origin) / self.step
        need(np.abs(move - np.rint(move)).max() < ROUNDING, "a tile is beside the grid of the others")
        return whole.astype(np.int64), np.rint(move).astype(np.int64)

    def corners(self, piece: Piece) -> Rows:
        """Return the corners (m, 3, 3) of the triangles of a piece on the grid."""
        turn, move = self.offsets_of(piece)
        need((piece.raw == np.rint(piece.raw)).all(), "a vertex is beside the grid")
        corners: Rows = (piece.raw.astype(np.int64) @ turn.T + move)[piece.faces]
        return corners

    def snapped(self, points: Points) -> tuple[Rows, Points]:
        """Return points (n, 3) on the grid, and by how much of a step each is nearer to this one than to another."""
        places = (points - self.origin) / self.step
        return np.rint(places).astype(np.int64), 0.5 - np.abs(places - np.rint(places)).max(axis=1)


def lattice_of(pieces: Iterable[Piece]) -> Lattice | None:
    """Return the grid that the first piece is on that is no instance; None where all are instances."""
    first = next((piece for piece in pieces if not piece.instanced), None)
    return None if first is None else Lattice(origin=first.matrix[:3, 3], step=first.step)


def numbered(*columns: Rows) -> Rows:
    """Return a number (n,) for each row of some columns (n,) of whole numbers: equal ones for equal rows."""
    numbers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        ranks = np.unique(column, return_inverse=True)[1]
        # Both are below n, so that the product is exact.
        numbers = np.unique(numbers * len(ranks) + ranks, return_inverse=True)[1]
    return numbers


def is_flat(corners: Rows) -> NDArray[np.bool_]:
    """Tell (m,) which triangles (m, 3, 3) on the grid have no area."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    flat: NDArray[np.bool_] = (np.cross(one, two) == 0).all(axis=1)
    return flat

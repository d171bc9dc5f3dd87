"""Where pieces of tiles wait until their parent is made: in memory, or in a folder where there are too many."""

from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from outfeed.tiles.piece import Piece


class LeafStore(Protocol):
    """Keeps pieces under the names of their tiles. Used by several threads, each name by one at a time."""

    def put(self, name: str, piece: Piece) -> None:
        """Keep a piece."""

    def take(self, name: str) -> Piece:
        """Return a piece, and forget it."""


class MemoryStore:
    """Keeps pieces in memory."""

    def __init__(self) -> None:
        self._pieces: dict[str, Piece] = {}

    def put(self, name: str, piece: Piece) -> None:
        """Keep a piece."""
        self._pieces[name] = piece

    def take(self, name: str) -> Piece:
        """Return a piece, and forget it."""
        return self._pieces.pop(name)


class FolderStore:
    """Keeps each piece in a file of a folder that is there and nobody else's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, piece: Piece) -> None:
        """Keep a piece."""
        with (self._folder / name).open("wb") as out:
            for table in (piece.points, piece.faces, piece.skins, piece.meet, piece.placements):
                np.save(out, table)
            np.save(out, np.zeros((0, 2), dtype=np.float32) if piece.uvs is None else piece.uvs)
            np.save(out, np.array([piece.error, piece.uvs is not None]))

    def take(self, name: str) -> Piece:
        """Return a piece, and forget it."""
        path = self._folder / name
        with path.open("rb") as saved:
            points, faces, skins, meet, placements, uvs, rest = [loaded(saved) for _ in range(7)]
        path.unlink()
        return Piece(
            points=points,
            faces=faces,
            skins=skins,
            meet=meet,
            placements=placements,
            uvs=uvs if rest[1] else None,
            error=float(rest[0]),
        )


def loaded(saved: BinaryIO) -> NDArray[Any]:
    """Return the next table of a file."""
    table: NDArray[Any] = np.load(saved, allow_pickle=False)
    return table

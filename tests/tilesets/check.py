"""The checker of tilesets: it reads a folder by the specifications, knows nothing of how it was made, and complains."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from outfeed.scene.model import Scene
from tilesets.distance import beyond
from tilesets.drawn import Points
from tilesets.grid import Lattice, lattice_of
from tilesets.seams import cracks
from tilesets.source import differences
from tilesets.tree import Tile, read_tileset
from tilesets.wrong import Wrong

#: A tile may be so many times as far from what it stands for as its geometricError says, which is measured one way
#: only, at other points than the checker's, and is no bound. What needs more than 2 is an element that is left out.
FACTOR: Final = 2.3


def check_tileset(folder: Path, *, scene: Scene | None = None, distances: bool = True) -> list[str]:
    """
    Return what is wrong with the tileset in a folder; nothing: it is right.

    Parameters
    ----------
    folder
        Holds `tileset.json` and what it names, and nothing else.
    scene
        What it was made of: leaves must hold exactly its elements, properties and triangles.
    distances
        Whether surfaces are measured, which takes the longest.
    """
    try:
        tileset, complaints = read_tileset(folder)
        if any(tile.drawn is None for tile in tileset.root.all()):
            return complaints
        return complaints + list(_inside(tileset.root, scene, tileset.transform, distances=distances))
    except Wrong as error:
        return [str(error)]


def _inside(root: Tile, scene: Scene | None, transform: Points, *, distances: bool) -> Iterator[str]:
    rows: dict[str, int] = {}
    for tile in root.all():
        yield from _wrong_ids(tile, rows)
    lattice = lattice_of(piece for tile in root.all() if tile.drawn is not None for piece in tile.drawn.pieces)
    if lattice is not None:
        yield from cracks(root, lattice, rows)
    if distances:
        yield from _wrong_distances(root, lattice)
    if scene is not None:
        if not np.array_equal(transform, np.eye(4) if scene.to_earth is None else scene.to_earth):
            yield "the root's transform is not the scene's place on earth"
        yield from differences(root, scene, lattice)


def _wrong_ids(tile: Tile, rows: dict[str, int]) -> Iterator[str]:
    """Yield what is wrong with the elements of a tile; those that are new get a number in `rows`."""
    assert tile.drawn is not None
    ids = [told.id for told in tile.drawn.elements]
    if len(set(ids)) < len(ids):
        yield f"{tile.uri}: two rows of its tables have one id"
    drawn = {ids[row] for piece in tile.drawn.pieces for row in np.unique(piece.elements[piece.faces]).tolist()}
    if drawn != set(ids):
        yield f"{tile.uri}: its tables have rows of elements that it does not draw"
    for name in ids:
        rows.setdefault(name, len(rows))
    below = {one.id for leaf in tile.leaves() if leaf.drawn is not None for one in leaf.drawn.elements}
    if not set(ids) <= below:
        yield f"{tile.uri}: it draws elements that its leaves do not"


def _wrong_distances(root: Tile, lattice: Lattice | None) -> Iterator[str]:
    """Compare each tile with its leaves, both ways."""
    step = 0.0 if lattice is None else lattice.step
    for tile in root.all():
        if tile.children:
            mine, leaves = _corners(tile), np.concatenate([_corners(leaf) for leaf in tile.leaves()])
            most = FACTOR * tile.error + step
            for what, distance in (("draws", beyond(mine, leaves, most)), ("stands for", beyond(leaves, mine, most))):
                if distance:
                    yield f"{tile.uri}: what it {what} is {distance:.3g} m off; its error is {tile.error:.3g}"


def _corners(tile: Tile) -> Points:
    assert tile.drawn is not None
    return np.concatenate([piece.points[piece.faces] for piece in tile.drawn.pieces])

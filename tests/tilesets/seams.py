"""Whether tiles of any two levels meet without a crack.

A surface's rim is the set of its edges that an odd number of triangles use. Rims add up: the rim of several tiles is
that of their symmetric difference, in which the cuts between them vanish. So each tile must have the cuts that its
leaves have against all others, edge by edge, at whatever level it is: then any two neighbours have the same ones.
Edges that are open in the source itself may be simplified: then one of their ends may have been pulled to a cut, and
the sliver between the two be gone. Where three sheets of an element meet, an edge has three triangles, and is not open;
when the two sides of something thin fall together, it moves from one to the other. So of edges inside, only those of
one triangle count.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from tilesets.drawn import Rows
from tilesets.grid import Lattice, numbered
from tilesets.tree import Tile

#: Rims of the tiles by their paths: sorted numbers of edges.
Rims: TypeAlias = dict[str, Rows]


def cracks(root: Tile, lattice: Lattice, element_rows: dict[str, int]) -> Iterator[str]:
    """Yield a complaint for each tile that misses an edge of a cut, or has an open edge where nothing is cut."""
    faces, points = _faces(root, lattice, element_rows)
    rims = {path: _rim(table, points) for path, table in faces.items()}
    expected: Rims = {}
    for tile in reversed(list(root.all())):
        total = rims[tile.path] if not tile.children else np.zeros(0, dtype=np.int64)
        for child in tile.children:
            total = np.setxor1d(total, expected[child.path], assume_unique=True)
        expected[tile.path] = total
    open_edges = expected[root.path]
    open_points = _ends(open_edges, points)
    for tile in root.all():
        cut = np.setdiff1d(expected[tile.path], open_edges, assume_unique=True)
        missing = np.setdiff1d(cut, rims[tile.path], assume_unique=True)
        lost = sum(not set(edge) & open_points for edge in _pairs(missing, points))
        if lost:
            yield f"{tile.uri}: {lost} of {len(cut)} edges are not where its neighbours have them"
        more = np.setdiff1d(_lone(faces[tile.path], points), expected[tile.path], assume_unique=True)
        allowed = open_points | _ends(cut, points)
        torn = sum(not set(edge) <= allowed for edge in _pairs(more, points))
        if torn:
            yield f"{tile.uri}: {torn} edges are open that no cut and no border has made"


def _pairs(edges: Rows, points: int) -> Iterator[tuple[int, int]]:
    return zip((edges // points).tolist(), (edges % points).tolist(), strict=True)


def _ends(edges: Rows, points: int) -> set[int]:
    return set((edges // points).tolist()) | set((edges % points).tolist())


def _faces(root: Tile, lattice: Lattice, element_rows: dict[str, int]) -> tuple[dict[str, Rows], int]:
    """Return the faces (m, 3) of all tiles, and the number of points, by which the numbers of edges are made."""
    tiles = [tile for tile in root.all() if tile.drawn is not None]
    columns = [_columns(tile, lattice, element_rows) for tile in tiles]
    whole = np.concatenate(columns)
    numbers = numbered(*whole.T) if len(whole) else np.zeros(0, dtype=np.int64)
    count = len(whole) + 1
    ends = np.cumsum([len(column) for column in columns])
    parts = np.split(numbers, ends[:-1])
    return {tile.path: part.reshape(-1, 3) for tile, part in zip(tiles, parts, strict=True)}, count


def _columns(tile: Tile, lattice: Lattice, element_rows: dict[str, int]) -> Rows:
    """Return element and place (3 m, 4) of each corner of a tile that is no instance's."""
    assert tile.drawn is not None
    rows = np.array([element_rows[told.id] for told in tile.drawn.elements] or [0])
    found = [np.zeros((0, 4), dtype=np.int64)]
    for piece in tile.drawn.pieces:
        if not piece.instanced:
            elements = rows[piece.elements[piece.faces]].reshape(-1, 1)
            found.append(np.concatenate([elements, lattice.corners(piece).reshape(-1, 3)], axis=1))
    return np.concatenate(found)


def _rim(faces: Rows, count: int) -> Rows:
    """Return the edges that an odd number of faces use."""
    numbers, used = _edges(faces, count)
    rim: Rows = numbers[used % 2 == 1]
    return rim


def _lone(faces: Rows, count: int) -> Rows:
    """Return the edges that one face uses."""
    numbers, used = _edges(faces, count)
    lone: Rows = numbers[used == 1]
    return lone


def _edges(faces: Rows, count: int) -> tuple[Rows, Rows]:
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1)
    numbers, used = np.unique(edges[:, 0] * count + edges[:, 1], return_counts=True)
    return numbers, used

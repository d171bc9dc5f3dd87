"""From a scene to a tileset: the story on one page.

The scene becomes one mesh on one grid; the mesh is cut into leaves; leaves are written, four become one coarser tile,
and so on up to the root. `docs/why/tiles.md` says why.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np

from outfeed import _kernels
from outfeed.errors import SourceEmpty
from outfeed.mesh.parallel import in_order, using_threads
from outfeed.mesh.reporting import Report, silent
from outfeed.scene.model import Scene
from outfeed.tiles.coarse import coarser
from outfeed.tiles.content import Schema, schema_of, write_content
from outfeed.tiles.facts import TilesetFacts
from outfeed.tiles.flat import Flat, flatten
from outfeed.tiles.grid import Numbers, metres
from outfeed.tiles.leaves import leaves_of, pieces_of
from outfeed.tiles.model import Content, Grid
from outfeed.tiles.options import TileOptions
from outfeed.tiles.piece import Piece, Skins, merged, surfaces_of
from outfeed.tiles.shapes import Placed, shapes_of
from outfeed.tiles.store import LeafStore, MemoryStore
from outfeed.tiles.tileset_json import Tile, tileset_json
from outfeed.tiles.tree import Node, leaves_below, named, tree_of, upwards

#: The file that names all others.
TILESET = "tileset.json"

#: A tile's error is larger than its children's by at least so many steps of the grid: no vertex was nearer.
_RISE = 0.5


def build_tileset(
    scene: Scene, out: Path, options: TileOptions, *, threads: int = 0, report: Report = silent
) -> TilesetFacts:
    """
    Write a scene as a tileset: `tileset.json`, and `LEVEL-NUMBER.glb` for each tile.

    Parameters
    ----------
    scene
        Checked.
    out
        An empty folder that is there.
    threads
        How many work at once; 0 stands for all cores. The files do not depend on it.
    report
        Called with the share done, 0.0 to 1.0.

    Raises
    ------
    SourceEmpty
        If nothing in the scene has an area.
    NotFinite
        If something is placed beyond what numbers hold.
    TooManyTriangles
        If vertices do not fit into 31 bits.
    """
    with using_threads(threads):
        report(0.0)
        flat = flatten(scene)
        placed = Placed(flat.placements, shapes_of(flat.placements, scene.shapes))
        if not len(flat.baked.faces) and not len(placed.table.shapes):
            raise SourceEmpty
        store = MemoryStore()
        flat = replace(flat, placements=placed.table)
        root, shown, elements = _keep_leaves(flat, placed, options, store)
        tiler = Tiler(
            scene=scene,
            grid=flat.grid,
            skins=flat.baked.skins,
            placed=placed,
            options=options,
            schema=schema_of(scene),
            store=store,
            out=out,
            names=named(root),
            triangles=math.ceil(shown / max(len(leaves_below(root)), 1)),
        )
        collapsed = flat.baked.collapsed
        del flat
        tiles = tiler.tiles(root, report=report)
    return finished(root, tiles, tiler, elements=elements, collapsed=collapsed)


def _keep_leaves(flat: Flat, placed: Placed, options: TileOptions, store: LeafStore) -> tuple[Node, int, int]:
    """Put the leaves into the store; return the tree, and how many triangles and elements they show."""
    rows = np.arange(len(placed.table.shapes), dtype=np.int32)
    triangles = placed.triangles(rows, 0)
    leaves = leaves_of(flat, triangles, options.triangles_per_tile)
    pieces = dict(pieces_of(flat, leaves))
    root = tree_of(set(pieces), leaves.depth)
    names = named(root)
    for node in leaves_below(root):
        store.put(names[node], pieces.pop(node.number))
    baked, skins = flat.baked, flat.baked.skins.elements
    shown = skins[: len(baked.faces)] if len(skins) == 1 else skins[baked.kinds[baked.faces[:, 0]]]
    elements = np.union1d(shown, placed.table.elements)
    return root, len(baked.faces) + int(triangles.sum(dtype=np.int64)), len(elements)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tiler:
    """Makes tiles from the leaves up."""

    scene: Scene
    grid: Grid
    skins: Skins
    placed: Placed
    options: TileOptions
    schema: Schema
    #: Holds the leaves under their names.
    store: LeafStore
    out: Path
    names: dict[Node, str]
    #: How many a tile should have.
    triangles: int

    def tiles(self, root: Node, *, report: Report) -> dict[Node, Tile]:
        """Write all tiles, and return what they are; the store is empty afterwards."""
        tiles: dict[Node, Tile] = {}
        for row in upwards(root):
            for made in in_order(lambda work: work(), self._work(row)):
                tiles |= made
                report(len(tiles) / len(self.names))
        tiles |= self._written(root, self.store.take(self.names[root]))
        report(1.0)
        return tiles

    def _work(self, row: list[Node]) -> Iterator[Callable[[], dict[Node, Tile]]]:
        """Yield what there is to do for nodes of one height, in small parts: all cores have some until the end."""
        for node in row:
            pieces = [self.store.take(self.names[child]) for child in node.children]
            yield partial(self._keep_coarser, node, pieces)
            yield from map(partial, repeat(self._written), node.children, pieces)

    def _keep_coarser(self, node: Node, pieces: Sequence[Piece]) -> dict[Node, Tile]:
        """Keep what a node is made of, given its children's."""
        self.store.put(self.names[node], self._coarser(node, pieces))
        return {}

    def _coarser(self, node: Node, pieces: Sequence[Piece]) -> Piece:
        whole = merged(pieces, [child.depth for child in node.children])
        height, step = node.height, self.grid.step
        places = int(self.placed.triangles(whole.placements, height).sum(dtype=np.int64))
        wanted = max(self.triangles - places, self.triangles // 4, 1)
        made = coarser(whole, self.skins, depth=node.depth, triangles=wanted)
        most = max(2 * self.triangles - len(made.faces), self.triangles // 4)
        error = max(made.error * step, self.placed.error(whole.placements, height))
        shown, lost = self.placed.visible(whole.placements, height, error=made.error * step, most=most)
        if not len(shown) and not len(made.faces):
            shown, lost = whole.placements, 0.0
        steps = max(error, whole.error * step + lost) / step
        return replace(made, placements=shown, error=max(steps, whole.error + _RISE))

    def _written(self, node: Node, piece: Piece) -> dict[Node, Tile]:
        """Write the file of a node."""
        height = node.height
        content = Content(
            surfaces=surfaces_of(piece, self.skins), repeated=tuple(self.placed.repeated(piece.placements, height))
        )
        box = self._box(piece)
        x, y, z = np.rint((box[0] - np.array(self.grid.origin)) / self.grid.step).astype(np.int64).tolist()
        glb = write_content(content, self.scene.elements, self.grid, self.options, offset=(x, y, z), schema=self.schema)
        uri = self.names[node]
        (self.out / uri).write_bytes(glb)
        triangles = len(piece.faces) + int(self.placed.triangles(piece.placements, height).sum(dtype=np.int64))
        error = piece.error * self.grid.step if node.children else 0.0
        return {node: Tile(uri=uri, box=box, error=error, triangles=triangles, bytes=len(glb))}

    def _box(self, piece: Piece) -> Numbers:
        corners = [*self.placed.box(piece.placements)] if len(piece.placements) else []
        if len(piece.points):
            corners += [*metres(_kernels.bounds(piece.points), self.grid)]
        return np.array([np.min(corners, axis=0), np.max(corners, axis=0)])


def finished(root: Node, tiles: dict[Node, Tile], tiler: Tiler, *, elements: int, collapsed: int) -> TilesetFacts:
    """Write the file that names all tiles, and return the facts."""
    scene = tiler.scene
    made = tileset_json(root, tiles, to_earth=scene.to_earth, bentley=tiler.options.bentley)
    text = json.dumps(made, separators=(",", ":"), allow_nan=False).encode()
    (tiler.out / TILESET).write_bytes(text)
    boxes = np.array([tile.box for tile in tiles.values()])
    low, high = boxes[:, 0].min(axis=0).tolist(), boxes[:, 1].max(axis=0).tolist()
    levels = [sum(tiles[node].triangles for node in level) for level in _levels(root)]
    return TilesetFacts(
        tiles=len(tiles),
        triangles_by_level=tuple(levels),
        triangles=sum(tiles[leaf].triangles for leaf in leaves_below(root)),
        collapsed=collapsed,
        elements=elements,
        bytes=len(text) + sum(tile.bytes for tile in tiles.values()),
        grid_step_m=tiler.grid.step,
        root_error_m=tiles[root].error,
        low=(low[0], low[1], low[2]),
        high=(high[0], high[1], high[2]),
    )


def _levels(root: Node) -> Iterator[list[Node]]:
    level = [root]
    while level:
        yield level
        level = [child for node in level for child in node.children]

"""The file that tells a viewer which tiles there are: 3D Tiles 1.1, `tileset.json`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.scene.model import Matrix
from outfeed.tiles.tree import Node

Numbers = NDArray[np.float64]

#: What Bentley's viewer asks for, and the id under which it finds a tileset's only model.
_BENTLEY: Final = "BENTLEY_BatchedTileSet"
_MODEL: Final = "0x1"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tile:
    """A tile that is written."""

    uri: str
    #: (2, 3): the lowest and the highest corner of what it shows, in metres.
    box: Numbers
    #: In metres.
    error: float
    triangles: int
    bytes: int


def tileset_json(root: Node, tiles: Mapping[Node, Tile], *, to_earth: Matrix | None, bentley: bool) -> dict[str, Any]:
    """Return the file's object."""
    made, box = _tile(root, tiles)
    made["refine"] = "REPLACE"
    if to_earth is not None:
        made["transform"] = to_earth.T.reshape(-1).tolist()
    # What is missing where nothing is shown yet: everything.
    size = float(np.linalg.norm(box[1] - box[0]))
    tileset: dict[str, Any] = {
        "asset": {"version": "1.1", "generator": "Outfeed"},
        "geometricError": max(size, tiles[root].error),
        "root": made,
    }
    if bentley:
        extents = {"low": box[0].tolist(), "high": box[1].tolist()}
        tileset["extensionsUsed"] = [_BENTLEY]
        tileset["extensions"] = {_BENTLEY: {"models": {_MODEL: {"extents": extents}}}}
    return tileset


def _tile(node: Node, tiles: Mapping[Node, Tile]) -> tuple[dict[str, Any], Numbers]:
    """Return a tile with all below it, and the box around them."""
    tile = tiles[node]
    below = [_tile(child, tiles) for child in node.children]
    boxes = np.array([tile.box, *(box for _, box in below)])
    box = np.array([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])
    made = {
        "boundingVolume": {"box": _box(box)},
        "geometricError": tile.error,
        "content": {"uri": tile.uri, "boundingVolume": {"box": _box(tile.box)}},
    }
    if below:
        made["children"] = [child for child, _ in below]
    return made, box


def _box(corners: Numbers) -> list[float]:
    """Return the middle of a box and half of each of its sides, as 3D Tiles writes it."""
    low, high = corners
    middle = low / 2 + high / 2
    # Not less than the box where the middle was rounded.
    half = np.maximum(high - middle, middle - low)
    return [*middle.tolist(), *np.diag(half).reshape(-1).tolist()]

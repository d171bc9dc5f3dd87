"""`tileset.json` by the letter of 3D Tiles 1.1, and the tiles that it tells of."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from tilesets.drawn import Drawn, Points, drawn
from tilesets.glb import extensions_in
from tilesets.wrong import Wrong, need

MEMBERS: Final = {
    "a tileset": {"asset", "properties", "schema", "schemaUri", "statistics", "groups", "metadata", "geometricError"}
    | {"root", "extensionsUsed", "extensionsRequired", "extensions", "extras"},
    "an asset": {"version", "tilesetVersion", "generator", "extensions", "extras"},
    "a tile": {"boundingVolume", "viewerRequestVolume", "geometricError", "refine", "transform", "content"}
    | {"contents", "metadata", "implicitTiling", "children", "extensions", "extras"},
    "a content": {"boundingVolume", "uri", "metadata", "group", "extensions", "extras"},
}
#: Members that the checker cannot follow, so that no tileset of ours may have them.
UNKNOWN: Final = {"viewerRequestVolume", "contents", "implicitTiling"}
#: Extensions of `tileset.json` that it may use; none may be required.
KNOWN: Final = {"BENTLEY_BatchedTileSet"}
#: Share of the largest coordinate that rounding of float64 may come to.
ROUNDING: Final = 1e-12
#: The same of float32.
SINGLE: Final = 2.0**-22


@dataclass(kw_only=True)
class Tile:
    """One tile of the tree."""

    #: Where it is in the tree, such as `root/0/3`.
    path: str
    #: (4, 3): middle and half axes.
    box: Points
    content_box: Points | None
    #: In metres.
    error: float
    uri: str
    children: list["Tile"] = field(default_factory=list)
    #: None before it is read, or where it cannot be.
    drawn: Drawn | None = None

    def all(self) -> Iterator["Tile"]:
        """Yield this tile and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.all()

    def leaves(self) -> Iterator["Tile"]:
        """Yield the tiles below it (or itself) that have no children."""
        return (tile for tile in self.all() if not tile.children)


@dataclass(frozen=True, kw_only=True)
class Tileset:
    """What `tileset.json` says."""

    root: Tile
    #: In metres.
    error: float
    #: From the root's coordinates to the tileset's.
    transform: Points


def read_tileset(folder: Path) -> tuple[Tileset, list[str]]:
    """
    Return a tileset with the content of each tile, and what is wrong with its JSON, its files and their insides.

    Raises
    ------
    Wrong
        If the JSON is so wrong that nothing can be said of the tiles.
    """
    document = json.loads((folder / "tileset.json").read_text(encoding="utf-8"), parse_constant=_no_number)
    _check_top(document)
    root = _tile(document["root"], "root")
    tileset = Tileset(root=root, error=_error(document), transform=_transform(document["root"].get("transform")))
    complaints = [*_read_contents(root, folder), *_wrong_errors(tileset), *_wrong_boxes(root)]
    return tileset, complaints


def _no_number(word: str) -> None:
    raise Wrong(f"tileset.json has {word}, which is no JSON")


def _check_members(node: dict[str, Any], what: str) -> None:
    strange = set(node) - MEMBERS[what] | set(node) & UNKNOWN
    need(not strange, f"{what} has the members {sorted(strange)}")


def _check_top(document: dict[str, Any]) -> None:
    _check_members(document, "a tileset")
    need({"asset", "geometricError", "root"} <= set(document), "a tileset lacks asset, geometricError or root")
    _check_members(document["asset"], "an asset")
    need(document["asset"].get("version") == "1.1", "the asset's version is not 1.1")
    used, required = document.get("extensionsUsed", []), document.get("extensionsRequired", [])
    need(used != [] or "extensionsUsed" not in document, "extensionsUsed is empty")
    need(set(used) == extensions_in(document), "extensionsUsed is not what tileset.json uses")
    need(set(used) <= KNOWN, "tileset.json uses an unknown extension")
    need("extensionsRequired" not in document or not required, "tileset.json requires an extension")
    need("refine" in document["root"], "the root does not say how it is refined")


def _tile(node: dict[str, Any], path: str) -> Tile:
    _check_members(node, "a tile")
    need("boundingVolume" in node, f"{path} has no bounding volume")
    need(node.get("refine", "REPLACE") == "REPLACE", f"{path} is not refined by REPLACE")
    need(path == "root" or "transform" not in node, f"{path} has a transform, which only the root may have")
    need("content" in node, f"{path} has no content")
    need(node.get("children", [0]) != [], f"{path} has an empty list of children")
    content = node["content"]
    _check_members(content, "a content")
    need(isinstance(content.get("uri"), str) and content["uri"] != "", f"the content of {path} has no address")
    return Tile(
        path=path,
        box=_box(node["boundingVolume"], path),
        content_box=_box(content["boundingVolume"], path) if "boundingVolume" in content else None,
        error=_error(node),
        uri=content["uri"],
        children=[_tile(child, f"{path}/{row}") for row, child in enumerate(node.get("children", []))],
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _error(node: dict[str, Any]) -> float:
    error: Any = node.get("geometricError")
    need(_is_number(error) and error >= 0, "a geometricError is no number, or below 0")
    return float(error)


def _box(volume: dict[str, Any], path: str) -> Points:
    need(set(volume) == {"box"}, f"a bounding volume of {path} is no box")
    numbers = volume["box"]
    need(len(numbers) == 12 and all(map(_is_number, numbers)), f"a box of {path} is not of 12 finite numbers")
    box = np.array(numbers, dtype=np.float64).reshape(4, 3)
    products = box[1:] @ box[1:].T
    lengths = np.sqrt(np.diagonal(products))
    askew = np.abs(products - np.diag(np.diagonal(products))) > 1e-9 * np.outer(lengths, lengths)
    need(not askew.any(), f"the axes of a box of {path} are not at right angles")
    return box


def _transform(numbers: list[float] | None) -> Points:
    if numbers is None:
        return np.eye(4)
    need(len(numbers) == 16 and all(map(_is_number, numbers)), "the root's transform is not of 16 finite numbers")
    matrix = np.array(numbers, dtype=np.float64).reshape(4, 4).T
    need(matrix[3].tolist() == [0, 0, 0, 1], "the root's transform is no affine one")
    return matrix


def _read_contents(root: Tile, folder: Path) -> list[str]:
    """Read what each tile draws; return what is wrong with the files."""
    complaints, met = [], {"tileset.json"}
    for tile in root.all():
        path = folder / tile.uri
        if tile.uri in met:
            complaints.append(f"{tile.uri}: it is the content of two tiles")
        elif not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            complaints.append(f"{tile.uri}: it is not there")
        else:
            complaints += _read_content(tile, path)
        met |= {tile.uri} | (set() if tile.drawn is None else tile.drawn.files)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return complaints + [f"{name}: nothing names it" for name in sorted(there - met)]


def _read_content(tile: Tile, path: Path) -> list[str]:
    try:
        tile.drawn = drawn(path.read_bytes(), path.parent)
    except (Wrong, KeyError, IndexError, ValueError, RuntimeError) as error:
        return [f"{tile.uri}: {type(error).__name__}: {error}"]
    return []


def _wrong_errors(tileset: Tileset) -> Iterator[str]:
    root = tileset.root
    if tileset.error < root.error or tileset.error == 0:
        yield "the tileset's geometricError is below its root's, or 0, at which viewers show nothing"
    for tile in root.all():
        if not tile.children and tile.error != 0:
            yield f"{tile.uri}: a leaf has an error"
        if any(child.error >= tile.error for child in tile.children):
            yield f"{tile.uri}: its error is not above its children's"


def _wrong_boxes(root: Tile) -> Iterator[str]:
    for tile in root.all():
        inner = tile.box if tile.content_box is None else tile.content_box
        if outside(corners_of(inner), tile.box):
            yield f"{tile.uri}: the box of its content is not inside its own"
        if any(outside(corners_of(child.box), tile.box) for child in tile.children):
            yield f"{tile.uri}: the box of a child is not inside its own"
        if tile.drawn is not None:
            yield from _wrong_content_box(tile, tile.drawn, inner)


def _wrong_content_box(tile: Tile, drawn: Drawn, box: Points) -> Iterator[str]:
    """Compare a box with what is drawn: tightly, but for instances, which have a grid and single precision."""
    instanced = [piece for piece in drawn.pieces if piece.instanced]
    points = np.concatenate([piece.points[piece.faces.reshape(-1)] for piece in drawn.pieces])
    reach = max((float(np.abs(piece.points).max()) for piece in instanced), default=0.0)
    slack = max((piece.step for piece in instanced), default=0.0) + SINGLE * reach
    if outside(points, box, slack):
        yield f"{tile.uri}: it draws outside its box"
    elif not instanced and _is_loose(points, box, max(piece.step for piece in drawn.pieces)):
        yield f"{tile.uri}: its box is larger than what it draws"


def corners_of(box: Points) -> Points:
    """Return the eight corners (8, 3) of a box (4, 3)."""
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
    corners: Points = box[0] + signs @ box[1:]
    return corners


def outside(points: Points, box: Points, slack: float = 0.0) -> bool:
    """Tell whether a point (n, 3) is farther than a slack outside a box (4, 3), but for what rounding comes to."""
    nearest, lengths = np.tile(box[0], (len(points), 1)), np.linalg.norm(box[1:], axis=1)
    for axis, length in zip(box[1:], lengths, strict=True):
        if length > 0:
            along = (points - box[0]) @ (axis / length)
            nearest += np.outer(along.clip(-length, length), axis / length)
    return bool((np.linalg.norm(points - nearest, axis=1) > slack + _slack(box)).any())


def _slack(box: Points) -> float:
    return ROUNDING * float(np.abs(box).sum(axis=0).max())


def _is_loose(points: Points, box: Points, step: float) -> bool:
    """Tell whether a box is more than two steps wider than the points along one of its axes."""
    lengths = np.linalg.norm(box[1:], axis=1)
    return any(
        2 * length - np.ptp(points @ (axis / length)) > 2 * step + _slack(box) + 1e-3 * length
        for axis, length in zip(box[1:], lengths, strict=True)
        if length > 0
    )

"""A small tileset that is right, made by hand: three leaves under two levels, two elements cut and whole, instances.

Tests break it in every way. Nothing here is the product's own writer.
"""

import json
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import meshoptimizer  # type: ignore[import-untyped] # the package ships no types
import numpy as np

from outfeed.mesh.levels import coarser
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.model import Element, Part, Scene
from tilesets.drawn import Points, Rows
from tilesets.glb import Array
from unit.mesh_helpers import a_ball, a_cube

STEP: Final = 2.0**-10
ORIGIN: Final = np.array([1.5, -2.25, 0.125])
#: Where the cube is, and where the small cubes are that share a shape.
PLACES: Final = {"cube": (1, 2, 1), "left": (-4, 0, 0), "right": (-4, 0, 2)}
PROPERTIES: Final[dict[str, dict[str, Any]]] = {
    "ball": {"Load": 12.5, "Count": 3, "Is hollow": False, "Note": "räum"},
    "cube": {"Load": 0.0, "Count": -7, "Is hollow": True},
    "left": {"Count": 1, "Is hollow": False, "Note": "kept"},
    "right": {"Count": 2, "Is hollow": True, "Note": "", "Walls": False, "Left over": 2.5},
}
COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "load": {"name": "Load", "type": "SCALAR", "componentType": "FLOAT64", "noData": -1e300},
    "count": {"name": "Count", "type": "SCALAR", "componentType": "INT32", "required": True},
    "is_hollow": {"name": "Is hollow", "type": "BOOLEAN", "required": True},
    "note": {"name": "Note", "type": "STRING", "noData": ""},
    "walls": {"name": "Walls", "type": "ENUM", "enumType": "boolean", "noData": "absent"},
}
#: The values of an enumeration of booleans that may be absent.
ENUM: Final = ("absent", "false", "true")


def a_scene() -> Scene:
    """Return what the tileset is made of."""
    ball = a_ball(3, size=3)
    shapes = (_metres(ball), _metres(a_cube(1)), _metres(a_cube(0.5)))
    rows = {"ball": 0, "cube": 1, "left": 2, "right": 2}
    elements = tuple(
        Element(
            id=name,
            class_name="Round" if name == "ball" else "Square",
            name=f"The {name}",
            properties=PROPERTIES[name],
            parts=(Part(shape=row, transform=_moved(PLACES[name]) if name in PLACES else None),),
        )
        for name, row in rows.items()
    )
    return Scene(elements=elements, shapes=shapes)


def _metres(mesh: Mesh) -> Mesh:
    return replace(mesh, unit=Unit.METRE)


def _moved(place: tuple[float, float, float]) -> Points:
    matrix = np.eye(4)
    matrix[:3, 3] = place
    return matrix


@dataclass(kw_only=True)
class MadeTile:
    """What one tile is made of."""

    name: str
    error: float
    #: (m, 3, 3) on the grid.
    corners: Rows
    #: (m,): names of the elements.
    elements: list[str]
    instances: tuple[str, ...] = ()
    children: list["MadeTile"] = field(default_factory=list)


def a_tree() -> MadeTile:
    """Return the tiles of the scene, from the root on."""
    scene = a_scene()
    ball = np.rint((scene.shapes[0].vertices[scene.shapes[0].faces] - ORIGIN) / STEP).astype(np.int64)
    cube = np.rint((scene.shapes[1].vertices[scene.shapes[1].faces] + PLACES["cube"] - ORIGIN) / STEP).astype(np.int64)
    middles = ball.mean(axis=1) * STEP + ORIGIN
    left, front = middles[:, 0] < 0, middles[:, 1] < 0
    two = _tile("two", ball[left], instances=("left", "right"))
    lower, upper = _tile("lower", ball[~left & front]), _tile("upper", ball[~left & ~front], cube)
    one = _tile("one", _coarser(ball[~left]), cube, children=[lower, upper])
    root = _tile("root", _coarser(ball), cube, instances=("left", "right"), children=[one, two])
    one.error, root.error = 0.25, 0.5
    return root


def _tile(name: str, ball: Rows, cube: Rows | None = None, **options: Any) -> MadeTile:
    parts = [ball] if cube is None else [ball, cube]
    elements = ["ball"] * len(ball) + ["cube"] * (0 if cube is None else len(cube))
    return MadeTile(name=name, error=0.0, corners=np.concatenate(parts), elements=elements, **options)


def _coarser(corners: Rows) -> Rows:
    """Return a surface with half the triangles, whose open edges are kept."""
    points, index = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3).astype(np.int32)
    mesh = Mesh(vertices=points.astype(np.float64), faces=faces, unit=Unit.METRE)
    fewer = coarser(mesh, len(corners) // 2).mesh
    kept: Rows = np.rint(fewer.vertices).astype(np.int64)[fewer.faces]
    return kept


def write_made(folder: Path, root: MadeTile, *, packing: str = "none") -> None:
    """Write a tree as a tileset; `packing` is `none`, `meshopt` or `draco`."""
    waiting = [root]
    while waiting:
        tile = waiting.pop()
        waiting += tile.children
        (folder / f"{tile.name}.glb").write_bytes(glb_of(tile, packing=packing))
    document = {"asset": {"version": "1.1"}, "geometricError": root.error + 10, "root": _json(root, top=True)}
    (folder / "tileset.json").write_text(json.dumps(document), encoding="utf-8")


def _json(tile: MadeTile, *, top: bool = False) -> dict[str, Any]:
    node: dict[str, Any] = {
        "boundingVolume": {"box": _box(_points_below(tile))},
        "geometricError": tile.error,
        "content": {"uri": f"{tile.name}.glb", "boundingVolume": {"box": _box(_points_of(tile))}},
    }
    node |= {"refine": "REPLACE"} if top else {}
    return node | ({"children": [_json(child) for child in tile.children]} if tile.children else {})


def _points_of(tile: MadeTile) -> Points:
    cubes = [a_cube(0.5).vertices + np.array(PLACES[name]) for name in tile.instances]
    return np.concatenate([tile.corners.reshape(-1, 3) * STEP + ORIGIN, *cubes])


def _points_below(tile: MadeTile) -> Points:
    return np.concatenate([_points_of(tile), *(_points_below(child) for child in tile.children)])


def _box(points: Points) -> list[float]:
    low, high = points.min(axis=0), points.max(axis=0)
    return [*((low + high) / 2).tolist(), *np.diag((high - low) / 2).reshape(-1).tolist()]


class _Parts:
    """The parts of a GLB as they grow."""

    def __init__(self, packing: str) -> None:
        self.packing = packing
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "buffers": [{"byteLength": 0}],
            "bufferViews": [],
            "accessors": [],
        }
        self.binary = b""

    def view(self, data: bytes, **told: Any) -> int:
        start = len(self.binary)
        self.binary += data + bytes(-len(data) % 8)
        self.document["bufferViews"].append({"buffer": 0, "byteOffset": start, "byteLength": len(data)} | told)
        return len(self.document["bufferViews"]) - 1

    def accessor(self, values: Array, component: int, kind: str, *, stored: bool = True, **told: Any) -> int:
        size = values.itemsize * values.shape[1]
        row: dict[str, Any] = {"componentType": component, "count": len(values), "type": kind} | told
        if kind == "VEC3":
            row |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        if stored:
            stride = size + -size % 4
            wide = np.zeros((len(values), stride), dtype=np.uint8)
            wide[:, :size] = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size)
            row["bufferView"] = self._attribute_view(wide, stride)
        self.document["accessors"].append(row)
        return len(self.document["accessors"]) - 1

    def _attribute_view(self, rows: Array, stride: int) -> int:
        if self.packing != "meshopt":
            return self.view(rows.tobytes(), byteStride=stride)
        packed = meshoptimizer.encode_vertex_buffer(rows, len(rows), stride)
        return self._packed(packed, count=len(rows), byteStride=stride, mode="ATTRIBUTES")

    def indices(self, faces: Rows) -> int:
        flat = faces.astype("<u4").reshape(-1)
        if self.packing == "draco":
            view = {}
        elif self.packing == "meshopt":
            packed = meshoptimizer.encode_index_buffer(flat, len(flat), int(flat.max()) + 1)
            view = {"bufferView": self._packed(packed, count=len(flat), byteStride=4, mode="TRIANGLES")}
        else:
            view = {"bufferView": self.view(flat.tobytes())}
        self.document["accessors"].append({"componentType": 5125, "count": len(flat), "type": "SCALAR"} | view)
        return len(self.document["accessors"]) - 1

    def _packed(self, data: bytes, **told: Any) -> int:
        """Return a view of packed bytes, whose unpacked ones are in a second buffer that no file has."""
        index = self.view(data)
        extension = self.document["bufferViews"][index] | told
        length = told["count"] * told["byteStride"]
        self.document["bufferViews"][index] = {
            "buffer": 1,
            "byteLength": length,
            **({"byteStride": told["byteStride"]} if told["mode"] == "ATTRIBUTES" else {}),
            "extensions": {"EXT_meshopt_compression": extension},
        }
        return index

    def finished(self) -> bytes:
        """Return the file."""
        self.document["buffers"][0]["byteLength"] = len(self.binary)
        if self.packing == "meshopt":
            fallback = {"EXT_meshopt_compression": {"fallback": True}}
            self.document["buffers"].append({"byteLength": 1 << 20, "extensions": fallback})
        return joined(self.document, self.binary)


def joined(document: dict[str, Any], binary: bytes) -> bytes:
    """Return a GLB of a document and a buffer."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 8 + 4)
    chunks = struct.pack("<2I", len(text), 0x4E4F534A) + text + struct.pack("<2I", len(binary), 0x004E4942) + binary
    return b"glTF" + struct.pack("<2I", 2, 12 + len(chunks)) + chunks


def glb_of(tile: MadeTile, *, packing: str) -> bytes:
    """Return the content of a tile: y-up, on the grid, with tables of its elements."""
    parts = _Parts(packing)
    names = list(dict.fromkeys(tile.elements))
    nodes = [_surface(parts, tile, names)]
    nodes += [_instances(parts, tile, len(names))] if tile.instances else []
    names += tile.instances
    used = {"KHR_mesh_quantization", "EXT_mesh_features", "EXT_structural_metadata"}
    used |= {"EXT_mesh_gpu_instancing", "EXT_instance_features"} if tile.instances else set()
    used |= {"meshopt": {"EXT_meshopt_compression"}, "draco": {"KHR_draco_mesh_compression"}, "none": set()}[packing]
    parts.document |= {
        "nodes": nodes,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "extensionsUsed": sorted(used),
        "extensionsRequired": sorted(used - {"EXT_mesh_features", "EXT_structural_metadata", "EXT_instance_features"}),
        "extensions": {"EXT_structural_metadata": _metadata(parts, names)},
    }
    return parts.finished()


def _surface(parts: _Parts, tile: MadeTile, names: list[str]) -> dict[str, Any]:
    """Return the node of what is no instance."""
    low, high = tile.corners.min(axis=(0, 1)), tile.corners.max(axis=(0, 1))
    corners = tile.corners.reshape(-1, 3)
    raw = np.column_stack([corners[:, 0] - low[0], corners[:, 2] - low[2], high[1] - corners[:, 1]]).astype("<u2")
    ids = np.repeat([names.index(name) for name in tile.elements], 3).reshape(-1, 1).astype("u1")
    move = np.array([low[0], high[1], low[2]]) * STEP + ORIGIN
    primitive = _primitive(parts, raw, np.arange(len(raw)).reshape(-1, 3), ids)
    told = {"featureCount": len(names), "attribute": 0, "propertyTable": 0}
    primitive.setdefault("extensions", {})["EXT_mesh_features"] = {"featureIds": [told]}
    parts.document["meshes"] = [{"primitives": [primitive]}]
    return {"mesh": 0, "translation": [move[0], move[2], -move[1]], "scale": [STEP, STEP, STEP]}


def _primitive(parts: _Parts, raw: Array, faces: Rows, ids: Array | None) -> dict[str, Any]:
    stored = parts.packing != "draco"
    normals = np.tile(np.array([[0, 0, 127, 0]], dtype=np.int8), (len(raw), 1))[:, :3]
    attributes = {
        "POSITION": parts.accessor(raw, 5123, "VEC3", stored=stored),
        "NORMAL": parts.accessor(normals, 5120, "VEC3", stored=stored, normalized=True),
    }
    if ids is not None:
        attributes["_FEATURE_ID_0"] = parts.accessor(ids, 5121, "SCALAR", stored=stored)
    primitive: dict[str, Any] = {"attributes": attributes, "indices": parts.indices(faces)}
    if not stored:
        told = {} if ids is None else {7: ids}
        packed = DracoPy.encode(
            np.zeros((len(raw), 3), dtype=np.float32),
            faces.astype(np.uint32),
            preserve_order=True,
            generic_attributes=told | {8: raw.astype(np.uint16), 9: np.tile([[0.0, 0, 1]], (len(raw), 1))},
        )
        numbers = {"POSITION": 8, "NORMAL": 9} | ({} if ids is None else {"_FEATURE_ID_0": 7})
        extension = {"bufferView": parts.view(packed), "attributes": numbers}
        primitive["extensions"] = {"KHR_draco_mesh_compression": extension}
    return primitive


def _instances(parts: _Parts, tile: MadeTile, first: int) -> dict[str, Any]:
    """Return the node of the small cubes: half a metre is 512 steps of a grid of their own."""
    cube = a_cube(512)
    raw = np.column_stack([cube.vertices[:, 0], cube.vertices[:, 2], 512 - cube.vertices[:, 1]]).astype("<u2")
    parts.document["meshes"].append({"primitives": [_primitive(parts, raw, cube.faces.astype(np.int64), None)]})
    moves = np.array([PLACES[name] for name in tile.instances])
    moves = np.column_stack([moves[:, 0], moves[:, 2], -moves[:, 1] - 0.5]).astype("<f4")
    ids = np.arange(first, first + len(moves)).reshape(-1, 1).astype("<f4")
    scales = np.full((len(moves), 3), STEP, dtype="<f4")
    attributes = {
        "TRANSLATION": parts.accessor(moves, 5126, "VEC3"),
        "SCALE": parts.accessor(scales, 5126, "VEC3"),
        "_FEATURE_ID_0": parts.accessor(ids, 5126, "SCALAR"),
    }
    told = {"featureCount": len(moves), "attribute": 0, "propertyTable": 0}
    extensions = {
        "EXT_mesh_gpu_instancing": {"attributes": attributes},
        "EXT_instance_features": {"featureIds": [told]},
    }
    return {"mesh": len(parts.document["meshes"]) - 1, "extensions": extensions}


def _metadata(parts: _Parts, names: list[str]) -> dict[str, Any]:
    """Return one class and one table of the elements."""
    elements = {element.id: element for element in a_scene().elements}
    fixed = {
        "id": names,
        "class": [elements[name].class_name for name in names],
        "name": [elements[name].name for name in names],
    }
    columns = {name: _strings(parts, values) for name, values in fixed.items()}
    known = {kind["name"] for kind in COLUMNS.values()}
    rest = [{name: value for name, value in PROPERTIES[one].items() if name not in known} for one in names]
    columns["more"] = _strings(parts, [json.dumps(one) if one else "" for one in rest])
    for name, kind in COLUMNS.items():
        values = [PROPERTIES[one].get(kind["name"], kind.get("noData")) for one in names]
        columns[name] = _column(parts, values, kind)
    kinds = {name: {"type": "STRING", "required": True} for name in fixed} | COLUMNS
    kinds["more"] = {"type": "STRING", "noData": ""}
    enum = {"values": [{"name": name, "value": value} for value, name in enumerate(ENUM)]}
    schema = {"id": "made", "classes": {"element": {"properties": kinds}}, "enums": {"boolean": enum}}
    return {
        "schema": schema,
        "propertyTables": [{"class": "element", "count": len(names), "properties": columns}],
    }


def _column(parts: _Parts, values: list[Any], kind: dict[str, Any]) -> dict[str, Any]:
    if kind["type"] == "STRING":
        return _strings(parts, values)
    if kind["type"] == "ENUM":
        places = [ENUM.index({False: "false", True: "true"}.get(value, "absent")) for value in values]
        return {"values": parts.view(np.array(places, dtype="<u2").tobytes())}
    if kind["type"] == "BOOLEAN":
        return {"values": parts.view(np.packbits(values, bitorder="little").tobytes())}
    numbers = np.array(values, dtype="<f8" if kind["componentType"] == "FLOAT64" else "<i4")
    return {"values": parts.view(numbers.tobytes())}


def _strings(parts: _Parts, values: list[str]) -> dict[str, Any]:
    texts = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    return {"values": parts.view(b"".join(texts)), "stringOffsets": parts.view(offsets.tobytes())}

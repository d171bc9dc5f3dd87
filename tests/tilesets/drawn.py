"""What one tile draws: triangles in the tile's frame, each corner with its element."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tilesets.glb import DRACO, MESHOPT, Array, Glb, undraco
from tilesets.tables import METADATA, Told, elements_of
from tilesets.wrong import need

Points = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Turns glTF's y-up into z-up, as 3D Tiles asks for.
Z_UP: Final = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=np.float64)
FEATURES: Final = "EXT_mesh_features"
INSTANCES: Final = "EXT_mesh_gpu_instancing"
INSTANCE_FEATURES: Final = "EXT_instance_features"
KNOWN: Final = {"KHR_mesh_quantization", FEATURES, INSTANCES, INSTANCE_FEATURES, METADATA, MESHOPT, DRACO}
#: Extensions without which a file cannot be drawn rightly, so that it must require them.
MUST: Final = {"KHR_mesh_quantization", INSTANCES, MESHOPT, DRACO}
TRIANGLES: Final = 4
#: Numbers that a type of components can have, for those that stand for shares.
SHARES: Final = {"u1": 255, "<u2": 65535, "i1": 127, "<i2": 32767}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Triangles of one primitive, or of one instance of it."""

    #: (n, 3): the numbers in the file.
    raw: Points
    #: From them to the tile's frame.
    matrix: Points
    #: (m, 3): rows of `raw`.
    faces: Rows
    #: (n,): row of the tile's elements for each vertex.
    elements: Rows
    instanced: bool

    @property
    def points(self) -> Points:
        """Return the vertices (n, 3) in the tile's frame."""
        return self.raw @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    @property
    def step(self) -> float:
        """Return how far two neighbouring numbers of the file are from each other in the tile's frame, at most."""
        return float(np.linalg.norm(self.matrix[:3, :3], axis=0).max())


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One tile's content."""

    pieces: tuple[Piece, ...]
    elements: tuple[Told, ...]
    #: Names of files that it needs besides.
    files: frozenset[str]


def drawn(data: bytes, folder: Path) -> Drawn:
    """
    Return what the bytes of a GLB draw.

    Raises
    ------
    Wrong
        If it is not as its specifications say, or has what the checker does not know.
    """
    glb = Glb(data)
    _check_extensions(glb)
    tables, files = elements_of(glb, folder)
    starts = np.cumsum([0, *(len(table) for table in tables)])
    reader = _Reader(glb, starts)
    scene = glb.rows("scenes")[glb.document.get("scene", 0)]
    pieces = tuple(piece for node in scene["nodes"] for piece in reader.under(node, Z_UP))
    need(len(pieces), "it draws nothing")
    return Drawn(pieces=pieces, elements=tuple(one for table in tables for one in table), files=frozenset(files))


def _check_extensions(glb: Glb) -> None:
    used = set(glb.document.get("extensionsUsed", []))
    required = set(glb.document.get("extensionsRequired", []))
    quantised = {"KHR_mesh_quantization"} & used
    need(used - quantised == glb.extensions_met - quantised, "extensionsUsed is not what it uses")
    need(required <= used, "it requires an extension that it does not use")
    need(used <= KNOWN, f"unknown extensions: {sorted(used - KNOWN)}")
    need(used & MUST <= required, "it does not require an extension without which it cannot be drawn")


class _Reader:
    def __init__(self, glb: Glb, starts: Rows) -> None:
        self._glb = glb
        #: First row of each property table among the tile's elements, and the number of all.
        self._starts = starts

    def under(self, index: int, matrix: Points) -> list[Piece]:
        """Return what a node and all below it draw."""
        node = self._glb.rows("nodes")[index]
        matrix = matrix @ _matrix_of(node)
        found = self._of(node, matrix) if "mesh" in node else []
        return found + [piece for child in node.get("children", []) for piece in self.under(child, matrix)]

    def _of(self, node: dict[str, Any], matrix: Points) -> list[Piece]:
        primitives = self._glb.rows("meshes")[node["mesh"]]["primitives"]
        instancing = node.get("extensions", {}).get(INSTANCES)
        if instancing is None:
            return [self._primitive(one, matrix) for one in primitives]
        columns = {name: self._values(index) for name, index in instancing["attributes"].items()}
        places = _places(columns)
        rows = self._instance_elements(node, columns, len(places))
        pieces = []
        for primitive in primitives:
            plain = self._primitive(primitive, matrix, rows)
            pieces += [
                Piece(
                    raw=plain.raw,
                    matrix=matrix @ place,
                    faces=plain.faces,
                    elements=np.full(len(plain.raw), row),
                    instanced=True,
                )
                for place, row in zip(places, rows, strict=True)
            ]
        return pieces

    def _primitive(self, primitive: dict[str, Any], matrix: Points, rows: Rows | None = None) -> Piece:
        need(primitive.get("mode", TRIANGLES) == TRIANGLES, "a primitive is not of triangles")
        if DRACO in primitive.get("extensions", {}):
            faces, attributes = undraco(self._glb, primitive)
        else:
            need("indices" in primitive, "a primitive has no indices")
            faces = self._glb.accessor(primitive["indices"]).reshape(-1, 3).astype(np.int64)
            attributes = {name: self._glb.accessor(index) for name, index in primitive["attributes"].items()}
        count = len(attributes["POSITION"])
        need(all(len(values) == count for values in attributes.values()), "attributes are of different length")
        need(faces.max() < count, "an index names a vertex that is not there")
        self._check_kinds(primitive, attributes)
        elements = self._vertex_elements(primitive, attributes) if rows is None else np.zeros(count, dtype=np.int64)
        corners = elements[faces]
        need((corners == corners[:, :1]).all(), "a triangle belongs to two elements")
        raw = attributes["POSITION"].astype(np.float64)
        return Piece(raw=raw, matrix=matrix, faces=faces, elements=elements, instanced=rows is not None)

    def _check_kinds(self, primitive: dict[str, Any], attributes: dict[str, Array]) -> None:
        position = self._glb.rows("accessors")[primitive["attributes"]["POSITION"]]
        need(not position.get("normalized", False), "positions are shares of their type")
        small = position["componentType"] != 5126
        need(not small or "KHR_mesh_quantization" in self._glb.document["extensionsRequired"], "it is quantised")
        need("NORMAL" in attributes, "a primitive has no normals")
        normals = self._shares(primitive["attributes"]["NORMAL"], attributes["NORMAL"])
        lengths = np.linalg.norm(normals, axis=1)
        need(np.abs(lengths - 1).max() < 0.03, "a normal is not of length one")

    def _shares(self, accessor: int, values: Array) -> Points:
        """Return values of an accessor as numbers."""
        told = self._glb.rows("accessors")[accessor]
        most = SHARES.get(values.dtype.str.lstrip("|"), 1) if told.get("normalized", False) else 1
        return values.astype(np.float64) / most

    def _values(self, accessor: int) -> Points:
        return self._shares(accessor, self._glb.accessor(accessor))

    def _vertex_elements(self, primitive: dict[str, Any], attributes: dict[str, Array]) -> Rows:
        told = primitive.get("extensions", {}).get(FEATURES, {"featureIds": []})["featureIds"]
        need(len(told) == 1 and "attribute" in told[0], "a primitive has no feature ids")
        return self._rows(told[0], attributes[f"_FEATURE_ID_{told[0]['attribute']}"])

    def _instance_elements(self, node: dict[str, Any], columns: dict[str, Points], count: int) -> Rows:
        told = node["extensions"].get(INSTANCE_FEATURES, {"featureIds": []})["featureIds"]
        need(len(told) == 1, "instances have no feature ids")
        if "attribute" not in told[0]:
            return self._rows(told[0], np.arange(count).reshape(-1, 1))
        return self._rows(told[0], columns[f"_FEATURE_ID_{told[0]['attribute']}"])

    def _rows(self, told: dict[str, Any], ids: Array) -> Rows:
        """Return the rows of elements that feature ids (n, 1) name."""
        table = told.get("propertyTable", -1)
        need(0 <= table < len(self._starts) - 1, "feature ids name no table")
        need((ids == np.rint(ids)).all() and ids.min() >= 0, "a feature id is no whole number")
        need(ids.max() < self._starts[table + 1] - self._starts[table], "a feature id names no row of its table")
        need(len(np.unique(ids)) == told["featureCount"], "featureCount is not the number of features")
        rows: Rows = ids.reshape(-1).astype(np.int64) + self._starts[table]
        return rows


def _matrix_of(node: dict[str, Any]) -> Points:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    move, turn = np.array(node.get("translation", [0, 0, 0])), np.array(node.get("rotation", [0, 0, 0, 1]))
    return _placed(move, turn, np.array(node.get("scale", [1, 1, 1])))


def _placed(move: Points, turn: Points, scale: Points) -> Points:
    """Return the matrix of a move, a quaternion (x, y, z, w) and a scale."""
    need(abs(np.linalg.norm(turn) - 1) < 1e-4, "a rotation is not of length one")
    x, y, z, w = turn / np.linalg.norm(turn)
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= scale
    matrix[:3, 3] = move
    return matrix


def _places(columns: dict[str, Points]) -> list[Points]:
    counts = {len(values) for values in columns.values()}
    need(len(counts) == 1, "the attributes of instances are of different length")
    count = counts.pop()
    moves = columns.get("TRANSLATION", np.zeros((count, 3)))
    turns = columns.get("ROTATION", np.tile([0.0, 0, 0, 1], (count, 1)))
    scales = columns.get("SCALE", np.ones((count, 3)))
    return [_placed(*place) for place in zip(moves, turns, scales, strict=True)]

"""Reads GLB tiles on its own: what a viewer finds in one, after the specifications of glTF and of its extensions."""

import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import numpy as np
from meshoptimizer import decoder  # type: ignore[import-untyped] # the package ships no types

TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
#: Types of metadata by their names.
SCALARS = {"INT32": np.int32, "FLOAT64": np.float64, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A primitive as it is drawn."""

    attributes: dict[str, Any]
    #: (m, 3).
    faces: Any
    material: dict[str, Any]
    #: (4, 4) float64 of its node.
    matrix: Any
    #: For each instance a matrix (k, 4, 4) and a feature (k,); None where there are none.
    instances: Any
    instance_features: Any

    @property
    def points(self) -> Any:
        """Return the positions in metres, y up, of one instance after the other."""
        local = np.concatenate([self.attributes["POSITION"].astype(np.float64), np.ones((self.size, 1))], axis=1)
        placed = [local] if self.instances is None else [local @ matrix.T for matrix in self.instances]
        return np.concatenate([(one @ self.matrix.T)[:, :3] for one in placed])

    @property
    def size(self) -> int:
        """Return the number of vertices."""
        return len(self.attributes["POSITION"])


class Tile:
    """A GLB file."""

    def __init__(self, data: bytes) -> None:
        magic, version, total = struct.unpack_from("<4sII", data)
        size, kind = struct.unpack_from("<I4s", data, 12)
        assert (magic, version, total, kind) == (b"glTF", 2, len(data), b"JSON")
        self.json = json.loads(data[20 : 20 + size])
        rest, kind = struct.unpack_from("<I4s", data, 20 + size)
        assert (rest, kind) == (len(data) - size - 28, b"BIN\0")
        self.start = 28 + size
        self.binary = data[self.start :]

    def view(self, row: int) -> bytes:
        """Return the bytes of a view, unpacked."""
        view = self.json["bufferViews"][row]
        packed = view.get("extensions", {}).get("EXT_meshopt_compression")
        place = packed or view
        assert place["buffer"] == 0
        data = self.binary[place.get("byteOffset", 0) :][: place["byteLength"]]
        return data if packed is None else self._unpacked(packed, data, view["byteLength"])

    def _unpacked(self, packed: Any, data: bytes, size: int) -> bytes:
        count, stride = packed["count"], packed["byteStride"]
        assert "filter" not in packed
        assert size == count * stride
        if packed["mode"] == "ATTRIBUTES":
            assert data[0] == 0xA0, "the version of the stream that the extension knows"
            unpacked: bytes = decoder.decode_vertex_buffer(count, stride, data).tobytes()
            return unpacked
        indices = decoder.decode_index_buffer(count, 4, data).astype(np.uint16 if stride == 2 else np.uint32)
        octets: bytes = indices.tobytes()
        return octets

    def accessor(self, row: int) -> Any:
        """Return the numbers of an accessor (n, columns)."""
        told = self.json["accessors"][row]
        kind, width, count = np.dtype(TYPES[told["componentType"]]), WIDTHS[told["type"]], told["count"]
        view = self.json["bufferViews"][told["bufferView"]]
        stride = view.get("byteStride", width * kind.itemsize)
        assert stride % 4 == 0 or "target" not in view or view["target"] == 34963
        raw = np.frombuffer(self.view(told["bufferView"]), dtype=np.uint8).reshape(count, stride)
        return np.ascontiguousarray(raw[:, : width * kind.itemsize]).view(kind)

    def drawn(self) -> list[Drawn]:
        """Return all primitives."""
        nodes = [self.json["nodes"][row] for row in self.json["scenes"][0]["nodes"]]
        return [
            self._primitive(primitive, node)
            for node in nodes
            for primitive in self.json["meshes"][node["mesh"]]["primitives"]
        ]

    def _primitive(self, primitive: Any, node: Any) -> Drawn:
        draco = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
        if draco is None:
            attributes = {name: self.accessor(row) for name, row in primitive["attributes"].items()}
            faces = self.accessor(primitive["indices"]).reshape(-1, 3)
        else:
            attributes, faces = self._draco(primitive, draco)
        instances, features = self._instances(node)
        return Drawn(
            attributes=attributes,
            faces=faces.astype(np.int64),
            material=self.json["materials"][primitive["material"]],
            matrix=np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T,
            instances=instances,
            instance_features=features,
        )

    def _draco(self, primitive: Any, draco: Any) -> tuple[dict[str, Any], Any]:
        mesh = DracoPy.decode(self.view(draco["bufferView"]))
        values = {entry["unique_id"]: entry["data"] for entry in mesh.attributes}
        attributes = {}
        for name, row in primitive["attributes"].items():
            told = self.json["accessors"][row]
            attributes[name] = values[draco["attributes"][name]].astype(TYPES[told["componentType"]])
            assert attributes[name].shape == (told["count"], WIDTHS[told["type"]])
        assert self.json["accessors"][primitive["indices"]]["count"] == mesh.faces.size
        return attributes, np.asarray(mesh.faces)

    def _instances(self, node: Any) -> tuple[Any, Any]:
        extension = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
        if extension is None:
            return None, None
        values = {name: self.accessor(row).astype(np.float64) for name, row in extension["attributes"].items()}
        matrices = np.tile(np.eye(4), (len(values["TRANSLATION"]), 1, 1))
        x, y, z, w = values["ROTATION"].T
        turns = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        matrices[:, :3, :3] = np.moveaxis(turns, -1, 0) * values["SCALE"][:, None, :]
        matrices[:, :3, 3] = values["TRANSLATION"]
        return matrices, values["_FEATURE_ID_0"][:, 0].astype(np.int64)

    # --- Metadata -----------------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """Return the properties of each feature by the sources' own words; those that it has not are not there."""
        extension = self.json["extensions"]["EXT_structural_metadata"]
        (table,) = extension["propertyTables"]
        described = extension["schema"]["classes"][table["class"]]["properties"]
        assert set(table["properties"]) == set(described)
        rows: list[dict[str, Any]] = [{} for _ in range(table["count"])]
        for name, told in table["properties"].items():
            column = self._column(described[name], told, table["count"])
            for row, value in zip(rows, column, strict=True):
                if value != described[name].get("noData"):
                    row[described[name]["name"]] = value
        return rows

    def _column(self, described: Any, told: Any, count: int) -> list[Any]:
        if described["type"] == "STRING":
            return self._texts(told, count)
        if described["type"] == "ENUM":
            enum = self.json["extensions"]["EXT_structural_metadata"]["schema"]["enums"][described["enumType"]]
            names = {entry["value"]: entry["name"] for entry in enum["values"]}
            return [names[number] for number in self._values(told["values"], enum["valueType"], count)]
        return list(self._values(told["values"], described["componentType"], count))

    def _texts(self, told: Any, count: int) -> list[Any]:
        ends = self._values(told["stringOffsets"], told.get("stringOffsetType", "UINT32"), count + 1)
        octets = self.view(told["values"])
        assert (ends[0], ends[-1]) == (0, len(octets))
        return [octets[start:end].decode() for start, end in pairwise(ends)]

    def _values(self, row: int, kind: str, count: int) -> list[Any]:
        place = self.json["bufferViews"][row]
        assert (self.start + place["byteOffset"]) % 8 == 0
        values = np.frombuffer(self.view(row), dtype=SCALARS[kind])
        assert len(values) == count
        numbers: list[Any] = values.tolist()
        return numbers

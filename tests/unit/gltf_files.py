"""glTF documents that tests make."""

import base64
import json
import struct
from typing import Any

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import meshoptimizer  # type: ignore[import-untyped] # the package ships no types
import numpy as np

#: Type of number by the type of an array.
KINDS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}

Array = Any
#: A square of two triangles in the plane of x and y: corners, and how they become triangles.
SQUARE = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], dtype=np.float32)
TWO = np.array([0, 1, 2, 0, 2, 3], dtype=np.uint16)


class Maker:
    """Makes a document with one buffer."""

    def __init__(self) -> None:
        self.binary = b""
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": []}],
            "bufferViews": [],
            "accessors": [],
            "buffers": [{"byteLength": 0}],
        }

    def view(self, data: bytes, **more: Any) -> int:
        """Add bytes to the buffer, and return the row of their view."""
        self.binary += bytes(-len(self.binary) % 4)
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **more}
        )
        self.binary += data
        self.document["buffers"][0]["byteLength"] = len(self.binary)
        return len(self.document["bufferViews"]) - 1

    def accessor(self, values: Array, *, view: int | None = None, **more: Any) -> int:
        """Add an accessor of values (n,) or (n, columns), and return its row."""
        row = self.view(values.tobytes()) if view is None else view
        shape = SHAPES[1 if values.ndim == 1 else values.shape[1]]
        self.document["accessors"].append(
            {"bufferView": row, "componentType": KINDS[values.dtype.name], "count": len(values), "type": shape, **more}
        )
        return len(self.document["accessors"]) - 1

    def primitive(self, attributes: dict[str, int], indices: Array = TWO, **more: Any) -> dict[str, Any]:
        """Add a primitive to the mesh, and return it for changes."""
        corners = {} if indices is None else {"indices": self.accessor(indices)}
        made = {"attributes": attributes, **corners, **more}
        self.document["meshes"][0]["primitives"].append(made)
        return made

    def square(self, **more: Any) -> dict[str, Any]:
        """Add a square."""
        return self.primitive({"POSITION": self.accessor(SQUARE)}, **more)

    def add(self, table: str, row: dict[str, Any]) -> int:
        """Add a row to a table of the document, and return its number."""
        rows = self.document.setdefault(table, [])
        rows.append(row)
        return len(rows) - 1

    def gltf(self) -> bytes:
        """Return the document as JSON, with the buffer in it."""
        uri = "data:application/octet-stream;base64," + base64.b64encode(self.binary).decode()
        buffers = [{**self.document["buffers"][0], "uri": uri}, *self.document["buffers"][1:]]
        return json.dumps({**self.document, "buffers": buffers}).encode()

    def glb(self) -> bytes:
        """Return the document as GLB."""
        text = json.dumps(self.document).encode()
        text += b" " * (-len(text) % 4)
        binary = self.binary + bytes(-len(self.binary) % 4)
        size = 12 + 8 + len(text) + 8 + len(binary)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
        return struct.pack("<4sII", b"glTF", 2, size) + chunks


def a_square() -> Maker:
    """Return a document with a square of two triangles."""
    maker = Maker()
    maker.square()
    return maker


def packed(maker: Maker, values: Array, mode: str, name: str = "EXT_meshopt_compression", **more: Any) -> int:
    """Add a view that is compressed with meshoptimizer, and return its row; the view itself has no bytes."""
    encode = {
        "ATTRIBUTES": meshoptimizer.encode_vertex_buffer,
        "TRIANGLES": meshoptimizer.encode_index_buffer,
        "INDICES": meshoptimizer.encode_index_sequence,
    }[mode]
    stream = maker.view(encode(values))
    place = maker.document["bufferViews"][stream]
    stride = values.itemsize * (values.shape[1] if values.ndim > 1 else 1)
    extension = {**place, "byteStride": stride, "count": len(values), "mode": mode, **more}
    return maker.add(
        "bufferViews",
        {"buffer": 0, "byteLength": stride * len(values), "extensions": {name: extension}},
    )


def with_draco(maker: Maker, points: Array, faces: Array, **more: Any) -> dict[str, Any]:
    """Add a primitive in a Draco stream whose positions are its last attribute."""
    stream = DracoPy.encode(points, faces.astype(np.uint32), quantization_bits=0, compression_level=0, **more)
    found = DracoPy.decode(stream)
    # A type of attribute 0 is a position.
    (position,) = [one["unique_id"] for one in found.attributes if one["attribute_type"] == 0]
    maker.add("accessors", {"componentType": 5126, "count": len(found.points), "type": "VEC3"})
    maker.add("accessors", {"componentType": 5125, "count": found.faces.size, "type": "SCALAR"})
    last = len(maker.document["accessors"]) - 1
    extension = {"bufferView": maker.view(stream), "attributes": {"POSITION": position}}
    made = {
        "attributes": {"POSITION": last - 1},
        "indices": last,
        "extensions": {"KHR_draco_mesh_compression": extension},
    }
    maker.document["meshes"][0]["primitives"].append(made)
    return made

"""Binary glTF decoded by the letter of its specification: chunks, views, accessors; nothing of ours is used.

The bytes of EXT_meshopt_compression are decoded by meshoptimizer, those of KHR_draco_mesh_compression by Draco.
"""

import json
import struct
from functools import cached_property
from typing import Any, Final

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import meshoptimizer  # type: ignore[import-untyped] # the package ships no types
import numpy as np
from numpy.typing import NDArray

from tilesets.wrong import Wrong, need

Array = NDArray[Any]

JSON_CHUNK: Final = 0x4E4F534A
BINARY_CHUNK: Final = 0x004E4942
COMPONENTS: Final = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MESHOPT: Final = "EXT_meshopt_compression"
DRACO: Final = "KHR_draco_mesh_compression"
FILTERS: Final = {
    "OCTAHEDRAL": meshoptimizer.decode_filter_oct,
    "QUATERNION": meshoptimizer.decode_filter_quat,
    "EXPONENTIAL": meshoptimizer.decode_filter_exp,
}


class Glb:
    """One file."""

    def __init__(self, data: bytes) -> None:
        need(len(data) >= 20 and data[:4] == b"glTF", "it is no GLB")
        version, length = struct.unpack_from("<2I", data, 4)
        need((version, length) == (2, len(data)), "its header states another version or length")
        chunks = dict(_chunks(data))
        need(JSON_CHUNK in chunks, "it has no JSON chunk")
        self.document: dict[str, Any] = json.loads(chunks[JSON_CHUNK])
        self._binary = chunks.get(BINARY_CHUNK, b"")
        self._views: dict[int, bytes] = {}

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return a table of the document, empty where it is absent."""
        table: list[dict[str, Any]] = self.document.get(name, [])
        return table

    def view(self, index: int) -> bytes:
        """Return the bytes of a buffer view, decompressed."""
        if index not in self._views:
            view = self.rows("bufferViews")[index]
            packed = view.get("extensions", {}).get(MESHOPT)
            self._views[index] = self._plain(view) if packed is None else self._unpacked(view, packed)
        return self._views[index]

    def _plain(self, view: dict[str, Any]) -> bytes:
        need(view["buffer"] == 0 and "uri" not in self.rows("buffers")[0], "a view is of no buffer in the file")
        start = view.get("byteOffset", 0)
        need(start + view["byteLength"] <= len(self._binary), "a view ends beyond the buffer")
        return self._binary[start : start + view["byteLength"]]

    def _unpacked(self, view: dict[str, Any], packed: dict[str, Any]) -> bytes:
        data, count, stride = self._plain(packed), packed["count"], packed["byteStride"]
        need(view["byteLength"] == count * stride, "a compressed view states another length")
        if packed["mode"] == "ATTRIBUTES":
            need(stride % 4 == 0, "the stride of compressed attributes is no multiple of four")
            rows = meshoptimizer.decode_vertex_buffer(count, stride, data).reshape(-1).view(np.uint8)
            told = packed.get("filter", "NONE")
            return bytes(rows if told == "NONE" else FILTERS[told](rows, count, stride))
        decoders = {
            "TRIANGLES": meshoptimizer.decode_index_buffer,
            "INDICES": meshoptimizer.decode_index_sequence,
        }
        need(stride in (2, 4), "compressed indices are neither of two nor of four bytes")
        # The package makes room for four bytes each, whatever size is asked for.
        return bytes(decoders[packed["mode"]](count, 4, data).astype(f"<u{stride}"))

    def accessor(self, index: int) -> Array:
        """Return the values of an accessor (n, k) in their component type."""
        told = self.rows("accessors")[index]
        need("bufferView" in told and "sparse" not in told, "an accessor has no plain values")
        view, kind = self.rows("bufferViews")[told["bufferView"]], np.dtype(COMPONENTS[told["componentType"]])
        width, count, data = WIDTHS[told["type"]], told["count"], self.view(told["bufferView"])
        stride, start = view.get("byteStride", width * kind.itemsize), told.get("byteOffset", 0)
        need(count > 0, "an accessor has no values")
        need(start + stride * (count - 1) + width * kind.itemsize <= len(data), "an accessor ends beyond its view")
        need(start % kind.itemsize == 0 and stride % kind.itemsize == 0, "an accessor is not aligned")
        values = np.ndarray((count, width), kind, data, start, (stride, kind.itemsize)).copy()
        check_range(told, values)
        return values

    @cached_property
    def extensions_met(self) -> set[str]:
        """Return the names of all extensions that the document has anywhere."""
        return extensions_in(self.document)


def _chunks(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 12
    while at < len(data):
        need(at + 8 <= len(data), "a chunk is cut off")
        length, kind = struct.unpack_from("<2I", data, at)
        need(length % 4 == 0 and at + 8 + length <= len(data), "a chunk is cut off or not aligned")
        found.append((kind, data[at + 8 : at + 8 + length]))
        at += 8 + length
    return found


def check_range(told: dict[str, Any], values: Array) -> None:
    """Raise `Wrong` if an accessor states other extremes than its values (n, k) have, or these are not finite."""
    need(np.isfinite(values).all(), "a value is not finite")
    for name, found in (("min", values.min(axis=0)), ("max", values.max(axis=0))):
        need(name not in told or told[name] == found.tolist(), f"an accessor states another {name} than it has")


def extensions_in(node: Any) -> set[str]:
    """Return the names of all extensions in a JSON document."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.update(one.get("extensions", {}))
            waiting.extend(value for name, value in one.items() if name != "extras")
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def undraco(glb: Glb, primitive: dict[str, Any]) -> tuple[Array, dict[str, Array]]:
    """Return the faces (m, 3) and the attributes of a primitive that Draco has packed."""
    packed = primitive["extensions"][DRACO]
    try:
        mesh = DracoPy.decode(glb.view(packed["bufferView"]))
    except DracoPy.FileTypeException as error:
        raise Wrong("what should be Draco's is not") from error
    attributes = {}
    for name, number in packed["attributes"].items():
        told = glb.rows("accessors")[primitive["attributes"][name]]
        values = np.asarray(mesh.get_attribute_by_unique_id(number)["data"])
        attributes[name] = values.reshape(-1, WIDTHS[told["type"]])
        need(len(attributes[name]) == told["count"], f"Draco gives another count of {name}")
    count = glb.rows("accessors")[primitive["indices"]]["count"]
    need(mesh.faces.size == count, "Draco gives another count of indices")
    return mesh.faces.reshape(-1, 3).astype(np.int64), attributes

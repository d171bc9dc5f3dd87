"""The binary chunk of a GLB file: views of bytes and the accessors into them, and the file itself."""

import json
import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import TargetTooSmall
from outfeed.mesh.formats.gltf.document import ARRAY, ELEMENTS, FLOAT, INT, SHORT
from outfeed.mesh.formats.gltf.write import HEADER_BYTES, MOST_BYTES
from outfeed.tiles.content import meshopt

Table = NDArray[Any]

#: What views begin at multiples of: the largest type of a property.
ALIGNMENT: Final = 8
#: What the document says more of a packed view than of a plain one, about.
PACKED_BYTES: Final = 150
#: Vertices that indices of 16 bits count: the largest number stands for something else to some hardware.
MOST_SHORT: Final = 65_535
COMPONENTS: Final = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": SHORT, "uint32": INT, "float32": FLOAT}
SHAPES: Final = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class Binary:
    """Collects views and accessors; their bytes go to `put`, each part a multiple of eight."""

    def __init__(self, put: Callable[[bytes], object], *, packs: bool) -> None:
        self._put_away = put
        #: Whether vertices and indices are packed with meshoptimizer.
        self.packs = packs
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        #: Bytes that were put.
        self.size = 0
        #: Bytes that packed views have when they are unpacked.
        self._unpacked = 0

    def octets(self, data: bytes) -> int:
        """Add bytes of their own kind, and return the row of their view."""
        self.views.append({"buffer": 0, "byteOffset": self._put(data), "byteLength": len(data)})
        return len(self.views) - 1

    def table(self, values: Table) -> int:
        """Add rows (n, …) of a table without gaps, packed where that is shorter, and return the row of their view."""
        stride = values.nbytes // max(len(values), 1)
        if self.packs and stride and stride % 4 == 0:
            data = meshopt.packed_vertices(values)
            if len(data) + PACKED_BYTES < values.nbytes:
                return self._unpacks(data, values, "ATTRIBUTES", {})
        return self.octets(values.tobytes())

    def attribute(
        self, values: Table, *, columns: int = 0, normalized: bool = False, extremes: Table | None = None
    ) -> int:
        """
        Add a value of one to four numbers for each vertex (n, columns), and return the row of its accessor.

        Numbers behind so many columns are zeros that fill up a row; 0 stands for all columns.
        """
        rows = _filled_up(values)
        view = {"byteStride": rows.shape[1] * rows.itemsize, "target": ARRAY}
        row = self._packed(rows, view) if self.packs else self._plain(rows, view)
        return self.accessor(values[:, : columns or None], row, normalized=normalized, extremes=extremes)

    def indices(self, indices: NDArray[np.uint32], vertices: int) -> int:
        """Add the corners of triangles (k,), and return the row of their accessor."""
        values = indices.astype(np.uint16 if vertices <= MOST_SHORT else np.uint32)
        view = {"target": ELEMENTS}
        if not self.packs:
            return self.accessor(values[:, None], self._plain(values, view))
        data = meshopt.packed_triangles(indices, vertices)
        return self.accessor(values[:, None], self._unpacks(data, values, "TRIANGLES", view))

    def accessor(
        self, values: Table, view: int | None, *, normalized: bool = False, extremes: Table | None = None
    ) -> int:
        """Add an accessor of a whole view, or of none, and return its row; `extremes`: the lowest and the highest."""
        told: dict[str, Any] = {} if view is None else {"bufferView": view}
        told |= {
            "componentType": COMPONENTS[values.dtype.name],
            "count": len(values),
            "type": SHAPES[values.shape[1]],
        }
        if normalized:
            told["normalized"] = True
        if extremes is not None:
            told |= {"min": extremes[0].tolist(), "max": extremes[1].tolist()}
        self.accessors.append(told)
        return len(self.accessors) - 1

    def _plain(self, rows: Table, view: dict[str, Any]) -> int:
        row = self.octets(rows.tobytes())
        self.views[row] |= view
        return row

    def _packed(self, rows: Table, view: dict[str, Any]) -> int:
        return self._unpacks(meshopt.packed_vertices(rows), rows, "ATTRIBUTES", view)

    def _unpacks(self, data: bytes, rows: Table, mode: str, view: dict[str, Any]) -> int:
        """Add packed bytes; the view itself is one of a buffer that no file holds."""
        packed = {
            "buffer": 0,
            "byteOffset": self._put(data),
            "byteLength": len(data),
            "byteStride": rows.nbytes // len(rows),
            "mode": mode,
            "count": len(rows),
        }
        place = {"buffer": 1, "byteOffset": self._unpacked, "byteLength": rows.nbytes}
        self._unpacked += rows.nbytes + -rows.nbytes % ALIGNMENT
        self.views.append({**place, **view, "extensions": {meshopt.NAME: packed}})
        return len(self.views) - 1

    def _put(self, data: bytes) -> int:
        start = self.size
        self._put_away(data + bytes(-len(data) % ALIGNMENT))
        self.size += len(data) + -len(data) % ALIGNMENT
        if max(self.size, self._unpacked) > MOST_BYTES:
            raise TargetTooSmall("The numbers of a glTF file are at most 4 GiB.")
        return start

    def tables(self, uri: str = "") -> dict[str, Any]:
        """Return the members of the document that say where bytes are; `uri` names their file, if it is another one."""
        elsewhere = {"uri": uri} if uri else {}
        buffers: list[dict[str, Any]] = [{**elsewhere, "byteLength": self.size}]
        if self._unpacked:
            buffers.append({"byteLength": self._unpacked, "extensions": {meshopt.NAME: {"fallback": True}}})
        return {"buffers": buffers, "bufferViews": self.views, "accessors": self.accessors}


def extremes_of(values: Table) -> Table:
    """Return the lowest and the highest of each column (2, columns)."""
    return np.array([values.min(axis=0), values.max(axis=0)])


def _filled_up(values: Table) -> Table:
    """Return rows (n, columns) with zeros behind each, so that it has a multiple of four bytes."""
    columns = -(-values.shape[1] * values.itemsize // 4) * 4 // values.itemsize
    if columns == values.shape[1]:
        return np.ascontiguousarray(values)
    rows = np.zeros((len(values), columns), dtype=values.dtype)
    rows[:, : values.shape[1]] = values
    return rows


def as_json(document: dict[str, Any]) -> bytes:
    """Return a document as text; what is no text in UTF-8 comes from damaged sources, and becomes question marks."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(errors="replace")


def glb_of(document: dict[str, Any], parts: list[bytes]) -> bytes:
    """
    Return a GLB file.

    Raises
    ------
    TargetTooSmall
        If it has more than 4 GiB.
    """
    text, size = as_json(document), sum(map(len, parts))
    # So that the content of the binary chunk begins at a multiple of eight bytes of the file.
    text += b" " * (-(len(text) + HEADER_BYTES) % ALIGNMENT)
    total = HEADER_BYTES + len(text) + size
    if total > MOST_BYTES:
        raise TargetTooSmall("A GLB file is at most 4 GiB.")
    head = struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<I4s", len(text), b"JSON")
    return b"".join([head, text, struct.pack("<I4s", size, b"BIN\0"), *parts])

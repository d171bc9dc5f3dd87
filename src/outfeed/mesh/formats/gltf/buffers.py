"""Buffers, views of them and accessors of a glTF file: everything is checked against the bytes that are there."""

import base64
import binascii
from typing import Any, Final, NoReturn
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged, SourceIncomplete
from outfeed.mesh.formats.gltf import meshopt
from outfeed.mesh.formats.gltf.strict_json import Document, Member
from outfeed.mesh.formats.source import ReadLimits, SourceFile

Bytes = NDArray[np.uint8]
#: Values of an accessor, (n, columns), often a view of the file's bytes: nobody writes into them.
Values = NDArray[Any]

TYPES: Final[dict[int, np.dtype[Any]]] = {
    5120: np.dtype(np.int8),
    5121: np.dtype(np.uint8),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
COLUMNS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
#: Extensions that hold the bytes of a view in another way.
PACKED: Final = meshopt.NAMES


class Buffers:
    """The bytes of a file, by the document's views of them."""

    def __init__(self, document: Document, binary: memoryview | None, source: SourceFile, limits: ReadLimits) -> None:
        self._document = document
        self._binary = binary
        self._source = source
        self._limits = limits
        self._left = limits.max_unpacked_bytes
        self._buffers: dict[int, Bytes] = {}
        self._files: dict[str, Bytes | None] = {}
        self._unpacked: dict[str, Bytes] = {}

    def view(self, named: Member) -> tuple[Bytes, int]:
        """Return the bytes of the view that a member names, and their stride, 0 for none."""
        view = self._document.at("bufferViews", named)
        packed = next((found for name in PACKED if (found := view.into("extensions", name))), None)
        if packed is not None:
            return self._unpack(packed), packed.need("byteStride").whole(least=1)
        stride = view.get("byteStride")
        return self._slice(view), 0 if stride is None else stride.whole(least=1)

    def linked(self, named: Member) -> bytes | None:
        """Return the bytes that a `uri` stands for, None where they are not there or may not be read."""
        uri = named.text()
        if not uri.startswith("data:"):
            found = self._file(uri)
            return None if found is None else found.tobytes()
        return _of_data_uri(uri)

    def charge(self, size: int) -> None:
        """Count bytes that are made and not stored; refuse those beyond the limit."""
        if size > self._left:
            raise SourceDamaged("It would unpack to more than this server accepts.")
        self._left -= size

    def _unpack(self, packed: Member) -> Bytes:
        if packed.path not in self._unpacked:
            self.charge(meshopt.unpacked_size(packed))
            self._unpacked[packed.path] = meshopt.unpacked(packed, self._slice(packed))
        return self._unpacked[packed.path]

    def _slice(self, view: Member) -> Bytes:
        data = self._buffer(view.need("buffer"))
        start, size = _whole(view, "byteOffset"), view.need("byteLength").whole()
        if start + size > len(data):
            view.refuse(f"ends at byte {start + size} of a buffer of {len(data)}")
        return data[start : start + size]

    def _buffer(self, named: Member) -> Bytes:
        row = named.whole()
        if row not in self._buffers:
            self._buffers[row] = self._load(self._document.at("buffers", named), row)
        return self._buffers[row]

    def _load(self, buffer: Member, row: int) -> Bytes:
        size, uri = buffer.need("byteLength").whole(), buffer.get("uri")
        if uri is None:
            if row or self._binary is None:
                buffer.refuse("has neither a uri nor a binary chunk")
            data = np.frombuffer(self._binary, dtype=np.uint8)
        elif uri.text().startswith("data:"):
            data = np.frombuffer(_of_data_uri(uri.text()) or uri.refuse("is no data in base64"), dtype=np.uint8)
        else:
            found = self._file(uri.text())
            data = found if found is not None else _missing(uri.text())
        if size > len(data):
            buffer.refuse(f"announces {size} bytes and has {len(data)}")
        return data[:size]

    def _file(self, uri: str) -> Bytes | None:
        if uri not in self._files:
            data = self._source.companion(uri)
            self.charge(len(data or b""))
            self._files[uri] = None if data is None else np.frombuffer(data, dtype=np.uint8)
        return self._files[uri]

    # --- Accessors ----------------------------------------------------------------------------------------------------

    def values(self, accessor: Member, *, shapes: tuple[str, ...]) -> Values:
        """
        Return the values (n, columns) of an accessor of one of these shapes, in the type that is stored.

        Raises
        ------
        SourceDamaged
            If it is of another shape, or lies outside its view.
        """
        shape = accessor.need("type").text()
        if shape not in shapes:
            accessor.refuse(f"is {shape[:20]!r} and not {' or '.join(shapes)}")
        kind, count = _kind(accessor), accessor.need("count").whole()
        named = accessor.get("bufferView")
        if named is None:
            values: Values = self._zeros(accessor, count, COLUMNS[shape], kind)
        else:
            values = self._strided(accessor, named, (count, COLUMNS[shape]), kind)
        sparse = accessor.get("sparse")
        return values if sparse is None else self._changed(sparse, values)

    def _zeros(self, accessor: Member, count: int, columns: int, kind: np.dtype[Any]) -> Values:
        """Return zeros that take no room."""
        if count > 3 * self._limits.max_triangles:
            accessor.refuse(f"announces {count} values and stores none")
        return np.broadcast_to(np.zeros((1, 1), dtype=kind), (count, columns))

    def _strided(self, accessor: Member, named: Member, shape: tuple[int, int], kind: np.dtype[Any]) -> Values:
        data, stride = self.view(named)
        start, wide = _whole(accessor, "byteOffset"), shape[1] * kind.itemsize
        stride = stride or wide
        if stride < wide:
            accessor.refuse(f"has elements of {wide} bytes in a view with a stride of {stride}")
        if shape[0] and start + stride * (shape[0] - 1) + wide > len(data):
            accessor.refuse(f"announces {shape[0]} values, more than its view of {len(data)} bytes holds")
        if not shape[0]:
            return np.zeros(shape, dtype=kind)
        # `frombuffer` gives a view that may not be written into; so does this one.
        return np.ndarray(shape, kind, buffer=data.data, offset=start, strides=(stride, kind.itemsize))

    def _changed(self, sparse: Member, values: Values) -> Values:
        count = sparse.need("count").whole()
        if count > len(values):
            sparse.refuse(f"changes {count} of {len(values)} values")
        rows = self._part(sparse.need("indices"), (count, 1), _kind(sparse.need("indices"))).ravel()
        if rows.dtype.kind != "u":
            sparse.refuse("has indices that are no whole numbers")
        if count and int(rows.max()) >= len(values):
            sparse.refuse(f"changes value {int(rows.max())} of {len(values)}")
        self.charge(values.size * values.itemsize)
        changed = values.copy()
        changed[rows] = self._part(sparse.need("values"), (count, values.shape[1]), values.dtype)
        return changed

    def _part(self, part: Member, shape: tuple[int, int], kind: np.dtype[Any]) -> Values:
        return self._strided(part, part.need("bufferView"), shape, kind)


def _kind(accessor: Member) -> np.dtype[Any]:
    named = accessor.need("componentType")
    return TYPES.get(named.whole()) or named.refuse("is no type of number")


def _whole(member: Member, name: str) -> int:
    found = member.get(name)
    return 0 if found is None else found.whole()


def _missing(reference: str) -> NoReturn:
    raise SourceIncomplete(f"It names {reference[:200]!r}. A ZIP can hold both.")


def _of_data_uri(uri: str) -> bytes | None:
    """Return the bytes of a `data:` address, None where it holds none."""
    head, comma, body = uri.partition(",")
    if not comma:
        return None
    plain = unquote_to_bytes(body)
    if not head.endswith(";base64"):
        return plain
    try:
        return base64.b64decode(plain, validate=True)
    except binascii.Error:
        return None


def normalised(accessor: Member, values: Values) -> NDArray[np.float64] | NDArray[np.float32]:
    """Return values as they count: float32 where that is stored, whole numbers as they are or as shares of 1."""
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    flag = accessor.get("normalized")
    if flag is None or not flag.flag():
        return values.astype(np.float64)
    most = np.iinfo(values.dtype).max
    return np.maximum(values / most, -1.0)

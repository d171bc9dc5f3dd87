"""KHR_draco_mesh_compression: the counts of a stream are read from its head before the library sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged

NAME: Final = "KHR_draco_mesh_compression"
MAGIC: Final = b"DRACO"
#: The version of the stream that the extension allows.
VERSION: Final = (2, 2)
MESH: Final = 1
SEQUENTIAL, EDGEBREAKER = 0, 1
HAS_METADATA: Final = 0x8000
#: Bits of a number of variable length, at most.
MOST_SHIFT: Final = 35
#: Sequential streams and those of edgebreaker say what they have behind the same 11 bytes.
HEAD_BYTES: Final = 11


@dataclass(frozen=True, slots=True)
class DracoMesh:
    """What a stream holds."""

    #: (m, 3) uint32.
    faces: NDArray[np.uint32]
    #: Values (n, columns) by the id of their attribute.
    attributes: Mapping[int, NDArray[Any]]


def count_triangles(data: memoryview) -> int:
    """
    Return the number of triangles that a stream announces.

    Raises
    ------
    SourceDamaged
        If it is no mesh of Draco 2.2.
    """
    return _counts(data)[0]


def decoded(data: memoryview, most_triangles: int) -> DracoMesh:
    """
    Return the mesh of a stream.

    Raises
    ------
    SourceDamaged
        If it is damaged, or has more than it may.
    """
    triangles, points = _counts(data)
    if triangles > most_triangles or points > 3 * most_triangles:
        raise SourceDamaged("A Draco stream announces more than this server accepts.")
    try:
        mesh = DracoPy.decode(bytes(data))
    except (DracoPy.FileTypeException, DracoPy.EncodingFailedException, ValueError, MemoryError) as error:
        # A damaged stream may ask for any amount of memory: nothing else does here, the counts are checked.
        raise SourceDamaged("A Draco stream is damaged.") from error
    faces = getattr(mesh, "faces", None)
    if faces is None or len(faces) != triangles:
        raise SourceDamaged("A Draco stream has not the triangles that it announces.")
    return DracoMesh(np.asarray(faces, dtype=np.uint32).reshape(-1, 3), dict(_tables(mesh.attributes)))


def _tables(attributes: list[dict[str, Any]]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the attributes that are tables of numbers; the library gives others too, and none for damaged ones."""
    for entry in attributes:
        values = np.asarray(entry["data"])
        if values.ndim == 2 and values.dtype.kind in "iuf":  # noqa: PLR2004 rows and columns
            yield int(entry["unique_id"]), values


def _counts(data: memoryview) -> tuple[int, int]:
    """Return the numbers of triangles and of points or vertices that a stream announces."""
    if len(data) < HEAD_BYTES or bytes(data[:5]) != MAGIC or (data[5], data[6]) != VERSION or data[7] != MESH:
        raise SourceDamaged("A Draco stream does not begin as a mesh of Draco 2.2.")
    method, flags = data[8], int.from_bytes(bytes(data[9:11]), "little")
    cursor = _Cursor(data, HEAD_BYTES)
    if flags & HAS_METADATA:
        cursor.skip_metadata()
    if method == EDGEBREAKER:
        cursor.skip(1)
        points = cursor.number()
        return cursor.number(), points
    if method != SEQUENTIAL:
        raise SourceDamaged("A Draco stream is of an unknown method.")
    triangles = cursor.number()
    return triangles, cursor.number()


class _Cursor:
    """Reads the head of a stream."""

    def __init__(self, data: memoryview, start: int) -> None:
        self._data = data
        self._at = start

    def skip(self, size: int) -> None:
        self._at += size
        if self._at > len(self._data):
            raise SourceDamaged("A Draco stream ends in its head.")

    def octet(self) -> int:
        self.skip(1)
        return self._data[self._at - 1]

    def number(self) -> int:
        """Return a number of seven bits to the byte, lowest first."""
        value = 0
        for shift in range(0, MOST_SHIFT, 7):
            octet = self.octet()
            value |= (octet & 0x7F) << shift
            if octet < 0x80:  # noqa: PLR2004 the last byte has no high bit
                return value
        raise SourceDamaged("A Draco stream has a number without an end.")

    def skip_metadata(self) -> None:
        """Skip what is said about attributes, then about the whole: tables of names and values that may nest."""
        for _ in range(self.number()):
            self.number()
            self._skip_table()
        self._skip_table()

    def _skip_table(self) -> None:
        waiting = [self._skip_entries()]
        while waiting:
            if not waiting[-1]:
                waiting.pop()
                continue
            waiting[-1] -= 1
            self.skip(self.octet())
            waiting.append(self._skip_entries())

    def _skip_entries(self) -> int:
        """Skip the entries of a table, and return the number of tables inside it."""
        for _ in range(self.number()):
            self.skip(self.octet())
            self.skip(self.number())
        return self.number()

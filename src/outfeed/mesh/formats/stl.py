"""STL, binary and ASCII. It has no unit and no shared vertices: corners at the same place become one vertex."""

import re
import struct
from collections.abc import Callable
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import NotFinite, SourceDamaged, SourceEmpty, TargetTooSmall, TooManyTriangles
from outfeed.mesh.formats.chunks import Stream, feed_file, read_chunks
from outfeed.mesh.formats.complaints import raise_complaint
from outfeed.mesh.formats.numbers import as_float32, scaled
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, Positions, is_finite
from outfeed.mesh.parallel import in_order
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Comment and count.
HEADER_BYTES: Final = 84
#: Normal, three corners, two bytes of attributes.
RECORD_BYTES: Final = 50
#: Must not begin with "solid", which would make readers take the file for ASCII.
HEADER: Final = b"Binary STL by Outfeed".ljust(80, b"\0")
#: Triangles that are written together: their text or records stay in the processor's cache.
CHUNK: Final = 8192
#: Bytes of the beginning that decide between text and binary where the length does not.
HEAD_BYTES: Final = 1024
MOST_TRIANGLES: Final = 0xFFFF_FFFF

#: Makes the bytes of faces (m, 3).
Made = Callable[[NDArray[np.int32]], NDArray[np.uint8]]


def read_stl(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read STL; whether it is binary or ASCII is told by its length and its content, never by its first word alone.

    Binary keeps float32, ASCII gives float64. Normals, names and attribute bytes are dropped.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, TooManyTriangles
    """
    size = source.size
    with source.open() as file:
        head = file.read(HEAD_BYTES)
        triangles = _count_binary(head, size)
        if triangles is None:
            file.seek(0)
            positions, index = _read_ascii(file, size, limits.max_triangles, report)
        else:
            file.seek(HEADER_BYTES)
            positions, index = _read_binary(file, triangles, limits.max_triangles, report)
    mesh = Mesh(vertices=positions, faces=index.reshape(-1, 3), unit=unitless)
    return Reading(mesh=mesh, stored_triangles=len(mesh.faces))


def _count_binary(head: bytes, size: int) -> int | None:
    """Return the number of triangles of a binary file, None for an ASCII file."""
    count = struct.unpack_from("<I", head, 80)[0] if size >= HEADER_BYTES else 0
    spare = size - HEADER_BYTES - count * RECORD_BYTES
    if size >= HEADER_BYTES and spare == 0:
        return int(count)
    if _looks_like_text(head):
        return None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceDamaged("It is text in UTF-16; STL is ASCII.")
    if size == 0:
        raise SourceEmpty("It has no bytes.")
    if size < HEADER_BYTES:
        raise SourceDamaged("It is shorter than the header of a binary STL, and it is no ASCII STL.")
    # A few bytes behind the last triangle are a careless writer's. Whole triangles there mean that the count is wrong,
    # and reading only those that it announces would lose the others silently.
    if spare < 0 or spare % RECORD_BYTES == 0:
        held = (size - HEADER_BYTES) // RECORD_BYTES
        raise SourceDamaged(f"The header announces {count} triangles, the file has room for {held}.")
    return int(count)


def _looks_like_text(head: bytes) -> bool:
    """Tell text from a binary file whose header says "solid": its padding, or a triangle's attributes, are zeros."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return b"\0" not in head and (text.startswith(b"solid") or re.match(rb"facet\s+normal\b", text) is not None)


def _read_binary(
    file: Stream, triangles: int, max_triangles: int, report: Report
) -> tuple[Positions, NDArray[np.int32]]:
    if triangles == 0:
        raise SourceEmpty
    if triangles > max_triangles:
        raise TooManyTriangles(f"It has {triangles}; the limit is {max_triangles}.")
    reader = _kernels.StlBinary(triangles)
    read_chunks(file, triangles * RECORD_BYTES, RECORD_BYTES, reader.add, report)
    vertices, index = reader.finish()
    # Equal bits were welded, so each value of the file is still here; there are fewer of them to look at.
    if not is_finite(vertices):
        raise NotFinite
    return vertices, index


def _read_ascii(file: Stream, size: int, max_triangles: int, report: Report) -> tuple[Positions, NDArray[np.int32]]:
    reader = _kernels.StlAscii(max_triangles)

    def feed(text: NDArray[np.uint8], last: bool) -> int:  # noqa: FBT001 the chunk reader's form
        used = reader.feed(text, last)
        raise_complaint(reader.complaint())
        return used

    if file.read(3) != b"\xef\xbb\xbf":
        file.seek(0)
    feed_file(file, size, feed, report)
    vertices, index = reader.finish()
    if not len(index):
        raise SourceEmpty
    return vertices, index


def write_stl_binary(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write binary STL: 84 + 50 * m bytes, little-endian; the same mesh always gives the same bytes.

    Raises
    ------
    TargetTooSmall
        If a coordinate does not fit into float32, or the count not into 32 bits.
    """
    if len(mesh.faces) > MOST_TRIANGLES:
        raise TargetTooSmall("Binary STL counts triangles with 32 bits.")
    vertices = as_float32(scaled(mesh.vertices, mesh.unit.to(unitless)))
    out.write(HEADER + struct.pack("<I", len(mesh.faces)))

    def records(faces: NDArray[np.int32]) -> NDArray[np.uint8]:
        return _kernels.stl_records(vertices, faces)

    _write_pieces(mesh.faces, records, out, report)
    return ()


def write_stl_ascii(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """Write ASCII STL with the fewest digits that read back as the same numbers."""
    vertices = scaled(mesh.vertices, mesh.unit.to(unitless))

    def facets(faces: NDArray[np.int32]) -> NDArray[np.uint8]:
        return _kernels.facet_rows(vertices, faces)

    out.write(b"solid outfeed\n")
    _write_pieces(mesh.faces, facets, out, report)
    out.write(b"endsolid outfeed\n")
    return ()


def _write_pieces(faces: NDArray[np.int32], made: Made, out: BinaryIO, report: Report) -> None:
    """Write what is made of the faces, 8,192 at a time."""
    pieces = [faces[first : first + CHUNK] for first in range(0, len(faces), CHUNK)]
    for done, piece in enumerate(in_order(made, pieces), start=1):
        out.write(piece.data)
        report(done / len(pieces))

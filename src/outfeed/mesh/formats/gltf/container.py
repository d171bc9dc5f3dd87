"""GLB, the binary container of glTF: a JSON chunk, and a binary one. Told from plain JSON by its first bytes."""

import codecs
import struct
from typing import Final

from outfeed.errors import SourceDamaged, SourceEmpty, SourceUnsupported

MAGIC: Final = b"glTF"
HEADER: Final = struct.Struct("<4sII")
CHUNK: Final = struct.Struct("<I4s")
#: What may stand before JSON.
BLANKS: Final = codecs.BOM_UTF8 + b" \t\r\n"
#: The version of container and format that is read.
VERSION: Final = 2


def parts(data: memoryview) -> tuple[bytes, memoryview | None]:
    """
    Return the JSON text and the binary chunk, None where there is none.

    Bytes behind the length that the header announces are nobody's, and chunks of other kinds are skipped, as the
    format asks.

    Raises
    ------
    SourceEmpty, SourceDamaged, SourceUnsupported
    """
    if not data:
        raise SourceEmpty("It has no bytes.")
    if data[: len(MAGIC)].tobytes() != MAGIC:
        text = data.tobytes()
        if not text.lstrip(BLANKS).startswith((b"{", b"[", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceDamaged("It begins neither as GLB nor as JSON.")
        return text, None
    if len(data) < HEADER.size:
        raise SourceDamaged("It is shorter than the header of a GLB file.")
    _, version, length = HEADER.unpack_from(data)
    if version != VERSION:
        raise SourceUnsupported(f"It is GLB of version {version}; version {VERSION} is read.")
    if length > len(data):
        raise SourceDamaged(f"The header announces {length} bytes, the file has {len(data)}.")
    chunks = _chunks(data[:length])
    if not chunks or chunks[0][0] != b"JSON":
        raise SourceDamaged("Its first chunk is not JSON.")
    # The binary chunk is the second or none.
    binary = chunks[1][1] if len(chunks) > 1 and chunks[1][0] == b"BIN\0" else None
    return bytes(chunks[0][1]), binary


def _chunks(data: memoryview) -> list[tuple[bytes, memoryview]]:
    """Return the kinds and contents of the first two chunks."""
    found: list[tuple[bytes, memoryview]] = []
    start = HEADER.size
    while start < len(data) and len(found) < 2:  # noqa: PLR2004 JSON and binary
        if start + CHUNK.size > len(data):
            raise SourceDamaged("It ends inside the header of a chunk.")
        size, kind = CHUNK.unpack_from(data, start)
        start += CHUNK.size
        if size > len(data) - start:
            raise SourceDamaged(f"A chunk announces {size} bytes, {len(data) - start} are left.")
        found.append((kind, data[start : start + size]))
        start += size
    return found

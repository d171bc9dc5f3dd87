"""Writes ZIP archives whose bytes depend on their content alone: no date, no owner, no system, no number of threads.

A file that is packed is cut into pieces, and each is packed by itself: so several cores work, and the pieces one after
the other are one stream. See docs/decisions/0010-fast-deflate.md.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, TypeVar

from isal import isal_zlib

from outfeed.mesh.formats.zip_headers import (
    DEFLATED,
    MOST_32,
    STORED,
    Entry,
    central_header,
    end_of_directory,
    local_header,
)
from outfeed.mesh.parallel import in_order

#: Of small writes, so many bytes are packed together.
PIECE: Final = 1 << 18
#: Its result is the same on all x86-64 processors with SSE 4.2; that of level 3 is not, and level 2 packs no better.
LEVEL: Final = 1
#: An empty last block: it ends a stream of pieces.
END: Final = b"\3\0"

_Piece = TypeVar("_Piece")


class ArchiveWriter:
    """An archive that is written into a stream in which one can go back."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._entries: list[Entry] = []

    def add(self, name: str, data: bytes, *, packed: bool = True) -> None:
        """Add a file; images are packed already."""
        with self._part(name, DEFLATED if packed else STORED, is_large=len(data) > MOST_32) as part:
            part.write(data)

    @contextmanager
    def part(self, name: str) -> Iterator["Part"]:
        """Make a file out of what is written inside the block; only one at a time is open."""
        with self._part(name, DEFLATED, is_large=True) as part:
            yield part

    @contextmanager
    def _part(self, name: str, method: int, *, is_large: bool) -> Iterator["Part"]:
        entry = Entry(name=name, method=method, position=self._out.tell(), is_large=is_large)
        self._out.write(local_header(entry))
        part = Part(self._out, entry)
        yield part
        part.finish()
        end = self._out.tell()
        self._out.seek(entry.position)
        self._out.write(local_header(entry))
        self._out.seek(end)
        self._entries.append(entry)

    def close(self) -> None:
        """Write the directory; nothing is an archive without it."""
        directory = b"".join(map(central_header, self._entries))
        position = self._out.tell()
        self._out.write(directory)
        self._out.write(end_of_directory(len(self._entries), position, len(directory)))


class Part:
    """A file of an archive, while it is written."""

    def __init__(self, out: BinaryIO, entry: Entry) -> None:
        self._out, self._entry = out, entry
        self._waiting = bytearray()

    def write(self, data: bytes | memoryview) -> int:
        """Add bytes."""
        self._waiting += data
        if len(self._waiting) >= PIECE:
            self._flush()
        return len(data)

    def writelines(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Add bytes, piece after piece."""
        for piece in pieces:
            self.write(piece)

    def write_made(self, make: Callable[[_Piece], memoryview], pieces: Iterable[_Piece]) -> Iterator[_Piece]:
        """Add what `make` makes of each piece, on several cores; yield each piece that is written."""
        self._flush()
        work = _packed if self._entry.method == DEFLATED else _plain
        for piece, (size, crc, data) in in_order(lambda piece: (piece, work(make(piece))), pieces):
            self._add(size, crc, data)
            yield piece

    def finish(self) -> None:
        """Write what is left."""
        self._flush()
        if self._entry.method == DEFLATED:
            self._out.write(END)
            self._entry.packed_size += len(END)

    def _flush(self) -> None:
        if self._waiting:
            work = _packed if self._entry.method == DEFLATED else _plain
            self._add(*work(memoryview(self._waiting)))
            self._waiting = bytearray()

    def _add(self, size: int, crc: int, data: bytes | memoryview) -> None:
        entry = self._entry
        entry.crc = isal_zlib.crc32_combine(entry.crc, crc, size)
        entry.size += size
        entry.packed_size += len(data)
        self._out.write(data)


def _packed(data: memoryview) -> tuple[int, int, bytes]:
    """Return the size and the sum of a piece, and the piece packed so that another may follow."""
    packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush(isal_zlib.Z_FULL_FLUSH)
    return len(data), isal_zlib.crc32(data), packed


def _plain(data: memoryview) -> tuple[int, int, memoryview]:
    return len(data), isal_zlib.crc32(data), data

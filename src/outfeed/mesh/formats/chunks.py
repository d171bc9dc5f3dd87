"""Files in pieces: a source is never whole in memory, and nothing is mapped that could shrink under us.

Mapping would be as fast, but its pages count as the process's memory, and a file that becomes shorter while it is read
ends the process with SIGBUS.
"""

from collections.abc import Callable, Iterable
from io import BytesIO, FileIO
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged
from outfeed.mesh.reporting import Report

#: Bytes that are read at once: small enough to stay in the processor's cache.
CHUNK_BYTES: Final = 1 << 20
#: Longest line or word of a text format.
LONGEST_BYTES: Final = 1 << 28

#: What readers read from: a file without a buffer, or bytes.
Stream = FileIO | BytesIO


class Sink(Protocol):
    """What text is written into."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Add bytes."""

    def writelines(self, pieces: Iterable[bytes | memoryview], /) -> None:
        """Add bytes, piece after piece."""


#: Takes bytes and whether they are the last; returns how many it used.
Feed = Callable[[NDArray[np.uint8], bool], int]


def feed_file(file: Stream, size: int, feed: Feed, report: Report) -> None:
    """
    Hand the rest of a file to `feed`, which gets what it left over again together with what follows.

    Raises
    ------
    SourceDamaged
        If `feed` still uses nothing of 256 MiB.
    """
    buffer = np.zeros(CHUNK_BYTES, dtype=np.uint8)
    held, done, last = 0, 0, False
    while not last:
        if held == len(buffer):
            buffer = _larger(buffer)
        got = file.readinto(buffer.data[held:])
        held, last = held + got, got == 0
        used = feed(buffer[:held], last)
        buffer[: held - used] = buffer[used:held]
        held, done = held - used, done + got
        report(min(done / max(size, 1), 1.0))


def _larger(buffer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(buffer) >= LONGEST_BYTES:
        raise SourceDamaged("A line is longer than 256 MiB.")
    return np.concatenate([buffer, np.zeros_like(buffer)])


def read_chunks(file: Stream, size: int, unit: int, take: Callable[[NDArray[np.uint8]], None], report: Report) -> None:
    """
    Hand the next `size` bytes of a file to `take`, a whole number of `unit` bytes at a time.

    Raises
    ------
    SourceDamaged
        If the file is shorter than it was when it was opened.
    """
    buffer = np.zeros(max(CHUNK_BYTES // unit, 1) * unit, dtype=np.uint8)
    done = 0
    while done < size:
        piece = buffer[: min(len(buffer), size - done)]
        if file.readinto(piece.data) != len(piece):
            raise SourceDamaged("The file became shorter while it was read.")
        take(piece)
        done += len(piece)
        report(done / size)

"""The file that a reader reads, and what it may see besides."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.chunks import Stream

MIB: Final = 1 << 20
#: Characters of a reference: no file system has longer paths.
MOST_REFERENCE: Final = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadLimits:
    """How much a reader takes."""

    #: Triangles, placed: as often as a file's instances show them.
    max_triangles: int = 50_000_000
    #: Bytes that all that is compressed in a file may have, unpacked.
    max_unpacked_bytes: int = 1 << 30
    #: Files in an archive.
    max_entries: int = 1_000
    #: Pixels of a texture.
    max_pixels: int = 1 << 26


#: Looks up a file that a source names, and returns its bytes; None where it is not there or may not be read.
Lookup = Callable[[str], bytes | None]


def nothing(_reference: str) -> None:
    """See no other file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file to read: on disk, or in memory where it came out of an archive."""

    content: Path | bytes
    #: What a reference of the file stands for, as its name in the same folder or archive. See `beside`.
    companion: Lookup = nothing

    @property
    def size(self) -> int:
        """Return its size in bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def open(self) -> Stream:
        """Open it for reading, without a buffer: readers take large pieces."""
        if isinstance(self.content, bytes):
            return io.BytesIO(self.content)
        return self.content.open("rb", buffering=0)

    def read(self, most: int, what: str = "It") -> bytes:
        """
        Return all bytes.

        Raises
        ------
        SourceDamaged
            If it is larger than `most`.
        """
        if self.size > most:
            raise SourceDamaged(f"{what} is larger than {most} bytes.")
        with self.open() as file:
            return file.read()

    def view(self, most: int) -> memoryview:
        """
        Return all bytes, in memory that arrays can keep: faster than `read` where a file is large.

        Raises
        ------
        SourceDamaged
            If it is larger than `most`.
        """
        size = self.size
        if isinstance(self.content, bytes) or size > most:
            return memoryview(self.read(most))
        # numpy asks for large pages, which bytes do not.
        memory, done = np.zeros(size, dtype=np.uint8).data, 0
        with self.open() as file:
            while got := file.readinto(memory[done:]):
                done += got
        return memory[:done].toreadonly()


def beside(path: Path, limits: ReadLimits) -> Lookup:
    """
    Return the lookup of files in the folder of `path` and in the folders inside it.

    For the command line, where the caller owns the files. What leads out of the folder, by name or by a symbolic link,
    is not there.
    """
    folder = path.parent.resolve()

    def read(reference: str) -> bytes | None:
        name = local_name(reference)
        try:
            return _inside(folder, name, limits.max_unpacked_bytes) if name else None
        except (OSError, RuntimeError, ValueError):  # a name that no file can have, a ring of links, a file of others
            return None

    return read


def _inside(folder: Path, name: str, most: int) -> bytes | None:
    """Return the bytes of a file in a folder that is resolved, None where it is not in it or too large."""
    found = (folder / name).resolve()
    if not found.is_relative_to(folder) or not found.is_file() or found.stat().st_size > most:
        return None
    return found.read_bytes()


def local_name(reference: str) -> str | None:
    """
    Return a reference as a relative path with slashes; None for what can never be a file beside the source.

    Addresses, absolute paths, drives, and steps upwards are none.
    """
    if len(reference) > MOST_REFERENCE:
        return None
    # Files that name others are few, and this takes long to load.
    from urllib.parse import unquote  # noqa: PLC0415 see above

    name = unquote(reference.strip()).replace("\\", "/")
    if not name or "\0" in name or ":" in name or name.startswith("/"):
        return None
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    return None if ".." in parts or not parts else "/".join(parts)

"""ZIP archives: those that nobody vouches for are read, and ours are written."""

import codecs
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, Final

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.source import ReadLimits, SourceFile

#: Below this size, unpacked, no ratio is suspicious.
RATIO_FREE_BYTES: Final = 10 << 20
MOST_RATIO: Final = 200
#: The earliest that the format can say.
FIRST_DATE: Final = (1980, 1, 1, 0, 0, 0)
UNIX: Final = 3
#: Size of a part that is written in pieces, as far as its header must allow for it.
MOST_PART_BYTES: Final = zipfile.ZIP64_LIMIT + 1
#: What the bit of an entry's flags says.
ENCRYPTED: Final = 1
#: What formats made of archives allow. The others need memory by what an entry says of itself.
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

# Names that are not said to be UTF-8 are in this one. A child process cannot load it any more.
codecs.lookup("cp437")

#: What the library raises for bytes that are no archive, or a damaged one.
DAMAGES: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Archive:
    """
    The files of an archive, by name with slashes, checked before any is unpacked.

    Names are unique also where case does not count; none leads out of the archive; there are no symbolic links and no
    passwords. What is read is counted: all of it together stays within the limit.
    """

    def __init__(self, archive: zipfile.ZipFile, limits: ReadLimits) -> None:
        self._archive = archive
        self._left = limits.max_unpacked_bytes
        self._entries = _checked(archive.infolist(), limits)
        self._folded = {name.casefold(): name for name in self._entries}

    @property
    def names(self) -> list[str]:
        """Return the names of its files, in its order."""
        return list(self._entries)

    def find(self, name: str) -> str | None:
        """Return the name as the archive spells it, None where there is none like it."""
        return name if name in self._entries else self._folded.get(name.casefold())

    def read(self, name: str) -> bytes:
        """
        Return a file's bytes; the name must be one of `names`.

        Raises
        ------
        SourceDamaged
            If it is damaged, or would unpack to more than the limits allow.
        """
        entry = self._entries[name]
        suspicious = entry.file_size > RATIO_FREE_BYTES and entry.file_size > MOST_RATIO * entry.compress_size
        if suspicious or entry.file_size > self._left:
            raise SourceDamaged("It would unpack to more than this server accepts.")
        self._left -= entry.file_size
        try:
            return self._archive.read(entry)
        except DAMAGES as error:
            raise SourceDamaged(f"Its part {name!r} is damaged.") from error


@contextmanager
def opened(source: SourceFile, limits: ReadLimits) -> Iterator[Archive]:
    """
    Open a source that is an archive.

    Raises
    ------
    SourceDamaged
        If it is none, or one that `Archive` refuses.
    """
    with source.open() as file:
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGES as error:
            raise SourceDamaged("It is no ZIP archive, or a damaged one.") from error
        with archive:
            yield Archive(archive, limits)


def _checked(entries: list[zipfile.ZipInfo], limits: ReadLimits) -> dict[str, zipfile.ZipInfo]:
    if len(entries) > limits.max_entries:
        raise SourceDamaged(f"It has {len(entries)} entries; the limit is {limits.max_entries}.")
    files: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for entry in entries:
        name = _safe_name(entry)
        if name.casefold() in seen:
            raise SourceDamaged(f"It has two entries of the name {name!r}.")
        seen.add(name.casefold())
        if not entry.is_dir():
            files[name] = entry
    return files


def _safe_name(entry: zipfile.ZipInfo) -> str:
    name = entry.filename.replace("\\", "/")
    if not name or name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise SourceDamaged("It has an entry without a name, or whose name leads out of it.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise SourceDamaged("It has a symbolic link.")
    if entry.flag_bits & ENCRYPTED:
        raise SourceDamaged("It is encrypted.")
    if entry.compress_type not in METHODS:
        raise SourceDamaged("It is compressed in a way that is not read: only deflate is.")
    return name


class ArchiveWriter:
    """Writes an archive whose bytes depend on its content alone: no date, no owner, no system."""

    def __init__(self, out: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(out, "w")

    def add(self, name: str, data: bytes, *, packed: bool = True) -> None:
        """Add a file; images are packed already."""
        with self.part(name, packed=packed, size=len(data)) as part:
            part.write(data)

    def part(self, name: str, *, packed: bool = True, size: int = MOST_PART_BYTES) -> IO[bytes]:
        """Return a stream that becomes a file of the archive when it is closed; only one at a time is open."""
        entry = zipfile.ZipInfo(name, FIRST_DATE)
        entry.create_system = UNIX
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.file_size = size
        return self._archive.open(entry, "w", force_zip64=size > zipfile.ZIP64_LIMIT)

    def close(self) -> None:
        """Write the directory; nothing is an archive without it."""
        self._archive.close()

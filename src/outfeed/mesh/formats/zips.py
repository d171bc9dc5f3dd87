"""ZIP archives that nobody vouches for."""

import codecs
import copy
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final, cast

from isal import isal_zlib

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.source import ReadLimits, SourceFile

#: Below this size, unpacked, no ratio is suspicious.
RATIO_FREE_BYTES: Final = 10 << 20
MOST_RATIO: Final = 200
#: Bytes that are unpacked at once, and packed ones that are read for that.
PIECE: Final = 1 << 20
PACKED_PIECE: Final = 1 << 18
#: What the bit of an entry's flags says.
ENCRYPTED: Final = 1
#: What formats made of archives allow. The others need memory by what an entry says of itself.
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

# Names that are not said to be UTF-8 are in this one. A child process cannot load it any more.
codecs.lookup("cp437")

#: What the library raises for bytes that are no archive, or a damaged one.
DAMAGES: Final[tuple[type[Exception], ...]] = (
    zipfile.BadZipFile,
    zlib.error,
    cast("type[Exception]", isal_zlib.error),  # its stub says that it is an instance
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
        out = io.BytesIO()
        out.writelines(self.pieces(name))
        return out.getvalue()

    def pieces(self, name: str) -> Iterator[bytes]:
        """
        Yield a file's bytes in pieces, in bounded memory; that they are damaged may be said after the last.

        Raises
        ------
        SourceDamaged
            As `read` does.
        """
        entry = self._entries[name]
        suspicious = entry.file_size > RATIO_FREE_BYTES and entry.file_size > MOST_RATIO * entry.compress_size
        if suspicious or entry.file_size > self._left:
            raise SourceDamaged("It would unpack to more than this server accepts.")
        self._left -= entry.file_size
        try:
            yield from _unpacked(self._archive, entry)
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


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what an entry holds, never more than it says; the library checks its header."""
    if entry.compress_type == zipfile.ZIP_STORED:
        with archive.open(entry) as file:
            while piece := file.read(PIECE):
                yield piece
        return
    packed = copy.copy(entry)
    packed.compress_type, packed.file_size = zipfile.ZIP_STORED, entry.compress_size
    del packed.CRC  # of what is unpacked
    size = crc = 0
    with archive.open(packed) as file:
        for piece in _inflated(file):
            size, crc = size + len(piece), isal_zlib.crc32(piece, crc)
            if size > entry.file_size:
                raise zipfile.BadZipFile("larger than it says")
            yield piece
    if crc != entry.CRC:
        raise zipfile.BadZipFile("another sum than it says")


def _inflated(file: IO[bytes]) -> Iterator[bytes]:
    """
    Yield what a stream unpacks to, in pieces of at most `PIECE` bytes.

    Raises
    ------
    EOFError
        If it ends too soon.
    """
    inflater = isal_zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        packed = inflater.unconsumed_tail or file.read(PACKED_PIECE)
        piece = inflater.decompress(packed, PIECE)
        if piece:
            yield piece
        elif not packed:
            raise EOFError

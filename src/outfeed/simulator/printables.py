"""What a printer downloads to print: its size, its digest, and how many layers are in it."""

import hashlib
import io
import tarfile
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import Final

#: Largest file that is looked into, in bytes; larger ones are only counted.
MAX_LOOKED_INTO: Final = 64 << 20
#: Bytes that such a file may have, unpacked, and the entries that it may hold.
MAX_UNPACKED: Final = 512 << 20
MAX_ENTRIES: Final = 20_000

_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, kw_only=True, slots=True)
class Printable:
    """A file that was downloaded whole."""

    size: int
    sha256: str
    #: Images of layers in it; None: it is no archive of them.
    layers: int | None


class Gathering:
    """Takes a download piece by piece."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._size = 0
        self._begin = bytearray()

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self._digest.update(piece)
        self._size += len(piece)
        if self._size <= MAX_LOOKED_INTO:
            self._begin += piece

    def printable(self) -> Printable:
        """Return what was downloaded."""
        whole = len(self._begin) == self._size
        return Printable(
            size=self._size,
            sha256=self._digest.hexdigest(),
            layers=layers_in(bytes(self._begin)) if whole else None,
        )


def layers_in(content: bytes) -> int | None:
    """Return how many PNGs a `tar.gz` holds, as Ember prints it; None for anything else."""
    unpacked = _unpacked(content) if content.startswith(_GZIP) else None
    if unpacked is None:
        return None
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            entries = list(islice(archive, MAX_ENTRIES + 1))
    except (tarfile.TarError, ValueError, EOFError):
        return None
    layers = sum(entry.isfile() and entry.name.lower().endswith(".png") for entry in entries)
    return layers or None if len(entries) <= MAX_ENTRIES else None


def _unpacked(content: bytes) -> bytes | None:
    """Return what is in a gzip file, or None if it is damaged or too large."""
    reader = zlib.decompressobj(wbits=31)
    try:
        unpacked = reader.decompress(content, MAX_UNPACKED)
    except zlib.error:
        return None
    return unpacked if reader.eof else None

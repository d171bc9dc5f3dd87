"""Headers of ZIP archives as PKWARE's APPNOTE 6.3 has them, for files whose sizes may need 64 bits."""

import stat
import struct
from dataclasses import dataclass
from typing import Final

STORED: Final = 0
DEFLATED: Final = 8
#: The largest size and position that 32 bits say, and the largest count of entries that 16 bits say: one more of each
#: stands for "look into the 64 bits".
MOST_32: Final = (1 << 32) - 2
MOST_16: Final = (1 << 16) - 2
#: Versions of the format that a reader needs: 2.0 for deflate, 4.5 for 64 bits.
PLAIN, LARGE = 20, 45
UNIX: Final = 3
#: Says that a name is UTF-8.
IS_UTF8: Final = 1 << 11
#: The earliest date that the format can say.
FIRST_DATE: Final = 1 << 5 | 1
ATTRIBUTES: Final = (stat.S_IFREG | 0o644) << 16
#: Number of the extra field with 64 bits.
EXTRA: Final = 1


@dataclass(kw_only=True, slots=True)
class Entry:
    """A file of an archive."""

    name: str
    method: int
    #: Where its header begins.
    position: int
    #: Whether its header has room for sizes of 64 bits: it is written before they are known.
    is_large: bool
    crc: int = 0
    packed_size: int = 0
    size: int = 0

    @property
    def encoded_name(self) -> bytes:
        """Return its name as it is written."""
        return self.name.encode()

    @property
    def flags(self) -> int:
        """Return the flags of its headers."""
        return 0 if self.name.isascii() else IS_UTF8


def local_header(entry: Entry) -> bytes:
    """Return what stands before a file; its length does not depend on the sizes."""
    name, sizes, extra = entry.encoded_name, (entry.packed_size, entry.size), b""
    if entry.is_large:
        extra = struct.pack("<HHQQ", EXTRA, 16, entry.size, entry.packed_size)
        sizes = (MOST_32 + 1, MOST_32 + 1)
    version = LARGE if entry.is_large else PLAIN
    head = (b"PK\3\4", version, entry.flags, entry.method, 0, FIRST_DATE, entry.crc, *sizes, len(name), len(extra))
    return struct.pack("<4s5H3I2H", *head) + name + extra


def central_header(entry: Entry, most: int = MOST_32) -> bytes:
    """Return a file's row of the directory; sizes and positions above `most` have 64 bits."""
    name, numbers = entry.encoded_name, (entry.size, entry.packed_size, entry.position)
    extra = b"".join(struct.pack("<Q", number) for number in numbers if number > most)
    size, packed_size, position = (MOST_32 + 1 if number > most else number for number in numbers)
    if extra:
        extra = struct.pack("<HH", EXTRA, len(extra)) + extra
    version = LARGE if entry.is_large or extra else PLAIN
    head = (b"PK\1\2", version, UNIX, version, entry.flags, entry.method, 0, FIRST_DATE, entry.crc, packed_size, size)
    tail = (len(name), len(extra), 0, 0, 0, ATTRIBUTES, position)
    return struct.pack("<4sBB5H3I", *head) + struct.pack("<5H2I", *tail) + name + extra


def end_of_directory(count: int, position: int, size: int, most: int = MOST_32) -> bytes:
    """Return what stands behind the directory of so many files."""
    large = b""
    if count > MOST_16 or position > most or size > most:
        record = (b"PK\6\6", 44, UNIX << 8 | LARGE, LARGE, 0, 0, count, count, size, position)
        locator = (b"PK\6\7", 0, position + size, 1)
        large = struct.pack("<4sQ2H2I4Q", *record) + struct.pack("<4sIQI", *locator)
        count, size, position = min(count, MOST_16 + 1), _short(size, most), _short(position, most)
    return large + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, position, 0)


def _short(number: int, most: int) -> int:
    return MOST_32 + 1 if number > most else number

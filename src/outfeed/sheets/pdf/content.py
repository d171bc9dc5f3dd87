"""Which resources a content stream names: found by searching for the names, without running it."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pikepdf

from outfeed.sheets.pdf.values import entry, word

#: Unpacked bytes of one page's content, with that of its forms, that are searched. Beyond, resources are kept as the
#: page has them.
CONTENT_BYTES: Final = 1 << 27
#: Packed bytes of a stream whose packing has no limit in qpdf (LZW, up to 1:1,300): longer ones are not searched.
_UNLIMITED_BYTES: Final = 1 << 17
_LIMITED: Final = frozenset(
    {"/FlateDecode", "/Fl", "/ASCIIHexDecode", "/AHx", "/ASCII85Decode", "/A85", "/RunLengthDecode", "/RL"}
)
_MAX_FILTERS: Final = 8
#: Packed bytes that damaged streams are unpacked by at a time: what the last ones would give is lost.
_STEP_BYTES: Final = 64
#: Unpacked bytes that are searched for damage.
_SALVAGED_BYTES: Final = 1 << 24

_NAME: Final = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]*)")
#: A form or picture is painted by its name right before `Do`; only white space and comments may stand between. The
#: bounds keep the search linear in hostile content.
_PAINTED: Final = re.compile(
    rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]*)[\x00\t\n\f\r ]*(?:%[^\r\n]{0,120}[\r\n][\x00\t\n\f\r ]*){0,4}"
    rb"Do(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
)
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Named:
    """What a content stream names. Names stand as keys of dictionaries: with their slash."""

    #: All names that occur: fonts, states, colour spaces, patterns and properties, and words of other kinds.
    words: frozenset[str]
    #: Those of forms and pictures.
    painted: frozenset[str]


def search(content: bytes) -> Named:
    """Return what a content stream names, and at most some more: what looks like a name in a text counts."""
    return Named(_keys(_NAME.findall(content)), _keys(_PAINTED.findall(content)))


def _keys(found: Iterable[bytes]) -> frozenset[str]:
    return frozenset(_key(name) for name in set(found))


def _key(name: bytes) -> str:
    """Return a name as pikepdf has it."""
    if b"#" in name:
        name = _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name)
    return "/" + name.decode("utf-8", "surrogateescape")


def unpacked(stream: pikepdf.Stream) -> bytes | None:
    """Return the bytes of a content stream; None if it is damaged, packed in another way, or too large to look at."""
    found: Any = entry(stream, "/Filter")
    filters = [word(one) for one in (found if isinstance(found, pikepdf.Array) else [found]) if one is not None]
    if len(filters) > _MAX_FILTERS:
        return None
    if not _LIMITED.issuperset(filters) and len(stream.get_raw_stream_buffer()) > _UNLIMITED_BYTES:
        return None
    try:
        return stream.read_bytes()
    except (pikepdf.exceptions.PikepdfError, RuntimeError, NotImplementedError):
        return None


def salvaged(stream: pikepdf.Stream) -> bytes | None:
    """
    Return what can be unpacked of a deflated stream before its damage; None if there is none, or only far inside.

    Readers of PDF show as much of such content.
    """
    if stream.get("/Filter") != pikepdf.Name.FlateDecode or "/DecodeParms" in stream:
        return None
    inflater, packed, found = zlib.decompressobj(), stream.read_raw_bytes(), bytearray()
    try:
        for start in range(0, len(packed), _STEP_BYTES):
            found += inflater.decompress(packed[start : start + _STEP_BYTES])
            if inflater.eof or len(found) > _SALVAGED_BYTES:
                return None
    except zlib.error:
        return bytes(found)
    return None

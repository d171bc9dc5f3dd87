"""How much work a page is for a program that draws it: forms that draw forms can make it endless."""

import re
import zlib
from typing import Final

import pikepdf

from outfeed.sheets.pdf.opening import Leaf
from outfeed.sheets.pdf.values import word

#: Bytes of a stream, packed in a way that is not bounded here, which are unpacked all the same.
MOST_OF_OTHERS: Final = 1 << 16
#: Streams that a page may consist of, and forms that it may reach.
MOST_STREAMS: Final = 10_000
#: Forms within forms: PDFium itself goes no deeper.
MOST_DEPTH: Final = 28

_NAME: Final = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_FLATE: Final = frozenset({"/FlateDecode", "/Fl"})


def drawn_bytes(leaf: Leaf, *, most: int) -> int:
    """
    Return an upper bound of the bytes that are interpreted when a page is drawn, each form as often as it is used.

    Parameters
    ----------
    most
        From here on it does not matter how many: the result is never more than this.
    """
    return _Counter(most).cost(_contents(leaf.page), _forms(leaf.get("/Resources")), depth=0)


_Forms = dict[bytes, pikepdf.Object]


class _Counter:
    """Counts, and remembers what each form costs."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[tuple[int, ...], int] = {}
        self._open: set[tuple[int, ...]] = set()
        self._streams = 0

    def cost(self, streams: list[pikepdf.Object], forms: _Forms, *, depth: int, key: tuple[int, ...] = ()) -> int:
        """Return the bytes of streams, with those of the forms that they name."""
        self._streams += len(streams)
        if self._streams > MOST_STREAMS or depth > MOST_DEPTH:
            return self._most
        text = bytearray()
        for stream in streams:
            text += unpacked(stream, most=self._most - len(text)) + b"\n"
            if len(text) >= self._most:
                return self._most
        total = len(text)
        # An operand stands before each operator that draws a form, so that its name is there as often at least.
        for found in _NAME.finditer(text) if forms else ():
            name = found[1] if b"#" not in found[1] else _ESCAPE.sub(_character, found[1])
            if name in forms:
                total += self._of_form(forms[name], forms, depth, key)
            if total >= self._most:
                break
        return min(total, self._most)

    def _of_form(self, form: pikepdf.Object, around: _Forms, depth: int, outer: tuple[int, ...]) -> int:
        resources = form.get("/Resources")
        # One without resources takes those of what it is drawn in.
        key = (*form.objgen, *(outer if resources is None else ()))
        if key in self._open:
            return self._most
        if key not in self._known:
            self._open.add(key)
            forms = around if resources is None else _forms(resources)
            self._known[key] = self.cost([form], forms, depth=depth + 1, key=key)
            self._open.discard(key)
        return self._known[key]


def _character(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _contents(page: pikepdf.Object) -> list[pikepdf.Object]:
    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Array):
        return [item for item in contents.as_list()[: MOST_STREAMS + 1] if isinstance(item, pikepdf.Stream)]
    return [contents] if isinstance(contents, pikepdf.Stream) else []


def _forms(resources: object) -> _Forms:
    """Return the forms among resources, by name without the slash."""
    objects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(objects, pikepdf.Dictionary):
        return {}
    return {
        name[1:].encode("utf-8", "surrogateescape"): item
        for name, item in objects.items()
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == pikepdf.Name.Form
    }


def unpacked(stream: pikepdf.Object, *, most: int) -> bytes:
    """Return the content of a stream, or so many bytes of anything where it has more or nobody can tell."""
    filters = stream.get("/Filter")
    names = [word(item) for item in (filters if isinstance(filters, pikepdf.Array) else [filters]) if item is not None]
    try:
        data = stream.read_raw_bytes()
        for name in names:
            if name not in _FLATE:
                return _by_library(stream, len(data), most)
            data = _inflated(data, most)
    except pikepdf.PdfError:
        return b""  # what cannot be read is not drawn either
    return data[:most]


def _inflated(data: bytes, most: int) -> bytes:
    packer = zlib.decompressobj()
    try:
        return packer.decompress(data, most)
    except zlib.error:
        return data[:most]  # damaged: what is read of it is not much more


def _by_library(stream: pikepdf.Object, size: int, most: int) -> bytes:
    if size > MOST_OF_OTHERS:
        return b" " * most
    return stream.read_bytes()[:most]

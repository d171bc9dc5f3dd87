"""Where the links of a page lead: to the web, to another page, or to where nobody is taken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin, urlsplit

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from outfeed.sheets.pdf.opening import Opened
from outfeed.sheets.pdf.values import entry, number, word

#: Addresses that a link may have.
SCHEMES: Final = frozenset({"http", "https", "mailto"})
#: Longest address that is kept, in bytes.
MAX_ADDRESS_BYTES: Final = 8192
#: What no address holds, and programs pass over in different ways.
_BLANK: Final = re.compile(rb"[\x00-\x20\x7f]")
#: Named destinations of a file that are known at most; others lead nowhere.
MAX_NAMES: Final = 1_000_000
#: Ways to show a place of a page, and how many numbers each has.
_VIEWS: Final = {"/XYZ": 3, "/Fit": 0, "/FitH": 1, "/FitV": 1, "/FitR": 4, "/FitB": 0, "/FitBH": 1, "/FitBV": 1}

#: The part of a destination that follows its page: a way to show it, and numbers or None.
View: TypeAlias = tuple[str | float | None, ...]


@dataclass(frozen=True, slots=True)
class Web:
    """An address outside the file."""

    address: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a page of the same file."""

    index: int
    view: View

    def on(self, page: pikepdf.Object) -> Array:
        """Return it as a destination on a page that stands for its own."""
        return Array([page, *(Name(part) if isinstance(part, str) else part for part in self.view)])


class Destinations:
    """Finds where links of a file lead."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def of(self, annotation: Dictionary) -> Web | Place | None:
        """Return where a link leads; None for actions that are not carried over, and for places that are not there."""
        action = entry(annotation, "/A")
        if not isinstance(action, Dictionary):
            return self._place(entry(annotation, "/Dest"))
        kind = action.get("/S")
        if kind == Name.URI:
            return self._web(action.get("/URI"))
        return self._place(action.get("/D")) if kind == Name.GoTo else None

    def _web(self, found: Any) -> Web | None:
        address = bytes(found).strip() if isinstance(found, String) else b""
        if self._base:
            address = _joined(self._base, address)
        return Web(address) if is_allowed(address) else None

    @cached_property
    def _base(self) -> bytes:
        """Address that those of the file are relative to; empty: none."""
        uri = self._opened.pdf.Root.get("/URI")
        base = uri.get("/Base") if isinstance(uri, Dictionary) else None
        return bytes(base) if isinstance(base, String) else b""

    def _place(self, found: Any) -> Place | None:
        if isinstance(found, Name):
            found = self._old_names.get(word(found))
        elif isinstance(found, String):
            found = self._names.get(bytes(found))
        if isinstance(found, Dictionary):
            found = found.get("/D")
        if not isinstance(found, Array) or not len(found):
            return None
        index = self._index(found[0])
        return None if index is None else Place(index, _view(found))

    def _index(self, page: Any) -> int | None:
        if isinstance(page, Dictionary):
            return self._opened.places.get(page.objgen) if page.is_indirect else None
        # Some programs write the number of a page where only links to other files have one.
        return page if isinstance(page, int) and 0 <= page < len(self._opened.pages) else None

    @cached_property
    def _old_names(self) -> Mapping[str, Any]:
        """Destinations by name, as files before PDF 1.2 have them."""
        found = self._opened.pdf.Root.get("/Dests")
        return found if isinstance(found, Dictionary) else {}  # type: ignore[return-value]  # it is asked for keys only

    @cached_property
    def _names(self) -> Mapping[bytes, Any]:
        """Destinations by text; the first of a name counts."""
        names = self._opened.pdf.Root.get("/Names")
        waiting: list[Any] = [names.get("/Dests")] if isinstance(names, Dictionary) else []
        found: dict[bytes, Any] = {}
        seen: set[tuple[int, int]] = set()
        while waiting and len(found) < MAX_NAMES:
            node = waiting.pop()
            if not isinstance(node, Dictionary) or (node.is_indirect and node.objgen in seen):
                continue
            seen.add(node.objgen)
            for key, value in _pairs(node.get("/Names")):
                found.setdefault(key, value)
            kids = node.get("/Kids")
            if isinstance(kids, Array) and len(waiting) + len(kids) <= MAX_NAMES:
                waiting.extend(reversed(list(kids)))
        return found


def is_allowed(address: bytes) -> bool:
    """Tell whether a link may carry an address."""
    if len(address) > MAX_ADDRESS_BYTES or _BLANK.search(address):
        return False
    scheme, colon, rest = address.partition(b":")
    return bool(colon and rest) and scheme.decode("ascii", "replace").lower() in SCHEMES


def _joined(base: bytes, address: bytes) -> bytes:
    """Return an address that may be relative to a base as it is by itself."""
    try:
        text = address.decode()
        return address if urlsplit(text).scheme else urljoin(base.decode(), text).encode()
    except ValueError:
        return b""


def _pairs(found: Any) -> Sequence[tuple[bytes, Any]]:
    """Return keys and values of a leaf of a name tree."""
    if not isinstance(found, Array):
        return []
    flat = list(found)[: 2 * MAX_NAMES]
    return [(bytes(key), value) for key, value in zip(flat[::2], flat[1::2], strict=False) if isinstance(key, String)]


def _view(destination: Array) -> View:
    """Return how a destination shows its page; what is no such way shows the whole page."""
    kind = word(destination[1]) if len(destination) > 1 else "/Fit"
    if kind not in _VIEWS:
        return ("/Fit",)
    numbers = [destination[place] if place < len(destination) else None for place in range(2, 2 + _VIEWS[kind])]
    return (kind, *(None if isinstance(one, (Stream, Dictionary, Array)) else number(one) for one in numbers))

"""Bookmarks, and where they lead; nothing of a hostile outline is followed twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pikepdf

from outfeed.sheets.pdf.texts import cleaned, text_of

#: Bookmarks that are looked at, and names of places.
MOST_BOOKMARKS: Final = 20_000
MOST_NAMES: Final = 100_000
#: Nodes of the tree of names.
MOST_NODES: Final = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Bookmark:
    """A bookmark that leads to a page of its own document."""

    title: str
    #: Of the page, from 0.
    index: int


def top_bookmarks(pdf: pikepdf.Pdf) -> list[Bookmark]:
    """Return the bookmarks of the highest level that has several; those that lead nowhere are left out."""
    outlines = pdf.Root.get("/Outlines")
    items = list(_level(outlines))
    if len(items) == 1:
        items = list(_level(items[0])) or items
    if not items:
        return []
    places = Places(pdf)
    found = ((cleaned(text_of(item.get("/Title"))), places.index(item)) for item in items)
    return [Bookmark(title=title, index=index) for title, index in found if title and index is not None]


def _level(parent: object) -> Iterator[pikepdf.Dictionary]:
    """Yield the bookmarks right below another."""
    item = parent.get("/First") if isinstance(parent, pikepdf.Dictionary) else None
    seen: set[tuple[int, int]] = set()
    while isinstance(item, pikepdf.Dictionary) and item.objgen not in seen and len(seen) < MOST_BOOKMARKS:
        seen.add(item.objgen)
        yield item
        item = item.get("/Next")


class Places:
    """Where bookmarks and links of a document lead."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        indices = [(page.obj.objgen, index) for index, page in enumerate(pdf.pages)]
        self._indices: dict[tuple[int, int], int] = dict(reversed(indices))
        self._names: Mapping[str, object] | None = None
        self._pdf = pdf

    def index(self, item: pikepdf.Dictionary) -> int | None:
        """Return the page that a bookmark or a link leads to; None where that is none of this document."""
        place: object = item.get("/Dest")
        action = item.get("/A")
        if place is None and isinstance(action, pikepdf.Dictionary) and action.get("/S") == "/GoTo":
            place = action.get("/D")
        if isinstance(place, pikepdf.String | pikepdf.Name):
            place = self._named(place)
        if isinstance(place, pikepdf.Dictionary):
            place = place.get("/D")
        page = place[0] if isinstance(place, pikepdf.Array) and len(place) else None
        return self._indices.get(page.objgen) if isinstance(page, pikepdf.Dictionary) else None

    def _named(self, name: pikepdf.Object) -> object:
        if self._names is None:
            self._names = dict(_names(self._pdf.Root))
        key = text_of(name) if isinstance(name, pikepdf.String) else str(name)
        return self._names.get(key)


def _names(root: pikepdf.Object) -> Iterator[tuple[str, object]]:
    """Yield the named places of a document; names of the old kind begin with a slash."""
    old = root.get("/Dests")
    if isinstance(old, pikepdf.Dictionary):
        yield from old.items()
    names = root.get("/Names")
    waiting: list[object] = [names.get("/Dests")] if isinstance(names, pikepdf.Dictionary) else []
    seen: set[tuple[int, int]] = set()
    left, nodes = MOST_NAMES, 0
    while waiting and left > 0 and nodes < MOST_NODES:
        node, nodes = waiting.pop(), nodes + 1
        if not isinstance(node, pikepdf.Dictionary) or node.objgen in seen:
            continue
        if node.is_indirect:
            seen.add(node.objgen)
        pairs = node.get("/Names")
        if isinstance(pairs, pikepdf.Array):
            for row in range(0, min(len(pairs) - 1, 2 * left), 2):
                left -= 1
                yield text_of(pairs[row]), pairs[row + 1]
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            waiting += [kids[row] for row in range(min(len(kids), MOST_NODES - nodes))]

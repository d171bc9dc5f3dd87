"""Bookmarks, and where they lead; nothing of a hostile outline is followed twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pikepdf

from outfeed.sheets.pdf.links import Destinations, Place
from outfeed.sheets.pdf.opening import Opened
from outfeed.sheets.pdf.texts import cleaned, text_of

#: Bookmarks that are looked at.
MOST_BOOKMARKS: Final = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Bookmark:
    """A bookmark that leads to a page of its own document."""

    title: str
    #: Of the page, from 0.
    index: int


def top_bookmarks(opened: Opened) -> list[Bookmark]:
    """Return the bookmarks of the highest level that has several; those that lead nowhere are left out."""
    outlines = opened.pdf.Root.get("/Outlines")
    items = list(_level(outlines))
    if len(items) == 1:
        items = list(_level(items[0])) or items
    destinations = Destinations(opened)
    found = ((cleaned(text_of(item.get("/Title"))), destinations.of(item)) for item in items)
    return [Bookmark(title=title, index=place.index) for title, place in found if title and isinstance(place, Place)]


def _level(parent: object) -> Iterator[pikepdf.Dictionary]:
    """Yield the bookmarks right below another."""
    item = parent.get("/First") if isinstance(parent, pikepdf.Dictionary) else None
    seen: set[tuple[int, int]] = set()
    while isinstance(item, pikepdf.Dictionary) and item.objgen not in seen and len(seen) < MOST_BOOKMARKS:
        seen.add(item.objgen)
        yield item
        item = item.get("/Next")

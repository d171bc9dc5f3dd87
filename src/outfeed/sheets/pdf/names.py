"""Names of sheets: what people call the pages of a PDF.

A page's label comes first, where the document has real ones; then the number in its title block, where it can be read
with certainty; then its bookmark, where each page has one of its own; else it is "Page 3".
"""

import re
from pathlib import Path
from typing import Final

from outfeed.sheets.pdf.bookmarks import Bookmark, top_bookmarks
from outfeed.sheets.pdf.labels import page_labels
from outfeed.sheets.pdf.opening import Opened
from outfeed.sheets.pdf.texts import MOST_TEXT
from outfeed.sheets.pdf.title_blocks import title_block_numbers

#: What stands between a number and a title in a bookmark.
_BETWEEN: Final = re.compile(r"[\s:;,.|/–—-]+")


def sheet_names(opened: Opened, path: Path) -> list[tuple[str, str]]:
    """
    Return name and title of each page, as `Sheet` has them.

    Parameters
    ----------
    path
        Where the file stands, for another library that reads its text.
    """
    count = len(opened.pages)
    names = page_labels(opened.pdf, count)
    if not any(names):
        names = title_block_numbers(opened, path)
    bookmarks = _of_pages(top_bookmarks(opened), count)
    if not any(names) and all(bookmarks):
        return [(name, "") for name in unique(bookmarks)]
    names = [name or f"Page {index + 1}" for index, name in enumerate(names)]
    titles = [_title(bookmark, name) for bookmark, name in zip(bookmarks, names, strict=True)]
    return list(zip(unique(names), titles, strict=True))


def _of_pages(bookmarks: list[Bookmark], count: int) -> list[str]:
    """Return the title of the only bookmark that leads to each page; empty where there is none, or several."""
    texts: list[list[str]] = [[] for _ in range(count)]
    for bookmark in bookmarks:
        if bookmark.index < count:
            texts[bookmark.index].append(bookmark.title)
    return [found[0] if len(found) == 1 else "" for found in texts]


def _title(bookmark: str, name: str) -> str:
    """Return what a bookmark says besides the name that it may begin with."""
    if bookmark.casefold() == name.casefold():
        return ""
    rest = bookmark[len(name) :] if bookmark.startswith(name) else ""
    between = _BETWEEN.match(rest)
    return rest[between.end() :] if between else bookmark


def unique(names: list[str]) -> list[str]:
    """Return names with " (2)" and so on behind those that came before."""
    taken = set(names)
    numbers: dict[str, int] = {}
    made: list[str] = []
    for name in names:
        number = numbers.get(name, 0) + 1
        found = name
        while number > 1 and found in taken:
            found = _numbered(name, number)
            number += found in taken
        numbers[name] = number
        taken.add(found)
        made.append(found)
    return made


def _numbered(name: str, number: int) -> str:
    end = f" ({number})"
    return name[: MOST_TEXT - len(end)].rstrip() + end

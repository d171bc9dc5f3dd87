"""Labels of pages: the numbers that a document gives its pages itself."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pikepdf

from outfeed.sheets.pdf.texts import cleaned, text_of

#: The highest numbers that are written in Roman figures, and as letters (`ZZ…`: 50 of them); others are decimal.
MOST_ROMAN: Final = 3_999
MOST_LETTERS: Final = 26 * 50
#: Nodes of a tree for each page, above those that any tree may have.
NODES_PER_PAGE, NODES = 2, 1_000

_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Range:
    """Pages from one on that are numbered alike."""

    start: int
    prefix: str
    #: `/D`, `/R`, `/r`, `/A`, `/a`, or nothing for no number.
    style: str
    first: int

    def label(self, index: int) -> str:
        return self.prefix + _number(self.first + index - self.start, self.style)


def page_labels(pdf: pikepdf.Pdf, count: int) -> list[str]:
    """Return the label of each page; empty where there is none, and for all where they only count 1, 2, 3."""
    ranges = _ranges(pdf.Root.get("/PageLabels"), count)
    starts = sorted(ranges)
    labels = [""] * count
    for index in range(count):
        row = bisect_right(starts, index) - 1
        if row >= 0:
            labels[index] = cleaned(ranges[starts[row]].label(index))
    if all(label in ("", str(index + 1)) for index, label in enumerate(labels)):
        return [""] * count
    return labels


def _ranges(root: object, count: int) -> dict[int, _Range]:
    ranges: dict[int, _Range] = {}
    for start, value in number_tree(root, most=count * NODES_PER_PAGE + NODES):
        if 0 <= start < count and isinstance(value, pikepdf.Dictionary):
            ranges.setdefault(start, _range(start, value))
    return ranges


def number_tree(root: object, *, most: int) -> Iterator[tuple[int, object]]:
    """Yield the entries of a number tree; of one that has cycles or no end, so many nodes and entries."""
    waiting, seen = [root], set[tuple[int, int]]()
    while waiting and most > 0:
        most -= 1
        node = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary) or node.objgen in seen:
            continue
        if node.is_indirect:
            seen.add(node.objgen)
        numbers = _items(node.get("/Nums"), 2 * most)
        for start, value in zip(numbers[::2], numbers[1::2], strict=False):
            most -= 1
            if isinstance(start, int):
                yield start, value
        waiting += reversed(_items(node.get("/Kids"), most))


def _items(array: object, most: int) -> list[object]:
    if not isinstance(array, pikepdf.Array):
        return []
    return [array[row] for row in range(min(len(array), max(0, most)))]


def _range(start: int, value: pikepdf.Dictionary) -> _Range:
    first = value.get("/St", 1)
    whole = first if isinstance(first, int) and 0 < first < 1 << 31 else 1
    return _Range(start=start, prefix=text_of(value.get("/P")), style=_style(value.get("/S")), first=whole)


def _style(value: object) -> str:
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _number(number: int, style: str) -> str:
    if style == "":
        return ""
    if style in ("/R", "/r") and number <= MOST_ROMAN:
        return _roman(number).upper() if style == "/R" else _roman(number)
    if style in ("/A", "/a") and number <= MOST_LETTERS:
        letter = chr(ord("A" if style == "/A" else "a") + (number - 1) % 26)
        return letter * ((number - 1) // 26 + 1)
    return str(number)


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text

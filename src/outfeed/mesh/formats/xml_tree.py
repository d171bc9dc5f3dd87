"""XML as a light tree, for formats whose parts refer to each other; and the numbers that stand in it as text."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, SourceDamaged
from outfeed.mesh.formats import xmls

Rows = NDArray[np.int32]

#: Elements that are kept: up to 500 bytes each.
MOST_ELEMENTS: Final = 2_000_000
# What most elements have none of; nobody adds to them.
_NO_ATTRIBUTES: Final[dict[str, str]] = {}
_NO_ELEMENTS: Final[list["Element"]] = []
_NO_LISTS: Final[list[str]] = []


class Element:
    """An element: its name without a prefix, attributes, elements inside, and its own text."""

    __slots__ = ("attributes", "inside", "lists", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes or _NO_ATTRIBUTES
        self.inside = _NO_ELEMENTS
        #: Texts of the elements inside that are lists: see `tree`.
        self.lists = _NO_LISTS
        self.text = ""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def add(self, element: "Element") -> None:
        """Put an element inside."""
        if self.inside:
            self.inside.append(element)
        else:
            self.inside = [element]

    def add_list(self, text: str) -> None:
        """Put the text of a list inside."""
        if self.lists:
            self.lists.append(text)
        else:
            self.lists = [text]

    def every(self, *tags: str) -> Iterator["Element"]:
        """Yield the elements right inside with one of the names."""
        return (item for item in self.inside if item.tag in tags)

    def first(self, *path: str) -> "Element | None":
        """Return the first element at the end of a path of names, None where there is none."""
        found: Element | None = self
        for tag in path:
            found = None if found is None else next(found.every(tag), None)
        return found

    def word(self, *path: str) -> str:
        """Return the text at the end of a path of names, without blanks around; empty where there is none."""
        found = self.first(*path)
        return "" if found is None else found.text.strip()


class Tree:
    """A document, read."""

    def __init__(self) -> None:
        #: Every element, in the order in which they begin.
        self.elements: list[Element] = []
        #: Names of the elements that were left out, and of those inside them.
        self.skipped: set[str] = set()

    @property
    def root(self) -> Element:
        """Return the outermost element."""
        if not self.elements:
            raise SourceDamaged("Its outermost element is of another format.")
        return self.elements[0]


def tree(
    data: bytes, *, skip: frozenset[str] = frozenset(), lists: frozenset[str] = frozenset(), doctype: bool = False
) -> Tree:
    """
    Return a document without the elements named in `skip`; of those named in `lists`, the parent gets the text.

    Raises
    ------
    SourceDamaged
        If it is not well-formed, or has more than `MOST_ELEMENTS`.
    """
    builder = _Builder(skip, lists)
    xmls.parse(data, start=builder.start, end=builder.end, text=builder.text, doctype=doctype)
    return builder.tree


class _Builder:
    """Hears the parser."""

    def __init__(self, skip: frozenset[str], lists: frozenset[str]) -> None:
        self.tree = Tree()
        self._skip = skip
        self._lists = lists
        self._open: list[tuple[Element, list[str]]] = []
        #: How deep it is in an element that is left out.
        self._skipping = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = name.rpartition(":")[2]
        if self._skipping or tag in self._skip:
            self._skipping += 1
            self.tree.skipped.add(tag)
            return
        element = Element(tag, attributes)
        if tag not in self._lists or not self._open:
            self._keep(element)
        self._open.append((element, []))

    def _keep(self, element: Element) -> None:
        if len(self.tree.elements) >= MOST_ELEMENTS:
            raise SourceDamaged(f"It has more than {MOST_ELEMENTS} elements.")
        self.tree.elements.append(element)
        if self._open:
            self._open[-1][0].add(element)

    def end(self, _name: str) -> None:
        """Close an element."""
        if self._skipping:
            self._skipping -= 1
            return
        element, texts = self._open.pop()
        element.text = "".join(texts)
        if element.tag in self._lists and self._open:
            self._open[-1][0].add_list(element.text)

    def text(self, piece: str) -> None:
        """Add text: blanks around elements are dropped, those between two numbers are not."""
        if not self._skipping and self._open and (self._open[-1][1] or not piece.isspace()):
            self._open[-1][1].append(piece)


def numbers(text: str, what: str) -> NDArray[np.float64]:
    """
    Return the numbers of a text (n,), which may be infinite or none.

    Raises
    ------
    SourceDamaged
        If there is something else in it.
    """
    data = np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)
    values, read = _kernels.numbers(data)
    if read != len(data):
        word = text[read:].lstrip()[:40].split(maxsplit=1)[0] if text[read:].strip() else ""
        raise SourceDamaged(f"{what} has {word!r} where a number belongs.")
    return values


def whole(values: NDArray[np.float64], what: str) -> Rows:
    """
    Return numbers as int32.

    Raises
    ------
    SourceDamaged
        If one is not whole.
    IndexOutOfRange
        If one does not fit, so that no table has its row.
    """
    limits = np.iinfo(np.int32)
    if values.size and not (values.min() >= limits.min and values.max() <= limits.max):
        raise IndexOutOfRange(f"{what} has an index that no table can have.")
    rows = values.astype(np.int32)
    if (rows != values).any():
        raise SourceDamaged(f"{what} has an index that is not a whole number.")
    return rows

"""The header of PLY: what the file holds, in which order and in which types."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from outfeed.errors import SourceDamaged, SourceEmpty
from outfeed.mesh.formats.chunks import Stream

#: Longest header that is read. Real ones have less than 4 KiB.
HEADER_BYTES: Final = 1 << 16
#: Digits of a count; more would not even fit into 64 bits.
MOST_DIGITS: Final = 18

#: Byte order of each format; text has none.
ORDERS: Final = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}

_OLD: Final = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4"}
_NEW: Final = {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"}
_WIDE: Final = {"int64": "i8", "uint64": "u8", "float32": "f4", "float64": "f8", "double": "f8"}
#: The old and the new names of types, as numpy's kind and size.
KINDS: Final = _OLD | _NEW | _WIDE


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """A column of an element."""

    name: str
    #: Numpy's kind and size, without the byte order: `f4`.
    kind: str
    #: Type of the count where it is a list.
    count: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """A table."""

    name: str
    rows: int
    properties: tuple[Property, ...]

    def named(self, name: str) -> Property | None:
        """Return the property of this name."""
        return next((one for one in self.properties if one.name == name), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What stands before the data."""

    #: `<` or `>` for binary data, empty for text.
    order: str
    elements: tuple[Element, ...]
    #: Images that comments name, in their order.
    textures: tuple[str, ...]
    #: Bytes up to the data.
    size: int

    def named(self, name: str) -> Element | None:
        """Return the element of this name, where it has rows."""
        return next((one for one in self.elements if one.name == name and one.rows), None)


@dataclass(kw_only=True, slots=True)
class _Lines:
    """What the lines have said so far."""

    order: str | None = None
    elements: dict[str, int] = field(default_factory=dict)
    properties: dict[str, dict[str, Property]] = field(default_factory=dict)
    textures: list[str] = field(default_factory=list)
    #: The element that properties belong to.
    current: str = ""


def read_header(file: Stream) -> Header:
    """
    Read the header of a file.

    Line ends are those of any system. Lines before the first element that begin with no word of PLY are read over, as
    real files have them.

    Raises
    ------
    SourceEmpty
        If the file has no bytes.
    SourceDamaged
        If it is no header, or one that contradicts itself.
    """
    head = file.read(HEADER_BYTES)
    if not head:
        raise SourceEmpty("It has no bytes.")
    first = re.match(rb"ply[ \t]*(\r\n|\n|\r)", head)
    if first is None:
        raise SourceDamaged("It does not begin with the word ply on a line of its own.")
    # A lone CR must not take a line feed with it that is the first byte of binary data.
    end = rb"\r" if first[1] == b"\r" else rb"\r?\n"
    last = re.compile(rb"[\r\n][ \t]*end_header[ \t]*(" + end + rb"|\Z)").search(head, first.end() - 1)
    if last is None:
        raise SourceDamaged(f"Its header has no end_header within {HEADER_BYTES} bytes.")
    lines = _Lines()
    for number, words in _words(head[: last.start()]):
        _read_line(lines, words, number)
    if lines.order is None:
        raise SourceDamaged("Its header has no line that says the format.")
    return Header(order=lines.order, elements=_elements(lines), textures=tuple(lines.textures), size=last.end())


def _words(head: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the words of each line but the first."""
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines[1:], start=2):
        words = line.split()
        if words:
            yield number, words


def _elements(lines: _Lines) -> tuple[Element, ...]:
    return tuple(
        Element(name=name, rows=rows, properties=tuple(lines.properties[name].values()))
        for name, rows in lines.elements.items()
    )


def _read_line(lines: _Lines, words: list[str], number: int) -> None:
    match words:
        case ["format", kind, _version] if kind in ORDERS and lines.order is None:
            lines.order = ORDERS[kind]
        case ["comment", word, _, *_] if word.lower() == "texturefile":
            lines.textures.append(" ".join(words[2:]))
        case ["comment" | "obj_info", *_]:
            pass
        case ["element", name, count] if name not in lines.elements and _is_count(count):
            lines.elements[name] = int(count)
            lines.properties[name] = {}
            lines.current = name
        case ["property", *rest] if lines.elements:
            _add_property(lines.properties[lines.current], rest, number)
        case [word, *_] if lines.elements or word in {"format", "element", "property"}:
            raise SourceDamaged(f"Line {number} of its header is none that PLY knows, or says something again.")


def _is_count(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= MOST_DIGITS


def _add_property(properties: dict[str, Property], words: list[str], number: int) -> None:
    match words:
        case ["list", count, kind, name] if count in KINDS and kind in KINDS and not KINDS[count].startswith("f"):
            found = Property(name=name, kind=KINDS[kind], count=KINDS[count])
        case [kind, name] if kind in KINDS:
            found = Property(name=name, kind=KINDS[kind])
        case _:
            raise SourceDamaged(f"Line {number} of its header is no property that PLY knows.")
    if properties.setdefault(found.name, found) is not found:
        raise SourceDamaged(f"Line {number} of its header names a property for the second time.")

"""Values of markups as they come in JSON: each is checked before anything trusts it."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from outfeed.errors import InvalidField, MissingField

#: x and y.
Point: TypeAlias = tuple[float, float]
#: Left, bottom, right and top.
Rect: TypeAlias = tuple[float, float, float, float]
#: The corners of a quadrilateral: upper left, upper right, lower left, lower right of what is marked, as PDF has them.
Quad: TypeAlias = tuple[float, float, float, float, float, float, float, float]

#: Points of one shape.
MOST_POINTS: Final = 10_000
#: Characters of a text.
MOST_TEXT: Final = 10_000
#: How far from the page's origin anything may be, in points: 350 metres.
FARTHEST: Final = 1_000_000.0
#: Characters of names, and of web addresses.
MOST_NAME: Final = 255
MOST_LINK: Final = 2_048
#: Lengths of a pattern of dashes.
MOST_DASHES: Final = 10

_Value = TypeVar("_Value")
#: Returns what a value of JSON stands for; the text is where it stands.
Parse: TypeAlias = Callable[[Any, str], _Value]

_NUMBERS: Final = frozenset({int, float})
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
#: What XML cannot hold (XML 1.0, 2.2), and so neither XFDF: control characters, halves of characters, no characters.
_UNWRITABLE: Final = re.compile("[^\t\n\\x20-\\x7e\\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_by(parse: Parse[Any]) -> Mapping[str, Any]:
    """Return the metadata of a dataclass's field that is read from JSON by this."""
    return MappingProxyType({"parse": parse})


def parse_fields(kind: type[_Value], value: Any, path: str, *, besides: frozenset[str] = frozenset()) -> _Value:
    """
    Return a dataclass from an object of JSON, whose names are its fields and those of `besides`, which others read.

    Raises
    ------
    MissingField, InvalidField
        If a field without a default is not there; if one is unknown or has a wrong value.
    """
    given = an_object(value, path)
    known = {field.name: field for field in fields(kind) if "parse" in field.metadata}  # type: ignore[arg-type] # each is a dataclass
    for name in given:
        if name not in known and name not in besides:
            raise InvalidField(f"{within(path, name)} is not known.")
    found = {
        name: field.metadata["parse"](given[name], within(path, name)) for name, field in known.items() if name in given
    }
    needed = {field.name for field in known.values() if field.default is MISSING}
    for name in sorted(needed - found.keys()):
        raise MissingField(f"Missing: {within(path, name)}.")
    return kind(**found)


def within(path: str, name: str) -> str:
    """Return where a field of an object stands."""
    return f"{path}.{name[:MOST_NAME]}" if path else name[:MOST_NAME]


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: tuples as lists, dataclasses as objects."""
    if isinstance(value, tuple):
        return [item if type(item) is float else as_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    return value


def an_object(value: Any, path: str) -> dict[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise InvalidField(f"{path or 'It'} is no object.")
    return value


def number(value: Any, path: str) -> float:
    """Return a finite number that can be a coordinate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidField(f"{path} is no number.")
    if not -FARTHEST <= value <= FARTHEST:
        raise InvalidField(f"{path} is not between -{FARTHEST:.0f} and {FARTHEST:.0f}.")
    return float(value)


def between(low: float, high: float) -> Parse[float]:
    """Return what reads a number in a range."""

    def parse(value: Any, path: str) -> float:
        found = number(value, path)
        if not low <= found <= high:
            raise InvalidField(f"{path} is not between {low:g} and {high:g}.")
        return found

    return parse


def whole(value: Any, path: str) -> int:
    """Return a whole number that is not negative: a time in milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise InvalidField(f"{path} is no time in milliseconds.")
    return value


def text(most: int = MOST_TEXT) -> Parse[str]:
    """Return what reads a text of lines; other ends of lines become line feeds."""

    def parse(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise InvalidField(f"{path} is no text.")
        if len(value) > most:
            raise InvalidField(f"{path} has more than {most} characters.")
        lines = value.replace("\r\n", "\n").replace("\r", "\n")
        if _UNWRITABLE.search(lines):
            raise InvalidField(f"{path} has characters that no text has.")
        return lines

    return parse


def writable(value: str) -> str:
    """Return a text without the characters that no text has."""
    return _UNWRITABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def name(value: Any, path: str) -> str:
    """Return a text of one line that is not empty."""
    found = text(MOST_NAME)(value, path)
    if not found.strip() or "\n" in found:
        raise InvalidField(f"{path} is no name.")
    return found


def color(value: Any, path: str) -> str:
    """Return a colour as `#rrggbb`, small letters."""
    if not isinstance(value, str) or not _COLOR.fullmatch(value.lower()):
        raise InvalidField(f"{path} is no colour such as #ff0000.")
    return value.lower()


def color_or_none(value: Any, path: str) -> str | None:
    """Return a colour, or None where nothing is drawn."""
    return None if value is None else color(value, path)


def link(value: Any, path: str) -> str | None:
    """Return an address of the web or of mail, or None."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MOST_LINK or not _is_address(value):
        raise InvalidField(f"{path} is no address that begins with http:, https: or mailto:.")
    return value


def _is_address(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.netloc) if parts.scheme in {"http", "https"} else parts.scheme == "mailto"


def one_of(*words: Any) -> Parse[Any]:
    """Return what reads one of some words, or numbers, or null."""

    def parse(value: Any, path: str) -> Any:
        found = next((word for word in words if type(word) is type(value) and word == value), _NOTHING)
        if found is _NOTHING:
            raise InvalidField(
                f"{path} is not one of {', '.join('null' if word is None else str(word) for word in words)}."
            )
        return found

    return parse


_NOTHING: Final = object()


def many(parse_one: Parse[_Value], *, least: int = 0, most: int) -> Parse[tuple[_Value, ...]]:
    """Return what reads a list."""

    def parse(value: Any, path: str) -> tuple[_Value, ...]:
        if not isinstance(value, list):
            raise InvalidField(f"{path} is no list.")
        if not least <= len(value) <= most:
            few = f"{least}" if least == most else f"{least} to {most}"
            raise InvalidField(f"{path} has {len(value)} items, not {few}.")
        return tuple(parse_one(item, f"{path}[{row}]") for row, item in enumerate(value))

    return parse


point: Final = many(number, least=2, most=2)
quad: Final = many(number, least=8, most=8)
dashes: Final = many(between(0.0, 1000.0), most=MOST_DASHES)


def points(least: int, most: int = MOST_POINTS) -> Parse[tuple[tuple[float, ...], ...]]:
    """Return what reads a list of points."""
    one_by_one = many(point, least=least, most=most)

    def parse(value: Any, path: str) -> tuple[tuple[float, ...], ...]:
        if isinstance(value, list) and least <= len(value) <= most and all(map(_is_point, value)):
            return tuple((float(x), float(y)) for x, y in value)
        return one_by_one(value, path)

    return parse


def _is_point(value: Any) -> bool:
    """Tell whether it is one at a glance: most of what is read is points, and paths are for errors alone."""
    if type(value) is not list or len(value) != 2:  # noqa: PLR2004 x and y
        return False
    return all(type(one) in _NUMBERS and -FARTHEST <= one <= FARTHEST for one in value)


def strokes(value: Any, path: str) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """Return the strokes of a pen: lists of points, all together not more than one shape may have."""
    found = many(points(1), least=1, most=MOST_POINTS)(value, path)
    if sum(map(len, found)) > MOST_POINTS:
        raise InvalidField(f"{path} has more than {MOST_POINTS} points.")
    return found


def rect(value: Any, path: str) -> tuple[float, ...]:
    """Return a rectangle: left, bottom, right, top; neither turned round nor without a size."""
    found = many(number, least=4, most=4)(value, path)
    left, bottom, right, top = found
    if not (left < right and bottom < top):
        raise InvalidField(f"{path} is not left, bottom, right, top.")
    return found


def pattern(value: Any, path: str) -> tuple[float, ...]:
    """Return lengths on and off; empty: a line without gaps. Not all of them may be nothing."""
    found = dashes(value, path)
    if found and not math.fsum(found):
        raise InvalidField(f"{path} has no length.")
    return found

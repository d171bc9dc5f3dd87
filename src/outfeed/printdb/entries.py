"""One definition in a file, read field by field; what is wrong is told with the file, the entry and the field."""

import math
import re
import uuid
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from outfeed.errors import DefinitionInvalid

#: Characters of a text; a start of G-code is the longest.
MAX_TEXT: Final = 10_000
#: Groups in groups, and values of one entry.
MAX_DEPTH: Final = 6
MAX_VALUES: Final = 1_000

_NAME: Final = re.compile(r"[A-Za-z][\w:-]{0,127}", re.ASCII)
_COLOR: Final = re.compile(r"[0-9a-fA-F]{6}")

Three = tuple[float, float, float]


class Entry:
    """An object in a definition file. A field that nobody has asked for is a mistake, told by `done`."""

    def __init__(self, place: str, fields: object) -> None:
        #: The file and the way down to this object.
        self.place = place
        if not isinstance(fields, dict):
            raise DefinitionInvalid(f"{place} is no object.")
        self._fields: dict[str, Any] = fields
        self._asked: set[str] = set()

    def wrong(self, name: str, why: str) -> DefinitionInvalid:
        """Return a mistake in a field, to be raised."""
        return DefinitionInvalid(f"{self.place}: {name} {why}.")

    def has(self, name: str) -> bool:
        """Tell whether a field is there and not null."""
        self._asked.add(name)
        return self._fields.get(name) is not None

    def take(self, name: str) -> Any:
        """Return a field that must be there."""
        if not self.has(name):
            near = get_close_matches(name, self._fields.keys() - self._asked, n=1)
            raise self.wrong(name, f"is missing: {near[0]} is no field of it" if near else "is missing")
        return self._fields[name]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text."""
        value = default if default is not None and not self.has(name) else self.take(name)
        if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
            raise self.wrong(name, "should be a text on one line")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty where it is missing."""
        values = self.take(name) if self.has(name) else []
        if not isinstance(values, list) or len(values) > MAX_VALUES:
            raise self.wrong(name, "should be a list of texts")
        listed = Entry(self.place, {f"{name}[{index}]": value for index, value in enumerate(values)})
        return [listed.text(key) for key in listed.names()]

    def one_of(self, name: str, words: tuple[str, ...], default: str | None = None) -> str:
        """Return a text out of a few."""
        value = self.text(name, default)
        if value not in words:
            raise self.wrong(name, f"should be one of {', '.join(words)}")
        return value

    def id(self, name: str) -> str:
        """Return a UUID as it is spelt."""
        value = self.text(name)
        try:
            uuid.UUID(value)
        except ValueError as error:
            raise self.wrong(name, "should be a UUID") from error
        return value

    def ids(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of UUIDs as they are spelt."""
        if default is not None and not self.has(name):
            return default
        values = self.take(name)
        if not isinstance(values, list) or not values:
            raise self.wrong(name, "should be a list of UUIDs")
        listed = Entry(self.place, {f"{name}[{index}]": value for index, value in enumerate(values)})
        return tuple(listed.id(key) for key in listed.names())

    def number(self, name: str, default: float | None = None, *, least: float = -math.inf) -> float:
        """Return a finite number of at least `least`."""
        value = default if default is not None and not self.has(name) else self.take(name)
        if not _is_number(value) or value < least:
            raise self.wrong(name, "should be a number" if math.isinf(least) else f"should be a number from {least:g}")
        return float(value) if isinstance(value, float) else value

    def whole(self, name: str, default: int) -> int:
        """Return a whole number above 0."""
        value = self.number(name, default, least=1)
        if value != int(value):
            raise self.wrong(name, "should be a whole number")
        return int(value)

    def truth(self, name: str) -> bool:
        """Return a truth."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "should be true or false")
        return value

    def three(self, name: str, *, above: float = -math.inf) -> Three:
        """Return three numbers, x, y and z, all above `above`."""
        value = self.take(name)
        if not isinstance(value, list) or len(value) != 3 or not all(map(_is_number, value)):  # noqa: PLR2004 - x, y, z
            raise self.wrong(name, "should be three numbers")
        if min(value) <= above:
            raise self.wrong(name, f"should be three numbers above {above:g}")
        x, y, z = value
        return x, y, z

    def color(self, name: str) -> str:
        """Return a colour: six hexadecimal digits."""
        value = self.text(name)
        if not _COLOR.fullmatch(value):
            raise self.wrong(name, "should be six hexadecimal digits")
        return value.lower()

    def entry(self, name: str) -> "Entry":
        """Return an object within this one."""
        return Entry(f"{self.place}: {name}", self.take(name))

    def entries(self, name: str) -> Iterator["Entry"]:
        """Yield the objects of a list, which may be missing, each called by its name where it has one."""
        if not self.has(name):
            return
        values = self.take(name)
        if not isinstance(values, list):
            raise self.wrong(name, "should be a list")
        for index, value in enumerate(values):
            called = value.get("name") if isinstance(value, dict) else None
            yield Entry(f"{self.place}: {name}[{index}]" + (f" ({called})" if isinstance(called, str) else ""), value)

    def plain(self, name: str) -> Mapping[str, Any]:
        """Return a group as it is, groups and lists within it too; empty where it is missing."""
        return self.entry(name).anything() if self.has(name) else {}

    def anything(self) -> dict[str, Any]:
        """Return this object as it is, whatever it holds, unless that is too much."""
        _count(self, self._fields, depth=1)
        return self.fields()

    def flat(self, name: str) -> dict[str, Any]:
        """Return the values of a group, and of groups within it under names joined by `_`; none where it is missing."""
        found: dict[str, Any] = {}
        if self.has(name):
            _flatten(self.entry(name), "", found, depth=1)
        return found

    def fields(self) -> dict[str, Any]:
        """Return all fields; they count as asked for."""
        self._asked |= set(self._fields)
        return self._fields

    def names(self) -> list[str]:
        """Return the names of all fields."""
        return list(self._fields)

    def done(self) -> None:
        """Raise `DefinitionInvalid` if there is a field that nobody has asked for: a misspelt name, most likely."""
        for name in self._fields:
            if name not in self._asked:
                near = get_close_matches(name, self._asked, n=1)
                raise self.wrong(name, f"is no field of it: did you mean {near[0]}" if near else "is no field of it")


def _flatten(group: Entry, above: str, into: dict[str, Any], *, depth: int) -> None:
    """Put the values of a group into `into`, under the names that the API has for them."""
    for name, value in group.fields().items():
        if not _NAME.fullmatch(name):
            raise group.wrong(name, "is no name of a value")
        joined = f"{above}{name}"
        if isinstance(value, dict):
            if depth == MAX_DEPTH:
                raise group.wrong(name, "is nested too deeply")
            _flatten(Entry(f"{group.place}: {name}", value), f"{joined}_", into, depth=depth + 1)
            continue
        if joined in into or len(into) == MAX_VALUES:
            raise group.wrong(name, "stands there twice" if joined in into else "is one value too many")
        into[joined] = _value(group, name, value)


def _value(group: Entry, name: str, value: Any) -> Any:
    """Return a value of a group: a text, a number, a truth, or a list of numbers."""
    is_numbers = isinstance(value, list) and len(value) <= MAX_VALUES and all(map(_is_number, value))
    is_text = isinstance(value, str) and len(value) <= MAX_TEXT
    if not (is_numbers or is_text or isinstance(value, bool) or _is_number(value)):
        raise group.wrong(name, "should be a number, a text, a truth or a list of numbers")
    return value


def _count(group: Entry, value: Any, *, depth: int) -> int:
    """Return how many values there are, at all depths, or raise `DefinitionInvalid` where that is too much."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if inner and depth > MAX_DEPTH:
        raise DefinitionInvalid(f"{group.place} is nested too deeply.")
    total = 1 + sum(_count(group, item, depth=depth + 1) for item in inner)
    if total > MAX_VALUES:
        raise DefinitionInvalid(f"{group.place} has too many values.")
    return total


def _is_number(value: Any) -> bool:
    """Tell whether a value is a number that a float holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= 1e15  # noqa: PLR2004 - beyond this no length, speed or time is meant

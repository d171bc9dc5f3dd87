"""The JSON of a glTF file that nobody vouches for: parsed strictly, and asked member by member, each with its path."""

import codecs
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from outfeed.errors import SourceDamaged

MOST_DEPTH: Final = 64
#: Digits of a whole number: no count or offset of a file has more.
MOST_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Member:
    """A value of the document, and the path that names it in errors."""

    value: Any
    path: str

    def refuse(self, why: str) -> NoReturn:
        """Raise `SourceDamaged` with the path and a sentence."""
        raise SourceDamaged(f"{self.path or 'The document'} {why}.")

    def get(self, name: str) -> "Member | None":
        """Return a member of this object, None where it has none of that name."""
        if not isinstance(self.value, dict):
            self.refuse("is no object")
        return Member(self.value[name], f"{self.path}.{name}".lstrip(".")) if name in self.value else None

    def need(self, name: str) -> "Member":
        """Return a member that must be there."""
        found = self.get(name)
        return self.refuse(f"has no member {name!r}") if found is None else found

    def into(self, *names: str) -> "Member | None":
        """Return a member of a member, None where one of them is not there."""
        found: Member | None = self
        for name in names:
            found = None if found is None else found.get(name)
        return found

    def has(self, name: str) -> bool:
        """Tell whether this object has a member."""
        return self.get(name) is not None

    def entries(self) -> "Iterator[Member]":
        """Yield the entries of this array."""
        if not isinstance(self.value, list):
            self.refuse("is no array")
        yield from (Member(value, f"{self.path}[{row}]") for row, value in enumerate(self.value))

    def members(self) -> "Iterator[tuple[str, Member]]":
        """Yield the names and members of this object."""
        if not isinstance(self.value, dict):
            self.refuse("is no object")
        yield from ((name, Member(value, f"{self.path}.{name}")) for name, value in self.value.items())

    def whole(self, *, least: int = 0) -> int:
        """Return this whole number."""
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.refuse(f"is no whole number of at least {least}")
        return int(value)

    def number(self) -> float:
        """Return this number; the parser let only finite ones in."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse("is no number")
        return float(self.value)

    def numbers(self, count: int) -> list[float]:
        """Return this array of numbers."""
        if isinstance(self.value, list) and {type(value) for value in self.value} <= {int, float}:
            found = [float(value) for value in self.value]
        else:
            found = [entry.number() for entry in self.entries()]
        if len(found) != count:
            self.refuse(f"has not {count} numbers")
        return found

    def text(self) -> str:
        """Return this text."""
        return self.value if isinstance(self.value, str) else self.refuse("is no text")

    def clean_text(self) -> str:
        """Return this text as `clean` gives it."""
        return clean(self.text())

    def flag(self) -> bool:
        """Return this truth value."""
        return self.value if isinstance(self.value, bool) else self.refuse("is neither true nor false")


def clean(text: str) -> str:
    """Return a text that can be written as UTF-8: JSON may hold halves of characters."""
    return text.encode("utf-8", "replace").decode()


class Document:
    """A glTF document: its tables, by name."""

    def __init__(self, root: Member) -> None:
        self.root = root

    def size(self, table: str) -> int:
        """Return the number of rows of a table, 0 where it is not there."""
        found = self.root.get(table)
        if found is None:
            return 0
        return len(found.value) if isinstance(found.value, list) else found.refuse("is no array")

    def rows(self, table: str) -> Iterator[Member]:
        """Yield the rows of a table."""
        found = self.root.get(table)
        if found is not None:
            yield from found.entries()

    def at(self, table: str, row: Member) -> Member:
        """Return the row of a table that a member of the document names."""
        number = row.whole()
        if number >= self.size(table):
            row.refuse(f"names {table}[{number}], which is not there")
        return Member(self.root.value[table][number], f"{table}[{number}]")


def parsed(text: bytes) -> Document:
    """
    Return the document of a JSON text.

    Raises
    ------
    SourceDamaged
        If it is no JSON object in UTF-8, has a member twice, a number that is not finite or is too long, or is nested
        deeper than 64.
    """
    try:
        value = json.loads(
            text.removeprefix(codecs.BOM_UTF8).decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise SourceDamaged("It is neither GLB nor JSON in UTF-8.") from error
    except RecursionError as error:
        raise SourceDamaged(f"Its JSON is nested deeper than {MOST_DEPTH}.") from error
    except json.JSONDecodeError as error:
        raise SourceDamaged(f"Its JSON is damaged in line {error.lineno}: {error.msg}.") from error
    if not isinstance(value, dict):
        raise SourceDamaged("Its JSON is no object.")
    _check_depth(value)
    return Document(Member(value, ""))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = Counter(name for name, _ in pairs)
        twice = names.most_common(1)[0][0]
        raise SourceDamaged(f"Its JSON has the member {twice[:80]!r} twice in one object.")
    return found


def _no_number(word: str) -> NoReturn:
    raise SourceDamaged(f"Its JSON has {word}, which is no number.")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise SourceDamaged("Its JSON has a number that is too large.")
    return number


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise SourceDamaged(f"Its JSON has a whole number of {len(text)} digits.")
    return int(text)


def _check_depth(value: object) -> None:
    level: list[Any] = [value]
    for _ in range(MOST_DEPTH):
        inner = [entry.values() if isinstance(entry, dict) else entry for entry in level]
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return
    raise SourceDamaged(f"Its JSON is nested deeper than {MOST_DEPTH}.")

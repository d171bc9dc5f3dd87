"""Filters of lists: `filter[attributes.lastModifiedTime]-ge=2024-05-03T10:00:00Z`. Pure functions."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from outfeed.errors import InvalidField

#: Most values of all filters of a request.
MOST_VALUES: Final = 1000

_NAME: Final = re.compile(r"filter\[([^\[\]]+)\](?:-([A-Za-z]+))?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z")
#: Fields that lie beside the attributes, and where; all others are attributes.
_BESIDE: Final = {"type": "type", "id": "id", "refType": "meta.refType", "direction": "meta.direction"}
#: Folders alone have the time of the last change under them.
_INSTEAD: Final = {"attributes.lastModifiedTimeRollup": "attributes.lastModifiedTime"}

#: How texts are compared, both in lower case.
_TEXTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "starts": str.startswith,
    "ends": str.endswith,
    "contains": operator.contains,
}
#: How values are compared: as numbers or as times if they are such, else as text.
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "ge": operator.ge,
    "gt": operator.gt,
}
_NOT: Final = "not"


@dataclass(frozen=True, slots=True)
class Filter:
    """What one field of a resource must be."""

    #: Where the field is, with dots between names.
    path: str
    how: str
    #: One of them must fit; for `not`, none may.
    values: tuple[str, ...]


def parse_filters(pairs: Iterable[tuple[str, str]]) -> list[Filter]:
    """
    Read the filters of a query; values come with commas between, or with the name repeated.

    Raises
    ------
    InvalidField
        If a comparison is none, or there are too many values.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name, value in pairs:
        matched = _NAME.fullmatch(name)
        if matched:
            found.setdefault((_path(matched[1]), (matched[2] or "eq").lower()), []).extend(value.split(","))
    if sum(map(len, found.values())) > MOST_VALUES:
        raise InvalidField(f"Filters have at most {MOST_VALUES} values.")
    unknown = [how for _, how in found if how not in {*_ORDERS, *_TEXTS, _NOT}]
    if unknown:
        raise InvalidField(f"Filters compare by {', '.join([*_ORDERS, _NOT, *_TEXTS])}; not by {unknown[0][:20]}.")
    return [Filter(path, how, _values(path, values)) for (path, how), values in found.items()]


def fits(resource: Mapping[str, Any], filters: Sequence[Filter]) -> bool:
    """Tell whether a resource is what all filters want."""
    return all(_fits(resource, wanted) for wanted in filters)


def is_about(filters: Sequence[Filter], path: str) -> bool:
    """Tell whether one of the filters is about a field."""
    return any(wanted.path == path for wanted in filters)


def _fits(resource: Mapping[str, Any], wanted: Filter) -> bool:
    value = _at(resource, wanted.path)
    if value is None:
        value = _at(resource, _INSTEAD.get(wanted.path, ""))
    if wanted.how == _NOT:
        return not any(_compares(value, "eq", other) for other in wanted.values)
    return any(_compares(value, wanted.how, other) for other in wanted.values)


def _at(resource: Mapping[str, Any], path: str) -> Any:
    here: Any = resource
    for name in path.split("."):
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def _compares(value: Any, how: str, other: str) -> bool:
    if isinstance(value, list):
        return any(_compares(one, how, other) for one in value)
    if value is None or isinstance(value, Mapping):
        return False
    if how in _TEXTS:
        return _TEXTS[how](str(value).lower(), other.lower())
    return _ORDERS[how](*_alike(value, other))


def _alike(value: Any, other: str) -> tuple[Any, Any]:
    """Return a value and what it is compared with as things of one kind."""
    if isinstance(value, bool):
        return str(value).lower(), other.lower()
    try:
        if isinstance(value, int | float):
            return float(value), float(other)
        if _DATE.fullmatch(value):
            return _instant(value), _instant(other)
    except ValueError as error:
        raise InvalidField(f"{other[:40]} cannot be compared with {value}.") from error
    return value, other


def _instant(text: str) -> datetime:
    """Read a time; without a zone it is UTC, and a blank is the `+` of one that a client did not encode."""
    found = datetime.fromisoformat(text.replace(" ", "+"))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _path(name: str) -> str:
    """Return where a field is that a filter names; `attributes.` may be left out."""
    if name in _BESIDE:
        return _BESIDE[name]
    return name if name.startswith(("attributes.", "meta.")) else f"attributes.{name}"


def _values(path: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return the values of a filter; clients write `item` for `items`."""
    return tuple(value if path != "type" or value.endswith("s") else f"{value}s" for value in values)

"""What a program has written into a file for itself, as properties: names with dots, and plain values."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from outfeed.mesh.formats.gltf.strict_json import clean
from outfeed.scene.model import Value

#: Properties of one element.
MOST: Final = 1_000
#: Letters of a name, and of a text.
LONGEST_NAME, LONGEST_TEXT = 500, 10_000
#: About what one takes in memory, in bytes.
COST_BYTES: Final = 200


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, Value]]:
    """
    Yield the plain values inside a value that JSON can hold: `{"a": {"b": [1]}}` gives `a.b.0`.

    Nothing is given for null, for names that are too long, and for the rest of texts that are. A plain value without a
    name is called `extras`.
    """
    if len(name) > LONGEST_NAME:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{name}.{clean(key)}" if name else clean(key))
    elif isinstance(value, list):
        for row, inner in enumerate(value):
            yield from flattened(inner, f"{name}.{row}" if name else str(row))
    elif isinstance(value, str):
        yield name or "extras", clean(value[:LONGEST_TEXT])
    elif isinstance(value, bool | int | float):
        yield name or "extras", value


def taken(pairs: Iterator[tuple[str, Value]]) -> tuple[dict[str, Value], bool]:
    """Return the first properties, of two with one name the first, and whether all were taken."""
    found: dict[str, Value] = {}
    for name, value in pairs:
        if len(found) == MOST:
            return found, False
        found.setdefault(name, value)
    return found, True


def cost(properties: Mapping[str, Value]) -> int:
    """Return about how many bytes properties take in memory and in a tile."""
    return COST_BYTES * len(properties) + sum(len(value) for value in properties.values() if isinstance(value, str))

"""The elements of a tile as a property table of `EXT_structural_metadata`."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from outfeed.scene.model import Element, Value
from outfeed.tiles.content.binary import Binary
from outfeed.tiles.content.schema import (
    BOOLEAN_NAMES,
    CLASS,
    CLASS_NAME,
    ID,
    MORE,
    NAME,
    NO_FLOAT,
    NO_INTEGER,
    Column,
    Kind,
    Schema,
    further,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The smallest of these types that holds it counts the bytes of texts.
OFFSETS: Final = ((np.uint8, "UINT8"), (np.uint16, "UINT16"), (np.uint32, "UINT32"))
#: The type and the absent value of columns that are no texts.
NUMBERS: Final[dict[Kind, tuple[type[np.generic], float]]] = {
    Kind.INTEGER: (np.int32, NO_INTEGER),
    Kind.FLOAT: (np.float64, NO_FLOAT),
    Kind.BOOLEAN: (np.uint8, BOOLEAN_NAMES.index("absent")),
}


def metadata_of(elements: Sequence[Element], schema: Schema, binary: Binary) -> dict[str, Any]:
    """
    Return the extension's object for the elements, in their order; values go to the binary chunk.

    Columns that no element here has are left out, of the schema too: so each file stands for itself.
    """
    texts = {
        ID: [element.id for element in elements],
        CLASS_NAME: [element.class_name for element in elements],
        NAME: [element.name for element in elements],
        MORE: [_as_json(further(element, schema)) for element in elements],
    }
    found = {name: _texts(values, binary) for name, values in texts.items() if any(values)}
    found |= {column.id: _column(column, cells, len(elements), binary) for column, cells in _cells(elements, schema)}
    properties = {name: told for name, told in found.items() if told}
    table = {"name": "elements", "class": CLASS, "count": len(elements), "properties": properties}
    return {"schema": schema.json(properties), "propertyTables": [table]}


def _cells(elements: Sequence[Element], schema: Schema) -> list[tuple[Column, dict[int, Value]]]:
    """Return the columns that some element has a value for, and the values by row."""
    cells: dict[str, dict[int, Value]] = {}
    for row, element in enumerate(elements):
        for name, value in element.properties.items():
            cells.setdefault(name, {})[row] = value
    return [(column, cells[name]) for name, column in schema.columns.items() if name in cells]


def _column(column: Column, cells: dict[int, Value], count: int, binary: Binary) -> dict[str, Any]:
    if column.kind is Kind.TEXT:
        texts = [""] * count
        for row, value in cells.items():
            texts[row] = as_text(value)
        return _texts(texts, binary) if any(texts) else {}
    kind, absent = NUMBERS[column.kind]
    values = np.full(count, absent, dtype=kind)
    values[list(cells)] = list(cells.values())
    return {"values": binary.table(values)}


def _texts(texts: Sequence[str], binary: Binary) -> dict[str, Any]:
    """Return texts, one of them not empty, as a column."""
    # What is no text in UTF-8 comes from damaged files; a question mark stands for it.
    octets = [text.encode(errors="replace") for text in texts]
    ends = np.concatenate([[0], np.cumsum([len(one) for one in octets])])
    kind, name = next((kind, name) for kind, name in OFFSETS if ends[-1] <= np.iinfo(kind).max)
    values = np.frombuffer(b"".join(octets), dtype=np.uint8)
    offsets: NDArray[np.generic] = ends.astype(kind)
    return {
        "values": binary.table(values),
        "stringOffsets": binary.table(offsets),
        **({} if kind is np.uint32 else {"stringOffsetType": name}),
    }


def as_text(value: Value) -> str:
    """Return a value as the text that stands for it in a column of texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def for_json(properties: Mapping[str, Value]) -> dict[str, Value]:
    """Return properties as JSON can have them: numbers that are not finite are told by their names."""
    return {
        name: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in properties.items()
    }


def _as_json(properties: dict[str, Value]) -> str:
    plain = for_json(properties)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")) if plain else ""

"""What the properties of a scene's elements are as columns of a table: one name and one type for all tiles."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from outfeed.scene.model import Element, Scene, Value

#: The class of the one table, and the enumeration of booleans that may be absent.
CLASS: Final = "element"
BOOLEANS: Final = "boolean"
#: Columns that are there for every scene.
ID, CLASS_NAME, NAME, MORE = "id", "class", "name", "more"
#: Columns that properties may have; what the fewest elements have goes into the column `more`. A table has as many
#: cells as elements times columns, whatever a file says.
MOST_COLUMNS: Final = 400
#: Characters of a column's identifier and of the source's own word for it.
MOST_IDENTIFIER, MOST_NAME = 64, 256
#: Number that stands for no value of its type.
NO_INTEGER: Final = -(2**31)
NO_FLOAT: Final = -1.7976931348623157e308
#: The integers that float64 holds all of.
MOST_EXACT: Final = 2**53


class Kind(StrEnum):
    """The type of a column."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A property as a column."""

    #: The identifier that programs use.
    id: str
    #: The source's own word.
    name: str
    kind: Kind

    def json(self) -> dict[str, Any]:
        """Return it as `EXT_structural_metadata` describes a property of a class."""
        return {"name": self.name, **_TYPES[self.kind]}


#: Absent values are `noData`. JavaScript has no plain integers of 64 bits, and booleans have no `noData`.
_TYPES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.TEXT: {"type": "STRING", "noData": ""},
    Kind.INTEGER: {"type": "SCALAR", "componentType": "INT32", "noData": NO_INTEGER},
    Kind.FLOAT: {"type": "SCALAR", "componentType": "FLOAT64", "noData": NO_FLOAT},
    Kind.BOOLEAN: {"type": "ENUM", "enumType": BOOLEANS, "noData": "absent"},
}
_FIXED: Final[dict[str, dict[str, Any]]] = {
    ID: {"name": "Id", "description": "Unique in the model.", "type": "STRING", "required": True, "semantic": "ID"},
    CLASS_NAME: {"name": "Class", "description": "The source's own word.", "type": "STRING", "required": True},
    NAME: {"name": "Name", "type": "STRING", "noData": "", "semantic": "NAME"},
    MORE: {"name": "More", "description": "Further properties, as JSON.", "type": "STRING", "noData": ""},
}
#: In the order of the numbers that stand for them.
BOOLEAN_NAMES: Final = ("false", "true", "absent")


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """The columns of a scene's properties."""

    #: By the source's own word, in the order in which the scene first has them.
    columns: Mapping[str, Column]

    def json(self, used: Iterable[str]) -> dict[str, Any]:
        """Return the schema with these columns of properties, and the fixed ones, by their identifiers."""
        wanted = set(used)
        properties = {name: told for name, told in _FIXED.items() if name in wanted}
        columns = [column for column in self.columns.values() if column.id in wanted]
        properties |= {column.id: column.json() for column in columns}
        schema: dict[str, Any] = {
            "id": "model",
            "classes": {CLASS: {"name": "Element", "properties": properties}},
        }
        if any(column.kind is Kind.BOOLEAN for column in columns):
            values = [{"name": name, "value": value} for value, name in enumerate(BOOLEAN_NAMES)]
            schema["enums"] = {BOOLEANS: {"valueType": "UINT8", "values": values}}
        return schema


def schema_of(scene: Scene) -> Schema:
    """Return the columns for the properties of elements that are shown."""
    shown = [element for element in scene.elements if element.parts]
    often = Counter(name for element in shown for name in element.properties)
    chosen = {name for name, _ in often.most_common(MOST_COLUMNS)}
    kinds: dict[str, set[Kind]] = {name: set() for name in often if name in chosen}
    for element in shown:
        for name, value in element.properties.items():
            if name in chosen:
                kinds[name].add(_kind_of(value))
    taken = {ID, CLASS_NAME, NAME, MORE}
    columns = {
        name: Column(id=_identifier(name, taken), name=name[:MOST_NAME], kind=_united(of)) for name, of in kinds.items()
    }
    return Schema(columns=MappingProxyType(columns))


def further(element: Element, schema: Schema) -> dict[str, Value]:
    """Return the properties that have no column."""
    return {name: value for name, value in element.properties.items() if name not in schema.columns}


def _kind_of(value: Value) -> Kind:
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int):
        if NO_INTEGER < value < -NO_INTEGER:
            return Kind.INTEGER
        return Kind.FLOAT if abs(value) <= MOST_EXACT else Kind.TEXT
    if isinstance(value, float):
        return Kind.FLOAT if math.isfinite(value) and value != NO_FLOAT else Kind.TEXT
    return Kind.TEXT


def _united(kinds: set[Kind]) -> Kind:
    """Return the type that holds values of all of these: numbers are one another's, all else is text."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return Kind.FLOAT if kinds == {Kind.INTEGER, Kind.FLOAT} else Kind.TEXT


def _identifier(name: str, taken: set[str]) -> str:
    """Return an identifier that is not taken yet: ASCII letters, digits and underscores, a letter first."""
    word = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")[:MOST_IDENTIFIER]
    word = word if word[:1].isalpha() else f"p_{word}"
    found, number = word, 1
    while found in taken:
        number += 1
        found = f"{word}_{number}"
    taken.add(found)
    return found

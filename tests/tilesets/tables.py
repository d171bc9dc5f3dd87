"""The property tables of EXT_structural_metadata, as rows of plain Python values."""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from tilesets.glb import Glb
from tilesets.wrong import Wrong, need

METADATA: Final = "EXT_structural_metadata"
KINDS: Final = {
    "INT8": "i1",
    "UINT8": "u1",
    "INT16": "<i2",
    "UINT16": "<u2",
    "INT32": "<i4",
    "UINT32": "<u4",
    "INT64": "<i8",
    "UINT64": "<u8",
    "FLOAT32": "<f4",
    "FLOAT64": "<f8",
}
#: Columns that are no properties of the source: the first two are in each table; `more` holds properties as JSON.
FIXED: Final = ("id", "class", "name", "more")
#: What an enumeration calls a boolean.
BOOLEANS: Final = {"false": False, "true": True}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a tile tells of one element."""

    id: str
    class_name: str
    name: str
    #: By the source's own words; what is absent is left out.
    properties: dict[str, Any]


def elements_of(glb: Glb, folder: Path) -> tuple[list[list[Told]], set[str]]:
    """Return the elements of each property table of a tile, and the names of other files that it needs."""
    extension = glb.document.get("extensions", {}).get(METADATA)
    if extension is None:
        return [], set()
    files = {extension["schemaUri"]} if "schemaUri" in extension else set()
    schema = extension.get("schema") or _schema_beside(folder, extension)
    return [_table(glb, table, schema) for table in extension.get("propertyTables", [])], files


def _schema_beside(folder: Path, extension: dict[str, Any]) -> dict[str, Any]:
    need("schemaUri" in extension, "it has tables without a schema")
    schema: dict[str, Any] = json.loads((folder / extension["schemaUri"]).read_text(encoding="utf-8"))
    return schema


def _table(glb: Glb, table: dict[str, Any], schema: dict[str, Any]) -> list[Told]:
    kinds = schema["classes"][table["class"]]["properties"]
    need(set(table["properties"]) <= set(kinds), "a table has a column that its class has not")
    columns = {}
    for name, kind in kinds.items():
        if name in table["properties"]:
            columns[name] = _column(glb, table["properties"][name], kind, table["count"], schema)
        else:
            need(not kind.get("required", False), f"the required column {name} is missing")
    need({"id", "class"} <= set(columns), "a table has no id or class")
    words = {name: kinds[name].get("name", name) for name in columns if name not in FIXED}
    need(len(set(words.values())) == len(words), "two columns of a class have one name")
    return [_told(row, columns, words) for row in range(table["count"])]


def _told(row: int, columns: dict[str, list[Any]], words: dict[str, str]) -> Told:
    values = {word: columns[name][row] for name, word in words.items()}
    more: dict[str, Any] = json.loads(columns["more"][row] or "{}") if "more" in columns else {}
    need(not set(more) & set(values), "a property is in a column and among the others")
    return Told(
        id=columns["id"][row],
        class_name=columns["class"][row],
        name=(columns["name"][row] if "name" in columns else None) or "",
        properties={word: value for word, value in values.items() if value is not None} | more,
    )


def _column(glb: Glb, told: dict[str, Any], kind: dict[str, Any], count: int, schema: dict[str, Any]) -> list[Any]:
    need(not kind.get("array", False) and not kind.get("normalized", False), "a column is of arrays, or normalised")
    data = glb.view(told["values"])
    if kind["type"] == "STRING":
        values: list[Any] = _strings(data, glb.view(told["stringOffsets"]), told, count)
    elif kind["type"] == "BOOLEAN":
        need(len(data) == (count + 7) // 8, "a column of booleans has another length")
        bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")
        values = bits[:count].astype(bool).tolist()
    elif kind["type"] == "ENUM":
        enum = schema["enums"][kind["enumType"]]
        names = {value["value"]: value["name"] for value in enum["values"]}
        names = {number: name for number, name in names.items() if name != kind.get("noData")}
        numbers = _numbers(data, enum.get("valueType", "UINT16"), count)
        values = [BOOLEANS.get(names.get(number, ""), names.get(number)) for number in numbers]
    else:
        need(kind["type"] == "SCALAR", "a column is of a type that the checker does not know")
        values = _numbers(data, kind["componentType"], count)
    return [None if "noData" in kind and value == kind["noData"] else value for value in values]


def _numbers(data: bytes, kind: str, count: int) -> list[Any]:
    values = np.frombuffer(data, dtype=KINDS[kind])
    need(len(values) == count, "a column of numbers has another length")
    numbers: list[Any] = values.tolist()
    return numbers


def _strings(data: bytes, offsets: bytes, told: dict[str, Any], count: int) -> list[str]:
    starts = _numbers(offsets, told.get("stringOffsetType", "UINT32"), count + 1)
    need(starts[0] == 0 and starts[-1] == len(data) and starts == sorted(starts), "the offsets of strings are wrong")
    try:
        return [data[one:two].decode() for one, two in pairwise(starts)]
    except UnicodeDecodeError as error:
        raise Wrong("a string is no UTF-8") from error

"""PLY files for tests."""

import struct
from typing import Any

from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import Lookup, ReadLimits, SourceFile, nothing
from outfeed.mesh.units import Unit

ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
CODES = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "float": "f", "double": "d"}
NEW_NAMES = {"char": "int8", "uchar": "uint8", "short": "int16", "ushort": "uint16", "int": "int32", "uint": "uint32"}

XYZ = ["float x", "float y", "float z"]
SQUARE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
CORNERS = ["list uchar int vertex_indices"]

#: An element: name, properties, rows; a list in a row stands for itself.
Table = tuple[str, list[str], list[list[Any]]]


def a_file(
    *elements: Table, form: str = "binary_little_endian", comments: tuple[str, ...] = (), end: str = "\n"
) -> bytes:
    """Return a PLY file of these elements."""
    lines = ["ply", f"format {form} 1.0", *comments]
    for name, properties, rows in elements:
        lines += [f"element {name} {len(rows)}", *(f"property {one}" for one in properties)]
    head = end.join([*lines, "end_header", ""]).encode()
    values = [
        (one.split(), value)
        for _, properties, rows in elements
        for row in rows
        for one, value in zip(properties, row, strict=True)
    ]
    if form == "ascii":
        rows = [row for _, _, rows in elements for row in rows]
        return head + end.join(" ".join(_words(value) for value in row) for row in rows).encode()
    return head + b"".join(_packed(words, value, ORDERS[form]) for words, value in values)


def _words(value: Any) -> str:
    return " ".join(map(str, [len(value), *value] if isinstance(value, list) else [value]))


def _packed(words: list[str], value: Any, order: str) -> bytes:
    if words[0] != "list":
        return struct.pack(order + CODES[words[0]], value)
    return struct.pack(f"{order}{CODES[words[1]]}", len(value)) + struct.pack(
        f"{order}{len(value)}{CODES[words[2]]}", *value
    )


def points(rows: list[list[Any]] = SQUARE, *, more: list[str] | None = None) -> Table:
    return ("vertex", [*XYZ, *(more or [])], rows)


def faces(*rows: list[int]) -> Table:
    return ("face", CORNERS, [[row] for row in rows])


def reading(data: bytes, *, companion: Lookup = nothing, most: int = 1_000_000) -> Reading:
    source = SourceFile(content=data, companion=companion)
    return read_source(source, format="ply", unitless=Unit.MILLIMETRE, limits=ReadLimits(max_triangles=most))

"""The kernels again, slow and plain: what they must equal."""

import itertools
import math
import struct

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Positions


def weld(corners: Positions) -> tuple[Positions, NDArray[np.int32]]:
    """Weld by the bits of the values, -0.0 being 0.0; vertices in the order of their first appearance."""
    plain = np.where(corners == 0, 0, corners).astype(corners.dtype)
    bits = plain.view(np.uint32 if corners.dtype == np.float32 else np.uint64)
    _, first, index = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.zeros(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return plain[first[order]], rank[index.reshape(-1)]


def number(value: np.float32 | np.float64) -> str:
    """Return the fewest digits: plain between 1e-4 and what the type counts exactly, else with an exponent."""
    if value == 0:
        return "0"
    low, high = (float(type(value)(bound)) for bound in (1e-4, 1e15))
    if low <= abs(float(value)) < high:
        # A float32 that large is a whole number, and all of its digits are written.
        value = np.float64(value) if abs(float(value)) >= 2**24 else value
        return np.format_float_positional(value, unique=True, trim="-")
    return np.format_float_scientific(value, unique=True, trim="-", exp_digits=2)


def point_rows(word: str, values: Positions) -> str:
    """Return lines of a word and numbers."""
    return "".join(f"{word} {' '.join(number(value) for value in row)}\n" for row in values)


def stl_ascii(text: str) -> list[list[float]]:
    """Return the corners that follow each word "vertex"."""
    words = text.lower().split()
    return [[float(word) for word in words[at + 1 : at + 4]] for at, word in enumerate(words) if word == "vertex"]


def obj(text: str) -> tuple[list[list[float]], list[list[int]]]:
    """Return the positions of a file and its faces as fans, counted from 0."""
    points: list[list[float]] = []
    faces: list[list[int]] = []
    for line in text.splitlines():
        word, *rest = line.split() or [""]
        if word == "v":
            points.append([float(number) for number in rest[:3]])
        if word == "f":
            numbers = [int(corner.split("/")[0]) for corner in rest]
            corners = [n - 1 if n > 0 else len(points) + n for n in numbers]
            faces += [[corners[0], corners[i], corners[i + 1]] for i in range(1, len(corners) - 1)]
    return points, faces


def normal(corners: list[list[float]]) -> list[float]:
    """Return the unit normal of one triangle, zeros where it has no area."""
    a, b, c = corners
    u, v = [x - y for x, y in zip(b, a, strict=True)], [x - y for x, y in zip(c, a, strict=True)]
    cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    length = math.hypot(*cross)
    return [part / length for part in cross] if length else [0.0, 0.0, 0.0]


def fans(counts: list[int]) -> list[list[int]]:
    """Return the fan of each polygon from its first corner, as positions in the list of all corners."""
    firsts = [sum(counts[:i]) for i in range(len(counts))]
    return [[a, a + i, a + i + 1] for a, n in zip(firsts, counts, strict=True) for i in range(1, n - 1)]


def obj_surface(text: str) -> tuple[list[list[list[int] | None]], list[str | None]]:
    """Return the colours of the corners of each triangle, and its material's name; of words that blanks separate."""
    given: list[list[float] | None] = []
    faces: list[list[int]] = []
    names: list[str | None] = []
    name: str | None = None
    for line in text.splitlines():
        word, *rest = line.split()
        if word == "v":
            numbers = list(
                itertools.takewhile(lambda word: word.replace(".", "").isdigit() or word == "nan", rest[3:7])
            )
            whole = len(numbers) >= 3 and "nan" not in numbers
            given.append([float(number) for number in numbers] if whole else None)
        elif word == "usemtl":
            name = " ".join(rest)
        elif word == "f":
            corners = [int(corner) - 1 for corner in rest]
            faces += [[corners[0], *pair] for pair in itertools.pairwise(corners[1:])]
            names += [name] * (len(corners) - 2)
    largest = max((number for numbers in given if numbers for number in numbers), default=0.0)
    scale = 1 if largest > 1.5 else 255
    colors: list[list[int] | None] = [
        [min(255, round(scale * number)) for number in numbers] + [255] * (4 - len(numbers)) if numbers else None
        for numbers in given
    ]
    return [[colors[corner] for corner in face] for face in faces], names


def list_rows(data: bytes, layout: list[tuple[int, str, int]], last: int, order: str) -> list[list[int]]:
    """
    Return for each whole row where its fixed parts begin.

    `layout` has the bytes before each list, the type of its count and the bytes of its items; `last` the bytes behind.
    """
    rows: list[list[int]] = []
    begin = 0
    while True:
        at, places = begin, []
        for fixed, kind, item in layout:
            places.append(at)
            size = struct.calcsize(kind)
            if at + fixed + size > len(data):
                return rows
            count = struct.unpack_from(order + kind, data, at + fixed)[0]
            if count < 0 or count != count // 1:
                return rows
            at += fixed + size + int(count) * item
        if at + last > len(data):
            return rows
        rows.append([*places, at])
        begin = at + last


def even_rows(data: bytes, row_bytes: int, at: int, size: int) -> int:
    """Return how many rows have the bytes of the first one in a place."""
    rows = [data[i : i + row_bytes][at : at + size] for i in range(0, len(data), row_bytes)]
    return len(list(itertools.takewhile(lambda row: row == rows[0], rows)))


def index_rows(rows: list[bytes], at: int, form: str) -> list[list[int]]:
    """Return the numbers of the rows up to the first that has one which is no index."""
    tables = [struct.unpack_from(form, row, at) for row in rows]
    sound = itertools.takewhile(lambda table: all(abs(n) < 2**31 and n == n // 1 for n in table), tables)
    return [[int(n) for n in table] for table in sound]

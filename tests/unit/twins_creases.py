"""The kernel of `bind_creases.cpp` again, slow and plain."""

import math
from itertools import pairwise
from typing import Any

import numpy as np

Vector = tuple[float, float, float]


def creased(points: Any, elements: Any, faces: Any, crease: float) -> tuple[Any, Any, Any]:
    """Return the vertex of each new one, the normals, and the corners that count new ones."""
    first: dict[tuple[int, ...], int] = {}
    places = [
        first.setdefault((*point, element), row)
        for row, (point, element) in enumerate(zip(points.tolist(), elements.tolist(), strict=True))
    ]
    across = [_across(*(tuple(map(float, points[corner])) for corner in face)) for face in faces]
    users: dict[int, list[tuple[int, int]]] = {}
    for face, corners in enumerate(faces.tolist()):
        for corner in range(3):
            users.setdefault(places[corners[corner]], []).append((face, corner))
    normals: dict[tuple[int, int], tuple[int, ...]] = {}
    for around in users.values():
        for members in _groups(around, faces, places, across, crease):
            total = [0.0, 0.0, 0.0]
            for face, _ in members:
                total = [one + other for one, other in zip(total, across[face], strict=True)]
            normals |= dict.fromkeys(members, _rounded(total))
    pairs = [
        (vertex, normals[face, corner])
        for face, three in enumerate(faces.tolist())
        for corner, vertex in enumerate(three)
    ]
    new = sorted(set(pairs), key=lambda pair: (places[pair[0]], pair[0], bytes(n % 256 for n in pair[1])[::-1]))
    numbers = {pair: number for number, pair in enumerate(new)}
    corners = [numbers[pair] for pair in pairs]
    rows = np.array([vertex for vertex, _ in new], dtype=np.int32)
    table = np.array([(*normal, 0) for _, normal in new], dtype=np.int8).reshape(-1, 4)
    return rows, table, np.array(corners, dtype=np.int32).reshape(-1, 3)


def _across(a: Any, b: Any, c: Any) -> Vector:
    (p, q, r), (s, t, u) = (tuple(y - x for x, y in zip(a, end, strict=True)) for end in (b, c))
    return q * u - r * t, r * s - p * u, p * t - q * s


def _length(vector: Any) -> float:
    x, y, z = vector
    return math.sqrt(x * x + y * y + z * z)


def _groups(around: Any, faces: Any, places: Any, across: Any, crease: float) -> list[list[tuple[int, int]]]:
    """Return the corners at a place that come together across smooth edges."""
    groups = {user: user for user in around}
    sides = sorted(
        (places[faces[face][(corner + step) % 3]], number, (face, corner))
        for number, (face, corner) in enumerate(around)
        for step in (1, 2)
    )
    for (one, _, a), (other, _, b) in pairwise(sides):
        u, v = across[a[0]], across[b[0]]
        along = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
        if one == other and along >= crease * (_length(u) * _length(v)):
            groups = {user: groups[a] if group == groups[b] else group for user, group in groups.items()}
    return [[user for user in around if groups[user] == group] for group in dict.fromkeys(groups.values())]


def _rounded(total: Any) -> tuple[int, ...]:
    length = _length(total)
    return tuple(round(value / length * 127) for value in total) if length > 0 else (0, 0, 127)

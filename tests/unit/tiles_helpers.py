"""Scenes and tilesets that the tests of tiles share."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.model import Element, Matrix, Part, Scene, check


def a_scene_of(*meshes: Mesh, to_earth: Matrix | None = None) -> Scene:
    """Return a scene with an element for each mesh, whose numbers are taken for metres."""
    elements = tuple(
        Element(id=f"id-{row}", class_name="Mesh", name=f"mesh {row}", parts=(Part(shape=row),))
        for row in range(len(meshes))
    )
    shapes = tuple(replace(mesh, unit=Unit.METRE) for mesh in meshes)
    return check(Scene(elements=elements, shapes=shapes, to_earth=to_earth))


def moved(x: float, y: float = 0.0, z: float = 0.0) -> Matrix:
    """Return the transform of a move."""
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def placed_often(mesh: Mesh, places: list[Matrix]) -> Scene:
    """Return a scene that shows one shape in many places, each as an element."""
    elements = tuple(
        Element(id=f"id-{row}", class_name="Mesh", parts=(Part(shape=0, transform=place),))
        for row, place in enumerate(places)
    )
    return check(Scene(elements=elements, shapes=(replace(mesh, unit=Unit.METRE),)))


def a_terrain(side: int, *, seed: int = 0) -> Mesh:
    """Return an open surface of 2 * side * side triangles with hills, one metre apart."""
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0), indexing="ij")
    dice = np.random.default_rng(seed)
    z = 3 * np.sin(x / 5) * np.cos(y / 7) + dice.uniform(0, 0.2, x.shape)
    a = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).reshape(-1)
    b, c, d = a + side + 1, a + side + 2, a + 1
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    vertices = np.stack([x, y, z], axis=2).reshape(-1, 3)
    return Mesh(vertices=vertices, faces=faces.astype(np.int32), unit=Unit.METRE)


def a_tub(sides: int, *, rim: float) -> Mesh:
    """Return a tube, open below, that hangs on a thin ring: at their common circle each edge has three triangles."""
    turn = np.arange(sides) * (2 * np.pi / sides)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    rings = [
        np.column_stack([radius * circle, np.full(sides, height)])
        for radius, height in ((1.0, 0.0), (1.2, 0.0), (1.2, rim), (1.0, rim), (1.0, -1.0))
    ]
    one, two = np.arange(sides), np.roll(np.arange(sides), -1)
    faces = []
    for low, high in ((0, 1), (1, 2), (2, 3), (3, 0), (0, 4)):
        a, b, c, d = one + sides * low, two + sides * low, two + sides * high, one + sides * high
        faces += [np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]
    vertices = np.concatenate(rings)
    return Mesh(vertices=vertices, faces=np.concatenate(faces).astype(np.int32), unit=Unit.METRE)


def tileset_in(folder: Path) -> dict[str, Any]:
    """Return the object of `tileset.json`."""
    made: dict[str, Any] = json.loads((folder / "tileset.json").read_bytes())
    return made


def tiles_in(tile: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a tile and all below it."""
    yield tile
    for child in tile.get("children", []):
        yield from tiles_in(child)


def corners_of(points: NDArray[np.int32], faces: NDArray[np.int32]) -> list[tuple[int, ...]]:
    """Return the corners of each face, the lowest first, sorted: equal for the same triangles in any order."""
    corners = points[faces].tolist()
    turned = (min([a, b, c], [b, c, a], [c, a, b]) for a, b, c in corners)
    return sorted(tuple(number for corner in face for number in corner) for face in turned)

"""Sample meshes, made by formula: for the demo, the tutorial and the tests."""

import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit


def write_samples(folder: Path) -> list[Path]:
    """Write each sample into a folder that exists, and return the files."""
    return [_write(folder / name, *sample) for name, sample in SAMPLES.items()]


def _write(path: Path, make: Callable[[], Mesh], file_format: str) -> Path:
    with path.open("wb") as out:
        write_mesh(make(), out, format=file_format, unitless=Unit.MILLIMETRE)
    return path


def torus(*, around: int = 96, along: int = 32, radius: float = 30.0, thickness: float = 10.0) -> Mesh:
    """Return a closed ring in mm."""
    a, b = np.meshgrid(np.arange(around) * math.tau / around, np.arange(along) * math.tau / along, indexing="ij")
    reach = radius + thickness * np.cos(b)
    points = np.stack([reach * np.cos(a), reach * np.sin(a), thickness * np.sin(b)], axis=-1)
    return _mesh(points.reshape(-1, 3), _wrapped_grid(around, along))


def cube_with_hole(*, size: float = 20.0, hole: float = 10.0) -> Mesh:
    """Return a cube in mm with a square hole from top to bottom, standing on z = 0."""
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
    return _mesh(*_prism(square * size, square * hole, size))


def gear(*, teeth: int = 24, radius: float = 25.0, bore: float = 6.0, height: float = 8.0) -> Mesh:
    """Return a gear wheel in mm with a bore, standing on z = 0."""
    angles = np.arange(teeth * 4) * math.tau / (teeth * 4)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = np.where(np.arange(teeth * 4) % 4 < 2, radius, radius * 0.88)  # noqa: PLR2004 two corners out, two in
    return _mesh(*_prism(circle * reach[:, None], circle * bore, height))


def terrain(*, cells: int = 120, size: float = 100.0) -> Mesh:
    """Return an open, hilly surface in mm."""
    line = np.linspace(0.0, 1.0, cells + 1)
    x, y = np.meshgrid(line, line, indexing="ij")
    z = 0.06 * np.sin(7 * x + 3 * y) * np.cos(5 * y - 2 * x) + 0.02 * np.sin(31 * x) * np.sin(27 * y)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3) * size
    return _mesh(points, _grid(cells, cells, cells + 1))


def textured_tile(*, cells: int = 12, size: float = 40.0) -> Mesh:
    """Return a wavy square in mm with texture coordinates from 0 to 1."""
    line = np.linspace(0.0, 1.0, cells + 1)
    u, v = (axis.ravel() for axis in np.meshgrid(line, line, indexing="ij"))
    points = np.stack([u, v, 0.1 * np.sin(math.tau * u)], axis=1) * size
    faces = _grid(cells, cells, cells + 1)
    return Mesh(vertices=points, faces=faces, unit=Unit.MILLIMETRE, uvs=np.stack([u, v], axis=1), uv_faces=faces)


def rainbow_ring() -> Mesh:
    """Return the torus with a colour at each corner, by its angle."""
    ring = torus()
    turn = np.arctan2(ring.vertices[:, 1], ring.vertices[:, 0])
    shares = 0.5 + 0.5 * np.cos(turn[:, None] - np.arange(3) * math.tau / 3)
    colors = np.column_stack([np.rint(shares * 255), np.full(len(turn), 255)]).astype(np.uint8)
    return replace(ring, colors=colors, color_faces=ring.faces)


def chequered_tile() -> Mesh:
    """Return the wavy square with a texture of eight by eight fields."""
    from PIL import Image  # noqa: PLC0415 a library that other samples do without

    fields = np.indices((8, 8)).sum(axis=0) % 2 == 0
    out = io.BytesIO()
    Image.fromarray(np.where(fields, np.uint8(235), np.uint8(60)).repeat(8, axis=0).repeat(8, axis=1)).save(out, "PNG")
    tile = textured_tile()
    return replace(
        tile,
        materials=(Material(name="chequers", texture=0),),
        material_faces=np.zeros(len(tile.faces), dtype=np.int32),
        textures=(Texture(image=out.getvalue(), media_type="image/png"),),
    )


def _prism(
    outline: NDArray[np.float64], hole: NDArray[np.float64], height: float
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return a prism with a hole; both outlines (n, 2) are counter-clockwise and have as many corners."""
    rings = [(outline, 0.0), (outline, height), (hole, height), (hole, 0.0)]
    points = np.stack([np.column_stack([ring, np.full(len(ring), z)]) for ring, z in rings], axis=1)
    return points.reshape(-1, 3), _wrapped_grid(len(outline), len(rings))


def _grid(rows: int, columns: int, stride: int) -> NDArray[np.int32]:
    """Return two triangles for each cell of a grid whose points lie row after row."""
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"))
    a, b, c, d = i * stride + j, (i + 1) * stride + j, (i + 1) * stride + j + 1, i * stride + j + 1
    return np.stack([a, b, c, a, c, d], axis=1).reshape(-1, 3).astype(np.int32)


def _wrapped_grid(rows: int, columns: int) -> NDArray[np.int32]:
    """Return the triangles of a grid whose last row and column meet the first ones."""
    faces = _grid(rows, columns, columns + 1).astype(np.int64)
    row, column = faces // (columns + 1), faces % (columns + 1)
    wrapped = row % rows * columns + column % columns
    return wrapped.astype(np.int32)


def _mesh(points: NDArray[np.float64], faces: NDArray[np.int32]) -> Mesh:
    return Mesh(vertices=points, faces=faces, unit=Unit.MILLIMETRE)


#: File name: what makes it, and the format that it is written in.
SAMPLES: Final[dict[str, tuple[Callable[[], Mesh], str]]] = {
    "gear.stl": (gear, "stl_binary"),
    "cube-with-hole.stl": (cube_with_hole, "stl_ascii"),
    "torus.obj": (torus, "obj"),
    "terrain.stl": (terrain, "stl_binary"),
    "tile-with-uvs.obj": (textured_tile, "obj"),
    "rainbow-ring.3mf": (rainbow_ring, "3mf"),
    "chequered-tile.zip": (chequered_tile, "obj_zip"),
}

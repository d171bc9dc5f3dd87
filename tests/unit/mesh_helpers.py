"""Meshes and files that the mesh tests share."""

import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from outfeed.mesh.formats.registry import read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit

#: Real and hostile files; they stand beside the checkout and are never copied into it.
DATA = Path(os.environ.get("OUTFEED_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")

CUBE_CORNERS = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
CUBE_QUADS = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
CUBE_FACES = [corner for a, b, c, d in CUBE_QUADS for corner in ((a, b, c), (a, c, d))]


def a_cube(
    size: float = 10, *, dtype: type[np.float32 | np.float64] = np.float64, unit: Unit = Unit.MILLIMETRE
) -> Mesh:
    """Return a closed cube with a corner at the origin."""
    wide = np.array(CUBE_CORNERS, dtype=np.float64) * size
    vertices = wide.astype(np.float32) if dtype is np.float32 else wide
    return Mesh(vertices=vertices, faces=np.array(CUBE_FACES, dtype=np.int32), unit=unit)


def triangles_of(mesh: Mesh) -> list[list[list[float]]]:
    """Return the corners of each triangle, in order."""
    corners: list[list[list[float]]] = mesh.vertices[mesh.faces].tolist()
    return corners


def binary_stl(
    triangles: Sequence[Sequence[Sequence[float]]],
    *,
    header: bytes = b"a test",
    count: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """Return a binary STL file, with a count that may lie."""
    records = b"".join(struct.pack("<12fH", 0, 0, 0, *(x for p in t for x in p), 0) for t in triangles)
    return header.ljust(80, b"\0") + struct.pack("<I", len(triangles) if count is None else count) + records + tail


def ascii_stl(triangles: Sequence[Sequence[Sequence[float]]], *, name: str = "part", end: str = "\n") -> str:
    """Return an ASCII STL file with line ends of one's choice."""
    lines = [f"solid {name}"]
    for triangle in triangles:
        corners = [f"vertex {' '.join(str(x) for x in point)}" for point in triangle]
        lines += ["facet normal 0 0 0", "outer loop", *corners, "endloop", "endfacet"]
    return end.join([*lines, f"endsolid {name}", ""])


def read(data: bytes | str, folder: Path, *, form: str, most: int = 1_000_000, unit: Unit = Unit.MILLIMETRE) -> Mesh:
    """Read bytes as a file of a format."""
    path = folder / f"source.{form}"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_mesh(path, format=form, unitless=unit, limits=ReadLimits(max_triangles=most)).mesh


def written(mesh: Mesh, form: str, *, unit: Unit = Unit.MILLIMETRE) -> bytes:
    """Return the bytes of a mesh in a format."""
    out = io.BytesIO()
    write_mesh(mesh, out, format=form, unitless=unit)
    return out.getvalue()

"""Inputs of the benchmarks, made by formula: closed, noisy, organic surfaces.

`python inputs.py SIZE FILE...` writes the surface of a size into each file, in the form that the end of its name says:
binary STL, or one of `KINDS`.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sheet_sets import make_set

from outfeed.mesh.formats.registry import read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.samples import write_house

#: Size: parts, and segments along an edge of the octahedron that each part is divided from (8 * n * n triangles).
SIZES = {"S": (1, 60), "M": (1, 366), "L": (10, 357), "XL": (100, 354)}

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])

#: Forms besides `stl`: welded arrays, and what our writers write.
KINDS = {"npz": "", "ascii.stl": "stl_ascii", "obj": "obj", "ply": "ply", "glb": "glb", "3mf": "3mf"}

#: Real and hostile files beside the checkout: buildings are no formulas.
DATA = Path(os.environ.get("OUTFEED_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
#: By size; S is the project's own sample.
BUILDINGS = {"M": DATA / "ifc" / "bimwhale-LargeBuilding.ifc"}
#: By size: sets as a drawing program writes them.
DRAWN_SETS = {"M": DATA / "pdf" / "made-sheetset_12.pdf"}


def make(size: str, targets: list[Path]) -> None:
    """Write the surface of a size into files."""
    others = [target for target in targets if _kind(target) not in ("stl", "ifc", "sheets.pdf", "set.pdf")]
    for target in targets:
        if _kind(target) == "stl":
            make_stl(target, size)
        elif _kind(target) == "ifc":
            _make_building(target, size)
        elif _kind(target).endswith("pdf"):
            _make_sheets(target, size)
    if others:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "made.stl"
            make_stl(source, size)
            mesh = _read(source)
        for target in others:
            _convert(mesh, target)


def is_there(kind: str, size: str) -> bool:
    """Tell whether an input can be made."""
    real = {"ifc": BUILDINGS, "set.pdf": DRAWN_SETS}.get(kind, {})
    return size not in real or real[size].is_file()


def _make_sheets(target: Path, size: str) -> None:
    if _kind(target) == "set.pdf" and size in DRAWN_SETS:
        shutil.copyfile(DRAWN_SETS[size], target)
    else:
        make_set(target, size)


def _make_building(target: Path, size: str) -> None:
    if size in BUILDINGS:
        shutil.copyfile(BUILDINGS[size], target)
    else:
        write_house(target)


def _kind(target: Path) -> str:
    return target.name.partition(".")[2]


def _read(source: Path) -> Mesh:
    limits = ReadLimits(max_triangles=10**9)
    return read_mesh(source, format="stl", unitless=Unit.MILLIMETRE, limits=limits).mesh


def _convert(mesh: Mesh, target: Path) -> None:
    if _kind(target) == "npz":
        np.savez(target, vertices=mesh.vertices, faces=mesh.faces)
        return
    with target.open("wb") as out:
        write_mesh(mesh, out, format=KINDS[_kind(target)], unitless=Unit.MILLIMETRE)


def triangles_in(size: str) -> int:
    """Return the number of triangles of a size."""
    parts, segments = SIZES[size]
    return parts * 8 * segments**2


def make_stl(path: Path, size: str) -> None:
    """Write the STL file of a size; the same bytes each time."""
    parts, segments = SIZES[size]
    with path.open("wb") as out:
        out.write(b"benchmark".ljust(80, b"\0") + np.uint32(triangles_in(size)).tobytes())
        for part in range(parts):
            for octant in range(8):
                records = np.zeros(segments**2, dtype=RECORD)
                records["corners"] = _octant(octant, segments, part)
                out.write(records.tobytes())


def _octant(octant: int, segments: int, part: int) -> NDArray[np.float32]:
    """Return the triangles (n * n, 3, 3) of an eighth of a displaced sphere of 50 mm."""
    signs = np.array([1 - 2 * (octant >> axis & 1) for axis in range(3)])
    lattice = _lattice(segments)
    if signs.prod() < 0:
        lattice = lattice[:, ::-1]
    # Neighbours compute their common points from the same whole numbers, so they are equal to the bit.
    grid = lattice * signs
    direction = grid / np.linalg.norm(grid, axis=2, keepdims=True)
    waves = sum(np.sin(3 * 2**k * direction + k + part).prod(axis=2) / 2**k for k in range(5))
    grain = np.sin(grid @ np.array([12.9898, 78.233, 37.719])) * 0.002
    reach = 50 * (1 + 0.1 * waves + grain)[..., None]
    points: NDArray[np.float64] = direction * reach + np.array([130.0 * part, 0, 0])
    return points.astype(np.float32)


def _lattice(n: int) -> NDArray[np.int64]:
    """Return the small triangles (n * n, 3, 3) of the triangle x + y + z = n, as whole coordinates."""
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    upright = _points(n, [(i, j), (i + 1, j), (i, j + 1)])[i + j < n]
    turned = _points(n, [(i + 1, j), (i + 1, j + 1), (i, j + 1)])[i + j < n - 1]
    return np.concatenate([upright, turned])


def _points(n: int, corners: list[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> NDArray[np.int64]:
    return np.stack([np.stack([x, y, n - x - y], axis=1) for x, y in corners], axis=1)


if __name__ == "__main__":
    make(sys.argv[1], [Path(name) for name in sys.argv[2:]])

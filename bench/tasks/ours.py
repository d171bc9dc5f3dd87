"""Outfeed."""

from pathlib import Path

import numpy as np

from outfeed.mesh.analyze import analyze
from outfeed.mesh.formats.registry import read_mesh, reader_for, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.levels import coarser
from outfeed.mesh.model import Mesh
from outfeed.mesh.reduce import reduce
from outfeed.mesh.units import Unit
from tasks import Arrays, Work

#: Files are ours, and large.
LIMITS = ReadLimits(max_triangles=10**9, max_unpacked_bytes=1 << 40)

#: Ends of names that say which of a format's forms is written.
WRITERS = {"ascii.stl": "stl_ascii", "obj": "obj", "ply": "ply", "glb": "glb", "3mf": "3mf"}


def read(source: Path, _target: Path) -> Work:
    """Read a file of any format into a mesh, checked and welded."""
    return lambda: _arrays(_read(source))


def convert(source: Path, target: Path) -> Work:
    """Read a file and write it in another format."""
    return lambda: _write(_read(source), target)


def write(source: Path, target: Path) -> Work:
    """Write a mesh that is in memory."""
    mesh = _loaded(source)
    return lambda: _write(mesh, target)


def analysis(source: Path, _target: Path) -> Work:
    """Look for everything but faces that cross."""
    return _analysis(source, intersections=False)


def analysis_with_intersections(source: Path, _target: Path) -> Work:
    """Look for everything."""
    return _analysis(source, intersections=True)


def _analysis(source: Path, *, intersections: bool) -> Work:
    mesh = _loaded(source)

    def work() -> None:
        analyze(mesh, intersections=intersections)

    return work


def level(source: Path, _target: Path) -> Work:
    """Make a level of detail, with a tenth of the triangles."""
    mesh = _loaded(source)
    return lambda: _arrays(coarser(mesh, len(mesh.faces) // 10).mesh)


def reduced(source: Path, _target: Path) -> Work:
    """Reduce to a tenth of the triangles."""
    mesh = _loaded(source)
    return lambda: _arrays(reduce(mesh, 0.1))


def _arrays(mesh: Mesh) -> Arrays:
    return [mesh.vertices, mesh.faces]


def _read(source: Path) -> Mesh:
    name = reader_for(source.name) or ""
    return read_mesh(source, format=name, unitless=Unit.MILLIMETRE, limits=LIMITS).mesh


def _write(mesh: Mesh, target: Path) -> None:
    with target.open("wb") as out:
        write_mesh(mesh, out, format=WRITERS[target.name.partition(".")[2]], unitless=Unit.MILLIMETRE)


def _loaded(source: Path) -> Mesh:
    """Return the mesh of two arrays."""
    arrays = np.load(source)
    return Mesh(vertices=arrays["vertices"], faces=arrays["faces"], unit=Unit.MILLIMETRE)

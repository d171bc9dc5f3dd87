"""Mesh files as scenes: the whole file is one element."""

from dataclasses import replace

from outfeed.mesh.build import welded
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, like
from outfeed.mesh.reporting import Report
from outfeed.mesh.units import Unit
from outfeed.scene.model import Element, Part, Scene

#: The one element of a mesh file.
CLASS_NAME = "Mesh"
ID = "mesh"


def read_mesh_as_scene(
    source: SourceFile,
    *,
    format: str,  # noqa: A002 the word of the whole house
    unitless: Unit,
    limits: ReadLimits,
    processes: int,  # noqa: ARG001 every reader's form
    report: Report,
) -> Scene:
    """Read a mesh in a format of `outfeed.mesh.formats.registry`."""
    reading = read_source(source, format=format, unitless=unitless, limits=limits, report=report)
    element = Element(id=ID, class_name=CLASS_NAME, parts=(Part(shape=0),))
    return Scene(elements=(element,), shapes=(in_metres(reading.mesh),), lost=reading.lost)


def in_metres(mesh: Mesh) -> Mesh:
    """Return a mesh with its coordinates in metres."""
    scale = mesh.unit.to(Unit.METRE)
    if scale == 1:
        return replace(mesh, unit=Unit.METRE)
    vertices = like(mesh.vertices.astype("float64") * scale, mesh.vertices)
    return welded(replace(mesh, vertices=vertices, unit=Unit.METRE))

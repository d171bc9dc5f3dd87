"""X3D files that tests of its reader share."""

from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import CUBE_CORNERS, CUBE_QUADS

POINTS = " ".join(str(value) for corner in CUBE_CORNERS for value in corner)
CUBE = f'<Coordinate DEF="cube" point="{POINTS}"/>'
TRIANGLE = '<Coordinate point="0 0 0 1 0 0 0 1 0"/>'
QUADS = [str(corner) for quad in CUBE_QUADS for corner in quad]


def a_file(scene: str, *, head: str = "", version: str = "3.3") -> bytes:
    """Return a document."""
    return f'<X3D version="{version}"><head>{head}</head><Scene>{scene}</Scene></X3D>'.encode()


def a_shape(geometry: str, appearance: str = "") -> str:
    """Return a shape."""
    return f"<Shape>{appearance}{geometry}</Shape>"


def read(data: bytes | str, files: dict[str, bytes] | None = None, *, most: int = 1_000_000) -> Reading:
    """Read a document, or a scene, with what stands beside it."""
    content = data if isinstance(data, bytes) else a_file(data)
    source = SourceFile(content=content, companion=(files or {}).get)
    limits = ReadLimits(max_triangles=most)
    reading = read_source(source, format="x3d", unitless=Unit.MILLIMETRE, limits=limits)
    check(reading.mesh)
    return reading


def lost(reading: Reading) -> set[Trait]:
    """Return what a reader says is lost."""
    return {loss.what for loss in reading.lost}


def z_up(points: list[list[float]]) -> list[list[float]]:
    """Return points of X3D in our axes."""
    return [[x, 0.0 - z, y] for x, y, z in points]


def is_closed(mesh: Mesh) -> bool:
    """Tell whether each edge has a face on both sides, facing the same way."""
    edges = [(a, b) for face in mesh.faces.tolist() for a, b in zip(face, [*face[1:], face[0]], strict=True)]
    return len(edges) == len(set(edges)) and {(b, a) for a, b in edges} == set(edges)


SET = f"<TriangleSet>{TRIANGLE}</TriangleSet>"
SHAPE = a_shape(SET)

"""AMF files that tests of its reader share."""

from typing import Any

from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES


def a_color(*shares: float | str) -> str:
    """Return a colour of three or four shares."""
    inside = "".join(f"<{name}>{share}</{name}>" for name, share in zip("rgba", shares, strict=False))
    return f"<color>{inside}</color>"


def a_vertex(point: tuple[float | str, ...], color: str = "") -> str:
    """Return a vertex."""
    x, y, z = point
    return f"<vertex><coordinates><x>{x}</x><y>{y}</y><z>{z}</z></coordinates>{color}</vertex>"


def a_triangle(corners: tuple[object, ...], more: str = "") -> str:
    """Return a triangle."""
    a, b, c = corners
    return f"<triangle><v1>{a}</v1><v2>{b}</v2><v3>{c}</v3>{more}</triangle>"


CUBE_VERTICES = "".join(a_vertex(corner) for corner in CUBE_CORNERS)
CUBE_VOLUME = f"<volume>{''.join(a_triangle(face) for face in CUBE_FACES)}</volume>"
THREE = "".join(a_vertex(point) for point in ((0, 0, 0), (1, 0, 0), (0, 1, 0)))
ONE = f"<volume>{a_triangle((0, 1, 2))}</volume>"


def an_object(volumes: str = CUBE_VOLUME, *, vertices: str = CUBE_VERTICES, name: str = "1", more: str = "") -> str:
    """Return an object."""
    return f'<object id="{name}">{more}<mesh><vertices>{vertices}</vertices>{volumes}</mesh></object>'


def a_file(*things: str, unit: str = "millimeter") -> bytes:
    """Return a document."""
    return f'<?xml version="1.0"?><amf unit="{unit}">{"".join(things)}</amf>'.encode()


def read(data: bytes, *, most: int = 1_000_000) -> Reading:
    """Read a document."""
    limits = ReadLimits(max_triangles=most, max_unpacked_bytes=1 << 24)
    reading = read_source(SourceFile(content=data), format="amf", unitless=Unit.METRE, limits=limits)
    check(reading.mesh)
    return reading


def lost(reading: Reading) -> set[Trait]:
    """Return what a reader says is lost."""
    return {loss.what for loss in reading.lost}


def corner_colors(mesh: Mesh) -> list[Any]:
    """Return the colours of the corners of each face, None where there is none."""
    assert mesh.colors is not None
    assert mesh.color_faces is not None
    table = [*mesh.colors.tolist(), None]
    return [[table[row] for row in face] for face in mesh.color_faces.tolist()]

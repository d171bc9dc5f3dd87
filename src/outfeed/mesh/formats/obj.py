"""Wavefront OBJ: positions, faces and texture coordinates. Materials, normals and groups are read over.

Polygons become triangles: a fan from the first corner where the polygon is convex, ears cut off one by one where it is
not. One file is granted 2 * 10^7 point-in-triangle tests for that, about a tenth of a second; what is left then becomes
fans, so a face with n corners always gives n - 2 triangles.
"""

from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceDamaged, SourceEmpty
from outfeed.mesh.build import build
from outfeed.mesh.formats.chunks import feed_file
from outfeed.mesh.formats.complaints import raise_complaint
from outfeed.mesh.formats.numbers import in_unit
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Rows that are written together.
CHUNK: Final = 65_536


def read_obj(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read OBJ as float64. Vertices that no face uses are left out; faces of fewer than three corners too.

    Only what faces use is checked: a broken number in a vertex that is not used harms nobody, and real files have them.
    A texture coordinate that is not there leaves its corner without one. Other files that it names are never opened.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    reader = _kernels.Obj(limits.max_triangles)

    def feed(text: NDArray[np.uint8], last: bool) -> int:  # noqa: FBT001 the chunk reader's form
        used = reader.feed(text, last)
        raise_complaint(reader.complaint())
        return used

    with source.open() as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        feed_file(file, source.size, feed, report)
    tables = reader.finish()
    raise_complaint(reader.complaint())
    if not len(tables["faces"]):
        raise SourceDamaged("It has no line that OBJ knows.") if reader.strange() else SourceEmpty
    tables.pop("material_faces", None)
    mesh = build(Mesh(**tables, unit=unitless))
    return Reading(mesh=mesh, stored_triangles=len(mesh.faces))


def write_obj(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """Write OBJ with the fewest digits that read back as the same numbers; texture coordinates where there are some."""
    mesh = in_unit(mesh, unitless)
    vertices = mesh.vertices
    total = max(len(vertices) + len(mesh.faces), 1)
    out.write(b"# OBJ by Outfeed\n")
    _write_points("v", vertices, out)
    if mesh.uvs is not None:
        _write_points("vt", mesh.uvs, out)
    report(len(vertices) / total)
    for first in range(0, len(mesh.faces), CHUNK):
        last = first + CHUNK
        uv_rows = None if mesh.uv_faces is None else mesh.uv_faces[first:last]
        out.write(_kernels.face_rows(mesh.faces[first:last], uv_rows).data)
        report(min(len(vertices) + last, total) / total)
    return ()


def _write_points(word: str, rows: Positions, out: BinaryIO) -> None:
    pieces = (rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK))
    out.writelines(_kernels.point_rows(word, piece).data for piece in pieces)

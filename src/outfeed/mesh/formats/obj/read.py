"""Wavefront OBJ: positions, colours of vertices, texture coordinates, materials from the libraries beside it, faces.

Polygons become triangles: a fan from the first corner where the polygon is convex, ears cut off one by one where it is
not. One file is granted 2 * 10^7 point-in-triangle tests for that, about a tenth of a second; what is left then becomes
fans, so a face with n corners always gives n - 2 triangles.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceDamaged, SourceEmpty
from outfeed.mesh.build import as_rows, build, first_use
from outfeed.mesh.formats.chunks import feed_file
from outfeed.mesh.formats.complaints import raise_complaint
from outfeed.mesh.formats.obj.mtl import plain_name, text_of
from outfeed.mesh.formats.obj.surface import Surface, find_surface
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

#: What the kernel says that a file has besides.
_BESIDES: Final = {
    "normals": Loss(what=Trait.NORMALS),
    "points": Loss(what=Trait.POINTS),
    "lines": Loss(what=Trait.LINES),
    "parts": Loss(what=Trait.STRUCTURE),
    "curves": Loss(what=Trait.OTHER, why="Free-form curves and surfaces."),
}


#: What lines without a name give: neither object nor group.
NOWHERE: Final = ("", "")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Groups:
    """How the lines `o` and `g` divide the faces of a file."""

    #: Names of objects and groups, in the order of the file; an object's name is empty where there is none, and a
    #: group's, where the faces belong to the object itself.
    names: tuple[tuple[str, str], ...]
    #: (m,) int32: row of `names` for each face, -1 for none.
    faces: NDArray[np.int32]


def read_obj(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read OBJ as float64. Vertices that no face uses are left out; faces of fewer than three corners too.

    Only what faces use is checked: a broken number in a vertex that is not used harms nobody, and real files have them.
    A texture coordinate that is not there leaves its corner without one.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    return _reading(_kernels.Obj(limits.max_triangles), source, unitless, limits, report)


def read_grouped_obj(
    source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent
) -> tuple[Reading, Groups]:
    """Read OBJ as `read_obj` does, with the groups of its faces."""
    reader = _kernels.Obj(limits.max_triangles, grouped=True)
    reading = _reading(reader, source, unitless, limits, report)
    objects, groups, faces = reader.groups()
    known = [text_of(name) for name in objects]
    pairs = (name.split(b"\n", 1) for name in groups)
    names = tuple((known[int(row)] if int(row) >= 0 else "", text_of(name)) for row, name in pairs)
    if not len(faces):
        faces = np.full(len(reading.mesh.faces), -1, dtype=np.int32)
    if NOWHERE in names:
        faces = np.where(faces == names.index(NOWHERE), np.int32(-1), faces)
    return reading, Groups(names=names, faces=faces)


def _reading(reader: _kernels.Obj, source: SourceFile, unitless: Unit, limits: ReadLimits, report: Report) -> Reading:
    _feed(reader, source, report)
    tables = reader.finish()
    raise_complaint(reader.complaint())
    if not len(tables["faces"]):
        raise SourceDamaged("It has no line that OBJ knows.") if reader.strange() else SourceEmpty
    surface = Surface(materials=(), textures=(), lost=())
    if "material_faces" in tables:
        surface, tables["material_faces"] = _surface(reader, tables["material_faces"], source, limits)
    mesh = build(Mesh(**tables, materials=surface.materials, textures=surface.textures, unit=unitless))
    return Reading(
        mesh=mesh,
        stored_triangles=len(mesh.faces),
        lost=(*_besides(reader.besides()), *surface.lost),
    )


def _feed(reader: _kernels.Obj, source: SourceFile, report: Report) -> None:
    def feed(text: NDArray[np.uint8], last: bool) -> int:  # noqa: FBT001 the chunk reader's form
        used = reader.feed(text, last)
        raise_complaint(reader.complaint())
        return used

    with source.open() as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        feed_file(file, source.size, feed, report)


def _surface(
    reader: _kernels.Obj, faces: NDArray[np.int32], source: SourceFile, limits: ReadLimits
) -> tuple[Surface, NDArray[np.int32]]:
    """Return the materials that faces have, and the row of each face among those."""
    named = reader.materials()
    used, faces = first_use(faces, len(named), none=True)
    plain: dict[str, int] = {}
    rows = [plain.setdefault(plain_name(text_of(named[row])), len(plain)) for row in used.tolist()]
    lookup = as_rows(np.array([*rows, -1], dtype=np.int32))
    return find_surface(list(plain), reader.libraries(), source.companion, limits), lookup[faces]


def _besides(words: Iterable[str]) -> Iterable[Loss]:
    return (_BESIDES[word] for word in words)

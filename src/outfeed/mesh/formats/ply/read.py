"""PLY, text and binary of both byte orders: positions, faces or strips, colours, texture coordinates, textures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange, SourceDamaged, SourceEmpty, TooManyTriangles
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.build import build
from outfeed.mesh.formats.ply.body import Body
from outfeed.mesh.formats.ply.header import Element, Header, read_header
from outfeed.mesh.formats.ply.looks import (
    COLOR_NAMES,
    CORNER_UVS,
    TEXTURE,
    UV_NAMES,
    colors_of,
    corner_uvs,
    image_numbers,
    images_of,
    uvs_of,
)
from outfeed.mesh.formats.ply.rows import AXES, Columns, Kept, Lists, read_rows, shown
from outfeed.mesh.formats.polygons import Cut, cut
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

Rows = NDArray[np.int32]

VERTEX: Final = "vertex"
FACE: Final = "face"
STRIPS: Final = "tristrips"
EDGE: Final = "edge"
NORMAL: Final = ("nx", "ny", "nz")
#: Names of the list of a face's corners.
CORNERS: Final = ("vertex_indices", "vertex_index")
#: Names in a sentence about what is lost.
MOST_NAMED: Final = 5

#: Properties that are read, by element; lists have their own way.
NUMBERS: Final = {
    VERTEX: frozenset(AXES) | COLOR_NAMES | UV_NAMES,
    FACE: COLOR_NAMES | {TEXTURE},
    STRIPS: frozenset[str](),
}


# A float32 that signals that it is no number is an invalid value to some processors when it becomes float64.
@np.errstate(invalid="ignore")
def read_ply(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read PLY. Binary float coordinates stay float32, all others become float64.

    Faces with more than three corners are cut as those of OBJ are; those with fewer than three are left out, and so are
    the triangles of a strip that name a vertex twice, which only lead to the next piece of it. Where both vertices and
    faces have colours or texture coordinates, colours are the vertices' and texture coordinates the faces'.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    with source.open() as file:
        header = read_header(file)
        vertex = header.named(VERTEX)
        if vertex is None or (header.named(FACE) is None and header.named(STRIPS) is None):
            raise SourceEmpty("It has no faces." if vertex else "It has no vertices.")
        if not {one.name for one in vertex.properties if one.count is None}.issuperset(AXES):
            raise SourceDamaged("Its vertices have no x, y and z.")
        file.seek(header.size)
        body = Body(file, source.size - header.size, order=header.order, report=report)
        tables = {one.name: _read_element(body, one) for one in header.elements if one.rows}
        parts = _Parts(header=header, vertex=vertex, tables=tables, is_whole=body.is_at_end())
    points = tables[VERTEX].points
    triangles = _triangles(parts, points, limits)
    looks = _looks(parts, triangles)
    pictures = _pictures(parts, triangles, source, limits) if looks.uvs is not None else _Pictures()
    mesh = Mesh(
        vertices=points,
        faces=triangles.faces,
        unit=unitless,
        uvs=looks.uvs,
        uv_faces=looks.uv_faces,
        colors=looks.colors,
        color_faces=looks.color_faces,
        materials=pictures.materials,
        material_faces=pictures.faces,
        textures=pictures.textures,
    )
    lost = tuple(_losses(parts, has_uvs=looks.uvs is not None, missing=pictures.missing))
    return Reading(mesh=build(mesh), stored_triangles=len(triangles.faces), lost=lost)


def _read_element(body: Body, element: Element) -> Columns:
    corners = corner_list(element)
    lists: dict[str, Kept] = {CORNER_UVS: np.float64, **({corners: np.int32} if corners else {})}
    known = element.name in NUMBERS
    return read_rows(body, element, numbers=NUMBERS.get(element.name, frozenset()), lists=lists if known else {})


def corner_list(element: Element) -> str | None:
    """Return the name of the list that has the corners: one of the usual ones, or the only list that there is."""
    if element.name not in {FACE, STRIPS}:
        return None
    lists = [one.name for one in element.properties if one.count and one.name != CORNER_UVS]
    usual = next((name for name in CORNERS if name in lists), None)
    found = usual or (lists[0] if len(lists) == 1 else None)
    if found is None:
        raise SourceDamaged(f"Its element {element.name} has no list {CORNERS[0]}.")
    return found


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Parts:
    """What was read."""

    header: Header
    vertex: Element
    tables: dict[str, Columns]
    #: Nothing stands behind the last element.
    is_whole: bool

    def lists(self, name: str) -> Lists:
        """Return the corners of the faces or strips; none where the element is not there."""
        element = self.header.named(name)
        name = (element and corner_list(element)) or ""
        none = np.zeros(0, dtype=np.int32)
        return self.tables[element.name].lists[name] if element else Lists(counts=none, items=none)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Triangles:
    """Triangles of faces, and behind them those of strips."""

    #: (t, 3).
    faces: Rows
    #: Where those of faces come from.
    cut: Cut
    #: How many are of strips.
    of_strips: int

    def of_corners(self, rows: Rows) -> Rows:
        """Return what corners of faces have (c,) for each triangle (t, 3); -1 for those of strips."""
        found = self.cut.of_corners(rows)
        return np.concatenate([found, np.full((self.of_strips, 3), -1, dtype=np.int32)]) if self.of_strips else found

    def of_faces(self, rows: Rows, *, strips: int = -1) -> Rows:
        """Return what faces have (f,) for each triangle (t,), and something for those of strips."""
        found = self.cut.of_polygons(rows)
        return np.append(found, np.full(self.of_strips, strips, dtype=np.int32)) if self.of_strips else found


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Looks:
    """Tables of a mesh."""

    uvs: NDArray[np.float64] | None
    uv_faces: Rows | None
    colors: NDArray[np.uint8] | None
    color_faces: Rows | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Pictures:
    """Images as materials and textures of a mesh."""

    materials: tuple[Material, ...] = ()
    faces: Rows | None = None
    textures: tuple[Texture, ...] = ()
    #: Images that are named and used, and could not be had.
    missing: int = 0


def _triangles(parts: _Parts, points: Positions, limits: ReadLimits) -> _Triangles:
    lists = parts.lists(FACE)
    found = cut(points, lists.counts, lists.items, most=limits.max_triangles)
    faces, of_strips = found.of_corners(lists.items), strip_triangles(parts.lists(STRIPS))
    triangles = found.count + len(of_strips)
    if triangles > limits.max_triangles:
        raise TooManyTriangles(f"It has {triangles}; the limit is {limits.max_triangles}.")
    if not triangles:
        raise SourceEmpty("None of its faces has three corners.")
    if of_strips.size and int(of_strips.max()) >= len(points):
        raise IndexOutOfRange(f"It has {len(points)} vertices, counted from 0.")
    together = np.concatenate([faces, of_strips]) if len(of_strips) else faces
    return _Triangles(faces=together, cut=found, of_strips=len(of_strips))


def strip_triangles(strips: Lists) -> Rows:
    """
    Return the triangles (t, 3) of strips; -1 begins a new one.

    Raises
    ------
    IndexOutOfRange
        If a corner is less than -1.
    """
    corners = strips.items
    if corners.size and int(corners.min()) < -1:
        raise IndexOutOfRange("A strip names a vertex by a negative number.")
    strip = np.repeat(np.arange(len(strips.counts)), strips.counts)
    begins = np.ones(len(corners), dtype=np.bool_)
    begins[1:] = (strip[1:] != strip[:-1]) | (corners[:-1] < 0)
    places = np.arange(len(corners))
    # Every second triangle of a strip goes the other way round.
    turned = (places - np.maximum.accumulate(np.where(begins, places, 0)))[:-2] % 2 == 1
    a, b, c = corners[:-2], corners[1:-1], corners[2:]
    whole = (strip[:-2] == strip[2:]) & (np.minimum(np.minimum(a, b), c) >= 0) & (a != b) & (b != c) & (c != a)
    return np.ascontiguousarray(np.column_stack([np.where(turned, b, a), np.where(turned, a, b), c])[whole])


def _looks(parts: _Parts, triangles: _Triangles) -> _Looks:
    uvs, uv_faces = _uvs(parts, triangles)
    colors, color_faces = _colors(parts, triangles)
    return _Looks(uvs=uvs, uv_faces=uv_faces, colors=colors, color_faces=color_faces)


def _colors(parts: _Parts, triangles: _Triangles) -> tuple[NDArray[np.uint8] | None, Rows | None]:
    colors, face = colors_of(parts.tables[VERTEX], parts.vertex), parts.header.named(FACE)
    if colors is not None:
        return colors, triangles.faces
    colors = colors_of(parts.tables[FACE], face) if face else None
    if colors is None:
        return None, None
    rows = triangles.of_faces(np.arange(len(colors), dtype=np.int32))
    return colors, np.repeat(rows[:, None], 3, axis=1)


def _uvs(parts: _Parts, triangles: _Triangles) -> tuple[NDArray[np.float64] | None, Rows | None]:
    of_faces = parts.tables[FACE].lists.get(CORNER_UVS) if FACE in parts.tables else None
    found = None if of_faces is None else corner_uvs(parts.lists(FACE).counts, of_faces)
    if found is not None:
        uvs, rows = found
        return uvs, triangles.of_corners(rows)
    of_vertices = parts.tables[VERTEX].lists.get(CORNER_UVS)
    found = None if of_vertices is None else corner_uvs(np.ones(parts.vertex.rows, dtype=np.int32), of_vertices)
    if found is not None:
        uvs, rows = found
        return uvs, rows[triangles.faces]
    plain = uvs_of(parts.tables[VERTEX])
    return plain, None if plain is None else triangles.faces


def _pictures(parts: _Parts, triangles: _Triangles, source: SourceFile, limits: ReadLimits) -> _Pictures:
    names = parts.header.textures
    if not names:
        return _Pictures()
    face = parts.header.named(FACE)
    numbers = image_numbers(parts.tables[FACE].numbers, face.rows) if face else np.zeros(0, dtype=np.int32)
    # Triangles of strips do not say which.
    shown = triangles.of_faces(numbers, strips=0)
    images = images_of(names, np.unique(shown).tolist(), source, limits)
    rows = np.append(images.rows, np.int32(-1))[np.where(shown < len(names), shown, -1)]
    return _Pictures(
        materials=images.materials,
        faces=rows if images.materials else None,
        textures=images.textures,
        missing=images.missing,
    )


def _losses(parts: _Parts, *, has_uvs: bool, missing: int) -> Iterator[Loss]:
    header, vertex, face = parts.header, parts.vertex, parts.header.named(FACE)
    if any(element.named(name) for element in (vertex, face) if element for name in NORMAL):
        yield Loss(what=Trait.NORMALS)
    yield from _lost_uvs(parts)
    if header.named(EDGE):
        yield Loss(what=Trait.LINES)
    if face and colors_of(parts.tables[FACE], face) is not None and colors_of(parts.tables[VERTEX], vertex) is not None:
        yield Loss(what=Trait.COLORS, why="Colours of faces: its vertices have colours too.")
    if missing:
        yield Loss(what=Trait.TEXTURES, why=f"{missing} of the images that it names are not there or are no images.")
    elif header.textures and not has_uvs:
        yield Loss(what=Trait.TEXTURES, why="It names images, but has no texture coordinates.")
    others = [*_others(header)]
    if others or not parts.is_whole:
        behind = [] if parts.is_whole else ["data behind its last element"]
        yield Loss(what=Trait.OTHER, why=f"What a mesh does not hold: {', '.join([*others[:MOST_NAMED], *behind])}.")


def _lost_uvs(parts: _Parts) -> Iterator[Loss]:
    """Yield what becomes of texture coordinates that have no place."""
    lists = parts.tables[FACE].lists.get(CORNER_UVS) if FACE in parts.tables else None
    if lists is None or not len(lists.items):
        return
    if bool(((lists.counts != 2 * parts.lists(FACE).counts.astype(np.int64)) & (lists.counts > 0)).any()):
        yield Loss(what=Trait.UVS, why="Texture coordinates of faces that have not two numbers for each corner.")
    elif uvs_of(parts.tables[VERTEX]) is not None or CORNER_UVS in parts.tables[VERTEX].lists:
        yield Loss(what=Trait.UVS, why="Texture coordinates of vertices: its faces have some too.")


def _others(header: Header) -> Iterator[str]:
    """Yield the names of what is read over, as they can stand in a sentence."""
    for element in header.elements:
        if element.name in NUMBERS:
            known = {*NUMBERS[element.name], *NORMAL, CORNER_UVS, corner_list(element)}
            yield from (shown(one.name) for one in element.properties if one.name not in known)
        elif element.rows and element.name != EDGE:
            yield shown(element.name)

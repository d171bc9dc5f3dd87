"""The geometries of X3D that list their corners: sets of faces, triangles, quads, fans and strips, and grids."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats import runs
from outfeed.mesh.formats.placing import Body, Rows, body
from outfeed.mesh.formats.x3d.fields import flag, floats, rows, scalar
from outfeed.mesh.formats.x3d.world import World
from outfeed.mesh.formats.xml_tree import Element
from outfeed.mesh.traits import Trait

#: The order of corners that `ccw` says.
CLOCKWISE: Final = [0, 2, 1]
NOTHING: Final = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Faces:
    """Triangles of a set."""

    #: The set's list of corners: the point of each (n,).
    corners: Rows
    #: Positions in that list (t, 3).
    triangles: Rows
    #: The face, fan or strip of each triangle (t,).
    faces: Rows


def set_body(world: World, element: Element) -> Body:
    """Return the body of a set; see `SETS`."""
    points = _points(world, element)
    found = SETS[element.tag](element, points)
    if world.first(element, "Normal") is not None:
        world.noted.add(Trait.NORMALS)
    colors, uvs = world.first(element, "Color", "ColorRGBA"), _uvs(world, element)
    order = [0, 1, 2] if flag(element, "ccw", default=True) else CLOCKWISE
    triangles = found.triangles[:, order]
    return body(
        points,
        found.corners[triangles],
        colors=None if colors is None else (world.colors(colors), _color_rows(element, found, triangles)),
        uvs=None if uvs is None else (uvs, _listed(rows(element, "texCoordIndex"), found, triangles)),
    )


def _points(world: World, element: Element) -> NDArray[np.float64]:
    if element.tag == "ElevationGrid":
        return _grid_points(element)
    coordinates = world.first(element, "Coordinate", "CoordinateDouble")
    if coordinates is None and world.first(element, "GeoCoordinate") is not None:
        world.noted.add(Trait.OTHER, "Coordinates on the globe are not read.")
    return np.zeros((0, 3)) if coordinates is None else world.table(coordinates, "point", 3)


def _uvs(world: World, element: Element) -> NDArray[np.float64] | None:
    found = world.first(element, "TextureCoordinate")
    if found is None:
        others = ("TextureCoordinate3D", "TextureCoordinate4D", "TextureCoordinateGenerator", "MultiTextureCoordinate")
        if world.first(element, *others) is not None:
            world.noted.add(Trait.UVS, "Texture coordinates of another kind than pairs are not read.")
        return None
    return world.table(found, "point", 2)


def _color_rows(element: Element, found: _Faces, triangles: Rows) -> Rows:
    index = rows(element, "colorIndex")
    if flag(element, "colorPerVertex", default=True):
        return _listed(index, found, triangles)
    faces = _at(index, found.faces) if len(index) else found.faces
    return np.repeat(faces[:, None], 3, axis=1)


def _listed(index: Rows, found: _Faces, triangles: Rows) -> Rows:
    """Return the rows that a list names for the corners; where there is no list, those of the points."""
    return _at(index, triangles) if len(index) else found.corners[triangles]


def _at(index: Rows, positions: Rows) -> Rows:
    """Return the entries of a list, -1 where it is too short."""
    return np.append(index, np.int32(-1))[np.minimum(positions, len(index))]


def _runs(index: Rows) -> tuple[Rows, Rows]:
    """Return the positions (n,) of what is no -1 in a list, and how many of them there are up to each -1 (k,)."""
    ends = np.append(np.flatnonzero(index == -1), len(index))
    counts = np.diff(np.concatenate([[-1], ends])) - 1
    if len(counts) and counts[-1] == 0:
        counts = counts[:-1]
    return np.flatnonzero(index != -1).astype(np.int32), counts.astype(np.int32)


def _face_set(element: Element, points: NDArray[np.float64]) -> _Faces:
    index = rows(element, "coordIndex")
    positions, counts = _runs(index)
    triangles, faces = runs.polygons(points, counts, index[positions])
    return _Faces(corners=index, triangles=positions[triangles], faces=faces)


def _triangles(element: Element, points: NDArray[np.float64]) -> _Faces:
    corners = _indexed(element, points)
    count = len(corners) // 3
    faces = np.arange(count, dtype=np.int32)
    return _Faces(corners=corners, triangles=np.arange(count * 3, dtype=np.int32).reshape(-1, 3), faces=faces)


def _quads(element: Element, points: NDArray[np.float64]) -> _Faces:
    corners = _indexed(element, points)
    counts = np.full(len(corners) // 4, 4, dtype=np.int32)
    triangles, faces = runs.polygons(points, counts, corners[: len(counts) * 4])
    return _Faces(corners=corners, triangles=triangles, faces=faces)


def _indexed(element: Element, points: NDArray[np.float64]) -> Rows:
    """Return the corners of a set: its list, or for sets without one, all points."""
    if element.tag.startswith("Indexed"):
        return rows(element, "index")
    return np.arange(len(points), dtype=np.int32)


def _strung(name: str, cut: Callable[[Rows], tuple[Rows, Rows]]) -> Callable[[Element, NDArray[np.float64]], _Faces]:
    """Return what makes the triangles of fans or strips; `name` is the field that counts their corners."""

    def made(element: Element, points: NDArray[np.float64]) -> _Faces:
        corners = _indexed(element, points)
        positions = np.arange(len(corners), dtype=np.int32)
        if element.tag.startswith("Indexed"):
            positions, counts = _runs(corners)
        else:
            counts = rows(element, name)
            if (counts < 0).any() or int(counts.sum(dtype=np.int64)) > len(points):
                raise SourceDamaged(f"The {name} of a {element.tag} announces more corners than it has.")
        triangles, faces = cut(counts)
        return _Faces(corners=corners, triangles=positions[triangles], faces=faces)

    return made


def _grid_size(element: Element) -> tuple[int, int]:
    columns, lines = rows(element, "xDimension"), rows(element, "zDimension")
    sizes = (int(columns[0]) if len(columns) else 0, int(lines[0]) if len(lines) else 0)
    return (0, 0) if min(sizes) <= 0 else sizes


def _grid_points(element: Element) -> NDArray[np.float64]:
    columns, lines = _grid_size(element)
    heights = floats(element, "height")
    if len(heights) < columns * lines:
        raise SourceDamaged(f"A grid of {columns} by {lines} points has {len(heights)} heights.")
    points = np.zeros((columns * lines, 3))
    points[:, 1] = heights[: len(points)]
    if len(points):
        points[:, 0] = np.arange(len(points)) % columns * scalar(element, "xSpacing", 1.0)
        points[:, 2] = np.arange(len(points)) // columns * scalar(element, "zSpacing", 1.0)
    return points


def _grid(element: Element, _points: NDArray[np.float64]) -> _Faces:
    columns, lines = _grid_size(element)
    firsts = np.arange(max(lines - 1, 0), dtype=np.int32)[:, None] * columns + np.arange(
        max(columns - 1, 0), dtype=np.int32
    )
    quads = firsts.reshape(-1, 1) + np.array([0, columns, columns + 1, 1], dtype=np.int32)
    triangles, faces = runs.fans(np.full(len(quads), 4, dtype=np.int32))
    # Colours and texture coordinates of a grid belong to its points.
    return _Faces(corners=quads.reshape(-1).astype(np.int32), triangles=triangles, faces=faces)


#: How each kind of set becomes triangles.
SETS: Final[dict[str, Callable[[Element, NDArray[np.float64]], _Faces]]] = {
    "IndexedFaceSet": _face_set,
    "IndexedTriangleSet": _triangles,
    "TriangleSet": _triangles,
    "IndexedQuadSet": _quads,
    "QuadSet": _quads,
    "IndexedTriangleFanSet": _strung("fanCount", runs.fans),
    "TriangleFanSet": _strung("fanCount", runs.fans),
    "IndexedTriangleStripSet": _strung("stripCount", runs.strips),
    "TriangleStripSet": _strung("stripCount", runs.strips),
    "ElevationGrid": _grid,
}

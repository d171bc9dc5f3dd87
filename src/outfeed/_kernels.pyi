# Types of the compiled kernels; `native/` holds their source.

from typing import NotRequired, TypeAlias, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

_Positions: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
_Points = TypeVar("_Points", NDArray[np.float32], NDArray[np.float64], NDArray[np.float32] | NDArray[np.float64])

# Return vertices (k, 3) in order of first appearance, and for each corner (n, 3) the number of its vertex.
def weld(corners: _Points) -> tuple[_Points, NDArray[np.int32]]: ...

# Tell whether points (n, 3) are finite, no two are equal and none has a -0.0: then `weld` would change nothing.
def distinct(points: _Positions) -> bool: ...

# Return the lowest and the highest of points (2, 3); NaN in all where one is not finite, or there are none.
def bounds(points: _Positions | NDArray[np.int32]) -> NDArray[np.float64]: ...

# Return points times a factor, computed in float64 and rounded once, without a -0.0.
def scaled(points: _Points, factor: float) -> _Points: ...

# The same, as float32.
def scaled_single(points: _Positions, factor: float) -> NDArray[np.float32]: ...

# Return points that have z up with y up: x, z, -y, without a -0.0.
def y_up(points: _Points) -> _Points: ...

# Return points that have y up with z up: x, -z, y, without a -0.0.
def z_up(points: _Points) -> _Points: ...

# Return the records of a binary STL file, 50 bytes for each face.
def stl_records(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.uint8]: ...

# Tell whether the rows 0 to `rows` - 1 are all used, and first used in this order.
def in_first_use(users: NDArray[np.int32], rows: int) -> bool: ...

# Return the rows that are used, in order of first use (u,), and the users' numbers among those (k,); -1 stays -1.
def first_use(users: NDArray[np.int32], rows: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]: ...

class StlBinary:
    # Welds the records of a binary STL file, chunk by chunk.

    def __init__(self, triangles: int) -> None: ...
    # Add a whole number of 50-byte records.
    def add(self, records: NDArray[np.uint8]) -> None: ...
    # Return vertices (k, 3) and the vertex of each corner (3 * m,).
    def finish(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]: ...

class StlAscii:
    # Reads ASCII STL from pieces of text, and welds it.

    def __init__(self, max_triangles: int) -> None: ...
    # Read the words that are whole; return the bytes used.
    def feed(self, text: NDArray[np.uint8], last: bool) -> int: ...
    # Return problem, what is wrong, line; the problem is empty where all is well.
    def complaint(self) -> tuple[str, str, int]: ...
    # Return vertices (k, 3) and the vertex of each corner (3 * m,).
    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]: ...

# The tables of an OBJ file, as a mesh calls them; what the file has not is not there.
class ObjTables(TypedDict):
    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    uvs: NotRequired[NDArray[np.float64]]
    uv_faces: NotRequired[NDArray[np.int32]]
    colors: NotRequired[NDArray[np.uint8]]
    color_faces: NotRequired[NDArray[np.int32]]
    material_faces: NotRequired[NDArray[np.int32]]

class Obj:
    # Reads OBJ from pieces of text, and triangulates it; which groups faces are in, only if asked.

    def __init__(self, max_triangles: int, grouped: bool = False) -> None: ...
    # Read the lines that are whole; return the bytes used.
    def feed(self, text: NDArray[np.uint8], last: bool) -> int: ...
    # Return problem, what is wrong, line; ask again after `finish`, which checks what needs the whole file.
    def complaint(self) -> tuple[str, str, int]: ...
    # Tell whether the text had no vertex, but lines that OBJ does not know.
    def strange(self) -> bool: ...
    # Return the tables, in the order of the file; rows of corners and faces that have none are -1.
    def finish(self) -> ObjTables: ...
    # Return the names of the materials, which `material_faces` counts.
    def materials(self) -> list[bytes]: ...
    # Return what follows the word on each line that names libraries of materials.
    def libraries(self) -> list[bytes]: ...
    # Return the names of objects, those of groups (number of the object, -1 for none, a line end, name), and the group
    # of each face (m,), -1 before the first; no faces where there are no groups. Once, after `finish`.
    def groups(self) -> tuple[list[bytes], list[bytes], NDArray[np.int32]]: ...
    # Return which of these the file has: normals, points, lines, curves, parts (more than one object or group).
    def besides(self) -> list[str]: ...

# Find rows of lists in bytes: `fixed[0]` bytes, then for each list its count (a type of bBhHiIqQd), its items of
# `items` bytes, and the next of `fixed`. Return where the fixed parts of up to `rows` whole rows begin (r, lists + 1),
# the bytes of those rows, and the bytes that the next one needs at least: 0 if none was looked at, -1 if a count is
# none.
def list_rows(
    data: NDArray[np.uint8],
    rows: int,
    fixed: NDArray[np.int64],
    counts: str,
    items: NDArray[np.int64],
    swapped: bool,
) -> tuple[NDArray[np.int64], int, int]: ...

# Return how many of the first rows, of `row_bytes` each, have the same bytes as the first in this place: 1, 2, 4 or 8.
def even_rows(data: NDArray[np.uint8], rows: int, row_bytes: int, at: int, bytes: int) -> int: ...  # noqa: A002 a unit

# Write the items (`letter`: one of bBhHiIqQfd) that stand in this place of each row to `out` (rows, items). Return how
# many rows could be read: up to the first with an item that is not whole or beyond 2^31 - 1 on either side.
def index_rows(
    data: NDArray[np.uint8],
    row_bytes: int,
    at: int,
    letter: str,
    swapped: bool,
    out: NDArray[np.int32],
) -> int: ...

# Return the triangles (t, 3) of polygons with counts[i] corners each, as positions in the list of corners: n - 2 for n.
def cut_polygons(
    points: NDArray[np.float64], counts: NDArray[np.int32], corners: NDArray[np.int32]
) -> NDArray[np.int32]: ...

# Return the numbers that blanks, line ends or commas separate, and the bytes read: up to what is no number.
def numbers(text: NDArray[np.uint8]) -> tuple[NDArray[np.float64], int]: ...

# Return the float64 that the text of each float32 is read as; all must be finite.
def as_written(values: NDArray[np.float32]) -> NDArray[np.float64]: ...

# Return the word and the numbers of each row as a line of text.
def point_rows(word: str, values: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.uint8]: ...

# Return the numbers of each row as a line of text.
def table_rows(values: NDArray[np.float32] | NDArray[np.float64] | NDArray[np.int32]) -> NDArray[np.uint8]: ...

# Return faces (m, 3) as lines of OBJ, counted from 1.
def face_rows(faces: NDArray[np.int32], uv_faces: NDArray[np.int32] | None) -> NDArray[np.uint8]: ...

# Return faces (m, 3) as facets of ASCII STL; normals are those of the numbers as their text is read.
def facet_rows(vertices: NDArray[np.float32] | NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.uint8]: ...

# Return rows of numbers as elements of XML: `texts`, of at most 32 bytes each, stand before, between and behind the
# numbers of each row.
def xml_rows(
    texts: list[str], values: NDArray[np.float32] | NDArray[np.float64] | NDArray[np.int32]
) -> NDArray[np.uint8]: ...

# Return triangles of 3MF: corners (m, 3), the group of each (m,) or 0, and the index of each corner in it (m, 3).
def xml_triangles(
    faces: NDArray[np.int32], groups: NDArray[np.int32], indices: NDArray[np.int32]
) -> NDArray[np.uint8]: ...

# Return colours (n, 4) as elements of XML: eight digits of each between two texts of at most 32 bytes.
def xml_colors(texts: list[str], colors: NDArray[np.uint8]) -> NDArray[np.uint8]: ...

class MeshRows:
    # The rows of one mesh of a 3MF file: read from XML as almost all files have it, or added as they are.

    def __init__(self, max_triangles: int) -> None: ...
    # Read empty elements of a name with x, y and z from the beginning of the text, and blanks; return the bytes used.
    # The first that looks different ends it, however it differs.
    def vertices(self, text: NDArray[np.uint8], name: str) -> int: ...
    # The same with v1, v2, v3, and perhaps p1, p2, p3 and pid; `group` stands for a pid that is not there, -1 for none.
    def triangles(self, text: NDArray[np.uint8], name: str, group: int) -> int: ...
    # Add points (n, 3), corners (m, 3), and properties (k, 5): face, group, and index of each corner.
    def add(self, points: NDArray[np.float64], corners: NDArray[np.int32], properties: NDArray[np.int64]) -> None: ...
    # Count the line ends in all that was used.
    def lines(self) -> int: ...
    # Count the points and the triangles.
    def counts(self) -> tuple[int, int]: ...
    # Return points, corners and properties, as they are added.
    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]: ...

# Return the face that each sample of a picture shows (h, w), -1 for none, and its depth, infinite for none. None where
# the work would exceed the budget: samples that are looked at, and 16 for each row of a triangle. Only what lies deeper
# than `behind` is drawn. The matrix (3, 4) makes column, row (downwards) and depth of a point from which the centre was
# taken.
def visible(
    vertices: NDArray[np.float32] | NDArray[np.float64],
    faces: NDArray[np.int32],
    centre: NDArray[np.float64],
    matrix: NDArray[np.float64],
    width: int,
    height: int,
    behind: NDArray[np.float64] | None,
    budget: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64]] | None: ...

# Return the lowest and the highest of what the matrix makes of the points (2, 3).
def projected_bounds(
    vertices: NDArray[np.float32] | NDArray[np.float64], centre: NDArray[np.float64], matrix: NDArray[np.float64]
) -> NDArray[np.float64]: ...

# Return normals (m, 3, 3) of the corners of faces, of length 1 or 0, in the axes of the matrix: of the faces around a
# corner that lean from its own by less than a crease, given as the cosine.
def corner_normals(
    vertices: NDArray[np.float32] | NDArray[np.float64],
    faces: NDArray[np.int32],
    centre: NDArray[np.float64],
    matrix: NDArray[np.float64],
    crease: float,
) -> NDArray[np.float32]: ...

# Return for each point the place of its cell on a Morton curve (n,): of 2^21 cells along each axis of the cube at the
# points' lowest corner, as wide as their largest extent; x is the lowest bit. All must be finite.
def morton_codes(points: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.uint64]: ...

# Return the numbers of the points (n,) in the order of their codes, equal codes in the order of the points.
def morton_order(points: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.int32]: ...

# Return how many pairs of faces cross; the first of them (k, 2) with k <= most, sorted, the lower face first; and if
# the search came to its end: it gives up after as many tests as the budget, and 64 for each face, and returns what it
# found by then.
#
# Two faces cross where they have more than one point in common, and some of these lie inside one of the two, not on its
# rim. So they pierce each other, or one stands on the inside of the other with an edge, or both lie in one plane and
# overlap. Not so where they touch in a point or along edges of both, shared or not. Exact for all finite coordinates.
# Faces without area take no part; two faces with the same three vertices are not compared.
def self_intersections(
    vertices: NDArray[np.float32] | NDArray[np.float64], faces: NDArray[np.int32], most: int, budget: int = 50_000_000
) -> tuple[int, NDArray[np.int32], bool]: ...

# What a mesh is as a surface. Side 3 * f + c of face f runs from its corner c to the next. Faces that have a vertex
# twice are collapsed: they have no sides, and are in no part.
class TopologyTables(TypedDict):
    # Edges of faces that are not collapsed.
    edges: int
    # (m, 3): for each side the other side of its edge; -1 where there is none, -2 where there are several, -3
    # collapsed.
    across: NDArray[np.int32]
    # Sides without another one, by their lower vertex, then the higher.
    open: NDArray[np.int32]
    # The first side of each edge whose two sides run the same way, in the same order.
    inconsistent: NDArray[np.int32]
    # The sides of each edge that has more than two, and where each of these edges begins, with the end of the last.
    crowded: NDArray[np.int32]
    crowded_starts: NDArray[np.int32]
    # Faces with the same three vertices as an earlier one, in order.
    duplicates: NDArray[np.int32]
    # (m,): the part of each face, -1 for collapsed ones. A part is what comes together by sharing edges; parts are
    # numbered by their first faces.
    labels: NDArray[np.int32]
    # The faces to turn so that neighbours run opposite ways along edges of two faces: the fewer of those that hang
    # together so, else not the first face; none where the surface is twisted.
    turned: NDArray[np.int32]
    # (p,): faces of each part.
    part_faces: NDArray[np.int32]
    # (p,) 0 or 1: each edge has two faces; no two faces run the same way along theirs; it could be made so.
    part_closed: NDArray[np.uint8]
    part_oriented: NDArray[np.uint8]
    part_orientable: NDArray[np.uint8]
    # (p,): fans, which are the faces around a vertex that hang together by edges of two faces; a vertex may have
    # several.
    part_fans: NDArray[np.int32]
    # Vertices with several fans, or at an edge of more than two faces.
    several_fans: NDArray[np.int32]
    # The vertices of closed loops of open edges that pass no vertex twice, against the way of the faces there, and
    # where each loop begins, with the end of the last.
    rims: NDArray[np.int32]
    rim_starts: NDArray[np.int32]

# Return what faces (m, 3) of so many vertices are as a surface.
def topology(faces: NDArray[np.int32], vertices: int) -> TopologyTables: ...

# Return the faces that have a vertex twice or whose corners lie exactly on one line.
def degenerate(vertices: NDArray[np.float32] | NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.int32]: ...

# Return sums over faces (8,): 6 * volume, 2 * area, 24 * the first moments of the volume, 6 * those of the area; and
# for each part 6 * its volume. All of (vertices - centre) * scale. The label of each face is its part, -1 for none.
def moments(
    vertices: NDArray[np.float32] | NDArray[np.float64],
    faces: NDArray[np.int32],
    labels: NDArray[np.int32],
    parts: int,
    centre: NDArray[np.float64],
    scale: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

# Return the vertices whose shortest edge is longer than `ratio` times the sum of the edges opposite to them.
def spikes(
    vertices: NDArray[np.float32] | NDArray[np.float64],
    faces: NDArray[np.int32],
    centre: NDArray[np.float64],
    scale: float,
    ratio: float,
) -> NDArray[np.int32]: ...

# Collapse edges, the cheapest first, until no more than `target` triangles are left or the next would cost a distance
# above `most_error`. Positions lie within about -1 to 1. Return the positions (n, 3), which of them moved (n,), the
# faces that are left (k, 3) and which they were (k,), their wedges (k, 3), the wedges' values (w * v,), and the largest
# distance that a collapse has cost. Vertices that are `locked` (n,) stay. `wedges` (m, 3): what corners of one vertex
# share; a wedge has `values` (w, v) and a class (w,); wedges of two classes never merge.
def simplify(
    positions: NDArray[np.float64],
    faces: NDArray[np.int32],
    target: int,
    most_error: float,
    lock_borders: bool,
    keep_positions: bool,
    locked: NDArray[np.uint8] | None = None,
    wedges: NDArray[np.int32] | None = None,
    values: NDArray[np.float64] | None = None,
    classes: NDArray[np.int32] | None = None,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.uint8],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.float64],
    float,
]: ...

# Return normals for drawing: the vertex (k,) that each new one was, its normal (k, 4) as shares of 127 and a 0, and the
# new vertex of each corner (m, 3). A place, which is equal points (n, 3) of one element (n,), has a normal for each
# set of its faces that come together across edges where neighbours lean from each other by less than a crease, given as
# the cosine.
def creased(
    points: NDArray[np.int32], elements: NDArray[np.int32], faces: NDArray[np.int32], crease: float
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int32]]: ...

# Return the leaf of each unit (u,) of a tree that halves them `depth` times by weight (u,), each time across the
# longest side of the box around their keys (u, 3). Leaves are numbered in the order of the tree; some may be empty.
def halved_units(keys: NDArray[np.int32], weights: NDArray[np.int32], depth: int) -> NDArray[np.int32]: ...

# Return the sum of the corners of each face (m, 3); no coordinate of points (n, 3) may be beyond 2^28 on either side.
def corner_sums(points: NDArray[np.int32], faces: NDArray[np.int32]) -> NDArray[np.int32]: ...

# Return for each vertex (n,) the depth of the deepest node of the tree that holds the leaves (m,) of all its faces.
def meeting_depths(
    faces: NDArray[np.int32], leaves: NDArray[np.int32], vertices: int, depth: int
) -> NDArray[np.uint8]: ...

# Return the faces (m, 3) sorted by leaf, as numbers among the vertices of their leaf; where each leaf begins there,
# with the end; the vertices that each leaf has, in order of first use; and where each leaf begins there, with the end.
def split_leaves(
    faces: NDArray[np.int32], leaves: NDArray[np.int32], vertices: int, depth: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]: ...

# Return the rows (u,) that different rows (n, k) appear in first, and the number of each row among those (n,).
def weld_rows(rows: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]: ...

# Return the points (n, 3) of rows (k,) as steps from an offset, of at most 2^62: (k, 4), the fourth 0; and the lowest
# and the highest (2, 3), which tell whether 16 bits hold them.
def steps_from(
    points: NDArray[np.int32], rows: NDArray[np.int32], offset: tuple[int, int, int]
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]: ...

# Return the largest distance from another surface (k, 3), (l, 3) of so many points that are spread evenly over the area
# of faces (m, 3) of points (n, 3), and of about as many of these points; or `least`, where that is more. Both have a
# face at least; no coordinate may be beyond 2^24 on either side. For a surface that is made to take long it may be too
# large.
def farthest(
    points: NDArray[np.int32],
    faces: NDArray[np.int32],
    other_points: NDArray[np.int32],
    other_faces: NDArray[np.int32],
    samples: int,
    least: float,
) -> float: ...

"""Bodies that a file stores once, placed in a mesh as often as its tree of nodes shows them.

What a tree places is counted before anything is copied: a small file may name a body a thousand million times.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange, SourceDamaged, TooManyTriangles
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.build import as_rows, build, first_use
from outfeed.mesh.formats.matrices import IDENTITY, Matrix, mirrored, moved_points, product
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit

Rows = NDArray[np.int32]
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", np.float64, np.uint8)

#: Bodies that a tree places, counted anew at each of its nodes: 100 bytes each.
MOST_PLACES: Final = 2_000_000
#: Below this share of a table, its used rows are sorted and not marked: many small faces may share one large table.
FEW: Final = 1 / 16
#: The order of a face's corners seen from behind.
TURNED: Final = [0, 2, 1]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Body:
    """Triangles as a file stores them, with tables of which each row is used. Made by `body`."""

    points: NDArray[np.float64]
    faces: Rows
    uvs: NDArray[np.float64] | None = None
    uv_faces: Rows | None = None
    colors: NDArray[np.uint8] | None = None
    color_faces: Rows | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Part:
    """A body in a node."""

    body: Body
    #: Row of the reader's materials: one for all faces, or one for each (m,); -1 for none.
    material: int | Rows = -1
    #: Where it is in its node; None: as its points say.
    matrix: Matrix | None = None
    #: Its matrix says where it is in the world, and the nodes that hold it say nothing.
    fixed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Node(Generic[Key]):
    """A node of a tree: parts, and keys of other nodes, in the file's order."""

    matrix: Matrix | None = None
    inside: Sequence["Key | Part"] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """The tables of all that a tree places, as `outfeed.mesh.model.Mesh` has them."""

    vertices: NDArray[np.float64]
    faces: Rows
    uvs: NDArray[np.float64] | None
    uv_faces: Rows | None
    colors: NDArray[np.uint8] | None
    color_faces: Rows | None
    material_faces: Rows
    #: How many bodies were placed.
    places: int


def whole_of(
    found: Placed,
    *,
    unit: Unit,
    materials: tuple[Material, ...],
    textures: tuple[Texture, ...],
    triangles: int,
    noted: Noted,
) -> Reading:
    """Return all that was placed as one mesh, of a file that stores so many triangles; note that it was several."""
    if found.places > 1:
        noted.add(Trait.STRUCTURE)
    tables = Mesh(
        vertices=found.vertices,
        faces=found.faces,
        unit=unit,
        uvs=found.uvs,
        uv_faces=found.uv_faces,
        colors=found.colors,
        color_faces=found.color_faces,
        materials=materials,
        material_faces=found.material_faces if materials else None,
        textures=textures,
    )
    return Reading(mesh=build(tables), stored_triangles=triangles, lost=noted.lost)


def body(
    points: NDArray[np.float64],
    faces: Rows,
    *,
    uvs: tuple[NDArray[np.float64], Rows] | None = None,
    colors: tuple[NDArray[np.uint8], Rows] | None = None,
) -> Body:
    """
    Return the body of tables with the rows of each corner (m, 3).

    A corner that names a texture coordinate or a colour which is not there has none.

    Raises
    ------
    IndexOutOfRange
        If a corner names a point that is not there.
    """
    if faces.size and (int(faces.min()) < 0 or int(faces.max()) >= len(points)):
        raise IndexOutOfRange(f"It has {len(points)} points, and a corner names another.")
    used, corners = _used(faces, len(points))
    kept_uvs, uv_faces = _kept(*uvs) if uvs else (None, None)
    kept_colors, color_faces = _kept(*colors) if colors else (None, None)
    return Body(
        points=points[used],
        faces=corners,
        uvs=kept_uvs,
        uv_faces=uv_faces,
        colors=kept_colors,
        color_faces=color_faces,
    )


def _kept(table: NDArray[Value], rows: Rows) -> tuple[NDArray[Value], Rows] | tuple[None, None]:
    """Return the rows of a table that corners name, and those of the corners; None where no corner names any."""
    there = np.where((rows >= 0) & (rows < len(table)), rows, np.int32(-1))
    used, corners = _used(there, len(table))
    return (table[used], corners) if len(used) else (None, None)


def _used(rows: Rows, count: int) -> tuple[Rows, Rows]:
    """Return the rows of a table of `count` that are used, and the users' numbers among those; -1 stays -1."""
    if rows.size > count * FEW:
        return first_use(rows, count, none=True)
    used = np.unique(rows)
    used = used[used >= 0]
    return used, np.where(rows < 0, np.int32(-1), as_rows(np.searchsorted(used, rows)))


def placed(root: Key, opened: Callable[[Key], Node[Key]], limits: ReadLimits, matrix: Matrix = IDENTITY) -> Placed:
    """
    Return what a tree places, in the order of the file; `matrix` moves all of it.

    `opened` makes the node of a key, once for each key that the root leads to.

    Raises
    ------
    TooManyTriangles
        If there are more than the limits allow, or more bodies than `MOST_PLACES`.
    SourceDamaged
        If a node contains itself.
    """
    nodes = _surveyed(root, opened, limits.max_triangles)
    parts, places = _expanded(nodes)
    return _assembled(parts, _Places(places.parts, product(matrix, places.matrices), places.fixed))


def _surveyed(root: Key, opened: Callable[[Key], Node[Key]], most: int) -> dict[Key, Node[Key]]:
    """Return the nodes that place something, each after those inside it; the root is the last."""
    nodes = {root: opened(root)}
    stack = [(root, iter(nodes[root].inside))]
    totals: dict[Key, tuple[int, int]] = {}
    places = 0
    while stack:
        key, left = stack[-1]
        child = next((item for item in left if not isinstance(item, Part) and item not in totals), None)
        if child is None:
            stack.pop()
            totals[key] = _total(nodes[key], totals)
            places += totals[key][1]
            if totals[key][0] > most or places > MOST_PLACES:
                raise TooManyTriangles(f"Its tree places more than {most} triangles, or {MOST_PLACES} bodies.")
        elif isinstance(child, Part) or child in nodes:
            raise SourceDamaged("A node of its tree contains itself.")
        else:
            nodes[child] = opened(child)
            stack.append((child, iter(nodes[child].inside)))
    return {key: nodes[key] for key, total in totals.items() if total[1] or key == root}


def _total(node: Node[Key], totals: dict[Key, tuple[int, int]]) -> tuple[int, int]:
    """Return the triangles and the bodies that a node places; those inside it are known."""
    found = [
        (len(item.body.faces), min(len(item.body.faces), 1)) if isinstance(item, Part) else totals[item]
        for item in node.inside
    ]
    return sum(triangles for triangles, _ in found), sum(places for _, places in found)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Bodies at their places, in the file's order."""

    #: Part of each place (k,).
    parts: Rows
    #: (k, 3, 4).
    matrices: NDArray[np.float64]
    #: Places that no further node moves (k,).
    fixed: NDArray[np.bool_]


def _expanded(nodes: dict[Key, Node[Key]]) -> tuple[list[Part], _Places]:
    """Return all parts, and the places of the last node."""
    needed = Counter(item for node in nodes.values() for item in node.inside if not isinstance(item, Part))
    known: dict[Key, _Places] = {}
    parts: list[Part] = []
    places = _joined([])
    for key, node in nodes.items():
        pieces = []
        for item in node.inside:
            if isinstance(item, Part):
                pieces.append(_place(item, len(parts)))
                parts.append(item)
            elif item in nodes:
                pieces.append(known[item])
                needed[item] -= 1
                if not needed[item]:
                    del known[item]
        places = known[key] = _moved(node.matrix, _joined(pieces))
    return parts, places


def _place(part: Part, number: int) -> _Places:
    count = min(len(part.body.faces), 1)
    return _Places(
        np.full(count, number, dtype=np.int32),
        np.repeat((IDENTITY if part.matrix is None else part.matrix)[None], count, axis=0),
        np.full(count, part.fixed),
    )


def _joined(pieces: list[_Places]) -> _Places:
    if len(pieces) == 1:
        return pieces[0]
    return _Places(
        np.concatenate([np.zeros(0, dtype=np.int32), *(piece.parts for piece in pieces)]),
        np.concatenate([np.zeros((0, 3, 4)), *(piece.matrices for piece in pieces)]),
        np.concatenate([np.zeros(0, dtype=np.bool_), *(piece.fixed for piece in pieces)]),
    )


def _moved(matrix: Matrix | None, places: _Places) -> _Places:
    if matrix is None:
        return places
    moved = product(matrix, places.matrices)
    if places.fixed.any():
        moved = np.where(places.fixed[:, None, None], places.matrices, moved)
    return _Places(places.parts, moved, places.fixed)


def _assembled(parts: list[Part], places: _Places) -> Placed:
    """Copy the bodies to their places."""
    counts = np.array([len(part.body.faces) for part in parts], dtype=np.int64)[places.parts]
    starts = np.cumsum(counts) - counts
    output = _Output(int(counts.sum()))
    turned = mirrored(places.matrices)
    order = np.lexsort((turned, places.parts))
    keys = places.parts[order].astype(np.int64) * 2 + turned[order]
    for group in np.split(order, np.flatnonzero(np.diff(keys)) + 1):
        if len(group):
            output.add(
                parts[int(places.parts[group[0]])],
                places.matrices[group],
                starts[group],
                turned=bool(turned[group[0]]),
            )
    return output.tables(len(places.parts))


class _Output:
    """The tables, while they are filled."""

    def __init__(self, triangles: int) -> None:
        self._points: list[NDArray[np.float64]] = []
        self._point_count = 0
        self._uvs = _Shared[np.float64](triangles, np.zeros((0, 2)))
        self._colors = _Shared[np.uint8](triangles, np.zeros((0, 4), dtype=np.uint8))
        self._faces = np.zeros((triangles, 3), dtype=np.int32)
        self._materials = np.full(triangles, -1, dtype=np.int32)

    def add(self, part: Part, matrices: NDArray[np.float64], starts: NDArray[np.int64], *, turned: bool) -> None:
        """Add a part as often as there are matrices (k, 3, 4); its faces begin at `starts` (k,)."""
        body = part.body
        self._points.append(moved_points(body.points, matrices).reshape(-1, 3))
        firsts = self._point_count + np.arange(len(matrices), dtype=np.int32) * len(body.points)
        self._point_count += len(matrices) * len(body.points)
        columns = TURNED if turned else [0, 1, 2]
        # A slice where there is one place: it needs no table of rows.
        rows = (
            slice(int(starts[0]), int(starts[0]) + len(body.faces))
            if len(starts) == 1
            else starts[:, None] + np.arange(len(body.faces))
        )
        faces = body.faces[:, columns] + firsts[:, None, None]
        self._faces[rows] = faces[0] if len(starts) == 1 else faces
        self._materials[rows] = part.material
        self._uvs.put(body.uvs, body.uv_faces, rows, columns)
        self._colors.put(body.colors, body.color_faces, rows, columns)

    def tables(self, places: int) -> Placed:
        """Return what was added."""
        uvs, uv_faces = self._uvs.tables()
        colors, color_faces = self._colors.tables()
        return Placed(
            vertices=np.concatenate([np.zeros((0, 3)), *self._points]),
            faces=self._faces,
            uvs=uvs,
            uv_faces=uv_faces,
            colors=colors,
            color_faces=color_faces,
            material_faces=self._materials,
            places=places,
        )


class _Shared(Generic[Value]):
    """A table that all places of a body share, and its rows by corner."""

    def __init__(self, triangles: int, empty: NDArray[Value]) -> None:
        self._triangles = triangles
        self._tables: list[NDArray[Value]] = [empty]
        self._count = 0
        self._firsts: dict[int, int] = {}
        self._faces: Rows | None = None

    def put(
        self,
        table: NDArray[Value] | None,
        table_faces: Rows | None,
        rows: slice | NDArray[np.int64],
        columns: list[int],
    ) -> None:
        """Set the corners of some faces."""
        if table is None or table_faces is None:
            return
        if self._faces is None:
            self._faces = np.full((self._triangles, 3), -1, dtype=np.int32)
        # Bodies live as long as this, so the number of a table stands for it.
        first = self._firsts.get(id(table))
        if first is None:
            first = self._firsts[id(table)] = self._count
            self._tables.append(table)
            self._count += len(table)
        turned = table_faces[:, columns]
        self._faces[rows] = np.where(turned < 0, turned, turned + np.int32(first))

    def tables(self) -> tuple[NDArray[Value] | None, Rows | None]:
        """Return the table and its rows, None where there is none."""
        return (None, None) if self._faces is None else (np.concatenate(self._tables), self._faces)

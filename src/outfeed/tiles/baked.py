"""Shapes in their places as one mesh on the grid of a tileset."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import TooManyTriangles
from outfeed.mesh.model import Mesh, Positions
from outfeed.scene.model import Matrix, Part, Scene
from outfeed.tiles.cut import Cut, cut
from outfeed.tiles.grid import snapped
from outfeed.tiles.model import Grid, Look
from outfeed.tiles.piece import Skins

Rows = NDArray[np.int32]
Uvs = NDArray[np.float32]

#: What 31 bits count.
_MOST_VERTICES: Final = (1 << 31) - 1
#: Vertices that are put on the grid together, where parts have fewer.
_TOGETHER: Final = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Baked:
    """One mesh of all shapes that are not kept as shapes."""

    skins: Skins
    #: (n, 3) int32: vertices on the grid, no two of one position, skin and texture coordinate.
    points: Rows
    #: (m, 3) int32, the elements one after the other; none has a position twice.
    faces: Rows
    #: (n,) int32: row of `skins`.
    kinds: Rows
    #: (n, 2); None where nothing has a texture.
    uvs: Uvs | None
    #: (n,) int32: number of each vertex's position in its element; None: no two vertices of an element share one.
    positions: Rows | None
    #: Triangles that the grid has made into lines or points, so that they were left out.
    collapsed: int


def bake(scene: Scene, parts: Iterable[tuple[int, Part]], grid: Grid) -> Baked:
    """Return parts of elements (given by row, in their order) as one mesh."""
    tables = _Tables(scene, grid)
    for row, part in parts:
        tables.add(row, part)
    return tables.finish()


class _Tables:
    """Gathers parts in their places."""

    def __init__(self, scene: Scene, grid: Grid) -> None:
        self._scene = scene
        self._grid = grid
        self._cuts: dict[int, Cut] = {}
        self._looks: dict[Look, int] = {}
        self._points = [np.zeros((0, 3), dtype=np.int32)]
        self._faces = [np.zeros((0, 3), dtype=np.int32)]
        self._kinds = [np.zeros(0, dtype=np.int32)]
        #: Parts in metres, which are put on the grid together: most have few vertices.
        self._placed: list[Positions] = []
        #: What the numbers of each part's vertices and kinds begin with.
        self._first_vertices, self._first_kinds = [0], [0]
        #: Element, look and colours (k, 4) of each part's kinds.
        self._elements: list[int] = []
        self._of_looks: list[int] = []
        self._colors: list[NDArray[np.uint8]] = [np.zeros((0, 4), dtype=np.uint8)]
        self._uvs: list[tuple[int, Uvs]] = []
        self._vertices = self._waiting = 0

    def add(self, element: int, part: Part) -> None:
        """Add a shape in its place."""
        mesh = self._scene.shapes[part.shape]
        made = self._cuts.get(part.shape)
        if made is None:
            made = self._cuts[part.shape] = cut(mesh)
        points = _placed(mesh, part.transform)
        points = points if made.rows is None else points[made.rows]
        if self._vertices + len(points) > _MOST_VERTICES:
            raise TooManyTriangles
        mirrored = part.transform is not None and np.linalg.det(part.transform[:3, :3]) < 0
        faces = made.faces[:, ::-1] if mirrored else made.faces
        self._place(points)
        self._faces.append(faces)
        self._kinds.append(made.kinds)
        self._first_vertices.append(self._vertices)
        self._first_kinds.append(len(self._elements))
        self._elements += [element] * len(made.looks)
        self._of_looks += [self._looks.setdefault(look, len(self._looks)) for look in made.looks]
        self._colors.append(made.colors)
        if made.uvs is not None:
            self._uvs.append((self._vertices, made.uvs))
        self._vertices += len(points)

    def _place(self, points: Positions) -> None:
        self._placed.append(points)
        self._waiting += len(points)
        if self._waiting >= _TOGETHER:
            self._snap()

    def _snap(self) -> None:
        """Put the parts that wait on the grid."""
        if self._placed:
            points: Any = self._placed[0] if len(self._placed) == 1 else np.concatenate(self._placed)
            self._points.append(snapped(points, self._grid))
        self._placed, self._waiting = [], 0

    def _skin_rows(self) -> Rows:
        """Return the element, look and colour (k, 3), as numbers, of all kinds."""
        rows = np.zeros((len(self._elements), 3), dtype=np.int32)
        rows[:, 0], rows[:, 1] = self._elements, self._of_looks
        rows[:, 2:] = np.concatenate(self._colors).view(np.int32)
        return rows

    def finish(self) -> Baked:
        """Return all parts as one mesh."""
        self._snap()
        points, skins, uvs = _joined(self._points), self._skin_rows(), self._all_uvs()
        faces, kinds = _counted_on(self._faces, self._first_vertices), _counted_on(self._kinds, self._first_kinds)
        self._faces, self._kinds = [], []
        first, numbers = _kernels.weld_rows(skins)
        if len(first) < len(skins):
            skins, kinds = skins[first], numbers[kinds]
        welded = None if len(skins) == 1 and _distinct(points) else _kernels.weld_rows(_keys(points, kinds, uvs))
        if welded is not None and len(welded[0]) < len(points):
            rows, numbers = welded
            points, kinds, faces = points[rows], kinds[rows], numbers[faces]
            uvs = None if uvs is None else uvs[rows]
        positions = None if welded is None else _positions(points, skins[kinds, 0])
        whole = _whole(faces, positions)
        return Baked(
            skins=self._table(skins),
            points=points,
            faces=faces if whole.all() else faces[whole],
            kinds=kinds,
            uvs=uvs,
            positions=positions,
            collapsed=int(len(whole) - np.count_nonzero(whole)),
        )

    def _all_uvs(self) -> Uvs | None:
        if not self._uvs:
            return None
        uvs = np.zeros((self._vertices, 2), dtype=np.float32)
        for start, table in self._uvs:
            uvs[start : start + len(table)] = table
        return uvs

    def _table(self, skins: Rows) -> Skins:
        return Skins(
            elements=np.ascontiguousarray(skins[:, 0]),
            looks=np.ascontiguousarray(skins[:, 1]),
            colors=np.ascontiguousarray(skins[:, 2]).view(np.uint8).reshape(-1, 4),
            table=tuple(self._looks),
            graded=any(made.graded for made in self._cuts.values()),
        )


def _joined(tables: list[Rows]) -> Rows:
    """Return tables one below the other, of which the first is empty, without a copy of a single one."""
    return np.ascontiguousarray(tables[1]) if len(tables) == 2 else np.concatenate(tables)  # noqa: PLR2004 as said


def _counted_on(tables: list[Rows], firsts: list[int]) -> Rows:
    """Return tables one below the other as `_joined` does, each with a number added that it begins with."""
    joined = _joined(tables)
    if len(tables) > 2:  # noqa: PLR2004 as said there
        added = np.repeat(np.array(firsts, dtype=np.int32), [len(table) for table in tables])
        joined += added.reshape(-1, *[1] * (joined.ndim - 1))
    return joined


def _placed(mesh: Mesh, transform: Matrix | None) -> Positions:
    if transform is None:
        return mesh.vertices
    return mesh.vertices @ transform[:3, :3].T + transform[:3, 3]


def _distinct(points: Rows) -> bool:
    """Tell whether no two points are equal; single precision holds all numbers of the grid."""
    return _kernels.distinct(points.astype(np.float32))


def _keys(points: Rows, kinds: Rows, uvs: Uvs | None) -> Rows:
    """Return the numbers that tell whether two vertices are the same."""
    columns = [points, kinds[:, None]]
    if uvs is not None:
        columns.append(uvs.view(np.int32))
    return np.ascontiguousarray(np.hstack(columns))


def _positions(points: Rows, elements: Rows) -> Rows | None:
    first, numbers = _kernels.weld_rows(np.ascontiguousarray(np.hstack([points, elements[:, None]])))
    return None if len(first) == len(points) else numbers


def _whole(faces: Rows, positions: Rows | None) -> NDArray[np.bool_]:
    """Tell which faces have three different positions."""
    a, b, c = (faces if positions is None else positions[faces]).T
    kept: NDArray[np.bool_] = (a != b) & (b != c) & (c != a)
    return kept

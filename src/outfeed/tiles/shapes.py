"""Shapes that a tileset shows often: made coarser once for each level of the tree, and put into tiles as they are."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Mesh
from outfeed.mesh.parallel import in_order
from outfeed.scene.model import Element, Part, Scene
from outfeed.tiles.baked import Baked, bake
from outfeed.tiles.coarse import coarser
from outfeed.tiles.flat import Placements, box_of
from outfeed.tiles.grid import grid_of
from outfeed.tiles.model import Grid, Repeated, Surface
from outfeed.tiles.piece import Piece, surfaces_of

Rows = NDArray[np.int32]
Numbers = NDArray[np.float64]

#: How exactly single precision holds where something is drawn, as a share of a tile.
_SINGLE: Final = 2.0**-21
#: A coarser shape has this share of the triangles.
_SHARE: Final = 1 / 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Level:
    """A shape with some of its triangles."""

    surfaces: tuple[Surface, ...]
    triangles: int
    #: Largest distance to the shape, in metres.
    error: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shape:
    """A shape on a grid of its own, from fine to coarse."""

    grid: Grid
    levels: tuple[Level, ...]

    def level(self, height: int) -> Level:
        """Return what tiles show that have so many levels below them."""
        return self.levels[min(height, len(self.levels) - 1)]


def shapes_of(placements: Placements, meshes: tuple[Mesh, ...]) -> dict[int, Shape]:
    """Return the shapes that are placed, by row of the scene's `shapes`."""
    rows = np.unique(placements.shapes).tolist()
    return dict(zip(rows, in_order(lambda row: _shape(meshes[row]), rows), strict=True))


def _shape(mesh: Mesh) -> Shape:
    grid = grid_of(*box_of(mesh, None))
    element = Element(id="", class_name="", parts=(Part(shape=0),))
    made = bake(Scene(elements=(element,), shapes=(mesh,)), [(0, element.parts[0])], grid)
    return Shape(grid=grid, levels=tuple(_levels(made, grid)))


def _levels(made: Baked, grid: Grid) -> Iterator[Level]:
    """Yield ever coarser shapes, as long as they have clearly fewer triangles."""
    piece = Piece(
        points=made.points,
        faces=made.faces,
        skins=made.kinds,
        # No tile cuts it, so that no vertex has to stay.
        meet=np.full(len(made.points), np.iinfo(np.uint8).max, dtype=np.uint8),
        uvs=made.uvs,
        placements=np.zeros(0, dtype=np.int32),
    )
    before = math.inf
    while 0 < len(piece.faces) < before * 0.8:
        before = len(piece.faces)
        yield Level(surfaces=surfaces_of(piece, made.skins), triangles=before, error=piece.error * grid.step)
        piece = coarser(piece, made.skins, depth=0, triangles=math.ceil(before * _SHARE))


def _told(shapes: dict[int, Shape], rows: Rows, tell: Callable[[Shape], float]) -> Numbers:
    """Return a number of the shape for each row (k,) of the scene's `shapes`."""
    different, index = np.unique(rows, return_inverse=True)
    return np.array([tell(shapes[row]) for row in different.tolist()], dtype=np.float64)[index]


def _slack(table: Placements, shapes: dict[int, Shape]) -> Numbers:
    steps = _told(shapes, table.shapes, lambda shape: shape.grid.step)
    slack: Numbers = np.abs(table.transforms[:, :3, :3]).sum(axis=2) * steps[:, None]
    return slack


class Placed:
    """Shapes in their places, as tiles show them."""

    def __init__(self, placements: Placements, shapes: dict[int, Shape]) -> None:
        # What the grid makes nothing of is not shown.
        shown = _told(shapes, placements.shapes, lambda shape: len(shape.levels)) > 0
        self.table = Placements(
            shapes=placements.shapes[shown],
            transforms=placements.transforms[shown],
            elements=placements.elements[shown],
            boxes=placements.boxes[shown],
        )
        self._shapes = shapes
        #: (k, 3): how far what is drawn may reach beyond its box: a step of the shape's grid, as large as it is placed.
        self._slack = _slack(self.table, shapes)
        #: (k,): diagonal of each one's box, in metres.
        self._sizes = np.linalg.norm(self.table.boxes[:, 1] - self.table.boxes[:, 0], axis=1)
        #: (k,): what a length of the shape is multiplied by at most.
        self._scales = np.linalg.norm(self.table.transforms[:, :3, :3], axis=1).max(axis=1, initial=0)

    def triangles(self, rows: Rows, height: int) -> Rows:
        """Return how many triangles each of these placements has in a tile with so many levels below."""
        triangles = _told(self._shapes, self.table.shapes[rows], lambda shape: shape.level(height).triangles)
        return triangles.astype(np.int32)

    def error(self, rows: Rows, height: int) -> float:
        """Return how far any of them is off there, in metres."""
        errors = _told(self._shapes, self.table.shapes[rows], lambda shape: shape.level(height).error)
        return float((errors * self._scales[rows]).max(initial=0))

    def visible(self, rows: Rows, height: int, *, error: float, most: int) -> tuple[Rows, float]:
        """
        Return the placements that are larger than an error in metres, and the largest with so many triangles at most.

        Also the size of the largest that is left out, 0 for none.
        """
        order = rows[np.argsort(-self._sizes[rows], kind="stable")]
        shown = (self._sizes[order] > error) & (np.cumsum(self.triangles(order, height), dtype=np.int64) <= most)
        return np.sort(order[shown]), float(self._sizes[order[~shown]].max(initial=0))

    def box(self, rows: Rows) -> Numbers:
        """Return a box (2, 3) around placements, at least one, as a viewer draws them: in single precision."""
        low = (self.table.boxes[rows, 0] - self._slack[rows]).min(axis=0)
        high = (self.table.boxes[rows, 1] + self._slack[rows]).max(axis=0)
        slack = (high - low).max() * _SINGLE
        return np.array([low - slack, high + slack])

    def repeated(self, rows: Rows, height: int) -> Iterable[Repeated]:
        """Yield the shapes of placements, with their places."""
        shapes = self.table.shapes[rows]
        for shape in np.unique(shapes).tolist():
            these = rows[shapes == shape]
            yield Repeated(
                surfaces=self._shapes[shape].level(height).surfaces,
                grid=self._shapes[shape].grid,
                transforms=self.table.transforms[these],
                elements=self.table.elements[these],
            )

"""Triangles of many products in one table, as they are seen from one side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.scene.model import Element, Scene
from outfeed.sheets.plans.model import Points, Product


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """From where a building is seen: right and up on the paper, and towards the eye."""

    #: (3, 3) float64, a rotation: its rows are the paper's right, its up, and the direction towards the eye.
    axes: Points

    def seen(self, points: Points) -> Points:
        """Return points (..., 3) as right, up and how near they are."""
        turned: Points = points @ self.axes.T
        return turned


#: Corners nearer to each other are one, in metres: libraries of geometry round.
WELD_M: Final = 1e-5
#: From above, north up.
PLAN = View(axes=np.eye(3))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Soup:
    """Triangles, each of a product."""

    #: (n, 3) float64: right, up, and how near.
    vertices: Points
    #: (m, 3) int32; triangles of different products share no vertices.
    faces: NDArray[np.int32]
    #: (m,) int32: row of the products.
    owners: NDArray[np.int32]

    def of(self, kept: NDArray[np.bool]) -> "Soup":
        """Return some of the triangles, by a table (m,) that tells which."""
        return Soup(vertices=self.vertices, faces=self.faces[kept], owners=self.owners[kept])


def placed(scene: Scene, element: Element) -> Iterable[tuple[Points, NDArray[np.int32]]]:
    """Yield the vertices and faces of each shape of an element, in the scene's coordinates."""
    for part in element.parts:
        shape = scene.shapes[part.shape]
        vertices = shape.vertices.astype(np.float64)
        if part.transform is not None:
            vertices = vertices @ part.transform[:3, :3].T + part.transform[:3, 3]
        yield vertices, shape.faces


def soup_of(scene: Scene, products: Sequence[Product], rows: Iterable[int], view: View) -> Soup:
    """Return the triangles of some products, by their rows."""
    vertices: list[Points] = [np.zeros((0, 3))]
    faces = [np.zeros((0, 3), dtype=np.int32)]
    owners = [np.zeros(0, dtype=np.int32)]
    count = 0
    for row in rows:
        for points, triangles in placed(scene, products[row].element):
            vertices.append(view.seen(points))
            faces.append(triangles + np.int32(count))
            owners.append(np.full(len(triangles), row, dtype=np.int32))
            count += len(points)
    table, of = np.concatenate(faces), np.concatenate(owners)
    of_points = np.zeros(count, dtype=np.int32)
    of_points[table] = of[:, None]
    kept, numbers = welded(np.concatenate(vertices), of_points)
    return Soup(vertices=np.concatenate(vertices)[kept], faces=numbers[table], owners=of)


def welded(points: Points, owners: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the rows of points (n, k) that are kept, one of all that are as good as equal, and each point's number."""
    if not len(points):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    grid = max(WELD_M, float(np.abs(points - middle).max()) / (1 << 30))
    steps = np.rint((points - middle) / grid).astype(np.int32)
    kept, numbers = _kernels.weld_rows(np.ascontiguousarray(np.column_stack([steps, owners])))
    return kept, numbers


def split(soup: Soup, level: float) -> tuple[NDArray[np.bool], NDArray[np.intp], NDArray[np.bool]]:
    """
    Return which vertices are at or above a level, which faces cross it, and which of these have one corner above.

    A vertex on the level counts as above it: no face touches the level and does not cross it, so that what is cut out
    of a closed surface is closed, too.
    """
    above = soup.vertices[:, 2] >= level
    corners = above[soup.faces].sum(axis=1)
    crossing = np.flatnonzero((corners > 0) & (corners < soup.faces.shape[1]))
    return above, crossing, corners[crossing] == 1


def odd_first(soup: Soup, level: float) -> tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.bool]]:
    """
    Return the corners of faces that cross a level, turned so that the first is the one on its own side of it.

    Then the faces' numbers, and whether that corner is above.
    """
    above, crossing, one_above = split(soup, level)
    corners = soup.faces[crossing]
    alone = np.argmax(above[corners] == one_above[:, None], axis=1)
    turned = np.take_along_axis(corners, (alone[:, None] + np.arange(3)) % 3, axis=1)
    return turned, crossing, one_above


def crossings(vertices: Points, ends: NDArray[np.int32], level: float) -> Points:
    """Return where edges (n, 2) meet a level (n, 3): the same point for an edge whichever of its ends comes first."""
    low, high = np.sort(ends, axis=1).T
    start, end = vertices[low], vertices[high]
    share = (level - start[:, 2]) / (end[:, 2] - start[:, 2])
    points: Points = start + share[:, None] * (end - start)
    return points


def below(soup: Soup, level: float) -> Soup:
    """Return what of the triangles lies below a level."""
    turned, crossing, one_above = odd_first(soup, level)
    first = crossings(soup.vertices, turned[:, [0, 1]], level)
    second = crossings(soup.vertices, turned[:, [0, 2]], level)
    count, cut = len(soup.vertices), len(turned)
    at_first = np.arange(count, count + cut, dtype=np.int32)
    at_second = at_first + np.int32(cut)
    tips = np.column_stack([turned[:, 0], at_first, at_second])[~one_above]
    bases = np.column_stack([at_first, turned[:, 1], turned[:, 2]])[one_above]
    others = np.column_stack([at_first, turned[:, 2], at_second])[one_above]
    whole = (soup.vertices[:, 2] < level)[soup.faces].all(axis=1)
    owners = soup.owners[crossing]
    return Soup(
        vertices=np.concatenate([soup.vertices, first, second]),
        faces=np.concatenate([soup.faces[whole], tips, bases, others]),
        owners=np.concatenate([soup.owners[whole], owners[~one_above], owners[one_above], owners[one_above]]),
    )

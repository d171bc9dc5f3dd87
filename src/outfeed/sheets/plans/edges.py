"""Edges of surfaces that a draughtsman draws: rims, creases, and outlines of what is round."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.sheets.plans.model import Points
from outfeed.sheets.plans.soup import Soup

#: Faces that lean from each other by less than this are one surface: the sides of what stands for a circle do.
CREASE: Final = math.cos(math.radians(23.5))
#: An edge that is seen shorter is a point, in metres.
POINT_M: Final = 1e-4
#: A face that is seen from its side has less than this of a direction towards the eye.
FROM_SIDE: Final = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Edges:
    """Straight lines in space, as they are seen from one side."""

    #: (n, 2, 3) float64: right, up and how near, of both ends.
    ends: Points
    #: (n,) int32: row of the products.
    owners: NDArray[np.int32]
    #: (n,): how steeply the surfaces fall away beside it, as metres of depth to a metre of the paper's plane.
    slopes: Points


def edges_of(soup: Soup, level: float) -> Edges:
    """Return the edges of surfaces that are drawn, as far as they lie below a level."""
    heights = soup.vertices[:, 2][soup.faces]
    soup = soup.of(np.asarray(heights.min(axis=1) < level))
    normals = _normals(soup)
    pairs = np.sort(soup.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
    keys = pairs[:, 0] * len(soup.vertices) + pairs[:, 1]
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    counts = np.diff(starts, append=len(keys))
    sides = order[starts], order[np.minimum(starts + 1, max(len(order) - 1, 0))]
    first, second = (side // 3 for side in sides)
    turned = _creased(normals[first], normals[second]) | _outline(soup, sides, normals[first], normals[second])
    drawn = np.where(counts == 2, turned, (counts == 1) | ~_flat(normals[order // 3], starts))  # noqa: PLR2004 sides
    steep = np.maximum(_slope(normals[first]), np.where(counts > 1, _slope(normals[second]), 0.0))
    ends = soup.vertices[pairs[sides[0]]]
    drawn &= np.hypot(*(ends[:, 1, :2] - ends[:, 0, :2]).T) > POINT_M
    drawn &= ends[:, :, 2].min(axis=1) < level
    return Edges(ends=_lowered(ends[drawn], level), owners=soup.owners[first[drawn]], slopes=steep[drawn])


def _normals(soup: Soup) -> Points:
    """Return the directions of faces (m, 3), of length 1; 0 where a face has no area."""
    corners = soup.vertices[soup.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(across, axis=1, keepdims=True)
    normals: Points = np.divide(across, lengths, out=np.zeros_like(across), where=lengths > 0)
    return normals


def _creased(first: Points, second: Points) -> NDArray[np.bool]:
    # By the absolute value: files with faces that do not agree where outside is must not be all creases.
    creased: NDArray[np.bool] = np.abs((first * second).sum(axis=1)) < CREASE
    return creased


def _flat(normals: Points, starts: NDArray[np.intp]) -> NDArray[np.bool]:
    """Tell which edges lie in one plane of all that is seen there: solids that touch have faces between them."""
    facing = np.abs(normals[:, 2]) > FROM_SIDE
    upward = normals * (np.sign(normals[:, 2]) * facing)[:, None]
    counts = np.add.reduceat(facing.astype(np.int64), starts)
    sums = np.linalg.norm(np.add.reduceat(upward, starts), axis=1)
    flat: NDArray[np.bool] = (counts > 1) & (sums > counts * CREASE)
    return flat


def _outline(
    soup: Soup, sides: tuple[NDArray[np.intp], NDArray[np.intp]], first: Points, second: Points
) -> NDArray[np.bool]:
    """Tell which edges have both faces on the same side as they are seen: there a round surface turns away."""
    start, end = (soup.vertices[soup.faces[sides[0] // 3, (sides[0] + step) % 3], :2] for step in (0, 1))
    tips = [soup.vertices[soup.faces[side // 3, (side + 2) % 3], :2] for side in sides]
    along = end - start
    turns = [along[:, 0] * (tip - start)[:, 1] - along[:, 1] * (tip - start)[:, 0] for tip in tips]
    seen = (np.abs(first[:, 2]) > FROM_SIDE) & (np.abs(second[:, 2]) > FROM_SIDE)
    together: NDArray[np.bool] = seen & (turns[0] * turns[1] > 0)
    return together


def _slope(normals: Points) -> Points:
    """Return how steeply faces fall, 0 where they are seen from the side: such a face has no area on paper."""
    flat = np.hypot(normals[:, 0], normals[:, 1])
    near = np.abs(normals[:, 2])
    slopes: Points = np.divide(flat, near, out=np.zeros_like(flat), where=near > FROM_SIDE)
    return slopes


def _lowered(ends: Points, level: float) -> Points:
    """Return edges without what lies above a level."""
    for end, other in ((0, 1), (1, 0)):
        high = ends[:, end, 2] > level
        fall = ends[high, end, 2] - ends[high, other, 2]
        share = (ends[high, end, 2] - level) / fall
        ends[high, end] += share[:, None] * (ends[high, other] - ends[high, end])
    return ends

"""A building as it is seen from one side, cut by a plane: what is cut, and what is seen behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outfeed.scene.model import Scene
from outfeed.sheets.plans.building import Building
from outfeed.sheets.plans.cut import Section, sections
from outfeed.sheets.plans.edges import edges_of
from outfeed.sheets.plans.hidden import Lines, depths_of, seen_of
from outfeed.sheets.plans.looks import BY_LAYER, look_of
from outfeed.sheets.plans.model import NOWHERE, Points, Product
from outfeed.sheets.plans.soup import PLAN, View, below, soup_of

#: What reaches up through a floor by less is not drawn on it, in metres.
THROUGH_M = 0.05
#: Ground is drawn so far around a building, as a share of its size.
GROUND = 0.08
#: Nothing is drawn smaller, in metres.
SMALLEST_M = 0.01


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shown:
    """Which products a sheet shows, and where they are cut."""

    rows: NDArray[np.intp]
    #: Towards the eye, in metres: what is nearer is cut away.
    level: float
    view: View = PLAN


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Figure:
    """What is drawn of a building on one sheet, in metres."""

    cut: tuple[Section, ...]
    seen: Lines


def shown_on(building: Building, storey: int, cut_height_m: float) -> Shown:
    """
    Return what a plan of a storey shows: all that is cut, and what stands on the floor or belongs to the storey.

    What has all of its things above the cut, such as a roof, is seen from above and not cut.
    """
    lows, highs = building.heights.T
    own = building.homes == storey
    floor = building.storeys[storey].elevation if storey != NOWHERE else -np.inf
    level = floor + cut_height_m
    if storey == NOWHERE or not (own & (lows < level)).any():
        return Shown(rows=np.flatnonzero(own), level=float(highs[own].max(initial=0.0)) + 1.0)
    same = building.storeys[storey].building
    beside = np.array([other.building == same for other in building.storeys])[building.homes]
    return Shown(rows=np.flatnonzero((lows < level) & (own | (beside & (highs > floor + THROUGH_M)))), level=level)


def box_of(products: Sequence[Product], rows: NDArray[np.intp], view: View) -> Points:
    """Return the lower left and the upper right corner (2, 2) around products; around ground only if all is ground."""
    ground = BY_LAYER["Site"]
    kept = [row for row in rows if look_of(products[row].class_name) != ground] or rows.tolist()
    corners = np.array([_corners(products[row].box) for row in kept]).reshape(-1, 3)
    flat = view.seen(corners)[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    around = max(float((high - low).max()) * GROUND * (len(kept) < len(rows)), SMALLEST_M)
    return np.array([low - around, high + around])


def _corners(box: Points) -> Points:
    grid = np.stack(np.meshgrid(*box.T, indexing="ij"), axis=-1)
    return grid.reshape(-1, 3)


def figure_of(scene: Scene, building: Building, shown: Shown, box: Points, sample_m: float) -> Figure:
    """
    Cut and look: `box` (2, 2) is what the paper shows, `sample_m` how fine it is looked at.

    Raises
    ------
    DrawingTooLarge
        If it is too much to look at.
    """
    soup = soup_of(scene, building.products, shown.rows.tolist(), shown.view)
    cut = sections(soup, shown.level)
    depths = depths_of(below(soup, shown.level), box, sample_m)
    return Figure(cut=tuple(cut), seen=seen_of(edges_of(soup, shown.level), depths))

"""A building as it is seen from one side, cut by a plane: what is cut, and what is seen behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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

    rows: tuple[int, ...]
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
    floor = building.storeys[storey].elevation if storey != NOWHERE else -np.inf
    own = [row for row, product in enumerate(building.products) if product.storey == storey]
    level = floor + cut_height_m
    lows = [float(building.products[row].box[0, 2]) for row in own]
    highs = [float(building.products[row].box[1, 2]) for row in own]
    if not lows or min(lows) >= level or storey == NOWHERE:
        return Shown(rows=tuple(own), level=max(highs, default=0.0) + 1.0)
    same = building.storeys[storey].building
    rows = [
        row
        for row, product in enumerate(building.products)
        if product.box[0, 2] < level
        and (product.storey == storey or (product.box[1, 2] > floor + THROUGH_M and _beside(building, product, same)))
    ]
    return Shown(rows=tuple(rows), level=level)


def _beside(building: Building, product: Product, name: str) -> bool:
    return product.storey == NOWHERE or building.storeys[product.storey].building == name


def box_of(products: Sequence[Product], rows: Sequence[int], view: View) -> Points:
    """Return the lower left and the upper right corner (2, 2) around products; around ground only if all is ground."""
    ground = BY_LAYER["Site"]
    kept = [row for row in rows if look_of(products[row].class_name) != ground] or rows
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
    soup = soup_of(scene, building.products, shown.rows, shown.view)
    cut = sections(soup, shown.level)
    depths = depths_of(below(soup, shown.level), box, sample_m)
    return Figure(cut=tuple(cut), seen=seen_of(edges_of(soup, shown.level), depths))

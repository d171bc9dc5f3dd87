"""Storeys and products of a scene: what stands on which floor."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outfeed.scene.model import NO_PARENT, Element, Scene
from outfeed.sheets.fonts import plain
from outfeed.sheets.plans.looks import WHOLES
from outfeed.sheets.plans.model import NOWHERE, Door, Facts, Leaf, Points, Product, Room, Storey
from outfeed.sheets.plans.soup import placed

#: Something that begins so little below a floor stands on it, in metres.
SUNK_M = 0.5
#: A placement with a smaller volume has no inverse.
MOST_FLAT = 1e-6
#: Longest name of a sheet.
MOST_NAME = 200


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Building:
    """What plans are drawn of."""

    project: str
    #: Lowest first.
    storeys: tuple[Storey, ...]
    products: tuple[Product, ...]
    rooms: tuple[Room, ...]
    leaves: tuple[Leaf, ...]
    facts: Facts
    #: Of each product: its lowest and its highest z (n, 2), its storey (n,), and how many triangles it has (n,).
    heights: Points
    homes: NDArray[np.int64]
    triangles: NDArray[np.int64]
    #: How many products had no storey and were given one by their height.
    strays: int


def building_of(scene: Scene, facts: Facts) -> Building:
    """Return the storeys of a scene, lowest first, and its products with their storeys."""
    above = _storey_rows(scene.elements)
    rows = [row for row, element in enumerate(scene.elements) if element.class_name == "IfcBuildingStorey"]
    boxes = {row: box for row, element in enumerate(scene.elements) if (box := _box(scene, element)) is not None}
    heights = _heights(scene, facts, rows, above, boxes)
    rows.sort(key=lambda row: (heights[row], row))
    order = {row: place for place, row in enumerate(rows)} | {NOWHERE: NOWHERE}
    products = [
        Product(element=element, class_name=_class_of(scene, element), storey=order[above[row]], box=boxes[row])
        for row, element in enumerate(scene.elements)
        if row in boxes
    ]
    storeys = _named(scene, rows, heights)
    ids = {scene.elements[row].id: order[row] for row in rows}
    rooms = tuple(
        Room(number=room.number, name=room.name, area=room.area, x=room.x, y=room.y, storey=ids[holder])
        for holder, room in facts.rooms
        if holder in ids
    )
    settled = _settled(products, [storey.elevation for storey in storeys])
    strays = sum(1 for product in products if product.storey == NOWHERE and storeys)
    sizes = [sum(len(scene.shapes[part.shape].faces) for part in product.element.parts) for product in settled]
    return Building(
        heights=np.array([product.box[:, 2] for product in settled]).reshape(-1, 2),
        homes=np.array([product.storey for product in settled], dtype=np.int64),
        triangles=np.array(sizes, dtype=np.int64),
        project=facts.project,
        storeys=storeys,
        products=settled,
        rooms=rooms,
        leaves=tuple(leaves_of(scene, facts)),
        facts=facts,
        strays=strays,
    )


def _storey_rows(elements: tuple[Element, ...]) -> list[int]:
    """Return the row of the storey that each element is in, or is."""
    rows: list[int] = []
    for row, element in enumerate(elements):
        inherited = NOWHERE if element.parent == NO_PARENT else rows[element.parent]
        rows.append(row if element.class_name == "IfcBuildingStorey" else inherited)
    return rows


def _box(scene: Scene, element: Element) -> Points | None:
    boxes = [(points.min(axis=0), points.max(axis=0)) for points, _ in placed(scene, element)]
    if not boxes:
        return None
    return np.array([np.min([low for low, _ in boxes], axis=0), np.max([high for _, high in boxes], axis=0)])


def _heights(
    scene: Scene, facts: Facts, rows: list[int], above: list[int], boxes: dict[int, Points]
) -> dict[int, float]:
    """Return the heights of storeys' floors; of one that the file says nothing of, that of what stands lowest there."""
    lowest: dict[int, float] = {}
    for row, box in boxes.items():
        lowest[above[row]] = min(lowest.get(above[row], np.inf), float(box[0, 2]))
    return {row: facts.elevations.get(scene.elements[row].id, lowest.get(row, 0.0)) for row in rows}


def _class_of(scene: Scene, element: Element) -> str:
    """Return the class by which an element is drawn: that of the whole that it is a part of, if that is one."""
    holder = element.parent
    while holder != NO_PARENT:
        if scene.elements[holder].class_name.startswith(WHOLES) and not element.class_name.startswith(WHOLES):
            return scene.elements[holder].class_name
        holder = scene.elements[holder].parent
    return element.class_name


def _named(scene: Scene, rows: list[int], heights: dict[int, float]) -> tuple[Storey, ...]:
    elements = scene.elements
    names = [plain(elements[row].name).strip()[:MOST_NAME] or f"Level {heights[row]:+.2f}" for row in rows]
    buildings = [_holder_name(scene, row) for row in rows]
    doubled = [
        f"{building} – {name}" if names.count(name) > 1 else name
        for building, name in zip(buildings, names, strict=True)
    ]
    cut_off = (name[:MOST_NAME] for name in doubled)
    return tuple(
        Storey(name=name, building=building, elevation=heights[row])
        for name, building, row in zip(unique(cut_off), buildings, rows, strict=True)
    )


def unique(names: Iterable[str]) -> list[str]:
    """Return names with a number behind each that was there before."""
    taken: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        made = name
        while made in taken:
            taken[name] = taken.get(name, 1) + 1
            made = f"{name} ({taken[name]})"
        taken[made] = 1
        found.append(made)
    return found


def _holder_name(scene: Scene, row: int) -> str:
    holder = scene.elements[row].parent
    while holder != NO_PARENT:
        if scene.elements[holder].class_name == "IfcBuilding":
            return plain(scene.elements[holder].name).strip()[:MOST_NAME]
        holder = scene.elements[holder].parent
    return ""


def _settled(products: list[Product], floors: list[float]) -> tuple[Product, ...]:
    """Return products with a storey for those that had none: the highest that they do not begin below."""
    if not floors:
        return tuple(products)
    return tuple(
        product
        if product.storey != NOWHERE
        else Product(
            element=product.element,
            class_name=product.class_name,
            storey=max(0, bisect_right(floors, float(product.box[0, 2]) + SUNK_M) - 1),
            box=product.box,
        )
        for product in products
    )


def leaves_of(scene: Scene, facts: Facts) -> Iterator[Leaf]:
    """Yield the wings of doors that turn, as wide as the doors' shapes are."""
    elements = {element.id: element for element in scene.elements if element.parts}
    for door in facts.doors:
        turn = door.matrix[:3, :3]
        if door.id not in elements or abs(float(np.linalg.det(turn))) < MOST_FLAT:
            continue
        points = np.concatenate([points for points, _ in placed(scene, elements[door.id])])
        own = (points - door.matrix[:3, 3]) @ np.linalg.inv(turn).T
        low, high = own.min(axis=0), own.max(axis=0)
        across = float(np.clip(0.0, low[1], high[1]))
        for hinge, closed in door.wings:
            yield _leaf(door, low, high, (hinge, closed), across)


def _leaf(door: Door, low: Points, high: Points, wing: tuple[float, float], across: float) -> Leaf:
    width = float(high[0] - low[0])
    hinge, closed = (float(low[0]) + share * width for share in wing)
    places = np.array(
        [[hinge, across, low[2]], [closed, across, low[2]], [hinge, across + abs(closed - hinge), high[2]]]
    )
    corners = places @ door.matrix[:3, :3].T + door.matrix[:3, 3]
    flat = [(float(x), float(y)) for x, y in corners[:, :2]]
    return Leaf(hinge=flat[0], closed=flat[1], opened=flat[2], low=float(corners[0, 2]), high=float(corners[2, 2]))

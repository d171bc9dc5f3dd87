"""What an IFC file says besides the shapes of its products: storeys' heights, rooms, grids, doors that turn, north."""

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from outfeed.errors import SourceDamaged, TooManyTriangles
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.scene.formats.ifc.attributes import (
    Entity,
    Model,
    entities,
    entity,
    instances,
    is_entity,
    number,
    number_of,
    numbers,
    text,
    value,
)
from outfeed.scene.formats.ifc.earth import placement, true_north
from outfeed.scene.formats.ifc.opening import opened_model
from outfeed.scene.formats.ifc.placing import FARTHEST_M
from outfeed.scene.formats.ifc.reader import HIDDEN
from outfeed.scene.formats.ifc.shapes import Placed, RawShape, shapes_of, unit_metres
from outfeed.scene.formats.ifc.tree import Tree
from outfeed.sheets.plans.cut import area_of, sections
from outfeed.sheets.plans.inside import point_inside
from outfeed.sheets.plans.model import Door, Facts, GridLine, Points, Room
from outfeed.sheets.plans.soup import Soup

#: How far above its floor a room is measured, in metres.
ANKLE_M: Final = 0.05
#: Sides of round rooms.
SIDES: Final = 64
#: Letters of a text that is drawn.
MOST_LETTERS: Final = 100
#: Points of an axis of a grid.
MOST_POINTS: Final = 10_000


def facts_of(source: Path, limits: ReadLimits) -> Facts:
    """
    Return what a file says that was read as a scene before: so it is known to be sound.

    Raises
    ------
    SourceError
        As `read_ifc` does.
    """
    with opened_model(SourceFile(content=source), limits) as model:
        products = [item for item in instances(model, "IfcProduct") if is_entity(value(item, "Representation"))]
        unit_m = unit_metres(model, products)
        lost: list[tuple[str, str]] = []
        return Facts(
            project=next((_named(item) for item in instances(model, "IfcProject")), ""),
            elevations=dict(_elevations(model, unit_m)),
            rooms=tuple(_rooms(model, limits.max_triangles, lost)),
            grid=tuple(_grid(model, unit_m, lost)),
            doors=tuple(_doors(model, unit_m)),
            north=true_north(model),
            shaped=dict(Counter(item.is_a() for item in products if not any(map(item.is_a, HIDDEN)))),
            lost=tuple(lost),
        )


def _named(item: Entity) -> str:
    return (text(item, "LongName") or text(item, "Name"))[:MOST_LETTERS]


def _near(points: Points) -> bool:
    """Tell whether points are on earth."""
    return bool(np.isfinite(points).all() and (np.abs(points) < FARTHEST_M).all())


def _elevations(model: Model, unit_m: float) -> Iterator[tuple[str, float]]:
    """Yield the id of each storey and its height: that of its place, or where all are at one place, the one it says."""
    storeys = instances(model, "IfcBuildingStorey")
    placed = [placement(entity(item, "ObjectPlacement"))[2, 3] * unit_m for item in storeys]
    said = [number(item, "Elevation") for item in storeys]
    one = len({round(height, 3) for height in placed}) == 1
    for item, at, own in zip(storeys, placed, said, strict=True):
        unplaced = one or entity(item, "ObjectPlacement") is None
        height = own * unit_m if unplaced and own is not None else at
        if abs(height) < FARTHEST_M:
            yield text(item, "GlobalId") or f"#{number_of(item)}", float(height)


# --- Rooms ------------------------------------------------------------------------------------------------------------


def _rooms(model: Model, most: int, lost: list[tuple[str, str]]) -> Iterator[tuple[str, Room]]:
    spaces = {
        number_of(item): item for item in instances(model, "IfcSpace") if is_entity(value(item, "Representation"))
    }
    if not spaces:
        return
    tree = Tree(model)
    try:
        batch = shapes_of(model, list(spaces.values()), sides=dict.fromkeys(spaces, SIDES), most=most)
    except (SourceDamaged, TooManyTriangles) as error:
        lost.append(("IfcSpace", f"Rooms have no labels. {error}"))
        return
    for item in batch.placed:
        space = spaces[item.product]
        holder = next((above for above in tree.above(space) if above.is_a("IfcBuildingStorey")), None)
        room = _room(space, item, batch.shapes[item.shape])
        if holder is not None and room is not None:
            yield text(holder, "GlobalId") or f"#{number_of(holder)}", room


def _room(space: Entity, at: Placed, shape: RawShape) -> Room | None:
    vertices = shape.vertices @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    inside = len(shape.faces) > 0 and shape.faces.min() >= 0 and shape.faces.max() < len(vertices)
    if not inside or not _near(vertices):
        return None
    soup = Soup(vertices=vertices, faces=shape.faces, owners=np.zeros(len(shape.faces), dtype=np.int32))
    floor = sections(soup, float(vertices[:, 2].min()) + ANKLE_M)
    rings = floor[0].rings if floor else ()
    if not rings:
        return None
    x, y = point_inside(rings)
    area = abs(sum(map(area_of, rings)))
    number_said, long_name = (text(space, name)[:MOST_LETTERS] for name in ("Name", "LongName"))
    return Room(number=number_said, name=long_name, area=area, x=x, y=y, storey=0)


# --- Grids ------------------------------------------------------------------------------------------------------------


def _grid(model: Model, unit_m: float, lost: list[tuple[str, str]]) -> Iterator[GridLine]:
    for grid in instances(model, "IfcGrid"):
        matrix = placement(entity(grid, "ObjectPlacement"))
        for axis in (axis for name in ("UAxes", "VAxes", "WAxes") for axis in entities(grid, name)):
            flat = _points_of(entity(axis, "AxisCurve"))
            points = (flat @ matrix[:2, :2].T + matrix[:2, 3]) * unit_m
            if len(points) > 1 and _near(points):
                yield GridLine(tag=text(axis, "AxisTag")[:MOST_LETTERS], points=points)
            else:
                lost.append(("IfcGridAxis", "Axes of grids are drawn where they are lines through points, or arcs."))


def _points_of(curve: Entity | None) -> Points:
    """Return a curve as points (n, 2); none where it is not one that is read."""
    read: list[list[float]] = []
    if curve is None:
        return np.zeros((0, 2))
    if curve.is_a("IfcPolyline"):
        read = [numbers(point, "Coordinates")[:2] for point in entities(curve, "Points")]
    elif curve.is_a("IfcIndexedPolyCurve"):
        rows = value(entity(curve, "Points"), "CoordList")
        read = [list(row[:2]) for row in rows] if isinstance(rows, tuple) else []
    elif curve.is_a("IfcTrimmedCurve"):
        return _trimmed(curve)
    kept = [point for point in read[:MOST_POINTS] if len(point) == 2]  # noqa: PLR2004 a plane
    return np.array(kept, dtype=np.float64).reshape(-1, 2)


def _trimmed(curve: Entity) -> Points:
    """Return a line between two points, or an arc between two angles, as points."""
    basis, ends = entity(curve, "BasisCurve"), [_trim(curve, name) for name in ("Trim1", "Trim2")]
    if basis is not None and basis.is_a("IfcLine") and all(len(end) == 2 for end in ends):  # noqa: PLR2004 a plane
        return np.array(ends, dtype=np.float64)
    radius = number(basis, "Radius") if basis is not None and basis.is_a("IfcCircle") else None
    if radius is None or any(len(end) != 1 for end in ends):
        return np.zeros((0, 2))
    start, end = (math.radians(end[0]) if abs(end[0]) > math.tau else end[0] for end in ends)
    turn = (end - start) % math.tau or math.tau
    angles = start + np.linspace(0.0, turn, SIDES)
    matrix = placement(entity(basis, "Position"))
    return radius * np.column_stack([np.cos(angles), np.sin(angles)]) @ matrix[:2, :2].T + matrix[:2, 3]


def _trim(curve: Entity, name: str) -> list[float]:
    """Return where a curve ends: a point, or an angle."""
    for said in entities(curve, name):
        if point := numbers(said, "Coordinates")[:2]:
            return point
        angle = number(curve, name) if said is None else value(said, "wrappedValue")
        if isinstance(angle, float) and math.isfinite(angle):
            return [angle]
    return []


# --- Doors ------------------------------------------------------------------------------------------------------------

#: Wings of doors by the end of their operation: where hinges are along the door's width, and where it closes.
_WINGS: Final = {
    "SINGLE_SWING_LEFT": ((0.0, 1.0),),
    "SINGLE_SWING_RIGHT": ((1.0, 0.0),),
    "DOUBLE_SWING_LEFT": ((0.0, 1.0),),
    "DOUBLE_SWING_RIGHT": ((1.0, 0.0),),
    "DOUBLE_DOOR_SINGLE_SWING": ((0.0, 0.5), (1.0, 0.5)),
    "DOUBLE_DOOR_DOUBLE_SWING": ((0.0, 0.5), (1.0, 0.5)),
}


def _doors(model: Model, unit_m: float) -> Iterator[Door]:
    types = {
        number_of(door): entity(relation, "RelatingType")
        for relation in instances(model, "IfcRelDefinesByType")
        for door in entities(relation, "RelatedObjects")
    }
    for door in instances(model, "IfcDoor"):
        said = text(door, "OperationType") or text(types.get(number_of(door)), "OperationType")
        matrix = placement(entity(door, "ObjectPlacement")).copy()
        matrix[:3, 3] *= unit_m
        if said in _WINGS and _near(matrix):
            yield Door(id=text(door, "GlobalId"), matrix=matrix, wings=_WINGS[said])

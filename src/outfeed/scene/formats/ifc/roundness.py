"""How many sides a circle becomes: so many that none is off by more than a few millimetres.

The first kernel makes all circles of one number of sides, however large they are, so a round tower and a bolt must not
be made together.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from outfeed.scene.formats.ifc.attributes import Entity, Model, entities, entity, instances, number, number_of, value

#: Classes that are round, and the attribute with the larger radius.
RADII: Final = {
    "IfcCircle": "Radius",
    "IfcEllipse": "SemiAxis1",
    "IfcCircleProfileDef": "Radius",
    "IfcEllipseProfileDef": "SemiAxis1",
    "IfcSweptDiskSolid": "Radius",
    "IfcSphere": "Radius",
    "IfcRightCircularCylinder": "Radius",
    "IfcRightCircularCone": "BottomRadius",
}
#: How far the middle of a side may be from the circle, in metres.
MOST_OFF_M: Final = 0.005
#: Numbers of sides; the last one is for all that is larger.
SIDES: Final = (16, 32, 64, 128, 256)


def sides_of(
    model: Model, products: Iterable[Entity], links: Mapping[int, list[int]], order: Iterable[int], *, unit_m: float
) -> dict[int, int]:
    """
    Return for each product, by number, how many sides its largest circle needs.

    Parameters
    ----------
    model, products
        The file and what is asked for.
    links, order
        What things are made of, by number, and all of them, each after its parts (`soundness`).
    unit_m
        The file's unit of length in metres.
    """
    reach = _radii(model)
    for item in order:
        reach[item] = max([reach.get(item, 0.0), *(reach.get(part, 0.0) for part in links.get(item, ()))])
    largest: dict[int, float] = {number_of(product): _of(product, reach) for product in products}
    for relation in instances(model, "IfcRelVoidsElement"):
        wall, opening = entity(relation, "RelatingBuildingElement"), entity(relation, "RelatedOpeningElement")
        if wall is not None and opening is not None and number_of(wall) in largest:
            largest[number_of(wall)] = max(largest[number_of(wall)], _of(opening, reach))
    return {product: sides_for(radius * unit_m) for product, radius in largest.items()}


def sides_for(radius_m: float) -> int:
    """Return how many sides a circle of a radius in metres gets."""
    fine = (sides for sides in SIDES if radius_m * (1 - math.cos(math.pi / sides)) <= MOST_OFF_M)
    return next(fine, SIDES[-1])


def _of(product: Entity, reach: Mapping[int, float]) -> float:
    shape = entity(product, "Representation")
    return 0.0 if shape is None else reach.get(number_of(shape), 0.0)


def _radii(model: Model) -> dict[int, float]:
    """Return the radius of all that is round, by number, in the file's unit."""
    found = {
        number_of(item): number(item, name) or 0.0 for kind, name in RADII.items() for item in instances(model, kind)
    }
    return found | {number_of(curve): _largest_arc(curve) for curve in instances(model, "IfcIndexedPolyCurve")}


def _largest_arc(curve: Entity) -> float:
    """Return the largest radius of a curve's arcs, each of which is three rows of its points."""
    found = value(entity(curve, "Points"), "CoordList")
    points = found if isinstance(found, tuple) else ()
    arcs = [value(segment, "wrappedValue") for segment in entities(curve, "Segments") if segment.is_a("IfcArcIndex")]
    return max((_radius([points[row - 1] for row in arc]) for arc in arcs if _are_rows(arc, len(points))), default=0.0)


def _are_rows(arc: Any, count: int) -> bool:
    """Tell whether something is three numbers of rows."""
    return isinstance(arc, tuple) and len(arc) == 3 and all(isinstance(row, int) and 1 <= row <= count for row in arc)  # noqa: PLR2004 an arc has three points


def _radius(points: list[tuple[float, ...]]) -> float:
    """Return the radius of the circle through three points; 0 where there is none."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = ((*point, 0.0, 0.0, 0.0)[:3] for point in points)
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    doubled = math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    product = math.hypot(ux, uy, uz) * math.hypot(vx, vy, vz) * math.hypot(ux - vx, uy - vy, uz - vz)
    radius = product / (2 * doubled) if doubled else 0.0
    return radius if math.isfinite(radius) else 0.0

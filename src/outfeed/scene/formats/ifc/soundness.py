"""What is refused before the geometry library sees it: rings, towers and bombs of things made of each other.

The library follows these references by recursion, so a ring ends it with a fault, and a few lines can stand for
billions of shapes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from outfeed.errors import SourceDamaged, TooManyTriangles
from outfeed.scene.formats.ifc.attributes import Entity, Model, instances, is_entity, number_of, value
from outfeed.scene.formats.ifc.tree import Tree

#: Classes that can be made of their own kind, and the attributes that say of what.
LINKS: Final = {
    "IfcObjectPlacement": ("PlacementRelTo",),
    "IfcProductDefinitionShape": ("Representations",),
    "IfcRepresentation": ("Items",),
    "IfcMappedItem": ("MappingSource",),
    "IfcRepresentationMap": ("MappedRepresentation",),
    "IfcBooleanResult": ("FirstOperand", "SecondOperand"),
    "IfcCsgSolid": ("TreeRootExpression",),
    "IfcSweptAreaSolid": ("SweptArea",),
    "IfcSweptDiskSolid": ("Directrix",),
    "IfcDerivedProfileDef": ("ParentProfile",),
    "IfcCompositeProfileDef": ("Profiles",),
    "IfcArbitraryClosedProfileDef": ("OuterCurve", "InnerCurves"),
    "IfcArbitraryOpenProfileDef": ("Curve",),
    "IfcCompositeCurve": ("Segments",),
    "IfcCompositeCurveSegment": ("ParentCurve",),
    "IfcCurveSegment": ("ParentCurve",),
    "IfcTrimmedCurve": ("BasisCurve",),
    "IfcOffsetCurve": ("BasisCurve",),
    "IfcOffsetCurve2D": ("BasisCurve",),
    "IfcOffsetCurve3D": ("BasisCurve",),
    "IfcSurfaceCurve": ("Curve3D",),
    "IfcGradientCurve": ("BaseCurve",),
    "IfcSegmentedReferenceCurve": ("BaseCurve",),
    "IfcCurveBoundedPlane": ("BasisSurface",),
    "IfcRectangularTrimmedSurface": ("BasisSurface",),
    "IfcGeometricSet": ("Elements",),
}
#: Steps from a shape down to what it is finally made of; deeper ones would take the library's whole stack.
MOST_DEPTH: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What the things of a file are made of."""

    #: Numbers of the parts of each, by its number.
    links: dict[int, list[int]]
    #: All numbers, each after those of its parts.
    order: list[int]


def check_sound(model: Model, tree: Tree, products: Iterable[Entity], most: int) -> Made:
    """
    Check that nothing is made of itself or holds itself, and that the products are made of at most `most` pieces.

    Raises
    ------
    SourceDamaged
        If something is made of itself or holds itself, or there are too many things within each other.
    TooManyTriangles
        If there are more pieces, of which each has a triangle at least.
    """
    _ordered(tree.links)
    rows = {
        number_of(item): list(_parts(item, names)) for name, names in LINKS.items() for item in instances(model, name)
    }
    made = Made(links=rows, order=_ordered(rows))
    pieces: dict[int, int] = {}
    for number in made.order:
        pieces[number] = min(most + 1, sum(pieces[part] for part in rows.get(number, ())) or 1)
    shapes = (shape for product in products if is_entity(shape := value(product, "Representation")))
    if sum(pieces.get(number_of(shape), 0) for shape in shapes) > most:
        raise TooManyTriangles(f"The limit is {most}.")
    return made


def _ordered(links: dict[int, list[int]]) -> list[int]:
    """Return the numbers of things, each after those that it links to."""
    try:
        order = list(TopologicalSorter(links).static_order())
    except CycleError as error:
        ring = ", ".join(f"#{number}" for number in error.args[1][:5])
        raise SourceDamaged(f"Something is made of itself: {ring}.") from error
    depths: dict[int, int] = {}
    for number in order:
        depths[number] = 1 + max((depths[part] for part in links.get(number, ())), default=0)
    if max(depths.values(), default=0) > MOST_DEPTH:
        raise SourceDamaged(f"It has things within each other, more than {MOST_DEPTH} deep.")
    return order


def _parts(item: Entity, names: Iterable[str]) -> Iterator[int]:
    for name in names:
        found = value(item, name)
        for part in found if isinstance(found, tuple) else (found,):
            if is_entity(part):
                yield number_of(part)

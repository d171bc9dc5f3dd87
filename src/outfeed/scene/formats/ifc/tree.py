"""Which element holds which: decomposition, containment, and what fills the openings of what."""

from collections.abc import Iterator
from typing import Final

from outfeed.scene.formats.ifc.attributes import Entity, Model, entities, entity, instances, number_of

#: Relations that say where something belongs, and their attributes: who holds, who is held. The first that says so
#: counts, as an element of an assembly may also be contained in a storey.
HOLDERS: Final = (
    ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
    ("IfcRelNests", "RelatingObject", "RelatedObjects"),
    ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"),
    ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
    ("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement"),
    ("IfcRelAdheresToElement", "RelatingElement", "RelatedSurfaceFeatures"),
)

#: What is nobody's part to look at: an opening is where something is not.
OPENING: Final = "IfcFeatureElementSubtraction"
#: What the spatial structure is made of, in all schemas.
SPATIAL: Final = ("IfcProject", "IfcSpatialStructureElement", "IfcSpatialElement")


class Tree:
    """The holders of a model's elements."""

    def __init__(self, model: Model) -> None:
        self._holders: dict[int, Entity] = {}
        #: Numbers of all that hold an element, by whatever relation: no element may be above itself.
        self.links: dict[int, list[int]] = {}
        for name, holder, held in HOLDERS:
            for relation in instances(model, name):
                self._take(relation, holder, held)

    def _take(self, relation: Entity, holder: str, held: str) -> None:
        above = entity(relation, holder)
        if above is None:
            return
        one = entity(relation, held)
        for below in [one] if one is not None else entities(relation, held):
            self._holders.setdefault(number_of(below), above)
            self.links.setdefault(number_of(below), []).append(number_of(above))

    def above(self, item: Entity) -> list[Entity]:
        """Return what holds an element, nearest first, without openings. The links must have been found sound."""
        return [holder for holder in self._chain(item) if not holder.is_a(OPENING)]

    def _chain(self, item: Entity) -> Iterator[Entity]:
        holder = self._holders.get(number_of(item))
        while holder is not None and holder.is_a("IfcObjectDefinition"):
            yield holder
            holder = self._holders.get(number_of(holder))


def spatial(model: Model) -> list[Entity]:
    """Return the project, and the sites, buildings, storeys, spaces and the like, in the file's order."""
    found = {number_of(item): item for name in SPATIAL for item in instances(model, name)}
    return [found[number] for number in sorted(found)]

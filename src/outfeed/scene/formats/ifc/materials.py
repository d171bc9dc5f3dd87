"""The names of what an element is made of."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from outfeed.scene.formats.ifc.attributes import Entity, entities, entity, number_of, text

#: For each class of material: the attributes of what it is made of, one of which leads on.
PARTS: Final = {
    "IfcMaterialLayerSetUsage": ("ForLayerSet",),
    "IfcMaterialLayerSet": ("MaterialLayers",),
    "IfcMaterialLayer": ("Material",),
    "IfcMaterialProfileSetUsage": ("ForProfileSet",),
    "IfcMaterialProfileSet": ("MaterialProfiles",),
    "IfcMaterialProfile": ("Material",),
    "IfcMaterialConstituentSet": ("MaterialConstituents",),
    "IfcMaterialConstituent": ("Material",),
    "IfcMaterialList": ("Materials",),
}
#: From a usage over its set and a layer to the material.
MOST_DEPTH: Final = 4
#: Names of one material; a wall has ten layers.
MOST_NAMES: Final = 1_000


class Materials:
    """The names of what materials are made of, each found once however many elements are made of it."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[str, ...]] = {}

    def names(self, item: Entity, depth: int = MOST_DEPTH) -> tuple[str, ...]:
        """Return those of a material, a layer set, a list and so on; what has no parts has its own, or none."""
        key = number_of(item), depth
        if key not in self._known:
            below = (name for part in _parts(item) for name in self.names(part, depth - 1)) if depth else iter(())
            own = text(item, "Name") or text(item, "LayerSetName")
            self._known[key] = tuple(islice(dict.fromkeys(below), MOST_NAMES)) or ((own,) if own else ())
        return self._known[key]


def _parts(item: Entity) -> Iterator[Entity]:
    kind = next((name for name in PARTS if item.is_a(name)), None)
    for name in PARTS[kind] if kind else ():
        one = entity(item, name)
        yield from entities(item, name) if one is None else (one,)

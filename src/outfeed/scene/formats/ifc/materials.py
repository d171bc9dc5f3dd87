"""The names of what an element is made of."""

from collections.abc import Iterator
from typing import Final

from outfeed.scene.formats.ifc.attributes import Entity, entities, entity, text

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


def material_names(item: Entity, depth: int = MOST_DEPTH) -> Iterator[str]:
    """Yield the names of what a material, a layer set, a list and so on are made of; what has no parts has its own."""
    if not depth:
        return
    kind = next((name for name in PARTS if item.is_a(name)), None)
    if kind is None:
        yield from filter(None, [text(item, "Name")])
        return
    below = [part for name in PARTS[kind] for part in _of(item, name)]
    names = [name for part in below for name in material_names(part, depth - 1)]
    yield from names or filter(None, [text(item, "Name") or text(item, "LayerSetName")])


def _of(item: Entity, name: str) -> Iterator[Entity]:
    one = entity(item, name)
    return iter([one]) if one is not None else entities(item, name)

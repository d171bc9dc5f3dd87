"""What is known of each element: attributes, type, storey, materials, property sets and quantities."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.traits import Trait
from outfeed.scene.formats.ifc.attributes import (
    Entity,
    Model,
    entities,
    entity,
    instances,
    is_entity,
    number_of,
    text,
    value,
)
from outfeed.scene.formats.ifc.materials import material_names
from outfeed.scene.model import Value

#: Attributes that are kept as they are, where an element has them.
PLAIN: Final = ("Tag", "ObjectType", "Description", "PredefinedType", "LongName")
#: Complex properties within each other that are followed.
MOST_DEPTH: Final = 16
#: Attributes of bounded values, and what is added to the property's name for each.
BOUNDS: Final = ("LowerBoundValue", "UpperBoundValue", "SetPointValue")
#: Attributes of a predefined property set before its own ones.
PREDEFINED_FROM: Final = 4

_UNREADABLE_SENTENCE: Final = "Properties that are tables or references to other things are left out."

Values = dict[str, Value]


class Properties:
    """The properties of a model's elements; each relation and each set is read once."""

    def __init__(self, model: Model, noted: Noted) -> None:
        self._noted = noted
        self._types = _related(model, "IfcRelDefinesByType", "RelatingType")
        self._materials = _related(model, "IfcRelAssociatesMaterial", "RelatingMaterial")
        self._sets = _related(model, "IfcRelDefinesByProperties", "RelatingPropertyDefinition")
        self._read: dict[int, Values] = {}

    def of(self, item: Entity, storey: str) -> Values:
        """Return the properties of an element, in a fixed order; those of its own override those of its type."""
        kind = next(iter(self._types.get(number_of(item), ())), None)
        found: Values = {name: said for name in PLAIN if (said := text(item, name))}
        named = {"Type": text(kind, "Name"), "Storey": storey, "Material": self._material(item, kind)}
        found |= {name: said for name, said in named.items() if said}
        for definition in [*entities(kind, "HasPropertySets"), *self._sets.get(number_of(item), ())]:
            found |= self._of_set(definition)
        return found

    def _material(self, item: Entity, kind: Entity | None) -> str:
        own = self._materials.get(number_of(item)) or (self._materials.get(number_of(kind), []) if kind else [])
        return ", ".join(dict.fromkeys(name for material in own for name in material_names(material)))

    def _of_set(self, definition: Entity) -> Values:
        if not number_of(definition):  # a list of sets that is a value of its own, and has no number
            return {name: said for one in _wrapped(definition) for name, said in self._of_set(one).items()}
        if number_of(definition) not in self._read:
            self._read[number_of(definition)] = dict(self._values(definition))
        return self._read[number_of(definition)]

    def _values(self, definition: Entity) -> Iterator[tuple[str, Value]]:
        prefix = text(definition, "Name") or definition.is_a()
        if definition.is_a("IfcElementQuantity"):
            yield from self._quantities(prefix, entities(definition, "Quantities"), MOST_DEPTH)
        elif definition.is_a("IfcPropertySet"):
            yield from self._properties(prefix, entities(definition, "HasProperties"), MOST_DEPTH)
        else:
            yield from _predefined(prefix, definition)

    def _quantities(self, prefix: str, quantities: Iterable[Entity], depth: int) -> Iterator[tuple[str, Value]]:
        for quantity in quantities:
            name = f"{prefix}.{text(quantity, 'Name')}"
            if quantity.is_a("IfcPhysicalComplexQuantity") and depth:
                yield from self._quantities(name, entities(quantity, "HasQuantities"), depth - 1)
            elif quantity.is_a("IfcPhysicalSimpleQuantity") and (said := _plain(quantity[3])) is not None:
                yield name, said

    def _properties(self, prefix: str, properties: Iterable[Entity], depth: int) -> Iterator[tuple[str, Value]]:
        for item in properties:
            name, kind = f"{prefix}.{text(item, 'Name')}", item.is_a()
            if kind == "IfcPropertySingleValue":
                yield from _said(name, value(item, "NominalValue"))
            elif kind == "IfcPropertyEnumeratedValue":
                yield from _said(name, value(item, "EnumerationValues"))
            elif kind == "IfcPropertyListValue":
                yield from _said(name, value(item, "ListValues"))
            elif kind == "IfcPropertyBoundedValue":
                for bound in BOUNDS:
                    yield from _said(f"{name}.{bound.removesuffix('Value')}", value(item, bound))
            elif kind == "IfcComplexProperty" and depth:
                yield from self._properties(name, entities(item, "HasProperties"), depth - 1)
            else:
                self._noted.add(Trait.METADATA, _UNREADABLE_SENTENCE)


def _related(model: Model, relation: str, relating: str) -> dict[int, list[Entity]]:
    """Return what each element is related to, by its number, in the file's order."""
    found: dict[int, list[Entity]] = {}
    for item in instances(model, relation):
        other = entity(item, relating)
        for related in entities(item, "RelatedObjects") if other is not None else ():
            found.setdefault(number_of(related), []).append(other)
    return found


def _wrapped(definition: Entity) -> Iterator[Entity]:
    found = value(definition, "wrappedValue")
    return (item for item in found if is_entity(item) and number_of(item)) if isinstance(found, tuple) else iter(())


def _predefined(prefix: str, definition: Entity) -> Iterator[tuple[str, Value]]:
    """Yield the attributes of a set that the schema defines, such as the lining of a door."""
    if not definition.is_a("IfcPropertySetDefinition"):
        return
    for row in range(PREDEFINED_FROM, len(definition)):
        yield from _said(f"{prefix}.{definition.attribute_name(row)}", definition[row])


def _said(name: str, found: Any) -> Iterator[tuple[str, Value]]:
    said = _plain(found)
    if said is not None:
        yield name, said


def _plain(found: Any) -> Value | None:
    """Return a value as a plain one: lists joined; None where it is none, not finite, or another entity."""
    if is_entity(found):
        return _plain(value(found, "wrappedValue")) if not number_of(found) else None
    if isinstance(found, tuple | list):
        items = [item for item in map(_plain, found) if item is not None]
        return ", ".join(map(str, items)) if items else None
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    return found if isinstance(found, str | int) else None

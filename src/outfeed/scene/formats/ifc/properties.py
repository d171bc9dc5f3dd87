"""What is known of each element: attributes, type, storey, materials, property sets and quantities."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.traits import Trait
from outfeed.scene.extras import LONGEST_NAME, LONGEST_TEXT, MOST, cost
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
from outfeed.scene.formats.ifc.materials import Materials
from outfeed.scene.model import Value

#: Attributes that are kept as they are, where an element has them.
PLAIN: Final = ("Tag", "ObjectType", "Description", "PredefinedType", "LongName")
#: What the schema has a word for, such as PARTITIONING for a wall; where an element has none, its type's counts.
PREDEFINED, UNDEFINED = "PredefinedType", "NOTDEFINED"
#: Complex properties within each other that are followed.
MOST_DEPTH: Final = 16
#: Properties and quantities that hold others, and where.
COMPLEX: Final = {"IfcComplexProperty": "HasProperties", "IfcPhysicalComplexQuantity": "HasQuantities"}
#: Properties that say something: what is added to the property's name, and the attribute.
SIMPLE: Final = {
    "IfcPropertySingleValue": {"": "NominalValue"},
    "IfcPropertyEnumeratedValue": {"": "EnumerationValues"},
    "IfcPropertyListValue": {"": "ListValues"},
    "IfcPropertyBoundedValue": {
        ".LowerBound": "LowerBoundValue",
        ".UpperBound": "UpperBoundValue",
        ".SetPoint": "SetPointValue",
    },
}
#: The attribute of a quantity that is its value; its name says of what, such as `AreaValue`.
QUANTITY_ROW: Final = 3
#: Attributes of a predefined property set before its own ones.
PREDEFINED_FROM: Final = 4
#: Properties of one set that are looked at, as often as others hold them.
MOST_VISITS: Final = 10 * MOST
#: Bytes that the properties of all elements may take, about.
MOST_BYTES: Final = 4 << 30

_TOO_MANY: Final = f"Of the properties of an element, the first {MOST:,} are kept."
_NO_ROOM: Final = "The elements have more properties than there is room for; those of the later ones are left out."
_UNREADABLE_SENTENCE: Final = "Properties that are tables or references to other things are left out."

Values = dict[str, Value]
#: A name, and what it says; None where it says nothing.
Pair = tuple[str, Value | None]


class Properties:
    """
    The properties of a model's elements; each relation, set and property is read once.

    Few lines of a file can give many values to many elements, so all of them together are counted.
    """

    def __init__(self, model: Model, noted: Noted) -> None:
        self._noted = noted
        self._types = _related(model, "IfcRelDefinesByType", "RelatingType")
        self._related_materials = _related(model, "IfcRelAssociatesMaterial", "RelatingMaterial")
        self._sets = _related(model, "IfcRelDefinesByProperties", "RelatingPropertyDefinition")
        self._materials = Materials()
        #: By number: what each type's sets, each set and each property say.
        self._of_types: dict[int, Values] = {}
        self._of_sets: dict[int, Values] = {}
        self._of_properties: dict[int, Values] = {}
        #: Bytes that further properties may take.
        self._left = MOST_BYTES

    def of(self, item: Entity, storey: str) -> Values:
        """Return the properties of an element, in a fixed order; those of its own override those of its type."""
        kind = next(iter(self._types.get(number_of(item), ())), None)
        found: Values = {name: said for name in PLAIN if (said := text(item, name)[:LONGEST_TEXT])}
        if found.get(PREDEFINED, UNDEFINED) == UNDEFINED and (said := text(kind, PREDEFINED)):
            found[PREDEFINED] = said
        named = {"Type": text(kind, "Name"), "Storey": storey, "Material": self._material(item, kind)}
        found |= {name: said[:LONGEST_TEXT] for name, said in named.items() if said}
        found |= self._of_type(kind)
        for definition in self._sets.get(number_of(item), ()):
            found |= self._of_set(definition)
            if len(found) > MOST:
                break
        return self._counted(self._first(found.items()))

    def _counted(self, found: Values) -> Values:
        """Return properties if there is room left for them, else none."""
        self._left -= cost(found)
        if self._left < 0:
            self._noted.add(Trait.METADATA, _NO_ROOM)
            return {}
        return found

    def _first(self, pairs: Iterable[tuple[str, Value]]) -> Values:
        """Return the first of all pairs; the later of two with one name counts."""
        found: Values = {}
        for name, said in pairs:
            if len(found) == MOST:
                self._noted.add(Trait.METADATA, _TOO_MANY)
                break
            found[name] = said
        return found

    def _material(self, item: Entity, kind: Entity | None) -> str:
        own = self._related_materials.get(number_of(item), [])
        own = own or (self._related_materials.get(number_of(kind), []) if kind else [])
        return ", ".join(dict.fromkeys(name for material in own for name in self._materials.names(material)))

    def _of_type(self, kind: Entity | None) -> Values:
        """Return what the sets of a type say."""
        if kind is None:
            return {}
        if number_of(kind) not in self._of_types:
            sets = map(self._of_set, entities(kind, "HasPropertySets"))
            self._of_types[number_of(kind)] = self._first(pair for one in sets for pair in one.items())
        return self._of_types[number_of(kind)]

    def _of_set(self, definition: Entity) -> Values:
        if not number_of(definition):  # a list of sets that is a value of its own, and has no number
            return self._first(pair for one in _wrapped(definition) for pair in self._of_set(one).items())
        if number_of(definition) not in self._of_sets:
            pairs = islice(self._values(definition), MOST_VISITS)
            self._of_sets[number_of(definition)] = self._first(
                (name, said) for name, said in pairs if said is not None and len(name) <= LONGEST_NAME
            )
        return self._of_sets[number_of(definition)]

    def _values(self, definition: Entity) -> Iterator[Pair]:
        """Yield what a set says; also what says nothing, so that a maze of nothing ends."""
        prefix = (text(definition, "Name") or definition.is_a())[: LONGEST_NAME + 1]
        if definition.is_a("IfcElementQuantity"):
            yield from self._held(prefix, entities(definition, "Quantities"), MOST_DEPTH)
        elif definition.is_a("IfcPropertySet"):
            yield from self._held(prefix, entities(definition, "HasProperties"), MOST_DEPTH)
        else:
            yield from _predefined(prefix, definition)

    def _held(self, prefix: str, items: Iterable[Entity], depth: int) -> Iterator[Pair]:
        """Yield what properties or quantities say, and those that they hold."""
        for item in items:
            name = f"{prefix}.{text(item, 'Name')}"
            holds = next((holds for kind, holds in COMPLEX.items() if item.is_a(kind)), "")
            yield name, None
            if holds and depth and len(name) <= LONGEST_NAME:
                yield from self._held(name, entities(item, holds), depth - 1)
            elif not holds:
                yield from ((name + end, said) for end, said in self._of_property(item).items())

    def _of_property(self, item: Entity) -> Values:
        """Return what a property or a quantity says, by what is added to its name."""
        if number_of(item) not in self._of_properties:
            kind = item.is_a()
            if kind not in SIMPLE and not item.is_a("IfcPhysicalSimpleQuantity"):
                self._noted.add(Trait.METADATA, _UNREADABLE_SENTENCE)
            names = SIMPLE.get(kind) or {"": _quantity(item)}
            said = ((end, _plain(value(item, name))) for end, name in names.items())
            self._of_properties[number_of(item)] = {end: one for end, one in said if one is not None}
        return self._of_properties[number_of(item)]


def _quantity(item: Entity) -> str:
    """Return the name of a quantity's value, such as `LengthValue`; empty for what is none."""
    return item.attribute_name(QUANTITY_ROW) if item.is_a("IfcPhysicalSimpleQuantity") else ""


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


def _predefined(prefix: str, definition: Entity) -> Iterator[Pair]:
    """Yield the attributes of a set that the schema defines, such as the lining of a door."""
    if definition.is_a("IfcPropertySetDefinition"):
        for row in range(PREDEFINED_FROM, len(definition)):
            name = definition.attribute_name(row)
            yield f"{prefix}.{name}", _plain(value(definition, name))


def _plain(found: Any) -> Value | None:
    """Return a value as a plain one: lists joined; None where it is none, not finite, or another entity."""
    if is_entity(found):
        return _plain(value(found, "wrappedValue")) if not number_of(found) else None
    if isinstance(found, tuple | list):
        items = [item for item in map(_plain, found[:LONGEST_TEXT]) if item is not None]
        return ", ".join(map(str, items))[:LONGEST_TEXT] if items else None
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    return found[:LONGEST_TEXT] if isinstance(found, str) else found if isinstance(found, int) else None

"""What a file's entities say, for a file that nobody vouches for: what is missing or of another type is None."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

#: `ifcopenshell.entity_instance` and `ifcopenshell.file`: the library is an extra, and half of it has no types.
Entity: TypeAlias = Any
Model: TypeAlias = Any

#: What the library raises for an attribute that an entity has not, or whose text or value it cannot read.
_UNREADABLE = (AttributeError, IndexError, RuntimeError, ValueError, TypeError)


def instances(model: Model, name: str) -> list[Entity]:
    """Return the instances of a class and its kinds, in the file's order; none where the schema has no such class."""
    try:
        return sorted(model.by_type(name), key=number_of)
    except RuntimeError:  # the schema has no such class
        return []


def number_of(entity: Entity) -> int:
    """Return the number that an entity has in its file."""
    return int(entity.id())


def value(entity: Entity | None, name: str) -> Any:
    """Return an attribute as the library reads it."""
    if entity is None:
        return None
    try:
        return getattr(entity, name)
    except _UNREADABLE:
        return None


def text(entity: Entity | None, name: str) -> str:
    """Return an attribute that is a text, empty where it is none."""
    found = value(entity, name)
    return found if isinstance(found, str) else ""


def number(entity: Entity | None, name: str) -> float | None:
    """Return an attribute that is a finite number, also one that is wrapped as a measure."""
    found = value(entity, name)
    return finite(value(found, "wrappedValue") if is_entity(found) else found)


def finite(found: Any) -> float | None:
    """Return a value as a float if it is a finite number."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return float(found) if math.isfinite(found) else None
    except OverflowError:  # a whole number beyond all floats
        return None


def numbers(entity: Entity | None, name: str) -> list[float]:
    """Return an attribute that is a list of finite numbers, empty where it is none."""
    found = value(entity, name)
    read = [finite(item) for item in found] if isinstance(found, tuple | list) else []
    kept = [item for item in read if item is not None]
    return kept if len(kept) == len(read) else []


def entity(holder: Entity | None, name: str) -> Entity | None:
    """Return an attribute that is an entity."""
    found = value(holder, name)
    return found if is_entity(found) else None


def entities(holder: Entity | None, name: str) -> Iterator[Entity]:
    """Yield the entities of an attribute that is a list of them."""
    found = value(holder, name)
    return filter(is_entity, found) if isinstance(found, Iterable) and not isinstance(found, str) else iter(())


def is_entity(found: Any) -> bool:
    """Tell whether a value is an entity, or a simple value with its type."""
    return hasattr(found, "is_a") and hasattr(found, "id")

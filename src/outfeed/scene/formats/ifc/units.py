"""Units of length, as files say them."""

from typing import Final

from outfeed.scene.formats.ifc.attributes import Entity, entity, number, text

#: What a prefix of the SI stands for.
PREFIXES: Final = {
    "EXA": 1e18,
    "PETA": 1e15,
    "TERA": 1e12,
    "GIGA": 1e9,
    "MEGA": 1e6,
    "KILO": 1e3,
    "HECTO": 1e2,
    "DECA": 1e1,
    "DECI": 1e-1,
    "CENTI": 1e-2,
    "MILLI": 1e-3,
    "MICRO": 1e-6,
    "NANO": 1e-9,
    "PICO": 1e-12,
    "FEMTO": 1e-15,
    "ATTO": 1e-18,
}
#: Names of units in metres, as texts have them.
NAMED: Final = {
    "METRE": 1.0,
    "METER": 1.0,
    "M": 1.0,
    "MM": 1e-3,
    "FOOT": 0.3048,
    "FT": 0.3048,
    "US SURVEY FOOT": 1200 / 3937,
    "INCH": 0.0254,
}


def metres_of(unit: Entity | None) -> float | None:
    """Return the length of a unit in metres, None where it says none."""
    if unit is None:
        return None
    if unit.is_a("IfcSIUnit"):
        return PREFIXES.get(text(unit, "Prefix"), 1.0) if text(unit, "Name") == "METRE" else None
    factor = entity(unit, "ConversionFactor")
    share, base = number(factor, "ValueComponent"), entity(factor, "UnitComponent")
    if share is None or share <= 0 or base is None or not base.is_a("IfcSIUnit"):
        return None
    metres = metres_of(base)
    return None if metres is None else share * metres


def metres_named(name: str) -> float | None:
    """Return the length of a unit that is named in a text, None for a name that is not known."""
    upper = name.strip().upper()
    prefix = next((prefix for prefix in PREFIXES if upper in {f"{prefix}METRE", f"{prefix}METER"}), None)
    return PREFIXES[prefix] if prefix else NAMED.get(upper)

"""Printer types, materials and profiles in the API's words, and what can be asked of their lists. Pure functions."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from outfeed.dialects.spark.constants import Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.printdb import Material, PrinterType, Profile

Json = dict[str, Any]

#: How far each of red, green and blue may be from what is asked for (specs/spark.md, section 7).
COLOR_TOLERANCE: Final = 30
#: Fields of which the number asked for is the highest that will do.
UPPER_BOUNDS: Final = frozenset({"cost", "temp_extrude_default"})
#: What a list is asked for beside its fields.
_OF_PAGES: Final = frozenset({"limit", "offset"})


def printer_type_json(machine: PrinterType) -> Json:
    """Return a printer type. Pictures, a model of the bed and a packager program are not there: their ids are null."""
    volume, printable = machine.volume, machine.printable
    return {
        "id": machine.id,
        "version": machine.version,
        "name": machine.name,
        "manufacturer": machine.manufacturer,
        "model_number": machine.model,
        "registration_url": None,
        "icons": {},
        "technology": machine.technology.value,
        "default_material_id": machine.default_material,
        "default_profile_id": machine.default_profile,
        "firmware": dict(machine.firmware),
        "build_volume": {
            "type": volume.shape,
            "bed_size": list(volume.size),
            "bed_offset": list(volume.offset),
            "home_position": list(volume.home),
            "park_position": list(volume.park),
            "bed_file_id": None,
        },
        "max_materials": machine.max_materials,
        "printable": {
            "content": printable.content,
            "thumbnail": printable.thumbnail,
            "extension": printable.extension,
            "generates_supports": printable.generates_supports,
            "packager_file_id": None,
        },
        "supported_connections": [dict(connection) for connection in machine.connections],
        "preferred_connection": machine.preferred_connection,
        "max_speeds": dict(machine.max_speeds),
        "software_info": dict(machine.software),
        "printer_capabilities": dict(machine.capabilities),
    }


def material_json(material: Material) -> Json:
    """Return a material."""
    return {
        "id": material.id,
        "version": material.version,
        "name": material.name,
        "manufacturer": material.manufacturer,
        "website": material.website,
        "technology": material.technology.value,
        "composition": material.composition,
        "printer_types": list(material.printer_types),
        "cost": material.cost,
        "rating": material.rating,
        "opacity": material.opacity,
        "tags": [],
        "pct_shrink": material.shrink_pct,
        "is_user": False,
        "color": material.color,
        **material.properties,
    }


def profile_json(profile: Profile) -> Json:
    """Return a profile."""
    return {
        "id": profile.id,
        "version": profile.version,
        "name": profile.name,
        "technology": profile.technology.value,
        "printer_types": list(profile.printer_types),
        "materials": list(profile.materials),
        **profile.settings,
    }


def filtered(entries: Sequence[Json], query: Iterable[tuple[str, str]]) -> list[Json]:
    """
    Return the entries that have all that the query asks for.

    A name that no entry has asks for nothing: browsers' libraries add names of their own against caches. Of a name that
    stands twice the last counts.

    Raises
    ------
    Problem
        If a colour is none, or a bound no number.
    """
    known = {name for entry in entries for name in entry} - _OF_PAGES
    found = list(entries)
    for name, value in dict(query).items():
        if name in known:
            found = [entry for entry in found if _has(entry.get(name), name, value)]
    return found


def _has(value: Any, name: str, asked: str) -> bool:
    """Tell whether the value of a field is what is asked for."""
    if name == "color":
        return _is_near(str(value), asked)
    if name in UPPER_BOUNDS:
        return value is not None and value <= _number(name, asked)
    if isinstance(value, list):
        return any(_has(item, "", asked) for item in value)
    if isinstance(value, bool):
        return asked.lower() == str(value).lower()
    if isinstance(value, int | float):
        return _is_number(value, asked)
    return isinstance(value, str) and value.casefold() == asked.casefold()


def _is_near(color: str, asked: str) -> bool:
    """Tell whether two colours are much the same."""
    return all(abs(one - other) <= COLOR_TOLERANCE for one, other in zip(_rgb(color), _rgb(asked), strict=True))


def _rgb(text: str) -> tuple[int, int, int]:
    """Return red, green and blue of three or six hexadecimal digits; `#` before them is no part."""
    digits = text.removeprefix("#")
    if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
        digits = "".join(digit * 2 for digit in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise _wrong("color should be six or three hexadecimal digits")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise _wrong(f"{name} should be a number") from error
    if math.isnan(number):
        raise _wrong(f"{name} should be a number")
    return number


def _is_number(value: float, text: str) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return False


def _wrong(message: str) -> Problem:
    return Problem(400, caller_code(Operation.PRINTDB, Reason.INVALID), message)

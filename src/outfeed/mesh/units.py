"""Units of length."""

import math
from enum import StrEnum
from typing import Final

#: How far a unit's length may be off, as a share: programs write it with few digits, or as float32.
SLACK: Final = 1e-6


class Unit(StrEnum):
    """A unit of length, by its symbol."""

    MICROMETRE = "um"
    MILLIMETRE = "mm"
    CENTIMETRE = "cm"
    METRE = "m"
    INCH = "in"
    FOOT = "ft"

    @property
    def metres(self) -> float:
        """Return the length of one of it, in metres."""
        return _METRES[self]

    def to(self, other: "Unit") -> float:
        """Return what a number in this unit is multiplied by to be in the other: exactly 1 where they are equal."""
        return 1.0 if self is other else _MICROMETRES[self] / _MICROMETRES[other]


def unit_of(metres: float) -> tuple[Unit, float]:
    """Return the unit of a length and 1; for another length, metres and the length: what numbers are multiplied by."""
    known = next((unit for unit in Unit if math.isclose(metres, unit.metres, rel_tol=SLACK)), None)
    return (Unit.METRE, metres) if known is None else (known, 1.0)


#: Whole numbers, so that the quotient of two is rounded only once: 1 mm is 0.1 cm and not 0.09999999999999999.
_MICROMETRES = {
    Unit.MICROMETRE: 1,
    Unit.MILLIMETRE: 1_000,
    Unit.CENTIMETRE: 10_000,
    Unit.METRE: 1_000_000,
    Unit.INCH: 25_400,
    Unit.FOOT: 304_800,
}
_METRES = {unit: size / 1_000_000 for unit, size in _MICROMETRES.items()}

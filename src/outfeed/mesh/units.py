"""Units of length."""

from enum import StrEnum


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

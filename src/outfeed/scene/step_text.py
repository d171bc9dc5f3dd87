"""Writes the text that IFC files are (ISO 10303-21): for the samples, which are made by code."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: The digits of a GlobalId, by value.
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """An instance that the file already has."""

    number: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an enumeration."""

    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that says its type, as those of properties do."""

    type: str
    value: Any


#: Stands where a subtype derives what its supertype asks for.
DERIVED: Final = Word("")


class IfcText:
    """The instances of an IFC4 file, in the order in which they are added; the same ones always give the same text."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, type_name: str, *values: Any) -> Ref:
        """Add an instance; a value is None, a number, text, `Ref`, `Word`, `Typed`, or several of these."""
        self._lines.append(f"#{len(self._lines) + 1}={type_name.upper()}{_text(values)};")
        return Ref(len(self._lines))

    def rooted(self, type_name: str, name: str, *values: Any) -> Ref:
        """Add an instance that has a GlobalId, always the same one for its type and name."""
        return self.add(type_name, global_id(f"{type_name} {name}"), None, name, *values)

    def frame(self, origin: Point = (0.0, 0.0, 0.0), z: Point | None = None, x: Point | None = None) -> Ref:
        """Add a coordinate system by its origin and the directions of its axes; they are those of the space if None."""
        axes = [None if axis is None else self.add("IfcDirection", axis) for axis in (z, x)]
        return self.add("IfcAxis2Placement3D", self.add("IfcCartesianPoint", origin), *axes)

    def rectangle(self, width: float, height: float, middle: Point = (0.0, 0.0)) -> Ref:
        """Add a profile with its middle at a point."""
        return self.add("IfcRectangleProfileDef", Word("AREA"), None, self._flat(middle), width, height)

    def frame_profile(self, width: float, height: float, thickness: float) -> Ref:
        """Add a rectangle with a rectangular hole, its middle at the origin."""
        place = self._flat((0.0, 0.0))
        return self.add("IfcRectangleHollowProfileDef", Word("AREA"), None, place, width, height, thickness, None, None)

    def circle(self, radius: float) -> Ref:
        """Add a round profile around the origin."""
        return self.add("IfcCircleProfileDef", Word("AREA"), None, self._flat((0.0, 0.0)), radius)

    def outline(self, points: Iterable[Point]) -> Ref:
        """Add a profile by its corners, counter-clockwise."""
        corners = [self.add("IfcCartesianPoint", point) for point in points]
        line = self.add("IfcPolyline", [*corners, corners[0]])
        return self.add("IfcArbitraryClosedProfileDef", Word("AREA"), None, line)

    def extrusion(self, profile: Ref, depth: float, frame: Ref | None = None) -> Ref:
        """Add the solid that a profile becomes along the z axis of its coordinate system."""
        up = self.add("IfcDirection", (0.0, 0.0, 1.0))
        return self.add("IfcExtrudedAreaSolid", profile, frame or self.frame(), up, depth)

    def properties(self, name: str, values: Mapping[str, Typed], thing: Ref, whose: str) -> None:
        """Give a thing a property set; `whose` makes its GlobalId."""
        rows = [self.add("IfcPropertySingleValue", word, None, value, None) for word, value in values.items()]
        made = self.add("IfcPropertySet", global_id(f"{name} {whose}"), None, name, None, rows)
        self.rooted("IfcRelDefinesByProperties", f"{name} of {whose}", None, [thing], made)

    def lengths(self, name: str, values: Mapping[str, float], thing: Ref, whose: str) -> None:
        """Give a thing quantities that are lengths."""
        rows = [self.add("IfcQuantityLength", word, None, None, value, None) for word, value in values.items()]
        made = self.add("IfcElementQuantity", global_id(f"{name} {whose}"), None, name, None, None, rows)
        self.rooted("IfcRelDefinesByProperties", f"{name} of {whose}", None, [thing], made)

    def _flat(self, middle: Point) -> Ref:
        return self.add("IfcAxis2Placement2D", self.add("IfcCartesianPoint", middle), None)

    def text(self) -> str:
        """Return the whole file."""
        head = (
            "ISO-10303-21;\nHEADER;\n"
            "FILE_DESCRIPTION(('ViewDefinition [ReferenceView]'),'2;1');\n"
            "FILE_NAME('house.ifc','2026-01-01T00:00:00',(''),(''),'Outfeed','Outfeed','');\n"
            "FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
        )
        return head + "\n".join(self._lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"


def global_id(name: str) -> str:
    """Return the GlobalId that this name always has: 22 digits to the base of 64."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"outfeed:{name}").int
    return "".join(_DIGITS[number >> shift & 63] for shift in range(126, -1, -6))


def _text(value: Any) -> str:
    """Return a value as the file has it; text is printable ASCII without backslashes here."""
    write = _WRITERS.get(type(value))
    return write(value) if write else f"({','.join(_text(one) for one in value)})"


def _number(value: float) -> str:
    mantissa, _, exponent = repr(value).partition("e")
    return (mantissa if "." in mantissa else f"{mantissa}.") + (f"E{exponent}" if exponent else "")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


#: How each kind of value is written; what is not here is several values.
_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: "$",
    bool: lambda value: ".T." if value else ".F.",
    int: str,
    float: _number,
    str: _quoted,
    Ref: lambda ref: f"#{ref.number}",
    Word: lambda word: f".{word.name}." if word.name else "*",
    Typed: lambda typed: f"{typed.type.upper()}({_text(typed.value)})",
}

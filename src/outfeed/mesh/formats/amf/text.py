"""What stands in an AMF file, heard element by element: real files have one element for each coordinate."""

from array import array
from dataclasses import dataclass, field
from typing import Final

from outfeed.errors import IndexOutOfRange, SourceDamaged
from outfeed.mesh.appearance import Color
from outfeed.mesh.formats import xmls
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.traits import Trait

#: Elements that hold a text which the element around them needs.
FIELDS: Final = frozenset(
    {
        *("x", "y", "z"),
        *("r", "g", "b", "a"),
        *("v1", "v2", "v3"),
        *("utex1", "utex2", "utex3", "vtex1", "vtex2", "vtex3"),
        *("u1", "u2", "u3"),
        *("deltax", "deltay", "deltaz", "rx", "ry", "rz"),
        *("scale", "scalex", "scaley", "scalez", "mirrorx", "mirrory", "mirrorz"),
    }
)
#: Where an instance is, and its angles.
PLACE: Final = ("deltax", "deltay", "deltaz", "rx", "ry", "rz")
#: Slic3r and PrusaSlicer write what they are under one of these names, the second with a number behind it.
SLICERS: Final = {"cad": "slic3r", "slic3rpe_amf_version": ""}
#: Both names of what maps a texture to a triangle, by edition of the format.
MAPS: Final = frozenset({"texmap", "map"})
#: What curves triangles.
CURVES: Final = frozenset({"normal", "edge"})
#: The channels of a colour, which `texmap` names textures for.
CHANNELS: Final = ("r", "g", "b", "a")


@dataclass(slots=True, eq=False)
class Volume:
    """Triangles of one material."""

    material: str = ""
    color: Color | None = None
    #: Three corners for each triangle.
    corners: "array[int]" = field(default_factory=lambda: array("i"))
    #: Rows of the document's colours, -1 for none.
    colors: "array[int]" = field(default_factory=lambda: array("i"))
    #: Rows of the document's images, -1 for none.
    images: "array[int]" = field(default_factory=lambda: array("i"))
    #: u and v of each corner of the triangles that have an image.
    uvs: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(slots=True, eq=False)
class Body:
    """Vertices, and the volumes that use them."""

    points: "array[float]" = field(default_factory=lambda: array("d"))
    #: Rows of the document's colours, -1 for none.
    colors: "array[int]" = field(default_factory=lambda: array("i"))
    volumes: list[Volume] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Thing:
    """An object or a constellation."""

    id: str = ""
    color: Color | None = None
    bodies: list[Body] = field(default_factory=list)
    #: Of a constellation: what it shows, with x, y, z, the angles about them, and its size along them, 1 for its own.
    instances: list[tuple[str, tuple[float, ...]]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Substance:
    """A material."""

    name: str = ""
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """One channel of a texture, as text."""

    attributes: dict[str, str]
    base64: str


class Document:
    """Hears the parser, and has what it heard."""

    def __init__(self, noted: Noted) -> None:
        self.unit = ""
        #: Its angles are in radians, not in degrees: Slic3r and PrusaSlicer write the numbers that they compute with.
        self.in_radians = False
        self.objects: list[Thing] = []
        self.constellations: list[Thing] = []
        self.materials: dict[str, Substance] = {}
        self.textures: dict[str, Image] = {}
        #: Colours of vertices and triangles, by row.
        self.colors: dict[Color, int] = {}
        #: Textures of red, green, blue and opacity, by row.
        self.images: dict[tuple[str, ...], int] = {}
        self._noted = noted
        self._open: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self._texts: list[str] = []
        self._thing = Thing()
        self._body = Body()
        self._volume = Volume()
        self._substance = Substance()
        # What the vertex or the triangle at hand has.
        self._color = -1
        self._mapped: tuple[int, list[float]] = (-1, [])

    def hear(self, data: bytes) -> None:
        """Read a document."""
        xmls.parse(data, start=self._start, end=self._end, text=self._texts.append)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._open:
            if tag != "amf":
                raise SourceDamaged("Its outermost element is not amf.")
            self.unit = attributes.get("unit", "")
        self._open.append((tag, attributes, {}))
        self._texts.clear()
        if tag in FIELDS:
            return
        if tag == "volume":
            self._volume = Volume(material=attributes.get("materialid", ""))
            self._body.volumes.append(self._volume)
        elif tag == "mesh":
            self._body = Body()
            self._thing.bodies.append(self._body)
        elif tag in {"object", "constellation"}:
            self._thing = Thing(id=attributes.get("id", ""))
            (self.objects if tag == "object" else self.constellations).append(self._thing)
        elif tag == "material":
            self._substance = self.materials.setdefault(attributes.get("id", ""), Substance())
        elif tag in CURVES:
            self._noted.add(Trait.NORMALS, "Curved triangles are read as flat ones.")
        elif tag == "composite":
            self._noted.add(Trait.MATERIALS, "Mixtures of materials are not read.")

    def _end(self, tag: str) -> None:
        _, attributes, fields = self._open.pop()
        if tag in FIELDS:
            self._open[-1][2][tag] = "".join(self._texts)
        elif tag == "coordinates":
            self._body.points.extend(_number(fields.get(axis, ""), axis) for axis in ("x", "y", "z"))
        elif tag == "vertex":
            self._end_vertex()
        elif tag == "triangle":
            self._end_triangle(fields)
        elif tag == "color":
            self._end_color(fields)
        elif tag in MAPS:
            self._end_map(attributes, fields)
        elif tag == "instance":
            place = (*(_number(fields.get(name, "0"), name) for name in PLACE), *_sizes(fields))
            self._thing.instances.append((attributes.get("objectid", ""), place))
        elif tag == "texture":
            self.textures.setdefault(attributes.get("id", ""), Image(attributes, "".join(self._texts)))
        elif tag == "metadata":
            self._end_metadata(attributes)
        self._texts.clear()

    def _end_vertex(self) -> None:
        self._body.colors.append(self._color)
        self._color = -1
        if len(self._body.points) != 3 * len(self._body.colors):
            raise SourceDamaged("A vertex has no coordinates, or several.")

    def _end_triangle(self, fields: dict[str, str]) -> None:
        self._volume.corners.extend(_index(fields.get(name, "")) for name in ("v1", "v2", "v3"))
        self._volume.colors.append(self._color)
        image, uvs = self._mapped
        self._volume.images.append(image)
        self._volume.uvs.extend(uvs)
        self._color, self._mapped = -1, (-1, [])

    def _end_color(self, fields: dict[str, str]) -> None:
        color = _color(fields)
        if color is None:
            self._noted.add(Trait.COLORS, "A colour that a formula gives, or that has no number, is not read.")
            return
        owner = self._open[-1][0] if self._open else ""
        if owner in {"vertex", "triangle"}:
            self._color = self.colors.setdefault(color, len(self.colors))
        elif owner == "volume":
            self._volume.color = color
        elif owner == "object":
            self._thing.color = color
        elif owner == "material":
            self._substance.color = color

    def _end_map(self, attributes: dict[str, str], fields: dict[str, str]) -> None:
        channels = tuple(attributes.get(f"{name}texid", "") for name in CHANNELS)
        short = "u1" in fields
        names = [(f"u{n}", f"v{n}") if short else (f"utex{n}", f"vtex{n}") for n in (1, 2, 3)]
        uvs = [_number(fields.get(name, ""), name) for pair in names for name in pair]
        self._mapped = (self.images.setdefault(channels, len(self.images)), uvs)

    def _end_metadata(self, attributes: dict[str, str]) -> None:
        owner, kind = self._open[-1][0] if self._open else "", attributes.get("type", "").lower()
        text = "".join(self._texts).strip()
        if owner == "material" and kind == "name":
            self._substance.name = text
        elif kind != "name":
            self._noted.add(Trait.METADATA)
        if owner == "amf" and kind in SLICERS and text.lower().startswith(SLICERS[kind]):
            self.in_radians = True


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SourceDamaged(f"A {what} is {text.strip()[:40]!r} and no number.") from error


def _sizes(fields: dict[str, str]) -> list[float]:
    """Return the size of an instance along x, y and z, 1 for its own: not in the format, but written by slicers."""
    all_axes = _number(fields.get("scale", "1"), "scale")
    names = [(f"scale{axis}", f"mirror{axis}") for axis in "xyz"]
    pairs = [[_number(fields.get(name, "1"), name) for name in pair] for pair in names]
    return [all_axes * scale * mirror for scale, mirror in pairs]


def _index(text: str) -> int:
    try:
        index = int(text)
    except ValueError as error:
        raise SourceDamaged(f"A corner of a triangle is {text.strip()[:40]!r} and no number.") from error
    if not 0 <= index < 2**31:
        raise IndexOutOfRange(f"A corner is {text.strip()[:40]}.")
    return index


def _color(fields: dict[str, str]) -> Color | None:
    """Return the colour of numbers from 0 to 1; None where they are formulas."""
    try:
        shares = [float(fields.get(name, "1" if name == "a" else "")) for name in CHANNELS]
    except ValueError:
        return None
    red, green, blue, opacity = (round(min(max(share, 0.0), 1.0) * 255) if share == share else 0 for share in shares)  # noqa: PLR0124 not for a NaN
    return red, green, blue, opacity

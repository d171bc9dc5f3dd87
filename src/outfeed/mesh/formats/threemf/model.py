"""Reads the XML of a model part of a 3MF file: objects, what they look like, and what is built of them."""

import math
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotFinite, SourceDamaged, SourceUnsupported
from outfeed.mesh.appearance import WHITE, Color, Material, Wrap
from outfeed.mesh.formats import xmls
from outfeed.mesh.formats.threemf.package import shown
from outfeed.mesh.formats.threemf.rows import TRIANGLES, VERTICES, ObjectRows
from outfeed.mesh.formats.threemf.tables import (
    Bases,
    Colors,
    Coordinates,
    Image,
    Layers,
    Matrix,
    Mixtures,
    ObjectTables,
    Part,
    Reference,
    Resource,
)
from outfeed.mesh.formats.threemf.words import (
    BALLS,
    BEAMS,
    CORE,
    IDENTITY,
    KNOWN,
    MATERIAL,
    PRODUCTION,
    REFUSED,
    SLICE,
    TRIANGLE_SETS,
    UNITS,
    WRAPS,
)
from outfeed.mesh.formats.xml_feed import Rows
from outfeed.mesh.traits import Loss, Trait

#: Layers of one group of multiproperties; files have two or three.
MOST_LAYERS: Final = 16
#: Attributes of a triangle that has no property.
CORNERS_ONLY: Final = 3
#: Numbers of a transform.
MATRIX_SIZE: Final = 12
VERTEX: Final = f"{CORE} vertex"
TRIANGLE: Final = f"{CORE} triangle"
PATH: Final = f"{PRODUCTION} path"
#: What a kernel reads, where it looks as usual.
LISTS: Final = frozenset({VERTICES, TRIANGLES})

_Kind = TypeVar("_Kind")


def read_part(name: str, data: Iterable[bytes], max_triangles: int, *, by_kernel: bool = True) -> Part:
    """
    Read the XML of a model part, in pieces. Without the kernel, each element comes from the parser, and means the same.

    Raises
    ------
    SourceDamaged
        If it is none, or requires an extension that is not read.
    NotFinite
        If a transform is not finite.
    TooManyTriangles
        If it stores more than `max_triangles`.
    """
    reader = _PartReader(Part(name=name), max_triangles)
    rows = Rows(lists=LISTS if by_kernel else frozenset(), take=reader.take, lines=reader.lines)
    xmls.parse(data, start=reader.start, declared=reader.declared, namespaces=True, rows=rows)
    reader.finish_object()
    if not reader.began:
        raise SourceDamaged(f"The part {shown(name)} has no model.")
    return reader.part


class _PartReader:
    """Takes the elements of a part, one after the other."""

    def __init__(self, part: Part, max_triangles: int) -> None:
        self.part = part
        self._triangles_left = max_triangles
        self._lines = 0
        self.began = False
        self._namespaces: dict[str, str] = {}
        self._object = ObjectTables()
        self._object_group: str | None = None
        self._rows = ObjectRows(max_triangles)
        self._points, self._corners = self._rows.points, self._rows.corners
        self._resource: Resource | None = None

    def declared(self, prefix: str | None, uri: str) -> None:
        self._namespaces.setdefault(prefix or "", uri)

    def start(self, element: str, attributes: dict[str, str]) -> None:
        """Take an element."""
        try:
            # The two that there are millions of come first, and without a call of their own.
            if element == VERTEX:
                x, y, z = float(attributes["x"]), float(attributes["y"]), float(attributes["z"])
                self._points.extend((x, y, z))
            elif element == TRIANGLE:
                self._corners.extend((int(attributes["v1"]), int(attributes["v2"]), int(attributes["v3"])))
                if len(attributes) > CORNERS_ONLY:
                    self._add_properties(attributes)
            else:
                self._take(element, attributes)
        except (KeyError, ValueError, OverflowError) as error:
            what = element.rpartition(" ")[2]
            raise SourceDamaged(f"It has an element {shown(what)} that cannot be read: {str(error)[:80]}.") from error

    def _take(self, element: str, attributes: dict[str, str]) -> None:
        if not self.began:
            self._start_model(element, attributes)
        elif element in _HANDLERS:
            _HANDLERS[element](self, attributes)

    def _start_model(self, element: str, attributes: dict[str, str]) -> None:
        if element != f"{CORE} model":
            raise SourceDamaged(f"The part {shown(self.part.name)} is no 3MF model.")
        self.began = True
        word = attributes.get("unit", "millimeter").strip()
        if word not in UNITS:
            raise SourceDamaged(f"Its unit {shown(word)} is none of {', '.join(UNITS)}.")
        self.part.unit = UNITS[word]
        for prefix in attributes.get("requiredextensions", "").split():
            self._require(prefix)

    def _require(self, prefix: str) -> None:
        uri = self._namespaces.get(prefix)
        if uri is None:
            raise SourceDamaged(f"It requires an extension {shown(prefix)} that it does not declare.")
        if uri not in KNOWN:
            raise SourceUnsupported(f"It requires an extension that is not read: {REFUSED.get(uri, shown(uri))}.")

    # --- Objects ------------------------------------------------------------------------------------------------------

    def start_object(self, attributes: dict[str, str]) -> None:
        number = int(attributes["id"])
        if number in self.part.objects:
            raise SourceDamaged(f"It has two objects of the number {number}.")
        self.finish_object()
        tables = ObjectTables()
        group = attributes.get("pid")
        if group is not None:
            tables.default = (int(group), int(attributes.get("pindex", "0")))
        self.part.objects[number] = self._object = tables
        self._object_group = group
        self._rows = ObjectRows(self._triangles_left)
        self._points, self._corners = self._rows.points, self._rows.corners

    def finish_object(self) -> None:
        """Put the rows that were read into the object that has them."""
        tables = self._object
        tables.points, tables.corners, tables.properties = self._rows.finish()
        self._triangles_left -= tables.triangles
        self._lines = self.lines()

    def take(self, name: str, prefix: str, text: NDArray[np.uint8]) -> int:
        """Take rows out of the text, see `xml_feed`."""
        default = self._object.default
        return self._rows.take(name, prefix, text, None if default is None else default[0])

    def lines(self) -> int:
        """Return how many lines end in what was taken out of the text."""
        return self._lines + self._rows.lines

    def start_mesh(self, _attributes: dict[str, str]) -> None:
        if self._rows.counts()[0]:
            raise SourceDamaged("It has an object with two meshes.")

    def _add_properties(self, attributes: dict[str, str]) -> None:
        group, first = attributes.get("pid", self._object_group), attributes.get("p1")
        if group is None or first is None:
            return
        second, third = attributes.get("p2", first), attributes.get("p3", first)
        self._rows.add_properties(int(group), int(first), int(second), int(third))

    def add_component(self, attributes: dict[str, str]) -> None:
        self._object.components.append(_reference(attributes))

    def add_item(self, attributes: dict[str, str]) -> None:
        self.part.build.append(_reference(attributes))

    # --- Looks --------------------------------------------------------------------------------------------------------

    def _add_resource(self, attributes: dict[str, str], resource: Resource) -> None:
        number = int(attributes["id"])
        if number in self.part.resources:
            raise SourceDamaged(f"It has two resources of the number {number}.")
        self.part.resources[number] = self._resource = resource
        if "displaypropertiesid" in attributes:
            self.part.lost.setdefault(Loss(what=Trait.SHADING))

    def start_bases(self, attributes: dict[str, str]) -> None:
        self._add_resource(attributes, Bases())

    def start_colors(self, attributes: dict[str, str]) -> None:
        self._add_resource(attributes, Colors())

    def start_coordinates(self, attributes: dict[str, str]) -> None:
        self._add_resource(attributes, Coordinates(image=int(attributes["texid"])))

    def start_mixtures(self, attributes: dict[str, str]) -> None:
        indices = [int(word) for word in attributes["matindices"].split()]
        self._add_resource(attributes, Mixtures(base=int(attributes["matid"]), indices=indices))

    def start_layers(self, attributes: dict[str, str]) -> None:
        groups = [int(word) for word in attributes["pids"].split()]
        if len(groups) > MOST_LAYERS:
            raise SourceDamaged(f"It has {len(groups)} layers of properties; the limit is {MOST_LAYERS}.")
        words = ["", *attributes.get("blendmethods", "").split()]
        words += [""] * (len(groups) - len(words))
        multiplies = [word == "multiply" for word in words[: len(groups)]]
        self._add_resource(attributes, Layers(groups=groups, multiplies=multiplies))

    def add_image(self, attributes: dict[str, str]) -> None:
        words = [attributes.get(name, "wrap") for name in ("tilestyleu", "tilestylev")]
        wrap_u, wrap_v = (WRAPS.get(word, Wrap.REPEAT) for word in words)
        path = attributes.get("path", "")
        self._add_resource(attributes, Image(path=path, wrap_u=wrap_u, wrap_v=wrap_v, ends="none" in words))

    def add_base(self, attributes: dict[str, str]) -> None:
        color = self._color(attributes.get("displaycolor", "#FFFFFF"))
        _expected(self._resource, Bases).materials.append(Material(name=attributes.get("name", ""), color=color))

    def add_color(self, attributes: dict[str, str]) -> None:
        _expected(self._resource, Colors).rgba.extend(self._color(attributes["color"]))

    def add_coordinate(self, attributes: dict[str, str]) -> None:
        _expected(self._resource, Coordinates).uvs.extend((float(attributes["u"]), float(attributes["v"])))

    def add_mixture(self, attributes: dict[str, str]) -> None:
        group = _expected(self._resource, Mixtures)
        most = len(group.indices)
        group.shares.append([float(word) for word in attributes["values"].split(maxsplit=most)[:most]])

    def add_layer_row(self, attributes: dict[str, str]) -> None:
        group = _expected(self._resource, Layers)
        width = len(group.groups)
        row = [int(word) for word in attributes["pindices"].split(maxsplit=width)[:width]]
        group.rows.extend(row + [0] * (width - len(row)))

    def _color(self, text: str) -> Color:
        color = _parsed_color(text)
        if color is None:
            self.part.lost.setdefault(Loss(what=Trait.COLORS, why="A colour that is none became white."))
        return color or WHITE


def _expected(resource: Resource | None, kind: type[_Kind]) -> _Kind:
    if not isinstance(resource, kind):
        raise SourceDamaged("It has a property outside of a group of its kind.")
    return resource


def _parsed_color(text: str) -> Color | None:
    """Return the colour that #RRGGBB or #RRGGBBAA says, None for anything else."""
    digits = text.strip().removeprefix("#")
    try:
        red, green, blue, opacity = bytes.fromhex(digits if len(digits) != 6 else f"{digits}FF")  # noqa: PLR2004 RRGGBB
    except ValueError:
        return None
    return red, green, blue, opacity


def _reference(attributes: dict[str, str]) -> Reference:
    return Reference(
        path=attributes.get(PATH),
        object_id=int(attributes["objectid"]),
        matrix=_parsed_matrix(attributes.get("transform")),
    )


def _parsed_matrix(text: str | None) -> Matrix | None:
    """Return the twelve numbers of a transform, None where it changes nothing."""
    if text is None:
        return None
    matrix = tuple(float(word) for word in text.split())
    if len(matrix) != MATRIX_SIZE:
        raise SourceDamaged(f"It has a transform of {len(matrix)} numbers.")
    if not all(map(math.isfinite, matrix)):
        raise NotFinite("It is part of a transform.")
    return None if matrix == IDENTITY else matrix


def _left_out(what: Trait, why: str = "") -> Callable[[_PartReader, dict[str, str]], None]:
    """Return the answer to an element that is read over."""
    loss = Loss(what=what, why=why)

    def note(reader: _PartReader, _attributes: dict[str, str]) -> None:
        reader.part.lost.setdefault(loss)

    return note


#: What is done with an element; all others are read over without a word.
_HANDLERS: Final[dict[str, Callable[[_PartReader, dict[str, str]], None]]] = {
    f"{CORE} object": _PartReader.start_object,
    f"{CORE} mesh": _PartReader.start_mesh,
    f"{CORE} component": _PartReader.add_component,
    f"{CORE} item": _PartReader.add_item,
    f"{CORE} basematerials": _PartReader.start_bases,
    f"{CORE} base": _PartReader.add_base,
    f"{MATERIAL} colorgroup": _PartReader.start_colors,
    f"{MATERIAL} color": _PartReader.add_color,
    f"{MATERIAL} texture2d": _PartReader.add_image,
    f"{MATERIAL} texture2dgroup": _PartReader.start_coordinates,
    f"{MATERIAL} tex2coord": _PartReader.add_coordinate,
    f"{MATERIAL} compositematerials": _PartReader.start_mixtures,
    f"{MATERIAL} composite": _PartReader.add_mixture,
    f"{MATERIAL} multiproperties": _PartReader.start_layers,
    f"{MATERIAL} multi": _PartReader.add_layer_row,
    f"{CORE} metadata": _left_out(Trait.METADATA),
    f"{SLICE} slicestack": _left_out(Trait.OTHER, "Slices are left out: the mesh is what the triangles say."),
    f"{BEAMS} beamlattice": _left_out(Trait.OTHER, "Lattices of beams are left out."),
    f"{BALLS} balls": _left_out(Trait.OTHER, "Balls of lattices are left out."),
    f"{CORE} trianglesets": _left_out(Trait.OTHER, "Named sets of triangles are left out."),
    f"{TRIANGLE_SETS} trianglesets": _left_out(Trait.OTHER, "Named sets of triangles are left out."),
    f"{PRODUCTION} alternatives": _left_out(Trait.OTHER, "Other versions of an object are left out."),
}

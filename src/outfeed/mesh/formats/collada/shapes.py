"""The geometries of COLLADA: lists of numbers, and the triangles, polygons, fans and strips that index them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged, TooManyTriangles
from outfeed.mesh.formats import runs
from outfeed.mesh.formats.collada.nodes import Ids, floats
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.placing import Body, Rows, body
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.formats.xml_tree import Element, numbers, whole
from outfeed.mesh.traits import Trait

#: What has triangles.
SURFACES: Final = frozenset({"triangles", "polylist", "polygons", "trifans", "tristrips"})
#: Bytes of tables that are kept for the next list of faces.
MOST_KEPT_BYTES: Final = 1 << 28
#: Numbers of a corner: more inputs than any exporter writes.
MOST_OFFSET: Final = 255


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Input:
    """What the numbers at one place of each corner mean."""

    semantic: str
    #: Which of several, such as texture coordinates.
    set: int | None
    source: Element
    offset: int


class Shapes:
    """Makes bodies of the document's geometries, each when it is first placed."""

    def __init__(self, ids: Ids, limits: ReadLimits, noted: Noted) -> None:
        self._ids = ids
        self._limits = limits
        self._noted = noted
        self._lists: dict[Element, NDArray[np.float64]] = {}
        self._kept_bytes = 0
        self._tables: dict[tuple[Element, int], NDArray[np.float64]] = {}
        self._color_tables: dict[Element, NDArray[np.uint8]] = {}
        self._bodies: dict[tuple[Element, int | None], Body] = {}
        self._primitives: dict[Element, list[Element]] = {}
        self._counted: set[Element] = set()
        #: Triangles of the bodies, each counted once.
        self.triangles = 0

    def primitives(self, geometry: Element) -> list[Element]:
        """Return what has triangles in a geometry."""
        if geometry not in self._primitives:
            self._primitives[geometry] = list(self._surfaces(geometry))
        return self._primitives[geometry]

    def _surfaces(self, geometry: Element) -> Iterator[Element]:
        for mesh in geometry.inside:
            if mesh.tag in {"spline", "brep"}:
                self._noted.add(Trait.OTHER, f"Geometry of the kind {mesh.tag} is not made into triangles.")
            for item in mesh.inside if mesh.tag in {"mesh", "convex_mesh"} else ():
                if item.tag in {"lines", "linestrips"}:
                    self._noted.add(Trait.LINES)
                if item.tag in SURFACES:
                    yield item

    def body(self, primitive: Element, uv_set: int | None) -> Body:
        """Return the body of a list of faces, with the texture coordinates of a set or else the first ones."""
        key = (primitive, uv_set)
        if key not in self._bodies:
            made = self._bodies[key] = self._made(primitive, uv_set)
            if primitive not in self._counted:
                self._counted.add(primitive)
                self.triangles += len(made.faces)
            if self.triangles > self._limits.max_triangles:
                raise TooManyTriangles(f"The limit is {self._limits.max_triangles}.")
        return self._bodies[key]

    def _made(self, primitive: Element, uv_set: int | None) -> Body:
        inputs = self._inputs(primitive)
        positions = next((item for item in inputs if item.semantic == "POSITION"), None)
        if positions is None:
            raise SourceDamaged(f"Its {primitive.tag} have no positions.")
        points = self._table(positions.source, 3)
        corners, triangles = _corners(primitive, max(item.offset for item in inputs) + 1, points, positions.offset)
        if primitive.first("ph") is not None:
            self._noted.add(Trait.OTHER, "Holes in polygons were filled.")
        if any(item.semantic == "NORMAL" for item in inputs):
            self._noted.add(Trait.NORMALS)
        uvs = self._chosen(inputs, "TEXCOORD", uv_set)
        colors = self._chosen(inputs, "COLOR", None)
        return body(
            points,
            corners[triangles, positions.offset],
            uvs=None if uvs is None else (self._table(uvs.source, 2), corners[triangles, uvs.offset]),
            colors=None if colors is None else (self._colors(colors.source), corners[triangles, colors.offset]),
        )

    def _chosen(self, inputs: list[_Input], semantic: str, wanted: int | None) -> _Input | None:
        found = [item for item in inputs if item.semantic == semantic]
        if len(found) > 1:
            trait = Trait.UVS if semantic == "TEXCOORD" else Trait.COLORS
            self._noted.add(trait, "One set for each face was read, and it has several.")
        return next((item for item in found if item.set == wanted), found[0]) if found else None

    def _inputs(self, primitive: Element) -> list[_Input]:
        """Return the inputs of a list of faces; those of its vertices take its place."""
        found: list[_Input] = []
        for item in primitive.every("input"):
            offset = _integer(item.get("offset", "0"))
            if offset is None or not 0 <= offset <= MOST_OFFSET:
                raise SourceDamaged(f"An input has the offset {item.get('offset')[:40]!r}.")
            if item.get("semantic") == "VERTEX":
                vertices = self._ids.needed("vertices", item.get("source"))
                found += [self._input(inner, offset) for inner in vertices.every("input")]
            else:
                found.append(self._input(item, offset))
        return found

    def _input(self, item: Element, offset: int) -> _Input:
        return _Input(
            semantic=item.get("semantic"),
            set=_integer(item.get("set")),
            source=self._ids.needed("source", item.get("source")),
            offset=offset,
        )

    def _colors(self, source: Element) -> NDArray[np.uint8]:
        if source not in self._color_tables:
            shares = np.clip(np.nan_to_num(self._table(source, 4)), 0.0, 1.0)
            self._color_tables[source] = np.rint(shares * 255.0).astype(np.uint8)
        return self._color_tables[source]

    def _table(self, source: Element, width: int) -> NDArray[np.float64]:
        """
        Return the rows of a source (n, width); a column that it lacks is 0, and for opacity 1.

        The list of numbers says how many there are, whatever the counts announce.
        """
        if (source, width) in self._tables:
            return self._tables[source, width]
        self._forget()
        accessor = source.first("technique_common", "accessor")
        values = self._values(source, accessor)
        columns, offset, stride = _layout(accessor, width)
        rows = max((len(values) - offset - columns[-1] - 1) // stride + 1, 0) if columns else 0
        table = np.zeros((rows, width))
        table[:, 3:] = 1.0
        for number, column in enumerate(columns):
            table[:, number] = values[offset + column :: stride][:rows]
        self._tables[source, width] = table
        self._kept_bytes += table.nbytes
        return table

    def _forget(self) -> None:
        """Drop tables where there are too many: a small file may have thousands that show one large list."""
        if self._kept_bytes > MOST_KEPT_BYTES:
            self._tables.clear()
            self._color_tables.clear()
            self._kept_bytes = 0

    def _values(self, source: Element, accessor: Element | None) -> NDArray[np.float64]:
        own = source.first("float_array") or source.first("int_array")
        named = None if accessor is None else self._ids.find("float_array", accessor.get("source"))
        array = named or own
        if array is None:
            raise SourceDamaged(f"The source {source.get('id')[:100]!r} has no list of numbers.")
        if array not in self._lists:
            self._lists[array] = floats(array.text, f"The list {array.get('id')[:100]!r}")
        return self._lists[array]


def _integer(text: str) -> int | None:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None  # noqa: PLR2004 fits


def _layout(accessor: Element | None, width: int) -> tuple[list[int], int, int]:
    """Return the columns of an accessor that are read, its offset and its stride."""
    if accessor is None:
        return list(range(width)), 0, width
    params = list(accessor.every("param"))
    # A column without a name is to be skipped; files that name none mean all of them.
    named = [number for number, param in enumerate(params) if param.get("name")]
    columns = (named or list(range(len(params) or width)))[:width]
    offset, stride = _integer(accessor.get("offset", "0")), _integer(accessor.get("stride", "1"))
    if offset is None or not stride:
        raise SourceDamaged("An accessor has an offset or a stride that is no number.")
    return columns, offset, stride


def _corners(primitive: Element, stride: int, points: NDArray[np.float64], offset: int) -> tuple[Rows, Rows]:
    """
    Return a table of corners (n, stride), and for the triangles (t, 3) the rows of their corners in it.

    Raises
    ------
    SourceDamaged
        If the lists are shorter than the counts announce: what would be missing was meant to be there.
    """
    what = f"A list of {primitive.tag}"
    lists = [*primitive.lists, *(text for item in primitive.every("ph") for text in item.lists)]
    flat = whole(numbers(" ".join(lists), what), what)
    if len(flat) % stride:
        raise SourceDamaged(f"{what} has {len(flat)} numbers, and each corner takes {stride}.")
    corners = flat.reshape(-1, stride)
    if primitive.tag == "triangles":
        if len(corners) % 3:
            raise SourceDamaged(f"{what} has {len(corners)} corners.")
        triangles, found = np.arange(len(corners), dtype=np.int32).reshape(-1, 3), len(corners) // 3
    else:
        counts = _counts(primitive, lists, stride)
        if (counts < 0).any() or int(counts.sum(dtype=np.int64)) > len(corners):
            raise SourceDamaged(f"{what} has {len(corners)} corners, fewer than it announces.")
        corners, found = corners[: int(counts.sum(dtype=np.int64))], len(counts)
        triangles = _cut(primitive.tag, points, counts, np.ascontiguousarray(corners[:, offset]))
    announced = _integer(primitive.get("count", "0"))
    if announced is None or announced > found:
        raise SourceDamaged(f"It announces {primitive.get('count')[:40]!r} {primitive.tag} and has {found}.")
    return corners, triangles


def _counts(primitive: Element, lists: list[str], stride: int) -> Rows:
    """Return how many corners each polygon, fan or strip has."""
    if primitive.tag == "polylist":
        text = " ".join(item.text for item in primitive.every("vcount"))
        return whole(numbers(text, "A vcount"), "A vcount")
    return np.array([len(text.split()) // stride for text in lists], dtype=np.int32)


def _cut(tag: str, points: NDArray[np.float64], counts: Rows, corners: Rows) -> Rows:
    if tag == "trifans":
        return runs.fans(counts)[0]
    if tag == "tristrips":
        return runs.strips(counts)[0]
    return runs.polygons(points, counts, corners)[0]

"""The primitives of a glTF mesh as triangles: counted first, then read."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange
from outfeed.mesh.build import as_rows, known_rows
from outfeed.mesh.formats.gltf import draco
from outfeed.mesh.formats.gltf.buffers import Buffers, Values, normalised
from outfeed.mesh.formats.gltf.looks import Look, Looks
from outfeed.mesh.formats.gltf.strict_json import Document, Member
from outfeed.mesh.model import Positions
from outfeed.mesh.shown import from_linear

Rows = NDArray[np.int32]

#: Modes of primitives: triangles, strips, fans.
TRIANGLES, STRIP, FAN = 4, 5, 6
LINES: Final = frozenset({1, 2, 3})
POINTS: Final = 0
MOST_MODE: Final = 6
#: Vertices are counted with 32 bits.
MOST_ROWS: Final = 2**31 - 1
#: Corners of which colours are converted together; bounds the memory.
CHUNK: Final = 65_536


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Part:
    """What a primitive shows. Tables as in `Mesh`, but y up."""

    vertices: Positions
    faces: Rows
    #: (n, 2) float64, v upwards, a row for each vertex; None for none.
    uvs: NDArray[np.float64] | None
    #: (n, 4) uint8, a row for each vertex; None for none.
    colors: NDArray[np.uint8] | None
    #: Row of the materials that `Looks` collects, -1 for none.
    material: int


def mode_of(primitive: Member) -> int:
    """Return how the primitive's corners become triangles, lines or points."""
    named = primitive.get("mode")
    mode = TRIANGLES if named is None else named.whole()
    return primitive.refuse(f"has the unknown mode {mode}") if mode > MOST_MODE else mode


def count_triangles(document: Document, buffers: Buffers, primitive: Member) -> int:
    """Return how many triangles a primitive stores; what its numbers say, nothing is read."""
    mode = mode_of(primitive)
    attributes = primitive.need("attributes")
    if mode < TRIANGLES or not attributes.has("POSITION"):
        # Without positions, an extension that is not read here would have them; nothing is drawn.
        return 0
    packed = _packed(primitive)
    if packed is not None:
        return draco.count_triangles(_stream(buffers, packed))
    named = primitive.get("indices") or attributes.need("POSITION")
    corners = document.at("accessors", named).need("count").whole()
    return corners // 3 if mode == TRIANGLES else max(corners - 2, 0)


class Primitives:
    """Reads primitives."""

    def __init__(self, document: Document, buffers: Buffers, looks: Looks, most_triangles: int) -> None:
        self._document = document
        self._buffers = buffers
        self._looks = looks
        self._most = most_triangles

    def read(self, primitive: Member) -> Part:
        """
        Return a primitive that has triangles.

        Raises
        ------
        SourceDamaged, IndexOutOfRange
        """
        look = self._looks.of(primitive)
        packed = _packed(primitive)
        stored = None if packed is None else self._decoded(packed)
        columns = _Columns(self._document, self._buffers, primitive, stored)
        position = columns.accessor("POSITION")
        if position is None:  # pragma: no cover - `count_triangles` found it
            primitive.refuse("has no positions")
        points = columns.values("POSITION", position, ("VEC3",))
        corners = self._corners(primitive, len(points)) if stored is None else stored.faces
        highest = int(corners.max(initial=0))
        if corners.size and highest >= len(points):
            raise IndexOutOfRange(f"{primitive.path} names vertex {highest} of {len(points)}.")
        used, faces = _used(corners, len(points))
        return Part(
            vertices=normalised(position, points[used]),
            faces=faces,
            uvs=_uvs(columns, look, used, len(points)),
            colors=_colors(columns, look, used, len(points)),
            material=look.material,
        )

    def _decoded(self, packed: Member) -> draco.DracoMesh:
        stream = _stream(self._buffers, packed)
        self._buffers.charge(len(stream))
        return draco.decoded(stream, self._most)

    def _corners(self, primitive: Member, vertices: int) -> NDArray[Any]:
        """Return the corners (m, 3) of the triangles."""
        named = primitive.get("indices")
        if named is None:
            indices: NDArray[Any] = np.arange(vertices, dtype=np.int32)
        else:
            accessor = self._document.at("accessors", named)
            indices = self._buffers.values(accessor, shapes=("SCALAR",)).ravel()
            if indices.dtype.kind != "u":
                accessor.refuse("has indices that are no whole numbers without a sign")
        return _triangles(indices, mode_of(primitive))


class _Columns:
    """The attributes of a primitive, from accessors or from a Draco stream."""

    def __init__(self, document: Document, buffers: Buffers, primitive: Member, stored: draco.DracoMesh | None) -> None:
        self._document = document
        self._buffers = buffers
        self._attributes = primitive.need("attributes")
        self._packed = _packed(primitive)
        self._stored = stored

    def accessor(self, name: str) -> Member | None:
        named = self._attributes.get(name)
        return None if named is None else self._document.at("accessors", named)

    def values(self, name: str, accessor: Member, shapes: tuple[str, ...]) -> Values:
        """Return the values (n, columns) of an attribute."""
        held = None if self._packed is None else self._packed.need("attributes").get(name)
        if held is None or self._stored is None:
            return self._buffers.values(accessor, shapes=shapes)
        found = self._stored.attributes.get(held.whole())
        if found is None:
            held.refuse("names an attribute that its Draco stream has not")
        if accessor.need("type").text() not in shapes or f"VEC{found.shape[-1]}" not in shapes:
            accessor.refuse(f"is not {' or '.join(shapes)}")
        return found


def _packed(primitive: Member) -> Member | None:
    return primitive.into("extensions", draco.NAME)


def _stream(buffers: Buffers, packed: Member) -> memoryview:
    return buffers.view(packed.need("bufferView"))[0].data


def _triangles(indices: NDArray[Any], mode: int) -> NDArray[Any]:
    """Return corners (m, 3): whole triangles only, degenerate ones of strips too."""
    if mode == TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    first, second, third = indices[:-2], indices[1:-1], indices[2:]
    if mode == FAN:
        return np.stack([second, third, np.broadcast_to(indices[:1], second.shape)], axis=1)
    # Every other triangle of a strip runs the other way around.
    odd = np.arange(len(first)) % 2 == 1
    return np.stack([first, np.where(odd, third, second), np.where(odd, second, third)], axis=1)


def _used(corners: NDArray[Any], count: int) -> tuple[Any, Rows]:
    """
    Return which vertices are read, and the faces that count them.

    The corners are below the count. All vertices, unless they are more than triangles can use: then a primitive that
    shows a few of very many does not cost as much as all of them, however often it is placed.
    """
    if count <= min(corners.size, MOST_ROWS):
        return slice(None), known_rows(corners)
    used, faces = np.unique(corners, return_inverse=True)
    return used, as_rows(faces.reshape(corners.shape))


def _uvs(columns: _Columns, look: Look, used: Any, count: int) -> NDArray[np.float64] | None:
    name = f"TEXCOORD_{look.uv_set}"
    accessor = columns.accessor(name)
    if accessor is None:
        return None
    values = columns.values(name, accessor, ("VEC2",))
    if len(values) != count:
        accessor.refuse(f"has {len(values)} values for {count} vertices")
    uvs = normalised(accessor, values[used]).astype(np.float64)
    moved = uvs if look.uv_matrix is None else uvs @ look.uv_matrix[:, :2].T + look.uv_matrix[:, 2]
    # The format counts v downwards.
    return np.stack([moved[:, 0], 1.0 - moved[:, 1]], axis=1)


def _colors(columns: _Columns, look: Look, used: Any, count: int) -> NDArray[np.uint8] | None:
    accessor = columns.accessor("COLOR_0")
    if accessor is None:
        return None
    values = columns.values("COLOR_0", accessor, ("VEC3", "VEC4"))
    if len(values) != count:
        accessor.refuse(f"has {len(values)} values for {count} vertices")
    if values.dtype.kind not in "fu":
        accessor.refuse("has colours with a sign")
    colors = _srgb(values[used])
    if look.opaque:
        colors[:, 3] = 255
    return colors


def _srgb(values: Values) -> NDArray[np.uint8]:
    """Return linear colours as sRGB; whole numbers are shares of the largest, said or not: nothing else makes sense."""
    colors = np.full((len(values), 4), 255, dtype=np.uint8)
    most = 1.0 if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
    for first in range(0, len(values), CHUNK):
        piece = np.ones((len(values[first : first + CHUNK]), 4))
        piece[:, : values.shape[1]] = np.nan_to_num(values[first : first + CHUNK] / most, nan=1.0)
        colors[first : first + CHUNK] = from_linear(piece)
    return colors

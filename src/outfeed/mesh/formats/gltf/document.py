"""The JSON of a GLB file that we write, and where its binary chunk holds what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE, Texture, Wrap
from outfeed.mesh.formats.gltf.images import shows_through
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import to_linear

GENERATOR: Final = "Outfeed"
#: The format's own names for numbers.
FLOAT, SHORT, INT, ARRAY, ELEMENTS = 5126, 5123, 5125, 34962, 34963
#: The largest index of a type means "start anew" to some hardware, so 65,536 vertices need 32 bits.
MOST_SHORT_VERTICES: Final = 65_535
WRAPS: Final = {Wrap.CLAMP: 33071, Wrap.MIRROR: 33648, Wrap.REPEAT: 10497}
#: Bytes of a vertex's position, texture coordinate and colour.
POSITION_BYTES, UV_BYTES, COLOR_BYTES = 12, 8, 8
#: Said of each surface: plaster rather than glass or chrome, because sources do not say how a surface shines. The
#: format's default is metal, which is black where it has nothing to mirror.
FINISH: Final = {"metallicFactor": 0, "roughnessFactor": 0.9}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Piece:
    """What one primitive holds: faces that count vertices of their own."""

    faces: slice
    vertices: slice
    material: int
    has_uvs: bool
    has_colors: bool
    #: Extremes of the positions as they are written, y up.
    low: list[float]
    high: list[float]

    @property
    def size(self) -> int:
        """Return the number of vertices."""
        return int(self.vertices.stop - self.vertices.start)

    @property
    def corners(self) -> int:
        """Return the number of indices."""
        return 3 * int(self.faces.stop - self.faces.start)

    @property
    def index_type(self) -> type[np.uint16 | np.uint32]:
        """Return the smallest type that counts the vertices."""
        return np.uint16 if self.size <= MOST_SHORT_VERTICES else np.uint32

    @property
    def index_bytes(self) -> int:
        """Return the bytes of the indices, without those that fill them up to four."""
        return self.corners * self.index_type().itemsize


@dataclass(slots=True)
class Layout:
    """Views of the binary chunk, one after the other, each beginning at a multiple of four."""

    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0

    def view(self, size: int, **more: int) -> int:
        """Add a view, and return its row."""
        self.views.append({"buffer": 0, "byteOffset": self.size, "byteLength": size, **more})
        self.size += size + -size % 4
        return len(self.views) - 1

    def shared(self, sizes: list[int], target: int, stride: int) -> Iterator[tuple[int, int]]:
        """Add a view that several accessors share, and yield its row and the beginning of each."""
        total = sum(sizes)
        # A stride must be said where accessors share a view, and indices have none.
        more = {"byteStride": stride} if stride and len(sizes) > 1 else {}
        row = self.view(total, **more, target=target) if sizes else -1
        start = 0
        for size in sizes:
            yield row, start
            start += size

    def accessor(self, place: tuple[int, int], kind: int, count: int, shape: str, **more: Any) -> int:
        """Add an accessor, and return its row."""
        view, start = place
        offset = {"byteOffset": start} if start else {}
        self.accessors.append(
            {"bufferView": view, **offset, "componentType": kind, "count": count, "type": shape, **more}
        )
        return len(self.accessors) - 1


def padded(size: int) -> int:
    """Return a number of bytes up to the next multiple of four."""
    return size + -size % 4


def document(mesh: Mesh, pieces: list[Piece], middle: NDArray[np.float64], through: set[int]) -> tuple[Any, int]:
    """
    Return the document of a mesh in pieces, and the size of its binary chunk.

    The chunk has positions, texture coordinates, colours and indices of all pieces, then the images. `through` are the
    rows of materials that something is seen through.
    """
    layout = Layout()
    primitives = _primitives(layout, pieces, plain=len(mesh.materials))
    x, y, z = middle.tolist()
    # Subtracting from zero, as positions do: -0.0 is another number in the file.
    node = {"mesh": 0} | ({"translation": [x, z, 0.0 - y]} if middle.any() else {})
    materials = _materials(mesh, through)
    if any(piece.material < 0 for piece in pieces):
        materials.append({"pbrMetallicRoughness": FINISH})
    looks = _looks(mesh, layout, materials)
    return {
        "asset": {"version": "2.0", "generator": GENERATOR},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [node],
        "meshes": [{"primitives": primitives}],
        **looks,
        "buffers": [{"byteLength": layout.size}],
        "bufferViews": layout.views,
        "accessors": layout.accessors,
    }, layout.size


def _primitives(layout: Layout, pieces: list[Piece], *, plain: int) -> list[dict[str, Any]]:
    """Return the primitives; `plain` is the row of the material of those without one."""
    attributes: list[dict[str, int]] = [{} for _ in pieces]
    numbered = list(enumerate(pieces))
    for (row, one), place in _places(layout, numbered, POSITION_BYTES):
        attributes[row]["POSITION"] = layout.accessor(place, FLOAT, one.size, "VEC3", min=one.low, max=one.high)
    for (row, one), place in _places(layout, [pair for pair in numbered if pair[1].has_uvs], UV_BYTES):
        attributes[row]["TEXCOORD_0"] = layout.accessor(place, FLOAT, one.size, "VEC2")
    for (row, one), place in _places(layout, [pair for pair in numbered if pair[1].has_colors], COLOR_BYTES):
        attributes[row]["COLOR_0"] = layout.accessor(place, SHORT, one.size, "VEC4", normalized=True)
    sizes = [padded(one.index_bytes) for one in pieces[:-1]] + [one.index_bytes for one in pieces[-1:]]
    indices = layout.shared(sizes, ELEMENTS, 0)
    return [
        {
            "attributes": attributes[row],
            "indices": layout.accessor(place, SHORT if one.index_type is np.uint16 else INT, one.corners, "SCALAR"),
            "mode": 4,
            "material": one.material if one.material >= 0 else plain,
        }
        for (row, one), place in zip(numbered, indices, strict=True)
    ]


def _places(
    layout: Layout, pieces: list[tuple[int, Piece]], stride: int
) -> Iterator[tuple[tuple[int, Piece], tuple[int, int]]]:
    """Add a view of an attribute, and yield each piece with its view and the beginning of its values."""
    sizes = [one.size * stride for _, one in pieces]
    yield from zip(pieces, layout.shared(sizes, ARRAY, stride), strict=True)


def _looks(mesh: Mesh, layout: Layout, materials: list[dict[str, Any]]) -> dict[str, Any]:
    """Return materials, textures, samplers and images; what there is none of is no member."""
    images: dict[tuple[bytes, str], int] = {}
    samplers: dict[tuple[Wrap, Wrap], int] = {}
    textures = [
        {
            "sampler": samplers.setdefault((texture.wrap_u, texture.wrap_v), len(samplers)),
            "source": images.setdefault((texture.image, texture.media_type), len(images)),
        }
        for texture in mesh.textures
    ]
    tables = {
        "materials": materials,
        "textures": textures,
        "samplers": [{"wrapS": WRAPS[u], "wrapT": WRAPS[v]} for u, v in samplers],
        "images": [{"bufferView": layout.view(len(image)), "mimeType": kind} for image, kind in images],
    }
    return {name: table for name, table in tables.items() if table}


def images_of(mesh: Mesh) -> list[bytes]:
    """Return the images in the order of their views."""
    return list({(texture.image, texture.media_type): texture.image for texture in mesh.textures}.values())


def _materials(mesh: Mesh, through: set[int]) -> list[dict[str, Any]]:
    colors = np.array([material.color for material in mesh.materials], dtype=np.uint8).reshape(-1, 4)
    factors = to_linear(colors).tolist()
    found = []
    for row, material in enumerate(mesh.materials):
        surface: dict[str, Any] = {} if material.color == WHITE else {"baseColorFactor": factors[row]}
        if material.texture is not None:
            surface["baseColorTexture"] = {"index": material.texture}
        named = {"name": material.name} if material.name else {}
        blended = {"alphaMode": "BLEND"} if row in through else {}
        found.append({**named, "pbrMetallicRoughness": surface | FINISH, **blended})
    return found


def translucent(mesh: Mesh, through: NDArray[np.bool_]) -> set[int]:
    """Return the rows of materials that something is seen through; `through` are the faces whose corners say so."""
    rows = {row for row, material in enumerate(mesh.materials) if material.color[3] < WHITE[3]}
    if mesh.material_faces is not None:
        rows |= set(np.unique(mesh.material_faces[through]).tolist()) - {-1}
    textures = {number for number, texture in enumerate(mesh.textures) if _is_translucent(texture)}
    return rows | {row for row, material in enumerate(mesh.materials) if material.texture in textures}


def _is_translucent(texture: Texture) -> bool:
    return texture.media_type == "image/png" and shows_through(texture.image)

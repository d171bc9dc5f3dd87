"""A shape with everything that its corners say told by its vertices."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE, Color, Material
from outfeed.mesh.build import as_rows
from outfeed.mesh.corners import split
from outfeed.mesh.model import Mesh
from outfeed.tiles.model import Look

Rows = NDArray[np.int32]

#: A look without a texture: colours of vertices say all.
PLAIN = Look(color=WHITE)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cut:
    """A shape's vertices: one for each set of position, texture coordinate and colours that some corner has."""

    #: (k,): row of the shape's vertices; None: these are all, in their order.
    rows: Rows | None
    #: (m, 3).
    faces: Rows
    #: (k,): row of the tables below for each vertex.
    kinds: Rows
    looks: tuple[Look, ...]
    #: (number of looks, 4) uint8.
    colors: NDArray[np.uint8]
    #: (k, 2) float32; None where the shape has no texture.
    uvs: NDArray[np.float32] | None

    @property
    def graded(self) -> bool:
        """Tell whether some face has corners of several colours."""
        if len(self.looks) <= 1:
            return False
        kinds = self.kinds[self.faces]
        return bool((kinds[:, 1:] != kinds[:, :1]).any())


_WHITE: Final = np.array([WHITE], dtype=np.uint8)


def cut(mesh: Mesh) -> Cut:
    """Return the vertices of a shape."""
    materials, colors = _rows_of(mesh)
    if materials is None and colors is None:
        kinds = np.zeros(len(mesh.vertices), dtype=np.int32)
        return Cut(rows=None, faces=mesh.faces, kinds=kinds, looks=(PLAIN,), colors=_WHITE, uvs=None)
    pairs, rows = _pairs(mesh, materials, colors)
    shown = [_shown(mesh, material, color) for material, color in pairs]
    textured = np.array([look.texture is not None for look, _ in shown])
    uv_faces = None
    if textured.any() and mesh.uv_faces is not None:
        uv_faces = np.where(textured[rows], mesh.uv_faces, np.int32(-1))
    made = split(mesh, uv_faces=uv_faces, color_faces=None if len(pairs) == 1 else rows)
    vertices = len(mesh.vertices) if made.rows is None else len(made.rows)
    return Cut(
        rows=made.rows,
        faces=made.faces,
        kinds=np.zeros(vertices, dtype=np.int32) if made.color_rows is None else made.color_rows,
        looks=tuple(look for look, _ in shown),
        colors=_table([color for _, color in shown]),
        uvs=_uvs(mesh, made.uv_rows, vertices) if textured.any() else None,
    )


def _rows_of(mesh: Mesh) -> tuple[Rows | None, Rows | None]:
    """Return the material and the colour of each corner (m, 3), None where no corner has one."""
    materials = mesh.material_faces
    wide = None if materials is None else np.repeat(materials[:, None], 3, axis=1)
    return wide, mesh.color_faces


def _pairs(mesh: Mesh, materials: Rows | None, colors: Rows | None) -> tuple[list[tuple[int, int]], Rows]:
    """Return the different pairs of material and colour, -1 for none, and the pair of each corner (m, 3)."""
    none = np.full(mesh.faces.shape, -1, dtype=np.int32)
    most = (0 if mesh.colors is None else len(mesh.colors)) + 1
    keys = ((none if materials is None else materials) + 1).astype(np.int64) * most
    keys += (none if colors is None else colors) + 1
    kinds, rows = np.unique(keys, return_inverse=True)
    pairs = [(kind // most - 1, kind % most - 1) for kind in kinds.tolist()]
    return pairs, as_rows(rows).reshape(mesh.faces.shape)


def _shown(mesh: Mesh, material: int, color: int) -> tuple[Look, Color]:
    """Return the look of a material, and the colour of a vertex that has it."""
    made = Material() if material < 0 else mesh.materials[material]
    own: Color = WHITE
    if mesh.colors is not None and color >= 0:
        red, green, blue, opacity = mesh.colors[color].tolist()
        own = (red, green, blue, opacity)
    if made.texture is not None and mesh.uvs is not None:
        return Look(color=made.color, texture=mesh.textures[made.texture]), own
    return PLAIN, _product(made.color, own)


def _product(one: Color, other: Color) -> Color:
    red, green, blue, opacity = (round(a * b / 255) for a, b in zip(one, other, strict=True))
    return (red, green, blue, opacity)


def _table(colors: list[Color]) -> NDArray[np.uint8]:
    return np.array(colors, dtype=np.uint8).reshape(-1, 4)


def _uvs(mesh: Mesh, rows: Rows | None, vertices: int) -> NDArray[np.float32]:
    if rows is None or mesh.uvs is None:
        return np.zeros((vertices, 2), dtype=np.float32)
    with np.errstate(over="ignore"):
        uvs = np.where((rows >= 0)[:, None], mesh.uvs[rows], 0.0).astype(np.float32)
    # What single precision cannot hold shows the texture's corner; -0.0 is equal to 0.0.
    return np.where(np.isfinite(uvs), uvs, np.float32(0)) + np.float32(0)

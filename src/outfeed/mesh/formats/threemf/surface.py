"""What a mesh looks like, as 3MF says it: each face has properties of one group, and an index in it for each corner.

| a face has | its group |
| --- | --- |
| a material | `basematerials` |
| colours at corners | `colorgroup` |
| a texture | `texture2dgroup` |
| several of these | `multiproperties`, multiplied |

What lies on a material covers its colour (see `threemf_blend`). So where a face has a texture or colours at its
corners, its material's colour is multiplied into those, and the material keeps its name. Colours alone, with a material
under them that has no name, stay a `colorgroup`, which more programs read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE, Material
from outfeed.mesh.build import as_rows, build, first_use
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import multiplied
from outfeed.mesh.traits import Loss, Trait

Rows = NDArray[np.int32]

_LOSSES: Final = (
    Loss(what=Trait.UVS, why="3MF has texture coordinates only where a face shows a texture."),
    Loss(
        what=Trait.MATERIALS,
        why="Colours of materials became part of those at corners; names lost what XML cannot say.",
    ),
    Loss(what=Trait.TEXTURES, why="3MF has textures only where a face has texture coordinates."),
)
#: Control characters, halves of pairs, and two that are no characters: XML cannot hold them, not even escaped.
_NO_CHARACTERS: Final = (*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_NO_XML: Final = {
    **dict.fromkeys(_NO_CHARACTERS, "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys(map(ord, "\t\n\r"), " "),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TextureGroup:
    """Texture coordinates that point into one image."""

    number: int
    #: Row of the mesh's textures.
    texture: int
    #: Rows of the mesh's texture coordinates.
    uv_rows: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerGroup:
    """Rows of properties of several groups."""

    number: int
    #: Numbers of the groups, the lowest first.
    groups: tuple[int, ...]
    #: (k, len(groups)): index in each of them.
    rows: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """All groups of properties, and those of each face."""

    mesh: Mesh
    #: What is left out or changed.
    lost: tuple[Loss, ...]
    #: Number of the group of materials and those that are in it; 0 and none where there are none.
    base_number: int
    bases: tuple[Material, ...]
    #: Number of the group of all colours of the mesh; 0 where it has none.
    color_number: int
    #: Number of each texture.
    texture_numbers: tuple[int, ...]
    texture_groups: tuple[TextureGroup, ...]
    layer_groups: tuple[LayerGroup, ...]
    #: (m,) number of the group of each face, 0 for none, and the index of each corner (m, 3) in it; None where no face
    #: has any.
    face_groups: Rows | None
    indices: Rows | None
    #: The first number that is free.
    next_number: int


def surface(mesh: Mesh) -> Surface:
    """Return what the mesh looks like; for what a reader makes of it, the same."""
    if mesh.material_faces is None and mesh.color_faces is None and mesh.uv_faces is None:
        return _plain(mesh)
    fitted, lost = _fitted(mesh)
    return _Numbering(fitted).surface(lost)


def _plain(mesh: Mesh) -> Surface:
    """Return a surface without any looks, and without tables of them: the largest meshes have none."""
    return Surface(
        mesh=mesh,
        lost=(),
        base_number=0,
        bases=(),
        color_number=0,
        texture_numbers=(),
        texture_groups=(),
        layer_groups=(),
        face_groups=None,
        indices=None,
        next_number=1,
    )


def plain_name(name: str) -> str:
    """Return a name as XML can hold it."""
    return name.translate(_NO_XML)


def _fitted(mesh: Mesh) -> tuple[Mesh, tuple[Loss, ...]]:
    """Return the mesh with just the looks that 3MF can say, and what is not said."""
    own = [*mesh.materials, Material()]  # -1 finds the last one
    of_faces = np.full(len(mesh.faces), -1, dtype=np.int32) if mesh.material_faces is None else mesh.material_faces
    mapped = np.zeros(mesh.faces.shape, dtype=np.bool_) if mesh.uv_faces is None else mesh.uv_faces >= 0
    has_texture = np.array([material.texture is not None for material in own])[of_faces]
    textured = has_texture & mapped.any(axis=1)
    colors, color_faces = _fitted_colors(mesh, own, of_faces, textured)
    covered = textured | (color_faces >= 0).any(axis=1)
    materials, material_faces, changed = _fitted_materials(own, of_faces, textured, covered)
    tables: dict[str, Any] = {
        "colors": colors,
        "color_faces": color_faces,
        "materials": materials,
        "material_faces": material_faces if materials else None,
    }
    if mesh.uvs is not None and mesh.uv_faces is not None:
        origin = np.int32(len(mesh.uvs))
        uv_faces = np.where(textured[:, None], np.where(mapped, mesh.uv_faces, origin), np.int32(-1))
        tables |= {"uvs": np.vstack([mesh.uvs, [[0, 0]]]), "uv_faces": uv_faces}
    left_uvs, left_textures = (mapped & ~textured[:, None]).any(), (has_texture & ~textured).any()
    losses = [loss for loss, is_there in zip(_LOSSES, (left_uvs, changed, left_textures), strict=True) if is_there]
    return build(replace(mesh, **tables)), tuple(losses)


def _fitted_colors(
    mesh: Mesh, own: list[Material], of_faces: Rows, textured: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], Rows]:
    """
    Return colours, and those of the corners: all of a face have one, or none.

    Colours of materials that are covered are in them.
    """
    none = np.full(mesh.faces.shape, -1, dtype=np.int32)
    rows = none if mesh.color_faces is None else mesh.color_faces
    colored = (rows >= 0).any(axis=1)
    tints = np.array([material.color for material in own], dtype=np.uint8)
    tinted = (tints != 255).any(axis=1)[of_faces] & (textured | colored)  # noqa: PLR2004 white
    rows = np.where((colored | tinted)[:, None], rows, np.int32(-1))
    table = np.vstack([np.zeros((0, 4), dtype=np.uint8) if mesh.colors is None else mesh.colors, [WHITE]])
    table = table.astype(np.uint8)
    wide = len(table)
    # The last row of both tables is white: -1 finds it.
    keys = np.where(tinted, of_faces, -1)[:, None].astype(np.int64) % len(own) * wide + rows % wide
    pairs, which = np.unique(keys, return_inverse=True)
    products = multiplied(tints[pairs // wide], table[pairs % wide])
    shown = as_rows(which.reshape(rows.shape))
    return products, np.where((colored | tinted)[:, None], shown, np.int32(-1))


def _fitted_materials(
    own: list[Material], of_faces: Rows, textured: NDArray[np.bool_], covered: NDArray[np.bool_]
) -> tuple[tuple[Material, ...], Rows, bool]:
    """Return materials, those of the faces, and whether any is another than before, its texture apart."""
    keys = (of_faces.astype(np.int64) % len(own)) * 4 + textured * 2 + covered
    different, which = np.unique(keys, return_inverse=True)
    fitted: dict[Material, int] = {}
    rows, changed = [], False
    for key in different.tolist():
        row, shows, hides = key // 4, key % 4 >= 2, key % 2 == 1  # noqa: PLR2004 the bit of `textured`
        was, name = own[row], plain_name(own[row].name)
        kept = row < len(own) - 1 and (shows or not hides or bool(name))
        color = WHITE if hides else was.color
        material = Material(name=name, color=color, texture=was.texture if shows else None)
        rows.append(fitted.setdefault(material, len(fitted)) if kept else -1)
        changed |= row < len(own) - 1 and not (kept and (name, color) == (was.name, was.color))
    return tuple(fitted), np.array(rows, dtype=np.int32)[which], changed


class _Numbering:
    """Gives each group a number, and each face its group."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._count = len(mesh.faces)
        self._next = 1
        self._texture_numbers: tuple[int, ...] = ()
        self._texture_groups: list[TextureGroup] = []
        self._layer_groups: list[LayerGroup] = []
        self._groups = np.zeros(self._count, dtype=np.int32)
        self._indices = np.full(mesh.faces.shape, -1, dtype=np.int32)

    def surface(self, lost: tuple[Loss, ...]) -> Surface:
        bases, base_rows, textures = self._materials()
        base_number = self._taken() if bases else 0
        color_number = self._taken() if self._mesh.colors is not None else 0
        self._texture_numbers = tuple(self._taken() for _ in self._mesh.textures)
        group_of_texture, uv_rows = self._coordinates(textures)
        color_rows = self._mesh.color_faces
        layers: list[tuple[NDArray[np.bool_], Rows, Rows]] = []
        if bases:
            layers.append((base_rows >= 0, np.full(self._count, base_number, dtype=np.int32), _thrice(base_rows)))
        if color_rows is not None:
            layers.append((color_rows[:, 0] >= 0, np.full(self._count, color_number, dtype=np.int32), color_rows))
        if self._texture_numbers:
            layers.append((textures >= 0, group_of_texture, uv_rows))
        self._lay(layers)
        return Surface(
            mesh=self._mesh,
            lost=lost,
            base_number=base_number,
            bases=bases,
            color_number=color_number,
            texture_numbers=self._texture_numbers,
            texture_groups=tuple(self._texture_groups),
            layer_groups=tuple(self._layer_groups),
            face_groups=self._groups,
            indices=self._indices,
            next_number=self._next,
        )

    def _taken(self) -> int:
        self._next += 1
        return self._next - 1

    def _materials(self) -> tuple[tuple[Material, ...], Rows, Rows]:
        """Return base materials, the one of each face or -1, and the texture of each face or -1."""
        if self._mesh.material_faces is None:
            none = np.full(self._count, -1, dtype=np.int32)
            return (), none, none
        bases: dict[Material, int] = {}
        rows = []
        for material in self._mesh.materials:
            base = replace(material, texture=None)
            # A texture without anything else says so by itself.
            needed = material.name or material.texture is None
            rows.append(bases.setdefault(base, len(bases)) if needed else -1)
        textures = [-1 if material.texture is None else material.texture for material in self._mesh.materials]
        base_rows, texture_rows = (np.array([*table, -1], dtype=np.int32) for table in (rows, textures))
        return tuple(bases), base_rows[self._mesh.material_faces], texture_rows[self._mesh.material_faces]

    def _coordinates(self, textures: Rows) -> tuple[Rows, Rows]:
        """Return the group of texture coordinates of each face, and the index of each corner in it."""
        groups = np.zeros(self._count, dtype=np.int32)
        rows = np.full(self._mesh.faces.shape, -1, dtype=np.int32)
        if self._mesh.uvs is None or self._mesh.uv_faces is None:
            return groups, rows
        for texture, faces in _faces_by(textures):
            used, indices = first_use(self._mesh.uv_faces[faces], len(self._mesh.uvs))
            number = self._taken()
            groups[faces], rows[faces] = number, indices
            self._texture_groups.append(TextureGroup(number=number, texture=texture, uv_rows=used))
        return groups, rows

    def _lay(self, layers: list[tuple[NDArray[np.bool_], Rows, Rows]]) -> None:
        """Give each face the only group that it has, or one of layers."""
        kinds = np.zeros(self._count, dtype=np.int64)
        for there, groups, _ in layers:
            kinds = kinds * self._next + np.where(there, groups, 0)
        for _, faces in _faces_by(as_rows(np.unique(kinds, return_inverse=True)[1])):
            mine = [(int(groups[faces[0]]), rows[faces]) for there, groups, rows in layers if there[faces[0]]]
            if len(mine) == 1:
                self._groups[faces], self._indices[faces] = mine[0]
            elif mine:
                table, indices = _different([rows for _, rows in mine])
                number = self._taken()
                numbers = tuple(group for group, _ in mine)
                self._groups[faces], self._indices[faces] = number, indices
                self._layer_groups.append(LayerGroup(number=number, groups=numbers, rows=table))


def _thrice(rows: Rows) -> Rows:
    return np.repeat(rows[:, None], 3, axis=1)


def _faces_by(keys: Rows) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each key that is not negative, in the order of first appearance, and the faces (k,) that have it."""
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    for faces in sorted(np.split(order, ends), key=lambda faces: int(faces[0])):
        if keys[faces[0]] >= 0:
            yield int(keys[faces[0]]), faces


def _different(columns: list[Rows]) -> tuple[Rows, Rows]:
    """Return the different rows (k, len(columns)) in the order of first appearance, and the number of each corner's."""
    keys = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        # Numbered anew each time: the next product fits into 64 bits.
        keys = np.unique(keys, return_inverse=True)[1] * (int(column.max()) + 1) + column.reshape(-1)
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    order, indices = first_use(as_rows(same), len(first))
    corners = first[order]
    table = np.stack([column.reshape(-1)[corners] for column in columns], axis=1)
    return table, indices.reshape(columns[0].shape)

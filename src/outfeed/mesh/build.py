"""From the tables of a file to a mesh: checked, welded, and every table in the order of first use.

A reader that has a table of vertices calls `build`. The order makes a mesh depend on its faces alone, and not on how a
file happens to sort its tables; so writing what was read gives the same bytes again.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, NotFinite, SourceEmpty
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.model import Mesh, Positions, is_finite, packed

Rows = NDArray[np.int32]


def build(tables: Mesh) -> Mesh:
    """
    Return the mesh of a file's tables, which may have equal, unused or unsorted rows.

    Only vertices that faces use are checked and kept. Corners at exactly the same position share a vertex. A corner
    whose texture coordinate is not finite has none. Equal texture coordinates, colours, materials and textures become
    one.

    Raises
    ------
    SourceEmpty
        If there is no face.
    IndexOutOfRange
        If a corner, a face or a material names a row that is not there.
    NotFinite
        If a vertex that a face uses is not finite.
    """
    if not len(tables.faces):
        raise SourceEmpty
    vertices, faces = _welded(tables.vertices, tables.faces)
    uvs, uv_faces = _kept_uvs(tables.uvs, tables.uv_faces)
    colors, color_faces = _kept_colors(tables.colors, tables.color_faces)
    materials, material_faces, textures = _kept_materials(tables)
    return Mesh(
        vertices=vertices,
        faces=faces,
        unit=tables.unit,
        uvs=uvs,
        uv_faces=uv_faces,
        colors=colors,
        color_faces=color_faces,
        materials=materials,
        material_faces=material_faces,
        textures=textures,
    )


def as_rows(rows: NDArray[np.integer[Any]]) -> Rows:
    """
    Return rows of any integer type as int32.

    Raises
    ------
    IndexOutOfRange
        If one does not fit, so that no table has it.
    """
    limits = np.iinfo(np.int32)
    if not rows.size or np.can_cast(rows.dtype, np.int32):
        return known_rows(rows)
    if int(rows.max()) > limits.max or (rows.dtype.kind == "i" and int(rows.min()) < limits.min):
        raise IndexOutOfRange
    return known_rows(rows)


def known_rows(rows: NDArray[np.integer[Any]]) -> Rows:
    """Return rows that are known to fit as int32."""
    # Both types have the same bytes for these numbers, so a table of a file is taken as it is.
    plain = rows.view(np.int32) if rows.dtype == np.uint32 and rows.flags.aligned else rows
    return np.ascontiguousarray(plain, dtype=np.int32)


def _welded(vertices: Positions, faces: Rows) -> tuple[Positions, Rows]:
    points, corners = _in_order(vertices, faces)
    if _kernels.distinct(points):
        return points, corners
    if not is_finite(points):
        raise NotFinite
    kept, index = _kernels.weld(points)
    # Where only a sign of a zero was changed, the index counts up, and there is nothing to look up.
    return kept, corners if len(kept) == len(points) else index[corners]


def _in_order(vertices: Positions, faces: Rows) -> tuple[Positions, Rows]:
    """Return the vertices that faces use, in the order of first use, and the faces that count them."""
    faces = np.ascontiguousarray(faces)
    if _kernels.in_first_use(faces.reshape(-1), len(vertices)):
        return packed(vertices), faces
    used, corners = first_use(faces, len(vertices))
    return vertices[used], corners


def welded(mesh: Mesh) -> Mesh:
    """Return a mesh that was built and whose vertices have changed since, with those that are equal now as one."""
    points = packed(mesh.vertices)
    if _kernels.distinct(points):
        return mesh
    vertices, index = _kernels.weld(points)
    faces = mesh.faces if len(vertices) == len(index) else index[mesh.faces]
    return replace(mesh, vertices=vertices, faces=faces)


def welded_points(points: Positions) -> tuple[Positions, Rows]:
    """Return the different ones of finite points (n, 3) in order of first appearance, and the number of each (n,)."""
    return _kernels.weld(packed(points))


def first_use(rows: Rows, count: int, *, none: bool = False) -> tuple[Rows, Rows]:
    """
    Return the rows of a table of `count` in the order of their first use, and the users renumbered, in their shape.

    With `none`, -1 stands for no row and stays.

    Raises
    ------
    IndexOutOfRange
        If a row is not there.
    """
    lowest = -1 if none else 0
    if rows.size and (int(rows.min()) < lowest or int(rows.max()) >= count):
        raise IndexOutOfRange
    used, renumbered = _kernels.first_use(np.ascontiguousarray(rows).reshape(-1), count)
    return used, renumbered.reshape(rows.shape)


def _kept_uvs(uvs: NDArray[np.float64] | None, uv_faces: Rows | None) -> tuple[NDArray[np.float64] | None, Rows | None]:
    if uvs is None or uv_faces is None:
        return None, None
    used, corners = first_use(uv_faces, len(uvs), none=True)
    table = np.zeros((len(used), 3))
    table[:, :2] = uvs[used]
    sound = np.isfinite(table).all(axis=1)
    if not sound.all():
        numbers = as_rows(np.where(sound, np.arange(len(used)), -1))
        again, corners = first_use(_looked_up(numbers, corners), len(used), none=True)
        table = table[again]
    if not len(table):
        return None, None
    welded, index = _kernels.weld(table)
    return np.ascontiguousarray(welded[:, :2]), _looked_up(index, corners)


def _kept_colors(
    colors: NDArray[np.uint8] | None, color_faces: Rows | None
) -> tuple[NDArray[np.uint8] | None, Rows | None]:
    if colors is None or color_faces is None:
        return None, None
    used, corners = first_use(color_faces, len(colors), none=True)
    if not len(used):
        return None, None
    words = np.ascontiguousarray(colors[used]).view(np.uint32).reshape(-1)
    _, first, same = np.unique(words, return_index=True, return_inverse=True)
    order, index = first_use(as_rows(same), len(first))
    return np.ascontiguousarray(colors[used[first[order]]]), _looked_up(index, corners)


def _kept_materials(tables: Mesh) -> tuple[tuple[Material, ...], Rows | None, tuple[Texture, ...]]:
    materials, textures = tables.materials, tables.textures
    if tables.material_faces is None or not materials:
        return (), None, ()
    used, faces = first_use(tables.material_faces, len(materials), none=True)
    kept_textures: dict[Texture, int] = {}
    kept: dict[Material, int] = {}
    rows = []
    for row in used.tolist():
        material = materials[row]
        if material.texture is not None:
            if not 0 <= material.texture < len(textures):
                raise IndexOutOfRange("A material names a texture that is not there.")
            number = kept_textures.setdefault(textures[material.texture], len(kept_textures))
            material = replace(material, texture=number)
        rows.append(kept.setdefault(material, len(kept)))
    if not kept:
        return (), None, ()
    return tuple(kept), _looked_up(np.array(rows, dtype=np.int32), faces), tuple(kept_textures)


def _looked_up(table: Rows, rows: Rows) -> Rows:
    """Return the entries of the table in the rows' places; -1 stays -1."""
    return np.append(table, np.int32(-1))[rows]

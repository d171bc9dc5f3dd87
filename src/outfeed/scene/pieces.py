"""Some faces of a mesh as a mesh of its own, at the cost of those faces and not of the whole."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Material
from outfeed.mesh.build import as_rows, build
from outfeed.mesh.model import Mesh

Rows = NDArray[np.int32]


def narrowed(tables: Mesh, faces: slice | NDArray[np.integer[Any]] = slice(None)) -> Mesh:
    """
    Return some faces of a mesh, with the rows of its tables that they use: built, so in the order of their first use.

    The tables may be those of a file; a thousand meshes may be cut from the same large ones.

    Raises
    ------
    SourceEmpty, IndexOutOfRange, NotFinite
        As `outfeed.mesh.build.build` does.
    """
    used, corners = _used(tables.faces[faces], len(tables.vertices))
    cut = replace(tables, vertices=tables.vertices[used], faces=corners)
    if tables.uvs is not None and tables.uv_faces is not None:
        used, uv_faces = _used(tables.uv_faces[faces], len(tables.uvs))
        cut = replace(cut, uvs=tables.uvs[used], uv_faces=uv_faces)
    if tables.colors is not None and tables.color_faces is not None:
        used, color_faces = _used(tables.color_faces[faces], len(tables.colors))
        cut = replace(cut, colors=tables.colors[used], color_faces=color_faces)
    if tables.material_faces is not None:
        used, material_faces = _used(tables.material_faces[faces], len(tables.materials))
        materials = _rows_of(tables.materials, used)
        cut = replace(cut, materials=materials, material_faces=material_faces if materials else None)
    return build(cut)


def _rows_of(materials: tuple[Material, ...], used: slice | NDArray[np.int64]) -> tuple[Material, ...]:
    return materials[used] if isinstance(used, slice) else tuple(materials[row] for row in used.tolist())


def _used(rows: Rows, count: int) -> tuple[slice | NDArray[np.int64], Rows]:
    """Return the used rows of a table of `count`, and their users' places among those; -1 stays -1."""
    if rows.size >= count:
        return slice(None), rows
    used = np.unique(rows).astype(np.int64)
    used = used[used >= 0]
    return used, np.where(rows < 0, np.int32(-1), as_rows(np.searchsorted(used, rows)))

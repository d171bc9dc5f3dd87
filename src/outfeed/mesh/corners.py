"""From corners to vertices, for formats whose vertices carry everything: one for each kind of corner that there is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.build import as_rows, first_use
from outfeed.mesh.model import Mesh

Rows = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """One vertex for each set of position, texture coordinate and colour that some corner has."""

    #: Row of `mesh.vertices` for each vertex (k,); None: the mesh's own vertices, in their order.
    rows: Rows | None
    #: Row of the table of texture coordinates, -1 for none; None where they were left out.
    uv_rows: Rows | None
    #: Row of the table of colours, -1 for none; None where they were left out.
    color_rows: Rows | None
    #: (m, 3): vertices of each face.
    faces: Rows


def split(mesh: Mesh, *, uv_faces: Rows | None, color_faces: Rows | None) -> Split:
    """
    Return the vertices that the corners (m, 3) need, in the order in which they first need them.

    A table that is None plays no part.
    """
    if uv_faces is None and color_faces is None:
        return Split(rows=None, uv_rows=None, color_rows=None, faces=mesh.faces)
    keys = mesh.faces.astype(np.int64).reshape(-1)
    for table in (uv_faces, color_faces):
        if table is not None:
            keys = _numbered(keys * (int(table.max(initial=0)) + 2) + table.reshape(-1) + 1)
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    order, faces = first_use(as_rows(same), len(first))
    corners = first[order]
    return Split(
        rows=mesh.faces.reshape(-1)[corners],
        uv_rows=None if uv_faces is None else uv_faces.reshape(-1)[corners],
        color_rows=None if color_faces is None else color_faces.reshape(-1)[corners],
        faces=faces.reshape(-1, 3),
    )


def _numbered(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers below 2^31 that are equal where the keys are, so that another pairing fits into 64 bits."""
    return np.unique(keys, return_inverse=True)[1]

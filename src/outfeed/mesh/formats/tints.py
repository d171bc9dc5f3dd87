"""Colours for formats that hold them at vertices or at faces, but not at corners."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE
from outfeed.mesh.corners import split
from outfeed.mesh.model import CHANNELS, Mesh
from outfeed.mesh.shown import shown_colors

Rows = NDArray[np.int32]
Colors = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tints:
    """Vertices and faces as they are written, and at most one table of colours for them."""

    #: Row of `mesh.vertices` for each vertex (k,); None: the mesh's own vertices, in their order.
    rows: Rows | None
    #: (m, 3): vertices of each face.
    faces: Rows
    #: (k, 4): colour of each vertex.
    of_vertices: Colors | None = None
    #: (m, 4): colour of each face.
    of_faces: Colors | None = None


def tinted(mesh: Mesh) -> Tints:
    """
    Return where the colours that the mesh shows have their place; a corner that nothing colours is white.

    At vertices where each shows one colour, else at faces where each shows one, else at vertices that are split. White
    materials alone are no colours.
    """
    plain = Tints(rows=None, faces=mesh.faces)
    corners = _shown(mesh)
    if corners is None:
        return plain
    of_vertices = np.zeros(len(mesh.vertices), dtype=np.uint32)
    of_vertices[mesh.faces] = corners
    if bool((of_vertices[mesh.faces] == corners).all()):
        return Tints(rows=None, faces=mesh.faces, of_vertices=_channels(of_vertices))
    if bool((corners == corners[:, :1]).all()):
        return Tints(rows=None, faces=mesh.faces, of_faces=_channels(corners[:, 0]))
    colors, numbers = np.unique(corners, return_inverse=True)
    parts = split(mesh, uv_faces=None, color_faces=numbers.reshape(corners.shape).astype(np.int32))
    return Tints(rows=parts.rows, faces=parts.faces, of_vertices=_channels(colors[parts.color_rows]))


def _shown(mesh: Mesh) -> NDArray[np.uint32] | None:
    """Return the colour of each corner (m, 3) as one number; None where there are none."""
    shown = shown_colors(mesh)
    if shown is None:
        return None
    colors, rows = shown
    # The last one is for corners without: their row is -1.
    numbers = np.vstack([colors, np.array([WHITE], dtype=np.uint8)]).view(np.uint32).reshape(-1)
    corners: NDArray[np.uint32] = numbers[rows]
    return None if mesh.colors is None and bool((corners == numbers[-1]).all()) else corners


def _channels(numbers: NDArray[np.uint32]) -> Colors:
    return np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, CHANNELS)

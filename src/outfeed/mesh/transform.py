"""Placing a mesh: rotate, scale, move, mirror."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotMeaningful
from outfeed.mesh.build import build, welded
from outfeed.mesh.formats.matrices import moved_points
from outfeed.mesh.model import Mesh, like

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))


def transform(mesh: Mesh, columns: Sequence[Sequence[float]]) -> Mesh:
    """
    Return the mesh moved by three columns of four numbers.

    A vertex is a row and stands before the matrix: x' = x * c0[0] + y * c0[1] + z * c0[2] + c0[3], with c0 the first
    column; y' and z' likewise. Coordinates keep their type. A mirroring turns each face around, so that outside stays
    outside. The identity returns the same mesh.

    Raises
    ------
    NotMeaningful
        If a coordinate would not be finite, or the columns are not three of four numbers.
    """
    matrix = np.asarray(columns, dtype=np.float64)
    if matrix.shape != (3, 4):
        raise NotMeaningful("A transform is three columns of four numbers.")
    if np.array_equal(matrix, IDENTITY):
        return mesh
    moved = moved_points(mesh.vertices.astype(np.float64), matrix[None])[0]
    with np.errstate(over="ignore", invalid="ignore"):
        # Adding zero turns -0.0 into 0.0, as welding does.
        vertices = like(moved + 0.0, mesh.vertices)
    if not np.isfinite(vertices).all():
        raise NotMeaningful("The transform takes the mesh beyond what its numbers can hold.")
    if not _mirrors(matrix[:, :3]):
        return welded(replace(mesh, vertices=vertices))
    return build(
        replace(
            mesh,
            vertices=vertices,
            faces=_turned(mesh.faces),
            uv_faces=None if mesh.uv_faces is None else _turned(mesh.uv_faces),
            color_faces=None if mesh.color_faces is None else _turned(mesh.color_faces),
        )
    )


def _mirrors(linear: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Tell whether the determinant is negative, also where it is too small or too large for a number."""
    size = np.abs(linear).max(axis=1, keepdims=True)
    return bool(np.linalg.det(linear / np.where(size > 0, size, 1)) < 0)


def _turned(corners: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.ascontiguousarray(corners[:, [0, 2, 1]])

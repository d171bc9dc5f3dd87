"""The mesh that everything here reads, changes and writes."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged
from outfeed.mesh.units import Unit

#: Coordinates: float32 where the source had no more (binary STL), else float64.
Positions: TypeAlias = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Mesh:
    """Indexed triangles. The arrays are shared between meshes, so nobody writes into them."""

    #: (n, 3) float32 or float64, in `unit`, z up; no two rows equal when it was read, and each row used by some face.
    vertices: Positions
    #: (m, 3) int32, counter-clockwise seen from outside. Degenerate ones are kept: the mesh is what the file holds.
    faces: NDArray[np.int32]
    unit: Unit
    #: (k, 2) float64 texture coordinates, v upwards; None where the mesh has none.
    uvs: NDArray[np.float64] | None = None
    #: (m, 3) int32: row of `uvs` for each corner of each face, -1 for none; None exactly where `uvs` is.
    uv_faces: NDArray[np.int32] | None = None

    @property
    def has_uvs(self) -> bool:
        """Tell whether any corner has texture coordinates."""
        return self.uvs is not None


def like(values: NDArray[np.float64], positions: Positions) -> Positions:
    """Return the values in the type of the positions; too large ones become infinite."""
    return values.astype(np.float32) if positions.dtype == np.float32 else values


def check(mesh: Mesh) -> Mesh:
    """
    Return the mesh if its arrays fit together.

    Raises
    ------
    SourceDamaged
        If an array has the wrong shape or type.
    IndexOutOfRange
        If a corner names a vertex or a texture coordinate that is not there.
    NotFinite
        If a coordinate is infinite or not a number.
    """
    if mesh.vertices.dtype not in (np.float32, np.float64) or not _is_table(mesh.vertices, 3):
        raise SourceDamaged("The vertices are not a table of three coordinates.")
    _check_finite(mesh.vertices)
    _check_corners(mesh.faces, range(len(mesh.vertices)))
    if mesh.uvs is None or mesh.uv_faces is None:
        if (mesh.uvs is None) != (mesh.uv_faces is None):
            raise SourceDamaged("Texture coordinates and their corners are only there together.")
        return mesh
    if mesh.uvs.dtype != np.float64 or not _is_table(mesh.uvs, 2) or mesh.uv_faces.shape != mesh.faces.shape:
        raise SourceDamaged("The texture coordinates do not fit the faces.")
    _check_finite(mesh.uvs)
    _check_corners(mesh.uv_faces, range(-1, len(mesh.uvs)))
    return mesh


def _is_table(array: NDArray[np.generic], columns: int) -> bool:
    return array.ndim == 2 and array.shape[1] == columns  # noqa: PLR2004 rows and columns


def _check_finite(array: Positions) -> None:
    # One pass without a table of booleans: a sum of finite numbers may overflow, but not their extremes.
    if array.size and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise NotFinite


def _check_corners(corners: NDArray[np.int32], allowed: range) -> None:
    if corners.dtype != np.int32 or not _is_table(corners, 3):
        raise SourceDamaged("The faces are not a table of three corners.")
    if corners.size and (corners.min() < allowed.start or corners.max() >= allowed.stop):
        raise IndexOutOfRange

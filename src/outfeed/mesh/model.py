"""The mesh that everything here reads, changes and writes."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.units import Unit

#: Coordinates: float32 where the source had no more (binary STL), else float64.
Positions: TypeAlias = NDArray[np.float32] | NDArray[np.float64]

#: Columns of a table of colours: red, green, blue, opacity.
CHANNELS: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Mesh:
    """
    Indexed triangles. The arrays are shared between meshes, so nobody writes into them.

    Readers give every table in the order in which the corners of the faces first name its rows, with no two rows equal
    and none unused: `outfeed.mesh.build` does that. Writers rely on it to give the same bytes when a file is read and
    written again.
    """

    #: (n, 3) float32 or float64, in `unit`, z up.
    vertices: Positions
    #: (m, 3) int32, counter-clockwise seen from outside. Degenerate ones are kept: the mesh is what the file holds.
    faces: NDArray[np.int32]
    unit: Unit
    #: (k, 2) float64 texture coordinates, v upwards; None where the mesh has none.
    uvs: NDArray[np.float64] | None = None
    #: (m, 3) int32: row of `uvs` for each corner of each face, -1 for none; None exactly where `uvs` is.
    uv_faces: NDArray[np.int32] | None = None
    #: (c, 4) uint8: red, green, blue in sRGB, opacity; None where no corner has a colour of its own.
    colors: NDArray[np.uint8] | None = None
    #: (m, 3) int32: row of `colors` for each corner of each face, -1 for none; None exactly where `colors` is.
    color_faces: NDArray[np.int32] | None = None
    materials: tuple[Material, ...] = ()
    #: (m,) int32: row of `materials` for each face, -1 for none; None exactly where there are no materials.
    material_faces: NDArray[np.int32] | None = None
    textures: tuple[Texture, ...] = ()

    @property
    def has_uvs(self) -> bool:
        """Tell whether any corner has texture coordinates."""
        return self.uvs is not None


def like(values: NDArray[np.float64], positions: Positions) -> Positions:
    """Return the values in the type of the positions; too large ones become infinite."""
    return values.astype(np.float32) if positions.dtype == np.float32 else values


def packed(positions: Positions) -> Positions:
    """Return positions as kernels take them: one after the other in memory."""
    return positions if positions.flags.c_contiguous and positions.flags.aligned else positions.copy()


def is_finite(positions: Positions) -> bool:
    """Tell whether all coordinates of positions (n, 3) are finite."""
    return not len(positions) or bool(np.isfinite(_kernels.bounds(packed(positions))).all())


def check(mesh: Mesh) -> Mesh:
    """
    Return the mesh if its arrays fit together.

    Raises
    ------
    SourceDamaged
        If an array has the wrong shape or type.
    IndexOutOfRange
        If a corner or a face names a row that is not there.
    NotFinite
        If a coordinate is infinite or not a number.
    """
    if mesh.vertices.dtype not in (np.float32, np.float64) or not _is_table(mesh.vertices, 3):
        raise SourceDamaged("The vertices are not a table of three coordinates.")
    if not is_finite(mesh.vertices):
        raise NotFinite
    _check_corners(mesh.faces, range(len(mesh.vertices)))
    _check_uvs(mesh)
    _check_colors(mesh)
    _check_materials(mesh)
    return mesh


def _check_uvs(mesh: Mesh) -> None:
    if mesh.uvs is None or mesh.uv_faces is None:
        _check_both_missing(mesh.uvs, mesh.uv_faces, "Texture coordinates")
        return
    if mesh.uvs.dtype != np.float64 or not _is_table(mesh.uvs, 2) or mesh.uv_faces.shape != mesh.faces.shape:
        raise SourceDamaged("The texture coordinates do not fit the faces.")
    # Not by a table of booleans: the extremes of numbers are finite where all are.
    if mesh.uvs.size and not (np.isfinite(mesh.uvs.min()) and np.isfinite(mesh.uvs.max())):
        raise NotFinite
    _check_corners(mesh.uv_faces, range(-1, len(mesh.uvs)))


def _check_colors(mesh: Mesh) -> None:
    if mesh.colors is None or mesh.color_faces is None:
        _check_both_missing(mesh.colors, mesh.color_faces, "Colours")
        return
    table = mesh.colors.dtype == np.uint8 and _is_table(mesh.colors, CHANNELS)
    if not table or mesh.color_faces.shape != mesh.faces.shape:
        raise SourceDamaged("The colours do not fit the faces.")
    _check_corners(mesh.color_faces, range(-1, len(mesh.colors)))


def _check_materials(mesh: Mesh) -> None:
    if any(material.texture not in {None, *range(len(mesh.textures))} for material in mesh.materials):
        raise IndexOutOfRange("A material names a texture that is not there.")
    if mesh.material_faces is None or not mesh.materials:
        _check_both_missing(mesh.materials or None, mesh.material_faces, "Materials")
        return
    rows = mesh.material_faces
    if rows.dtype != np.int32 or rows.shape != (len(mesh.faces),):
        raise SourceDamaged("The materials do not fit the faces.")
    _check_range(rows, range(-1, len(mesh.materials)))


def _check_both_missing(table: object, rows: object, what: str) -> None:
    if (table is None) != (rows is None):
        raise SourceDamaged(f"{what} and their corners are only there together.")


def _is_table(array: NDArray[np.generic], columns: int) -> bool:
    return array.ndim == 2 and array.shape[1] == columns  # noqa: PLR2004 rows and columns


def _check_corners(corners: NDArray[np.int32], allowed: range) -> None:
    if corners.dtype != np.int32 or not _is_table(corners, 3):
        raise SourceDamaged("The faces are not a table of three corners.")
    _check_range(corners, allowed)


def _check_range(rows: NDArray[np.int32], allowed: range) -> None:
    if rows.size and (rows.min() < allowed.start or rows.max() >= allowed.stop):
        raise IndexOutOfRange

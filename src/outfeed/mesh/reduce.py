"""Fewer triangles, as near to the original as so many can be.

The work is done by a kernel that collapses edges (`native/simplify.hpp`). Here a mesh becomes what the kernel takes,
and a mesh again. What holds for users is in `docs/how-to/reduce-a-mesh.md`.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import NotMeaningful
from outfeed.mesh.build import as_rows, build
from outfeed.mesh.corners import split
from outfeed.mesh.facts import bounds
from outfeed.mesh.model import CHANNELS, Mesh, like
from outfeed.mesh.reporting import Report, silent

Rows = NDArray[np.int32]
Numbers = NDArray[np.float64]

#: How much a texture that slides counts beside a surface that moves as far.
_SLIDE: Final = 0.3
#: How far a surface would have to move to count as much as black that becomes white; its larger half extent is 1.
_TINT: Final = 0.1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reduced:
    """A mesh with fewer triangles, and what that has cost."""

    mesh: Mesh
    #: Largest distance that a step has moved the surface by, in the mesh's unit: the root mean square over what it took
    #: together, so no bound for each point.
    error: float


def reduce(mesh: Mesh, share: float, *, report: Report = silent) -> Mesh:
    """
    Return the mesh with about this share of its triangles, or with more, where fewer could not keep what must hold.

    Every part, hole and handle is kept, and so are closed surfaces, borders and the seams of attributes. A share of 1
    returns the same mesh.

    Raises
    ------
    NotMeaningful
        If the share is not above 0 and at most 1.
    """
    check_share(share)
    if share == 1:
        return mesh
    report(0.0)
    made = simplify(mesh, math.ceil(share * len(mesh.faces))).mesh
    report(1.0)
    return made


def check_share(share: float) -> None:
    """
    Check that a share of triangles to keep is one.

    Raises
    ------
    NotMeaningful
        If it is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise NotMeaningful("The share of triangles to keep is a number above 0 and at most 1.")


def simplify(
    mesh: Mesh,
    triangles: int,
    *,
    most_error: float = math.inf,
    lock_borders: bool = False,
    locked: NDArray[np.bool_] | None = None,
) -> Reduced:
    """
    Return the mesh with so many triangles, or with more, where fewer would break it or move it by more than an error.

    Parameters
    ----------
    mesh
        Built, as readers give it.
    triangles
        How many are wanted.
    most_error
        Largest distance that a step may move the surface by, in the mesh's unit; `Reduced.error` says what it means.
    lock_borders
        Whether vertices of open edges stay where they are, all of them.
    locked
        (n,): other vertices that stay.
    """
    frame = frame_of(mesh)
    if triangles >= len(mesh.faces) or frame.reach == 0:
        return Reduced(mesh=mesh, error=0.0)
    points = frame.points(mesh)
    wedges = wedges_of(mesh, points)
    rules: dict[str, Any] = {
        "target": max(triangles, 0),
        "most_error": most_error / frame.reach,
        "lock_borders": lock_borders,
        "locked": None if locked is None else np.ascontiguousarray(locked, dtype=np.uint8),
    }
    keep = wedges is not None and not wedges.weighted
    # Where moved vertices fall together in the mesh's own numbers, they would tie the surface up: none moves then.
    for keeps in (True,) if keep else (False, True):
        made = _collapsed(mesh, wedges, points, frame, rules | {"keep_positions": keeps})
        if made:
            return made
    return Reduced(mesh=mesh, error=0.0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """Where a mesh is simplified: moved and scaled to between -1 and 1."""

    #: (3,) the middle of the mesh.
    centre: Numbers
    #: Half of the largest extent, in the mesh's unit; 0 for a single point, which has no frame.
    reach: float

    def points(self, mesh: Mesh) -> Numbers:
        """Return the vertices of the mesh in the frame."""
        points = mesh.vertices.astype(np.float64)
        points -= self.centre
        points /= self.reach
        return points

    def back(self, mesh: Mesh, points: Numbers, moved: NDArray[np.bool_]) -> NDArray[Any]:
        """Return points in the mesh's own numbers, those that have not moved to the bit as they were."""
        with np.errstate(over="ignore"):
            back = like(points * self.reach + self.centre + 0.0, mesh.vertices)
        return np.where(moved[:, None], back, mesh.vertices)


def frame_of(mesh: Mesh) -> Frame:
    """Return the frame of a mesh."""
    low, high = bounds(mesh)
    return Frame(centre=low / 2 + high / 2, reach=float((high / 2 - low / 2).max()))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Wedges:
    """What corners of one vertex share: texture coordinate, colour, material."""

    #: (m, 3) int32: wedge of each corner.
    faces: Rows
    #: (w,): vertex of each wedge.
    vertices: Rows
    #: (w,): rows of the mesh's tables, -1 for none.
    uv_rows: Rows
    color_rows: Rows
    material_rows: Rows
    #: (w, v): texture coordinate and colour, in distances that count as much.
    values: Numbers
    #: What to multiply a texture coordinate by; the middle of the table is taken from it before.
    uv_weight: float
    uv_centre: Numbers
    #: Whether the values could be weighed; if not, none may change.
    weighted: bool


def wedges_of(mesh: Mesh, points: Numbers) -> Wedges | None:
    """Return the wedges of a mesh with attributes, given its points in their frame; None for one without."""
    if mesh.uv_faces is None and mesh.color_faces is None and mesh.material_faces is None:
        return None
    shape = mesh.faces.shape
    none = np.full(shape, -1, dtype=np.int32)
    colors = none if mesh.color_faces is None else mesh.color_faces
    materials = none[:, 0] if mesh.material_faces is None else mesh.material_faces
    most = int(colors.max(initial=0)) + 2
    looks = (materials[:, None].astype(np.int64) + 1) * most + colors + 1
    kinds, rows = np.unique(looks, return_inverse=True)
    cut = split(mesh, uv_faces=mesh.uv_faces, color_faces=as_rows(rows).reshape(shape))
    if cut.rows is None or cut.color_rows is None:
        return None
    look = kinds[cut.color_rows]
    uv_rows = np.full(len(look), -1, dtype=np.int32) if cut.uv_rows is None else cut.uv_rows
    weight, centre = _uv_weight(mesh, points)
    color_rows = as_rows(look % most - 1)
    uv_values, color_values = _uv_values(mesh, uv_rows, weight, centre), _color_values(mesh, color_rows)
    return Wedges(
        faces=cut.faces,
        vertices=cut.rows,
        uv_rows=uv_rows,
        color_rows=color_rows,
        material_rows=as_rows(look // most - 1),
        values=np.ascontiguousarray(np.hstack([uv_values, color_values])),
        uv_weight=weight,
        uv_centre=centre,
        weighted=mesh.uvs is None or weight > 0,
    )


def _uv_weight(mesh: Mesh, points: Numbers) -> tuple[float, Numbers]:
    """Return what weighs a step of 1 of the texture, which is 0 where that is no number, and the table's middle."""
    if mesh.uvs is None or mesh.uv_faces is None:
        return 0.0, np.zeros(2)
    with np.errstate(all="ignore"):
        centre = mesh.uvs.min(axis=0) / 2 + mesh.uvs.max(axis=0) / 2
        corners = (mesh.uvs - centre)[mesh.uv_faces[(mesh.uv_faces >= 0).all(axis=1)]]
        sides = corners[:, 1:] - corners[:, :1]
        flat = float(np.abs(sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]).sum())
        at = points[mesh.faces]
        area = float(np.linalg.norm(np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]), axis=1).sum())
        weight = _SLIDE * math.sqrt(area / flat) if 0 < flat < math.inf else 0.0
    return (weight if 0 < weight < math.inf else 0.0), centre


def _uv_values(mesh: Mesh, rows: Rows, weight: float, centre: Numbers) -> Numbers:
    if mesh.uvs is None or not weight:
        return np.zeros((len(rows), 0))
    return np.where((rows >= 0)[:, None], (mesh.uvs[rows] - centre) * weight, 0.0)


def _color_values(mesh: Mesh, rows: Rows) -> Numbers:
    if mesh.colors is None:
        return np.zeros((len(rows), 0))
    return np.where((rows >= 0)[:, None], mesh.colors[rows] * (_TINT / 255), 0.0)


def _classes(wedges: Wedges) -> Rows:
    """Return numbers that differ where wedges never merge: other materials, or only one has a value."""
    kinds = ((wedges.material_rows + 1) * 2 + (wedges.uv_rows >= 0)) * 2 + (wedges.color_rows >= 0)
    return as_rows(kinds)


def _collapsed(
    mesh: Mesh, wedges: Wedges | None, points: Numbers, frame: Frame, rules: dict[str, Any]
) -> Reduced | None:
    """Return what the kernel makes of the mesh; None where it does not fit its numbers, or nothing is left."""
    looks: dict[str, Any] = (
        {} if wedges is None else {"wedges": wedges.faces, "values": wedges.values, "classes": _classes(wedges)}
    )
    left, marks, faces, rows, corners, values, error = _kernels.simplify(points, mesh.faces, **rules, **looks)
    moved = marks.astype(np.bool_)
    vertices = frame.back(mesh, left, moved)
    used = np.zeros(len(vertices), dtype=np.bool_)
    used[faces] = True
    if not len(faces) or not np.isfinite(vertices[used]).all():
        return None
    tables: dict[str, Any] = {} if wedges is None else _attributes(mesh, wedges, corners, values, moved)
    made = build(replace(mesh, vertices=vertices, faces=faces, **tables, **_materials(mesh, rows)))
    return Reduced(mesh=made, error=error * frame.reach) if len(made.vertices) == used.sum() else None


def _materials(mesh: Mesh, rows: Rows) -> dict[str, Any]:
    return {} if mesh.material_faces is None else {"material_faces": mesh.material_faces[rows]}


def _attributes(mesh: Mesh, wedges: Wedges, corners: Rows, values: Numbers, moved: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the tables of texture coordinates and colours, a row for each wedge."""
    table = values.reshape(len(wedges.vertices), -1)
    changed = moved[wedges.vertices][:, None]
    tables: dict[str, Any] = {}
    if mesh.uvs is not None:
        # Where there is no weight, nothing has moved.
        new = table[:, :2] / wedges.uv_weight + wedges.uv_centre if wedges.uv_weight else mesh.uvs[wedges.uv_rows]
        tables["uvs"] = np.where(changed, new, mesh.uvs[wedges.uv_rows])
        tables["uv_faces"] = np.where((wedges.uv_rows >= 0)[corners], corners, -1).astype(np.int32)
    if mesh.colors is not None:
        tints = np.rint(table[:, -CHANNELS:] * (255 / _TINT)).clip(0, 255)
        tables["colors"] = np.where(changed, tints, mesh.colors[wedges.color_rows]).astype(np.uint8)
        tables["color_faces"] = np.where((wedges.color_rows >= 0)[corners], corners, -1).astype(np.int32)
    return tables

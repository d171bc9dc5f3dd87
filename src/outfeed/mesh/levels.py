"""Levels of detail: coarser meshes for views from afar, made in a fraction of the time that `reduce` takes.

By meshoptimizer, which keeps borders as they are, chooses among the vertices that there are, and says how far off the
result is. It promises no closed surface: here and there it ties one to itself along an edge.
"""

import math
from ctypes import c_float, c_size_t, c_uint
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.reduce import Reduced, Rows, Wedges, frame_of, wedges_of

#: Share of the extent that no error reaches.
_ANY_ERROR: Final = 1e6


def coarser(
    mesh: Mesh,
    triangles: int,
    *,
    most_error: float = math.inf,
    locked: NDArray[np.bool_] | None = None,
) -> Reduced:
    """
    Return the mesh with about so many triangles, or with more, where borders or the error allow no fewer.

    Open edges stay as they are, and so do the vertices that are locked (n,). All vertices, texture coordinates, colours
    and materials that are left are some of the mesh's own, to the bit. The error is an estimate of the largest distance
    to the mesh, in its unit, and most_error bounds it.
    """
    frame = frame_of(mesh)
    a, b, c = mesh.faces.T
    whole = (a != b) & (b != c) & (c != a)
    if triangles >= len(mesh.faces) or frame.reach == 0 or not whole.any():
        return Reduced(mesh=mesh, error=0.0)
    solid = mesh if whole.all() else _only(mesh, whole)
    points = frame.points(solid)
    wedges = wedges_of(solid, points)
    stay = None if locked is None else locked.astype(np.uint8)
    corners = solid.faces
    if wedges is not None:
        points, corners = points[wedges.vertices], wedges.faces
        stay = None if stay is None else stay[wedges.vertices]
    kept, error = _simplified(points, corners, wedges, stay, (max(triangles, 0), most_error / frame.reach))
    if not len(kept):
        return Reduced(mesh=mesh, error=0.0)
    return Reduced(mesh=_rebuilt(solid, kept, wedges), error=error * frame.reach)


def _only(mesh: Mesh, which: NDArray[np.bool_]) -> Mesh:
    tables = ("faces", "uv_faces", "color_faces", "material_faces")
    rows = {name: getattr(mesh, name) for name in tables}
    kept: dict[str, Any] = {name: table[which] for name, table in rows.items() if table is not None}
    return replace(mesh, **kept)


def _simplified(
    points: NDArray[np.float64],
    faces: Rows,
    wedges: Wedges | None,
    locked: NDArray[np.uint8] | None,
    wanted: tuple[int, float],
) -> tuple[Rows, float]:
    """Return the faces (k, 3) that are left for the wanted number and error, and the error, in the points' unit."""
    # It takes longer to load than a small mesh to make coarser.
    from meshoptimizer import simplifier  # type: ignore[import-untyped]  # noqa: PLC0415 no types; as said above

    positions = np.ascontiguousarray(points, dtype=np.float32)
    table = np.zeros((1, 0)) if wedges is None else wedges.values
    values = np.ascontiguousarray(table, dtype=np.float32)
    scale = float(simplifier.simplify_scale(positions))
    indices = np.ascontiguousarray(faces, dtype=np.uint32).reshape(-1)
    kept, error = np.zeros_like(indices), np.zeros(1, dtype=np.float32)
    # This function of the library declares no types of arguments, so that each number has to bring its own.
    count = simplifier.simplify_with_attributes(
        kept,
        indices,
        positions,
        values,
        # Distances are shares of the extent there.
        np.full(values.shape[1], 1 / scale, dtype=np.float32),
        index_count=c_size_t(indices.size),
        vertex_count=c_size_t(len(positions)),
        vertex_positions_stride=c_size_t(positions.strides[0]),
        vertex_attributes_stride=c_size_t(4 * values.shape[1]),
        attribute_count=c_size_t(values.shape[1]),
        vertex_lock=locked,
        target_index_count=c_size_t(3 * wanted[0]),
        target_error=c_float(min(wanted[1] / scale, _ANY_ERROR)),
        options=c_uint(simplifier.SIMPLIFY_LOCK_BORDER),
        result_error=error,
    )
    return kept[:count].astype(np.int32).reshape(-1, 3), float(error[0]) * scale


def _rebuilt(mesh: Mesh, corners: Rows, wedges: Wedges | None) -> Mesh:
    if wedges is None:
        return build(replace(mesh, faces=corners))
    tables: dict[str, Any] = {"faces": wedges.vertices[corners]}
    if mesh.uvs is not None:
        tables["uv_faces"] = wedges.uv_rows[corners]
    if mesh.colors is not None:
        tables["color_faces"] = wedges.color_rows[corners]
    if mesh.material_faces is not None:
        tables["material_faces"] = wedges.material_rows[corners[:, 0]]
    return build(replace(mesh, **tables))

"""Levels of detail: coarser meshes for views from afar, made in a fraction of the time that `reduce` takes.

By meshoptimizer, which keeps borders as they are, chooses among the vertices that there are, and says how far off the
result is. It promises no closed surface: here and there it ties one to itself along an edge.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.build import build
from outfeed.mesh.collapse import Wanted, collapsed
from outfeed.mesh.model import Mesh
from outfeed.mesh.reduce import Reduced, Rows, Wedges, frame_of, wedges_of


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
    kept, error = collapsed(
        points.astype(np.float32),
        corners,
        Wanted(triangles=max(triangles, 0), error=most_error / frame.reach),
        values=None if wedges is None else wedges.values.astype(np.float32),
        locked=stay,
        lock_borders=True,
    )
    if not len(kept):
        return Reduced(mesh=mesh, error=0.0)
    return Reduced(mesh=_rebuilt(solid, kept, wedges), error=error * frame.reach)


def _only(mesh: Mesh, which: NDArray[np.bool_]) -> Mesh:
    tables = ("faces", "uv_faces", "color_faces", "material_faces")
    rows = {name: getattr(mesh, name) for name in tables}
    kept: dict[str, Any] = {name: table[which] for name, table in rows.items() if table is not None}
    return replace(mesh, **kept)


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

"""What other libraries say of a surface, compared with an analysis."""

from collections.abc import Iterator
from typing import Any, Final

import lib3mf  # type: ignore[import-untyped] # the package ships no types
import manifold3d  # type: ignore[import-not-found] # mypy does not find the types that it ships
import numpy as np
import trimesh

from outfeed.mesh.analyze import Analysis
from outfeed.mesh.model import Mesh

#: Larger meshes take lib3mf too long, one call for each number.
MOST_FACES: Final = 20_000


def complaints(mesh: Mesh, found: Analysis) -> list[str]:
    """Return what other libraries see otherwise."""
    of_trimesh = [] if (found.part_of_face < 0).any() else list(_trimesh(mesh, found))
    return [*of_trimesh, *_manifold3d(mesh, found), *_lib3mf(mesh, found)]


def _trimesh(mesh: Mesh, found: Analysis) -> Iterator[str]:
    """Compare a mesh without collapsed faces, whose edges trimesh counts."""
    seen = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False, validate=False)
    size = float(np.ptp(mesh.vertices, axis=0).max())
    pairs: list[tuple[str, Any, Any]] = [
        ("edges", len(seen.edges_unique), found.edges),
        ("closed", seen.is_watertight, found.closed),
        ("oriented", seen.is_winding_consistent, found.oriented),
        ("euler", seen.euler_number, found.vertices - found.edges + found.triangles),
    ]
    yield from (f"trimesh: {what} {theirs}, not {ours}" for what, theirs, ours in pairs if theirs != ours)
    if not np.isclose(seen.area, found.area, rtol=1e-9):
        yield f"trimesh: area {seen.area}, not {found.area}"
    if not (found.closed and found.oriented):
        return
    if not np.isclose(seen.volume, found.volume, rtol=1e-9, atol=1e-9 * found.area * size):
        yield f"trimesh: volume {seen.volume}, not {found.volume}"
    if abs(found.volume) > 1e-6 * found.area * size and not np.allclose(
        seen.center_mass, found.centre_of_mass, rtol=1e-6, atol=1e-6 * size
    ):
        yield f"trimesh: centre {seen.center_mass}, not {found.centre_of_mass}"


def _manifold3d(mesh: Mesh, found: Analysis) -> Iterator[str]:
    """Compare with a library that takes solids alone; edges of two solids that touch there are edges of each to it."""
    solid = manifold3d.Manifold(manifold3d.Mesh64(mesh.vertices.astype(np.float64), mesh.faces.astype(np.uint64)))
    taken = solid.status() == manifold3d.Error.NoError
    if taken != (found.closed and found.oriented):
        if not (taken and found.oriented and len(found.nonmanifold_edges) and not len(found.open_edges)):
            yield f"manifold3d: {solid.status()}"
        return
    if not taken:
        return
    if not np.isclose(solid.volume(), found.volume, rtol=1e-6):
        yield f"manifold3d: volume {solid.volume()}, not {found.volume}"
    pieces = solid.decompose()
    if len(pieces) != len(found.parts) or sum(piece.genus() for piece in pieces) != found.genus:
        yield f"manifold3d: genus {[piece.genus() for piece in pieces]}, not {found.parts.genus.tolist()}"


def _lib3mf(mesh: Mesh, found: Analysis) -> Iterator[str]:
    if (found.part_of_face < 0).any() or len(mesh.faces) > MOST_FACES:
        return
    points = (lib3mf.Position * len(mesh.vertices))()
    for number, point in enumerate(mesh.vertices.tolist()):
        points[number].Coordinates[:] = point
    triangles = (lib3mf.Triangle * len(mesh.faces))()
    for number, face in enumerate(mesh.faces.tolist()):
        triangles[number].Indices[:] = face
    body = lib3mf.get_wrapper().CreateModel().AddMeshObject()
    body.SetGeometry(points, triangles)
    if body.IsManifoldAndOriented() != (found.closed and found.oriented):
        yield f"lib3mf: {body.IsManifoldAndOriented()}"

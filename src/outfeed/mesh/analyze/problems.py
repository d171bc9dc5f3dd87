"""What is wrong with a mesh, as the API for meshes tells it: five kinds of problems, with their places in space."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.analyze.model import MOST_PLACES, Analysis, Rims
from outfeed.mesh.model import Mesh

#: Open edges that a vertex of a sound surface has at the most: of one rim.
_EDGES_OF_A_RIM = 2


class ProblemType(StrEnum):
    """The kinds of problems; there are no others."""

    HOLES = "holes"
    DEGENERATE_TRIANGLES = "degenerate_triangles"
    DUPLICATE_TRIANGLES = "duplicate_triangles"
    NONMANIFOLD_VERTICES = "nonmanifold_vertices"
    INCONSISTENTLY_ORIENTED_TRIANGLES = "inconsistently_oriented_triangles"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Problem:
    """One kind of problem that a mesh has."""

    type: ProblemType
    #: How many there are.
    count: int
    #: The first of them, at most `MOST_PLACES`, float64 in the mesh's unit. Holes: the points of each rim (r, 3), all
    #: rims together as many points at the most, so that the last may be cut. Triangles: their corners (3, 3). Vertices:
    #: points (3,).
    places: tuple[NDArray[np.float64], ...]


def problems(mesh: Mesh, analysis: Analysis) -> list[Problem]:
    """
    Return the kinds of problems that a mesh has, in the order of `ProblemType`; none for a sound mesh.

    Holes are closed loops of open edges. Of duplicate triangles, all but the first count. A vertex is non-manifold
    where an edge with more than two triangles ends or more than two open edges meet; surfaces that only touch in it are
    no problem. Inconsistently oriented are the fewest triangles that must be turned; of a twisted surface, where none
    helps, one triangle of each edge whose triangles run the same way.
    """
    return [problem for problem in _every(mesh, analysis) if problem.count]


def _every(mesh: Mesh, analysis: Analysis) -> Iterator[Problem]:
    holes = analysis.holes
    yield Problem(type=ProblemType.HOLES, count=len(holes), places=_rims(mesh, holes))
    yield _triangles(mesh, ProblemType.DEGENERATE_TRIANGLES, analysis.degenerate_faces)
    yield _triangles(mesh, ProblemType.DUPLICATE_TRIANGLES, analysis.duplicate_faces)
    vertices = nonmanifold_vertices(analysis)
    points = mesh.vertices[vertices[:MOST_PLACES]].astype(np.float64)
    yield Problem(type=ProblemType.NONMANIFOLD_VERTICES, count=len(vertices), places=tuple(points))
    yield _triangles(mesh, ProblemType.INCONSISTENTLY_ORIENTED_TRIANGLES, misoriented_faces(analysis))


def nonmanifold_vertices(analysis: Analysis) -> NDArray[np.int32]:
    """Return the vertices where an edge with more than two faces ends or more than two open edges meet, in order."""
    met = np.bincount(analysis.open_edges.reshape(-1), minlength=1) > _EDGES_OF_A_RIM
    return np.union1d(np.flatnonzero(met).astype(np.int32), analysis.nonmanifold_edges)


def misoriented_faces(analysis: Analysis) -> NDArray[np.int32]:
    """Return the fewest faces to turn; of twisted surfaces one face of each edge that is run through twice one way."""
    return np.union1d(analysis.turned_faces, analysis.twisted_faces)


def _rims(mesh: Mesh, rims: Rims) -> tuple[NDArray[np.float64], ...]:
    points = mesh.vertices[rims.vertices[:MOST_PLACES]].astype(np.float64)
    starts = rims.starts[1:-1]
    return tuple(np.split(points, starts[starts < len(points)])) if len(rims) else ()


def _triangles(mesh: Mesh, kind: ProblemType, faces: NDArray[np.int32]) -> Problem:
    corners = mesh.vertices[mesh.faces[faces[:MOST_PLACES]]].astype(np.float64)
    return Problem(type=kind, count=len(faces), places=tuple(corners))

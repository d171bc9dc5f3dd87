"""The numbers of an analysis, each with its unit and meaning."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Places of one kind that reports list, and pairs of faces that an analysis keeps; counts are exact beyond it.
MOST_PLACES: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rims:
    """The holes of a surface: closed loops of open edges, none of which passes a vertex twice."""

    #: (k,) int32: vertices of one rim after the other, each in the order of a face that fills the hole.
    vertices: NDArray[np.int32]
    #: (h + 1,) int32: where each rim begins in `vertices`, and the end of the last.
    starts: NDArray[np.int32]
    #: (h,) float64: the way around each hole, in the mesh's unit.
    lengths: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of holes."""
        return len(self.lengths)

    def rim(self, number: int) -> NDArray[np.int32]:
        """Return the vertices of a rim in order, the first one not again at the end."""
        return self.vertices[self.starts[number] : self.starts[number + 1]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Parts:
    """
    The parts of a mesh, numbered by their first faces: faces that come together by sharing edges.

    Faces that share no more than a vertex are in different parts. Collapsed faces, which have a vertex twice, are in
    none.
    """

    #: (p,) int32: faces of each part.
    triangles: NDArray[np.int32]
    #: (p,) bool: each edge has exactly two faces.
    closed: NDArray[np.bool_]
    #: (p,) bool: no two faces run the same way along the edge that they share.
    oriented: NDArray[np.bool_]
    #: (p,) bool: turning faces can make it oriented; a Möbius strip is not.
    orientable: NDArray[np.bool_]
    #: (p,) float64: enclosed volume in cubic units of the mesh, negative inside out; NaN unless closed and oriented.
    volume: NDArray[np.float64]
    #: (p,) int32: number of handles (0: a sphere, 1: a torus), each fan of a vertex counted as a vertex; -1 unless
    #: closed and orientable.
    genus: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.triangles)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Analysis:
    """
    What a mesh is as a surface, how large it is, and where it is damaged.

    Places are rows of the mesh's tables, int32 and in order. An edge is a pair of vertices. Collapsed faces, which have
    a vertex twice, count as degenerate and for nothing else: the faces beside one meet as if it were not there. Faces
    whose three different corners lie on one line are degenerate too, but hold their neighbours together like any other.
    """

    #: Faces of the mesh, of all kinds.
    triangles: int
    #: Vertices of the mesh: different positions.
    vertices: int
    #: Different pairs of vertices that a face has as neighbouring corners.
    edges: int
    #: Whether there is a part, and each edge has exactly two faces.
    closed: bool
    #: Whether no two faces run the same way along the edge that they share, looking at edges of exactly two faces.
    oriented: bool
    #: Volume in cubic units of the mesh, positive where faces look outwards. The enclosed volume if closed and
    #: oriented; else the sum of the signed volumes between the faces and the middle of the bounds, which says little.
    volume: float
    #: Area of all faces in square units of the mesh.
    area: float
    #: Lowest and highest coordinates of the vertices, in the mesh's unit.
    bounds: tuple[tuple[float, float, float], tuple[float, float, float]]
    #: Of the enclosed solid if closed and oriented with a volume, else of the surface, else the middle of the bounds;
    #: in the mesh's unit.
    centre_of_mass: tuple[float, float, float]
    #: Sum of the parts' handles, if every part is closed and orientable; else None.
    genus: int | None
    #: Pieces that hang together by edges.
    parts: Parts
    #: (m,) int32: the part of each face, -1 for collapsed ones.
    part_of_face: NDArray[np.int32]
    #: Closed loops of open edges.
    holes: Rims
    #: (k, 2) int32: edges with one face, in its direction.
    open_edges: NDArray[np.int32]
    #: (k, 2) int32: edges with more than two faces, the lower vertex first.
    nonmanifold_edges: NDArray[np.int32]
    #: (k, 2) int32: edges of exactly two faces that both run along it in this direction.
    inconsistent_edges: NDArray[np.int32]
    #: (k,) int32: vertices whose faces are not one fan that edges of two faces hold together; among them all ends of
    #: non-manifold edges, and vertices where surfaces only touch.
    nonmanifold_vertices: NDArray[np.int32]
    #: (k,) int32: faces without area, decided exactly: a vertex twice, or all three corners on one line.
    degenerate_faces: NDArray[np.int32]
    #: (k,) int32: faces with the same three vertices as an earlier one, in any order; collapsed ones are not counted.
    duplicate_faces: NDArray[np.int32]
    #: (k,) int32: the fewest faces that must be turned so that no two neighbours across an edge of two faces run the
    #: same way; of two halves, the one without the first face. None of a twisted surface, where turning does not help.
    turned_faces: NDArray[np.int32]
    #: (k,) int32: of each twisted surface, the faces that run along an edge as an earlier face of it does.
    twisted_faces: NDArray[np.int32]
    #: (k,) int32: tips of needles: vertices inside the surface, all of whose edges are longer than twice the way around
    #: them, the edges that their faces have opposite to them. The surface there is a cone of less than about 5°.
    spikes: NDArray[np.int32]
    #: Pairs of faces that cross: that have more than a point in common, some of it inside one of the two, not on its
    #: rim. None where nobody asked.
    self_intersections: int | None
    #: Whether all of these pairs were counted; the search gives up after work in proportion to the faces.
    self_intersections_complete: bool
    #: (k, 2) int32: the first `MOST_PLACES` of these pairs, the lower face first.
    crossing_faces: NDArray[np.int32]

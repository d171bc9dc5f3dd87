"""A closed mesh with one kind of defect injected at a time: `python bench/defects.py` prints what an analysis finds.

Exit code 1 where it finds anything else than what was injected. The same meshes each time: the seed is fixed.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange, NotFinite, SourceError
from outfeed.mesh.analyze import Analysis, analyze
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import torus

SEED: Final = 268_686

#: Segments of the ring: 2 * 531 * 253 = 268,686 triangles.
AROUND: Final = 531
ALONG: Final = 253

RADIUS, THICKNESS = 30.0, 10.0

#: Vertices and faces that are chosen are this many segments apart, so that no defect meets another one.
APART: Final = 4

TETRAHEDRON = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]], dtype=np.float64)
TETRAHEDRON_FACES = np.array([[0, 1, 3], [0, 2, 1], [0, 3, 2], [1, 2, 3]], dtype=np.int32)

#: What an analysis of the mesh without defects counts, besides zeros.
CLEAN: Final = {"parts": 1}

#: Lists of an analysis that are counted.
LISTS: Final = (
    "holes",
    "open_edges",
    "nonmanifold_edges",
    "nonmanifold_vertices",
    "inconsistent_edges",
    "turned_faces",
    "duplicate_faces",
    "degenerate_faces",
    "spikes",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Defect:
    """A damaged mesh, as tables that a reader would hand to `build`."""

    name: str
    injected: int
    #: The count that must be equal to `injected`; empty for the mesh without defects.
    shows_as: str = ""
    tables: Mesh
    #: What comes with it: other counts than those of `CLEAN`.
    besides: dict[str, int] = field(default_factory=dict)
    #: The error that `build` must refuse it with.
    refused: type[SourceError] | None = None

    @property
    def expected(self) -> dict[str, int]:
        """Return all counts that are not zero."""
        return CLEAN | self.besides | ({self.shows_as: self.injected} if self.shows_as else {})


class Ring:
    """The mesh without defects, and places on it that are apart."""

    def __init__(self, around: int, along: int) -> None:
        made = torus(around=around, along=along, radius=RADIUS, thickness=THICKNESS)
        # On a fine grid, so that the middle of an edge is exact.
        self.points = np.rint(made.vertices * 2**20) / 2**20
        self.faces = made.faces
        self.mesh = replace(made, vertices=self.points)
        self.dice = np.random.default_rng(SEED)
        rows, columns = np.meshgrid(
            np.arange(0, around - APART, APART), np.arange(0, along - APART, APART), indexing="ij"
        )
        self.places = (rows * along + columns).ravel()
        self.outwards = self.points - self._middles()

    def _middles(self) -> NDArray[np.float64]:
        """Return the point in the middle of the tube for each vertex."""
        flat = self.points[:, :2] * RADIUS / np.linalg.norm(self.points[:, :2], axis=1, keepdims=True)
        return np.column_stack([flat, np.zeros(len(flat))])

    def vertices(self, wanted: int, *, where: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return vertices that are apart: as many as wanted, or a third of the places."""
        places = self.places if where is None else self.places[where[self.places]]
        return self.dice.permutation(places)[: min(wanted, len(places) // 3)]

    def some_faces(self, wanted: int) -> NDArray[np.int64]:
        """Return faces that are apart."""
        return 2 * self.vertices(wanted)

    def with_faces(self, faces: NDArray[np.int32]) -> Mesh:
        """Return the mesh with other faces."""
        return replace(self.mesh, faces=faces)

    def and_more(self, points: NDArray[np.float64], faces: NDArray[np.int64]) -> Mesh:
        """Return the mesh with more points and faces."""
        return replace(
            self.mesh,
            vertices=np.concatenate([self.points, points]),
            faces=np.concatenate([self.faces, faces.astype(np.int32)]),
        )


def clean(ring: Ring) -> Defect:
    """Return the mesh as it is."""
    return Defect(name="clean", injected=0, tables=ring.mesh)


def holes(ring: Ring) -> Defect:
    """Take all faces around some vertices away: rims of six."""
    chosen = ring.vertices(100)
    kept = ~np.isin(ring.faces, chosen).any(axis=1)
    return Defect(
        name="holes",
        injected=len(chosen),
        shows_as="holes",
        tables=ring.with_faces(ring.faces[kept]),
        besides={"open_edges": 6 * len(chosen)},
    )


def flipped(ring: Ring) -> Defect:
    """Turn some faces over."""
    chosen = ring.some_faces(1_000)
    faces = ring.faces.copy()
    faces[chosen] = faces[chosen, ::-1]
    return Defect(
        name="flipped",
        injected=len(chosen),
        shows_as="turned_faces",
        tables=ring.with_faces(faces),
        besides={"inconsistent_edges": 3 * len(chosen)},
    )


def inverted(ring: Ring) -> Defect:
    """Turn all faces over."""
    tables = ring.with_faces(np.ascontiguousarray(ring.faces[:, ::-1]))
    return Defect(name="inverted", injected=1, shows_as="negative_volumes", tables=tables)


def duplicate(ring: Ring) -> Defect:
    """Repeat some faces, half of them the other way round."""
    chosen = ring.some_faces(500)
    again = ring.faces[chosen]
    again[::2] = again[::2, ::-1]
    return Defect(
        name="duplicate",
        injected=len(chosen),
        shows_as="duplicate_faces",
        tables=ring.with_faces(np.concatenate([ring.faces, again])),
        besides={"nonmanifold_edges": 3 * len(chosen), "nonmanifold_vertices": 3 * len(chosen)},
    )


def degenerate(ring: Ring) -> Defect:
    """Add faces with a vertex twice, and put vertices on edges with a face without area between."""
    chosen = ring.some_faces(400)
    collapsed, split = np.array_split(chosen, 2)
    twice = ring.faces[collapsed][:, [0, 1, 1]]
    a, b, c = ring.faces[split].T.astype(np.int64)
    middle = len(ring.points) + np.arange(len(split))
    faces = ring.faces.copy()
    faces[split] = np.column_stack([a, middle, c])
    more = np.concatenate([twice, np.column_stack([middle, b, c]), np.column_stack([a, b, middle])])
    points = (ring.points[a] + ring.points[b]) / 2
    tables = replace(
        ring.mesh,
        vertices=np.concatenate([ring.points, points]),
        faces=np.concatenate([faces, more.astype(np.int32)]),
    )
    return Defect(name="degenerate", injected=len(chosen), shows_as="degenerate_faces", tables=tables)


def fins(ring: Ring) -> Defect:
    """Stand a face on some edges."""
    chosen = ring.some_faces(200)
    a, b, _ = ring.faces[chosen].T.astype(np.int64)
    tips = len(ring.points) + np.arange(len(chosen))
    points = ring.points[a] + ring.outwards[a] / 50
    return Defect(
        name="fins",
        injected=len(chosen),
        shows_as="nonmanifold_edges",
        tables=ring.and_more(points, np.column_stack([a, b, tips])),
        besides={"open_edges": 2 * len(chosen), "nonmanifold_vertices": 2 * len(chosen)},
    )


def shells(ring: Ring) -> Defect:
    """Put small closed bodies into the tube."""
    chosen = ring.vertices(300)
    centres = ring.points[chosen] - 0.9 * ring.outwards[chosen]
    tables = _with_bodies(ring, centres, size=0.002)
    return Defect(
        name="shells", injected=len(chosen), shows_as="shells", tables=tables, besides={"parts": len(chosen) + 1}
    )


def overlap(ring: Ring) -> Defect:
    """Put small closed bodies half into the surface."""
    chosen = ring.vertices(100)
    tables = _with_bodies(ring, ring.points[chosen], size=0.05)
    return Defect(
        name="overlap",
        injected=len(chosen),
        shows_as="crossing_parts",
        tables=tables,
        besides={"parts": len(chosen) + 1, "shells": len(chosen)},
    )


def spikes(ring: Ring) -> Defect:
    """Pull some vertices far out."""
    flat = np.linalg.norm(ring.points[:, :2], axis=1)
    chosen = ring.vertices(100, where=flat > RADIUS)
    points = ring.points.copy()
    points[chosen] += 20 * ring.outwards[chosen]
    return Defect(
        name="spikes",
        injected=len(chosen),
        shows_as="spikes",
        tables=replace(ring.mesh, vertices=points),
    )


def not_finite(ring: Ring) -> Defect:
    """Make some coordinates no numbers."""
    chosen = ring.vertices(50)
    points = ring.points.copy()
    points[chosen, 1] = np.nan
    return Defect(name="NaN", injected=len(chosen), tables=replace(ring.mesh, vertices=points), refused=NotFinite)


def out_of_range(ring: Ring) -> Defect:
    """Let some corners name vertices that are not there."""
    chosen = ring.some_faces(50)
    faces = ring.faces.copy()
    faces[chosen, 0] = len(ring.points) + chosen
    return Defect(
        name="index out of range", injected=len(chosen), tables=ring.with_faces(faces), refused=IndexOutOfRange
    )


def _with_bodies(ring: Ring, centres: NDArray[np.float64], *, size: float) -> Mesh:
    points = centres[:, None] + TETRAHEDRON * size
    firsts = len(ring.points) + 4 * np.arange(len(centres))
    return ring.and_more(points.reshape(-1, 3), (firsts[:, None, None] + TETRAHEDRON_FACES).reshape(-1, 3))


DEFECTS: Final[list[Callable[[Ring], Defect]]] = [
    clean,
    holes,
    flipped,
    inverted,
    duplicate,
    degenerate,
    fins,
    shells,
    overlap,
    spikes,
    not_finite,
    out_of_range,
]


def defects(*, around: int = AROUND, along: int = ALONG) -> Iterator[Defect]:
    """Yield the mesh without defects, and with each of them."""
    for make in DEFECTS:
        yield make(Ring(around, along))


def counted(analysis: Analysis) -> dict[str, int]:
    """Return all counts of an analysis that are not zero, in the words of the defects."""
    crossing = np.sort(analysis.part_of_face[analysis.crossing_faces], axis=1)
    counts = {
        "parts": len(analysis.parts),
        "shells": len(analysis.parts) - 1,
        "negative_volumes": int((analysis.parts.volume < 0).sum()),
        "crossing_parts": len(np.unique(crossing, axis=0)),
    }
    counts |= {name: len(getattr(analysis, name)) for name in LISTS}
    return {name: count for name, count in counts.items() if count}


def found(defect: Defect) -> str:
    """Return what was found, in words where that is not all that was injected and nothing else."""
    try:
        counts = counted(analyze(build(defect.tables)))
    except SourceError as error:
        return f"refused, {error.code}" if type(error) is defect.refused else f"wrongly refused: {error}"
    if defect.refused or counts != defect.expected:
        return f"{counts}, and not {defect.expected}"
    return str(counts.get(defect.shows_as, 0))


def is_right(defect: Defect, answer: str) -> bool:
    """Tell whether an answer of `found` is all that was injected."""
    return answer in {str(defect.injected), f"refused, {defect.refused.code}" if defect.refused else ""}


def main() -> int:
    """Print the table, and return the exit code."""
    print(f"{'defect':<20}{'injected':>10}  found")
    wrong = 0
    for defect in defects():
        answer = found(defect)
        wrong += not is_right(defect, answer)
        print(f"{defect.name:<20}{defect.injected:>10}  {answer}")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())

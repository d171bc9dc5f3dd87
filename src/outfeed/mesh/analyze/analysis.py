"""One look at a mesh, with all that can be said of it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.analyze.measure import Frame, frame, loop_lengths, point, sizes
from outfeed.mesh.analyze.model import MOST_PLACES, Analysis, Parts, Rims
from outfeed.mesh.model import Mesh, check, packed
from outfeed.mesh.reporting import Report, silent

if TYPE_CHECKING:
    from outfeed._kernels import TopologyTables

#: How many times longer than the way around it all edges of a spike are.
_SPIKE: Final = 2.0


def analyze(mesh: Mesh, *, intersections: bool = True, report: Report = silent) -> Analysis:
    """
    Return what a mesh is as a surface, how large it is, and where it is damaged.

    Parameters
    ----------
    mesh
        As readers give it: welded by exact position.
    intersections
        Whether faces that cross are looked for, which takes longer than all the rest.
    report
        Called with the share done, 0.0 to 1.0.

    Raises
    ------
    SourceError
        One of those of `outfeed.mesh.model.check`, if the arrays do not fit together.
    """
    check(mesh)
    # A mesh that was cut out of another one may have tables with gaps.
    mesh = replace(mesh, vertices=packed(mesh.vertices), faces=np.ascontiguousarray(mesh.faces))
    surface = _kernels.topology(mesh.faces, len(mesh.vertices))
    report(0.3)
    at = frame(mesh)
    closed = bool(len(surface["part_faces"])) and not len(surface["open"]) and not len(surface["crowded"])
    oriented = not len(surface["inconsistent"])
    size = sizes(mesh, surface["labels"], len(surface["part_faces"]), at=at, solid=closed and oriented)
    report(0.5)
    parts = _parts(surface, size.part_volumes)
    crossings, pairs, complete = None, np.zeros((0, 2), np.int32), False
    if intersections:
        crossings, pairs, complete = _kernels.self_intersections(mesh.vertices, mesh.faces, MOST_PLACES)
    report(1.0)
    return Analysis(
        triangles=len(mesh.faces),
        vertices=len(mesh.vertices),
        edges=surface["edges"],
        closed=closed,
        oriented=oriented,
        volume=size.volume,
        area=size.area,
        bounds=(point(at.low), point(at.high)),
        centre_of_mass=size.centre_of_mass,
        genus=int(parts.genus.sum()) if len(parts) and parts.genus.min() >= 0 else None,
        parts=parts,
        part_of_face=surface["labels"],
        holes=_holes(mesh, surface, at),
        open_edges=_ends(mesh, surface["open"]),
        nonmanifold_edges=np.sort(_ends(mesh, surface["crowded"][surface["crowded_starts"][:-1]]), axis=1),
        inconsistent_edges=_ends(mesh, surface["inconsistent"]),
        nonmanifold_vertices=surface["several_fans"],
        degenerate_faces=_kernels.degenerate(mesh.vertices, mesh.faces),
        duplicate_faces=surface["duplicates"],
        turned_faces=surface["turned"],
        twisted_faces=_twisted(surface),
        spikes=_spikes(mesh, surface, at),
        self_intersections=crossings,
        self_intersections_complete=complete,
        crossing_faces=pairs,
    )


def _parts(surface: "TopologyTables", volumes: NDArray[np.float64]) -> Parts:
    closed, oriented = surface["part_closed"].astype(bool), surface["part_oriented"].astype(bool)
    orientable = surface["part_orientable"].astype(bool)
    # Euler: vertices - edges + faces = 2 - 2 * genus, with three edges for two faces.
    handles = (2 - surface["part_fans"].astype(np.int64) + surface["part_faces"] // 2) // 2
    return Parts(
        triangles=surface["part_faces"],
        closed=closed,
        oriented=oriented,
        orientable=orientable,
        volume=np.where(closed & oriented, volumes, np.nan),
        genus=np.where(closed & orientable, handles, -1).astype(np.int32),
    )


def _holes(mesh: Mesh, surface: "TopologyTables", at: Frame) -> Rims:
    vertices, starts = surface["rims"], surface["rim_starts"]
    return Rims(vertices=vertices, starts=starts, lengths=loop_lengths(mesh, vertices, starts, at=at))


def _ends(mesh: Mesh, sides: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the two vertices of each side of a face, in its direction."""
    corners = mesh.faces.reshape(-1)
    return np.stack([corners[sides], corners[sides - sides % 3 + (sides + 1) % 3]], axis=1)


def _twisted(surface: "TopologyTables") -> NDArray[np.int32]:
    """Return the later face of each edge that is run through twice one way and where neither face is to be turned."""
    sides = surface["inconsistent"]
    earlier, later = sides // 3, surface["across"].reshape(-1)[sides] // 3
    kept = ~np.isin(earlier, surface["turned"]) & ~np.isin(later, surface["turned"])
    return np.unique(later[kept])


def _spikes(mesh: Mesh, surface: "TopologyTables", at: Frame) -> NDArray[np.int32]:
    found = _kernels.spikes(mesh.vertices, mesh.faces, at.centre, at.scale, _SPIKE)
    return found[~np.isin(found, _ends(mesh, surface["open"]))]

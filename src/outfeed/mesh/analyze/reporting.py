"""An analysis as a tree of plain values, for programs."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.analyze.model import MOST_PLACES, Analysis, Parts, Rims
from outfeed.mesh.units import Unit

#: The fields of an analysis that are rows of vertices, edges or faces.
PLACES = (
    "open_edges",
    "nonmanifold_edges",
    "inconsistent_edges",
    "nonmanifold_vertices",
    "degenerate_faces",
    "duplicate_faces",
    "turned_faces",
    "twisted_faces",
    "spikes",
)


def report(analysis: Analysis, unit: Unit) -> dict[str, Any]:
    """
    Return an analysis as JSON has it, in the fields' own names.

    `unit` is the mesh's. Each list of places has its exact `count` and at most `MOST_PLACES` of them. Numbers that are
    not finite are None, and so is a count of what was not looked for.
    """
    low, high = analysis.bounds
    return {
        "unit": unit.value,
        "triangles": analysis.triangles,
        "vertices": analysis.vertices,
        "edges": analysis.edges,
        "closed": analysis.closed,
        "oriented": analysis.oriented,
        "volume": _finite(analysis.volume),
        "area": _finite(analysis.area),
        "bounds": {"min": list(low), "max": list(high)},
        "centre_of_mass": [_finite(x) for x in analysis.centre_of_mass],
        "genus": analysis.genus,
        "parts": {"count": len(analysis.parts), "places": _parts(analysis.parts)},
        "holes": {"count": len(analysis.holes), "places": _holes(analysis.holes)},
        "self_intersections": _crossings(analysis),
    } | {name: _places(getattr(analysis, name)) for name in PLACES}


def _crossings(analysis: Analysis) -> dict[str, Any]:
    return {
        "count": analysis.self_intersections,
        "complete": analysis.self_intersections_complete,
        "places": analysis.crossing_faces.tolist(),
    }


def _places(rows: NDArray[np.int32]) -> dict[str, Any]:
    return {"count": len(rows), "places": rows[:MOST_PLACES].tolist()}


def _parts(parts: Parts) -> list[dict[str, Any]]:
    """Return the first parts."""
    return [
        {
            "triangles": int(parts.triangles[i]),
            "closed": bool(parts.closed[i]),
            "oriented": bool(parts.oriented[i]),
            "orientable": bool(parts.orientable[i]),
            "volume": _finite(float(parts.volume[i])),
            "genus": None if parts.genus[i] < 0 else int(parts.genus[i]),
        }
        for i in range(min(len(parts), MOST_PLACES))
    ]


def _holes(rims: Rims) -> list[dict[str, Any]]:
    """Return the first holes, as long as their vertices together are few enough; the last one's may be cut."""
    listed = int(np.searchsorted(rims.starts[:-1], MOST_PLACES))
    return [
        {
            "edges": len(rims.rim(i)),
            "length": _finite(float(rims.lengths[i])),
            "vertices": rims.rim(i)[: MOST_PLACES - int(rims.starts[i])].tolist(),
        }
        for i in range(listed)
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""What a mesh says about itself: counts, extents, volume."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.model import Mesh, packed

#: Triangles that are looked at together; bounds the memory of the sums.
CHUNK: Final = 65_536


def facts(mesh: Mesh) -> dict[str, Any]:
    """Return counts, extents in the mesh's unit, and whether there are texture coordinates."""
    low, high = bounds(mesh)
    return {
        "num_vertices": len(mesh.vertices),
        "num_triangles": len(mesh.faces),
        "has_uvs": mesh.has_uvs,
        "bounding_box": {"min": low.tolist(), "max": high.tolist()},
        "unit": mesh.unit.value,
    }


def bounds(mesh: Mesh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest coordinates, (3,) each; zeros for a mesh without vertices."""
    if not len(mesh.vertices):
        return np.zeros(3), np.zeros(3)
    low, high = _kernels.bounds(packed(mesh.vertices))
    return low, high


def volume(mesh: Mesh) -> float:
    """Return the enclosed volume in cubic units. It means something for closed surfaces; inside out, it is negative."""
    low, high = bounds(mesh)
    # Measured from the middle: far from the origin, large terms would cancel and leave their rounding behind.
    centre = low / 2 + high / 2
    total = 0.0
    for first in range(0, len(mesh.faces), CHUNK):
        corners = mesh.vertices[mesh.faces[first : first + CHUNK]].astype(np.float64) - centre
        total += float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])))
    return total / 6

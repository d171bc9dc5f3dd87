"""The kernels of `bind_weld.cpp` that pass over points and triangles again, slow and plain."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Positions
from unit import twins

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])


def distinct(points: Positions) -> bool:
    """Tell whether all points are finite, and welding leaves their bits as they are."""
    return bool(np.isfinite(points).all()) and twins.weld(points)[0].tobytes() == points.tobytes()


def bounds(points: Positions) -> NDArray[np.float64]:
    """Return the lowest and the highest coordinates, NaN where one is not finite or none is there."""
    if not len(points) or not np.isfinite(points).all():
        return np.full((2, 3), np.nan)
    return np.array([points.min(axis=0), points.max(axis=0)], dtype=np.float64) + 0.0


def scaled(points: Positions, factor: float, kind: Any) -> Any:
    """Return the points times a factor, rounded once."""
    with np.errstate(all="ignore"):
        return (points.astype(np.float64) * factor).astype(kind) + kind(0)


def y_up(points: Positions) -> Any:
    """Return x, z, -y."""
    return np.stack([points[:, 0] + 0, points[:, 2] + 0, 0 - points[:, 1]], axis=1)


def z_up(points: Positions) -> Any:
    """Return x, -z, y."""
    return np.stack([points[:, 0] + 0, 0 - points[:, 2], points[:, 1] + 0], axis=1)


def normals(corners: Positions) -> NDArray[np.float32]:
    """Return unit normals (m, 3) of triangles (m, 3, 3); zero for those without an area."""
    quarter = corners.astype(np.float64) / 4
    edges = quarter[:, 1:] - quarter[:, :1]
    size = np.abs(edges).max(axis=(1, 2), keepdims=True)
    edges /= np.where(size > 0, size, 1)
    normal = np.cross(edges[:, 0], edges[:, 1])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal /= np.where(length > 0, length, 1)
    return (normal + 0.0).astype(np.float32)


def stl_records(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> bytes:
    """Return the records of binary STL."""
    records = np.zeros(len(faces), dtype=RECORD)
    records["corners"] = vertices[faces]
    records["normal"] = normals(vertices[faces])
    return records.tobytes()


def in_first_use(users: NDArray[np.int32], rows: int) -> bool:
    """Tell whether the rows are named in their order, and all."""
    return list(dict.fromkeys(users.tolist())) == list(range(rows))

"""meshoptimizer's simplifier, called with numbers that have been checked."""

import math
from ctypes import c_float, c_size_t, c_uint
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Share of the extent that no error reaches.
_ANY_ERROR: Final = 1e6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Wanted:
    """How far to simplify."""

    triangles: int
    #: Largest error, in the unit of the positions.
    error: float = math.inf


def collapsed(
    positions: NDArray[np.float32],
    faces: NDArray[np.int32],
    wanted: Wanted,
    *,
    values: NDArray[np.float32] | None = None,
    locked: NDArray[np.uint8] | None = None,
    lock_borders: bool = False,
) -> tuple[NDArray[np.int32], float]:
    """
    Return the faces (k, 3) that are left, all of them of vertices that there are, and the error.

    Parameters
    ----------
    positions
        (n, 3), finite.
    faces
        (m, 3), each corner a row of the positions; vertices at the same position stay together.
    values
        (n, v): other numbers of the vertices that shall change little, in distances that count as much.
    locked
        (n,): 1 where a vertex stays.
    lock_borders
        Whether vertices of open edges stay too.
    """
    # It takes longer to load than a small mesh to simplify.
    from meshoptimizer import simplifier  # type: ignore[import-untyped]  # noqa: PLC0415 no types; as said above

    points = np.ascontiguousarray(positions, dtype=np.float32)
    table = np.zeros((1, 0), dtype=np.float32) if values is None else np.ascontiguousarray(values, dtype=np.float32)
    scale = float(simplifier.simplify_scale(points))
    indices = np.ascontiguousarray(faces, dtype=np.uint32).reshape(-1)
    kept, error = np.zeros_like(indices), np.zeros(1, dtype=np.float32)
    # This function of the library declares no types of arguments, so that each number has to bring its own.
    count = simplifier.simplify_with_attributes(
        kept,
        indices,
        points,
        table,
        # Distances are shares of the extent there.
        np.full(table.shape[1], 1 / scale if scale else 0.0, dtype=np.float32),
        index_count=c_size_t(indices.size),
        vertex_count=c_size_t(len(points)),
        vertex_positions_stride=c_size_t(points.strides[0]),
        vertex_attributes_stride=c_size_t(4 * table.shape[1]),
        attribute_count=c_size_t(table.shape[1]),
        vertex_lock=locked,
        target_index_count=c_size_t(3 * wanted.triangles),
        target_error=c_float(min(wanted.error / scale, _ANY_ERROR) if scale else _ANY_ERROR),
        options=c_uint(simplifier.SIMPLIFY_LOCK_BORDER if lock_borders else 0),
        result_error=error,
    )
    return kept[:count].view(np.int32).reshape(-1, 3), float(error[0]) * scale

"""The kernels of `bind_tiles.cpp` again, slow and plain."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]


def halved_units(keys: Rows, weights: Rows, depth: int) -> Rows:
    """Halve units by weight, across the longest side of the box around their keys, and number the leaves."""
    leaves = np.zeros(len(keys), dtype=np.int32)
    _halve(np.arange(len(keys)), keys.astype(np.int64), weights.astype(np.int64), leaves, (depth, 0))
    return leaves


def _halve(
    units: NDArray[np.intp], keys: NDArray[np.int64], weights: NDArray[np.int64], leaves: Rows, at: tuple[int, int]
) -> None:
    depth, leaf = at
    if depth == 0 or len(units) <= 1:
        leaves[units] = leaf << depth
        return
    side = int(np.ptp(keys[units], axis=0).argmax())
    order = units[np.lexsort((units, keys[units, side]))]
    ends = weights[order].cumsum()
    # The unit that the middle of the weight falls into, and the side where it makes the smaller difference.
    middle = int(np.flatnonzero(2 * ends >= ends[-1])[0])
    before = int(ends[middle] - weights[order[middle]])
    cut = middle + 1 if middle == 0 or 2 * before + weights[order[middle]] < ends[-1] else middle
    cut = min(cut, len(order) - 1)
    _halve(order[:cut], keys, weights, leaves, (depth - 1, leaf << 1))
    _halve(order[cut:], keys, weights, leaves, (depth - 1, leaf << 1 | 1))


def corner_sums(points: Rows, faces: Rows) -> Rows:
    """Add up the corners of each face."""
    sums: Rows = points[faces].sum(axis=1, dtype=np.int32).reshape(-1, 3)
    return sums


def meeting_depths(faces: Rows, leaves: Rows, vertices: int, depth: int) -> NDArray[np.uint8]:
    """Go up from the leaves of each vertex until they are one."""
    meet = np.full(vertices, depth, dtype=np.uint8)
    for vertex in range(vertices):
        around = {int(leaf) for leaf in leaves[(faces == vertex).any(axis=1)]}
        while len(around) > 1:
            around = {leaf >> 1 for leaf in around}
            meet[vertex] -= 1
    return meet


def split_leaves(faces: Rows, leaves: Rows, depth: int) -> tuple[Rows, NDArray[np.int64], Rows, NDArray[np.int64]]:
    """Take the faces of one leaf after the other."""
    local, rows, face_starts, row_starts = [np.zeros((0, 3), np.int32)], [np.zeros(0, np.int32)], [0], [0]
    for leaf in range(1 << depth):
        these = faces[leaves == leaf]
        _, first, index = np.unique(these.reshape(-1), return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.argsort(order)
        local.append(rank[index].reshape(-1, 3).astype(np.int32))
        rows.append(these.reshape(-1)[first[order]])
        face_starts.append(face_starts[-1] + len(these))
        row_starts.append(row_starts[-1] + len(order))
    return np.concatenate(local), np.array(face_starts), np.concatenate(rows), np.array(row_starts)


def weld_rows(rows: Rows) -> tuple[Rows, Rows]:
    """Give each different row a number as it appears."""
    numbers: dict[tuple[int, ...], int] = {}
    first: list[int] = []
    index = []
    for row, values in enumerate(map(tuple, rows.tolist())):
        if values not in numbers:
            numbers[values] = len(numbers)
            first.append(row)
        index.append(numbers[values])
    return np.array(first, dtype=np.int32), np.array(index, dtype=np.int32)


def steps_from(points: Rows, rows: Rows, offset: tuple[int, int, int]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Count points from an offset, in 16 bits, and tell the lowest and the highest."""
    steps = points[rows].astype(np.int64) - np.array(offset, dtype=np.int64)
    box = np.array([steps.min(axis=0), steps.max(axis=0)]) if len(steps) else np.zeros((2, 3), dtype=np.int64)
    return np.pad((steps % 2**16).astype(np.uint16), [(0, 0), (0, 1)]), box

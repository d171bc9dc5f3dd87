"""Shapes that are shown several times: `EXT_mesh_gpu_instancing`, and whose each of them is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.formats.matrices import mirrored, moved_points
from outfeed.tiles.content.binary import Binary
from outfeed.tiles.model import Repeated

Doubles = NDArray[np.float64]


def instanced(
    repeated: Repeated,
    start: tuple[float, ...],
    anchor: tuple[float, ...],
    features: NDArray[np.intp],
    binary: Binary,
) -> dict[str, Any]:
    """
    Return the extensions of the node that shows a shape.

    Numbers of the shape's vertices are steps of its grid from `start`; the node is at `anchor` (both metres, z up).
    What an instance says is float32, so it is said from the anchor.
    """
    matrices = repeated.transforms[:, :3]
    places = moved_points(np.array([start]), matrices)[:, 0] - np.array(anchor)
    rotations, scales = parted(matrices)
    # Not as vertices are: programs read these one after the other, without gaps.
    attributes = {
        "TRANSLATION": _floats(places, binary),
        "ROTATION": _floats(quaternions(rotations), binary),
        "SCALE": _floats(scales * repeated.grid.step, binary),
        "_FEATURE_ID_0": _floats(features.astype(np.float64)[:, None], binary),
    }
    feature = {"featureCount": len(np.unique(features)), "attribute": 0, "propertyTable": 0}
    return {
        "EXT_mesh_gpu_instancing": {"attributes": attributes},
        "EXT_instance_features": {"featureIds": [feature]},
    }


def _floats(values: Doubles, binary: Binary) -> int:
    numbers = np.ascontiguousarray(values, dtype=np.float32)
    return binary.accessor(numbers, binary.table(numbers))


def parted(matrices: Doubles) -> tuple[Doubles, Doubles]:
    """
    Return rotations (k, 3, 3) and scales (k, 3) of matrices (k, 3, 4) that scale, turn and move.

    Where a matrix turns right into left, the scale of x is negative. A scale of zero leaves its axis as it was.
    """
    turns = matrices[:, :, :3]
    scales = np.sqrt((turns * turns).sum(axis=1))
    scales[:, 0] *= np.where(mirrored(matrices), -1.0, 1.0)
    flat = scales == 0
    rotations = turns / np.where(flat, 1.0, scales)[:, None, :]
    rotations = np.where(flat[:, None, :], np.eye(3), rotations)
    return rotations, scales


def quaternions(rotations: Doubles) -> Doubles:
    """Return x, y, z, w of rotations (k, 3, 3), of length 1; from the largest of the four, which is never small."""
    (a, b, c), (d, e, f), (g, h, i) = np.moveaxis(rotations, 0, -1)
    # Four times the products of each of the four with all of them: Shepperd, 1978.
    products = np.array(
        [
            [1 + a - e - i, b + d, c + g, h - f],
            [b + d, 1 - a + e - i, f + h, c - g],
            [c + g, f + h, 1 - a - e + i, d - b],
            [h - f, c - g, d - b, 1 + a + e + i],
        ]
    )
    squares = np.stack([products[n, n] for n in range(4)])
    chosen = products[squares.argmax(axis=0), :, np.arange(len(rotations))]
    length = np.sqrt((chosen * chosen).sum(axis=1, keepdims=True))
    result: Doubles = chosen / length
    return result

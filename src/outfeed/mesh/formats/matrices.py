"""Matrices that place things.

Numbers are multiplied and added one after the other, never by a library of linear algebra, whose last digit depends on
the processor.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: (3, 4) float64: what a point is multiplied by, and in the last column what is added.
Matrix: TypeAlias = NDArray[np.float64]

IDENTITY: Final = np.eye(3, 4)
#: Turns what is y-up: x, -z, y.
FROM_Y_UP: Final = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0]])
#: Cosine and sine of the angles that rounding would spoil, in degrees.
QUARTERS: Final = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


def product(matrix: Matrix, others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix times others (..., 3, 4)."""
    rows = matrix[:, :3]
    with np.errstate(all="ignore"):
        result: NDArray[np.float64] = (
            rows[:, 0:1] * others[..., 0:1, :] + rows[:, 1:2] * others[..., 1:2, :] + rows[:, 2:3] * others[..., 2:3, :]
        )
        result[..., 3] += matrix[:, 3]
    return result


def mirrored(matrices: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which matrices (k, 3, 4) turn right into left."""
    with np.errstate(all="ignore"):
        (a, b, c), (d, e, f), (g, h, i) = np.moveaxis(matrices[:, :, :3], 0, -1)
        determinants: NDArray[np.float64] = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return determinants < 0


def moved_points(points: NDArray[np.float64], matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n, 3) moved by each of the matrices: (k, n, 3)."""
    result = np.zeros((len(matrices), *points.shape))
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    with np.errstate(all="ignore"):
        for axis in range(3):
            row = matrices[:, axis, :, None]
            result[:, :, axis] = row[:, 0] * x + row[:, 1] * y + row[:, 2] * z + row[:, 3]
    return result


def rotation(axis: NDArray[np.float64], *, degrees: float) -> Matrix:
    """Return a rotation about an axis of any length, exact for quarters of a turn; about an axis of no length, none."""
    radians = math.radians(degrees)
    cosine, sine = QUARTERS.get(degrees % 360.0) or (math.cos(radians), math.sin(radians))
    x, y, z = unit(axis).tolist()
    if not x * x + y * y + z * z > 0:
        return IDENTITY
    rest = 1.0 - cosine
    return np.array(
        [
            [x * x * rest + cosine, x * y * rest - z * sine, x * z * rest + y * sine, 0.0],
            [x * y * rest + z * sine, y * y * rest + cosine, y * z * rest - x * sine, 0.0],
            [x * z * rest - y * sine, y * z * rest + x * sine, z * z * rest + cosine, 0.0],
        ]
    )


def translation(values: NDArray[np.float64]) -> Matrix:
    """Return a step by x, y, z."""
    result = IDENTITY.copy()
    result[:, 3] = values
    return result


def scaling(values: NDArray[np.float64]) -> Matrix:
    """Return a scaling by x, y, z."""
    result = np.zeros((3, 4))
    result[[0, 1, 2], [0, 1, 2]] = values
    return result


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a vector (3,) of the length 1; zero where it has no length, or none that is finite."""
    largest = float(np.abs(vector).max())
    if not 0 < largest < math.inf:
        return np.zeros(3)
    near: NDArray[np.float64] = vector / largest
    return near / math.sqrt(float(near[0] * near[0] + near[1] * near[1] + near[2] * near[2]))

"""How much light a surface sends to the eye, and from light to the numbers of a picture."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outfeed.mesh.shown import from_linear

Vector = NDArray[np.float64]

#: In the picture's axes: right, down, away. The lamp stands behind the viewer's left shoulder, high up.
LAMP: Final = np.array((-0.62, -0.66, -0.50)) / np.linalg.norm((-0.62, -0.66, -0.50))
#: A weak one from the right keeps what the lamp does not reach from being one dark mass.
FILL: Final = np.array((0.85, -0.15, -0.50)) / np.linalg.norm((0.85, -0.15, -0.50))
#: Where the lamp seems to glint: half-way between it and the eye.
GLINT: Final = (LAMP - (0.0, 0.0, 1.0)) / np.linalg.norm(LAMP - (0.0, 0.0, 1.0))
#: From above the mesh, for its shadow on the ground, as shares of the view's right, of up, and towards the eye.
SUN: Final = (-0.20, 1.0, 0.06)

#: Numbers of sRGB for so many steps of light: in the dark, where they are finest, five to a number.
_NUMBERS: Final = from_linear(np.repeat(np.linspace(0.0, 1.0, 1 << 14)[:, None], 4, axis=1))[:, 0].copy()

LAMP_POWER: Final = 0.68
FILL_POWER: Final = 0.14
SKY_POWER: Final = 0.30
GROUND_POWER: Final = 0.16
GLINT_POWER: Final = 0.10
GLINT_EXPONENT: Final = 24


def of_normals(normals: Vector, axes: Vector) -> tuple[Vector, Vector]:
    """
    Return the light that white surfaces scatter and the light that glossy ones mirror, (n,) each.

    Parameters
    ----------
    normals
        (n, 3), in the picture's axes, of length 1 or 0. Surfaces are lit on the side that is seen.
    axes
        (3, 3): the view's axes in the mesh's coordinates.
    """
    facing = np.where(normals[:, 2:] > 0, -normals, normals)
    upwards = 0.5 + 0.5 * (facing @ axes[:, 2])
    sky = GROUND_POWER + (SKY_POWER - GROUND_POWER) * upwards
    lamps = LAMP_POWER * np.maximum(facing @ LAMP, 0.0) + FILL_POWER * np.maximum(facing @ FILL, 0.0)
    glint = GLINT_POWER * np.maximum(facing @ GLINT, 0.0) ** GLINT_EXPONENT
    return sky + lamps, glint


def unit(vectors: Vector) -> Vector:
    """Return vectors (n, 3) of length 1; those without a length stay."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)


def blurred(values: NDArray[np.floating | np.bool], radius: int) -> Vector:
    """Return the means (h, w) over squares of 2 * radius + 1, taken twice; beyond the edge is zero."""
    result = values.astype(np.float64)
    for axis in (0, 1, 0, 1):
        result = _box(result, radius, axis)
    return result


def _box(values: Vector, radius: int, axis: int) -> Vector:
    padding = [(radius + 1, radius) if at == axis else (0, 0) for at in range(2)]
    sums = np.cumsum(np.pad(values, padding), axis=axis)
    count, width = values.shape[axis], 2 * radius + 1
    return (np.take(sums, np.arange(width, width + count), axis) - np.take(sums, np.arange(count), axis)) / width


def hollows(depths: Vector, radii: Sequence[int]) -> Vector:
    """
    Return how hollow each pixel lies, 0 to 1: behind the mean of what is around it, at the radius that shows most.

    Parameters
    ----------
    depths
        (h, w) in pixels, infinite where there is nothing.
    """
    there = np.isfinite(depths)
    hollow = np.zeros(depths.shape)
    if not there.any():
        return hollow
    away = np.where(there, depths - depths[there].min(), 0.0)
    # The mean is smooth, so that a picture of half the size tells it.
    half_away, half_there = _halved(away), _halved(there)
    for radius in radii:
        half = max(radius // 2, 1)
        around = _doubled(blurred(half_away, half) / np.maximum(blurred(half_there, half), 1e-9), depths.shape)
        np.maximum(hollow, (away - around) / (2.0 * radius), out=hollow)
    return np.where(there, np.minimum(hollow, 1.0), 0.0)


def _halved(values: NDArray[np.floating | np.bool]) -> Vector:
    """Return the means of squares of four; what has no partner at the edge is its own."""
    height, width = values.shape
    even = np.pad(values.astype(np.float64), ((0, height % 2), (0, width % 2)), mode="edge")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def _doubled(values: Vector, shape: tuple[int, ...]) -> Vector:
    """Return values of half a picture's size in its size (h, w), with even steps between."""
    image = Image.fromarray(values.astype(np.float32))
    wide = image.resize((2 * image.width, 2 * image.height), Image.Resampling.BILINEAR)
    return np.asarray(wide, dtype=np.float64)[: shape[0], : shape[1]]


def to_picture(light: Vector) -> NDArray[np.uint8]:
    """Return light (h, w, 3) as the numbers of sRGB."""
    steps = np.clip(light * (len(_NUMBERS) - 1) + 0.5, 0.0, len(_NUMBERS) - 1).astype(np.uint16)
    return np.take(_NUMBERS, steps)

"""Lengths, areas, volumes and centres, for coordinates of any finite size."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.facts import bounds
from outfeed.mesh.model import Mesh

Point: TypeAlias = tuple[float, float, float]

#: A volume below this share of area times extent is rounding, and has no centre.
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Where a mesh is measured: moved to its middle, and divided by a power of two so that it is about 1 large."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    centre: NDArray[np.float64]
    exponent: int

    @property
    def scale(self) -> float:
        """Return what coordinates are multiplied by."""
        return 2.0**-self.exponent

    def back(self, value: NDArray[np.float64], *, power: int) -> NDArray[np.float64]:
        """Return lengths (1), areas (2) or volumes (3) in the mesh's unit; too large ones become infinite."""
        with np.errstate(over="ignore"):
            return np.ldexp(value, power * self.exponent)


def frame(mesh: Mesh) -> Frame:
    """Return where a mesh is measured."""
    low, high = bounds(mesh)
    exponent = int(np.frexp((high / 2 - low / 2).max())[1])
    return Frame(low=low, high=high, centre=low / 2 + high / 2, exponent=max(exponent, -1000))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """How large a mesh is, in its unit."""

    volume: float
    area: float
    centre_of_mass: Point
    #: (p,) float64: of each part, as if it were closed.
    part_volumes: NDArray[np.float64]


def sizes(mesh: Mesh, labels: NDArray[np.int32], parts: int, *, at: Frame, solid: bool) -> Sizes:
    """Return how large a mesh is; the centre is that of the solid that it encloses, or of its surface."""
    sums, volumes = _kernels.moments(mesh.vertices, mesh.faces, labels, parts, at.centre, at.scale)
    middle = np.zeros(3)
    if solid and abs(sums[0]) > _ROUNDING * sums[1]:
        middle = sums[2:5] / (4 * sums[0])
    elif sums[1] > 0:
        middle = sums[5:8] / (3 * sums[1])
    return Sizes(
        volume=float(at.back(sums[0] / 6, power=3)),
        area=float(at.back(sums[1] / 2, power=2)),
        centre_of_mass=point(at.centre + at.back(middle, power=1)),
        part_volumes=at.back(volumes / 6, power=3),
    )


def loop_lengths(
    mesh: Mesh, vertices: NDArray[np.int32], starts: NDArray[np.int32], *, at: Frame
) -> NDArray[np.float64]:
    """Return the length of each closed loop of vertices, in the mesh's unit."""
    if not len(vertices):
        return np.zeros(0)
    following = np.arange(1, len(vertices) + 1)
    following[starts[1:] - 1] = starts[:-1]
    points = (mesh.vertices[vertices].astype(np.float64) - at.centre) * at.scale
    steps = points[following] - points
    return at.back(np.add.reduceat(np.sqrt(np.einsum("ij,ij->i", steps, steps)), starts[:-1]), power=1)


def point(values: NDArray[np.float64]) -> Point:
    """Return three numbers as Python has them."""
    return float(values[0]), float(values[1]), float(values[2])

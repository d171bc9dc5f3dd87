"""Where a mesh is seen from: a parallel projection that fits it into the picture."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.facts import bounds
from outfeed.mesh.model import Mesh

Vector = NDArray[np.float64]

#: Share of the picture that the mesh fills at most, along each side.
FILLED: Final = 0.84
#: Lengths below this count as this: their inverse would not be a number.
SHORTEST: Final = 1e-303
#: Sums of three coordinates are taken of their quarters, for the whole ones might not be numbers.
QUARTER: Final = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A direction to look from; front is -y, right is +x, up is +z."""

    #: Angle from the front to the right, in degrees.
    right: float
    #: Angle above the horizon, in degrees.
    above: float

    def axes(self) -> Vector:
        """Return what is right, down and away in the picture (3, 3), in the mesh's coordinates."""
        turn, rise = math.radians(self.right), math.radians(self.above)
        right = (math.cos(turn), math.sin(turn), 0.0)
        eye = np.array((math.sin(turn) * math.cos(rise), -math.cos(turn) * math.cos(rise), math.sin(rise)))
        return np.array((right, -np.cross(eye, right), -eye))


#: The view that pictures have, and those for meshes that show too little from there: flat ones seen edge-on.
VIEWS: Final = (View(right=33, above=27), View(right=-52, above=64), View(right=78, above=8))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Camera:
    """Makes sample columns, sample rows and depths of points; a sample's middle is at a half."""

    #: (3,): taken from a point first.
    centre: Vector
    #: (3, 4): column, row (downwards) and depth (away), all in samples.
    matrix: Vector
    #: (3, 3): what is right, down and away, in the mesh's coordinates.
    axes: Vector

    def project(self, points: NDArray[np.floating]) -> Vector:
        """Return columns, rows and depths of points (…, 3)."""
        apart = points - self.centre
        seen: Vector = apart @ self.matrix[:, :3].T + self.matrix[:, 3]
        return seen


def fitted(mesh: Mesh, view: View, width: int, height: int) -> Camera:
    """Return the camera that shows the whole mesh in the middle of so many samples."""
    low, high = bounds(mesh)
    centre, axes = low / 2 + high / 2, view.axes()
    quarter = np.column_stack([axes * QUARTER, np.zeros(3)])
    least, most = _kernels.projected_bounds(mesh.vertices, centre, quarter)
    extent = np.maximum(most - least, SHORTEST)
    scale = FILLED * min(width / extent[0], height / extent[1])
    linear = quarter[:, :3] * scale
    middle = np.array((width / 2, height / 2, 0.0)) - (least / 2 + most / 2) * scale
    return Camera(centre=centre, matrix=np.column_stack([linear, middle]), axes=axes)


def shadow_of(camera: Camera, mesh: Mesh, light: Vector) -> Camera:
    """Return the camera that shows the shadow of the mesh on the ground below it; `light` points to its source."""
    lowest = float(bounds(mesh)[0][2] - camera.centre[2])
    # A point falls along the light until it is on the ground: p - (p.z - lowest) / light.z * light.
    fall = np.eye(3) - np.outer(light / light[2], (0.0, 0.0, 1.0))
    linear = camera.matrix[:, :3]
    ground = linear @ (light / light[2] * lowest) + camera.matrix[:, 3]
    return replace(camera, matrix=np.column_stack([linear @ fall, ground]))


def coarser(camera: Camera, times: int) -> Camera:
    """Return the camera for a picture of so many times fewer columns and rows."""
    return replace(camera, matrix=camera.matrix / times)


def moved(camera: Camera, margin: int) -> Camera:
    """Return the camera for a picture with so many more columns and rows on each side."""
    matrix = camera.matrix.copy()
    matrix[:2, 3] += margin
    return replace(camera, matrix=matrix)

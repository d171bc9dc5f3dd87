"""What a tile holds before it is written: surfaces on the tileset's grid, and shapes that are shown several times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Color, Texture


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """
    The points that vertices of a tileset can have: `origin + step * q` in metres, z up, with whole numbers q.

    There is one grid for all tiles, so that neighbours meet without cracks, at every level.
    """

    origin: tuple[float, float, float]
    #: A power of two.
    step: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a surface shows what its corners do not say."""

    #: Multiplied with the colours of the corners, and with the texture.
    color: Color
    texture: Texture | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surface:
    """Triangles of one look, of one or several elements. No vertex belongs to two elements."""

    #: (n, 3) int32, on the tileset's grid.
    points: NDArray[np.int32]
    #: (m, 3) int32: rows of `points`, counter-clockwise seen from outside.
    faces: NDArray[np.int32]
    #: (n,) int32: row of the scene's `elements` for each vertex.
    elements: NDArray[np.int32]
    look: Look
    #: (n, 2) float32, v upwards; None where the look has no texture.
    uvs: NDArray[np.float32] | None = None
    #: (n, 4) uint8, sRGB and opacity; None where all are white.
    colors: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Repeated:
    """A shape that a tile shows several times."""

    #: Surfaces of the shape on a grid of its own; their `elements` are all 0 and mean nothing.
    surfaces: tuple[Surface, ...]
    grid: Grid
    #: (k, 4, 4) float64: from the shape's coordinates (metres) to the scene's; each a move, a turn and a scale.
    transforms: NDArray[np.float64]
    #: (k,) int32: row of the scene's `elements` for each.
    elements: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Content:
    """What one tile shows."""

    surfaces: tuple[Surface, ...]
    repeated: tuple[Repeated, ...] = ()

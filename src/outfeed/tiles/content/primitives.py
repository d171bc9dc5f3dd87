"""From surfaces on a grid to primitives: vertices with everything that they carry, and triangles in a good order."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, NotFinite, TargetTooSmall
from outfeed.mesh.appearance import WHITE, Color, Texture
from outfeed.mesh.shown import multiplied, to_linear
from outfeed.tiles.content import meshopt
from outfeed.tiles.content.looks import Looks
from outfeed.tiles.model import Surface

Rows = NDArray[np.int32]

#: Faces that lean from each other by more, in degrees, meet in a sharp edge.
CREASE_DEGREES: Final = 35.0
#: Whole numbers that float32 holds all of.
MOST_STEPS: Final = 1 << 24
MOST_SHORT: Final = 65_535
#: Light of each value of a channel, as a share of 65,535: eight bits would lose what is dark.
_LIGHT: Final = np.rint(to_linear(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)) * MOST_SHORT).astype(
    np.uint16
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Primitive:
    """What is drawn at once; every table has a row for each vertex."""

    #: Steps of the grid: (n, 4) uint16, the fourth 0; (n, 3) float32 where the numbers are larger.
    points: NDArray[np.uint16] | NDArray[np.float32]
    #: (2, 3): the lowest and the highest of the points.
    box: NDArray[np.int64]
    #: (n, 4) int8: shares of 127, and 0.
    normals: NDArray[np.int8]
    #: (n,) row of the scene's elements.
    elements: Rows
    #: (3 * m,) uint32.
    indices: NDArray[np.uint32]
    #: (n, 2) float32, v downwards.
    uvs: NDArray[np.float32] | None
    #: (n, 4) uint16: light as shares of 65,535; None where all vertices have the colour of the material.
    colors: NDArray[np.uint16] | None
    material: int


def primitives_of(surface: Surface, offset: tuple[int, int, int], looks: Looks) -> Iterator[Primitive]:
    """
    Yield the primitives of a surface that has faces: what is seen through is one of its own.

    Raises
    ------
    IndexOutOfRange
        If a face names no vertex.
    TargetTooSmall
        If a point is more than 2^24 steps from the offset.
    NotFinite
        If a texture coordinate is not finite.
    """
    if len(surface.faces) and not 0 <= int(surface.faces.min()) <= int(surface.faces.max()) < len(surface.points):
        raise IndexOutOfRange
    if surface.uvs is None and surface.look.texture is not None:
        # A picture without places in it is none, and no valid glTF.
        surface = replace(surface, look=replace(surface.look, texture=None))
    if surface.uvs is not None and not np.isfinite(surface.uvs).all():
        raise NotFinite
    points = np.ascontiguousarray(surface.points)
    elements = np.ascontiguousarray(surface.elements)
    crease = math.cos(math.radians(CREASE_DEGREES))
    rows, normals, faces = _kernels.creased(points, elements, np.ascontiguousarray(surface.faces), crease)
    through = _seen_through(surface, rows, faces, looks)
    for blended in (False, True):
        which = through == blended
        part = faces if which.all() else faces[which]
        if which.any():
            yield _primitive(surface, _Vertices(rows, normals, part), offset, looks, blended=blended)


@dataclass(frozen=True, slots=True, eq=False)
class _Vertices:
    """The vertices that a surface is drawn with."""

    rows: Rows
    normals: NDArray[np.int8]
    faces: Rows


def _seen_through(surface: Surface, rows: Rows, faces: Rows, looks: Looks) -> NDArray[np.bool_]:
    """Tell which faces let something through."""
    texture, opacity = surface.look.texture, surface.look.color[3]
    if opacity < WHITE[3] or (texture is not None and looks.shows_through(texture)):
        return np.ones(len(faces), dtype=np.bool_)
    if surface.colors is None or int(surface.colors[:, 3].min(initial=WHITE[3])) == WHITE[3]:
        return np.zeros(len(faces), dtype=np.bool_)
    return np.asarray((surface.colors[rows, 3] < WHITE[3])[faces].any(axis=1))


def _primitive(
    surface: Surface, vertices: _Vertices, offset: tuple[int, int, int], looks: Looks, *, blended: bool
) -> Primitive:
    corners = np.ascontiguousarray(vertices.faces).reshape(-1).view(np.uint32)
    order = meshopt.ordered(corners, len(vertices.rows))
    used, indices = _kernels.first_use(order.view(np.int32), len(vertices.rows))
    rows = vertices.rows[used]
    color, colors = _colored(surface, rows)
    points, box = _counted(surface.points, rows, offset)
    texture: Texture | None = surface.look.texture
    return Primitive(
        points=points,
        box=box,
        normals=vertices.normals[used],
        elements=surface.elements[rows],
        indices=indices.view(np.uint32),
        uvs=None if surface.uvs is None or texture is None else _downwards(surface.uvs[rows]),
        colors=colors,
        material=looks.material(color, texture, blended=blended),
    )


def _counted(points: Rows, rows: Rows, offset: tuple[int, int, int]) -> tuple[Any, NDArray[np.int64]]:
    """Return points (n, 3) of rows as steps from the offset, and the lowest and the highest."""
    steps, box = _kernels.steps_from(np.ascontiguousarray(points), rows, offset)
    lowest, highest = int(box.min()), int(box.max())
    if lowest >= 0 and highest <= MOST_SHORT:
        return steps, box
    if max(-lowest, highest) > MOST_STEPS:
        raise TargetTooSmall("A point is more than 2^24 steps of the grid from the origin of its tile.")
    # No difference is beyond 2^24, so that it does not matter whether one of the numbers on the way is.
    return (points[rows] - np.array(offset).astype(np.int32)).astype(np.float32), box


def _colored(surface: Surface, rows: Rows) -> tuple[Color, NDArray[np.uint16] | None]:
    """Return the colour of the material and those of vertices, none where all are the same."""
    if surface.colors is None:
        return surface.look.color, None
    colors = surface.colors[rows]
    if bool((colors == colors[0]).all()):
        red, green, blue, opacity = multiplied(np.array([surface.look.color], dtype=np.uint8), colors[:1])[0].tolist()
        return (red, green, blue, opacity), None
    return surface.look.color, _LIGHT[colors, np.arange(4)]


def _downwards(uvs: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([uvs[:, 0], np.float32(1) - uvs[:, 1]], axis=1)

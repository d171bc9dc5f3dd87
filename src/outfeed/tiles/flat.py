"""A scene as a tileset sees it: one mesh on its grid, and the shapes that stay shapes because they are shown often."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import NotFinite, SourceEmpty
from outfeed.mesh.model import Mesh
from outfeed.scene.model import Matrix, Part, Scene
from outfeed.tiles.baked import Baked, bake
from outfeed.tiles.grid import grid_of
from outfeed.tiles.model import Grid

Rows = NDArray[np.int32]
Numbers = NDArray[np.float64]

#: Places that a shape has at least, to be kept as a shape.
_PLACES: Final = 4
#: Triangles that it must save.
_SAVED: Final = 4_000
#: How far the axes of a placement may lean from right angles, as a cosine.
_LEAN: Final = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placements:
    """Shapes in their places."""

    #: (k,) int32: row of the scene's `shapes`.
    shapes: Rows
    #: (k, 4, 4): from the shape's coordinates to the scene's.
    transforms: Numbers
    #: (k,) int32: row of the scene's `elements`.
    elements: Rows
    #: (k, 2, 3): the lowest and the highest corner of each, in metres.
    boxes: Numbers


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Flat:
    """What a tileset is made of."""

    grid: Grid
    baked: Baked
    placements: Placements


def flatten(scene: Scene) -> Flat:
    """
    Return the scene on its grid.

    Raises
    ------
    SourceEmpty
        If it shows nothing.
    NotFinite
        If something is placed beyond what numbers hold.
    """
    often = _often(scene)
    parts = [(row, part) for row, element in enumerate(scene.elements) for part in element.parts]
    kept = _kept([part for _, part in parts], often)
    boxes = [box_of(scene.shapes[part.shape], part.transform) for _, part in parts]
    if not boxes:
        raise SourceEmpty
    grid = grid_of(np.min(boxes, axis=(0, 1)), np.max(boxes, axis=(0, 1)))
    return Flat(
        grid=grid,
        baked=bake(scene, [part for part, keep in zip(parts, kept, strict=True) if not keep], grid),
        placements=_placements(
            [part for part, keep in zip(parts, kept, strict=True) if keep],
            [box for box, keep in zip(boxes, kept, strict=True) if keep],
        ),
    )


def _often(scene: Scene) -> set[int]:
    """Return the shapes that are shown so often that it pays to keep them."""
    places = Counter(part.shape for element in scene.elements for part in element.parts)
    return {
        shape
        for shape, count in places.items()
        if count >= _PLACES and (count - 1) * len(scene.shapes[shape].faces) >= _SAVED
    }


def _kept(parts: list[Part], often: set[int]) -> list[bool]:
    """Tell which parts stay shapes in their places."""
    kept = [part.shape in often for part in parts]
    moved = [row for row, part in enumerate(parts) if kept[row] and part.transform is not None]
    placed = _are_placements(np.array([parts[row].transform for row in moved], dtype=np.float64).reshape(-1, 4, 4))
    for row, is_placed in zip(moved, placed.tolist(), strict=True):
        kept[row] = is_placed
    return kept


def _are_placements(matrices: Numbers) -> NDArray[np.bool_]:
    """Tell which transforms (k, 4, 4) are a move, a turn and a scale, and no mirror."""
    axes = matrices[:, :3, :3]
    lengths = np.linalg.norm(axes, axis=1)
    usable = np.isfinite(lengths).all(axis=1) & lengths.all(axis=1)
    turns = axes / np.where(usable[:, None], lengths, 1)[:, None]
    turns[~usable] = 0
    leans = np.abs(turns.transpose(0, 2, 1) @ turns - np.eye(3)).max(axis=(1, 2), initial=0)
    placed: NDArray[np.bool_] = usable & (leans <= _LEAN) & (np.linalg.det(turns) > 0)
    return placed


def _placements(parts: list[tuple[int, Part]], boxes: list[Numbers]) -> Placements:
    transforms = [np.eye(4) if part.transform is None else part.transform for _, part in parts]
    return Placements(
        shapes=np.array([part.shape for _, part in parts], dtype=np.int32),
        transforms=np.array(transforms, dtype=np.float64).reshape(-1, 4, 4),
        elements=np.array([row for row, _ in parts], dtype=np.int32),
        boxes=np.array(boxes, dtype=np.float64).reshape(-1, 2, 3),
    )


def box_of(shape: Mesh, transform: Matrix | None) -> Numbers:
    """Return a box (2, 3) around a shape in its place: around the shape's own box."""
    box = _kernels.bounds(shape.vertices)
    if transform is None:
        return box
    with np.errstate(over="ignore", invalid="ignore"):
        middle = transform[:3, :3] @ (box[0] / 2 + box[1] / 2) + transform[:3, 3]
        reach = np.abs(transform[:3, :3]) @ (box[1] / 2 - box[0] / 2)
        placed = np.array([middle - reach, middle + reach])
    if not np.isfinite(placed).all():
        raise NotFinite
    return placed

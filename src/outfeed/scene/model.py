"""The scene that readers of models make, and that tiles and other exports are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged
from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: What a property can be.
Value: TypeAlias = str | int | float | bool

#: (4, 4) float64; its last row is 0, 0, 0, 1, and points are columns.
Matrix: TypeAlias = NDArray[np.float64]

#: Where an element has no element above it.
NO_PARENT: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Part:
    """A shape in its place."""

    #: Row of the scene's `shapes`.
    shape: int
    #: From the shape's own coordinates to the scene's; None: they are the same.
    transform: Matrix | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Element:
    """One thing of a model: what a viewer picks, names and asks for properties."""

    #: Unique in its scene, and the same each time that the file is read: the GlobalId of IFC; else a path of names and
    #: numbers.
    id: str
    #: The source's own word for what it is, such as `IfcWall`, `Solid`, `Node`, `Group` or `Mesh`.
    class_name: str
    name: str = ""
    #: Row of the element that holds it, such as a storey or an assembly; it comes before this one.
    parent: int = NO_PARENT
    #: In the source's order. Names are the source's own words; a property of a set is named `Set.Property`.
    properties: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    #: Empty for what only holds others.
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scene:
    """
    Elements and the shapes that they are made of.

    Coordinates are metres, z up. Several parts may show the same shape: it is stored once.
    """

    #: Parents come before their children.
    elements: tuple[Element, ...]
    #: Unit metre, in coordinates of their own; each is checked and built (`outfeed.mesh.build`).
    shapes: tuple[Mesh, ...]
    #: From the scene's coordinates to the earth's (ECEF, WGS 84, metres); None: the source does not say where it is.
    to_earth: Matrix | None = None
    #: What the file has and the scene has not.
    lost: tuple[Loss, ...] = ()

    @property
    def num_triangles(self) -> int:
        """Return how many triangles it shows: those of a shape as often as it is placed."""
        sizes = [len(shape.faces) for shape in self.shapes]
        return sum(sizes[part.shape] for element in self.elements for part in element.parts)


def check(scene: Scene) -> Scene:
    """
    Return the scene if its tables fit together.

    Raises
    ------
    SourceDamaged
        If two elements have one id, a shape is not in metres, or a transform is no affine one.
    IndexOutOfRange
        If a part names a shape, or an element a parent, that is not there or does not come before it.
    NotFinite
        If a transform is not finite.
    """
    if len({element.id for element in scene.elements}) != len(scene.elements):
        raise SourceDamaged("Two elements have the same id.")
    if any(shape.unit is not Unit.METRE for shape in scene.shapes):
        raise SourceDamaged("A shape is not in metres.")
    for row, element in enumerate(scene.elements):
        if not NO_PARENT <= element.parent < row:
            raise IndexOutOfRange("An element is held by one that does not come before it.")
        for part in element.parts:
            _check_part(part, len(scene.shapes))
    if scene.to_earth is not None:
        _check_matrix(scene.to_earth)
    return scene


def _check_part(part: Part, shapes: int) -> None:
    if not 0 <= part.shape < shapes:
        raise IndexOutOfRange("A part names a shape that is not there.")
    if part.transform is not None:
        _check_matrix(part.transform)


def _check_matrix(matrix: Matrix) -> None:
    if matrix.shape != (4, 4) or matrix.dtype != np.float64 or matrix[3].tolist() != [0.0, 0.0, 0.0, 1.0]:
        raise SourceDamaged("A transform is no affine one.")
    if not np.isfinite(matrix).all():
        raise NotFinite("A transform is not finite.")

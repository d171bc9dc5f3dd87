"""What a model part of a 3MF file says, before anything is looked up.

A number of an object or of a group of properties stays a number until all parts are there.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Material, Wrap
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Rows of a transform, three numbers each: a vertex stands before it.
Matrix: TypeAlias = tuple[float, ...]

#: Numbers of a row of `ObjectTables.properties`.
PROPERTY_WIDTH: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """An object that is placed: by a component, or by an item of the build."""

    #: The part that has it; None: the one that says this.
    path: str | None
    object_id: int
    matrix: Matrix | None


@dataclass(kw_only=True, slots=True)
class ObjectTables:
    """An object: triangles, or other objects, or nothing."""

    #: (n, 3), and (m, 3) rows of these, not checked yet.
    points: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    corners: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int32))
    #: Face, group, and index of each corner (k, 5), for each face that has properties of its own.
    properties: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, PROPERTY_WIDTH), dtype=np.int64))
    #: Group and index of all other faces; None for none.
    default: tuple[int, int] | None = None
    components: list[Reference] = field(default_factory=list)

    @property
    def triangles(self) -> int:
        """Return how many it stores."""
        return len(self.corners)


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A texture that a part names."""

    path: str
    wrap_u: Wrap
    wrap_v: Wrap
    #: Whether it shows nothing beyond its edge.
    ends: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Bases:
    """Materials with a name and a colour."""

    materials: list[Material] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Colors:
    """Colours: four bytes each."""

    rgba: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinates:
    """Texture coordinates: two numbers each."""

    image: int
    uvs: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixtures:
    """Mixtures of materials."""

    base: int
    indices: Sequence[int]
    #: Share of each of the `indices`, for each mixture; what is missing is 0.
    shares: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """Properties on top of each other, the lowest first."""

    groups: Sequence[int]
    #: Whether each is multiplied with what is below it; else it covers that.
    multiplies: Sequence[bool]
    #: Index in each group, row after row.
    rows: "array[int]" = field(default_factory=lambda: array("q"))


Resource: TypeAlias = Image | Bases | Colors | Coordinates | Mixtures | Layers


@dataclass(kw_only=True, slots=True)
class Part:
    """All of a model part."""

    name: str
    unit: Unit = Unit.MILLIMETRE
    objects: dict[int, ObjectTables] = field(default_factory=dict)
    resources: dict[int, Resource] = field(default_factory=dict)
    build: list[Reference] = field(default_factory=list)
    #: What is read over: no two are equal, in the order of their appearance.
    lost: dict[Loss, None] = field(default_factory=dict)

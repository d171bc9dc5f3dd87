"""What plans are drawn of: storeys, rooms, grids and doors. Metres, z up, the coordinates of the file."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed.scene.model import Element

Points: TypeAlias = NDArray[np.float64]

#: Where something belongs to no storey or no building.
NOWHERE: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Storey:
    """A level of a building."""

    #: As the file names it; unique among the storeys.
    name: str
    building: str
    #: Of its floor.
    elevation: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Product:
    """Something with a shape."""

    element: Element
    #: Its class, or that of what it is a part of where that says more: the flight of a stair is a stair.
    class_name: str
    #: Row of the storeys, `NOWHERE` for none.
    storey: int
    #: Its lowest and highest corner (2, 3).
    box: Points


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A space that people name."""

    number: str
    name: str
    #: Of its floor, in square metres.
    area: float
    #: A point inside, far from its walls.
    x: float
    y: float
    storey: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GridLine:
    """An axis that a building is laid out by."""

    tag: str
    #: (n, 2) float64, n at least 2.
    points: Points


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Door:
    """A door that turns on hinges."""

    #: Of its element.
    id: str
    #: (4, 4) float64: from its own coordinates, x along its width and y to where it opens, to the file's.
    matrix: Points
    #: Of each wing, where its hinge is and where it closes, as shares of the width.
    wings: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Leaf:
    """A wing of a door that turns: where its hinge is, and where its other edge is while it is closed and open."""

    hinge: tuple[float, float]
    closed: tuple[float, float]
    opened: tuple[float, float]
    #: Of the door's sill, and of its head.
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Facts:
    """What a file says besides shapes."""

    project: str = ""
    #: By the id of its element.
    elevations: dict[str, float] = field(default_factory=dict)
    #: With the id of the storey's element in place of its row.
    rooms: tuple[tuple[str, Room], ...] = ()
    grid: tuple[GridLine, ...] = ()
    doors: tuple[Door, ...] = ()
    #: Direction of true north in x and y, of length 1.
    north: tuple[float, float] = (0.0, 1.0)
    #: How many products of each class have a shape that should be seen.
    shaped: dict[str, int] = field(default_factory=dict)
    #: What could not be read, as a class and a sentence.
    lost: tuple[tuple[str, str], ...] = ()

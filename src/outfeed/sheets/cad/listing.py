"""What a drawing shows, as a tree that is made once and drawn as often as it is seen.

A block that is inserted a thousand times is one `Listing` that a thousand `Group`s name, and a viewport draws the
model's own. So the work of reading grows with the file, and what drawing would cost is known before it begins.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float]
Rgb: TypeAlias = tuple[float, float, float]

#: Coordinates beyond this, in any unit, are damage.
FARTHEST: Final = 1e12


class Matrix(NamedTuple):
    """Takes a point (x, y) to (a·x + c·y + e, b·x + d·y + f)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def then(self, outer: "Matrix") -> "Matrix":
        """Return what does this first, then the other."""
        return Matrix(
            self.a * outer.a + self.b * outer.c,
            self.a * outer.b + self.b * outer.d,
            self.c * outer.a + self.d * outer.c,
            self.c * outer.b + self.d * outer.d,
            self.e * outer.a + self.f * outer.c + outer.e,
            self.e * outer.b + self.f * outer.d + outer.f,
        )

    def apply(self, points: Iterable[Point]) -> list[Point]:
        """Return where points come to lie."""
        a, b, c, d, e, f = self
        return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]

    @property
    def scale(self) -> float:
        """How much larger things become, in the mean of all directions."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))


SAME: Final = Matrix(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    @property
    def corners(self) -> list[Point]:
        """The four corners, in turn."""
        return [(self.left, self.bottom), (self.right, self.bottom), (self.right, self.top), (self.left, self.top)]

    def meets(self, other: "Box") -> bool:
        """Return whether the two have a point in common."""
        apart = self.right < other.left or other.right < self.left
        return not (apart or self.top < other.bottom or other.top < self.bottom)

    def grown(self, by: float) -> "Box":
        """Return it with its sides moved outwards."""
        return Box(self.left - by, self.bottom - by, self.right + by, self.top + by)

    def under(self, matrix: Matrix) -> "Box":
        """Return the box around where it comes to lie."""
        return box_of(matrix.apply(self.corners))


def box_of(points: Sequence[Point]) -> Box:
    """Return the box around points; at least one."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def joined(boxes: Iterable[Box]) -> Box | None:
    """Return the box around boxes, None around none."""
    found = list(boxes)
    if not found:
        return None
    left, bottom, right, top = zip(*found, strict=True)
    return Box(min(left), min(bottom), max(right), max(top))


@dataclass(frozen=True, slots=True)
class Style:
    """How something is drawn."""

    color: Rgb
    #: 0.0: nothing is seen.
    opacity: float
    lineweight_mm: float
    #: Lengths on and off, in units of the linetype's own scale; empty: a whole line.
    dash: tuple[float, ...]
    #: Name of its layer as the file has it.
    layer: str


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A path: `ops` has a letter for each step, m and l with one point, c with three; h closes."""

    points: list[Point]
    ops: str


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """Lines along a path."""

    shape: Shape
    style: Style
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Fill:
    """An area, by the even-odd rule."""

    shape: Shape
    style: Style
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Endless:
    """A line without an end, or with one."""

    start: Point
    direction: Point
    #: Whether it goes on in the other direction too.
    both: bool
    style: Style


@dataclass(frozen=True, slots=True)
class Lines:
    """One family of a hatch's parallel lines."""

    base: Point
    #: Along the lines, of length 1.
    direction: Point
    #: From each line to the next.
    offset: Point
    #: Lengths on and off along them; empty: whole lines.
    dash: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Hatch:
    """An area full of lines, by the even-odd rule."""

    shape: Shape
    families: tuple[Lines, ...]
    style: Style
    box: Box


@dataclass(frozen=True, slots=True)
class Letters:
    """The font of a text."""

    bold: bool = False
    italic: bool = False
    #: How much wider than Roboto's own the letters are.
    width_factor: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One line of text; its base line starts at the matrix's origin."""

    text: str
    matrix: Matrix
    #: Of capitals.
    height: float
    letters: Letters
    style: Style
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A listing shown once or several times."""

    listing: "Listing"
    matrix: Matrix
    #: Layer of the reference: where it is frozen, nothing of the group is seen.
    layer: str
    #: What is outside of this area, by the even-odd rule, is cut off. It lies around the first copy; each has its own.
    clip: Shape | None = None
    #: Rows and columns, and the steps between two of them, in the coordinates outside.
    counts: tuple[int, int] = (1, 1)
    steps: tuple[Point, Point] = ((0.0, 0.0), (0.0, 0.0))

    def shifts(self) -> Iterator[Matrix]:
        """Yield what takes the first copy to each of all."""
        (row, column) = self.steps
        for i, j in product(range(self.counts[0]), range(self.counts[1])):
            yield SAME._replace(e=i * row[0] + j * column[0], f=i * row[1] + j * column[1])

    @property
    def count(self) -> int:
        """How many things are drawn."""
        return self.counts[0] * self.counts[1] * (1 + self.listing.count)

    @property
    def box(self) -> Box | None:
        """The box around all copies, in the coordinates outside."""
        if self.listing.box is None:
            return None
        first = box_of(self.clip.points) if self.clip else self.listing.box.under(self.matrix)
        (row, column), (rows, columns) = self.steps, self.counts
        ends = product((0, rows - 1), (0, columns - 1))
        far = [(i * row[0] + j * column[0], i * row[1] + j * column[1]) for i, j in ends]
        return joined(Box(first.left + x, first.bottom + y, first.right + x, first.top + y) for x, y in far)


Item: TypeAlias = Stroke | Fill | Endless | Hatch | Words | Group


@dataclass(slots=True, eq=False)
class Listing:
    """Things in the order in which they are drawn."""

    items: list[Item] = field(default_factory=list)
    #: How many things are drawn, those of groups as often as they are shown.
    count: int = 0
    #: Around all but endless lines; None: around nothing. Known when it is whole.
    box: Box | None = None

    def add(self, item: Item) -> None:
        """Add what is drawn next."""
        self.items.append(item)
        self.count += item.count if isinstance(item, Group) else 1

    def finish(self) -> "Listing":
        """Measure it, now that it is whole."""
        self.box = joined(item.box for item in self.items if not isinstance(item, Endless) and item.box is not None)
        return self


def sound(points: Iterable[Point]) -> bool:
    """Return whether all coordinates are numbers that a drawing can have."""
    return all(-FARTHEST < x < FARTHEST and -FARTHEST < y < FARTHEST for x, y in points)

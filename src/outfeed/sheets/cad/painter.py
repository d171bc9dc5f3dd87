"""Draws listings on a page: clipped, dashed, in their layers; what is outside of the page is left out."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from outfeed.errors import DrawingTooLarge
from outfeed.sheets.cad.hatching import cut, hatch_lines, overlap, straight, tinted
from outfeed.sheets.cad.listing import (
    Box,
    Endless,
    Fill,
    Group,
    Hatch,
    Listing,
    Matrix,
    Point,
    Rgb,
    Shape,
    Stroke,
    Style,
    Words,
    box_of,
)
from outfeed.sheets.cad.lost import Losses
from outfeed.sheets.canvas import MM, PageCanvas, TextLook
from outfeed.sheets.fonts import CAP_HEIGHT

#: Lines up to this are the thinnest that there are.
_HAIR_MM: Final = 0.015
#: Beyond it, in points, readers of PDF lose precision: what goes so far is cut.
_FAR: Final = 30_000.0
#: Around what is seen: half of the widest line.
_EDGE: Final = 10.0
#: Dashes shorter than this in sum are a whole line.
_LEAST_DASH: Final = 0.3
#: Capitals lower than this, in points, are not drawn.
_LEAST_TEXT: Final = 0.02
#: Things of one look that are drawn at once.
_AT_ONCE: Final = 500
#: Points of a path that count as one thing more, and lines of a hatch.
_POINTS, _LINES = 16, 4
_CROWDED: Final = "A pattern with too many lines is drawn as a tint."


@dataclass(slots=True)
class Budget:
    """How much may still be drawn in a file."""

    most: int
    used: int = 0

    def spend(self, count: int) -> None:
        """
        Take from it.

        Raises
        ------
        DrawingTooLarge
            If it is empty.
        """
        self.used += count
        if self.used > self.most:
            raise DrawingTooLarge(f"Its sheets would show more than {self.most:,} lines, texts and areas.")


class Painter:
    """Draws on one page."""

    def __init__(
        self, page: PageCanvas, frame: Box, budget: Budget, losses: Losses, *, off: Callable[[str], bool]
    ) -> None:
        self._page = page
        self._seen = frame.grown(_EDGE)
        self._budget = budget
        self._losses = losses
        self._off = off
        self._hidden: Callable[[str], bool] = lambda _layer: False
        self._dash_scale = 1.0
        self._layer: str | None = None
        self._stack = ExitStack()
        #: Style of the lines that wait, and how many they are.
        self._pending: Style | None = None
        self._waiting = 0

    def paint(
        self,
        listing: Listing,
        matrix: Matrix,
        *,
        dash_scale: float,
        clip: Shape | None = None,
        hidden: Callable[[str], bool] = lambda _layer: False,
    ) -> None:
        """
        Draw a listing.

        Parameters
        ----------
        matrix
            From its coordinates to points of the page.
        dash_scale
            Points of a unit of its linetypes.
        clip
            On the page; what is outside is not drawn.
        hidden
            Tells of layers whether nothing of them is drawn.
        """
        self._hidden, self._dash_scale = hidden, dash_scale
        with self._clipped(clip):
            self._items(listing, matrix)
        self._flush()
        self._leave()

    def _items(self, listing: Listing, matrix: Matrix) -> None:
        for item in listing.items:
            if isinstance(item, Group):
                self._group(item, matrix)
                continue
            if self._hidden(item.style.layer):
                continue
            if isinstance(item, Endless):
                self._endless(item, matrix)
                continue
            box = item.box.under(matrix)
            if box.meets(self._seen):
                self._item(item, matrix, box)

    def _item(self, item: Stroke | Fill | Hatch | Words, matrix: Matrix, box: Box) -> None:
        if isinstance(item, Stroke):
            self._stroke(item, matrix, box)
        elif isinstance(item, Words):
            self._words(item, matrix)
        elif isinstance(item, Fill):
            self._fill(item.shape, item.style, matrix, box)
        else:
            self._hatch(item, matrix, box)

    def _group(self, group: Group, matrix: Matrix) -> None:
        box = group.box
        if self._hidden(group.layer) or (box and not group.listing.box):
            return
        if box and not box.under(matrix).meets(self._seen):
            return
        for shift in group.shifts():
            outer = shift.then(matrix)
            inner = group.listing.box
            self._budget.spend(1)
            if inner and not inner.under(group.matrix.then(outer)).meets(self._seen):
                continue
            clip = Shape(outer.apply(group.clip.points), group.clip.ops) if group.clip else None
            with self._clipped(clip):
                self._items(group.listing, group.matrix.then(outer))

    # One thing

    def _stroke(self, item: Stroke, matrix: Matrix, box: Box) -> None:
        self._budget.spend(1 + len(item.shape.points) // _POINTS)
        points = matrix.apply(item.shape.points)
        if _is_near(box):
            with self._drawing(item.style):
                self._trace(points, item.shape.ops)
        else:
            self._pieces(straight(points, item.shape.ops), item.style)

    def _endless(self, item: Endless, matrix: Matrix) -> None:
        self._budget.spend(1)
        ((x, y),) = matrix.apply([item.start])
        ((u, v),) = matrix._replace(e=0.0, f=0.0).apply([item.direction])
        length = math.hypot(u, v)
        if length:
            reach = (abs(x) + abs(y) + 2 * _FAR) / length
            back = reach if item.both else 0.0
            self._pieces([((x - back * u, y - back * v), (x + reach * u, y + reach * v))], item.style)

    def _fill(self, shape: Shape, style: Style, matrix: Matrix, box: Box, color: Rgb | None = None) -> None:
        self._budget.spend(1 + len(shape.points) // _POINTS)
        self._begin(style)
        with self._seen_through(style.opacity):
            self._trace(_near(matrix.apply(shape.points), box), shape.ops)
            self._page.fill(color or style.color, even_odd=True)

    def _words(self, item: Words, matrix: Matrix) -> None:
        self._budget.spend(1)
        a, b, c, d, x, y = item.matrix.then(matrix)
        wide = math.hypot(a, b)
        if not wide:
            return
        cos, sin = a / wide, b / wide
        high = (a * d - b * c) / wide
        if abs(high) * item.height < _LEAST_TEXT:
            return
        self._begin(item.style)
        look = TextLook(
            color=item.style.color,
            bold=item.letters.bold,
            italic=item.letters.italic,
            width_factor=item.letters.width_factor * wide / high,
            slant=math.atan((c * cos + d * sin) / high),
        )
        with self._seen_through(item.style.opacity):
            size = item.height * high / CAP_HEIGHT
            self._page.text(x, y, size, item.text, angle=math.atan2(sin, cos), look=look)

    def _hatch(self, item: Hatch, matrix: Matrix, box: Box) -> None:
        families = hatch_lines(item.families, matrix, overlap(box, self._seen))
        width = self._width(item.style)
        if families is None:
            self._losses.add("HATCH", _CROWDED)
            self._fill(item.shape, item.style, matrix, box, tinted(item.style.color))
            return
        self._begin(item.style)
        with self._page.saved(), self._seen_through(item.style.opacity):
            self._trace(_near(matrix.apply(item.shape.points), box), item.shape.ops)
            self._page.clip(even_odd=True)
            for segments, dash in families:
                self._budget.spend(1 + len(segments) // _LINES)
                self._page.segments(segments)
                self._page.stroke(width, item.style.color, dash)

    # How it gets onto the page

    def _trace(self, points: list[Point], ops: str) -> None:
        """Make a path."""
        page = self._page
        if ops == "ml":
            page.move(*points[0])
            page.line(*points[1])
            return
        if "c" not in ops and "m" not in ops[1:]:
            page.polyline(points, closed=ops[-1] == "h")
            return
        rest = iter(points)
        for op in ops:
            if op == "m":
                page.move(*next(rest))
            elif op == "l":
                page.line(*next(rest))
            elif op == "c":
                page.curve(next(rest), next(rest), next(rest))
            else:
                page.close()

    def _pieces(self, ends: list[tuple[Point, Point]], style: Style) -> None:
        """Draw straight lines, cut to what is around the page."""
        kept = cut(np.array(ends, dtype=np.float64).reshape(-1, 2, 2), self._seen.grown(_FAR / 2))
        if len(kept):
            with self._drawing(style):
                self._page.segments(kept)

    @contextmanager
    def _drawing(self, style: Style) -> Iterator[None]:
        """Make a path inside, to be drawn in a style: with others of the same, or alone if it is seen through."""
        if style.opacity < 1:
            self._begin(style)
            with self._seen_through(style.opacity):
                yield
                self._page.stroke(self._width(style), style.color, self._dash(style))
            return
        if self._pending is not style or self._waiting >= _AT_ONCE:
            self._begin(style)
            self._pending = style
        self._waiting += 1
        yield

    def _begin(self, style: Style) -> None:
        """Draw the lines that wait, and go to the layer of what comes."""
        self._flush()
        if style.layer != self._layer:
            self._leave()
            self._stack.enter_context(self._page.layer(style.layer, shown=not self._off(style.layer)))
            self._layer = style.layer

    def _flush(self) -> None:
        style = self._pending
        if style is not None and self._waiting:
            self._page.stroke(self._width(style), style.color, self._dash(style))
        self._pending, self._waiting = None, 0

    def _leave(self) -> None:
        """Leave the layer."""
        self._stack.close()
        self._layer = None

    @contextmanager
    def _clipped(self, clip: Shape | None) -> Iterator[None]:
        if clip is None:
            yield
            return
        self._flush()
        self._leave()
        seen = self._seen
        box = box_of(clip.points)
        self._seen = overlap(box.grown(_EDGE), seen)
        with self._page.saved():
            self._trace(_near(clip.points, box), clip.ops)
            self._page.clip(even_odd=True)
            yield
            self._flush()
            self._leave()
        self._seen = seen

    @contextmanager
    def _seen_through(self, opacity: float) -> Iterator[None]:
        if opacity >= 1:
            yield
            return
        with self._page.saved():
            self._page.opacity(opacity)
            yield

    def _dash(self, style: Style) -> list[float]:
        whole = sum(style.dash) * self._dash_scale <= _LEAST_DASH
        return [] if whole else [length * self._dash_scale for length in style.dash]

    def _width(self, style: Style) -> float:
        return 0.0 if style.lineweight_mm <= _HAIR_MM else style.lineweight_mm * MM


def _is_near(box: Box) -> bool:
    return max(-box.left, -box.bottom, box.right, box.top) < _FAR


def _near(points: list[Point], box: Box) -> list[Point]:
    """Return the corners of an area, those far away moved nearer."""
    if _is_near(box):
        return points
    return [(min(max(x, -_FAR), _FAR), min(max(y, -_FAR), _FAR)) for x, y in points]

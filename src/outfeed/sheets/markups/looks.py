"""How each shape looks: drawn in the page's own space, so that nothing has to be moved or turned to be shown."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from outfeed.sheets.canvas import PageCanvas, Rgb, TextLook
from outfeed.sheets.fonts import CAP_HEIGHT, text_width
from outfeed.sheets.markups import lettering, outlines
from outfeed.sheets.markups.fields import Point, Quad, Rect
from outfeed.sheets.markups.outlines import Reach, along, direction
from outfeed.sheets.markups.shapes import (
    Caret,
    Dimension,
    Ellipse,
    Ending,
    Highlight,
    Ink,
    Line,
    Note,
    Polygon,
    Polyline,
    Rectangle,
    Shape,
    Squiggly,
    Stamp,
    Strikeout,
    TextBox,
    Underline,
)
from outfeed.sheets.markups.words import NOTE_SIZE

#: From the edge of a text box's line to its text.
_PADDING: Final = 2.0
#: Waves of one squiggly line.
_MOST_WAVES: Final = 2_000
#: What is written on the picture of a note; the others have lines.
_SIGNS: Final = {"help": "?", "insert": "^", "key": "K", "new_paragraph": "¶+", "paragraph": "¶"}


def rgb(color: str) -> Rgb:
    """Return `#rrggbb` as shares."""
    return (int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255)


class Pen:
    """Draws one shape, and knows how far it reaches."""

    def __init__(self, page: PageCanvas, shape: Shape, *, rotate: int) -> None:
        self.page = page
        self.reach = Reach()
        #: How many lines of text did not fit.
        self.cut = 0
        #: How text is turned to be upright as the page is shown, in degrees.
        self.rotate = rotate
        self.fill = shape.fill
        self.stroke = shape.stroke if shape.width else None
        self.width, self.dash = shape.width, shape.dash

    def draws(self) -> bool:
        """Tell whether an outline would be seen."""
        return self.stroke is not None or self.fill is not None

    def use(self) -> None:
        """Draw along the path, and fill it."""
        if self.stroke is not None and self.fill is not None:
            self.page.paint(self.width, rgb(self.stroke), self.dash, fill=rgb(self.fill))
        elif self.stroke is not None:
            self.page.stroke(self.width, rgb(self.stroke), self.dash)
        elif self.fill is not None:
            self.page.fill(rgb(self.fill))

    def lines(self, points: Sequence[Point], ends: tuple[Ending, Ending] = ("none", "none")) -> None:
        """Draw lines from point to point, with their ends."""
        self.reach.add(points, outlines.ending_size(self.width))
        if self.stroke is None:
            return
        first, last = direction(points[1], points[0]), direction(points[-2], points[-1])
        path = [
            outlines.shortened(points[0], first, ends[0], self.width),
            *points[1:-1],
            outlines.shortened(points[-1], last, ends[1], self.width),
        ]
        self.page.polyline(path)
        self.page.stroke(self.width, rgb(self.stroke), self.dash)
        self._end(points[0], first, ends[0])
        self._end(points[-1], last, ends[1])

    def _end(self, tip: Point, way: Point, ending: Ending) -> None:
        if ending == "none" or self.stroke is None:
            return
        if ending == "circle":
            self.page.circle(*tip, outlines.ending_size(self.width) / 2)
        else:
            outline = outlines.ending_outline(tip, way, ending, self.width)
            self.page.polyline(outline, closed=outlines.is_closed(ending))
        if outlines.is_closed(ending) and self.fill is not None:
            self.page.paint(self.width, rgb(self.stroke), fill=rgb(self.fill))
        else:
            self.page.stroke(self.width, rgb(self.stroke))


def _draw_line(pen: Pen, shape: Line) -> None:
    pen.lines(shape.points, shape.ends)


def _draw_polyline(pen: Pen, shape: Polyline) -> None:
    pen.lines(shape.points, shape.ends)


def _draw_dimension(pen: Pen, shape: Dimension) -> None:
    way = direction(*shape.points)
    start, end = (along(point, way, 0, shape.offset) for point in shape.points)
    pen.lines((start, end), shape.ends)
    over = math.copysign(outlines.ending_size(shape.width) / 2, shape.offset)
    if shape.offset and pen.stroke is not None:
        for point in shape.points:
            pen.page.polyline([point, along(point, way, 0, shape.offset + over)])
            pen.page.stroke(shape.width, rgb(pen.stroke))
    pen.reach.add(shape.points, abs(over))
    _caption(pen, shape, start, end)


def _caption(pen: Pen, shape: Dimension, start: Point, end: Point) -> None:
    """Write along the middle of the line, over it, so that it is read from below or from the right."""
    caption = shape.text.replace("\n", " ")
    way = direction(start, end)
    angle = math.atan2(way[1], way[0])
    upright = math.radians(pen.rotate)
    if math.cos(angle - upright) < -1e-9 or abs(math.sin(angle - upright) + 1) < 1e-9:  # noqa: PLR2004 rounding of angles
        angle += math.pi
    across = (math.cos(angle), math.sin(angle))
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    foot = along(middle, across, 0, shape.width / 2 + 0.2 * shape.font_size)
    look = TextLook(color=rgb(shape.stroke or "#000000"))
    wide = pen.page.text(*foot, shape.font_size, caption, anchor="center", angle=angle, look=look)
    pen.reach.add([along(foot, across, -wide / 2), along(foot, across, wide / 2)], 1.2 * shape.font_size)


def _draw_outline(pen: Pen, corners: Sequence[Point], cloud: float, *, smooth: bool = False) -> None:
    margin = pen.width / 2
    if pen.draws() and cloud:
        margin += outlines.draw_cloud(pen.page, corners, cloud, smooth=smooth)
        pen.use()
    elif pen.draws():
        pen.page.polyline(corners, closed=True)
        pen.use()
    pen.reach.add(corners, margin)


def _draw_polygon(pen: Pen, shape: Polygon) -> None:
    _draw_outline(pen, shape.points, shape.cloud)


def _draw_rectangle(pen: Pen, shape: Rectangle) -> None:
    middle = outlines.inset(shape.rect, pen.width / 2)
    _draw_outline(pen, outlines.rect_corners(shape.rect if shape.cloud else middle), shape.cloud)


def _draw_ellipse(pen: Pen, shape: Ellipse) -> None:
    if shape.cloud:
        _draw_outline(pen, outlines.ellipse_points(shape.rect), shape.cloud, smooth=True)
        return
    pen.reach.add_rect(shape.rect)
    if pen.draws():
        outlines.draw_ellipse(pen.page, outlines.inset(shape.rect, pen.width / 2))
        pen.use()


def _draw_ink(pen: Pen, shape: Ink) -> None:
    for stroke in shape.strokes:
        pen.reach.add(stroke, pen.width)
        if pen.stroke is not None:
            pen.page.polyline(stroke if len(stroke) > 1 else stroke * 2)
            pen.page.stroke(pen.width, rgb(pen.stroke), pen.dash)


def _draw_highlight(pen: Pen, shape: Highlight) -> None:
    for quad in shape.quads:
        corners = _around(quad)
        pen.reach.add(corners)
        if shape.stroke is not None:
            pen.page.polyline(corners, closed=True)
            pen.page.fill(rgb(shape.stroke))


def _around(quad: Quad) -> list[Point]:
    """Return the corners of a quadrilateral one after the other, for files have them in several orders."""
    corners = list(zip(quad[::2], quad[1::2], strict=True))
    x, y = sum(quad[::2]) / 4, sum(quad[1::2]) / 4
    return sorted(corners, key=lambda corner: math.atan2(corner[1] - y, corner[0] - x))


def _draw_underline(pen: Pen, shape: Underline) -> None:
    for quad in shape.quads:
        pen.lines(_base(quad, 0.08))


def _draw_strikeout(pen: Pen, shape: Strikeout) -> None:
    for quad in shape.quads:
        pen.lines(_base(quad, 0.5))


def _base(quad: Quad, share: float) -> tuple[Point, Point]:
    """Return a line through a quadrilateral, at a share of its height."""
    x0, y0, x1, y1, x2, y2, x3, y3 = quad
    return (
        (x2 + share * (x0 - x2), y2 + share * (y0 - y2)),
        (x3 + share * (x1 - x3), y3 + share * (y1 - y3)),
    )


def _draw_squiggly(pen: Pen, shape: Squiggly) -> None:
    for quad in shape.quads:
        start, end = _base(quad, 0.08)
        length, way = math.dist(start, end), direction(start, end)
        high = max(1.0, 0.06 * math.dist(quad[:2], quad[4:6]))
        waves = min(_MOST_WAVES, max(2, round(length / high)))
        steps = range(waves + 1)
        pen.lines([along(start, way, length * step / waves, high if step % 2 else 0.0) for step in steps])


def _draw_text_box(pen: Pen, shape: TextBox) -> None:
    pen.reach.add_rect(shape.rect)
    if shape.callout:
        pen.lines(shape.callout[::-1], ("none", shape.ending))
    if pen.draws():
        pen.page.polyline(outlines.rect_corners(outlines.inset(shape.rect, pen.width / 2)), closed=True)
        pen.use()
    inner = outlines.inset(shape.rect, pen.width + _PADDING)
    transform, width, height = outlines.frame(inner, pen.rotate if shape.turn is None else shape.turn)
    if not (shape.text and width > 0 and height > 0):
        return
    with pen.page.saved():
        pen.page.transform(*transform)
        pen.page.rect(0, 0, width, height)
        pen.page.clip()
        size = shape.font_size
        lines = lettering.wrapped(shape.text, size, width)
        look = TextLook(color=rgb(shape.text_color))
        pen.cut += lettering.draw_lines(
            pen.page, lines, size=size, width=width, height=height, align=shape.align, look=look
        )


def note_rect(shape: Note) -> Rect:
    """Return where the picture of a note is."""
    return (shape.at[0], shape.at[1] - NOTE_SIZE, shape.at[0] + NOTE_SIZE, shape.at[1])


def _draw_note(pen: Pen, shape: Note) -> None:
    rect = note_rect(shape)
    pen.reach.add_rect(rect)
    transform, _, _ = outlines.frame(rect, pen.rotate)
    with pen.page.saved():
        pen.page.transform(*transform)
        tail = [(8, 4), (5, 0.5), (5, 4)] if shape.icon == "comment" else []
        pen.page.polyline([(1, 4), (1, 19), (19, 19), (19, 4), *tail], closed=True)
        pen.page.paint(1.0, fill=rgb(shape.stroke or "#ffffff"))
        sign = _SIGNS.get(shape.icon)
        if sign is not None:
            pen.page.text(NOTE_SIZE / 2, 7, 12, sign, anchor="center", look=TextLook(bold=True))
            return
        for y in (8, 11.5, 15):
            pen.page.polyline([(4, y), (16, y)])
        pen.page.stroke(1.0)


def _draw_stamp(pen: Pen, shape: Stamp) -> None:
    pen.reach.add_rect(shape.rect)
    if pen.draws():
        pen.page.polyline(outlines.rect_corners(outlines.inset(shape.rect, pen.width / 2)), closed=True)
        pen.use()
    inner = outlines.inset(shape.rect, pen.width + 2 * _PADDING)
    transform, width, height = outlines.frame(inner, pen.rotate if shape.turn is None else shape.turn)
    wide = text_width(shape.label, 1.0, bold=True)
    size = min(height / CAP_HEIGHT, width / wide if wide else 0.0, 1000.0)
    if size <= 0:
        return
    with pen.page.saved():
        pen.page.transform(*transform)
        look = TextLook(color=rgb(shape.stroke or "#000000"), bold=True)
        foot = (height - CAP_HEIGHT * size) / 2
        pen.page.text(width / 2, foot, size, shape.label, anchor="center", look=look)


def _draw_caret(pen: Pen, shape: Caret) -> None:
    left, bottom, right, top = shape.rect
    middle, knee = (left + right) / 2, bottom + 0.3 * (top - bottom)
    pen.reach.add_rect(shape.rect)
    if shape.stroke is not None:
        pen.page.move(left, bottom)
        pen.page.curve((middle, bottom), (middle, knee), (middle, top))
        pen.page.curve((middle, knee), (middle, bottom), (right, bottom))
        pen.page.close()
        pen.page.fill(rgb(shape.stroke))


_LOOKS: Final[dict[type[Shape], Callable[[Pen, Any], None]]] = {
    Line: _draw_line,
    Dimension: _draw_dimension,
    Polyline: _draw_polyline,
    Polygon: _draw_polygon,
    Rectangle: _draw_rectangle,
    Ellipse: _draw_ellipse,
    Ink: _draw_ink,
    Highlight: _draw_highlight,
    Underline: _draw_underline,
    Strikeout: _draw_strikeout,
    Squiggly: _draw_squiggly,
    TextBox: _draw_text_box,
    Note: _draw_note,
    Stamp: _draw_stamp,
    Caret: _draw_caret,
}


def draw(page: PageCanvas, shape: Shape, *, rotate: int) -> tuple[Rect, int]:
    """
    Draw a shape; return how far it reaches, and how many lines of its text do not fit.

    Parameters
    ----------
    rotate
        By how many degrees the page is turned clockwise when it is shown.
    """
    pen = Pen(page, shape, rotate=rotate)
    _LOOKS[type(shape)](pen, shape)
    return pen.reach.rect(), pen.cut

"""What the annotation of each shape says of it in words that programs read (ISO 32000-2, 12.5.6)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pikepdf import Array, Dictionary, Name, String

from outfeed.sheets.markups import looks
from outfeed.sheets.markups.fields import Point, Rect
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
    TextMark,
    Underline,
)
from outfeed.sheets.markups.words import ENDINGS, ICONS, STAMPS

Entries = dict[str, Any]

SUBTYPES: Final[dict[type[Shape], str]] = {
    Line: "Line",
    Dimension: "Line",
    Polyline: "PolyLine",
    Polygon: "Polygon",
    Rectangle: "Square",
    Ellipse: "Circle",
    Ink: "Ink",
    Highlight: "Highlight",
    Underline: "Underline",
    Strikeout: "StrikeOut",
    Squiggly: "Squiggly",
    TextBox: "FreeText",
    Note: "Text",
    Stamp: "Stamp",
    Caret: "Caret",
}


def number(value: float) -> float:
    """Return a number with as many digits as PDF has use for: a large one is a fraction of a point off at most."""
    return round(value, 6)


def numbers(values: Sequence[float]) -> Array:
    """Return numbers."""
    return Array([number(value) for value in values])


def color(value: str | None) -> Array:
    """Return a colour; none is an empty list."""
    return Array([]) if value is None else numbers(looks.rgb(value))


def _flat(points: Sequence[Point]) -> Array:
    return numbers([value for point in points for value in point])


def _ends(ends: tuple[Ending, Ending]) -> Array:
    return Array([Name(f"/{ENDINGS[end]}") for end in ends])


def _line(shape: Line, _reach: Rect) -> Entries:
    return {"L": _flat(shape.points), "LE": _ends(shape.ends)}


def _dimension(shape: Dimension, _reach: Rect) -> Entries:
    own: Entries = {"L": _flat(shape.points), "LE": _ends(shape.ends), "IT": Name.LineDimension}
    return own | {"LL": number(shape.offset), "Cap": True, "CP": Name.Top}


def _polyline(shape: Polyline, _reach: Rect) -> Entries:
    return {"Vertices": _flat(shape.points), "LE": _ends(shape.ends)}


def _polygon(shape: Polygon, _reach: Rect) -> Entries:
    return {"Vertices": _flat(shape.points)} | ({"IT": Name.PolygonCloud} if shape.cloud else {})


def _boxed(shape: Rectangle | Ellipse | Caret | TextBox, reach: Rect) -> Entries:
    """Return how far the shape's own rectangle is from what it reaches."""
    rect = shape.rect
    return {"RD": numbers([rect[0] - reach[0], rect[1] - reach[1], reach[2] - rect[2], reach[3] - rect[3]])}


def _ink(shape: Ink, _reach: Rect) -> Entries:
    return {"InkList": Array([_flat(stroke) for stroke in shape.strokes])}


def _text_mark(shape: TextMark, _reach: Rect) -> Entries:
    return {"QuadPoints": numbers([value for quad in shape.quads for value in quad])}


def _text_box(shape: TextBox, reach: Rect) -> Entries:
    red, green, blue = looks.rgb(shape.text_color)
    own: Entries = {
        "DA": String(f"{red:.3f} {green:.3f} {blue:.3f} rg /Helv {number(shape.font_size):g} Tf"),
        "Q": {"left": 0, "center": 1, "right": 2}[shape.align],
        "C": color(shape.fill),
        **_boxed(shape, reach),
    }
    if shape.callout:
        own |= {"CL": _flat(shape.callout), "IT": Name.FreeTextCallout, "LE": Name(f"/{ENDINGS[shape.ending]}")}
    return own | ({"Rotate": shape.turn} if shape.turn else {})


def _note(shape: Note, _reach: Rect) -> Entries:
    return {"Name": Name(f"/{ICONS[shape.icon]}")}


def _stamp(shape: Stamp, _reach: Rect) -> Entries:
    name = STAMPS.get(shape.label)
    return {"Name": Name(f"/{name}")} if name else {}


_OWN: Final[dict[type[Shape], Callable[[Any, Rect], Entries]]] = {
    Line: _line,
    Dimension: _dimension,
    Polyline: _polyline,
    Polygon: _polygon,
    Rectangle: _boxed,
    Ellipse: _boxed,
    Ink: _ink,
    Highlight: _text_mark,
    Underline: _text_mark,
    Strikeout: _text_mark,
    Squiggly: _text_mark,
    TextBox: _text_box,
    Note: _note,
    Stamp: _stamp,
    Caret: _boxed,
}
#: Shapes whose inside has a colour of its own in PDF.
_FILLED: Final = (Line, Dimension, Polyline, Polygon, Rectangle, Ellipse)


def entries_of(shape: Shape, reach: Rect) -> Entries:
    """Return what an annotation says of a shape that reaches so far."""
    style = Dictionary(W=number(shape.width), S=Name.D if shape.dash else Name.S)
    own: Entries = {"C": color(shape.stroke), "CA": number(shape.opacity), "BS": style}
    if shape.dash:
        style.D = numbers(shape.dash)
    if isinstance(shape, _FILLED) and shape.fill is not None:
        own["IC"] = color(shape.fill)
    if isinstance(shape, Polygon | Rectangle | Ellipse) and shape.cloud:
        own["BE"] = Dictionary(S=Name.C, I=number(shape.cloud))
    return own | _OWN[type(shape)](shape, reach)

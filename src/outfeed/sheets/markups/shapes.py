"""The shapes that people draw on sheets, each a frozen record that comes from JSON and goes back to it unchanged.

Coordinates are those of the page's own space, as PDF has it (ISO 32000-1, 8.3.2.3, "default user space"): what the
content and the annotations of the page use, what XFDF writes, and what viewers convert the place of a mouse to. x grows
to the right and y up on the page *before* it is turned by its `Rotate`; a unit is a point of 1/72 inch, unless the page
has a `UserUnit`. On a page that is neither turned nor cropped they count from the lower left corner of what is seen.
Lengths, such as widths of lines and sizes of text, are in the same unit.
"""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, Literal, TypeAlias

from outfeed.errors import InvalidField, MissingField
from outfeed.sheets.markups import fields as f
from outfeed.sheets.markups.fields import Point, Quad, Rect, read_by, within

#: What the end of a line looks like.
Ending: TypeAlias = Literal[
    "none",
    "open_arrow",
    "closed_arrow",
    "open_arrow_reversed",
    "closed_arrow_reversed",
    "circle",
    "square",
    "diamond",
    "butt",
    "slash",
]
ENDINGS: Final = Ending.__args__  # type: ignore[attr-defined] # the words of a Literal
Align: TypeAlias = Literal["left", "center", "right"]
#: How text stands, in degrees counter-clockwise on the page before it is turned; None: upright as the page is shown.
Turn: TypeAlias = Literal[0, 90, 180, 270] | None
Icon: TypeAlias = Literal["comment", "help", "insert", "key", "new_paragraph", "note", "paragraph"]
ICONS: Final = Icon.__args__  # type: ignore[attr-defined] # the words of a Literal

_width = f.between(0.0, 100.0)
_share = f.between(0.0, 1.0)
_size = f.between(1.0, 1000.0)
_ending = f.one_of(*ENDINGS)
_turn = f.one_of(None, 0, 90, 180, 270)
_ends = f.many(_ending, least=2, most=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What every shape has."""

    kind: ClassVar[str]

    #: Colour of lines; None: there are none.
    stroke: str | None = field(default="#ff0000", metadata=read_by(f.color_or_none))
    #: Colour inside; None: one sees through.
    fill: str | None = field(default=None, metadata=read_by(f.color_or_none))
    #: 0.0: cannot be seen, to 1.0.
    opacity: float = field(default=1.0, metadata=read_by(_share))
    #: Of lines.
    width: float = field(default=1.0, metadata=read_by(_width))
    #: Lengths on and off; empty: without gaps.
    dash: tuple[float, ...] = field(default=(), metadata=read_by(f.pattern))
    #: What the author says; text boxes and dimensions show it.
    text: str = field(default="", metadata=read_by(f.text()))
    subject: str = field(default="", metadata=read_by(f.text(f.MOST_NAME)))
    #: An address of the web or of mail that a click leads to.
    link: str | None = field(default=None, metadata=read_by(f.link))

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"kind": self.kind, **{one.name: f.as_json(getattr(self, one.name)) for one in fields(self)}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line(Shape):
    """A straight line, or an arrow."""

    kind: ClassVar[str] = "line"

    points: tuple[Point, Point] = field(metadata=read_by(f.points(2, 2)))
    #: At the first point and at the second.
    ends: tuple[Ending, Ending] = field(default=("none", "none"), metadata=read_by(_ends))


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension(Shape):
    """A dimension line between two points, with its text in the middle."""

    kind: ClassVar[str] = "dimension"

    #: What is measured.
    points: tuple[Point, Point] = field(metadata=read_by(f.points(2, 2)))
    #: From these points to the line: to the left of its direction where positive.
    offset: float = field(default=0.0, metadata=read_by(f.number))
    ends: tuple[Ending, Ending] = field(default=("slash", "slash"), metadata=read_by(_ends))
    font_size: float = field(default=9.0, metadata=read_by(_size))


@dataclass(frozen=True, kw_only=True, slots=True)
class Polyline(Shape):
    """Straight lines from point to point."""

    kind: ClassVar[str] = "polyline"

    points: tuple[Point, ...] = field(metadata=read_by(f.points(2)))
    ends: tuple[Ending, Ending] = field(default=("none", "none"), metadata=read_by(_ends))


@dataclass(frozen=True, kw_only=True, slots=True)
class Polygon(Shape):
    """Straight lines from point to point and back to the first; or a revision cloud along them."""

    kind: ClassVar[str] = "polygon"

    points: tuple[Point, ...] = field(metadata=read_by(f.points(3)))
    #: How large the arcs of a revision cloud are; 0: straight lines.
    cloud: float = field(default=0.0, metadata=read_by(f.between(0.0, 2.0)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rectangle(Shape):
    """A rectangle, its line inside of `rect`; or a revision cloud along it."""

    kind: ClassVar[str] = "rectangle"

    rect: Rect = field(metadata=read_by(f.rect))
    cloud: float = field(default=0.0, metadata=read_by(f.between(0.0, 2.0)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ellipse(Shape):
    """The ellipse that fills `rect`, its line inside; or a revision cloud along it."""

    kind: ClassVar[str] = "ellipse"

    rect: Rect = field(metadata=read_by(f.rect))
    cloud: float = field(default=0.0, metadata=read_by(f.between(0.0, 2.0)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ink(Shape):
    """What a pen drew: strokes, each from point to point."""

    kind: ClassVar[str] = "ink"

    strokes: tuple[tuple[Point, ...], ...] = field(metadata=read_by(f.strokes))


@dataclass(frozen=True, kw_only=True, slots=True)
class TextMark(Shape):
    """What marks words of the page."""

    #: Around the words.
    quads: tuple[Quad, ...] = field(metadata=read_by(f.many(f.quad, least=1, most=f.MOST_POINTS // 4)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlight(TextMark):
    """A coat of colour that the words are seen through."""

    kind: ClassVar[str] = "highlight"

    stroke: str | None = field(default="#ffd100", metadata=read_by(f.color_or_none))


@dataclass(frozen=True, kw_only=True, slots=True)
class Underline(TextMark):
    """A line under words."""

    kind: ClassVar[str] = "underline"


@dataclass(frozen=True, kw_only=True, slots=True)
class Strikeout(TextMark):
    """A line through words."""

    kind: ClassVar[str] = "strikeout"


@dataclass(frozen=True, kw_only=True, slots=True)
class Squiggly(TextMark):
    """A wavy line under words."""

    kind: ClassVar[str] = "squiggly"


@dataclass(frozen=True, kw_only=True, slots=True)
class TextBox(Shape):
    """A box with text in it, and perhaps a line that leads from it to what it speaks of."""

    kind: ClassVar[str] = "text_box"

    rect: Rect = field(metadata=read_by(f.rect))
    #: What it leads to, perhaps a knee, and where it meets the box; empty: no such line.
    callout: tuple[Point, ...] = field(default=(), metadata=read_by(f.points(0, 3)))
    #: What the line looks like where it leads to.
    ending: Ending = field(default="none", metadata=read_by(_ending))
    text_color: str = field(default="#000000", metadata=read_by(f.color))
    font_size: float = field(default=12.0, metadata=read_by(_size))
    align: Align = field(default="left", metadata=read_by(f.one_of("left", "center", "right")))
    turn: Turn = field(default=None, metadata=read_by(_turn))


@dataclass(frozen=True, kw_only=True, slots=True)
class Note(Shape):
    """A note that one opens, under a small picture."""

    kind: ClassVar[str] = "note"

    #: The upper left corner of the picture, which is 20 by 20.
    at: Point = field(metadata=read_by(f.point))
    icon: Icon = field(default="note", metadata=read_by(f.one_of(*ICONS)))
    stroke: str | None = field(default="#ffd100", metadata=read_by(f.color_or_none))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp(Shape):
    """A rubber stamp: a word or two in a frame, as large as fits."""

    kind: ClassVar[str] = "stamp"

    rect: Rect = field(metadata=read_by(f.rect))
    #: What it shows.
    label: str = field(metadata=read_by(f.name))
    turn: Turn = field(default=None, metadata=read_by(_turn))


@dataclass(frozen=True, kw_only=True, slots=True)
class Caret(Shape):
    """The sign that something is to be put in here: its tip is in the middle of the upper edge."""

    kind: ClassVar[str] = "caret"

    rect: Rect = field(metadata=read_by(f.rect))


#: By the word that stands in JSON.
SHAPES: Final[dict[str, type[Shape]]] = {
    shape.kind: shape
    for shape in (
        Line,
        Dimension,
        Polyline,
        Polygon,
        Rectangle,
        Ellipse,
        Ink,
        Highlight,
        Underline,
        Strikeout,
        Squiggly,
        TextBox,
        Note,
        Stamp,
        Caret,
    )
}


def parse_shape(value: Any, path: str) -> Shape:
    """
    Return a shape from JSON.

    Raises
    ------
    MissingField, InvalidField
        If it is not one: the path of the field stands in the error.
    """
    word = f.an_object(value, path).get("kind")
    if word is None:
        raise MissingField(f"Missing: {within(path, 'kind')}.")
    kind = SHAPES.get(word) if isinstance(word, str) else None
    if kind is None:
        raise InvalidField(f"{within(path, 'kind')} is not one of {', '.join(SHAPES)}.")
    shape = f.parse_fields(kind, value, path, besides=frozenset({"kind"}))
    if isinstance(shape, TextBox) and len(shape.callout) == 1:
        raise InvalidField(f"{within(path, 'callout')} has one point, which is no line.")
    return shape

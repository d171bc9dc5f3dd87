"""
Markups as XFDF (ISO 19444-1).

What it has no words for is left out: addresses of links, sizes of dimensions' text, insides and lines of what has none
there. Text that is upright as the page is shown becomes text that is not turned.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from outfeed.sheets.markups.fields import Point
from outfeed.sheets.markups.model import Markup, Reply
from outfeed.sheets.markups.shapes import (
    Caret,
    Dimension,
    Ellipse,
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
from outfeed.sheets.markups.words import ENDINGS, ICONS, NOTE_SIZE, STAMPS, pdf_date

Attributes = dict[str, str]
#: Attributes of a shape, and the elements inside of it.
Written = tuple[Attributes, str]

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<xfdf xmlns="http://ns.adobe.com/xfdf/" xml:space="preserve"><annots>\n'
)
_FOOT: Final = "</annots></xfdf>\n"


def write_xfdf(markups: Iterable[tuple[int, Markup]]) -> bytes:
    """Return markups, each after the index of its page, as XFDF in UTF-8; the same ones always give the same bytes."""
    return "".join([_HEAD, *(line for page, markup in markups for line in _markup(page, markup)), _FOOT]).encode()


def _markup(page: int, markup: Markup) -> Iterator[str]:
    times = {"creationdate": pdf_date(markup.created_at), "date": pdf_date(markup.modified_at)}
    for row, shape in enumerate(markup.shapes):
        named = {"page": str(page), "name": f"{markup.id}/{row}" if row else markup.id, "title": markup.author}
        group = {"inreplyto": markup.id, "replyType": "group"} if row else {}
        tag, write = _TAGS[type(shape)]
        own, inside = write(shape)
        yield _element(tag, named | group | times | _common(shape) | own, _contents(shape.text) + inside)
    for reply in markup.replies:
        yield _reply(page, reply, to=markup.id)


def _reply(page: int, reply: Reply, *, to: str) -> str:
    attributes = {
        "page": str(page),
        "rect": _rect((0.0, 0.0, NOTE_SIZE, NOTE_SIZE)),
        "name": reply.id,
        "title": reply.author,
        "inreplyto": to,
        "creationdate": pdf_date(reply.created_at),
        "date": pdf_date(reply.modified_at),
        "flags": "hidden,print",
    }
    return _element("text", attributes, _contents(reply.text))


def _element(tag: str, attributes: Attributes, inside: str) -> str:
    words = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag} {words}>{inside}</{tag}>\n"


def _contents(text: str) -> str:
    return f"<contents>{escape(text)}</contents>" if text else ""


def _common(shape: Shape) -> Attributes:
    own = {"opacity": repr(shape.opacity), "flags": "print"}
    if shape.subject:
        own["subject"] = shape.subject
    if shape.stroke is not None and not isinstance(shape, TextBox):
        own["color"] = shape.stroke
    return own


def _lines(shape: Shape) -> Attributes:
    """Return what is said of lines."""
    dashes = {"style": "dash", "dashes": _numbers(shape.dash)} if shape.dash else {}
    return {"width": repr(shape.width), **dashes}


def _filled(shape: Shape) -> Attributes:
    inside = {} if shape.fill is None else {"interior-color": shape.fill}
    return _lines(shape) | inside


def _numbers(values: Sequence[float]) -> str:
    return ",".join(map(repr, values))


def _rect(rect: Sequence[float]) -> str:
    return _numbers(rect)


def _points(points: Sequence[Point]) -> str:
    return ";".join(map(_numbers, points))


def _around(points: Iterable[Point], margin: float) -> str:
    """Return the rectangle around points."""
    xs, ys = zip(*points, strict=True)
    return _numbers((min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin))


def _ends(shape: Line | Dimension | Polyline) -> Attributes:
    return {"head": ENDINGS[shape.ends[0]], "tail": ENDINGS[shape.ends[1]]}


def _line(shape: Line | Dimension) -> Written:
    start, end = shape.points
    placed = {"rect": _around(shape.points, 10.0), "start": _numbers(start), "end": _numbers(end)}
    return placed | _ends(shape) | _filled(shape), ""


def _dimension(shape: Dimension) -> Written:
    own, _ = _line(shape)
    return own | {"IT": "LineDimension", "leaderLength": repr(shape.offset), "caption": "yes"}, ""


def _polyline(shape: Polyline) -> Written:
    vertices = f"<vertices>{_points(shape.points)}</vertices>"
    return {"rect": _around(shape.points, 10.0)} | _ends(shape) | _filled(shape), vertices


def _cloud(cloud: float) -> Attributes:
    return {"style": "cloudy", "intensity": repr(cloud)} if cloud else {}


def _polygon(shape: Polygon) -> Written:
    vertices = f"<vertices>{_points(shape.points)}</vertices>"
    return {"rect": _around(shape.points, 10.0)} | _filled(shape) | _cloud(shape.cloud), vertices


def _boxed(shape: Rectangle | Ellipse) -> Written:
    return {"rect": _rect(shape.rect)} | _filled(shape) | _cloud(shape.cloud), ""


def _ink(shape: Ink) -> Written:
    gestures = "".join(f"<gesture>{_points(stroke)}</gesture>" for stroke in shape.strokes)
    placed = {"rect": _around((point for stroke in shape.strokes for point in stroke), 10.0)}
    return placed | _lines(shape), f"<inklist>{gestures}</inklist>"


def _text_mark(shape: TextMark) -> Written:
    corners = [corner for quad in shape.quads for corner in zip(quad[::2], quad[1::2], strict=True)]
    return {"rect": _around(corners, 0.0), "coords": _numbers([value for quad in shape.quads for value in quad])}, ""


def _shares(color: str) -> str:
    return " ".join(f"{int(color[place : place + 2], 16) / 255:.4f}" for place in (1, 3, 5))


def _text_box(shape: TextBox) -> Written:
    """Return a text box; what leads to it lies in the annotation's rectangle too, and is `fringe` around the box."""
    own = {"rect": _rect(shape.rect)} | _lines(shape)
    if shape.stroke is None:
        own["width"] = "0"
    if shape.callout:
        left, bottom, right, top = shape.rect
        xs, ys = zip(*shape.callout, (left, bottom), (right, top), strict=True)
        sides = (min(xs), min(ys), max(xs), max(ys))
        fringe = (left - sides[0], bottom - sides[1], sides[2] - right, sides[3] - top)
        own |= {
            "rect": _rect(sides),
            "fringe": _numbers(fringe),
            "callout": _numbers([v for p in shape.callout for v in p]),
        }
        own |= {"IT": "FreeTextCallout", "head": ENDINGS[shape.ending]}
    if shape.fill is not None:
        own["color"] = shape.fill
    if shape.turn:
        own["rotation"] = str(shape.turn)
    own["justification"] = {"left": "left", "center": "centered", "right": "right"}[shape.align]
    lines = f"{_shares(shape.stroke)} RG " if shape.stroke is not None else ""
    default = f"{lines}{_shares(shape.text_color)} rg /Helv {shape.font_size!r} Tf"
    return own, f"<defaultappearance>{default}</defaultappearance>"


def _note(shape: Note) -> Written:
    left, top = shape.at
    return {"rect": _rect((left, top - NOTE_SIZE, left + NOTE_SIZE, top)), "icon": ICONS[shape.icon]}, ""


def _stamp(shape: Stamp) -> Written:
    own = {"rect": _rect(shape.rect), "icon": STAMPS.get(shape.label, shape.label)}
    return own | ({"rotation": str(shape.turn)} if shape.turn else {}), ""


def _caret(shape: Caret) -> Written:
    return {"rect": _rect(shape.rect)}, ""


_TAGS: Final[dict[type[Shape], tuple[str, Callable[[Any], Written]]]] = {
    Line: ("line", _line),
    Dimension: ("line", _dimension),
    Polyline: ("polyline", _polyline),
    Polygon: ("polygon", _polygon),
    Rectangle: ("square", _boxed),
    Ellipse: ("circle", _boxed),
    Ink: ("ink", _ink),
    Highlight: ("highlight", _text_mark),
    Underline: ("underline", _text_mark),
    Strikeout: ("strikeout", _text_mark),
    Squiggly: ("squiggly", _text_mark),
    TextBox: ("freetext", _text_box),
    Note: ("text", _note),
    Stamp: ("stamp", _stamp),
    Caret: ("caret", _caret),
}

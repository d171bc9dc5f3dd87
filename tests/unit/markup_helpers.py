"""Markups that tests draw, store and write; all shapes there are, and strategies for any of them."""

from typing import Any, Final

from hypothesis import strategies as st

from outfeed.sheets.markups.fields import writable
from outfeed.sheets.markups.model import Markup, Reply, parse_markup
from outfeed.sheets.markups.shapes import ENDINGS, ICONS, SHAPES, Shape, parse_shape

#: The least that each shape needs, around the middle of a page of 300 by 300.
LEAST: Final[dict[str, dict[str, Any]]] = {
    "line": {"points": [[100, 100], [200, 150]]},
    "dimension": {"points": [[100, 100], [200, 100]], "text": "3.50 m"},
    "polyline": {"points": [[100, 100], [150, 200], [200, 100]]},
    "polygon": {"points": [[100, 100], [150, 200], [200, 100]]},
    "rectangle": {"rect": [100, 100, 200, 180]},
    "ellipse": {"rect": [100, 100, 200, 180]},
    "ink": {"strokes": [[[100, 100], [120, 130], [140, 100]], [[150, 150]]]},
    "highlight": {"quads": [[100, 120, 200, 120, 100, 100, 200, 100]]},
    "underline": {"quads": [[100, 120, 200, 120, 100, 100, 200, 100]]},
    "strikeout": {"quads": [[100, 120, 200, 120, 100, 100, 200, 100]]},
    "squiggly": {"quads": [[100, 120, 200, 120, 100, 100, 200, 100]]},
    "text_box": {"rect": [100, 100, 200, 180], "text": "See detail 4"},
    "note": {"at": [100, 200]},
    "stamp": {"rect": [100, 100, 220, 140], "label": "Approved"},
    "caret": {"rect": [100, 100, 110, 110]},
}


def a_shape(kind: str = "rectangle", **given: Any) -> Shape:
    """Return a shape, from JSON as a user sends it."""
    return parse_shape({"kind": kind, **LEAST[kind], **given}, "shape")


def a_markup(*shapes: Shape, name: str = "m1", replies: tuple[Reply, ...] = ()) -> Markup:
    """Return a markup of somebody called Ada."""
    return Markup(
        id=name,
        author="Ada",
        created_at=1_700_000_000_000,
        modified_at=1_700_000_060_000,
        shapes=shapes or (a_shape(),),
        replies=replies,
    )


_number = st.floats(-1e6, 1e6) | st.integers(-1_000_000, 1_000_000)
_point = st.lists(_number, min_size=2, max_size=2)
_text = st.text(max_size=40).map(writable)
_name = _text.map(lambda text: f"n{text}".replace("\n", " "))
_color = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@st.composite
def _rects(draw: st.DrawFn) -> list[float]:
    left, bottom = draw(st.floats(-1e5, 1e5)), draw(st.floats(-1e5, 1e5))
    return [left, bottom, left + draw(st.floats(0.1, 1e5)), bottom + draw(st.floats(0.1, 1e5))]


def _points(least: int, most: int = 5) -> st.SearchStrategy[list[list[float]]]:
    return st.lists(_point, min_size=least, max_size=most)


_ends = st.lists(st.sampled_from(ENDINGS), min_size=2, max_size=2)
_turn = st.sampled_from([None, 0, 90, 180, 270])
_quads = {"quads": st.lists(st.lists(_number, min_size=8, max_size=8), min_size=1, max_size=3)}
_COMMON: Final[dict[str, st.SearchStrategy[Any]]] = {
    "stroke": st.none() | _color,
    "fill": st.none() | _color,
    "opacity": st.floats(0, 1),
    "width": st.floats(0, 100),
    "dash": st.lists(st.floats(0.5, 100), max_size=4),
    "text": _text,
    "subject": _text,
    "link": st.sampled_from([None, "https://example.org/a?b=1", "mailto:ada@example.org"]),
}
_OWN: Final[dict[str, dict[str, st.SearchStrategy[Any]]]] = {
    "line": {"points": _points(2, 2), "ends": _ends},
    "dimension": {"points": _points(2, 2), "ends": _ends, "offset": _number, "font_size": st.floats(1, 1000)},
    "polyline": {"points": _points(2), "ends": _ends},
    "polygon": {"points": _points(3), "cloud": st.floats(0, 2)},
    "rectangle": {"rect": _rects(), "cloud": st.floats(0, 2)},
    "ellipse": {"rect": _rects(), "cloud": st.floats(0, 2)},
    "ink": {"strokes": st.lists(_points(1), min_size=1, max_size=3)},
    "highlight": _quads,
    "underline": _quads,
    "strikeout": _quads,
    "squiggly": _quads,
    "text_box": {
        "rect": _rects(),
        "callout": st.just([]) | _points(2, 3),
        "ending": st.sampled_from(ENDINGS),
        "text_color": _color,
        "font_size": st.floats(1, 1000),
        "align": st.sampled_from(["left", "center", "right"]),
        "turn": _turn,
    },
    "note": {"at": _point, "icon": st.sampled_from(ICONS)},
    "stamp": {"rect": _rects(), "label": _name, "turn": _turn},
    "caret": {"rect": _rects()},
}


def _shapes_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **_OWN[kind]}, optional=_COMMON)


#: Any shape, as JSON; each field that a shape has is among them.
any_shape: Final = st.sampled_from(sorted(SHAPES)).flatmap(_shapes_of)

_ms = st.integers(0, 1 << 50)
_reply = st.fixed_dictionaries({"id": _name, "author": _text, "text": _text, "created_at": _ms, "modified_at": _ms})
#: Any markup.
any_markup: Final[st.SearchStrategy[Markup]] = st.fixed_dictionaries(
    {
        "id": _name,
        "author": _text,
        "created_at": _ms,
        "modified_at": _ms,
        "shapes": st.lists(any_shape, min_size=1, max_size=3),
        "replies": st.lists(_reply, max_size=2),
    }
).map(parse_markup)

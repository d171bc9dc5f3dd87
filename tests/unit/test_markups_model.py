"""What markups are, and what is refused."""

import json
import math
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given

from outfeed.errors import InvalidField, MissingField
from outfeed.sheets.markups.model import Markup, parse_markup, parse_shapes
from outfeed.sheets.markups.shapes import SHAPES, Shape, parse_shape
from unit.markup_helpers import _COMMON, _OWN, LEAST, a_markup, a_shape, any_markup


@given(any_markup)
def test_a_markup_comes_back_from_json_unchanged(markup: Markup) -> None:
    sent = json.loads(json.dumps(markup.json()))

    assert markup == parse_markup(sent)


def test_the_strategies_of_these_tests_know_every_field() -> None:
    known = {kind: {"kind", *_COMMON, *_OWN[kind]} for kind in SHAPES}

    assert {kind: {"kind", *(field.name for field in fields(shape))} for kind, shape in SHAPES.items()} == known


@pytest.mark.parametrize("kind", SHAPES)
def test_the_least_that_a_shape_needs_is_enough(kind: str) -> None:
    shape = a_shape(kind)

    assert SHAPES[kind] is type(shape)


def test_a_shape_says_what_it_was_not_told() -> None:
    assert {
        "kind": "rectangle",
        "stroke": "#ff0000",
        "fill": None,
        "opacity": 1.0,
        "width": 1.0,
        "dash": [],
        "text": "",
        "subject": "",
        "link": None,
        "rect": [100.0, 100.0, 200.0, 180.0],
        "cloud": 0.0,
    } == a_shape("rectangle").json()


@pytest.mark.parametrize(
    ("kind", "field", "value", "where"),
    [
        ("line", "points", [[0, 0]], "shapes[0].points has 1 items, not 2."),
        ("line", "points", [[0, 0], [0, math.inf]], "shapes[0].points[1][1] is not between"),
        ("line", "points", [[0, 0], [0, math.nan]], "shapes[0].points[1][1] is not between"),
        ("line", "points", [[0, 0], [0, 10**400]], "shapes[0].points[1][1] is not between"),
        ("line", "points", [[0, 0], [0, True]], "shapes[0].points[1][1] is no number."),
        ("line", "points", [[0, 0], [0, "1"]], "shapes[0].points[1][1] is no number."),
        ("line", "points", {"x": 1}, "shapes[0].points is no list."),
        ("line", "ends", ["none", "spear"], "shapes[0].ends[1] is not one of none, open_arrow,"),
        ("line", "ends", ["none", ["none"]], "shapes[0].ends[1] is not one of none, open_arrow,"),
        ("line", "stroke", "red", "shapes[0].stroke is no colour such as #ff0000."),
        ("line", "stroke", "#ff0000\n", "shapes[0].stroke is no colour"),
        ("line", "width", -1, "shapes[0].width is not between 0 and 100."),
        ("line", "opacity", 1.5, "shapes[0].opacity is not between 0 and 1."),
        ("line", "dash", [0, 0], "shapes[0].dash has no length."),
        ("line", "text", "a\0b", "shapes[0].text has characters that no text has."),
        ("line", "text", "\ud800", "shapes[0].text has characters that no text has."),
        ("line", "text", "x" * 10_001, "shapes[0].text has more than 10000 characters."),
        ("line", "link", "javascript:alert(1)", "shapes[0].link is no address"),
        ("line", "link", "https://", "shapes[0].link is no address"),
        ("line", "link", "https://[", "shapes[0].link is no address"),
        ("line", "link", "file:///etc/passwd", "shapes[0].link is no address"),
        ("line", "color", "#ffffff", "shapes[0].color is not known."),
        ("polyline", "points", [[0, 0]] * 10_001, "shapes[0].points has 10001 items, not 2 to 10000."),
        ("ink", "strokes", [[[0, 0]] * 5001] * 2, "shapes[0].strokes has more than 10000 points."),
        ("rectangle", "rect", [10, 0, 0, 10], "shapes[0].rect is not left, bottom, right, top."),
        ("rectangle", "rect", [0, 0, 0, 10], "shapes[0].rect is not left, bottom, right, top."),
        ("text_box", "callout", [[0, 0]], "shapes[0].callout has one point, which is no line."),
        ("text_box", "turn", 45, "shapes[0].turn is not one of null, 0, 90, 180, 270."),
        ("text_box", "turn", False, "shapes[0].turn is not one of null, 0, 90, 180, 270."),
        ("stamp", "label", " ", "shapes[0].label is no name."),
    ],
)
def test_what_no_shape_has_is_refused_by_its_path(kind: str, field: str, value: Any, where: str) -> None:
    shapes = [{"kind": kind, **LEAST[kind], field: value}]

    with pytest.raises(InvalidField) as caught:
        parse_shapes(shapes, "shapes")

    assert where in caught.value.detail


@pytest.mark.parametrize("value", [None, [], "line", {"kind": "blob"}, {"kind": ["line"]}])
def test_what_is_no_shape_is_refused(value: Any) -> None:
    with pytest.raises(InvalidField):
        parse_shape(value, "shapes[0]")


@pytest.mark.parametrize("kind", SHAPES)
def test_what_a_shape_needs_is_asked_for(kind: str) -> None:
    needed = next(name for name in LEAST[kind] if name != "text")
    sent = {"kind": kind, **{name: value for name, value in LEAST[kind].items() if name != needed}}

    with pytest.raises(MissingField) as caught:
        parse_shape(sent, "shapes[7]")

    assert f"Missing: shapes[7].{needed}." == caught.value.detail


@pytest.mark.parametrize(("count", "fits"), [(0, False), (1, True), (500, True), (501, False)])
def test_a_markup_has_1_to_500_shapes(count: int, fits: bool) -> None:  # noqa: FBT001 a parameter of the table
    shapes = [a_shape().json()] * count

    if fits:
        assert count == len(parse_shapes(shapes, "shapes"))
    else:
        with pytest.raises(InvalidField):
            parse_shapes(shapes, "shapes")


def test_ends_of_lines_of_a_text_are_line_feeds() -> None:
    shape = a_shape("note", text="a\r\nb\rc")

    assert shape.text == "a\nb\nc"


def test_a_capital_in_a_colour_is_the_same_colour() -> None:
    assert a_shape(stroke="#FF00AA") == a_shape(stroke="#ff00aa")


def test_a_markup_cannot_be_changed() -> None:
    markup = a_markup()

    with pytest.raises(AttributeError):
        markup.author = "Eve"  # type: ignore[misc] # that it is frozen is the point
    assert isinstance(hash(markup), int)
    assert isinstance(markup.shapes[0], Shape)

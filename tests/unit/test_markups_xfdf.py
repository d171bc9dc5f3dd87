"""XFDF: what other programs write is read, what is hostile is refused, and what we write comes back."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.errors import SourceDamaged
from outfeed.sheets.markups.fields import Rect
from outfeed.sheets.markups.model import Markup, Reply, parse_markup
from outfeed.sheets.markups.shapes import (
    Dimension,
    Ellipse,
    Line,
    Polygon,
    Polyline,
    Rectangle,
    Shape,
    Stamp,
    TextBox,
    TextMark,
)
from outfeed.sheets.markups.xfdf import KINDS, read_xfdf
from outfeed.sheets.markups.xfdf_write import write_xfdf
from unit.markup_helpers import LEAST, a_markup, a_shape, any_markup


def an_xfdf(*annotations: str) -> bytes:
    """Return a file with these annotations."""
    inside = "".join(annotations)
    return f'<?xml version="1.0" encoding="UTF-8"?><xfdf xmlns="http://ns.adobe.com/xfdf/" xml:space="preserve"><annots>{inside}</annots></xfdf>'.encode()  # noqa: E501 one piece of XML


def the_markup(*annotations: str) -> Markup:
    """Return the only markup of a file, of which nothing is left out."""
    markups, lost = read_xfdf(an_xfdf(*annotations))
    assert () == lost
    ((page, markup),) = markups
    assert 0 == page
    return markup


def the_shape(annotation: str) -> Shape:
    """Return the only shape of a file."""
    (shape,) = the_markup(annotation).shapes
    return shape


@pytest.mark.parametrize(
    ("tag", "attributes", "inside", "kind", "given"),
    [
        (
            "square",
            'rect="10,20,110,70" interior-color="#00FF00"',
            "",
            "rectangle",
            {"rect": [10, 20, 110, 70], "fill": "#00ff00"},
        ),
        (
            "square",
            'rect="110,70,0,10" fringe="10,10,10,10" style="cloudy" intensity="2"',
            "",
            "rectangle",
            {"rect": [10, 20, 100, 60], "cloud": 2},
        ),
        (
            "circle",
            'rect="0,0,9,9" style="dash" dashes="3,2" width="2"',
            "",
            "ellipse",
            {"rect": [0, 0, 9, 9], "dash": [3, 2], "width": 2},
        ),
        (
            "line",
            'start="1,2" end="3,4" tail="ClosedArrow"',
            "",
            "line",
            {"points": [[1, 2], [3, 4]], "ends": ["none", "closed_arrow"]},
        ),
        (
            "line",
            'IT="LineDimension" start="1,2" end="3,4" leaderLength="-7.5" head="Slash" tail="Slash"',
            "<contents>2 m</contents>",
            "dimension",
            {"points": [[1, 2], [3, 4]], "offset": -7.5, "text": "2 m"},
        ),
        (
            "polygon",
            "",
            "<vertices>1,2;3,4;5,6.5</vertices>",
            "polygon",
            {"points": [[1, 2], [3, 4], [5, 6.5]]},
        ),
        (
            "polyline",
            "",
            "<vertices>\n1,2;3,4;\n</vertices>",
            "polyline",
            {"points": [[1, 2], [3, 4]]},
        ),
        (
            "ink",
            "",
            "<inklist><gesture>1,2;3,4</gesture><gesture>5,6</gesture></inklist>",
            "ink",
            {"strokes": [[[1, 2], [3, 4]], [[5, 6]]]},
        ),
        (
            "highlight",
            'coords="0,9,9,9,0,0,9,0" opacity="0.5"',
            "",
            "highlight",
            {"quads": [[0, 9, 9, 9, 0, 0, 9, 0]], "opacity": 0.5},
        ),
        (
            "squiggly",
            'coords="0,9,9,9,0,0,9,0"',
            "",
            "squiggly",
            {"quads": [[0, 9, 9, 9, 0, 0, 9, 0]]},
        ),
        (
            "text",
            'rect="100,180,124,204" icon="Help"',
            "",
            "note",
            {"at": [100, 204], "icon": "help"},
        ),
        (
            "text",
            'rect="100,180,124,204" icon="Star"',
            "",
            "note",
            {"at": [100, 204]},
        ),
        (
            "stamp",
            'rect="0,0,9,9" icon="NotApproved" rotation="450"',
            "",
            "stamp",
            {"rect": [0, 0, 9, 9], "label": "Not approved", "turn": 90},
        ),
        (
            "caret",
            'rect="0,0,9,9"',
            "",
            "caret",
            {"rect": [0, 0, 9, 9]},
        ),
    ],
)
def test_an_annotation_is_read_as_its_shape(
    tag: str, attributes: str, inside: str, kind: str, given: dict[str, Any]
) -> None:
    shape = the_shape(f'<{tag} page="0" color="#123456" {attributes}>{inside}</{tag}>')

    assert a_shape(kind, **{"text": "", "stroke": "#123456", **given}) == shape


def test_what_has_no_colour_has_no_lines() -> None:
    assert a_shape(rect=[0, 0, 9, 9], stroke=None) == the_shape('<square page="0" rect="0,0,9,9"/>')


def test_a_text_box_of_another_program_is_read() -> None:
    shape = the_shape(
        '<freetext page="0" rect="0,0,200,100" fringe="100,10,0,10" callout="0,5,50,50,100,50" IT="FreeTextCallout"'
        ' head="OpenArrow" justification="centered" rotation="90" color="#FFFFCC" width="1.5">'
        "<defaultappearance>1 0 0 rg /Helv 14 Tf</defaultappearance>"
        "<defaultstyle>font: Helvetica,sans-serif 10.0pt; text-align:left; color:#0000FF</defaultstyle>"
        "<contents-richtext><body>\n <p>See <b>detail</b>\n 4</p> <p>now</p></body>"
        "</contents-richtext></freetext>"
    )

    assert (
        a_shape(
            "text_box",
            rect=[100, 10, 200, 90],
            callout=[[0, 5], [50, 50], [100, 50]],
            ending="open_arrow",
            align="center",
            turn=90,
            fill="#ffffcc",
            stroke="#ff0000",
            text_color="#0000ff",
            font_size=10,
            width=1.5,
            text="See detail 4\nnow",
        )
        == shape
    )


def test_who_drew_it_and_when_is_read() -> None:
    markup = the_markup(
        '<square page="0" rect="0,0,9,9" name="4f3" title="Ada" subject="Wall" date="D:20240102030405+02\'00\'"'
        ' creationdate="D:20240102"><contents>a &lt; b</contents>'
        "<popup><contents>not this</contents></popup></square>"
    )

    assert ("4f3", "Ada", "Wall", "a < b") == (
        markup.id,
        markup.author,
        markup.shapes[0].subject,
        markup.shapes[0].text,
    )
    assert (1_704_153_600_000, 1_704_157_445_000) == (markup.created_at, markup.modified_at)


@pytest.mark.parametrize("date", ["", "yesterday", "D:20241301", "D:99999999999999", "D:20240101+99'99'"])
def test_what_has_no_date_is_of_now(date: str) -> None:
    annotation = f'<square page="0" rect="0,0,9,9" date="{date}"/>'

    ((_, markup),), _ = read_xfdf(an_xfdf(annotation), now=7)
    assert (7, 7) == (markup.created_at, markup.modified_at)


def test_groups_are_one_markup_and_answers_its_replies() -> None:
    """Whatever their order in the file; an answer to an answer is one, too."""
    markup = the_markup(
        '<text page="0" rect="0,0,9,9" name="r2" inreplyto="r1" title="Cy"><contents>No</contents></text>',
        '<text page="0" rect="0,0,9,9" name="r1" inreplyto="a" title="Bob"><contents>Yes</contents></text>',
        '<circle page="0" rect="0,0,9,9" name="b" inreplyto="a" replyType="group"/>',
        '<square page="0" rect="0,0,9,9" name="a" title="Ada"/>',
    )

    assert ("a", [Rectangle, Ellipse]) == (markup.id, [type(shape) for shape in markup.shapes])
    assert [("r2", "Cy", "No"), ("r1", "Bob", "Yes")] == [(one.id, one.author, one.text) for one in markup.replies]


@pytest.mark.parametrize(
    ("annotation", "what"),
    [
        ('<link page="0" rect="0,0,9,9"/>', "link"),
        ('<fileattachment page="0" rect="0,0,9,9"/>', "fileattachment"),
        ('<square page="0" rect="0,0,9,9" flags="print,hidden"/>', "square"),
        ('<square rect="0,0,9,9"/>', "square"),
        ('<square page="-1" rect="0,0,9,9"/>', "square"),
        ('<square page="99999999" rect="0,0,9,9"/>', "square"),
        ('<square page="0" rect="5,5,5,9"/>', "square"),
        ('<square page="0" rect="0,0,9"/>', "square"),
        ('<square page="0" rect="0,0,9,nan"/>', "square"),
        ('<square page="0" rect="0,0,9,1e999"/>', "square"),
        ('<square page="0" rect="0,0,9,1_0"/>', "square"),
        ('<square page="0" rect="0,0,9,9" color="red"/>', "square"),
        ('<square page="0" rect="0,0,9,9" width=""/>', "square"),
        ('<line page="0" start="1" end="2,3"/>', "line"),
        ('<polygon page="0"/>', "polygon"),
        ('<ink page="0"/>', "ink"),
        ('<highlight page="0" coords="1,2,3"/>', "highlight"),
        ('<text page="0" rect=""/>', "text"),
        ('<text page="0" rect="0,0,9,9" inreplyto="gone" statemodel="Review" state="Accepted"/>', "text"),
        ('<square page="0" rect="0,0,9,9"><appearance>PD94</appearance></square>', "appearance"),
    ],
)
def test_what_is_left_out_is_said(annotation: str, what: str) -> None:
    markups, lost = read_xfdf(an_xfdf(annotation, '<square page="3" rect="0,0,9,9" name="good"/>'))

    assert (3, "good") == (markups[-1][0], markups[-1][1].id)
    assert [(what, 1)] == [(loss.what, loss.count) for loss in lost]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%FDF-1.2",
        b"<fdf/>",
        b"<xfdf><annots>",
        b'<!DOCTYPE xfdf [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xfdf><annots/></xfdf>',
        b'<!DOCTYPE xfdf SYSTEM "file:///etc/passwd"><xfdf><annots/></xfdf>',
        b"<xfdf><annots>" + b"<a>" * 300 + b"</a>" * 300 + b"</annots></xfdf>",
        b"<xfdf><annots>" + b"<text/>" * 20_001 + b"</annots></xfdf>",
        b'<?xml version="1.0" encoding="klingon"?><xfdf/>',
    ],
    ids=["nothing", "fdf", "other", "cut", "entities", "dtd", "deep", "many", "encoding"],
)
def test_what_is_no_xfdf_is_refused(data: bytes) -> None:
    with pytest.raises(SourceDamaged):
        read_xfdf(data)


def test_answers_in_a_circle_are_markups() -> None:
    markups, lost = read_xfdf(
        an_xfdf(*(f'<text page="0" rect="0,0,9,9" name="n{row}" inreplyto="n{(row + 1) % 3}"/>' for row in range(3)))
    )

    assert (1, 2, ()) == (len(markups), len(markups[0][1].replies), lost)


def test_a_long_chain_of_answers_takes_no_time() -> None:
    chain = [f'<text page="0" rect="0,0,9,9" name="n{row}" inreplyto="n{row - 1}"/>' for row in range(19_999, -1, -1)]

    markups, lost = read_xfdf(an_xfdf(*chain))

    assert (1, 500, 19_499) == (len(markups), len(markups[0][1].replies), lost[0].count)


def test_names_that_are_not_unique_become_so() -> None:
    same = '<square page="0" rect="0,0,9,9" name="{}"/>'

    markups, _ = read_xfdf(an_xfdf(*(same.format(name) for name in ("a", "a", "", "xfdf-0", "b"))))

    assert ["a", "xfdf-1", "xfdf-2", "xfdf-3", "b"] == [markup.id for _, markup in markups]


def test_what_is_written_is_well_formed_and_says_where_it_is() -> None:
    reply = Reply(id="r", author="Bob", text="<&>", created_at=0, modified_at=0)
    written = write_xfdf([(4, a_markup(*(a_shape(kind) for kind in LEAST), replies=(reply,)))])

    annots = ET.fromstring(written)[0]  # noqa: S314 what we wrote ourselves
    assert len(LEAST) + 1 == len(annots)
    assert {"4"} == {one.get("page") for one in annots}
    assert all(4 == len(one.attrib["rect"].split(",")) for one in annots)
    assert "{http://ns.adobe.com/xfdf/}annots" == annots.tag


@given(any_markup)
def test_what_is_written_is_read_back(markup: Markup) -> None:
    taken = with_ids(markup)

    markups, lost = read_xfdf(write_xfdf([(2, taken)]))

    assert ((), 2) == (lost, markups[0][0])
    assert expected(taken) == rounded(markups[0][1])


_VALUES = st.sampled_from(
    [
        "",
        "0",
        "1,2",
        "1,2,30,40",
        "0,0,0,0",
        "-1e6,1e6,0,0",
        "nan",
        "inf",
        "1e400",
        "9999999999999999999999999999999999999999",
        "#ff0000",
        "cloudy",
        "dash",
        "LineDimension",
        "1,2,3,4,5,6,7,8",
        "group",
        "a",
        "b",
        "\u0661",
        "-5",
        "D:2024",
        "0.0.0",
    ]
)
_NAMES = [
    "page",
    "rect",
    "fringe",
    "coords",
    "start",
    "end",
    "color",
    "interior-color",
    "width",
    "opacity",
    "style",
    "dashes",
    "intensity",
    "IT",
    "leaderLength",
    "head",
    "tail",
    "callout",
    "justification",
    "rotation",
    "icon",
    "name",
    "inreplyto",
    "replyType",
    "title",
    "subject",
    "date",
    "creationdate",
    "flags",
    "statemodel",
]


@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(_NAMES), _VALUES)), max_size=5),
    st.lists(st.tuples(st.sampled_from(["contents", "vertices", "gesture", "defaultappearance", "p"]), _VALUES)),
)
def test_whatever_stands_in_it_becomes_markups_or_is_left_out(
    found: list[tuple[str, dict[str, str]]], inside: list[tuple[str, str]]
) -> None:
    """What is read can be stored, and written again."""
    children = "".join(f"<{tag}>{text}</{tag}>" for tag, text in inside)
    annotations = (
        f"<{tag} {' '.join(f'{name}={value!r}' for name, value in {'page': '0', **given}.items())}>{children}</{tag}>"
        for tag, given in found
    )

    markups, lost = read_xfdf(an_xfdf(*annotations))

    kept = sum(len(one.shapes) + len(one.replies) for _, one in markups)
    assert len(found) == kept + sum(loss.count for loss in lost)
    assert [one for _, one in markups] == [parse_markup(one.json()) for _, one in markups]
    assert len(markups) == len(read_xfdf(write_xfdf(markups))[0])


def with_ids(markup: Markup) -> Markup:
    """Return a markup whose names are unique and of one form."""
    replies = tuple(replace(reply, id=f"reply {row}") for row, reply in enumerate(markup.replies))
    return replace(markup, id="the markup", replies=replies)


def expected(markup: Markup) -> Markup:
    """Return what XFDF can say of a markup."""
    replies = tuple(
        replace(one, created_at=to_second(one.created_at), modified_at=to_second(one.modified_at))
        for one in markup.replies
    )
    return rounded(
        replace(
            markup,
            created_at=to_second(markup.created_at),
            modified_at=to_second(markup.modified_at),
            shapes=tuple(map(sayable, markup.shapes)),
            replies=replies,
        )
    )


def to_second(ms: int) -> int:
    """Return a time without what is less than a second; none is after the year 9999."""
    return min(ms, 253_402_300_799_999) // 1000 * 1000


def sayable(shape: Shape) -> Shape:
    """Return what XFDF can say of a shape: no links, and lines and insides only of what has them there."""
    shape = replace(shape, link=None)
    if not isinstance(shape, Line | Dimension | Polyline | Polygon | Rectangle | Ellipse | TextBox):
        shape = replace(shape, fill=None)
    if shape.kind in {"note", "stamp", "caret"} or isinstance(shape, TextMark):
        shape = replace(shape, width=1.0, dash=())
    if isinstance(shape, Dimension):
        shape = replace(shape, font_size=9.0)
    if isinstance(shape, Stamp | TextBox):
        shape = replace(shape, turn=shape.turn or 0)
    if isinstance(shape, TextBox) and shape.stroke is None:
        shape = replace(shape, width=0.0, stroke=shape.text_color)
    if isinstance(shape, TextBox) and not shape.callout:
        shape = replace(shape, ending="none")
    return shape


def rounded(markup: Markup) -> Markup:
    """Return a markup whose text boxes lie where they do to a thousandth: those with a callout are sums."""
    return replace(
        markup,
        shapes=tuple(
            replace(shape, rect=near(*shape.rect)) if isinstance(shape, TextBox) else shape for shape in markup.shapes
        ),
    )


def near(left: float, bottom: float, right: float, top: float) -> Rect:
    """Return a rectangle to a thousandth."""
    return (round(left, 3), round(bottom, 3), round(right, 3), round(top, 3))

"""Markups on pages of a PDF, as PDFium shows them and as other programs read them."""

import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # the library has no types
import pytest
from numpy.typing import NDArray
from pikepdf import Name

from outfeed.sheets.markups.drawing import add_markups, rotation_of
from outfeed.sheets.markups.model import Markup, Reply
from outfeed.sheets.markups.shapes import ENDINGS, ICONS, SHAPES, Shape
from outfeed.sheets.model import Loss
from unit.markup_helpers import LEAST, a_markup, a_shape

#: Corners of what is seen of the pages here, which is neither at their origin nor square.
CROP = (50, 40, 350, 240)
REPLY = Reply(id="r1", author="Bob", text="Why?", created_at=1_700_000_000_000, modified_at=1_700_000_000_000)


def a_page(*, rotate: int = 0, crop: tuple[float, ...] = (0, 0, 300, 300), unit: float = 1.0) -> pikepdf.Pdf:
    """Return a PDF of one white page."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 400))
    page.obj.CropBox = pikepdf.Array(list(crop))
    page.obj.Rotate = rotate
    if unit != 1.0:
        page.obj.UserUnit = unit
    return pdf


def marked(pdf: pikepdf.Pdf, *shapes: Shape, links: bool = False) -> pikepdf.Pdf:
    """Return the PDF with a markup of these shapes on its page."""
    add_markups(pdf, pdf.pages[0], [a_markup(*shapes)], links=links)
    return pdf


def saved(pdf: pikepdf.Pdf) -> bytes:
    """Return the bytes of a PDF."""
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def pixels(pdf: pikepdf.Pdf) -> NDArray[np.uint8]:
    """Return what is seen of the page, a pixel for each of its units, which PDFium takes for points in any case."""
    page = pdfium.PdfDocument(saved(pdf))[0]
    return np.asarray(page.render().to_pil().convert("RGB"))


def ink(pdf: pikepdf.Pdf) -> NDArray[np.bool_]:
    """Return where it is not white."""
    dark: NDArray[np.bool_] = pixels(pdf).min(axis=2) < 250
    return dark


def box_of(mask: NDArray[np.bool_]) -> list[int]:
    """Return left, top, right and bottom of what is set."""
    rows, columns = np.nonzero(mask)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


def seen_at(x: float, y: float, rotate: int) -> tuple[float, float]:
    """Return where a point of the page is in its picture: columns and rows from the upper left."""
    left, bottom, right, top = CROP
    return {
        0: (x - left, top - y),
        90: (y - bottom, x - left),
        180: (right - x, y - bottom),
        270: (top - y, right - x),
    }[rotate]


@pytest.mark.parametrize("unit", [1.0, 2.5])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_shape_is_where_the_page_has_it_however_the_page_is_shown(rotate: int, unit: float) -> None:
    pdf = marked(a_page(rotate=rotate, crop=CROP, unit=unit), a_shape(rect=[100, 120, 180, 160], fill="#0000ff"))

    corners = [seen_at(100, 120, rotate), seen_at(180, 160, rotate)]
    (x0, y0), (x1, y1) = corners
    assert [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)] == pytest.approx(box_of(ink(pdf)), abs=1)


@pytest.mark.parametrize("turn", [None, 0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_text_begins_where_its_turn_says(rotate: int, turn: int | None) -> None:
    """Without a turn it is upright as the page is shown: a short word is then in the upper left of its box."""
    box = a_shape("text_box", rect=[100, 80, 200, 180], text="H", stroke=None, turn=turn)
    left, top, right, bottom = box_of(ink(marked(a_page(rotate=rotate, crop=CROP), box)))

    shown = (0 if turn is None else rotate - turn) % 360
    corner = {0: (100, 180), 90: (200, 180), 180: (200, 80), 270: (100, 80)}[(rotate - shown) % 360 * -1 % 360]
    x, y = seen_at(*corner, rotate)
    assert abs((left + right) / 2 - x) < 15
    assert abs((top + bottom) / 2 - y) < 15


@pytest.mark.parametrize("kind", SHAPES)
def test_every_shape_is_seen_and_stays_inside_of_its_annotation(kind: str) -> None:
    pdf = marked(a_page(), a_shape(kind, width=3))

    left, bottom, right, top = (float(edge) for edge in pdf.pages[0].Annots[0].Rect)
    seen = box_of(ink(pdf))
    assert [left <= seen[0] + 1, 300 - top <= seen[1] + 1, right >= seen[2] - 1, 300 - bottom >= seen[3] - 1] == [
        True
    ] * 4


@pytest.mark.parametrize("kind", ["rectangle", "ellipse", "polygon"])
def test_a_cloud_swells_beyond_its_outline(kind: str) -> None:
    plain, cloud = (box_of(ink(marked(a_page(), a_shape(kind, cloud=size)))) for size in (0, 1))

    assert all(edge < other for edge, other in zip(cloud[:2], plain[:2], strict=True))
    assert all(edge > other for edge, other in zip(cloud[2:], plain[2:], strict=True))


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != "none"])
def test_every_end_of_a_line_is_drawn(ending: str) -> None:
    plain, ended = (
        ink(marked(a_page(), a_shape("line", points=[[50, 150], [250, 150]], ends=["none", end])))
        for end in ("none", ending)
    )

    assert np.count_nonzero(ended[:, 235:] & ~plain[:, 235:]) >= 5
    assert np.array_equal(plain[:, :200], ended[:, :200])


@pytest.mark.parametrize("icon", ICONS)
def test_every_picture_of_a_note_is_twenty_by_twenty(icon: str) -> None:
    left, top, right, bottom = box_of(ink(marked(a_page(), a_shape("note", icon=icon))))

    assert (100, 100) <= (left, top)
    assert (120, 120) >= (right, bottom)
    assert right - left >= 18


def test_a_highlight_lets_the_words_be_seen() -> None:
    pdf = a_page()
    pdf.pages[0].contents_add(b"0 0 0 rg 120 105 20 10 re f")

    picture = pixels(marked(pdf, a_shape("highlight", stroke="#ffff00")))

    assert [[0, 0, 0], [255, 255, 0]] == picture[[190, 190], [130, 180]].tolist()


def test_what_is_seen_through_is_so_as_a_whole() -> None:
    """Where strokes of a pen cross, it is not darker."""
    cross = a_shape("ink", strokes=[[[100, 150], [200, 150]], [[150, 100], [150, 200]]], width=10, opacity=0.5)

    picture = pixels(marked(a_page(), cross))

    assert picture[150, 120].tolist() == picture[150, 150].tolist() == pytest.approx([255, 127, 127], abs=1)


def test_text_of_any_alphabet_is_shown_and_can_be_searched() -> None:
    pdf = marked(a_page(), a_shape("text_box", text="Größe Ωμέγα чертёж"))
    form = pdf.pages[0].Annots[0].AP.N
    sheet = pikepdf.new()
    page = sheet.add_blank_page(page_size=(300, 300))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=sheet.copy_foreign(form)))
    page.contents_add(b"/F Do")

    text = pdfium.PdfDocument(saved(sheet))[0].get_textpage().get_text_range()

    assert ["Größe", "Ωμέγα", "чертёж"] == text.split()


def test_what_cannot_be_seen_of_a_text_is_said() -> None:
    pdf = a_page()
    box = a_shape("text_box", rect=[100, 100, 200, 130], text="漢字 and more\nthan two lines\nof text")

    lost = add_markups(pdf, pdf.pages[0], [a_markup(box)], links=False)

    assert ("characters of markups", 2) == (lost[0].what, lost[0].count)
    assert "U+5B57, U+6F22." in lost[0].why
    assert Loss(what="lines of text boxes", why=lost[1].why, count=2) == lost[1]
    assert box.text == str(pdf.pages[0].Annots[0].Contents)


def test_programs_read_who_drew_what_and_when() -> None:
    pdf = marked(a_page(), a_shape(text="Check this", subject="Wall", opacity=0.5))
    annotation = pdf.pages[0].Annots[0]

    found = {name: str(annotation[name]) for name in ("/NM", "/T", "/Contents", "/Subj", "/CreationDate", "/M")}
    assert {
        "/NM": "m1",
        "/T": "Ada",
        "/Contents": "Check this",
        "/Subj": "Wall",
        "/CreationDate": "D:20231114221320Z",
        "/M": "D:20231114221420Z",
    } == found
    assert (4, 0.5) == (int(annotation.F), float(annotation.CA))
    assert annotation.P.objgen != (0, 0)


@pytest.mark.parametrize(
    ("kind", "given", "entries"),
    [
        ("line", {"ends": ["none", "open_arrow"]}, {"/L": [100, 100, 200, 150], "/LE": ["/None", "/OpenArrow"]}),
        ("dimension", {"offset": 12}, {"/IT": "/LineDimension", "/LL": 12, "/Cap": True}),
        ("polyline", {}, {"/Vertices": [100, 100, 150, 200, 200, 100], "/LE": ["/None", "/None"]}),
        ("polygon", {"cloud": 1}, {"/IT": "/PolygonCloud", "/BE": {"/S": "/C", "/I": 1}}),
        ("rectangle", {"fill": "#ff0000"}, {"/IC": [1, 0, 0], "/BS": {"/W": 1, "/S": "/S"}}),
        ("ellipse", {"dash": [3, 2]}, {"/Subtype": "/Circle", "/BS": {"/W": 1, "/S": "/D", "/D": [3, 2]}}),
        ("ink", {"strokes": [[[1, 2], [3, 4]]]}, {"/InkList": [[1, 2, 3, 4]]}),
        ("highlight", {}, {"/QuadPoints": [100, 120, 200, 120, 100, 100, 200, 100]}),
        ("text_box", {"align": "right"}, {"/Q": 2, "/C": [], "/DA": "0.000 0.000 0.000 rg /Helv 12 Tf"}),
        ("text_box", {"callout": [[1, 2], [3, 4]]}, {"/CL": [1, 2, 3, 4], "/IT": "/FreeTextCallout", "/LE": "/None"}),
        ("note", {"icon": "help"}, {"/Name": "/Help", "/Subtype": "/Text"}),
        ("stamp", {"label": "Not approved"}, {"/Name": "/NotApproved"}),
    ],
)  # fmt: skip
def test_programs_read_what_the_shape_is(kind: str, given: dict[str, Any], entries: dict[str, Any]) -> None:
    pdf = marked(a_page(), a_shape(kind, **given))

    annotation = pdf.pages[0].Annots[0]
    assert entries == {name: plainly(annotation[name]) for name in entries}


def plainly(value: Any) -> Any:
    """Return a value of a PDF as Python has it."""
    if isinstance(value, pikepdf.Array):
        return [plainly(item) for item in value.as_list()]
    if isinstance(value, pikepdf.Dictionary):
        return {name: plainly(item) for name, item in value.items()}
    return value if isinstance(value, bool | int) else str(value) if isinstance(value, pikepdf.Object) else float(value)


def test_shapes_of_one_markup_are_a_group_and_replies_belong_to_it() -> None:
    pdf = a_page()
    add_markups(pdf, pdf.pages[0], [a_markup(a_shape(), a_shape("note"), replies=(REPLY,))], links=False)

    first, second, reply = pdf.pages[0].Annots
    assert ["m1", "m1/1", "r1"] == [str(one.NM) for one in (first, second, reply)]
    assert [first.objgen] * 2 == [one.IRT.objgen for one in (second, reply)]
    assert ["/Group", "/R"] == [str(one.RT) for one in (second, reply)]
    assert ("Bob", "Why?") == (str(reply.T), str(reply.Contents))


def test_a_reply_is_not_drawn() -> None:
    plain, answered = a_page(), a_page()
    add_markups(plain, plain.pages[0], [a_markup()], links=False)
    add_markups(answered, answered.pages[0], [a_markup(replies=(REPLY,))], links=False)

    assert np.array_equal(pixels(plain), pixels(answered))


@pytest.mark.parametrize("links", [True, False])
def test_addresses_are_links_only_if_wanted(links: bool) -> None:  # noqa: FBT001 a parameter of the table
    pdf = marked(a_page(), a_shape(link="https://example.org/x"), links=links)

    found = [str(one.A.URI) for one in pdf.pages[0].Annots if one.Subtype == Name.Link]
    assert (["https://example.org/x"] if links else []) == found


def test_annotations_that_are_there_stay() -> None:
    pdf = a_page()
    old = pdf.make_indirect(pikepdf.Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=pikepdf.Array([0, 0, 9, 9])))
    pdf.pages[0].obj.Annots = pdf.make_indirect(pikepdf.Array([old]))

    marked(pdf, a_shape())

    assert ["/Text", "/Square"] == [str(one.Subtype) for one in pdf.pages[0].Annots]


def test_no_markups_leave_the_page_as_it_is() -> None:
    pdf, same = a_page(), a_page()

    assert () == add_markups(pdf, pdf.pages[0], [], links=True)
    assert saved(same) == saved(pdf)


def every_shape() -> Markup:
    """Return a markup with each shape there is."""
    return a_markup(*(a_shape(kind) for kind in LEAST), replies=(REPLY,))


def test_the_same_markups_make_the_same_bytes() -> None:
    files = []
    for _ in range(2):
        pdf = a_page()
        add_markups(pdf, pdf.pages[0], [every_shape()], links=True)
        files.append(saved(pdf))

    assert files[0] == files[1]


def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    pdf = a_page()
    add_markups(pdf, pdf.pages[0], [every_shape()], links=True)
    pdf.save(tmp_path / "a.pdf", linearize=True)

    checked = subprocess.run(["qpdf", "--check", tmp_path / "a.pdf"], capture_output=True, text=True, check=False)

    assert (0, "") == (checked.returncode, checked.stderr)


@pytest.mark.parametrize(
    "shape",
    [
        a_shape("line", points=[[5, 5], [5, 5]], ends=["open_arrow", "slash"]),
        a_shape("dimension", points=[[5, 5], [5, 5]], offset=1e6),
        a_shape("polygon", points=[[5, 5]] * 3, cloud=1),
        a_shape("polygon", points=[[-1e6, -1e6], [1e6, 1e6], [1e6, -1e6]] * 3333, cloud=2),
        a_shape("ellipse", rect=[0, 0, 1e-9, 1e6], cloud=0.1),
        a_shape("ellipse", rect=[0, 0, 0.001, 0.001], width=100),
        a_shape("squiggly", quads=[[0] * 8, [1e6, 1, -1e6, 1, 1e6, 0, -1e6, 0]]),
        a_shape("text_box", rect=[0, 0, 0.1, 1e6], text="word " * 2000, font_size=1),
        a_shape("text_box", rect=[0, 0, 1e6, 10], text="w " * 5000, font_size=1),
        a_shape("text_box", rect=[0, 0, 10, 10], text="w" * 10_000, font_size=1000),
        a_shape("stamp", rect=[0, 0, 0.1, 0.1], label="Approved"),
        a_shape("ink", strokes=[[[1, 1]]], width=0),
        a_shape("rectangle", stroke=None),
    ],
    ids=lambda shape: shape.kind,
)
def test_what_is_odd_is_drawn_all_the_same(shape: Shape) -> None:
    pdf = marked(a_page(), shape)

    left, bottom, right, top = (float(edge) for edge in pdf.pages[0].Annots[0].Rect)
    assert (True, True) == (left < right, bottom < top)
    assert (300, 300, 3) == pixels(pdf).shape
    assert len(saved(pdf)) < 1_000_000


@pytest.mark.parametrize(("value", "found"), [(0, 0), (90, 90), (-90, 270), (450, 90), (45, 0), ("x", 0)])
def test_the_rotation_of_a_page_is_one_of_four(value: Any, found: int) -> None:
    pdf = a_page()
    pdf.pages[0].obj.Rotate = value

    assert found == rotation_of(pdf.pages[0])


def test_the_rotation_of_a_page_may_be_its_parents() -> None:
    pdf = a_page()
    del pdf.pages[0].obj["/Rotate"]
    pdf.pages[0].obj.Parent.Rotate = 90

    assert 90 == rotation_of(pdf.pages[0])

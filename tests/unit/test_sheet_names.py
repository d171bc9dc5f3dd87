"""What sheets of a PDF are called."""

from pathlib import Path

import pikepdf
import pytest

from outfeed.sheets.model import SheetLimits
from outfeed.sheets.pdf.cost import drawn_bytes
from outfeed.sheets.pdf.names import sheet_names, unique
from outfeed.sheets.pdf.opening import open_pdf
from outfeed.sheets.pdf.texts import cleaned
from unit.corpus import needs_data
from unit.mesh_helpers import DATA
from unit.sheet_files import a_pdf, text_at, title_block, with_bookmarks


def names_of(path: Path) -> list[tuple[str, str]]:
    with open_pdf(path, SheetLimits()) as opened:
        return sheet_names(opened, path)


def plain(path: Path) -> list[str]:
    return [name for name, _ in names_of(path)]


def test_labels_and_bookmarks_of_a_set_become_names_and_titles(tmp_path: Path) -> None:
    path = a_pdf(tmp_path / "a.pdf", ["", ""], labels="<</Nums[0<</P(A-)/S/D/St 101>>]>>")
    with_bookmarks(path, [("A-101 – Ground floor", 0), ("Roof", 1)])

    assert [("A-101", "Ground floor"), ("A-102", "Roof")] == names_of(path)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("<</Nums[0<</S/r>>2<</S/D>>]>>", ["i", "ii", "1", "2"]),
        ("<</Nums[0<</S/R/St 1999>>]>>", ["MCMXCIX", "MM", "MMI", "MMII"]),
        ("<</Nums[0<</S/A/St 26>>]>>", ["Z", "AA", "BB", "CC"]),
        ("<</Nums[0<</S/a/St 1000000>>]>>", ["1000000", "1000001", "1000002", "1000003"]),
        (
            "<</Nums[0<</P(Cover)>>1<</P(Cover)>>2<</P<FEFF004100630068007300E9>>>]>>",
            ["Cover", "Cover (2)", "Achsé", "Achsé (2)"],
        ),
        ("<</Nums[2<</P(X)/S/D>>]>>", ["Page 1", "Page 2", "X1", "X2"]),
        ("<</Nums[0<</S/D>>]>>", ["Page 1", "Page 2", "Page 3", "Page 4"]),
        ("<</Kids[<</Nums[0<</P(a)>>1<</P(b)>>]>><</Nums[2<</P(c)>>3<</P(d)>>]>>]>>", ["a", "b", "c", "d"]),
        ("<</Nums[-1<</P(x)>>(y)<</P(y)>>0 7 9<</P(z)>>]>>", ["Page 1", "Page 2", "Page 3", "Page 4"]),
        ("[1 2]", ["Page 1", "Page 2", "Page 3", "Page 4"]),
    ],
)
def test_page_labels_are_read(tmp_path: Path, labels: str, expected: list[str]) -> None:
    assert expected == plain(a_pdf(tmp_path / "a.pdf", [""] * 4, labels=labels))


def test_a_number_tree_that_contains_itself_ends(tmp_path: Path) -> None:
    path = a_pdf(tmp_path / "a.pdf", [""] * 2)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        node = pdf.make_indirect(pikepdf.Object.parse(b"<</Nums[1<</P(B)>>]>>"))
        node.Kids = pikepdf.Array([node, node])
        pdf.Root.PageLabels = node
        pdf.save(path)

    assert ["Page 1", "B"] == plain(path)


def test_a_number_tree_deeper_than_any_is_left_when_it_has_more_nodes_than_pages(tmp_path: Path) -> None:
    path = a_pdf(tmp_path / "a.pdf", [""])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        node = pdf.make_indirect(pikepdf.Object.parse(b"<</Nums[0<</P(B)>>]>>"))
        for _ in range(2_000):
            node = pdf.make_indirect(pikepdf.Dictionary(Kids=pikepdf.Array([node])))
        pdf.Root.PageLabels = node
        pdf.save(path)

    assert ["Page 1"] == plain(path)


@needs_data
def test_labels_of_a_real_file_are_read_though_they_are_odd() -> None:
    assert ["X3"] == plain(DATA / "pdf" / "pdfjs-bad-PageLabels.pdf")


@pytest.mark.parametrize("number", ["A-101", "A101", "S2.01", "M-001", "01-A-100", "FP-1.02a"])
def test_the_number_in_the_title_block_is_the_name(tmp_path: Path, number: str) -> None:
    assert [number, "E-999"] == plain(a_pdf(tmp_path / "a.pdf", [title_block(number), title_block("E-999")]))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Sheet: A-7", "A-7"),
        ("SHEET NO. 1401-AR-DR-1001", "1401-AR-DR-1001"),
        ("Blatt-Nr. 07.3", "07.3"),
        ("Plan Nr.: W-12", "W-12"),
        ("Drawing number 2117", "2117"),
        ("SHEET #2117", "2117"),
    ],
)
def test_a_number_behind_a_word_may_be_small(tmp_path: Path, text: str, number: str) -> None:
    assert [number] == plain(a_pdf(tmp_path / "a.pdf", [title_block(text, size=8)]))


@pytest.mark.parametrize(
    "content",
    [
        title_block("A-101", size=10),
        title_block("A3"),
        title_block("ISO-9001"),
        title_block("S355"),
        title_block("1:100"),
        title_block("C25/30"),
        title_block("Sheet 3 of 12", size=8),
        title_block("Sheet: 12 of 120", size=8),
        title_block("Business plan 2026", size=8),
        title_block("Sheet metal-2", size=8),
        title_block("A-101", extra=text_at(900, 60, "A-102", size=24)),
        text_at(60, 700, "A-101", size=30) + text_at(60, 600, "elsewhere on the sheet"),
        text_at(1050, 60, "XA-101B7", size=30),
    ],
)
def test_what_is_no_certain_number_is_not_taken(tmp_path: Path, content: str) -> None:
    assert ["Page 1"] == plain(a_pdf(tmp_path / "a.pdf", [content]))


def test_a_number_that_two_pages_have_is_the_name_of_neither(tmp_path: Path) -> None:
    contents = [title_block("A-101"), title_block("A-101"), title_block("A-103")]

    assert ["Page 1", "Page 2", "A-103"] == plain(a_pdf(tmp_path / "a.pdf", contents))


@pytest.mark.parametrize(("rotate", "x", "y"), [(90, 1100, 700), (180, 100, 780), (270, 60, 180)])
def test_the_corner_is_that_of_the_page_as_it_is_shown(tmp_path: Path, rotate: int, x: float, y: float) -> None:
    turn = {90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}[rotate]
    content = f"BT /F 30 Tf {turn} {x} {y} Tm (A-101) Tj ET\n" + text_at(500, 400, "a note in the middle")

    assert ["A-101"] == plain(a_pdf(tmp_path / "a.pdf", [content], rotate=rotate))


def test_type_is_measured_as_it_is_drawn(tmp_path: Path) -> None:
    small = "q .1 0 0 .1 0 0 cm BT /F 60 Tf 10500 600 Td (A-101) Tj ET Q\n"
    large = "q 30 0 0 30 0 0 cm BT /F 1 Tf 34 1.5 Td (A-202) Tj ET Q\n"

    assert ["A-202"] == plain(a_pdf(tmp_path / "a.pdf", [text_at(60, 700, "notes") + small + large]))


def test_bookmarks_are_names_where_each_page_has_its_own(tmp_path: Path) -> None:
    path = with_bookmarks(a_pdf(tmp_path / "a.pdf", ["", ""]), [("Ground floor", 0), ("Roof", 1)])

    assert [("Ground floor", ""), ("Roof", "")] == names_of(path)


def test_bookmarks_are_titles_only_where_a_page_has_none_or_two(tmp_path: Path) -> None:
    path = with_bookmarks(a_pdf(tmp_path / "a.pdf", [""] * 3), [("Floor", 0), ("Roof", 1), ("Again", 1)])

    assert [("Page 1", "Floor"), ("Page 2", ""), ("Page 3", "")] == names_of(path)


@needs_data
def test_an_outline_that_runs_in_a_circle_ends() -> None:
    assert [("Page 1", "")] == names_of(DATA / "hostile" / "pdf" / "outline_cycle.pdf")


def test_equal_names_are_numbered_and_stay_short() -> None:
    long = "x" * 255

    assert ["A (2)", "A", "A (3)", "A (4)"] == unique(["A (2)", "A", "A", "A"])
    assert [long, "x" * 251 + " (2)"] == unique([long, long])


def test_ten_thousand_equal_names_are_numbered_quickly() -> None:
    made = unique(["A"] * 10_000)

    assert (10_000, "A (10000)") == (len(set(made)), made[-1])


def test_a_name_is_one_line_that_can_be_printed() -> None:
    assert "A B/C é" == cleaned(" A\u202e\n\tB/C\x00 e\u0301\ud800 ")


@needs_data
def test_the_names_of_a_large_set_are_in_its_title_blocks() -> None:
    path = DATA / "pdf" / "made-sheetset_12.pdf"
    with open_pdf(path, SheetLimits()) as opened:
        del opened.pdf.Root.PageLabels
        names = sheet_names(opened, path)

    assert [f"A-{number}" for number in range(101, 113)] == [name for name, _ in names]


@needs_data
@pytest.mark.parametrize("name", ["form_fanout", "form_recursion", "flate_bomb_256mb", "flate_twice_1gb"])
def test_a_page_that_would_never_end_is_known_before_it_is_drawn(name: str) -> None:
    with open_pdf(DATA / "hostile" / "pdf" / f"{name}.pdf", SheetLimits()) as opened:
        assert 1 << 23 == drawn_bytes(opened.leaf(0), most=1 << 23)


def test_a_form_counts_as_often_as_it_is_drawn_also_without_resources_of_its_own(tmp_path: Path) -> None:
    path = a_pdf(tmp_path / "a.pdf", ["/A Do /#41 Do"])
    with open_pdf(path, SheetLimits()) as opened:
        pdf = opened.pdf
        inner, outer = pdf.make_stream(b"0 0 1 1 re f" * 100), pdf.make_stream(b"/B Do /B Do /B Do")
        for form in (inner, outer):
            form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        pdf.pages[0].obj.Resources.XObject = pikepdf.Dictionary(A=outer, B=inner)

        assert 14 + 2 * (18 + 3 * 1201) == drawn_bytes(opened.leaf(0), most=1 << 20)

"""Sheets of several PDFs become one."""

from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged
from outfeed.sheets.model import Loss, PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.join import join_sheets
from unit.corpus import needs_data
from unit.mesh_helpers import DATA
from unit.sheet_files import a_pdf, shown, text_at

pytestmark = needs_data

ALL = PageOptions(markups=True, hyperlinks=True)
SET = DATA / "pdf" / "made-sheetset_12.pdf"
FORM = DATA / "pdf" / "qpdf-form-fields-and-annotations-shared.pdf"
TEXTS = DATA / "pdf" / "gotenberg-pages_12.pdf"


def join(tmp_path: Path, *sheets: SheetSource, options: PageOptions = ALL) -> tuple[Loss, ...]:
    lost = join_sheets(sheets, tmp_path / "set.pdf", options=options, title="The set", limits=SheetLimits())
    run(["qpdf", "--check", tmp_path / "set.pdf"], check=True, capture_output=True)
    return lost


def a_sheet(pdf: Path, index: int, name: str = "", **more: dict[int, str]) -> SheetSource:
    return SheetSource(pdf=pdf, index=index, name=name or f"Sheet {index}", **more)  # type: ignore[arg-type] # addresses only


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[pikepdf.Pdf]:
    """Open what was joined, when a test asks for it."""
    path = tmp_path / "set.pdf"
    join(tmp_path, a_sheet(SET, 3, "A-104"), a_sheet(TEXTS, 0, "Cover / é"), a_sheet(SET, 0, "A-101"))
    with pikepdf.open(path) as pdf:
        yield pdf


def test_each_sheet_has_its_bookmark_and_its_label(joined: pikepdf.Pdf) -> None:
    names = ["A-104", "Cover / é", "A-101"]
    with joined.open_outline() as outline:
        marks = [(item.title, joined.pages.index(pikepdf.Page(item.destination[0]))) for item in outline.root]  # type: ignore[index] # a destination is an array

    assert names == [str(page.label) for page in joined.pages]
    assert list(zip(names, range(3), strict=True)) == marks
    assert "The set" == str(joined.docinfo["/Title"])


@pytest.mark.parametrize("path", [SET, FORM, TEXTS, DATA / "pdf" / "pdfjs-tiling_patterns_variations.pdf"])
def test_each_page_looks_as_in_its_source(tmp_path: Path, path: Path) -> None:
    with pikepdf.open(path) as pdf:
        count = min(len(pdf.pages), 4)
    join(tmp_path, *(a_sheet(path, index) for index in reversed(range(count))))
    for index in range(count):
        ours = shown(tmp_path / "set.pdf", count - 1 - index, scale=0.5).astype(int)
        theirs = shown(path, index, scale=0.5).astype(int)

        assert 0.005 >= (np.abs(ours - theirs).max(axis=2) > 16).mean()


def test_equal_requests_give_equal_bytes(tmp_path: Path) -> None:
    sheets = [a_sheet(SET, 1), a_sheet(FORM, 0), a_sheet(FORM, 1), a_sheet(SET, 2)]
    join(tmp_path, *sheets)
    first = (tmp_path / "set.pdf").read_bytes()
    join(tmp_path, *sheets)

    assert first == (tmp_path / "set.pdf").read_bytes()


def linked(path: Path) -> Path:
    """Write a PDF of three pages, the first with links to both others."""
    a_pdf(path, [text_at(50, 50, f"CANARY{number}") for number in range(3)])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Annots = Array(
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), Dest=Array([page.obj, Name.Fit]))
            for page in pdf.pages[1:]
        )
        pdf.save(path)
    return path


def test_a_link_between_two_sheets_of_the_set_leads_to_the_new_page(tmp_path: Path) -> None:
    path = linked(tmp_path / "a.pdf")
    lost = join(tmp_path, a_sheet(path, 2), a_sheet(path, 0))
    with pikepdf.open(tmp_path / "set.pdf") as pdf:
        (link,) = pdf.pages[1].obj.Annots

        assert pdf.pages[0].obj.objgen == link.Dest[0].objgen
        assert b"CANARY1" not in b"".join(page.Contents.read_bytes() for page in pdf.pages)
    assert [("Link", 1)] == [(item.what, item.count) for item in lost]


def test_a_link_to_a_sheet_that_is_not_in_the_set_leads_to_its_address(tmp_path: Path) -> None:
    path = linked(tmp_path / "a.pdf")
    join(tmp_path, a_sheet(path, 0, addresses={1: "https://example.org/1", 2: "javascript:x"}))
    with pikepdf.open(tmp_path / "set.pdf") as pdf:
        (link,) = pdf.pages[0].obj.Annots

        assert "https://example.org/1" == str(link.A.URI)


def test_fields_of_one_name_are_told_apart(tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(FORM.read_bytes())
    join(tmp_path, a_sheet(FORM, 0), a_sheet(FORM, 1), a_sheet(other, 0))
    with pikepdf.open(tmp_path / "set.pdf") as pdf:
        names = [str(field.T) for field in pdf.Root.AcroForm.Fields]

    assert len(names) == len(set(names)) > 2
    assert any(name.endswith("_3") for name in names)


def test_what_sheets_of_one_source_share_is_there_once(tmp_path: Path) -> None:
    join(tmp_path, *(a_sheet(TEXTS, index) for index in range(12)))

    assert TEXTS.stat().st_size * 1.2 > (tmp_path / "set.pdf").stat().st_size


def test_layers_are_there_once_for_each_source(tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(SET.read_bytes())
    join(tmp_path, *(a_sheet(SET, index) for index in range(4)), a_sheet(other, 0))
    with pikepdf.open(tmp_path / "set.pdf") as pdf:
        names = [str(group["/Name"]) for group in pdf.Root.OCProperties.OCGs]

    assert ["A-WALL", "A-WALL"] == names


def test_a_layer_that_is_off_stays_off_beside_those_of_others(tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    with pikepdf.open(SET) as pdf:
        pdf.Root.OCProperties.D = Dictionary(BaseState=Name.OFF)
        pdf.save(other)
    join(tmp_path, a_sheet(SET, 0), a_sheet(other, 0))
    for index, path in enumerate((SET, other)):
        assert np.array_equal(shown(path, 0, scale=0.2), shown(tmp_path / "set.pdf", index, scale=0.2))


def test_no_sheets_and_too_many_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSheets):
        join(tmp_path)
    with pytest.raises(DrawingTooLarge):
        join(tmp_path, *[a_sheet(SET, 0)] * 1_001)
    with pytest.raises(NoSheets, match="Sheet A-113"):
        join(tmp_path, a_sheet(SET, 12, "A-113"))


def test_the_sheet_whose_source_is_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged, match="Sheet B-1"):
        join(tmp_path, a_sheet(SET, 0), a_sheet(DATA / "hostile" / "pdf" / "text_not_pdf.pdf", 0, "B-1"))

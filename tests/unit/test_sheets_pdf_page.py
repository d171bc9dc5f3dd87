"""One page of a PDF as a file of its own: what it has, and that nothing of the others is in it."""

import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from outfeed import errors
from outfeed.sheets.model import SheetLimits
from unit.pdf_files import a_look, a_pdf, an_annotation, exported, put

#: Text that belongs to another page or to the document, and may be nowhere.
CANARY = "canaryofanotherpage"


def a_form(pdf: pikepdf.Pdf, content: bytes, **entries: object) -> pikepdf.Object:
    """Return a form that pages may paint."""
    return a_look(pdf, content, **entries)["/N"]


def test_a_page_becomes_a_file_of_one_page(tmp_path: Path) -> None:
    """It has one page, with the content of the one that was asked for."""
    page = exported(a_pdf(3), tmp_path, index=1)

    assert len(page.pdf.pages) == 1
    assert b"(text of page 2)" in page.page["/Contents"].read_bytes()


def test_a_page_is_linearised_and_sound(tmp_path: Path) -> None:
    """The qpdf program finds nothing wrong with it."""
    page = exported(a_pdf(), tmp_path)

    checked = subprocess.run(["qpdf", "--check", page.path], capture_output=True, text=True, check=False)
    assert (0, "") == (checked.returncode, checked.stderr)
    assert page.pdf.is_linearized


def test_the_same_page_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of a file depends on when it was written."""
    pdf = a_pdf()
    put(pdf, 0, an_annotation(pdf, "Square", AP=a_look(pdf)), an_annotation(pdf, "Text", Contents=String("x")))

    first = exported(pdf, tmp_path).path.read_bytes()
    second = exported(pdf, tmp_path).path.read_bytes()

    assert first == second


def test_text_of_other_pages_is_nowhere(tmp_path: Path) -> None:
    """Pages that share a dictionary of resources do not take each other along."""
    pdf = a_pdf(3)

    assert b"text of page 1" not in exported(pdf, tmp_path, index=1).all_bytes
    assert b"text of page 3" not in exported(pdf, tmp_path, index=1).all_bytes


def test_pictures_of_other_pages_stay_behind(tmp_path: Path) -> None:
    """Of a dictionary that the whole document shares only what the page paints is written."""
    pdf = a_pdf()
    shared = pdf.pages[0].obj["/Resources"]["/XObject"]
    shared["/Mine"], shared["/Theirs"] = a_form(pdf, b"% my form"), a_form(pdf, b"% " + CANARY.encode())
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"q /Mine Do Q /Theirs gs")

    page = exported(pdf, tmp_path)

    assert {"/Mine"} == page.page["/Resources"]["/XObject"].keys()
    assert CANARY.encode() not in page.all_bytes


def test_forms_bring_only_what_they_paint(tmp_path: Path) -> None:
    """Resources of forms are trimmed as those of the page are."""
    pdf = a_pdf()
    inner = Dictionary(A=a_form(pdf, b"% painted"), B=a_form(pdf, b"% " + CANARY.encode()))
    outer = a_form(pdf, b"/A Do", Resources=Dictionary(XObject=inner))
    pdf.pages[0].obj["/Resources"]["/XObject"]["/Outer"] = outer
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"/Outer Do")

    page = exported(pdf, tmp_path)

    assert {"/A"} == page.page["/Resources"]["/XObject"]["/Outer"]["/Resources"]["/XObject"].keys()
    assert CANARY.encode() not in page.all_bytes


def test_a_form_without_resources_keeps_those_of_its_page(tmp_path: Path) -> None:
    """Old files have forms that use what the page around them has."""
    pdf = a_pdf()
    pdf.pages[0].obj["/Resources"]["/XObject"]["/Old"] = a_form(pdf, b"BT /F1 9 Tf (old) Tj ET")
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"/Old Do")

    page = exported(pdf, tmp_path)

    assert {"/F1"} == page.page["/Resources"]["/XObject"]["/Old"]["/Resources"]["/Font"].keys()


def test_content_that_cannot_be_read_keeps_all_resources(tmp_path: Path) -> None:
    """Where it cannot be told what is used, nothing is taken away."""
    pdf = a_pdf()
    pdf.pages[0].obj["/Resources"]["/XObject"]["/Some"] = a_form(pdf, b"% some")
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"\0" * 200_000, {"/Filter": Name.LZWDecode})

    page = exported(pdf, tmp_path)

    assert {"/Some"} == page.page["/Resources"]["/XObject"].keys()


def test_names_of_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    """A name may be of any bytes, written plainly or with number signs."""
    pdf = a_pdf()
    forms = pikepdf.Object.parse(b"<< /A#e4x 0 >>")
    odd: Any = pikepdf.Object.parse(b"/A#e4x")
    forms[odd] = a_form(pdf, b"% named oddly")
    pdf.pages[0].obj["/Resources"]["/XObject"] = forms
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"/A\xe4x Do")

    assert b"% named oddly" in exported(pdf, tmp_path).all_bytes


def test_a_form_that_paints_itself_is_cut(tmp_path: Path) -> None:
    """What holds itself ends where it begins again."""
    pdf = a_pdf()
    form = a_form(pdf, b"/Again Do 0 0 5 5 re f")
    form["/Resources"] = Dictionary(XObject=Dictionary(Again=form))
    pdf.pages[0].obj["/Resources"]["/XObject"]["/Again"] = form
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"/Again Do")

    page = exported(pdf, tmp_path)

    assert "/XObject" not in page.page["/Resources"]["/XObject"]["/Again"]["/Resources"]


def test_what_other_programs_left_in_drawn_things_is_dropped(tmp_path: Path) -> None:
    """Data of the program that made a form, files beside it and its structure are no part of how it looks."""
    pdf = a_pdf()
    secret = pdf.make_stream(CANARY.encode())
    form = a_form(pdf, b"0 0 5 5 re f", PieceInfo=Dictionary(X=secret), Metadata=secret, AF=Array([secret]))
    pdf.pages[0].obj["/Resources"]["/XObject"]["/Fm"] = form
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"/Fm Do")
    pdf.pages[0].obj["/PieceInfo"] = Dictionary(X=secret)

    assert CANARY.encode() not in exported(pdf, tmp_path).all_bytes


@pytest.mark.parametrize(
    "key",
    ["Outlines", "Names", "Dests", "OpenAction", "AA", "Threads", "StructTreeRoot", "Collection", "DSS", "Perms", "AF"],
)
def test_nothing_of_the_document_comes_along(tmp_path: Path, key: str) -> None:
    """Bookmarks, names, scripts, attached files and structure belong to the document."""
    pdf = a_pdf()
    pdf.Root["/" + key] = pdf.make_indirect(Dictionary(Title=String(CANARY), Page=pdf.pages[1].obj))

    page = exported(pdf, tmp_path)

    assert "/" + key not in page.pdf.Root
    assert CANARY.encode() not in page.all_bytes


def test_the_title_is_the_name_of_the_sheet(tmp_path: Path) -> None:
    """What the document is called is not what the sheet is called."""
    pdf = a_pdf()
    pdf.docinfo["/Title"] = CANARY
    pdf.Root["/Metadata"] = pdf.make_stream(CANARY.encode())

    page = exported(pdf, tmp_path, name="A-101 <ground & first>")

    assert str(page.pdf.docinfo["/Title"]) == "A-101 <ground & first>"
    assert b"A-101 &lt;ground &amp; first&gt;" in page.pdf.Root["/Metadata"].read_bytes()
    assert CANARY.encode() not in page.all_bytes


def test_the_page_is_labelled_with_the_name_of_the_sheet(tmp_path: Path) -> None:
    """A reader shows the name where the number of the page would stand."""
    page = exported(a_pdf(), tmp_path, index=1, name="A-102")

    assert "[ 0 << /P (A-102) >> ]" == page.pdf.Root["/PageLabels"]["/Nums"].unparse().decode()


def test_what_stands_above_a_page_counts_for_it(tmp_path: Path) -> None:
    """Resources, boxes and turning may be written once for many pages."""
    pdf = a_pdf(1)
    page, top = pdf.pages[0].obj, pdf.Root["/Pages"]
    top["/MediaBox"], top["/CropBox"], top["/Rotate"] = Array([0, 0, 300, 400]), Array([10, 10, 90, 90]), 270
    top["/Resources"] = page["/Resources"]
    del page["/MediaBox"], page["/Resources"]

    made = exported(pdf, tmp_path).page

    assert [0, 0, 300, 400] == list(made["/MediaBox"])
    assert [10, 10, 90, 90] == list(made["/CropBox"])
    assert 270 == made["/Rotate"]
    assert {"/F1"} == made["/Resources"]["/Font"].keys()


def test_size_and_measures_of_a_page_are_kept(tmp_path: Path) -> None:
    """A sheet that says how it is measured can be measured in the export too."""
    pdf = a_pdf()
    measure = Dictionary(Type=Name.Measure, Subtype=Name.RL, R=String("1 cm = 1 m"))
    page = pdf.pages[0].obj
    page["/UserUnit"], page["/TrimBox"] = 2.5, Array([5, 5, 100, 90])
    page["/VP"] = Array([Dictionary(BBox=Array([0, 0, 9, 9]), Measure=measure)])

    made = exported(pdf, tmp_path).page

    assert 2.5 == float(made["/UserUnit"])
    assert [5, 5, 100, 90] == list(made["/TrimBox"])
    assert "1 cm = 1 m" == str(made["/VP"][0]["/Measure"]["/R"])


def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The sentence says how many there are."""
    with pytest.raises(errors.NoSheets, match="has 2 pages, and none at place 3"):
        exported(a_pdf(2), tmp_path, index=2)


def test_a_page_of_too_many_objects_is_refused(tmp_path: Path) -> None:
    """The work that a page may make has a bound."""
    pdf = a_pdf()
    pdf.pages[0].obj["/VP"] = Array([Dictionary(A=number) for number in range(100)])

    with pytest.raises(errors.DrawingTooLarge):
        exported(pdf, tmp_path, limits=SheetLimits(max_entities=50))

"""Markups and links of a page, each on or off."""

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from outfeed.sheets.model import PageOptions
from unit.pdf_files import ALL, NOTHING, a_link, a_look, a_pdf, an_annotation, exported, put

CANARY = b"canaryofanotherpage"


def a_marked_pdf() -> pikepdf.Pdf:
    """Return a PDF whose first page has a square, a link and a form field."""
    pdf = a_pdf()
    field = an_annotation(pdf, "Widget", T=String("field"), FT=Name.Tx)
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([field]))
    put(pdf, 0, an_annotation(pdf, "Square"), a_link(pdf, "https://example.com/a"), field)
    return pdf


@pytest.mark.parametrize(
    ("markups", "hyperlinks", "subtypes"),
    [
        (True, True, ["Square", "Link", "Widget"]),
        (True, False, ["Square", "Widget"]),
        (False, True, ["Link", "Widget"]),
        (False, False, ["Widget"]),
    ],
)
def test_markups_and_links_are_kept_as_asked(
    tmp_path: Path, *, markups: bool, hyperlinks: bool, subtypes: list[str]
) -> None:
    """Form fields are neither, and stay."""
    page = exported(a_marked_pdf(), tmp_path, options=PageOptions(markups=markups, hyperlinks=hyperlinks))

    assert subtypes == page.subtypes


def test_an_annotation_stays_an_annotation(tmp_path: Path) -> None:
    """Its words, colours and appearance can be read and changed as before."""
    pdf = a_pdf()
    put(
        pdf,
        0,
        an_annotation(pdf, "Square", Contents=String("move it"), C=Array([1, 0, 0]), AP=a_look(pdf, b"0 0 9 9 re f")),
    )

    (square,) = exported(pdf, tmp_path).annotations

    assert "move it" == str(square["/Contents"])
    assert [1, 0, 0] == list(square["/C"])
    assert b"0 0 9 9 re f" == square["/AP"]["/N"].read_bytes()


def test_windows_and_answers_go_with_their_markup(tmp_path: Path) -> None:
    """They lead to the copy of what they belong to."""
    pdf = a_pdf()
    note, window = an_annotation(pdf, "Text"), an_annotation(pdf, "Popup")
    answer = an_annotation(pdf, "Text", IRT=note, RT=Name.R)
    note["/Popup"], window["/Parent"] = window, note
    put(pdf, 0, note, window, answer)

    first, popup, second = (page := exported(pdf, tmp_path)).annotations

    assert first.objgen == popup["/Parent"].objgen == second["/IRT"].objgen
    assert popup.objgen == first["/Popup"].objgen
    assert 3 == len(page.annotations)


def test_a_window_without_its_markup_is_dropped(tmp_path: Path) -> None:
    """A markup of another page is not pulled in by its window."""
    pdf = a_pdf()
    put(pdf, 0, an_annotation(pdf, "Popup", Parent=an_annotation(pdf, "Text", Contents=String(CANARY))))

    page = exported(pdf, tmp_path)

    assert [] == page.annotations
    assert CANARY not in page.all_bytes


@pytest.mark.parametrize("address", ["https://example.com/a?b=c#d", "HTTP://example.com", "mailto:a@example.com"])
def test_links_to_the_web_are_kept(tmp_path: Path, address: str) -> None:
    """They lead where they led."""
    pdf = a_pdf()
    put(pdf, 0, a_link(pdf, address))

    (link,) = exported(pdf, tmp_path).annotations

    assert (Name.URI, address) == (link["/A"]["/S"], str(link["/A"]["/URI"]))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://example.com",
        "page.html",
        "http:",
        "a b:c",
        "java\nscript:alert(1)",
        "https://example.com/" + "a" * 9000,
        "",
    ],
)
def test_links_to_elsewhere_are_dropped(tmp_path: Path, address: str) -> None:
    """Only the web and mail are led to; the job says that something is missing."""
    pdf = a_pdf()
    put(pdf, 0, a_link(pdf, address))

    page = exported(pdf, tmp_path)

    assert [] == page.annotations
    assert [("Link", 1)] == [(loss.what, loss.count) for loss in page.lost]


def test_addresses_may_be_relative_to_that_of_the_document(tmp_path: Path) -> None:
    """A document may say where it lies."""
    pdf = a_pdf()
    pdf.Root["/URI"] = Dictionary(Base=String("https://example.com/plans/"))
    put(pdf, 0, a_link(pdf, "a.pdf"))

    (link,) = exported(pdf, tmp_path).annotations

    assert "https://example.com/plans/a.pdf" == str(link["/A"]["/URI"])


@pytest.mark.parametrize(
    "kind",
    [
        "JavaScript",
        "Launch",
        "SubmitForm",
        "ImportData",
        "GoToR",
        "GoToE",
        "Rendition",
        "Movie",
        "Sound",
        "Named",
        "GoTo3DView",
    ],
)
def test_what_a_link_would_run_is_never_carried_over(tmp_path: Path, kind: str) -> None:
    """Neither the first action of a link nor those that follow one that is kept."""
    pdf = a_pdf()
    action = Dictionary(S=Name("/" + kind), JS=String(CANARY), F=String(CANARY), D=String(CANARY))
    kept = a_link(pdf, "https://example.com")
    kept["/A"]["/Next"] = action
    kept["/AA"] = Dictionary(U=action)
    put(pdf, 0, an_annotation(pdf, "Link", A=action), kept)

    page = exported(pdf, tmp_path)

    assert ["Link"] == page.subtypes
    assert CANARY not in page.all_bytes


def the_destinations(pdf: pikepdf.Pdf, index: int) -> dict[str, Dictionary]:
    """Return each way to write a link to a page."""
    page = pdf.pages[index].obj
    place = Array([page, Name.XYZ, 10, 20, 0])
    pdf.Root["/Dests"] = Dictionary(Old=place)
    leaf = pdf.make_indirect(Dictionary(Names=Array([String("new"), Dictionary(D=place)])))
    pdf.Root["/Names"] = Dictionary(Dests=Dictionary(Kids=Array([leaf])))
    return {
        "explicit": Dictionary(Dest=place),
        "action": Dictionary(A=Dictionary(S=Name.GoTo, D=place)),
        "old name": Dictionary(Dest=Name.Old),
        "name": Dictionary(A=Dictionary(S=Name.GoTo, D=String("new"))),
        "number": Dictionary(Dest=Array([index, Name.XYZ, 10, 20, 0])),
    }


WAYS = ["explicit", "action", "old name", "name", "number"]


@pytest.mark.parametrize("way", WAYS)
def test_links_to_other_sheets_lead_to_their_addresses(tmp_path: Path, way: str) -> None:
    """However the link is written, the other page stays behind."""
    pdf = a_pdf()
    put(pdf, 0, an_annotation(pdf, "Link"))
    pdf.pages[0].obj["/Annots"][0].update(the_destinations(pdf, 1)[way])

    page = exported(pdf, tmp_path, addresses={1: "https://example.com/sheets/2"})

    assert ["https://example.com/sheets/2"] == [str(link["/A"]["/URI"]) for link in page.annotations]
    assert b"text of page 2" not in page.all_bytes


@pytest.mark.parametrize("way", WAYS)
def test_links_to_sheets_without_an_address_are_dropped(tmp_path: Path, way: str) -> None:
    """They would lead nowhere."""
    pdf = a_pdf()
    put(pdf, 0, an_annotation(pdf, "Link"))
    pdf.pages[0].obj["/Annots"][0].update(the_destinations(pdf, 1)[way])

    page = exported(pdf, tmp_path)

    assert [] == page.annotations
    assert ["Link"] == [loss.what for loss in page.lost]


@pytest.mark.parametrize("way", WAYS)
def test_links_within_the_page_stay(tmp_path: Path, way: str) -> None:
    """They lead to the same spot of it, and need no name any more."""
    pdf = a_pdf()
    put(pdf, 0, an_annotation(pdf, "Link"))
    pdf.pages[0].obj["/Annots"][0].update(the_destinations(pdf, 0)[way])

    page = exported(pdf, tmp_path)

    (link,) = page.annotations
    assert page.page.objgen == link["/Dest"][0].objgen
    assert ["/XYZ", 10.0, 20.0, 0.0] == [str(link["/Dest"][1]), *(float(one) for one in list(link["/Dest"])[2:])]


def test_a_ring_of_names_ends(tmp_path: Path) -> None:
    """A tree of names that holds itself is looked through once."""
    pdf = a_pdf()
    node = pdf.make_indirect(Dictionary())
    node["/Kids"] = Array([node, node])
    pdf.Root["/Names"] = Dictionary(Dests=node)
    put(pdf, 0, an_annotation(pdf, "Link", Dest=String("nowhere")))

    assert [] == exported(pdf, tmp_path).annotations


@pytest.mark.parametrize("subtype", ["Screen", "Movie", "Sound", "RichMedia", "3D", "FileAttachment"])
def test_of_what_plays_or_opens_the_look_is_left(tmp_path: Path, subtype: str) -> None:
    """A stamp that looks the same takes its place, and the job says so."""
    pdf = a_pdf()
    secret = pdf.make_stream(CANARY)
    inside = {"FS": Dictionary(EF=Dictionary(F=secret)), "Movie": secret, "Sound": secret, "RichMediaContent": secret}
    put(pdf, 0, an_annotation(pdf, subtype, AP=a_look(pdf), A=Dictionary(S=Name.Rendition, R=secret), **inside))

    page = exported(pdf, tmp_path)

    assert ["Stamp"] == page.subtypes
    assert CANARY not in page.all_bytes
    assert [subtype] == [loss.what for loss in page.lost]


def test_links_off_leaves_no_address_anywhere(tmp_path: Path) -> None:
    """A button is kept, and leads nowhere."""
    pdf = a_pdf()
    action = Dictionary(S=Name.URI, URI=String("https://example.com"))
    put(pdf, 0, an_annotation(pdf, "Widget", A=action), a_link(pdf, "https://example.com"))
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([pdf.pages[0].obj["/Annots"][0]]))

    page = exported(pdf, tmp_path, options=NOTHING)

    assert ["Widget"] == page.subtypes
    assert b"example.com" not in page.all_bytes


def test_the_same_annotation_twice_is_one(tmp_path: Path) -> None:
    """A list that repeats itself makes no more work."""
    pdf = a_pdf()
    square = an_annotation(pdf, "Square")
    put(pdf, 0, *[square] * 1000)

    assert ["Square"] == exported(pdf, tmp_path, options=ALL).subtypes

"""What a page draws with is taken as it is where it can be, and nothing else of its file is read."""

from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.cleaning import Cleaner, Scope
from outfeed.sheets.pdf.opening import open_pdf
from outfeed.sheets.pdf.page import export_page, write_page
from unit.pdf_files import a_look, a_pdf, an_annotation, exported, put

NOWHERE = Scope((), None)


def a_cleaner(pdf: pikepdf.Pdf) -> Cleaner:
    """Return a cleaner of a file."""
    return Cleaner(pdf, max_objects=1_000)


def test_objects_of_other_pages_are_not_read(tmp_path: Path) -> None:
    """What is damaged elsewhere in a file is not even met when a page with annotations and forms is written."""
    pdf = a_pdf()
    look = a_look(pdf, b"% a form", PieceInfo=Dictionary())
    put(pdf, 0, an_annotation(pdf, "Square", AP=look))
    pdf.Root["/Elsewhere"] = pdf.make_indirect(Dictionary(Word=Name.ThisIsTheOtherOne))
    path = tmp_path / "a.pdf"
    pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().replace(b"/ThisIsTheOtherOne", b">>ThisIsTheOther)]"))

    with open_pdf(path, SheetLimits()) as opened:
        wanted = SheetSource(pdf=path, index=0, name="A")
        options = PageOptions(markups=True, hyperlinks=True)
        write_page(opened, wanted, tmp_path / "out.pdf", options=options, cleaner=a_cleaner(opened.pdf))
        met = opened.pdf.get_warnings()
        damaged = opened.pdf.Root["/Elsewhere"].get("/Word")

    assert [] == met
    assert damaged is None


def test_new_objects_take_no_number_that_is_taken() -> None:
    """An object of the file that has the number which a new one would have stays what it is."""
    pdf = pikepdf.new()
    cleaner = a_cleaner(pdf)
    number = cleaner.adopt(Dictionary(A=1)).objgen[0] - 1
    pdf._replace_object((number, 0), Dictionary(Mine=7))

    adopted = cleaner.adopt(Dictionary(B=2))

    assert (number - 1, 0) == adopted.objgen
    assert pdf.get_object(number, 0)["/Mine"] == 7


def test_what_is_clean_is_taken_as_it_is_each_time() -> None:
    """Two pictures of one colour space share it: neither is copied."""
    pdf = pikepdf.new()
    profile = pdf.make_stream(b"a profile", {"/N": 3})
    pictures = [
        pdf.make_stream(b"a picture", {"/Subtype": Name.Image, "/ColorSpace": Array([Name.ICCBased, profile])})
        for _ in range(2)
    ]
    cleaner = a_cleaner(pdf)

    cleaned = [cleaner.clean(picture, NOWHERE) for picture in pictures]

    assert [picture.objgen for picture in pictures] == [picture.objgen for picture in cleaned]


def test_a_form_that_uses_all_that_it_has_is_taken_as_it_is() -> None:
    """It keeps its number, so that pages that share it share it in a set."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    resources = Dictionary(Font=Dictionary(F=font), ProcSet=Array([Name.PDF, Name.Text]))
    form = pdf.make_stream(b"BT /F 1 Tf ET", {"/Subtype": Name.Form, "/Resources": resources})

    assert form.objgen == a_cleaner(pdf).clean(form, NOWHERE).objgen


def test_a_list_of_procedures_that_holds_more_than_names_is_dropped(tmp_path: Path) -> None:
    """Only what such a list may hold is looked past: anything could hide in it."""
    pdf = a_pdf()
    hidden = pdf.make_stream(b"canaryinaprocset")
    pdf.pages[0].obj["/Resources"] = Dictionary(ProcSet=Array([Name.PDF, hidden]))
    pdf.pages[1].obj["/Resources"] = Dictionary(ProcSet=Dictionary(A=hidden))

    assert b"canaryinaprocset" not in exported(pdf, tmp_path).all_bytes
    assert b"canaryinaprocset" not in exported(pdf, tmp_path, index=1).all_bytes


def test_what_is_taken_from_a_stream_as_a_form_stays_where_it_is_none() -> None:
    """A stream that does not say what it is may be an appearance here, and something else there."""
    pdf = pikepdf.new()
    cleaner = a_cleaner(pdf)
    stream = pdf.make_stream(b"", {"/Width": 1})

    form, other = cleaner.form(stream, NOWHERE), cleaner.clean(stream, NOWHERE)

    assert "/Width" not in form
    assert "/Width" in other


def test_a_programs_own_data_in_what_is_drawn_with_is_not_carried_over(tmp_path: Path) -> None:
    """Nobody knows what it leads to: keys that PDF has not are kept with plain values alone."""
    source, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 200))
        secret = pdf.make_stream(b"(the other page)")
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        font["/ACME_Source"] = pdf.make_indirect(Dictionary(Data=secret))
        font["/ACME_Version"] = 7
        page.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        page.Contents = pdf.make_stream(b"BT /F1 12 Tf 10 10 Td (shown) Tj ET")
        pdf.save(source)

    export_page(
        SheetSource(pdf=source, index=0, name="A-101"),
        out,
        options=PageOptions(markups=True, hyperlinks=True),
        limits=SheetLimits(),
    )

    with pikepdf.open(out) as made:
        kept = made.pages[0].Resources.Font.F1
        streams = [one.read_bytes() for one in made.objects if isinstance(one, pikepdf.Stream)]
    assert (7, False) == (int(kept["/ACME_Version"]), "/ACME_Source" in kept)
    assert not any(b"other page" in stream for stream in streams)

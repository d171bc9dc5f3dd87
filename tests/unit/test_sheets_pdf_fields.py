"""Form fields and layers of a page, without those of the others."""

from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, String

from unit.pdf_files import a_pdf, an_annotation, exported, put

CANARY = b"canaryofanotherpage"


def a_pdf_with_a_form() -> pikepdf.Pdf:
    """Return a PDF with a field `building.name` on its first page, and `building.owner` on its second."""
    pdf = a_pdf()
    top = pdf.make_indirect(Dictionary(T=String("building"), DA=String("/Top 9 Tf")))
    name = an_annotation(pdf, "Widget", T=String("name"), FT=Name.Tx, V=String("House"), Parent=top)
    owner = an_annotation(pdf, "Widget", T=String("owner"), FT=Name.Tx, V=String(CANARY), Parent=top)
    top["/Kids"] = Array([name, owner])
    fonts = {key: Dictionary(Type=Name.Font, BaseFont=Name(key)) for key in ("/Top", "/Form", "/Unused")}
    pdf.Root["/AcroForm"] = Dictionary(
        Fields=Array([top]),
        DA=String("/Form 0 Tf"),
        DR=Dictionary(Font=Dictionary(fonts)),
        XFA=String(CANARY),
        SigFlags=3,
    )
    put(pdf, 0, name)
    put(pdf, 1, owner)
    return pdf


def test_fields_keep_their_names_and_values(tmp_path: Path) -> None:
    """The tree is cut down to the fields of the page."""
    page = exported(a_pdf_with_a_form(), tmp_path)

    (top,) = page.pdf.Root["/AcroForm"]["/Fields"]
    (name,) = top["/Kids"]
    assert ("building", "name", "House") == (str(top["/T"]), str(name["/T"]), str(name["/V"]))
    assert page.annotations[0].objgen == name.objgen
    assert top.objgen == name["/Parent"].objgen


def test_fields_of_other_pages_stay_behind(tmp_path: Path) -> None:
    """Neither their values nor the form's second description come along."""
    page = exported(a_pdf_with_a_form(), tmp_path)

    assert CANARY not in page.all_bytes
    assert {"/Fields", "/DA", "/DR"} == page.pdf.Root["/AcroForm"].keys()


def test_a_form_brings_the_fonts_that_its_fields_name(tmp_path: Path) -> None:
    """Those of the form, and of fields above fields; no others."""
    page = exported(a_pdf_with_a_form(), tmp_path)

    assert {"/Top", "/Form"} == page.pdf.Root["/AcroForm"]["/DR"]["/Font"].keys()


def test_a_page_without_fields_has_no_form(tmp_path: Path) -> None:
    """A form of other pages is not theirs."""
    pdf = a_pdf_with_a_form()
    del pdf.pages[0].obj["/Annots"]

    assert "/AcroForm" not in exported(pdf, tmp_path).pdf.Root


def test_a_signature_is_not_carried_over(tmp_path: Path) -> None:
    """It signs the whole document; its field stays, empty."""
    pdf = a_pdf()
    signature = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=String(CANARY)))
    field = an_annotation(
        pdf, "Widget", T=String("signed"), FT=Name.Sig, V=signature, Lock=Dictionary(X=String(CANARY))
    )
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([field]))
    put(pdf, 0, field)

    page = exported(pdf, tmp_path)

    assert "/V" not in page.annotations[0]
    assert CANARY not in page.all_bytes


def test_a_ring_of_fields_ends(tmp_path: Path) -> None:
    """A field that is above itself is looked at once."""
    pdf = a_pdf()
    top = pdf.make_indirect(Dictionary(T=String("top")))
    top["/Parent"] = top
    field = an_annotation(pdf, "Widget", T=String("x"), FT=Name.Tx, Parent=top)
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([top]))
    put(pdf, 0, field)

    (made,) = exported(pdf, tmp_path).pdf.Root["/AcroForm"]["/Fields"]

    assert "/Parent" not in made


def a_layer(pdf: pikepdf.Pdf, name: str) -> Dictionary:
    """Return a layer with data of the program that made it, which is cut."""
    return pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(name), PieceInfo=Dictionary(X=String(CANARY))))


def a_layered_pdf() -> pikepdf.Pdf:
    """Return a PDF whose first page shows the layers walls (off) and doors, its second one another."""
    pdf = a_pdf()
    walls, doors, theirs = a_layer(pdf, "walls"), a_layer(pdf, "doors"), a_layer(pdf, CANARY.decode())
    either = pdf.make_indirect(Dictionary(Type=Name.OCMD, OCGs=Array([doors]), P=Name.AnyOn))
    page = pdf.pages[0].obj
    page["/Resources"] = Dictionary(Properties=Dictionary(L1=walls, L2=either, L3=theirs))
    page["/Contents"] = pdf.make_stream(b"/OC /L1 BDC 0 0 9 9 re f EMC /OC /L2 BDC 0 0 9 9 re f EMC")
    order = Array([String("All"), walls, Array([String("Inside"), doors, theirs]), Array([String(CANARY), theirs])])
    pdf.Root["/OCProperties"] = Dictionary(
        OCGs=Array([theirs, doors, walls]),
        D=Dictionary(OFF=Array([walls, theirs]), Order=order, Locked=Array([theirs]), Name=String(CANARY)),
        Configs=Array([Dictionary(Name=String(CANARY))]),
    )
    return pdf


def names(found: Object) -> list[object]:
    """Return layers and labels of a list as texts."""
    return [
        str(one["/Name"]) if isinstance(one, Dictionary) else names(one) if isinstance(one, Array) else str(one)
        for one in found
    ]


def test_layers_keep_order_and_visibility(tmp_path: Path) -> None:
    """A reader shows the same list, without what only other pages have."""
    page = exported(a_layered_pdf(), tmp_path)

    layers = page.pdf.Root["/OCProperties"]
    properties = page.page["/Resources"]["/Properties"]
    assert properties["/L1"].objgen == layers["/OCGs"][1].objgen
    assert ["doors", "walls"] == names(layers["/OCGs"])
    assert ["All", "walls", ["Inside", "doors"]] == names(layers["/D"]["/Order"])
    assert ["walls"] == names(layers["/D"]["/OFF"])
    assert {"/Order", "/OFF"} == layers["/D"].keys()


def test_layers_of_other_pages_stay_behind(tmp_path: Path) -> None:
    """Neither they nor the labels above them are in the file."""
    assert CANARY not in exported(a_layered_pdf(), tmp_path).all_bytes


def test_a_page_without_layers_says_nothing_of_them(tmp_path: Path) -> None:
    """The second page uses none."""
    assert "/OCProperties" not in exported(a_layered_pdf(), tmp_path, index=1).pdf.Root


def test_colours_language_and_manners_are_kept(tmp_path: Path) -> None:
    """A sheet is printed and read aloud as its source is."""
    pdf = a_pdf()
    profile = pdf.make_stream(b"profile")
    pdf.Root["/OutputIntents"] = Array([Dictionary(S=Name.GTS_PDFX, DestOutputProfile=profile)])
    pdf.Root["/Lang"] = String("de-CH")
    pdf.Root["/ViewerPreferences"] = Dictionary(PrintScaling=Name("/None"), HideMenubar=True)

    made = exported(pdf, tmp_path).pdf.Root
    root = made.unparse(resolved=True)

    assert b"/Lang (de-CH)" in root
    assert b"/ViewerPreferences << /DisplayDocTitle true /PrintScaling /None >>" in root
    assert "/GTS_PDFX" == str(made["/OutputIntents"][0]["/S"])

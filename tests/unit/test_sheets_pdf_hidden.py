"""Places of a PDF where things can hide that are no part of how a page looks: none of them comes along."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Object, String

from outfeed import errors
from outfeed.sheets.model import SheetLimits
from unit.pdf_files import a_look, a_pdf, an_annotation, exported, put

#: Text that is in no sheet.
CANARY: Final = "canaryofanotherpage"

#: Puts a thing somewhere that the first page leads to.
Hide: TypeAlias = Callable[[pikepdf.Pdf, Object], None]


def a_font(pdf: pikepdf.Pdf, **entries: object) -> Dictionary:
    """Return a font whose one glyph is content."""
    glyph = pdf.make_stream(b"1 0 d0")
    font = Dictionary(Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 1, 1]), CharProcs=Dictionary(a=glyph))
    for key, value in entries.items():
        font["/" + key] = value
    return font


def an_image(pdf: pikepdf.Pdf, **entries: object) -> pikepdf.Stream:
    """Return a picture of one pixel."""
    image = pdf.make_stream(b"\0", {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 1, "/Height": 1})
    for key, value in entries.items():
        image["/" + key] = value
    return image


def use(pdf: pikepdf.Pdf, category: str, entry: Object, content: bytes) -> None:
    """Let the first page use a resource that it calls `X`."""
    pdf.pages[0].obj["/Resources"]["/" + category] = Dictionary(X=entry)
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(content)


def annotate(pdf: pikepdf.Pdf, subtype: str, **entries: Any) -> None:
    """Put an annotation with a look on the first page; a form lists it if it is a field."""
    made = an_annotation(pdf, subtype, AP=entries.pop("AP", a_look(pdf)), **entries)
    put(pdf, 0, made)
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([made] if subtype == "Widget" else []))


def on_page(pdf: pikepdf.Pdf, **entries: object) -> None:
    """Give the first page some entries."""
    for key, value in entries.items():
        pdf.pages[0].obj["/" + key] = value


def a_layer(pdf: pikepdf.Pdf, **entries: Any) -> Object:
    """Return a layer."""
    return pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("L"), **entries))


PLACES: Final[dict[str, Hide]] = {
    "key of a font": lambda pdf, it: use(pdf, "Font", Dictionary(Type=Name.Font, XX_Own=it), b"/X 9 Tf"),
    "key of a font's description": lambda pdf, it: use(
        pdf, "Font", Dictionary(Type=Name.Font, FontDescriptor=Dictionary(Style=Dictionary(Own=it), Own=it)), b"/X 9 Tf"
    ),
    "key of a font of content": lambda pdf, it: use(pdf, "Font", a_font(pdf, Own=it), b"/X 9 Tf"),
    "resources of a font of content": lambda pdf, it: use(
        pdf, "Font", a_font(pdf, Resources=Dictionary(XObject=Dictionary(A=it))), b"/X 9 Tf"
    ),
    "key of a graphics state": lambda pdf, it: use(pdf, "ExtGState", Dictionary(LW=1, Own=it), b"/X gs"),
    "key of a halftone": lambda pdf, it: use(
        pdf, "ExtGState", Dictionary(HT=Dictionary(HalftoneType=1, Own=it)), b"/X gs"
    ),
    "key of a soft mask": lambda pdf, it: use(
        pdf, "ExtGState", Dictionary(SMask=Dictionary(S=Name.Alpha, G=a_look(pdf)["/N"], Own=it)), b"/X gs"
    ),
    "key of a pattern": lambda pdf, it: use(pdf, "Pattern", Dictionary(PatternType=2, Own=it), b"/X scn"),
    "key of a shading": lambda pdf, it: use(pdf, "Shading", Dictionary(ShadingType=2, Own=it), b"/X sh"),
    "key of a picture": lambda pdf, it: use(pdf, "XObject", an_image(pdf, Own=it), b"/X Do"),
    "alternates of a picture": lambda pdf, it: use(
        pdf, "XObject", an_image(pdf, Alternates=Array([Dictionary(Image=it)])), b"/X Do"
    ),
    "resources of a picture": lambda pdf, it: use(
        pdf, "XObject", an_image(pdf, Resources=Dictionary(XObject=Dictionary(A=it))), b"/X Do"
    ),
    "reference of a form": lambda pdf, it: use(
        pdf, "XObject", a_look(pdf, Ref=Dictionary(F=it, Page=0), Group=Dictionary(Own=it))["/N"], b"/X Do"
    ),
    "key of a list of properties": lambda pdf, it: use(
        pdf, "Properties", Dictionary(MCID=0, Own=it, Metadata=it), b"/Span /X BDC EMC"
    ),
    "key of a layer": lambda pdf, it: use(
        pdf, "Properties", a_layer(pdf, Usage=Dictionary(CreatorInfo=Dictionary(Own=it)), Own=it), b"/OC /X BDC EMC"
    ),
    "key of a page": lambda pdf, it: on_page(pdf, Thumb=it, B=Array([it]), XX_Own=it, DPart=it, AF=it, PresSteps=it),
    "key of the dictionary of content": lambda pdf, it: on_page(
        pdf, Contents=pdf.make_stream(b"q Q", {"/Own": it, "/Metadata": it})
    ),
    "key of a page's group": lambda pdf, it: on_page(pdf, Group=Dictionary(S=Name.Transparency, Own=it)),
    "key of a measure": lambda pdf, it: on_page(pdf, VP=Array([Dictionary(Measure=Dictionary(Own=it), Own=it)])),
    "key of a transition": lambda pdf, it: on_page(pdf, Trans=Dictionary(S=Name.Wipe, Own=it)),
    "key of an output intent": lambda pdf, it: pdf.Root.__setitem__("/OutputIntents", Array([Dictionary(Own=it)])),
    "key of an annotation": lambda pdf, it: annotate(pdf, "Square", Own=it, AF=Array([it]), BS=Dictionary(W=1, Own=it)),
    "stream for a text of an annotation": lambda pdf, it: annotate(pdf, "Square", Contents=it, L=it, Vertices=it),
    "value of a field that is a signature's": lambda pdf, it: annotate(
        pdf, "Widget", FT=Name.Tx, T=String("x"), V=Dictionary(Contents=String(CANARY), Data=it), Lock=it
    ),
    "key of appearances": lambda pdf, it: annotate(pdf, "Square", AP=Dictionary(N=a_look(pdf)["/N"], Own=it)),
    "script of a link": lambda pdf, it: annotate(
        pdf, "Link", A=Dictionary(S=Name.URI, URI=String("https://a.b/"), Next=it), PA=it
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_stream_stays_behind(tmp_path: Path, place: str) -> None:
    """Data that some program put there, whatever it is."""
    pdf = a_pdf()
    PLACES[place](pdf, pdf.make_stream(CANARY.encode()))

    assert CANARY.encode() not in exported(pdf, tmp_path).all_bytes


@pytest.mark.parametrize("place", PLACES)
def test_another_page_stays_behind(tmp_path: Path, place: str) -> None:
    """A page that does not say that it is one."""
    pdf = a_pdf()
    content = pdf.make_stream(CANARY.encode())
    other = Dictionary(MediaBox=Array([0, 0, 9, 9]), Contents=content, Parent=pdf.Root["/Pages"])
    PLACES[place](pdf, pdf.make_indirect(other))

    made = exported(pdf, tmp_path).all_bytes

    assert CANARY.encode() not in made
    assert b"text of page 2" not in made


def test_names_that_a_file_chooses_are_no_keys(tmp_path: Path) -> None:
    """Glyphs, colourants and halftones of colourants are called as their makers liked."""
    pdf = a_pdf()
    space = Array([Name.Separation, Name.Gold, Name.DeviceGray, pdf.make_stream(b"{}", {"/FunctionType": 4})])
    inks = Array([Name.DeviceN, Array([Name.Gold]), Name.DeviceGray, space[3], Dictionary(Colorants={"/Gold": space})])
    screens = {"/HalftoneType": 5, "/Gold": Dictionary(HalftoneType=1), "/Default": Dictionary(HalftoneType=1)}
    resources = pdf.pages[0].obj["/Resources"]
    resources["/ColorSpace"], resources["/ExtGState"] = Dictionary(X=inks), Dictionary(X=Dictionary(HT=screens))
    use(pdf, "Font", a_font(pdf), b"/X cs /X gs /X 9 Tf")

    made = exported(pdf, tmp_path).page["/Resources"]

    assert {"/Gold"} == made["/ColorSpace"]["/X"][4]["/Colorants"].keys()
    assert screens.keys() == made["/ExtGState"]["/X"]["/HT"].keys()
    assert b"1 0 d0" == made["/Font"]["/X"]["/CharProcs"]["/a"].read_bytes()


def test_states_of_a_button_may_be_named_by_any_bytes(tmp_path: Path) -> None:
    """A name is bytes, in no encoding."""
    pdf = a_pdf()
    state: Any = Object.parse(b"/A#e4")
    looks = Dictionary()
    looks[state] = a_look(pdf)["/N"]
    annotate(pdf, "Widget", FT=Name.Btn, T=String("x"), AS=state, AP=Dictionary(N=looks))

    (button,) = exported(pdf, tmp_path).annotations

    assert state == button["/AS"]
    assert isinstance(button["/AP"]["/N"][state], pikepdf.Stream)


def test_forms_that_share_many_layers_are_bounded(tmp_path: Path) -> None:
    """Each use of a form brings its layers along again: that is counted as objects are."""
    pdf = a_pdf()
    layers = Dictionary({f"/L{number}": a_layer(pdf) for number in range(40)})
    content = b"".join(b"/OC /L%d BDC EMC " % number for number in range(40))
    form = a_look(pdf, content, Resources=Dictionary(Properties=layers))["/N"]
    names = [f"X{number}" for number in range(40)]
    use(pdf, "XObject", form, b"".join(b"/%s Do " % name.encode() for name in names))
    pdf.pages[0].obj["/Resources"]["/XObject"] = Dictionary({f"/{name}": form for name in names})

    with pytest.raises(errors.DrawingTooLarge):
        exported(pdf, tmp_path, limits=SheetLimits(max_entities=1_000))
    assert 40 == len(exported(pdf, tmp_path).pdf.Root["/OCProperties"]["/OCGs"])

"""PDFs that the tests of sheets make."""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, String

from outfeed.sheets.model import Loss, PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.page import export_page

LIMITS: Final = SheetLimits()
ALL: Final = PageOptions(markups=True, hyperlinks=True)
#: Files that were opened last: objects of a file that is closed cannot be looked at.
_OPEN: Final[deque[pikepdf.Pdf]] = deque(maxlen=4)
NOTHING: Final = PageOptions(markups=False, hyperlinks=False)


def a_pdf(pages: int = 2) -> pikepdf.Pdf:
    """Return a PDF in memory whose pages say `text of page N` and share one dictionary of resources."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    shared = pdf.make_indirect(Dictionary(Font=Dictionary(F1=font), XObject=Dictionary()))
    for number in range(1, pages + 1):
        pdf.add_blank_page(page_size=(200, 100))
        page = pdf.pages[-1].obj
        page["/Resources"] = shared
        page["/Contents"] = pdf.make_stream(f"BT /F1 12 Tf 10 50 Td (text of page {number}) Tj ET".encode())
    return pdf


def an_annotation(pdf: pikepdf.Pdf, subtype: str, **entries: Any) -> Dictionary:
    """Return an annotation that is on no page yet."""
    made = Dictionary(Type=Name.Annot, Subtype=Name("/" + subtype), Rect=Array([10, 10, 30, 30]))
    for key, value in entries.items():
        made["/" + key] = value
    return pdf.make_indirect(made)


def put(pdf: pikepdf.Pdf, index: int, *annotations: Object) -> None:
    """Put annotations on a page."""
    pdf.pages[index].obj["/Annots"] = Array(annotations)


def a_look(pdf: pikepdf.Pdf, content: bytes = b"1 0 0 rg 0 0 20 20 re f", **entries: Any) -> Dictionary:
    """Return the appearance of an annotation."""
    look = pdf.make_stream(content, {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, 20, 20])})
    for key, value in entries.items():
        look["/" + key] = value
    return Dictionary(N=look)


def a_link(pdf: pikepdf.Pdf, address: str) -> Dictionary:
    """Return a link to the web."""
    return an_annotation(pdf, "Link", A=Dictionary(S=Name.URI, URI=String(address)))


class Exported:
    """A page that was exported, read by qpdf."""

    def __init__(self, pdf: pikepdf.Pdf, folder: Path, *, lost: tuple[Loss, ...]) -> None:
        self.pdf = pdf
        self.path = folder / "page.pdf"
        self.lost = lost
        _OPEN.append(pdf)
        self.page = pdf.pages[0].obj

    @property
    def annotations(self) -> list[Object]:
        return list(self.page.get("/Annots", Array()))

    @property
    def subtypes(self) -> list[str]:
        return [str(one["/Subtype"])[1:] for one in self.annotations]

    @property
    def all_bytes(self) -> bytes:
        """The file, and all that is in it, unpacked."""
        streams = [one for one in self.pdf.objects if isinstance(one, pikepdf.Stream)]
        written = [one.unparse(resolved=True) for one in self.pdf.objects if not isinstance(one, pikepdf.Stream)]
        written += [one.stream_dict.unparse() for one in streams]
        return b"\n".join([self.path.read_bytes(), *written, *(one.read_bytes() for one in streams)])


def exported(
    pdf: pikepdf.Pdf,
    folder: Path,
    *,
    index: int = 0,
    options: PageOptions = ALL,
    name: str = "A-101",
    addresses: Mapping[int, str] | None = None,
    limits: SheetLimits = LIMITS,
) -> Exported:
    """Return a page of a PDF, exported and opened again."""
    pdf.save(folder / "source.pdf")
    source = SheetSource(pdf=folder / "source.pdf", index=index, name=name, addresses=addresses or {})
    lost = export_page(source, folder / "page.pdf", options=options, limits=limits)
    return Exported(pikepdf.open(folder / "page.pdf"), folder, lost=lost)

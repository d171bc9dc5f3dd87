"""What a drawing is: sheets, each a page of a PDF, and what is wanted of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from outfeed.sheets.markups.model import Markup

#: Changes when the same sheets are written as other bytes: what was exported before is then made anew.
SHEETS_VERSION: Final = "1"


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetLimits:
    """How much of a file is read, and how much work may be made of it."""

    #: Pages of a PDF.
    max_pages: int = 10_000
    #: Bytes that all that is compressed in a file may have, unpacked.
    max_unpacked_bytes: int = 1 << 30
    #: Pixels of a picture.
    max_pixels: int = 1 << 26
    #: What is drawn, each thing as often as it is shown: lines, arcs, texts, hatches.
    max_entities: int = 2_000_000
    #: Triangles of a model that plans are cut from.
    max_triangles: int = 50_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Something that the source has and the sheets have not: a warning of the job."""

    #: The source's own word for it, such as `3DSOLID`.
    what: str
    #: A sentence.
    why: str
    #: How often.
    count: int = 1

    def json(self) -> dict[str, str | int]:
        """Return it as it stands in a result."""
        return {"what": self.what, "count": self.count, "why": self.why}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet of a drawing. Its place in `Drawing.sheets` is its place in the PDF."""

    #: What people call it by, such as `A-101`: the page's label, or the number in its title block, or the layout's
    #: name. Never empty, printable, at most 255 characters, unique in its drawing.
    name: str
    #: What it shows, such as `Ground floor`; empty where it cannot be told.
    title: str = ""
    #: As it is shown: turned, in points of 1/72 inch.
    width_pt: float
    height_pt: float

    def json(self) -> dict[str, str | float]:
        """Return it as it stands in a result."""
        return {"name": self.name, "title": self.title, "width_pt": self.width_pt, "height_pt": self.height_pt}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A file that was read as sheets."""

    #: In the order of the PDF's pages; at least one.
    sheets: tuple[Sheet, ...]
    #: Whether the sheets are pages of the PDF that was written; else they are those of the source, a PDF that is whole.
    written: bool
    #: What is not drawn, or was mended.
    lost: tuple[Loss, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PageOptions:
    """What of a page is kept. What is neither a markup nor a link is always kept: form fields are."""

    #: Annotations of the source that are neither links nor form fields.
    markups: bool
    #: Links of the source: to the web, and to other sheets of the same file that is written.
    hyperlinks: bool
    #: Links of the markups that are drawn on top.
    markup_links: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetSource:
    """One sheet to write."""

    #: A PDF: a drawing's source, or what was written for it.
    pdf: Path
    #: Of the page, from 0.
    index: int
    #: The label of the page that is written, its bookmark and, where it is alone, the title of the file.
    name: str
    #: Drawn on top as annotations, whatever the options say of the source's own.
    markups: tuple[Markup, ...] = ()
    #: Where links to other pages of `pdf` lead, by their index, if those are not written too; without an address such a
    #: link is dropped.
    addresses: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

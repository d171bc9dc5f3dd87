"""One page of a PDF as a file of its own, with nothing of the other pages in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name

from outfeed.mesh.reporting import Report, silent
from outfeed.sheets.markups.drawing import add_markups
from outfeed.sheets.model import Loss, PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.annotations import keep_annotations
from outfeed.sheets.pdf.boxes import BOXES, LETTER, box, turned, user_unit
from outfeed.sheets.pdf.cleaning import Cleaner, ObjectId, Scope
from outfeed.sheets.pdf.document import copy_manners, label_pages, name_document, save_document
from outfeed.sheets.pdf.fields import form_defaults
from outfeed.sheets.pdf.layers import layer_properties
from outfeed.sheets.pdf.links import Destinations, Place, is_allowed
from outfeed.sheets.pdf.losses import Losses
from outfeed.sheets.pdf.opening import Leaf, Opened, open_pdf, refusing_damage
from outfeed.sheets.pdf.values import entry

#: What else of a page is kept: transparency, measures of drawings, order of tabs, how a presentation shows it.
_PAGE_KEYS: Final = ("/Group", "/VP", "/Tabs", "/Trans", "/Dur", "/OutputIntents")
_WHY_ELSEWHERE: Final = "It leads to a sheet that is not in this file and has no address."
_WHY_DAMAGED: Final = "It is damaged; what stands before the damage is kept."
_WHY_RESTRICTED: Final = "What the owner of the source does not allow is not written into a sheet."


@dataclass(frozen=True, slots=True)
class SheetLink:
    """A link of a written page to another page of its source; whoever writes the file says what becomes of it."""

    page: pikepdf.Page
    annotation: pikepdf.Object
    target: Place

    def lead_to(self, page: pikepdf.Page) -> None:
        """Lead to a page of the same file."""
        self.annotation["/Dest"] = self.target.on(page.obj)

    def lead_to_address(self, address: str) -> None:
        """Lead to an address outside."""
        self.annotation["/A"] = Dictionary(S=Name.URI, URI=pikepdf.String(address.encode()))

    def drop(self) -> None:
        """Take the link off its page; a form field stays, and leads nowhere."""
        if self.annotation.get("/Subtype") == Name.Link:
            kept = [one for one in self.page.obj["/Annots"] if one.objgen != self.annotation.objgen]
            self.page.obj["/Annots"] = Array(kept)


@dataclass(frozen=True, slots=True)
class Added:
    """A page that was added to a file."""

    page: pikepdf.Page
    #: Links to other pages of its source, not settled yet.
    links: Sequence[SheetLink]
    #: Its form fields at the top of their trees, as objects of the target: what `/AcroForm` lists.
    fields: Sequence[pikepdf.Object]


class PageCopier:
    """
    Copies pages of one PDF into another.

    What pages share, such as fonts, they share in the target too. `Opened` may serve any number of copiers, one after
    the other; keep its `Cleaner` for them, so that what was worked out for one page is known for the next.
    """

    def __init__(self, opened: Opened, target: pikepdf.Pdf, *, cleaner: Cleaner) -> None:
        self._opened = opened
        self._target = target
        self._cleaner = cleaner
        self._destinations = Destinations(opened)
        self._layers: set[ObjectId] = set()
        self._losses = Losses()
        if opened.restricted:
            self._losses.add("Encrypt", _WHY_RESTRICTED)

    def add(self, index: int, *, options: PageOptions) -> Added:
        """
        Add a page to the target, behind those that it has.

        Raises
        ------
        NoSheets
            If there is no page with this index.
        """
        leaf = self._opened.leaf(index)
        self._cleaner.start_page()
        scope = Scope((-1, index), _resources(leaf))
        kept = keep_annotations(
            leaf.page,
            options=options,
            cleaner=self._cleaner,
            scope=scope,
            destinations=self._destinations,
            losses=self._losses,
        )
        made = self._page(leaf, scope)
        if kept.annotations:
            made["/Annots"] = Array(kept.annotations)
        page = self._append(made)
        self._layers |= self._cleaner.layers
        if self._cleaner.damaged:
            self._losses.add("Contents", _WHY_DAMAGED, self._cleaner.damaged)
        links = [SheetLink(page, self.carry(one), place) for one, place in kept.leading]
        for link in links:
            if link.target.index == index:
                link.lead_to(page)
        elsewhere = [link for link in links if link.target.index != index]
        return Added(page, elsewhere, [self.carry(field) for field in kept.fields])

    def carry(self, found: Any) -> Any:
        """Return the target's object for an indirect one of the source."""
        return self._target.copy_foreign(found)

    def form(self, fields: Sequence[pikepdf.Object]) -> Dictionary | None:
        """Return `/AcroForm` of the target with these fields; None without fields, or if the source has no form."""
        defaults = form_defaults(self._opened.pdf, fields, self._cleaner) if fields else None  # type: ignore[arg-type]  # fields are dictionaries
        if defaults is None:
            return None
        form: Dictionary = self.carry(self._cleaner.adopt(defaults))
        form["/Fields"] = Array(fields)
        return form

    def layers(self) -> Dictionary | None:
        """Return `/OCProperties` of the target for the layers that were met on its pages; None if there are none."""
        return layer_properties(self._opened.pdf, self._layers, lambda layer: self.carry(self._cleaner.layer(layer)))

    def output_intents(self) -> Any:
        """Return what the source says of the colours that it was made for, as the target's object; None: nothing."""
        found = self._opened.pdf.Root.get("/OutputIntents")
        clean = self._cleaner.clean(found, Scope((-3,), None)) if isinstance(found, Array) else None
        return None if clean is None else self.carry(self._cleaner.adopt(clean))

    def drop(self, link: SheetLink) -> None:
        """Take a link off its page, and count it."""
        self._losses.add("Link", _WHY_ELSEWHERE)
        link.drop()

    def lost(self) -> tuple[Loss, ...]:
        """Return what was not carried over."""
        return self._losses.all()

    def _page(self, leaf: Leaf, scope: Scope) -> Dictionary:
        """Return a page of the source without what it has to do with others, and without annotations."""
        made = Dictionary(Type=Name.Page)
        contents, named = self._cleaner.contents(leaf.page.get("/Contents"), scope)
        if contents is not None:
            made["/Contents"] = contents
        made["/Resources"] = self._cleaner.resources(scope.resources, named, scope)
        for key in _PAGE_KEYS:
            clean = self._cleaner.clean(entry(leaf.page, key), scope)
            if clean is not None:
                made[key] = clean
        _copy_boxes(leaf, made)
        return made

    def _append(self, made: Dictionary) -> pikepdf.Page:
        """Copy a page of the source that was made for it into the target."""
        page = pikepdf.Page(self.carry(self._cleaner.adopt(made)))
        self._target.pages.append(page)
        return self._target.pages[-1]


def _resources(leaf: Leaf) -> Dictionary | None:
    found = leaf.get("/Resources")
    return found if isinstance(found, Dictionary) else None


def _copy_boxes(leaf: Leaf, made: Dictionary) -> None:
    """Copy how large a page is and how it is turned; a page without a box that makes sense is a US letter."""
    for key in BOXES:
        found = leaf.get(key)
        if box(found) is not None:
            made[key] = Array(found.as_list())
    if "/MediaBox" not in made:
        made["/MediaBox"] = Array(LETTER)
    angle = turned(leaf)
    if angle:
        made["/Rotate"] = angle
    if user_unit(leaf) != 1:
        made["/UserUnit"] = leaf.page["/UserUnit"]


def settle_links(copier: PageCopier, added: Added, address_of: Callable[[int], str | None]) -> None:
    """Let links to other pages lead to their addresses; those without one are dropped."""
    for link in added.links:
        address = address_of(link.target.index)
        if address is not None and is_allowed(address.encode()):
            link.lead_to_address(address)
        else:
            copier.drop(link)


def write_page(
    opened: Opened, source: SheetSource, out: Path, *, options: PageOptions, cleaner: Cleaner
) -> tuple[Loss, ...]:
    """
    Write one page of a PDF that is open; see `export_page`.

    For many pages of one source, open it once, and keep its cleaner.
    """
    with pikepdf.new() as target, refusing_damage():
        copier = PageCopier(opened, target, cleaner=cleaner)
        added = copier.add(source.index, options=options)
        settle_links(copier, added, source.addresses.get)
        lost = add_markups(target, added.page, source.markups, links=options.markup_links)
        for key, value in (
            ("/AcroForm", copier.form(added.fields)),
            ("/OCProperties", copier.layers()),
            ("/OutputIntents", copier.output_intents()),
        ):
            if value is not None:
                target.Root[key] = value
        copy_manners(opened.pdf, target)
        name_document(target, source.name)
        label_pages(target, [source.name])
        save_document(target, out, version=opened.pdf.pdf_version)
    return (*copier.lost(), *lost)


def export_page(
    source: SheetSource, out: Path, *, options: PageOptions, limits: SheetLimits, report: Report = silent
) -> tuple[Loss, ...]:
    """
    Write one page of a PDF as a PDF of its own: linearised, the same bytes for the same request.

    Parameters
    ----------
    out
        Receives the PDF.
    report
        Called with the share done, 0.0 to 1.0.

    Returns
    -------
    tuple of Loss
        What the page has and the sheet has not.

    Raises
    ------
    NoSheets
        If the source has no page with this index.
    SourceError
        Another of its kinds, if the source cannot be read; see `open_pdf`.
    """
    with open_pdf(source.pdf, limits) as opened:
        report(0.3)
        cleaner = Cleaner(opened.pdf, max_objects=limits.max_entities)
        lost = write_page(opened, source, out, options=options, cleaner=cleaner)
    report(1.0)
    return lost

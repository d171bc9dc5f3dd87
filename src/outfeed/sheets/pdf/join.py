"""Sheets of any number of PDFs as one PDF, with a bookmark and a label for each."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pikepdf
from pikepdf import Dictionary, Name, OutlineItem

from outfeed.errors import DrawingTooLarge, NoSheets, SourceError
from outfeed.mesh.reporting import Report, silent
from outfeed.sheets.markups.drawing import add_markups
from outfeed.sheets.model import Loss, PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.cleaning import Cleaner
from outfeed.sheets.pdf.document import copy_manners, label_pages, name_document, save_document
from outfeed.sheets.pdf.forms import joined_form, joined_layers
from outfeed.sheets.pdf.links import is_allowed
from outfeed.sheets.pdf.losses import Losses
from outfeed.sheets.pdf.opening import Opened, open_pdf, refusing_damage
from outfeed.sheets.pdf.page import Added, PageCopier, SheetLink

#: Sheets of a set.
MOST_SHEETS: Final = 1_000
#: Share of the work that is done when all pages are there, and only the writing is left.
_GATHERED: Final = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """A PDF that sheets are taken from."""

    opened: Opened
    copier: PageCopier


def join_sheets(
    sources: Sequence[SheetSource],
    out: Path,
    *,
    options: PageOptions,
    title: str,
    limits: SheetLimits,
    report: Report = silent,
) -> tuple[Loss, ...]:
    """
    Write sheets into one PDF: the same bytes for the same request.

    What sheets of one source share, such as fonts and layers, they share in the result. Links between sheets that are
    both in it lead to the new pages.

    Parameters
    ----------
    sources
        In the order of the pages.
    title
        Of the document.

    Returns
    -------
    tuple of Loss
        What the sources have and the result has not.

    Raises
    ------
    NoSheets
        If there are none, or a source has no page with the index of one.
    DrawingTooLarge
        If there are more than 1,000.
    SourceError
        Another of its kinds, if a source cannot be read; its detail names the sheet.
    """
    if not sources:
        raise NoSheets
    if len(sources) > MOST_SHEETS:
        raise DrawingTooLarge(f"A set has at most {MOST_SHEETS:,} sheets.")
    with ExitStack() as files, refusing_damage(), pikepdf.new() as target:
        joiner = _Joiner(target, files, options=options, limits=limits)
        for number, source in enumerate(sources):
            with naming(source.name):
                joiner.add(source)
            report(_GATHERED * (number + 1) / len(sources))
        joiner.finish([source.name for source in sources], title)
        # Of several pages that share things, qpdf 12 writes hints that its own check then calls wrong.
        save_document(target, out, version=joiner.version, linearize=False)
        lost = joiner.lost()
    report(1.0)
    return lost


@contextmanager
def naming(sheet: str) -> Iterator[None]:
    """Let an error say at which sheet it happened."""
    try:
        yield
    except SourceError as error:
        error.detail = f"Sheet {sheet}: {error.detail}".removesuffix(": ")
        raise


class _Joiner:
    """Builds one document."""

    def __init__(self, target: pikepdf.Pdf, files: ExitStack, *, options: PageOptions, limits: SheetLimits) -> None:
        self._target, self._files = target, files
        self._options, self._limits = options, limits
        #: By path; one that is named twice is read once. They stay open until the result is written.
        self._sources: dict[Path, _Source] = {}
        self._added: list[tuple[SheetSource, Added]] = []
        self._markup_losses: list[Loss] = []

    def add(self, sheet: SheetSource) -> None:
        """Add a sheet as the next page."""
        source = self._sources.get(sheet.pdf) or self._open(sheet.pdf)
        added = source.copier.add(sheet.index, options=self._options)
        self._markup_losses += add_markups(self._target, added.page, sheet.markups, links=self._options.markup_links)
        self._added.append((sheet, added))

    def _open(self, path: Path) -> _Source:
        opened = self._files.enter_context(open_pdf(path, self._limits))
        cleaner = Cleaner(opened.pdf, max_objects=self._limits.max_entities)
        source = _Source(opened=opened, copier=PageCopier(opened, self._target, cleaner=cleaner))
        self._sources[path] = source
        return source

    @property
    def version(self) -> str:
        """Return the newest version of PDF that a source has."""
        return max((source.opened.pdf.pdf_version for source in self._sources.values()), key=_numbers)

    def finish(self, names: Sequence[str], title: str) -> None:
        """Write what the document says of all its pages."""
        self._settle_links()
        copiers = [source.copier for source in self._sources.values()]
        fields = [(self._sources[sheet.pdf].copier, added.fields) for sheet, added in self._added]
        for key, value in (("/AcroForm", joined_form(fields)), ("/OCProperties", joined_layers(copiers))):
            if value is not None:
                self._target.Root[key] = value
        self._copy_from_only_source()
        name_document(self._target, title)
        label_pages(self._target, names)
        with self._target.open_outline() as outline:
            outline.root.extend(OutlineItem(name, page) for page, name in enumerate(names))
        self._target.Root["/PageMode"] = Name.UseOutlines

    def lost(self) -> tuple[Loss, ...]:
        """Return what was not carried over from any of the sources, each kind once."""
        losses = Losses()
        copied = (loss for source in self._sources.values() for loss in source.copier.lost())
        for loss in (*copied, *self._markup_losses):
            losses.add(loss.what, loss.why, loss.count)
        return losses.all()

    def _settle_links(self) -> None:
        """Let links lead to the pages of the result, or else to the addresses that their sheets have."""
        pages = {(sheet.pdf, sheet.index): added.page for sheet, added in reversed(self._added)}
        for sheet, added in self._added:
            for link in added.links:
                page = pages.get((sheet.pdf, link.target.index))
                if page is not None:
                    link.lead_to(page)
                else:
                    self._lead_outside(sheet, link)

    def _lead_outside(self, sheet: SheetSource, link: SheetLink) -> None:
        address = sheet.addresses.get(link.target.index)
        if address is not None and is_allowed(address.encode()):
            link.lead_to_address(address)
        else:
            self._sources[sheet.pdf].copier.drop(link)

    def _copy_from_only_source(self) -> None:
        """Copy what a document says of all its pages, where all pages are of one."""
        if len(self._sources) > 1:
            self._target.Root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True)
            return
        (source,) = self._sources.values()
        copy_manners(source.opened.pdf, self._target)
        intents = source.copier.output_intents()
        if intents is not None:
            self._target.Root["/OutputIntents"] = intents


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())

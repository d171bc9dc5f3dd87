"""Opening a PDF with suspicion: what is trusted of it was looked at, and what is damaged was mended."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pikepdf
from pikepdf.settings import set_qpdf_limits

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged, SourceLocked
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.pdf.rescue import rescued
from outfeed.sheets.pdf.values import entry

#: Where readers of PDF look for its first line, which may stand behind other things.
HEADER_BYTES: Final = 1024
#: What of a page may stand at a node above it.
INHERITED: Final = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
#: Bytes that one stream is unpacked to at most: what qpdf itself has to read, and content. Fonts and pictures are never
#: unpacked here.
STREAM_BYTES: Final = 1 << 27
#: Entries of a page tree that are looked at for each page that is allowed.
_NODES_PER_PAGE: Final = 4
#: What qpdf says when it has found the objects of a file by searching for them.
_REBUILT: Final = "Attempting to reconstruct"

#: Errors of qpdf, and what its binding makes of numbers that do not fit, and of texts that are none.
_DAMAGE: Final = (pikepdf.exceptions.PikepdfError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """A page as the tree has it."""

    page: pikepdf.Object
    #: What the nodes above it say, by key of `INHERITED`; the page's own word comes first.
    above: Mapping[str, Any]

    def get(self, key: str) -> Any:
        """Return what the page has under a key, by itself or from above; None: nothing."""
        own = entry(self.page, key)
        return self.above.get(key) if own is None else own


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A PDF that was opened. Objects may be added, and what no sheet has be taken out, for it is never written."""

    pdf: pikepdf.Pdf
    #: In order; at least one.
    pages: tuple[Leaf, ...]
    #: Whether its objects or its pages had to be searched for.
    mended: bool
    #: Whether its owner wrote restrictions into it.
    restricted: bool = False
    #: Place of each page by the number of its object.
    places: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def leaf(self, index: int) -> Leaf:
        """Return a page; `NoSheets` if there is none at this place."""
        if not 0 <= index < len(self.pages):
            raise NoSheets(f"It has {len(self.pages)} pages, and none at place {index + 1}.")
        return self.pages[index]


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Turn what qpdf raises when it meets damage, now or while it reads on, into `SourceDamaged`."""
    try:
        yield
    except pikepdf.PasswordError as error:
        raise SourceLocked("It opens with a password only.") from error
    except _DAMAGE as error:
        raise SourceDamaged("Its objects cannot be read.") from error


@contextmanager
def open_pdf(path: Path, limits: SheetLimits) -> Iterator[Opened]:
    """
    Open a PDF, by qpdf and its repair or, where that finds no page, through PDFium.

    Errors of qpdf that come later, while the file is used, are turned into `SourceDamaged` too.

    Raises
    ------
    SourceDamaged
        If it is no PDF, or neither library can make sense of it.
    SourceLocked
        If it needs a password, or its owner allows neither printing nor copying.
    NoSheets
        If it has no pages.
    DrawingTooLarge
        If it has more than `limits.max_pages`.
    """
    _check_header(path)
    set_qpdf_limits(flate_max_memory=STREAM_BYTES, run_length_max_memory=STREAM_BYTES, png_max_memory=STREAM_BYTES)
    with refusing_damage():
        opened = _open(path, limits)
        with opened.pdf:
            yield opened


def _open(path: Path, limits: SheetLimits) -> Opened:
    """Open a file by qpdf or, if that finds nothing on its pages, through PDFium."""
    plain = _open_plainly(path, limits)
    if plain is not None and not _is_hollow(plain):
        return plain
    without_pages = plain is not None and not plain.pages
    if plain is not None:
        plain.pdf.close()
    try:
        opened = _checked(pikepdf.open(rescued(path, limits)), limits, mended=True)
    except SourceDamaged as error:
        if without_pages:
            raise NoSheets("It has no pages.") from error
        raise
    if _is_hollow(opened):
        opened.pdf.close()
        raise SourceDamaged("Nothing is left on its pages.")
    return opened


def _check_header(path: Path) -> None:
    """Refuse what does not begin like a PDF."""
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if b"%PDF-" not in head:
        raise SourceDamaged("It does not begin as a PDF does.")


def _open_plainly(path: Path, limits: SheetLimits) -> Opened | None:
    """Open a file by qpdf; None if it cannot read it."""
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise
    except _DAMAGE:
        return None
    return _checked(pdf, limits, mended=False)


def _is_hollow(opened: Opened) -> bool:
    """Tell whether nothing is left of the pages of a file: there are none, or it is damaged, and all are blank."""
    return not opened.pages or (opened.mended and not any(_has_something(leaf.page) for leaf in opened.pages))


def _has_something(page: pikepdf.Object) -> bool:
    return "/Contents" in page or "/Annots" in page


def _checked(pdf: pikepdf.Pdf, limits: SheetLimits, *, mended: bool) -> Opened:
    """Look at the pages and the restrictions of a file; it is closed if it is refused."""
    try:
        pages = tuple(_walk(pdf, limits.max_pages))
        restricted = _check_permissions(pdf)
        rebuilt = any(_REBUILT in str(warning) for warning in pdf.get_warnings())
    except BaseException:
        pdf.close()
        raise
    places: dict[tuple[int, int], int] = {}
    for place, leaf in enumerate(pages):
        places.setdefault(leaf.page.objgen, place)
    return Opened(pdf=pdf, pages=pages, mended=mended or rebuilt, restricted=restricted, places=places)


def _check_permissions(pdf: pikepdf.Pdf) -> bool:
    """
    Tell whether the owner of a file restricts its use, and refuse if that leaves no way to a sheet.

    A sheet of its own is what a reader of the file gets by printing one page to a file, or by taking the page out. An
    owner who allows either allows it. Restrictions bind programs, not bytes: a file that opens without a password can
    be read, and form_dd0293 of the test data, a public form that may be printed but not assembled, is such a one.
    """
    if not pdf.is_encrypted or pdf.owner_password_matched:
        return False
    allow = pdf.allow
    if not (allow.print_lowres or allow.print_highres or allow.extract):
        raise SourceLocked("Its owner allows neither printing nor copying.")
    return not all(allow)


def _walk(pdf: pikepdf.Pdf, max_pages: int) -> Iterator[Leaf]:
    """Yield the pages, whatever the tree says of their number; nodes that come again are left out."""
    root = pdf.trailer.get("/Root")
    top = root.get("/Pages") if isinstance(root, pikepdf.Dictionary) else None
    waiting: list[tuple[Any, Mapping[str, Any]]] = [(top, {})]
    seen: set[tuple[int, int]] = set()
    found, left = 0, (max_pages + 1) * _NODES_PER_PAGE
    while waiting:
        node, above = waiting.pop()
        left -= 1
        if not isinstance(node, pikepdf.Dictionary):
            continue
        kids = entry(node, "/Kids")
        if not isinstance(kids, pikepdf.Array):
            if node.get("/Type") != pikepdf.Name.Pages:
                found += 1
                yield Leaf(page=node, above=above)
        elif node.objgen not in seen or not node.is_indirect:
            seen.add(node.objgen)
            below = {**above, **{key: node[key] for key in INHERITED if key in node}}
            if len(kids) + len(waiting) > left:
                raise DrawingTooLarge(f"It has more than {max_pages} pages.")
            waiting.extend((kid, below) for kid in reversed(list(kids)))
        if found > max_pages:
            raise DrawingTooLarge(f"It has more than {max_pages} pages.")

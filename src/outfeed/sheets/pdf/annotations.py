"""The annotations of a page: which are kept, and what of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from outfeed.errors import DrawingTooLarge
from outfeed.sheets.model import PageOptions
from outfeed.sheets.pdf.cleaning import Cleaner, ObjectId, Scope, name_key
from outfeed.sheets.pdf.fields import FIELD_KEYS, FieldTree, is_odd
from outfeed.sheets.pdf.links import Destinations, Place, Web
from outfeed.sheets.pdf.losses import Losses
from outfeed.sheets.pdf.values import entry, word

#: Annotations of one page that are looked at.
MAX_ANNOTATIONS: Final = 100_000

_COMMON: Final = frozenset(
    {"/Type", "/Subtype", "/Rect", "/Contents", "/NM", "/M", "/F", "/AS", "/Border", "/C", "/OC", "/CA", "/ca", "/BM"}
    | {"/Lang"}
)
_MARKUP: Final = _COMMON | frozenset(
    {"/T", "/RC", "/CreationDate", "/Subj", "/RT", "/IT", "/Open", "/Name", "/State", "/StateModel", "/QuadPoints"}
    | {"/L", "/BS", "/LE", "/IC", "/LL", "/LLE", "/Cap", "/LLO", "/CP", "/CO", "/Measure", "/Vertices", "/InkList"}
    | {"/Path", "/DA", "/Q", "/DS", "/CL", "/BE", "/RD", "/Sy", "/RO", "/OverlayText", "/Repeat", "/FixedPrint"}
)
_LINK: Final = _COMMON | {"/H", "/QuadPoints", "/BS"}
_WIDGET: Final = _COMMON | FIELD_KEYS | {"/H", "/MK", "/BS"}
#: References of a markup to others of the page.
_TO_OTHERS: Final = ("/Popup", "/Parent", "/IRT")
#: Annotations that play or open something: what is left is how they look.
PLAYERS: Final = frozenset({"/Screen", "/Movie", "/Sound", "/RichMedia", "/3D", "/FileAttachment"})

WHY_PLAYER: Final = "What it plays or opens is not carried over; how it looks is."
WHY_ACTION: Final = "It does something else than lead to a page or to the web, or its address is not allowed."


@dataclass(slots=True)
class Kept:
    """The annotations of a page that are kept, as objects of the source that were made for the sheet."""

    #: All, in their order.
    annotations: list[Dictionary] = field(default_factory=list)
    #: Those that lead to a page.
    leading: list[tuple[Dictionary, Place]] = field(default_factory=list)
    #: Fields at the top of their trees.
    fields: list[Dictionary] = field(default_factory=list)


def keep_annotations(
    page: Any,
    *,
    options: PageOptions,
    cleaner: Cleaner,
    scope: Scope,
    destinations: Destinations,
    losses: Losses,
) -> Kept:
    """Return what is kept of the annotations of a page."""
    chooser = _Chooser(options, cleaner, scope, destinations, losses)
    return chooser.keep(list(_listed(page.get("/Annots"))))


def _listed(found: Any) -> Iterator[Dictionary]:
    """Yield the annotations of a page, each once."""
    if not isinstance(found, Array):
        return
    if len(found) > MAX_ANNOTATIONS:
        raise DrawingTooLarge(f"A page has more than {MAX_ANNOTATIONS:,} annotations.")
    seen: set[ObjectId] = set()
    for one in found:
        if isinstance(one, Dictionary) and not (one.is_indirect and one.objgen in seen):
            seen.add(one.objgen)
            yield one


@dataclass(slots=True)
class _Chooser:
    """Keeps annotations of one page."""

    options: PageOptions
    cleaner: Cleaner
    scope: Scope
    destinations: Destinations
    losses: Losses
    #: New objects by the number of the old ones; made first, for annotations lead to one another.
    made: dict[ObjectId, Dictionary] = field(default_factory=dict)

    def keep(self, found: list[Dictionary]) -> Kept:
        """Return what is kept of the annotations of a page."""
        chosen = [one for one in found if self._is_wanted(one)]
        chosen = self._without_lost_popups(chosen)
        pairs = [(one, self._blank(one)) for one in chosen]
        tree = FieldTree(self.cleaner, self.scope)
        kept = Kept()
        for old, new in pairs:
            if self._fill(old, new, kept, tree):
                kept.annotations.append(new)
        kept.fields = tree.tops
        return kept

    def _is_wanted(self, annotation: Dictionary) -> bool:
        subtype = word(annotation.get("/Subtype"))
        if subtype == "/Widget":
            return True
        return self.options.hyperlinks if subtype == "/Link" else self.options.markups

    def _without_lost_popups(self, chosen: list[Dictionary]) -> list[Dictionary]:
        """Leave out the windows of annotations that are not kept."""
        ids = {one.objgen for one in chosen if one.is_indirect}
        return [one for one in chosen if one.get("/Subtype") != Name.Popup or _id(one.get("/Parent")) in ids]

    def _blank(self, old: Dictionary) -> Dictionary:
        """Return a new object that will stand for an annotation."""
        new = self.cleaner.adopt(Dictionary())
        if old.is_indirect:
            self.made[old.objgen] = new
        return new

    def _fill(self, old: Dictionary, new: Dictionary, kept: Kept, tree: FieldTree) -> bool:
        """Write an annotation into its new object; False if nothing of it is left."""
        subtype = word(old.get("/Subtype"))
        keys = {"/Link": _LINK, "/Widget": _WIDGET}.get(subtype, _MARKUP)
        for key in sorted(old.keys() & keys):
            clean = None if is_odd(key, old[key]) else self.cleaner.clean(old[key], self.scope)
            if clean is not None:
                new[key] = clean
        self._look(old, new)
        if subtype in {"/Link", "/Widget"}:
            if subtype == "/Widget":
                tree.add(old, new)
            return self._lead(old, new, kept) or subtype == "/Widget"
        self._join(old, new)
        return subtype not in PLAYERS or self._still(subtype, new)

    def _look(self, old: Dictionary, new: Dictionary) -> None:
        """Copy the appearances of an annotation."""
        found = entry(old, "/AP")
        looks = Dictionary()
        for key in ("/N", "/R", "/D"):
            look = entry(found, key) if isinstance(found, Dictionary) else None
            if isinstance(look, Stream):
                looks[key] = self.cleaner.form(look, self.scope)
            elif isinstance(look, Dictionary):
                looks[key] = self._states(look)
        if len(looks.keys()):
            new["/AP"] = looks

    def _states(self, look: Dictionary) -> Dictionary:
        """Return the appearances of a button by its states, whose names may be of any bytes."""
        states = Dictionary()
        for state, one in look.items():
            form = self.cleaner.form(one, self.scope)
            if form is not None:
                states[name_key(state)] = form  # type: ignore[index]  # a Name is a key too
        return states

    def _join(self, old: Dictionary, new: Dictionary) -> None:
        """Let a markup lead to the same others of the page, as far as these are kept."""
        for key in _TO_OTHERS:
            other = self.made.get(_id(entry(old, key)))
            if other is not None:
                new[key] = other

    def _lead(self, old: Dictionary, new: Dictionary, kept: Kept) -> bool:
        """Let a link, or a button, lead where it led; False if that is nowhere."""
        if not self.options.hyperlinks or not ("/A" in old or "/Dest" in old):
            return False
        target = self.destinations.of(old)
        if isinstance(target, Web):
            new["/A"] = Dictionary(S=Name.URI, URI=pikepdf.String(target.address))
        elif isinstance(target, Place):
            kept.leading.append((new, target))
        else:
            self.losses.add("Link", WHY_ACTION)
        return target is not None

    def _still(self, subtype: str, new: Dictionary) -> bool:
        """Turn what plays into a stamp with its look; False if it has none."""
        self.losses.add(subtype[1:], WHY_PLAYER)
        new["/Subtype"] = Name.Stamp
        return "/AP" in new


def _id(found: Any) -> ObjectId:
    """Return the number of an indirect dictionary; one that no object has for anything else."""
    return found.objgen if isinstance(found, Dictionary) and found.is_indirect else (0, 0)

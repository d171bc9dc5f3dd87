"""Form fields of a page: their tree, without the branches of other pages."""

from collections.abc import Iterable
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from outfeed.sheets.pdf.cleaning import Cleaner, ObjectId, Scope
from outfeed.sheets.pdf.content import search

#: What a field says of itself. `/V` of a signature is left out.
FIELD_KEYS: Final = frozenset(
    {"/FT", "/T", "/TU", "/Ff", "/V", "/DV", "/DA", "/Q", "/DS", "/RV", "/MaxLen", "/Opt", "/I", "/TI"}
)
#: Texts that may be streams.
_STREAMS: Final = frozenset({"/RC", "/V", "/DV", "/RV"})
#: Fields above a field, at most.
MAX_DEPTH: Final = 32
_VALUES: Final = ("/V", "/DV")


class FieldTree:
    """Builds the tree of the fields that a page shows."""

    def __init__(self, cleaner: Cleaner, scope: Scope) -> None:
        self._cleaner = cleaner
        self._scope = scope
        self._made: dict[ObjectId, Dictionary] = {}
        #: Fields without a field above, as objects of the source that were made for the sheet.
        self.tops: list[Dictionary] = []

    def add(self, widget: Dictionary, new: Dictionary) -> None:
        """Put the new object of a widget into the tree, below new objects of the fields above it."""
        above = _chain(widget)
        if _is_signature([widget, *above]):
            _without_values(new)
        if not above and "/T" in new:
            self.tops.append(new)
        child = new
        for field in above:
            known = field.objgen in self._made
            parent = self._made[field.objgen] if known else self._field(field)
            child["/Parent"] = parent
            parent["/Kids"].append(child)
            if known:
                return
            child = parent
        if above:
            self.tops.append(child)

    def _field(self, old: Dictionary) -> Dictionary:
        new = self._cleaner.adopt(Dictionary(Kids=Array()))
        for key in sorted(old.keys() & FIELD_KEYS):
            clean = None if is_odd(key, old[key]) else self._cleaner.clean(old[key], self._scope)
            if clean is not None:
                new[key] = clean
        if _is_signature([old, *_chain(old)]):
            _without_values(new)
        self._made[old.objgen] = new
        return new


def is_odd(key: str, found: Any) -> bool:
    """Tell whether an entry of an annotation or a field is of a kind that it cannot be of."""
    if isinstance(found, Stream):
        return key not in _STREAMS
    return isinstance(found, Dictionary) and key in FIELD_KEYS


def _chain(widget: Dictionary) -> list[Dictionary]:
    """Return the fields above a widget, from below."""
    above: list[Dictionary] = []
    seen = {widget.objgen}
    field: Any = widget.get("/Parent")
    while isinstance(field, Dictionary) and field.is_indirect and field.objgen not in seen and len(above) < MAX_DEPTH:
        seen.add(field.objgen)
        above.append(field)
        field = field.get("/Parent")
    return above


def _is_signature(fields: Iterable[Dictionary]) -> bool:
    """Tell whether a field, given with those above it, is for a signature."""
    return next((field["/FT"] for field in fields if "/FT" in field), None) == Name.Sig


def _without_values(field: Dictionary) -> None:
    """Take the values out of a field: a signature signs a document, not one page of it."""
    for key in _VALUES:
        if key in field:
            del field[key]


def form_defaults(pdf: pikepdf.Pdf, fields: Iterable[Dictionary], cleaner: Cleaner) -> Dictionary | None:
    """
    Return what a form says for all its fields, with the fonts that these name; None if the source has no form.

    Parameters
    ----------
    fields
        At the top of their trees.
    """
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return None
    kept = Dictionary()
    for key, kind in (("/DA", String), ("/Q", int), ("/NeedAppearances", bool)):
        value = form.get(key)
        if isinstance(value, kind):
            kept[key] = value
    defaults = b" ".join([bytes(kept["/DA"]) if "/DA" in kept else b"", *_defaults(fields)])
    resources = cleaner.resources(form.get("/DR"), search(defaults), Scope((-2,), None))
    if len(resources.keys()):
        kept["/DR"] = resources
    return kept


def _defaults(fields: Iterable[Dictionary]) -> Iterable[bytes]:
    """Yield the default appearances of fields and of all below them. The trees are ours: no field comes twice."""
    waiting: list[Any] = list(fields)
    while waiting:
        field = waiting.pop()
        text = field.get("/DA")
        if isinstance(text, String):
            yield bytes(text)
        waiting.extend(field.get("/Kids", Array()))

"""What a page draws with, cut free of its document: resources, forms, fonts, patterns, pictures.

Objects that are clean already are taken as they are, others are copied beside them in the source's `Pdf`, which nobody
writes; of streams, entries that no sheet has are taken out where they are. What is worked out for one page is known for
the next one of the same file.

The source may be large and the page small: what is asked of qpdf here reads the objects that the page draws with, and
no others. `Pdf.make_indirect`, and copying a stream, let qpdf read all objects of the file, to find a free number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from outfeed.errors import DrawingTooLarge
from outfeed.sheets.pdf.content import CONTENT_BYTES, Named, salvaged, search, unpacked
from outfeed.sheets.pdf.drawn import DRAWN, NAMED, PLACED
from outfeed.sheets.pdf.values import entry, word

#: Number and generation of an object.
ObjectId: TypeAlias = tuple[int, int]
#: A kind of objects.
Kind = TypeVar("Kind", bound=Object)

#: Dictionaries of a document and its other pages, of scripts and of files: never part of what is drawn.
FOREIGN: Final = frozenset(
    {"/Page", "/Pages", "/Catalog", "/StructElem", "/StructTreeRoot", "/Action", "/Filespec", "/F", "/EmbeddedFile"}
    | {"/Sig", "/DocTimeStamp", "/Outlines", "/Thread", "/Bead", "/Annot"}
)
#: Keys of a stream that name a file outside.
_OUTSIDE: Final = frozenset({"/F", "/FFilter", "/FDecodeParms"})
#: qpdf counts what it writes.
_LENGTH: Final = frozenset({"/Length"})
_RESOURCES: Final = frozenset({"/Resources"})
_FORM_KEYS: Final = frozenset(
    {"/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/OC", "/Name", "/Measure"}
    | {"/PtData", "/Length", "/Filter", "/DecodeParms", "/PatternType", "/PaintType", "/TilingType", "/XStep", "/YStep"}
)
_CATEGORIES: Final = ("/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/Properties", "/Shading", "/XObject")
_RESOURCE_KEYS: Final = frozenset({*_CATEGORIES, "/ProcSet"})
#: The type of halftones that hold others by their colourants.
_BY_COLORANT: Final = 5
#: Colour spaces that are used without being named.
_IMPLIED: Final = frozenset({"/DefaultGray", "/DefaultRGB", "/DefaultCMYK"})
#: How deep things may be nested in things; what lies deeper is cut off. Readers of PDF stop far earlier at forms.
MAX_DEPTH: Final = 100
#: New objects are numbered from here downwards; qpdf numbers its own upwards.
_HIGHEST: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Scope:
    """Resources that content without its own uses: those of the page, or of the form around it."""

    key: tuple[int, ...]
    resources: Dictionary | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What became of an indirect object."""

    clean: Any
    #: Whether it is the object itself; Python may have another wrapper for it each time.
    same: bool
    layers: frozenset[ObjectId]


def name_key(text: str) -> str | Object:
    """Return a key that dictionaries accept for a name, which may be of bytes that are no text."""
    if text.isascii():
        return text
    raw = text[1:].encode("utf-8", "surrogateescape")
    return Object.parse(b"/" + b"".join(b"#%02x" % byte for byte in raw))


class Cleaner:
    """Cuts objects of one file free of it."""

    def __init__(self, pdf: pikepdf.Pdf, *, max_objects: int) -> None:
        self._pdf = pdf
        self._max_objects = max_objects
        self._known: dict[tuple[Any, ...], _Known] = {}
        self._open: set[tuple[Any, ...]] = set()
        self._layers: set[ObjectId] = set()
        self._depth = 0
        self._scopes = 0
        self._free = _HIGHEST
        self.start_page()

    def start_page(self) -> None:
        """Begin with a page: nothing counted, no layer met."""
        self._objects_left = self._max_objects
        self._bytes_left = CONTENT_BYTES
        self._layers = set()
        #: Streams of the page's content that are damaged; what is left of them is kept.
        self.damaged = 0

    @property
    def layers(self) -> frozenset[ObjectId]:
        """Optional content groups that were met since the page began."""
        return frozenset(self._layers)

    def layer(self, objgen: ObjectId) -> Object:
        """Return the group that stands for one of `layers`."""
        layer: Object = self._known[objgen, False].clean
        return layer

    def adopt(self, made: Kind) -> Kind:
        """Return a dictionary or list of the source as an indirect object."""
        if made.is_indirect:
            return made
        while self._pdf.get_object(self._free, 0) is not None:
            self._free -= 1
        self._pdf._replace_object((self._free, 0), made)  # noqa: SLF001 nothing else of the library does it
        adopted: Kind = self._pdf.get_object(self._free, 0)  # type: ignore[assignment]  # it is of the same kind
        return adopted

    def clean(self, found: Any, scope: Scope) -> Any:
        """Return an object, itself where nothing of it is to be cut, else a copy; None if all of it is."""
        if not _is_container(found):
            return found
        return self._shared(found, scope, form=False) if found.is_indirect else self._within(found, scope)

    def form(self, found: Any, scope: Scope) -> Any:
        """Return a stream of content that may not say what it is, such as an appearance; None for no stream."""
        return self._shared(found, scope, form=True) if isinstance(found, Stream) else None

    def contents(self, found: Any, scope: Scope) -> tuple[Any, Named | None]:
        """Return what a page's `/Contents` may hold, and what it names; None: that cannot be told."""
        streams = [found] if isinstance(found, Stream) else list(found) if isinstance(found, Array) else []
        streams = [one for one in streams if isinstance(one, Stream)]
        named = self._search(streams)
        if named is None:
            streams = [self._salvaged(one) for one in streams]
            named = self._search(streams)
        kept = [one for one in (self.clean(one, scope) for one in streams) if one is not None]
        if not kept:
            return None, named
        return (kept[0] if len(kept) == 1 else Array(kept)), named

    def _salvaged(self, stream: Stream) -> Stream:
        """Return a stream of content with what is left of it, itself if it is not damaged."""
        left = salvaged(stream)
        if left is None:
            return stream
        self.damaged += 1
        return self._pdf.make_stream(left)

    def resources(self, found: Any, named: Named | None, scope: Scope) -> Dictionary:
        """Return resources with the entries that are named, or all if that cannot be told; themselves if all stay."""
        if not isinstance(found, Dictionary):
            return Dictionary()
        keys = found.keys()
        kept: dict[str, Dictionary] = {}
        same = keys <= _RESOURCE_KEYS and ("/ProcSet" not in keys or _is_plain(found["/ProcSet"]))
        for category in _CATEGORIES:
            if category not in keys:
                continue
            entries = found[category]
            chosen = self._entries(category, entries, named, scope) if isinstance(entries, Dictionary) else Dictionary()
            same &= chosen is entries
            if len(chosen.keys()):
                kept[category] = chosen
        return found if same else Dictionary(kept)

    def _entries(self, category: str, entries: Dictionary, named: Named | None, scope: Scope) -> Dictionary:
        """Return the entries of one category of resources that are named, themselves if all stay as they are."""
        wanted = _wanted(category, entries, named)
        same = len(wanted) == len(entries.keys())
        kept: list[tuple[Any, Any]] = []
        for text in wanted:
            key = name_key(text)
            item = entries[key]  # type: ignore[index]  # a Name is a key too
            clean = self.clean(item, scope)
            same &= clean is item
            if clean is not None:
                kept.append((key, clean))
        if same:
            return entries
        chosen = Dictionary()
        for key, clean in kept:
            chosen[key] = clean
        return chosen

    def _shared(self, found: Any, scope: Scope, *, form: bool) -> Any:
        """Return an indirect object, or a stream, cleaned once; None within itself, for nothing drawn holds itself."""
        key: tuple[Any, ...] = (found.objgen, form)
        if isinstance(found, Stream) and (form or _is_form(found)) and "/Resources" not in found:
            key = (*key, scope.key)
        if key in self._known:
            known = self._known[key]
            self._count(len(known.layers))
            self._layers |= known.layers
            return found if known.same else known.clean
        if key in self._open:
            return None
        before, self._layers = self._layers, set()
        self._open.add(key)
        clean = self._within(found, scope, form=form)
        self._open.discard(key)
        same = clean is found
        if not same and clean is not None and not clean.is_indirect:
            clean = self.adopt(clean)
        self._known[key] = _Known(clean, same, frozenset(self._layers))
        before |= self._layers  # this way round, for most things have few, and those before them may have many
        self._layers = before
        return clean

    def _within(self, found: Any, scope: Scope, *, form: bool = False) -> Any:
        """Return a container cleaned, one level deeper."""
        if self._depth >= MAX_DEPTH:
            return None
        self._depth += 1
        try:
            if isinstance(found, Array):
                return self._array(found, scope)
            self._count(1)
            if word(entry(found, "/Type")) in FOREIGN:
                return None
            if isinstance(found, Stream):
                return self._stream(found, scope, form=form)
            return self._dictionary(found, scope)
        finally:
            self._depth -= 1

    def _count(self, objects: int) -> None:
        self._objects_left -= objects
        if self._objects_left < 0:
            raise DrawingTooLarge(f"A page has more than {self._max_objects:,} objects.")

    def _array(self, found: Array, scope: Scope) -> Any:
        self._count(len(found))
        if _is_plain(found):
            return found
        changed = False
        kept = []
        for item in found:
            clean = self.clean(item, scope)
            changed |= clean is not item
            kept.append(clean)
        return Array(kept) if changed else found

    def _dictionary(self, found: Dictionary, scope: Scope) -> Any:
        kind = word(entry(found, "/Type"))
        if kind == "/OCG" and found.is_indirect:
            self._layers.add(found.objgen)
        if kind == "/Font" and found.get("/Subtype") == Name.Type3:
            return self._type3(found, scope)
        changes = self._changes(found, scope, any_key=entry(found, "/HalftoneType") == _BY_COLORANT)
        return _with(found.__copy__(), changes) if changes else found

    def _changes(
        self, found: Any, scope: Scope, but: frozenset[str] = frozenset(), *, any_key: bool = False
    ) -> dict[str, Any]:
        """Return the entries that must change, None for those to drop; some are not looked at."""
        changes: dict[str, Any] = {}
        for key, value in found.items():
            if key in but:
                continue
            if not any_key and key not in DRAWN:
                if key in PLACED or _is_container(value):
                    changes[key] = None
                continue
            clean = self._named(value, scope) if key in NAMED and not any_key else self.clean(value, scope)
            if clean is not value:
                changes[key] = clean
        return changes

    def _named(self, found: Any, scope: Scope) -> Any:
        """Return a dictionary whose keys the file chose, such as glyphs by their names, with its values cleaned."""
        if not isinstance(found, Dictionary):
            return self.clean(found, scope)
        self._count(1)
        if self._depth >= MAX_DEPTH:
            return None
        self._depth += 1
        changes = self._changes(found, scope, any_key=True)
        self._depth -= 1
        return _with(found.__copy__(), changes) if changes else found

    def _scope_of(self, owner: Object, resources: Dictionary | None) -> Scope:
        """Return the resources of a form or font as a scope; those of direct objects are told apart by a number."""
        self._scopes += 1
        return Scope(owner.objgen if owner.is_indirect else (0, 0, self._scopes), resources)

    def _type3(self, font: Dictionary, scope: Scope) -> Any:
        """Return a font whose glyphs are content."""
        glyphs = font.get("/CharProcs")
        streams = [glyph for glyph in glyphs.values() if isinstance(glyph, Stream)] if glyphs is not None else []
        own = font.get("/Resources")
        resources = own if isinstance(own, Dictionary) else scope.resources
        inner = self._scope_of(font, resources)
        kept = self.resources(resources, self._search(streams), inner)
        changes = self._changes(font, inner, _RESOURCES) | _resources_changed(own, kept)
        return _with(font.__copy__(), changes) if changes else font

    def _stream(self, found: Stream, scope: Scope, *, form: bool) -> Any:
        if not _is_packed(found):
            return None
        is_form = _is_form(found)
        if not (form or is_form):
            changes = self._changes(found, scope, _OUTSIDE | _LENGTH) | dict.fromkeys(found.keys() & _OUTSIDE)
            return _stream_with(found, changes, keep="/Resources" in found)
        own = entry(found, "/Resources")
        resources = own if isinstance(own, Dictionary) else scope.resources
        inner = self._scope_of(found, own) if isinstance(own, Dictionary) else scope
        kept = self.resources(resources, self._search([found]), inner)
        dropped = frozenset(found.keys() - _FORM_KEYS)
        changes = self._changes(found, scope, dropped | _RESOURCES | _LENGTH)
        changes |= dict.fromkeys(dropped) | _resources_changed(own, kept)
        return _stream_with(found, changes, keep=not is_form)

    def _search(self, streams: Iterable[Stream]) -> Named | None:
        """Return what content names; None if it cannot be told, or the page's content is too long to look at."""
        pieces = []
        for stream in streams:
            piece = unpacked(stream) if self._bytes_left > 0 else None
            if piece is None:
                return None
            self._bytes_left -= len(piece)
            pieces.append(piece)
        return search(b"\n".join(pieces))


def _is_container(found: Any) -> bool:
    """Tell whether an object may hold others."""
    # Numbers come as Python's own; of the rest most are names.
    return type(found) is Object and isinstance(found, (Dictionary, Array, Stream))


def _is_packed(stream: Stream) -> bool:
    """Tell whether a stream says in words how it is packed; no reader can unpack another one."""
    found = entry(stream, "/Filter")
    return all(isinstance(one, Name) for one in (found if isinstance(found, Array) else [found]) if one is not None)


def _is_plain(found: Any) -> bool:
    """Tell whether something is an array of nothing but numbers and names, such as a font's widths."""
    if not isinstance(found, Array):
        return False
    written = found.unparse(resolved=True)
    return b"<" not in written and b" R" not in written


def _is_form(stream: Stream) -> bool:
    """Tell whether a stream is content: a form, or a tiling pattern."""
    return bool(entry(stream, "/Subtype") == Name.Form or entry(stream, "/PatternType") == 1)


def _resources_changed(own: Any, kept: Dictionary) -> dict[str, Any]:
    """Return what changes where resources are kept; where there are none, none are written."""
    return {} if kept is own or (own is None and not len(kept.keys())) else {"/Resources": kept}


def _wanted(category: str, entries: Dictionary, named: Named | None) -> list[str]:
    """Return the keys of resources that are named, in a fixed order."""
    keys = entries.keys()
    if named is None:
        return sorted(keys)
    words = named.painted if category == "/XObject" else named.words
    return sorted(keys & (words | _IMPLIED if category == "/ColorSpace" else words))


def _stream_with(found: Stream, changes: dict[str, Any], *, keep: bool = False) -> Any:
    """Return a stream with entries changed: itself if they only go, unless it is to be kept for what else it is."""
    if not changes:
        return found
    only_dropped = not any(value is not None for value in changes.values())
    return _with(found if only_dropped and not keep else found.__copy__(), changes)


def _with(copied: Any, changes: dict[str, Any]) -> Any:
    """Return a copy with entries changed, those dropped whose new value is None."""
    for text, value in changes.items():
        key = name_key(text)
        if value is None:
            del copied[key]
        else:
            copied[key] = value
    return copied

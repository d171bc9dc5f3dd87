"""Definition files: their entries as records, each as it stands there; `book` joins them."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from outfeed.errors import DefinitionInvalid
from outfeed.json_text import no_constant, unique_names
from outfeed.printdb.entries import Entry
from outfeed.printdb.records import Material, PrintableKind, PrinterType, Profile, Technology, Volume

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
#: Entries of each kind, of all files.
MAX_ENTRIES: Final = 10_000

_SHAPES: Final = ("Cartesian", "Cylindrical")
_TECHNOLOGIES: Final = tuple(Technology)
#: Names of the API's own fields, which no value of a material or a profile may take.
_OF_PROFILES: Final = frozenset({"id", "version", "name", "technology", "printer_types", "materials"})
_OF_MATERIALS: Final = _OF_PROFILES | {
    "composition",
    "color",
    "cost",
    "rating",
    "opacity",
    "pct_shrink",
    "manufacturer",
    "website",
    "tags",
    "is_user",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A profile as its file has it, with the one that it takes its other settings from."""

    profile: Profile
    like: str | None
    #: Where it stands, for what is wrong with it.
    place: str


@dataclass(frozen=True, slots=True)
class Definitions:
    """What files define: by ids in lower case; a later one replaces an earlier one."""

    types: dict[str, PrinterType] = field(default_factory=dict)
    materials: dict[str, Material] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    #: Where each entry stands.
    places: dict[str, str] = field(default_factory=dict)
    #: Names of values that are meant as they stand, though known ones are nearly the same.
    meant: set[str] = field(default_factory=set)


def read_folder(folder: Path, into: Definitions) -> None:
    """
    Add what the files `*.json` of a folder define, in the order of their names.

    Raises
    ------
    DefinitionInvalid
        If there is no such folder, or a file in it is not as it should be.
    """
    if not folder.is_dir():
        raise DefinitionInvalid(f"{folder} is no folder.")
    for path in sorted(folder.glob("*.json")):
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise DefinitionInvalid(f"{path} is larger than {MAX_FILE_BYTES} bytes.")
            content = path.read_bytes()
        except OSError as error:
            raise DefinitionInvalid(f"{path}: {error.strerror}.") from error
        read_file(str(path), content, into)


def read_file(name: str, content: bytes, into: Definitions) -> None:
    """Add what one file defines; `name` stands in what is told of a mistake."""
    try:
        parsed = json.loads(content.decode("utf-8-sig"), object_pairs_hook=unique_names, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise DefinitionInvalid(f"{name} is not JSON: {str(error).splitlines()[0]}.") from error
    whole = Entry(name, parsed)
    whole.text("about", "")
    into.meant.update(whole.texts("meant"))
    for entry in whole.entries("printer_types"):
        _keep(into, into.types, entry, _printer_type(entry))
    for entry in whole.entries("materials"):
        _keep(into, into.materials, entry, _material(entry))
    for entry in whole.entries("profiles"):
        _keep(into, into.drafts, entry, _draft(entry))
    whole.done()


def _keep(into: Definitions, kept: dict[str, Any], entry: Entry, record: PrinterType | Material | Draft) -> None:
    entry.done()
    key = (record.profile.id if isinstance(record, Draft) else record.id).lower()
    if len(kept) >= MAX_ENTRIES and key not in kept:
        raise DefinitionInvalid(f"{entry.place} is one entry too many.")
    kept[key] = record
    into.places[key] = entry.place


def _printer_type(entry: Entry) -> PrinterType:
    return PrinterType(
        id=entry.id("id"),
        version=entry.whole("version", 1),
        name=entry.text("name"),
        manufacturer=entry.text("manufacturer"),
        model=entry.text("model", ""),
        technology=_technology(entry),
        default_material=entry.id("default_material"),
        default_profile=entry.id("default_profile"),
        firmware=entry.plain("firmware"),
        volume=_volume(entry.entry("volume")),
        printable=_printable(entry.entry("printable")),
        max_materials=entry.whole("max_materials", 1),
        connections=tuple(item.anything() for item in entry.entries("connections")),
        preferred_connection=entry.text("preferred_connection", "") or None,
        max_speeds=entry.flat("max_speeds"),
        software=entry.plain("software"),
        capabilities=entry.flat("capabilities"),
        settings_root=entry.text("settings_root", "") or None,
    )


def _volume(entry: Entry) -> Volume:
    volume = Volume(
        shape=entry.one_of("shape", _SHAPES),
        size=entry.three("size", above=0),
        offset=entry.three("offset"),
        home=entry.three("home"),
        park=entry.three("park"),
    )
    entry.done()
    return volume


def _printable(entry: Entry) -> PrintableKind:
    kind = PrintableKind(
        content=entry.text("content"),
        thumbnail=entry.text("thumbnail", "none"),
        extension=entry.text("extension"),
        generates_supports=entry.truth("generates_supports"),
    )
    if not re.fullmatch(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*", kind.extension):
        raise entry.wrong("extension", "should be the end of a file's name, without the first dot")
    entry.done()
    return kind


def _material(entry: Entry) -> Material:
    return Material(
        id=entry.id("id"),
        version=entry.whole("version", 1),
        name=entry.text("name"),
        technology=_technology(entry),
        composition=entry.text("composition"),
        printer_types=entry.ids("printer_types"),
        color=entry.color("color"),
        cost=entry.number("cost", 0, least=0),
        rating=entry.number("rating", 0, least=0),
        opacity=entry.number("opacity", 1, least=0),
        shrink_pct=entry.number("shrink_pct") if entry.has("shrink_pct") else None,
        manufacturer=entry.text("manufacturer", "unspecified"),
        website=entry.text("website", "unspecified"),
        properties=_values(entry, "properties", _OF_MATERIALS),
    )


def _draft(entry: Entry) -> Draft:
    profile = Profile(
        id=entry.id("id"),
        version=entry.whole("version", 1),
        name=entry.text("name"),
        technology=_technology(entry),
        printer_types=entry.ids("printer_types"),
        materials=entry.ids("materials", ()),
        settings=_values(entry, "settings", _OF_PROFILES),
    )
    return Draft(profile=profile, like=entry.id("like") if entry.has("like") else None, place=entry.place)


def _technology(entry: Entry) -> Technology:
    return Technology(entry.one_of("technology", _TECHNOLOGIES))


def _values(entry: Entry, name: str, taken: frozenset[str]) -> dict[str, Any]:
    """Return the flat values of a group, of which none may hide a field of the API."""
    values = entry.flat(name)
    for hidden in taken.intersection(values):
        raise entry.wrong(f"{name}: {hidden}", "has a field of its own")
    return values

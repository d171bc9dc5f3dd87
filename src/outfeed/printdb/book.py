"""All definitions, joined and checked: what the API's calls and the fleet look things up in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

from outfeed.errors import DefinitionInvalid
from outfeed.printdb.reading import Definitions, Draft, read_file, read_folder
from outfeed.printdb.records import Material, PrinterType, Profile
from outfeed.printdb.spelling import check_spelling, known_names

_BUILT_IN: Final = files("outfeed.printdb").joinpath("data")


class PrintDb:
    """Printer types, materials and profiles, by ids whose case does not matter."""

    def __init__(self, definitions: Definitions) -> None:
        """
        Join definitions.

        Raises
        ------
        DefinitionInvalid
            If one of them names another that is not there, or does not fit: the default material and the default
            profile of a printer type must be of its technology and list it.
        """
        self._types = definitions.types
        self._materials = definitions.materials
        self._profiles = {key: _whole(draft, definitions) for key, draft in definitions.drafts.items()}
        _check(definitions, self._profiles)

    @classmethod
    def load(cls, folder: str | Path = "") -> Self:
        """
        Return what is built in, with the definitions of a folder beside it or in its place; empty: no folder.

        Raises
        ------
        DefinitionInvalid
            If there is no such folder, or a file in it is not as it should be, or a name most likely misspelt.
        """
        definitions = Definitions()
        for item in sorted(_BUILT_IN.iterdir(), key=lambda entry: entry.name):
            read_file(item.name, item.read_bytes(), definitions)
        if str(folder):
            known = known_names(definitions)
            read_folder(Path(folder), definitions)
            check_spelling(definitions, known)
        return cls(definitions)

    @property
    def printer_types(self) -> list[PrinterType]:
        """All printer types, in the order in which they were defined."""
        return list(self._types.values())

    @property
    def materials(self) -> list[Material]:
        """All materials, in the order in which they were defined."""
        return list(self._materials.values())

    @property
    def profiles(self) -> list[Profile]:
        """All profiles, in the order in which they were defined."""
        return list(self._profiles.values())

    def printer_type(self, type_id: str) -> PrinterType | None:
        """Return a printer type, or None."""
        return self._types.get(type_id.lower())

    def material(self, material_id: str) -> Material | None:
        """Return a material, or None."""
        return self._materials.get(material_id.lower())

    def profile(self, profile_id: str) -> Profile | None:
        """Return a profile, or None."""
        return self._profiles.get(profile_id.lower())

    def knows_type(self, type_id: str) -> bool:
        """Tell whether a printer type is defined."""
        return self.printer_type(type_id) is not None

    def settings_for(self, type_id: str, settings: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """
        Return the settings of a print job as machines of a type look for them.

        An Ember looks below the key `Settings`, and gives a job up that has no such key: it writes the id of the job
        there (ember-firmware, `print_data_command.rb`).
        """
        machine = self.printer_type(type_id)
        root = machine.settings_root if machine else None
        if root is None or (settings is not None and isinstance(settings.get(root), Mapping)):
            return settings
        return {root: dict(settings or {})}


def _whole(draft: Draft, definitions: Definitions) -> Profile:
    """Return a profile with the settings that it takes from others; if it names no materials, with its machines'."""
    profile, settings, seen = draft.profile, dict(draft.profile.settings), {draft.profile.id.lower()}
    below: Draft | None = draft
    while below is not None and below.like is not None:
        found = definitions.drafts.get(below.like.lower())
        if found is None or found.profile.id.lower() in seen:
            raise DefinitionInvalid(f"{below.place}: like names no profile, or one that is like this one.")
        settings = {**found.profile.settings, **settings}
        seen.add(found.profile.id.lower())
        below = found
    if "layer_height" not in settings:
        raise DefinitionInvalid(f"{draft.place}: settings: layer_height is missing.")
    return replace(profile, settings=settings, materials=profile.materials or _fitting(profile, definitions))


def _fitting(profile: Profile, definitions: Definitions) -> tuple[str, ...]:
    """Return the materials that one of a profile's printer types takes."""
    wanted = _keys(profile.printer_types)
    return tuple(item.id for item in definitions.materials.values() if wanted & _keys(item.printer_types))


def _check(definitions: Definitions, profiles: Mapping[str, Profile]) -> None:
    """Raise `DefinitionInvalid` unless all that definitions name is there and fits."""
    for key, machine in definitions.types.items():
        place = definitions.places[key]
        _check_default(
            f"{place}: default_material", machine, definitions.materials.get(machine.default_material.lower())
        )
        _check_default(f"{place}: default_profile", machine, profiles.get(machine.default_profile.lower()))
    for key, material in definitions.materials.items():
        _check_known(f"{definitions.places[key]}: printer_types", material.printer_types, definitions.types)
    for key, profile in profiles.items():
        _check_known(f"{definitions.places[key]}: printer_types", profile.printer_types, definitions.types)
        _check_known(f"{definitions.places[key]}: materials", profile.materials, definitions.materials)


def _check_default(place: str, machine: PrinterType, found: Material | Profile | None) -> None:
    if found is None:
        raise DefinitionInvalid(f"{place} is not defined.")
    if found.technology is not machine.technology or machine.id.lower() not in _keys(found.printer_types):
        raise DefinitionInvalid(f"{place} is not for this printer type: {found.name} does not list it.")


def _check_known(place: str, ids: Iterable[str], known: Mapping[str, object]) -> None:
    for item in ids:
        if item.lower() not in known:
            raise DefinitionInvalid(f"{place}: {item} is not defined.")


def _keys(ids: Iterable[str]) -> set[str]:
    return {item.lower() for item in ids}

"""Layers (optional content): those that a sheet uses, with the order and the visibility that the source gives them."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from outfeed.sheets.pdf.cleaning import ObjectId

#: How deep groups of layers may be nested; deeper ones are not listed, and stay as visible as they are.
MAX_DEPTH: Final = 32
#: Lists of layers in a configuration.
_LISTS: Final = ("/ON", "/OFF", "/Locked")
_WORDS: Final = ("/BaseState", "/ListMode", "/Intent")

#: Gives the target's object for the number of one of the source.
_Carry: TypeAlias = Callable[[ObjectId], Any]


def layer_properties(source: pikepdf.Pdf, used: Iterable[ObjectId], carry: _Carry) -> Dictionary | None:
    """
    Return what `/OCProperties` of a target holds for the layers that were used; None if there are none.

    Parameters
    ----------
    used
        Numbers of the layers' objects in the source.
    carry
        Gives the target's object for the number of a layer.
    """
    wanted = {objgen: carry(objgen) for objgen in sorted(used)}
    if not wanted:
        return None
    properties = source.Root.get("/OCProperties")
    found = properties.get("/D") if isinstance(properties, Dictionary) else None
    config = _Config(found if isinstance(found, Dictionary) else Dictionary(), wanted)
    listed = properties.get("/OCGs") if isinstance(properties, Dictionary) else None
    inside = config.only(listed)
    kept = set(_ids(listed))
    inside.extend(layer for objgen, layer in wanted.items() if objgen not in kept)
    return Dictionary(OCGs=Array(inside), D=config.kept())


class _Config:
    """Cuts a configuration down to the layers that are used."""

    def __init__(self, found: Dictionary, wanted: dict[ObjectId, Any]) -> None:
        self._found = found
        self._wanted = wanted

    def kept(self) -> Dictionary:
        """Return the configuration."""
        kept = Dictionary()
        for key in _WORDS:
            if isinstance(self._found.get(key), Name):
                kept[key] = self._found[key]
        for key in _LISTS:
            layers = self.only(self._found.get(key))
            if layers:
                kept[key] = Array(layers)
        for key, entries in (("/Order", self._order(self._found.get("/Order"), 0)), ("/RBGroups", self._radios())):
            if entries:
                kept[key] = Array(entries)
        automatic = self._automatic()
        if automatic:
            kept["/AS"] = Array(automatic)
        return kept

    def only(self, found: Any) -> list[Any]:
        """Return the layers of a list that are used, as the target's objects."""
        return [self._wanted[objgen] for objgen in dict.fromkeys(_ids(found)) if objgen in self._wanted]

    def _order(self, found: Any, depth: int) -> list[Any]:
        """Return the list of layers as people see it; a label stays with the layers below it."""
        entries: list[Any] = []
        if not isinstance(found, Array) or depth >= MAX_DEPTH:
            return entries
        for place, item in enumerate(found):
            if isinstance(item, Array):
                group = self._order(item, depth + 1)
                if group:
                    entries.append(Array(group))
            elif isinstance(item, Dictionary) and item.objgen in self._wanted:
                entries.append(self._wanted[item.objgen])
            elif isinstance(item, String) and place == 0:
                entries.append(item)
        only_label = len(entries) == 1 and isinstance(entries[0], String)
        return [] if only_label else entries

    def _radios(self) -> list[Array]:
        """Return the groups of layers of which one is on."""
        found = self._found.get("/RBGroups")
        groups = [self.only(group) for group in found] if isinstance(found, Array) else []
        return [Array(group) for group in groups if len(group) > 1]

    def _automatic(self) -> list[Dictionary]:
        """Return what switches layers by itself, such as for printing."""
        found = self._found.get("/AS")
        kept = []
        for usage in found if isinstance(found, Array) else ():
            if not isinstance(usage, Dictionary):
                continue
            layers, event = self.only(usage.get("/OCGs")), usage.get("/Event")
            categories = usage.get("/Category")
            if layers and isinstance(event, Name) and isinstance(categories, Array):
                words = [word for word in categories if isinstance(word, Name)]
                kept.append(Dictionary(Event=event, Category=Array(words), OCGs=Array(layers)))
        return kept


def _ids(found: Any) -> list[ObjectId]:
    """Return the numbers of the objects that a list holds."""
    if not isinstance(found, Array):
        return []
    return [one.objgen for one in found if isinstance(one, Dictionary) and one.is_indirect]

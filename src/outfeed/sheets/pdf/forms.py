"""Forms and layers of several PDFs as those of one."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from outfeed.sheets.pdf.page import PageCopier

#: What a form says for all its fields, which may say it themselves.
_FOR_ALL: Final = ("/DA", "/Q")
_LISTS: Final = ("/ON", "/OFF", "/Locked", "/Order", "/RBGroups", "/AS")


def joined_form(sheets: Iterable[tuple[PageCopier, Sequence[pikepdf.Object]]]) -> Dictionary | None:
    """
    Return `/AcroForm` of a target for the fields of its pages, with those renamed whose name is taken; None without.

    Parameters
    ----------
    sheets
        Of each page what copied it, and its fields at the top of their trees.
    """
    by_copier: dict[int, tuple[PageCopier, list[pikepdf.Object]]] = {}
    for copier, fields in sheets:
        by_copier.setdefault(id(copier), (copier, []))[1].extend(fields)
    joined = Dictionary(Fields=Array(), DR=Dictionary())
    taken: dict[str, int] = {}
    for copier, fields in by_copier.values():
        form = copier.form(fields)
        if form is None:
            continue
        for field in fields:
            _take_over(field, form)
            _rename(field, taken)
            joined["/Fields"].append(field)
        _add_resources(joined["/DR"], form.get("/DR"))
        if bool(form.get("/NeedAppearances")):
            joined["/NeedAppearances"] = True
    return joined if len(joined["/Fields"]) else None


def _take_over(field: pikepdf.Object, form: Dictionary) -> None:
    """Let a field say itself what its own form said for all."""
    for key in _FOR_ALL:
        if key in form and key not in field:
            field[key] = form[key]


def _rename(field: pikepdf.Object, taken: dict[str, int]) -> None:
    """Give a field a name that no other has; a full stop would part it."""
    found = field.get("/T")
    name = str(found) if isinstance(found, String) else ""
    number = taken.get(name, 0) + 1
    free = name if number == 1 else f"{name}_{number}"
    while number > 1 and free in taken:
        number += 1
        free = f"{name}_{number}"
    taken[name] = number
    taken.setdefault(free, 1)
    if number > 1:
        field["/T"] = String(free)


def _add_resources(kept: Any, found: Any) -> None:
    """Add resources for text that somebody will write; of one name, the first stays."""
    for category, entries in found.items() if isinstance(found, Dictionary) else ():
        if isinstance(entries, Dictionary):
            if category not in kept:
                kept[category] = Dictionary()
            inside = kept[category]
            for name, entry in entries.items():
                if name not in inside:
                    inside[name] = entry


def joined_layers(copiers: Iterable[PageCopier]) -> Dictionary | None:
    """Return `/OCProperties` of a target for the layers of all its sources; None if there are none."""
    parts = [layers for layers in (copier.layers() for copier in copiers) if layers is not None]
    if len(parts) <= 1:
        return parts[0] if parts else None
    groups, config = Array(), Dictionary()
    for layers in parts:
        groups.extend(layers["/OCGs"])
        for key, items in _lists(layers).items():
            config[key] = Array([*config.get(key, []), *items])
    return Dictionary(OCGs=groups, D=config)


def _lists(layers: Dictionary) -> dict[str, list[Any]]:
    """Return the lists of a source's configuration, as they are where layers are on that nothing is said of."""
    config = layers["/D"]
    lists = {key: list(config[key]) for key in _LISTS if key in config}
    if config.get("/BaseState") == Name.OFF:
        shown = {layer.objgen for layer in lists.get("/ON", [])}
        lists["/OFF"] = [layer for layer in layers["/OCGs"] if layer.objgen not in shown]
    return lists

"""Names of values that are most likely misspelt: a group may hold any, and machines overlook what they do not know."""

from collections.abc import Collection, Iterator, KeysView
from itertools import takewhile
from typing import Final

from outfeed.errors import DefinitionInvalid
from outfeed.printdb.reading import Definitions

Names = dict[str, frozenset[str]]

#: What stands between the words of a name.
_BETWEEN: Final = "_-:"


def known_names(definitions: Definitions) -> Names:
    """Return the names of values that definitions have, by group."""
    found: dict[str, set[str]] = {}
    for _place, group, values in _groups(definitions):
        found.setdefault(group, set()).update(values)
    return {group: frozenset(names) for group, names in found.items()}


def check_spelling(definitions: Definitions, known: Names) -> None:
    """
    Look for names that are nearly the same as a known one.

    Raises
    ------
    DefinitionInvalid
        If a name and a known one differ in one letter, or in case and separators, and no file says that it is meant.
    """
    fine = {group: set(names) for group, names in known.items()}
    for place, group, values in _groups(definitions):
        for name in values - fine[group] - definitions.meant:
            fine[group].add(name)
            meant = nearly(name, known[group])
            if meant:
                escape = f'If not, add "meant": ["{name}"] to the file.'
                raise DefinitionInvalid(f"{place}: {group}: {name} is not known: did you mean {meant}? {escape}")


def nearly(name: str, known: Collection[str]) -> str | None:
    """Return the known name that another one most likely stands for; None where it is known itself, or like none."""
    if name in known:
        return None
    return next((other for other in sorted(known) if _plain(other) == _plain(name) or _is_slip(name, other)), None)


def _groups(definitions: Definitions) -> Iterator[tuple[str, str, KeysView[str]]]:
    """Yield place, group and names of each group of values."""
    for key, machine in definitions.types.items():
        yield definitions.places[key], "capabilities", machine.capabilities.keys()
        yield definitions.places[key], "max_speeds", machine.max_speeds.keys()
    for key, material in definitions.materials.items():
        yield definitions.places[key], "properties", material.properties.keys()
    for draft in definitions.drafts.values():
        yield draft.place, "settings", draft.profile.settings.keys()


def _plain(name: str) -> str:
    """Return a name without case and separators."""
    return "".join(character for character in name.lower() if character not in _BETWEEN)


def _is_slip(name: str, other: str) -> bool:
    """Tell whether one letter is wrong, missing or too many, or two are swapped; one that is a word is an axis."""
    if abs(len(name) - len(other)) > 1:
        return False
    before = _shared(name, other)
    after = _shared(name[before:][::-1], other[before:][::-1])
    one, two = name[before : len(name) - after], other[before : len(other) - after]
    is_word = name[:before][-1:] in _BETWEEN and name[len(name) - after :][:1] in _BETWEEN
    if is_word or not (one + two).isalpha():
        return False
    return max(len(one), len(two)) == 1 or (len(one) == 2 and one == two[::-1])  # noqa: PLR2004 - two letters


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))

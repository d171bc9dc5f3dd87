"""What a JSON text of a stranger must not have: brackets too deep for a parser, a name twice, a number that is none."""

import re
from collections import Counter
from typing import Any, Final, NoReturn

#: A string that is not closed ends with the text: to look for its end from each quote in it again would never end.
_BRACKET_OR_STRING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
#: Characters of a name that an error repeats.
_SHOWN: Final = 64


def check_depth(text: str, most: int) -> None:
    """Raise `ValueError` if brackets nest deeper; those in strings do not count. One with few is not looked through."""
    if text.count("[") + text.count("{") <= most:
        return
    depth = 0
    for found in _BRACKET_OR_STRING.finditer(text):
        depth += _STEPS.get(found[0], 0)
        if depth > most:
            raise ValueError(f"nested deeper than {most}")


def unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object; `ValueError` if one is there twice, where two readers could see two values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice[:_SHOWN]} stands twice in one object")
    return found


def no_constant(name: str) -> NoReturn:
    """Raise `ValueError` for `NaN` and `Infinity`, which Python would let pass."""
    raise ValueError(f"{name} is no number of JSON")

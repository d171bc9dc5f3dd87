"""The values of X3D's fields, which stand in attributes as text."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotFinite, SourceDamaged
from outfeed.mesh.formats.xml_tree import Element, Rows, numbers, whole

#: A string among several; quotes and backslashes inside have a backslash before them. One that does not end goes to the
#: end: a search that gave up there would begin anew at each of its quotes.
QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)', re.DOTALL)


def floats(element: Element, name: str) -> NDArray[np.float64]:
    """Return the numbers of a field (n,)."""
    return numbers(element.get(name), f"The {name} of a {element.tag}")


def table(element: Element, name: str, width: int) -> NDArray[np.float64]:
    """
    Return the rows of a field (n, width).

    Raises
    ------
    SourceDamaged
        If the last row is not whole.
    """
    values = floats(element, name)
    if len(values) % width:
        raise SourceDamaged(f"The {name} of a {element.tag} has {len(values)} numbers, not {width} for each.")
    return values.reshape(-1, width)


def rows(element: Element, name: str) -> Rows:
    """Return the indices of a field (n,)."""
    return whole(floats(element, name), f"The {name} of a {element.tag}")


def vector(element: Element, name: str, default: tuple[float, ...]) -> NDArray[np.float64]:
    """
    Return the numbers of a field that has a fixed count of them (n,).

    Raises
    ------
    SourceDamaged
        If it has more or fewer.
    NotFinite
        If one is not finite.
    """
    if name not in element.attributes:
        return np.array(default)
    values = floats(element, name)
    if len(values) != len(default):
        raise SourceDamaged(f"The {name} of a {element.tag} has {len(values)} numbers and not {len(default)}.")
    if not np.isfinite(values).all():
        raise NotFinite(f"The {name} of a {element.tag} has a number that is not finite.")
    return values


def scalar(element: Element, name: str, default: float) -> float:
    """Return the one number of a field; see `vector`."""
    return float(vector(element, name, (default,))[0])


def flag(element: Element, name: str, *, default: bool) -> bool:
    """Return whether a field is set; what is neither true nor false counts as missing."""
    return {"true": True, "false": False}.get(element.get(name).strip().lower(), default)


def strings(element: Element, name: str) -> list[str]:
    """Return the strings of a field; one without quotes is one."""
    text = element.get(name)
    found = [re.sub(r"\\(.)", r"\1", item) for item in QUOTED.findall(text)]
    return found or ([text.strip()] if text.strip() else [])

"""The kernels for the XML of 3MF again, slow and plain: what they must equal."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Positions
from unit.twins import number

_ATTRIBUTE: Final = r"""[ \t\r\n]+(\w+)[ \t\r\n]*=[ \t\r\n]*("[^"<>]*"|'[^'<>]*')"""
_REAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INDEX: Final = re.compile(r"\d+", re.ASCII)
#: What a triangle may say besides its corners.
_MORE: Final = {"p1", "p2", "p3", "pid"}


def xml_rows(texts: Sequence[str], values: Positions | NDArray[np.int32]) -> str:
    """Return the rows with texts before, between and behind their numbers."""
    return "".join(
        "".join(text + word for text, word in zip(texts, [*map(_word, row), ""], strict=True)) for row in values
    )


def xml_triangles(faces: NDArray[np.int32], groups: NDArray[np.int32], indices: NDArray[np.int32]) -> str:
    """Return triangles with their properties, one index where all are the same."""
    rows = []
    for face, group, own in zip(faces.tolist(), groups.tolist(), indices.tolist(), strict=True):
        said = own[:1] if len(set(own)) == 1 else own
        words = [f'v{at}="{corner}"' for at, corner in enumerate(face, 1)]
        if group > 0:
            words += [f'pid="{group}"', *(f'p{at}="{index}"' for at, index in enumerate(said, 1))]
        rows.append(f"<triangle {' '.join(words)}/>\n")
    return "".join(rows)


def xml_colors(texts: Sequence[str], colors: NDArray[np.uint8]) -> str:
    """Return the colours as digits between two texts."""
    return "".join(f"{texts[0]}{bytes(color).hex().upper()}{texts[1]}" for color in colors)


def vertices(text: str, name: str) -> tuple[list[list[float]], int]:
    """Return the vertices at the beginning of a text, and how many characters they take."""
    found: list[list[float]] = []
    elements, used = _elements(text, name)
    for start, attributes in elements:
        if attributes.keys() != {"x", "y", "z"} or not all(map(_REAL.fullmatch, attributes.values())):
            return found, start
        found.append([float(attributes[axis]) for axis in "xyz"])
    return found, used


def triangles(text: str, name: str, group: int) -> tuple[list[list[int]], list[list[int]], int]:
    """Return corners and properties of the triangles at the beginning of a text, and how many characters they take."""
    corners: list[list[int]] = []
    properties: list[list[int]] = []
    elements, used = _elements(text, name)
    for start, attributes in elements:
        if attributes.keys() - _MORE != {"v1", "v2", "v3"} or not all(map(_is_index, attributes.values())):
            return corners, properties, start
        said = {key: int(value) for key, value in attributes.items()}
        own = said.get("pid", group)
        if own >= 0 and "p1" in said:
            properties.append([len(corners), own, said["p1"], said.get("p2", said["p1"]), said.get("p3", said["p1"])])
        corners.append([said["v1"], said["v2"], said["v3"]])
    return corners, properties, used


def _word(value: Any) -> str:
    return str(value) if isinstance(value, np.integer) else number(value)


def _is_index(word: str) -> bool:
    return _INDEX.fullmatch(word) is not None and int(word) < 2**31


def _elements(text: str, name: str) -> tuple[list[tuple[int, dict[str, str]]], int]:
    """Return the empty elements at the beginning of a text, with where each begins, and the end of the blanks."""
    element = re.compile(rf"<{re.escape(name)}((?:{_ATTRIBUTE})*)[ \t\r\n]*/>")
    found: list[tuple[int, dict[str, str]]] = []
    at = _behind_blanks(text, 0)
    while match := element.match(text, at):
        attributes = [(key, value[1:-1]) for key, value in re.findall(_ATTRIBUTE, match[1])]
        if len(dict(attributes)) < len(attributes):
            break
        found.append((at, dict(attributes)))
        at = _behind_blanks(text, match.end())
    return found, at


def _behind_blanks(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip(" \t\r\n"))

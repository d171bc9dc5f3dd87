"""What COLLADA's elements are called, where its nodes put things, and its unit and axes."""

import math
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotFinite, SourceDamaged
from outfeed.mesh.formats.matrices import FROM_Y_UP, IDENTITY, Matrix, product, rotation, scaling, translation, unit
from outfeed.mesh.formats.xml_tree import Element, Tree, numbers
from outfeed.mesh.units import Unit
from outfeed.mesh.units import unit_of as known_unit

#: X_UP: x points up, y to the left and z to the viewer.
FROM_X_UP: Final = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0]])
AXES: Final = {"X_UP": FROM_X_UP, "Y_UP": FROM_Y_UP, "Z_UP": IDENTITY}


class Ids:
    """The elements of a document by name: real files use one name for elements of several kinds."""

    def __init__(self, document: Tree) -> None:
        self.root = document.root
        self._found: dict[tuple[str, str], Element] = {}
        for element in document.elements:
            if "id" in element.attributes:
                self._found.setdefault((element.tag, element.attributes["id"]), element)

    def find(self, tag: str, url: str) -> Element | None:
        """Return the element of a kind that `#name` or a plain name stands for, None where there is none."""
        name = url.strip().removeprefix("#")
        return self._found.get((tag, name)) or self._found.get((tag, unquote(name)))

    def needed(self, tag: str, url: str) -> Element:
        """
        Return the element of a kind that an address stands for.

        Raises
        ------
        SourceDamaged
            If the document has none: other files are not read.
        """
        found = self.find(tag, url)
        if found is None:
            raise SourceDamaged(f"It names the {tag} {url[:200]!r}, which is not in it.")
        return found


def floats(text: str, what: str) -> NDArray[np.float64]:
    """Return the numbers of a text, also as two exporters write them: with decimal commas, or 1.#QNAN."""
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    if "#" in text:
        text = " ".join("nan" if "#" in word else word for word in text.split())
    return numbers(text, what)


def unit_of(root: Element) -> tuple[Unit, float]:
    """Return a document's unit, and what its numbers are multiplied by to be in it: 1 but for odd units."""
    asset = root.first("asset", "unit")
    text = asset.get("meter", "1") if asset is not None else "1"
    values = floats(text, "The unit")
    metres = float(values[0]) if len(values) == 1 else math.nan
    if not 0 < metres < math.inf:
        raise SourceDamaged(f"Its unit, {text[:40]!r} metres, is not a positive length.")
    return known_unit(metres)


def placing_matrix(root: Element, scale: float) -> Matrix:
    """Return what makes a document's coordinates ours: z up, in a unit that we know."""
    axis = root.first("asset", "up_axis")
    return AXES.get("" if axis is None else axis.text.strip().upper(), FROM_Y_UP) * scale


def matrix_of(element: Element, *tags: str) -> Matrix | None:
    """
    Return the product of an element's transformations, of those with the tags or of all; None where it has none.

    Raises
    ------
    SourceDamaged
        If one has too few or too many numbers.
    NotFinite
        If one has a number that is not finite.
    """
    result: Matrix | None = None
    for item in element.every(*(tags or TRANSFORMATIONS)):
        count, made = TRANSFORMATIONS[item.tag]
        values = floats(item.text, f"A {item.tag}")
        if len(values) != count:
            raise SourceDamaged(f"A {item.tag} has {len(values)} numbers and not {count}.")
        if not np.isfinite(values).all():
            raise NotFinite(f"A {item.tag} has a number that is not finite.")
        step = made(values)
        result = step if result is None else product(result, step)
    return result


def _turned(values: NDArray[np.float64]) -> Matrix:
    return rotation(values[:3], degrees=float(values[3]))


def _looking(values: NDArray[np.float64]) -> Matrix:
    """Return where a viewer at a point stands who looks at another, along its own -z."""
    eye, target, up = values[:3], values[3:6], values[6:]
    back = unit(eye - target)
    right = unit(np.cross(up, back))
    return np.column_stack([right, np.cross(back, right), back, eye])


def _skewed(values: NDArray[np.float64]) -> Matrix:
    """Return what moves points along the second axis by the tangent of the angle, times how far along the first."""
    by, along = unit(values[1:4]), unit(values[4:])
    result = IDENTITY.copy()
    result[:, :3] += math.tan(math.radians(float(values[0]))) * along[:, None] * by[None, :]
    return result


#: For each transformation, how many numbers it has, and its matrix.
TRANSFORMATIONS: Final[dict[str, tuple[int, Callable[[NDArray[np.float64]], Matrix]]]] = {
    "matrix": (16, lambda values: values.reshape(4, 4)[:3]),
    "bind_shape_matrix": (16, lambda values: values.reshape(4, 4)[:3]),
    "translate": (3, translation),
    "rotate": (4, _turned),
    "scale": (3, scaling),
    "lookat": (9, _looking),
    "skew": (7, _skewed),
}

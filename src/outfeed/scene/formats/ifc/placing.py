"""Shapes that are equal, stored once; and the middle of all that is shown."""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotFinite
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.formats.ifc.shapes import RawShape
from outfeed.scene.model import Element

#: Metres beyond which nothing is a model of something on earth; the library's own arithmetic ends far above.
FARTHEST_M: Final = 1e9


class Shelf:
    """The shapes of a scene; equal ones are one, also where the file has them several times."""

    def __init__(self) -> None:
        self.shapes: list[Mesh] = []
        self._rows: dict[bytes, int] = {}
        #: By identity: one shape is placed many times. The shapes are kept alive by their batches.
        self._known: dict[int, int] = {}

    def row(self, shape: RawShape) -> int:
        """
        Return the row of a shape, which is checked and built when it is new.

        Raises
        ------
        NotFinite, IndexOutOfRange
            If its tables are not sound.
        """
        if id(shape) not in self._known:
            self._known[id(shape)] = self._stored(shape)
        return self._known[id(shape)]

    def _stored(self, shape: RawShape) -> int:
        key = blake2b(repr(shape.materials).encode("utf-8", "surrogatepass"))
        for table in (shape.vertices, shape.faces, shape.material_faces):
            key.update(len(table).to_bytes(8, "little") + np.ascontiguousarray(table).tobytes())
        if key.digest() not in self._rows:
            self._rows[key.digest()] = len(self.shapes)
            self.shapes.append(_built(shape))
        return self._rows[key.digest()]


def _built(shape: RawShape) -> Mesh:
    mesh = build(
        Mesh(
            vertices=shape.vertices,
            faces=shape.faces,
            unit=Unit.METRE,
            materials=shape.materials,
            material_faces=shape.material_faces if shape.materials else None,
        )
    )
    if np.abs(mesh.vertices).max() > FARTHEST_M:
        raise NotFinite("A shape is larger than a million kilometres.")
    return mesh


def centre_of(elements: Iterable[Element], shapes: list[Mesh]) -> NDArray[np.float64]:
    """Return the middle (3,) of the box around all parts, in the scene's coordinates."""
    corners = [_corners(shape) for shape in shapes]
    parts = [part for element in elements for part in element.parts]
    placed = [
        corners[part.shape] if part.transform is None else corners[part.shape] @ part.transform.T for part in parts
    ]
    every = np.concatenate(placed)[:, :3]
    middle: NDArray[np.float64] = (every.min(axis=0) + every.max(axis=0)) / 2
    return middle


def _corners(shape: Mesh) -> NDArray[np.float64]:
    """Return the corners (8, 4) of the box around a shape, with 1 as the last coordinate of each."""
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    return np.array([(*corner, 1.0) for corner in product(*zip(low, high, strict=True))], dtype=np.float64)

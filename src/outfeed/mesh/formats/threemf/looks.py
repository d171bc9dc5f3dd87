"""What the surfaces of a 3MF file look like: every property of every group becomes a row of one table.

Materials have a name and a colour and belong to faces; colours and texture coordinates belong to corners.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.traits import Loss, Trait

Rows = NDArray[np.int32]

GRADED: Final = Loss(what=Trait.MATERIALS, why="Of triangles between several materials, the first corner's was taken.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Properties (k,) of one group, before they have a place in the table."""

    #: Row of the materials, -1 for none.
    materials: Rows
    #: (k, 4) uint8, and which of them count.
    colors: NDArray[np.uint8]
    colored: NDArray[np.bool_]
    #: (k, 2); not a number where there are none.
    uvs: NDArray[np.float64]
    #: Of all its properties.
    texture: int | None = None
    #: Whether it is a material: what lies above it covers its colour, however it is blended.
    is_base: bool = False

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.materials)

    def picked(self, rows: NDArray[np.int64]) -> "Group":
        """Return some of its properties; nothing for rows that it does not have."""
        there = (rows >= 0) & (rows < len(self))
        if not len(self):
            return blank(len(rows))
        safe = np.where(there, rows, 0)
        return replace(
            self,
            materials=np.where(there, self.materials[safe], np.int32(-1)),
            colors=self.colors[safe],
            colored=self.colored[safe] & there,
            uvs=np.where(there[:, None], self.uvs[safe], np.nan),
        )


def blank(count: int) -> Group:
    """Return properties that say nothing."""
    return Group(
        materials=np.full(count, -1, dtype=np.int32),
        colors=np.full((count, 4), 255, dtype=np.uint8),
        colored=np.zeros(count, dtype=np.bool_),
        uvs=np.full((count, 2), np.nan),
    )


class Looks:
    """The looks of all parts. Row 0 of the table is no property at all."""

    def __init__(self) -> None:
        self.materials: list[Material] = []
        self.textures: list[Texture] = []
        #: What was left out, in the order of its appearance.
        self.lost: dict[Loss, None] = {}
        #: By name of its part.
        self.images: dict[str, tuple[bytes, str] | None] = {}
        self._material_rows: dict[Material, int] = {}
        self._texture_rows: dict[Texture, int] = {}
        self._groups = [blank(1)]
        self._size = 1

    def add(self, group: Group) -> int:
        """Return the row of the table where a group begins."""
        first = self._size
        self._groups.append(group)
        self._size += len(group)
        return first

    def material(self, material: Material) -> int:
        """Return the row of a material."""
        return _row(material, self.materials, self._material_rows)

    def texture(self, texture: Texture) -> int:
        """Return the row of a texture."""
        return _row(texture, self.textures, self._texture_rows)

    def tables(self, corners: Rows) -> dict[str, Any]:
        """Return the tables of a mesh whose corners (m, 3) have these looks, by name."""
        materials = np.concatenate([group.materials for group in self._groups])
        colored = np.concatenate([group.colored for group in self._groups])
        uvs = np.vstack([group.uvs for group in self._groups])
        of_corners = materials[corners]
        if (of_corners != of_corners[:, :1]).any():
            self.lost.setdefault(GRADED)
        tables: dict[str, Any] = {"textures": tuple(self.textures)}
        if self.materials:
            tables |= {"materials": tuple(self.materials), "material_faces": np.ascontiguousarray(of_corners[:, 0])}
        if colored.any():
            colors = np.vstack([group.colors for group in self._groups])
            tables |= {"colors": colors, "color_faces": np.where(colored[corners], corners, np.int32(-1))}
        mapped = ~(np.isnan(uvs[:, 0]) & np.isnan(uvs[:, 1]))
        if mapped.any():
            tables |= {"uvs": uvs, "uv_faces": np.where(mapped[corners], corners, np.int32(-1))}
        return tables


_Thing = TypeVar("_Thing", Material, Texture)


def _row(thing: _Thing, things: list[_Thing], rows: dict[_Thing, int]) -> int:
    row = rows.setdefault(thing, len(things))
    if row == len(things):
        things.append(thing)
    return row

"""A whole scene as one mesh: for formats that hold no more, for pictures and for judges."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.build import build
from outfeed.mesh.formats.matrices import mirrored, moved_points
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.units import Unit
from outfeed.scene.model import Part, Scene

Rows = NDArray[np.int32]

#: The order of a face's corners seen from behind.
TURNED = [0, 2, 1]


def as_mesh(scene: Scene) -> Mesh:
    """
    Return all that a scene shows as one mesh in metres, z up, with its materials and textures.

    What a mirrored part shows is turned, so that its outside stays outside. Positions stay float32 where all shapes
    have float32 and none is moved.

    Raises
    ------
    SourceEmpty
        If nothing has geometry.
    NotFinite
        If a transform moves something beyond all numbers.
    """
    whole = _Whole(scene.shapes)
    for element in scene.elements:
        for part in element.parts:
            whole.add(part)
    return build(whole.mesh())


@dataclass(slots=True, eq=False)
class _Whole:
    """Collects what is placed; the tables of a shape are taken once."""

    shapes: tuple[Mesh, ...]
    vertices: list[Positions] = field(default_factory=list)
    faces: list[Rows] = field(default_factory=list)
    uv_faces: list[Rows] = field(default_factory=list)
    color_faces: list[Rows] = field(default_factory=list)
    material_faces: list[Rows] = field(default_factory=list)
    #: By shape: the first row that it has in each of the joined tables.
    firsts: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    uvs: list[NDArray[np.float64]] = field(default_factory=lambda: [np.zeros((0, 2))])
    colors: list[NDArray[np.uint8]] = field(default_factory=lambda: [np.zeros((0, 4), dtype=np.uint8)])
    materials: list[Material] = field(default_factory=list)
    textures: list[Texture] = field(default_factory=list)
    #: Rows so far: of vertices, texture coordinates and colours.
    sizes: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, part: Part) -> None:
        """Place a part."""
        shape = self.shapes[part.shape]
        uv, color, material = self._firsts(part.shape)
        turned = part.transform is not None and bool(mirrored(part.transform[None, :3])[0])
        columns = TURNED if turned else [0, 1, 2]
        self.vertices.append(_placed(shape.vertices, part))
        self.faces.append(shape.faces[:, columns] + np.int32(self.sizes[0]))
        self.uv_faces.append(_rows(shape.uv_faces, shape.faces, uv)[:, columns])
        self.color_faces.append(_rows(shape.color_faces, shape.faces, color)[:, columns])
        self.material_faces.append(_rows(shape.material_faces, shape.faces[:, 0], material))
        self.sizes[0] += len(shape.vertices)

    def _firsts(self, row: int) -> tuple[int, int, int]:
        """Return where the tables of a shape begin, once they are among the joined ones."""
        if row not in self.firsts:
            shape = self.shapes[row]
            self.firsts[row] = (self.sizes[1], self.sizes[2], len(self.materials))
            self.materials += _with_textures_from(shape.materials, len(self.textures))
            self.textures += shape.textures
            if shape.uvs is not None:
                self.uvs.append(shape.uvs)
                self.sizes[1] += len(shape.uvs)
            if shape.colors is not None:
                self.colors.append(shape.colors)
                self.sizes[2] += len(shape.colors)
        return self.firsts[row]

    def mesh(self) -> Mesh:
        """Return the joined tables."""
        has_uvs, has_colors = self.sizes[1] > 0, self.sizes[2] > 0
        alike = any(table.dtype == np.float64 for table in self.vertices)
        return Mesh(
            vertices=_joined([table.astype(np.float64, copy=False) if alike else table for table in self.vertices], 3),
            faces=_joined(self.faces, 3),
            unit=Unit.METRE,
            uvs=np.concatenate(self.uvs) if has_uvs else None,
            uv_faces=_joined(self.uv_faces, 3) if has_uvs else None,
            colors=np.concatenate(self.colors) if has_colors else None,
            color_faces=_joined(self.color_faces, 3) if has_colors else None,
            materials=tuple(self.materials),
            material_faces=np.concatenate(self.material_faces) if self.materials else None,
            textures=tuple(self.textures),
        )


def _placed(points: Positions, part: Part) -> Positions:
    if part.transform is None:
        return points
    moved: NDArray[np.float64] = moved_points(points.astype(np.float64, copy=False), part.transform[None, :3])[0]
    return moved


def _rows(rows: Rows | None, like: Rows, first: int) -> Rows:
    """Return rows in a joined table, -1 for none, of the form of others."""
    if rows is None:
        return np.full(like.shape, -1, dtype=np.int32)
    return np.where(rows < 0, rows, rows + np.int32(first))


def _with_textures_from(materials: tuple[Material, ...], first: int) -> Iterator[Material]:
    for material in materials:
        yield material if material.texture is None else replace(material, texture=material.texture + first)


def _joined(tables: list[Any], columns: int) -> Any:
    """Return tables in one; where there are none, one without rows, which `build` refuses."""
    return np.concatenate(tables) if tables else np.zeros((0, columns), dtype=np.int32)

"""The properties of a part of a 3MF file: groups of materials, colours, texture coordinates, mixtures and layers."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged
from outfeed.mesh.appearance import WHITE, Material, Texture
from outfeed.mesh.formats.images import ImageReader
from outfeed.mesh.formats.threemf.blend import Blend
from outfeed.mesh.formats.threemf.looks import Group, Looks, Rows, blank
from outfeed.mesh.formats.threemf.package import find_part
from outfeed.mesh.formats.threemf.tables import (
    Bases,
    Colors,
    Coordinates,
    Image,
    Layers,
    Mixtures,
    ObjectTables,
    Part,
)
from outfeed.mesh.formats.zips import Archive
from outfeed.mesh.shown import from_linear, to_linear
from outfeed.mesh.traits import Loss, Trait

UNKNOWN: Final = Loss(what=Trait.MATERIALS, why="Properties that the file does not have were left out.")
MIXED: Final = Loss(what=Trait.MATERIALS, why="Mixtures of materials became colours.")
NO_IMAGE: Final = Loss(what=Trait.TEXTURES, why="An image that is missing or cannot be read was left out.")
ENDS: Final = Loss(what=Trait.TEXTURES, why="A texture that ends at its edge goes on in the colour of the edge.")


class PartLooks:
    """The looks of one part's objects."""

    def __init__(self, part: Part, looks: Looks, archive: Archive, images: ImageReader) -> None:
        self._part, self._looks, self._archive, self._images = part, looks, archive, images
        self._groups: dict[int, Group | None] = {}
        self._places: dict[int, tuple[int, int]] = {}
        #: Colours of the materials of each group that mixtures are made of, as shares of light.
        self._lights: dict[int, NDArray[np.float64]] = {}

    def of_corners(self, tables: ObjectTables) -> Rows | None:
        """Return the row of the table of looks for each corner (m, 3); None where there is none."""
        if tables.default is None and not len(tables.properties):
            return None
        corners = np.zeros((tables.triangles, 3), dtype=np.int32)
        if tables.default is not None:
            corners[:] = self._row(*tables.default)
        if len(tables.properties):
            table = tables.properties
            corners[table[:, 0]] = self._rows(table[:, 1], table[:, 2:])
        return corners if corners.any() else None

    def _row(self, number: int, index: int) -> int:
        first, count = self._place(number)
        if 0 <= index < count:
            return first + index
        self._looks.lost.setdefault(UNKNOWN)
        return 0

    def _rows(self, numbers: NDArray[np.int64], indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return rows (n, 3) of the table for groups (n,) and indices (n, 3) of theirs."""
        different, which = np.unique(numbers, return_inverse=True)
        places = np.array([self._place(number) for number in different.tolist()], dtype=np.int64)[which]
        first, count = places[:, :1], places[:, 1:]
        there = (indices >= 0) & (indices < count)
        if not there.all():
            self._looks.lost.setdefault(UNKNOWN)
        return np.where(there, first + indices, 0)

    def _place(self, number: int) -> tuple[int, int]:
        """Return the row where a group begins, and how many it has: none if it is not there."""
        if number not in self._places:
            group = self._group(number)
            self._places[number] = (0, 0) if group is None else (self._looks.add(group), len(group))
        return self._places[number]

    def _group(self, number: int) -> Group | None:
        """Return a group that may be layers; None if there is no such group."""
        resource = self._part.resources.get(number)
        if not isinstance(resource, Layers):
            return self._simple(number)
        blend = Blend(len(resource.rows) // max(len(resource.groups), 1), self._looks)
        rows = np.array(resource.rows, dtype=np.int64).reshape(-1, max(len(resource.groups), 1))
        for layer, (constituent, multiplies) in enumerate(zip(resource.groups, resource.multiplies, strict=True)):
            group = self._simple(constituent)
            if group is None:
                self._looks.lost.setdefault(UNKNOWN)
            else:
                blend.lay(group.picked(rows[:, layer]), multiplies=multiplies)
        return blend.finish()

    def _simple(self, number: int) -> Group | None:
        """Return a group that has no layers; None if there is none of this number."""
        if number not in self._groups:
            self._groups[number] = self._made(number)
        return self._groups[number]

    def _made(self, number: int) -> Group | None:
        resource = self._part.resources.get(number)
        if isinstance(resource, Bases):
            rows = [self._looks.material(material) for material in resource.materials]
            return replace(blank(len(rows)), materials=np.array(rows, dtype=np.int32), is_base=True)
        if isinstance(resource, Colors):
            return _of_colors(np.frombuffer(resource.rgba, dtype=np.uint8).reshape(-1, 4))
        if isinstance(resource, Coordinates):
            return self._of_coordinates(resource)
        if isinstance(resource, Mixtures):
            return self._of_mixtures(resource)
        return None

    def _of_coordinates(self, resource: Coordinates) -> Group:
        image = self._part.resources.get(resource.image)
        uvs = np.frombuffer(resource.uvs, dtype=np.float64).reshape(-1, 2)
        row = self._texture_row(image) if isinstance(image, Image) else None
        if row is None:
            self._looks.lost.setdefault(NO_IMAGE)
            return replace(blank(len(uvs)), uvs=uvs)
        if isinstance(image, Image) and image.ends and ((uvs < 0) | (uvs > 1)).any():
            self._looks.lost.setdefault(ENDS)
        material = self._looks.material(Material(texture=row))
        return replace(blank(len(uvs)), uvs=uvs, texture=row, materials=np.full(len(uvs), material, dtype=np.int32))

    def _texture_row(self, image: Image) -> int | None:
        name = find_part(self._archive, image.path, beside=self._part.name)
        if name is None:
            return None
        if name not in self._looks.images:
            self._looks.images[name] = self._read_image(name)
        found = self._looks.images[name]
        if found is None:
            return None
        data, media_type = found
        return self._looks.texture(Texture(image=data, media_type=media_type, wrap_u=image.wrap_u, wrap_v=image.wrap_v))

    def _read_image(self, name: str) -> tuple[bytes, str] | None:
        try:
            return self._images.read(self._archive.read(name))
        except SourceDamaged:  # its part alone: the mesh is sound
            return None

    def _of_mixtures(self, resource: Mixtures) -> Group | None:
        base = self._part.resources.get(resource.base)
        if not isinstance(base, Bases):
            return None
        self._looks.lost.setdefault(MIXED)
        if resource.base not in self._lights:
            colors = np.array([material.color for material in base.materials] or [WHITE], dtype=np.uint8)
            self._lights[resource.base] = to_linear(colors)
        light = self._lights[resource.base]
        indices = np.array([row if 0 <= row < len(light) else 0 for row in resource.indices], dtype=np.int64)
        mixed = [_mixed(light, indices[: len(shares)], shares) for shares in resource.shares]
        return replace(_of_colors(from_linear(np.array(mixed, dtype=np.float64).reshape(-1, 4))), is_base=True)


def _of_colors(colors: NDArray[np.uint8]) -> Group:
    return replace(blank(len(colors)), colors=colors, colored=np.ones(len(colors), dtype=np.bool_))


def _mixed(light: NDArray[np.float64], indices: NDArray[np.int64], shares: list[float]) -> NDArray[np.float64]:
    """Return the mixture of some of the colours, in equal parts where the shares say nothing."""
    if not len(indices):
        return np.ones(4)
    weights = np.clip(np.nan_to_num(np.array(shares[: len(indices)])), 0.0, 1.0)
    if not weights.any():
        weights[:] = 1.0
    mixture: NDArray[np.float64] = (light[indices] * (weights / weights.sum())[:, None]).sum(axis=0)
    return mixture

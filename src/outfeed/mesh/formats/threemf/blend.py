"""Layers of properties on each other, as the Materials and Properties Extension 1.2 blends them in chapter 5.

From the lowest to the highest, of light and not of the numbers of sRGB. What lies on a material covers its colour, also
where it is multiplied: a consumer cannot know what a real material looks like. So only its name is left there.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE, Material
from outfeed.mesh.formats.threemf.looks import Group, Looks, blank
from outfeed.mesh.shown import from_linear, multiplied, to_linear
from outfeed.mesh.traits import Loss, Trait

COVERED: Final = Loss(what=Trait.COLORS, why="Colours under a texture were left out, where its image is clear too.")
ONE_TEXTURE: Final = Loss(what=Trait.TEXTURES, why="Of several textures on each other, the uppermost was taken.")
OPAQUE: Final = WHITE[3]


class Blend:
    """Rows of properties that take one layer after the other."""

    def __init__(self, count: int, looks: Looks) -> None:
        self._looks = looks
        self._result = blank(count)
        #: Whether the colour of a row's material is covered.
        self._covered = np.zeros(count, dtype=np.bool_)
        self._is_empty = True

    def lay(self, group: Group, *, multiplies: bool) -> None:
        """Lay one property of each row on those that lie there."""
        multiplies = multiplies and not self._is_empty
        if group.texture is not None:
            self._lay_texture(group, multiplies=multiplies)
        elif group.is_base:
            self._result = group
            self._covered[:] = False
        elif group.colored.any():
            self._lay_colors(group, multiplies=multiplies)
        self._is_empty = False

    def finish(self) -> Group:
        """Return the rows, with the materials that they have now."""
        result = self._result
        keys = (result.materials.astype(np.int64) + 1) * 2 + self._covered
        different, which = np.unique(keys, return_inverse=True)
        rows = [self._final_material(key // 2 - 1, covered=bool(key % 2)) for key in different.tolist()]
        return replace(result, materials=np.array(rows, dtype=np.int32)[which], is_base=False)

    def _final_material(self, row: int, *, covered: bool) -> int:
        if row < 0 and self._result.texture is None:
            return -1
        material = self._looks.materials[row] if row >= 0 else Material()
        color = WHITE if covered else material.color
        return self._looks.material(replace(material, color=color, texture=self._result.texture))

    def _lay_texture(self, group: Group, *, multiplies: bool) -> None:
        result = self._result
        here = ~np.isnan(group.uvs).all(axis=1)
        kept = result.colored & (multiplies and not result.is_base)
        if result.texture is not None:
            self._looks.lost.setdefault(ONE_TEXTURE)
        elif (result.colored & ~kept).any() and not result.is_base:
            self._looks.lost.setdefault(COVERED)
        self._covered |= here
        self._result = replace(
            result, colored=np.where(here, kept, result.colored), uvs=group.uvs, texture=group.texture, is_base=False
        )

    def _lay_colors(self, group: Group, *, multiplies: bool) -> None:
        result, here = self._result, group.colored
        if multiplies:
            under = np.where((result.colored & (not result.is_base))[:, None], result.colors, np.uint8(OPAQUE))
            colors, uvs, texture = multiplied(under, group.colors), result.uvs, result.texture
        else:
            if result.texture is not None and (group.colors[here, 3] < OPAQUE).any():
                self._looks.lost.setdefault(COVERED)
            colors, uvs, texture = self._mixed(group), blank(len(here)).uvs, None
        self._covered |= here
        self._result = replace(
            result,
            colors=np.where(here[:, None], colors, result.colors),
            colored=result.colored | here,
            uvs=uvs,
            texture=texture,
            is_base=False,
        )

    def _mixed(self, group: Group) -> NDArray[np.uint8]:
        """Return the colours of a layer as they cover what is below it."""
        result = self._result
        if self._is_empty or (group.colors[:, 3] == OPAQUE).all():
            return group.colors
        different, which = np.unique(result.materials, return_inverse=True)
        of_materials = [WHITE if row < 0 else self._looks.materials[row].color for row in different.tolist()]
        grounds = np.array(of_materials, dtype=np.uint8).reshape(-1, 4)[which]
        under = to_linear(np.where(result.colored[:, None], result.colors, grounds))
        over = to_linear(group.colors)
        opacity = over[:, 3:]
        mixed = over * opacity + under * (1 - opacity)
        mixed[:, 3:] = opacity + under[:, 3:] * (1 - opacity)
        return from_linear(mixed)

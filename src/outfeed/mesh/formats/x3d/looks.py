"""The appearances of X3D as materials.

A colour of a corner takes the place of the material's, and a texture does too: neither is multiplied by it. Opacity of
the material stays, unless the corners' colours have their own.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from outfeed.mesh.appearance import WHITE, Color, Material, Wrap
from outfeed.mesh.formats.placing import Body
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.x3d.fields import flag, scalar, strings, vector
from outfeed.mesh.formats.x3d.world import World
from outfeed.mesh.formats.xml_tree import Element
from outfeed.mesh.traits import Trait

#: For each kind of material, the field that is its colour, and what that is where the file says nothing.
KINDS: Final[dict[str, tuple[str, float]]] = {
    "Material": ("diffuseColor", 0.8),
    "PhysicalMaterial": ("baseColor", 1.0),
    "UnlitMaterial": ("emissiveColor", 1.0),
}
#: What a material may have besides.
SHADING: Final = ("specularColor", "emissiveColor", "shininess", "metallic", "roughness", "normalTexture")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Appearance:
    """An Appearance, read once however many shapes use it."""

    name: str
    #: None where it has no material.
    color: Color | None
    image: Element | None


class Looks:
    """Makes the materials that placed shapes name."""

    def __init__(self, world: World, shelf: Shelf) -> None:
        self._world = world
        self._shelf = shelf
        self._read: dict[Element, _Appearance] = {}
        self._textures: dict[Element, int | None] = {}
        self._materials: dict[Material, int] = {}

    @property
    def materials(self) -> tuple[Material, ...]:
        """Return the materials, in the order of their rows."""
        return tuple(self._materials)

    def row(self, shape: Element, body: Body, *, own_opacity: bool) -> int:
        """Return the row of the material of a shape, -1 for none; `own_opacity`: its corners' colours have it."""
        found = self._world.first(shape, "Appearance")
        if found is None:
            return -1
        if found not in self._read:
            self._read[found] = self._appearance(found)
        look = self._read[found]
        texture = self._texture(look.image, body)
        if look.color is None and texture is None:
            return -1
        color = look.color or WHITE
        if body.colors is not None or texture is not None:
            color = (*WHITE[:3], WHITE[3] if own_opacity else color[3])
        return self._materials.setdefault(Material(name=look.name, color=color, texture=texture), len(self._materials))

    def _appearance(self, appearance: Element) -> _Appearance:
        world = self._world
        material = world.first(appearance, *KINDS)
        image = world.first(appearance, "ImageTexture")
        if image is None and material is not None:
            image = world.first(material, "ImageTexture")
        if image is None and world.first(appearance, "PixelTexture", "MovieTexture", "MultiTexture") is not None:
            world.noted.add(Trait.TEXTURES, "Textures that are no images of their own are not read.")
        if image is not None and world.first(appearance, "TextureTransform", "MultiTextureTransform") is not None:
            world.noted.add(Trait.TEXTURES, "A texture's transformation is not read.")
        if material is None:
            return _Appearance(name=appearance.get("DEF"), color=None, image=image)
        name = material.get("DEF") or appearance.get("DEF")
        return _Appearance(name=name, color=self._color(material), image=image)

    def _color(self, material: Element) -> Color:
        field, default = KINDS[material.tag]
        if any(name in material.attributes for name in SHADING if name != field):
            self._world.noted.add(Trait.SHADING)
        shares = [*vector(material, field, (default,) * 3), 1.0 - scalar(material, "transparency", 0.0)]
        red, green, blue, opacity = np.rint(np.clip(shares, 0.0, 1.0) * 255.0).astype(int).tolist()
        return red, green, blue, opacity

    def _texture(self, image: Element | None, body: Body) -> int | None:
        if image is None:
            return None
        if body.uvs is None:
            self._world.noted.add(Trait.TEXTURES, "A texture lies on a shape that has no texture coordinates.")
            return None
        if image not in self._textures:
            wraps = [Wrap.REPEAT if flag(image, name, default=True) else Wrap.CLAMP for name in ("repeatS", "repeatT")]
            self._textures[image] = self._shelf.add(strings(image, "url"), *wraps)
        return self._textures[image]

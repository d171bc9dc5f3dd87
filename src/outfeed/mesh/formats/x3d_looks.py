"""The appearances of X3D as materials.

A colour of a corner takes the place of the material's, and a texture does too: neither is multiplied by it. Opacity of
the material stays, unless the corners' colours have their own.
"""

import numpy as np

from outfeed.mesh.appearance import Color, Material, Wrap
from outfeed.mesh.formats.placing import Body
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.x3d_fields import flag, scalar, strings, vector
from outfeed.mesh.formats.x3d_world import World
from outfeed.mesh.formats.xml_tree import Element
from outfeed.mesh.traits import Trait

#: For each kind of material, the field that is its colour, and what that is where the file says nothing.
KINDS: dict[str, tuple[str, float]] = {
    "Material": ("diffuseColor", 0.8),
    "PhysicalMaterial": ("baseColor", 1.0),
    "UnlitMaterial": ("emissiveColor", 1.0),
}
#: What a material may have besides.
SHADING = ("specularColor", "emissiveColor", "shininess", "metallic", "roughness", "normalTexture")


class Looks:
    """Makes the materials that placed shapes name."""

    def __init__(self, world: World, shelf: Shelf) -> None:
        self._world = world
        self._shelf = shelf
        self._textures: dict[Element, int | None] = {}
        self._materials: dict[Material, int] = {}

    @property
    def materials(self) -> tuple[Material, ...]:
        """Return the materials, in the order of their rows."""
        return tuple(self._materials)

    def row(self, shape: Element, body: Body, *, own_opacity: bool) -> int:
        """Return the row of the material of a shape, -1 for none; `own_opacity`: its corners' colours have it."""
        appearance = self._world.first(shape, "Appearance")
        if appearance is None:
            return -1
        material = self._world.first(appearance, *KINDS)
        texture = self._texture(appearance, material, body)
        if material is None and texture is None:
            return -1
        name, color = "", (255, 255, 255, 255)
        if material is not None:
            name, color = material.get("DEF") or appearance.get("DEF"), self._color(material)
        if body.colors is not None or texture is not None:
            color = (255, 255, 255, 255 if own_opacity else color[3])
        return self._materials.setdefault(Material(name=name, color=color, texture=texture), len(self._materials))

    def _color(self, material: Element) -> Color:
        if any(name in material.attributes for name in SHADING if name != KINDS[material.tag][0]):
            self._world.noted.add(Trait.SHADING)
        field, default = KINDS[material.tag]
        shares = [*vector(material, field, (default,) * 3), 1.0 - scalar(material, "transparency", 0.0)]
        red, green, blue, opacity = np.rint(np.clip(shares, 0.0, 1.0) * 255.0).astype(int).tolist()
        return red, green, blue, opacity

    def _texture(self, appearance: Element, material: Element | None, body: Body) -> int | None:
        found = self._world.first(appearance, "ImageTexture")
        if found is None and material is not None:
            found = self._world.first(material, "ImageTexture")
        if found is None:
            if self._world.first(appearance, "PixelTexture", "MovieTexture", "MultiTexture") is not None:
                self._world.noted.add(Trait.TEXTURES, "Textures that are no images of their own are not read.")
            return None
        if body.uvs is None:
            self._world.noted.add(Trait.TEXTURES, "A texture lies on a shape that has no texture coordinates.")
            return None
        if self._world.first(appearance, "TextureTransform", "MultiTextureTransform") is not None:
            self._world.noted.add(Trait.TEXTURES, "A texture's transformation is not read.")
        if found not in self._textures:
            wraps = [Wrap.REPEAT if flag(found, name, default=True) else Wrap.CLAMP for name in ("repeatS", "repeatT")]
            self._textures[found] = self._shelf.add(strings(found, "url"), *wraps)
        return self._textures[found]

"""The materials of COLLADA: from a name that a list of faces has to a colour, an opacity and a texture.

Opacity is where exporters disagree most. It is computed as the format says, from `transparent` and `transparency`; a
result of 0, which nobody would model, is taken for an exporter that counts the other way, so it is opaque. The fourth
number of a diffuse colour plays no part, as the format says: real files have 0 there.
"""

import posixpath
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from outfeed.errors import SourceDamaged
from outfeed.mesh.appearance import WHITE, Color, Material, Wrap
from outfeed.mesh.formats.collada.nodes import Ids, floats
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.xml_tree import Element
from outfeed.mesh.traits import Trait

MODELS: Final = ("phong", "lambert", "blinn", "constant")
#: What a material may have besides its colour.
SHADING: Final = ("emission", "ambient", "specular", "reflective")
WRAPS: Final = {
    "MIRROR": Wrap.MIRROR,
    "MIRROR_ONCE": Wrap.MIRROR,
    "CLAMP": Wrap.CLAMP,
    "BORDER": Wrap.CLAMP,
    "NONE": Wrap.CLAMP,
}
#: How much red, green and blue count in the transparency of a colour, as the format says.
LUMINANCE: Final = (0.212671, 0.715160, 0.072169)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What a list of faces looks like."""

    #: Row of the materials; -1 for none.
    material: int = -1
    #: The same without the texture, for faces without texture coordinates.
    plain_material: int = -1
    #: The set of texture coordinates that the texture takes, None where nothing says which.
    uv_set: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Effect:
    """What an effect shows, read once."""

    color: Color = WHITE
    texture: int | None = None
    #: What it calls the texture coordinates that it takes.
    texcoord: str = ""


class Looks:
    """Makes the materials that placed faces name, each once."""

    def __init__(self, ids: Ids, shelf: Shelf, noted: Noted) -> None:
        self._ids = ids
        self._shelf = shelf
        self._noted = noted
        self._effects: dict[Element, _Effect] = {}
        self._materials: dict[Material, int] = {}

    @property
    def materials(self) -> tuple[Material, ...]:
        """Return the materials, in the order of their rows."""
        return tuple(self._materials)

    def bound(self, instance: Element | None) -> dict[str, Element]:
        """Return what an instance binds to the names that lists of faces have."""
        common = None if instance is None else instance.first("bind_material", "technique_common")
        return {item.get("symbol"): item for item in common.every("instance_material")} if common is not None else {}

    def look(self, symbol: str, bound: dict[str, Element]) -> Look:
        """Return the look of a list of faces; a name that nothing binds may be a material's own."""
        binding = bound.get(symbol)
        material = self._ids.find("material", symbol if binding is None else binding.get("target"))
        if material is None:
            if symbol:
                self._noted.add(Trait.MATERIALS, "A material that faces name is not in it.")
            return Look()
        effect = self._effect(material)
        name = material.get("name") or material.get("id")
        plain = Material(name=name, color=effect.color)
        return Look(
            material=self._row(replace(plain, texture=effect.texture)),
            plain_material=self._row(plain),
            uv_set=_uv_set(binding, effect.texcoord),
        )

    def _effect(self, material: Element) -> _Effect:
        reference = material.first("instance_effect")
        effect = None if reference is None else self._ids.find("effect", reference.get("url"))
        if effect is None:
            self._noted.add(Trait.MATERIALS, "A material has no common effect.")
            return _Effect()
        if effect not in self._effects:
            self._effects[effect] = self._made(effect)
        return self._effects[effect]

    def _made(self, effect: Element) -> _Effect:
        profile = effect.first("profile_COMMON")
        technique = effect.first("profile_COMMON", "technique")
        model = None if technique is None else next(technique.every(*MODELS), None)
        if profile is None or technique is None or model is None:
            self._noted.add(Trait.MATERIALS, "A material has no common effect.")
            return _Effect()
        params = {item.get("sid"): item for part in (effect, profile, technique) for item in part.every("newparam")}
        shown = model.first("emission" if model.tag == "constant" else "diffuse")
        color = _with_opacity(_color(shown, params), _opacity(model, params))
        self._note(model, shown, params)
        texture = None if shown is None else shown.first("texture")
        if texture is None:
            return _Effect(color=color)
        number = self._texture(texture.get("texture"), params)
        return _Effect(color=color, texture=number, texcoord=texture.get("texcoord"))

    def _row(self, material: Material) -> int:
        return self._materials.setdefault(material, len(self._materials))

    def _note(self, model: Element, shown: Element | None, params: dict[str, Element]) -> None:
        others = [item for item in model.every(*SHADING) if item is not shown]
        if any(item.first("texture") is not None or any((_shares(item, params) or [0])[:3]) for item in others):
            self._noted.add(Trait.SHADING)
        clear, texture = model.first("transparent", "texture"), None if shown is None else shown.first("texture")
        if clear is not None and (texture is None or clear.get("texture") != texture.get("texture")):
            self._noted.add(Trait.OPACITY, "Opacity that an image of its own holds is not read.")

    def _texture(self, name: str, params: dict[str, Element]) -> int | None:
        """Return the number of a texture; the name leads to an image through a sampler and a surface, or is its own."""
        wraps = (Wrap.REPEAT, Wrap.REPEAT)
        sampler = params[name].first("sampler2D") if name in params else None
        if sampler is not None:
            wraps = (WRAPS.get(sampler.word("wrap_s"), Wrap.REPEAT), WRAPS.get(sampler.word("wrap_t"), Wrap.REPEAT))
            instance = sampler.first("instance_image")
            name = sampler.word("source") if instance is None else instance.get("url")
        surface = params[name].first("surface") if name in params else None
        if surface is not None:
            name = surface.word("init_from")
        image = self._ids.find("image", name)
        reference = "" if image is None else image.word("init_from") or image.word("init_from", "ref")
        # Many files name images by where they were on the machine that wrote them.
        base = posixpath.basename(reference.replace("\\", "/"))
        return self._shelf.add((reference, base), *wraps)


def _uv_set(binding: Element | None, texcoord: str) -> int | None:
    for item in () if binding is None else binding.every("bind_vertex_input"):
        number = item.get("input_set", "0").strip()
        if item.get("semantic") == texcoord and number.isascii() and number.isdigit() and len(number) < 9:  # noqa: PLR2004 fits
            return int(number)
    return None


def _shares(element: Element | None, params: dict[str, Element]) -> list[float] | None:
    """Return the numbers of a colour, of its own or of a parameter; None where there is none that can be read."""
    if element is None:
        return None
    text = element.word("color") or element.word("float")
    param = element.first("param")
    named = params.get(param.get("ref")) if param is not None else None
    if named is not None:
        text = named.word("float4") or named.word("float3") or named.word("float")
    try:
        values = floats(text, "A colour").tolist()
    except SourceDamaged:
        return None
    return values if values and np.isfinite(values).all() else None


def _color(element: Element | None, params: dict[str, Element]) -> Color:
    """Return a colour, opaque; white where there is none."""
    red, green, blue, *_ = [*(_shares(element, params) or [1.0, 1.0, 1.0]), 0.0, 0.0]
    return _byte(red), _byte(green), _byte(blue), 255


def _with_opacity(color: Color, opacity: float) -> Color:
    return *color[:3], _byte(opacity) or 255


def _byte(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * 255)


def _opacity(model: Element, params: dict[str, Element]) -> float:
    transparent = model.first("transparent")
    amount = _shares(model.first("transparency"), params)
    if transparent is None and amount is None:
        return 1.0
    share = amount[0] if amount else 1.0
    mode = "A_ONE" if transparent is None else transparent.get("opaque", "A_ONE")
    red, green, blue, alpha, *_ = [*(_shares(transparent, params) or [1.0] * 4), 1.0, 1.0, 1.0]
    luminance = red * LUMINANCE[0] + green * LUMINANCE[1] + blue * LUMINANCE[2]
    return {
        "A_ZERO": 1.0 - alpha * share,
        "RGB_ZERO": 1.0 - luminance * share,
        "RGB_ONE": luminance * share,
    }.get(mode, alpha * share)

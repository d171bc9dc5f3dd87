"""Materials of a glTF file. What is wrong with them costs the look, never the mesh."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged
from outfeed.mesh.appearance import Color, Material, Texture, Wrap
from outfeed.mesh.formats.gltf.buffers import Buffers
from outfeed.mesh.formats.gltf.document import FINISH
from outfeed.mesh.formats.gltf.images import PNG, shows_through, without_opacity
from outfeed.mesh.formats.gltf.strict_json import Document, Member
from outfeed.mesh.formats.images import ImageReader
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.shown import from_linear
from outfeed.mesh.traits import Trait

TRANSFORM: Final = "KHR_texture_transform"
GLOSSY: Final = "KHR_materials_pbrSpecularGlossiness"
WEBP: Final = "EXT_texture_webp"
#: Extensions of a texture whose images are not read; the texture's own source stands in.
UNREAD_IMAGES: Final = ("KHR_texture_basisu", "EXT_texture_avif", "MSFT_texture_dds")
WRAPS: Final = {33071: Wrap.CLAMP, 33648: Wrap.MIRROR, 10497: Wrap.REPEAT}
#: Members of a material that are kept, or say nothing beside what is kept.
KEPT: Final = frozenset({"name", "alphaMode", "pbrMetallicRoughness", "extras", "extensions", "doubleSided"})


@dataclass(frozen=True, slots=True)
class Look:
    """What a primitive looks like."""

    #: Row of the materials, -1 for none.
    material: int = -1
    #: Whether opacities count for nothing.
    opaque: bool = True
    #: Which set of texture coordinates its texture uses.
    uv_set: int = 0
    #: (2, 3): what its texture coordinates are moved by; None for nothing.
    uv_matrix: NDArray[np.float64] | None = None


class Looks:
    """Reads the materials that primitives use, once each."""

    def __init__(self, document: Document, buffers: Buffers, limits: ReadLimits) -> None:
        self._document = document
        self._images = _Images(document, buffers, limits)
        self._looks: dict[int, Look] = {}
        self._textures: dict[Texture, int] = {}
        self.materials: list[Material] = []
        self.lost: dict[Trait, str] = {}

    @property
    def textures(self) -> tuple[Texture, ...]:
        """Return the textures that the materials name."""
        return tuple(self._textures)

    def of(self, primitive: Member) -> Look:
        """Return the look of a primitive."""
        named = primitive.get("material")
        if named is None:
            return Look()
        row = named.whole()
        if row not in self._looks:
            self._looks[row] = self._read(self._document.at("materials", named))
        return self._looks[row]

    def _read(self, material: Member) -> Look:
        try:
            return self._read_strictly(material)
        except SourceDamaged as error:
            self.lost.setdefault(Trait.MATERIALS, f"A material is damaged: {error.detail}")
            return Look()

    def _read_strictly(self, material: Member) -> Look:
        name, mode = material.get("name"), material.get("alphaMode")
        opaque = mode is None or mode.text() == "OPAQUE"
        factor, texture = _base(material)
        if _has_more(material):
            self.lost.setdefault(Trait.SHADING, "")
        color = _color(factor, opaque=opaque)
        look = Look(opaque=opaque)
        number = None
        if texture is not None:
            number, look = self._textured(texture, look)
        text = "" if name is None else name.clean_text()
        read = Material(name=text, color=color, texture=number)
        if read == Material():
            # It says nothing: our own writer has it where there is none.
            return look
        self.materials.append(read)
        return replace(look, material=len(self.materials) - 1)

    def _textured(self, info: Member, look: Look) -> tuple[int | None, Look]:
        """Return the row of a texture, None where it is lost, and the look with what the texture asks for."""
        try:
            found = self._images.texture(info, opaque=look.opaque)
            placed = _with_transform(info, look)
        except SourceDamaged as error:
            self.lost.setdefault(Trait.TEXTURES, f"A texture is damaged: {error.detail}")
            return None, look
        if found is None:
            self.lost.setdefault(Trait.TEXTURES, "A texture's image is not there, damaged, or of no kind that is read.")
            return None, placed
        return self._textures.setdefault(found, len(self._textures)), placed


def _base(material: Member) -> tuple[Member | None, Member | None]:
    """Return the factor and the texture that are a material's colour."""
    glossy = material.into("extensions", GLOSSY)
    if glossy is not None:
        return glossy.get("diffuseFactor"), glossy.get("diffuseTexture")
    return (
        material.into("pbrMetallicRoughness", "baseColorFactor"),
        material.into("pbrMetallicRoughness", "baseColorTexture"),
    )


def _has_more(material: Member) -> bool:
    """Tell whether a material says more than a colour and a texture."""
    plain = {"baseColorFactor", "baseColorTexture"}
    metal = material.get("pbrMetallicRoughness")
    says = {} if metal is None else dict(metal.members())
    if any(name not in plain and (name, member.value) not in _PLAIN for name, member in says.items()):
        return True
    extensions = material.get("extensions")
    mode = material.get("alphaMode")
    masked = mode is not None and mode.value == "MASK"
    return masked or bool(material.value.keys() - KEPT) or (extensions is not None and bool(extensions.value))


#: What our own writer says, and what is the format's default: neither metal nor gloss.
_PLAIN: Final = (*FINISH.items(), ("roughnessFactor", 1))


def _color(factor: Member | None, *, opaque: bool) -> Color:
    shares = [1.0] * 4 if factor is None else factor.numbers(4)
    red, green, blue, opacity = from_linear(np.array([shares]))[0].tolist()
    return red, green, blue, 255 if opaque else opacity


def _with_transform(info: Member, look: Look) -> Look:
    named = info.get("texCoord")
    uv_set = 0 if named is None else named.whole()
    transform = info.into("extensions", TRANSFORM)
    if transform is None or not isinstance(transform.value, dict):
        return replace(look, uv_set=uv_set)
    other = transform.get("texCoord")
    offset, turn, scale = (transform.get(name) for name in ("offset", "rotation", "scale"))
    move = [0.0, 0.0] if offset is None else offset.numbers(2)
    angle = 0.0 if turn is None else turn.number()
    wide, high = [1.0, 1.0] if scale is None else scale.numbers(2)
    sine, cosine = np.sin(angle), np.cos(angle)
    # The programs of Khronos and three.js turn this way, and not the one that the extension's own formula shows.
    matrix = np.array([[wide * cosine, high * sine, move[0]], [-wide * sine, high * cosine, move[1]]])
    return replace(look, uv_set=uv_set if other is None else other.whole(), uv_matrix=matrix)


class _Images:
    """Reads textures."""

    def __init__(self, document: Document, buffers: Buffers, limits: ReadLimits) -> None:
        self._document = document
        self._buffers = buffers
        self._reader = ImageReader(limits)
        self._named: dict[tuple[str, bool], tuple[bytes, str] | None] = {}
        self._opaque: dict[bytes, tuple[bytes, str]] = {}

    def texture(self, info: Member, *, opaque: bool) -> Texture | None:
        """Return a texture, None where its image cannot be had."""
        texture = self._document.at("textures", info.need("index"))
        wraps = self._wraps(texture)
        for source in _sources(texture):
            image = self._document.at("images", source)
            key = (image.path, opaque)
            if key not in self._named:
                self._named[key] = self._image(image, opaque=opaque)
            found = self._named[key]
            if found is not None:
                return Texture(image=found[0], media_type=found[1], wrap_u=wraps[0], wrap_v=wraps[1])
        return None

    def _wraps(self, texture: Member) -> tuple[Wrap, Wrap]:
        named = texture.get("sampler")
        sampler = None if named is None else self._document.at("samplers", named)
        found = [None if sampler is None else sampler.get(name) for name in ("wrapS", "wrapT")]
        one, other = (Wrap.REPEAT if wrap is None else WRAPS.get(wrap.whole(), Wrap.REPEAT) for wrap in found)
        return one, other

    def _image(self, image: Member, *, opaque: bool) -> tuple[bytes, str] | None:
        uri = image.get("uri")
        if uri is not None:
            data = self._buffers.linked(uri)
        else:
            data = self._buffers.view(image.need("bufferView"))[0].tobytes()
        if data is None:
            return None
        # Copies of one view cost as much as what is unpacked.
        self._buffers.charge(len(data))
        # Many rows of images may be one picture.
        found = self._reader.read(data)
        return self._without_opacity(*found) if found and opaque else found

    def _without_opacity(self, image: bytes, media_type: str) -> tuple[bytes, str]:
        key = sha256(image).digest()
        if key not in self._opaque:
            self._opaque[key] = (without_opacity(image), PNG) if shows_through(image) else (image, media_type)
        return self._opaque[key]


def _sources(texture: Member) -> Iterator[Member]:
    """Yield the images that a texture may show, the best one first."""
    extensions = texture.get("extensions")
    webp = None if extensions is None else extensions.into(WEBP, "source")
    if webp is not None:
        yield webp
    source = texture.get("source")
    if source is not None:
        yield source

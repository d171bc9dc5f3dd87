"""What the surface of a mesh looks like: materials and textures."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

#: Red, green, blue (sRGB) and opacity, 0 to 255 each.
Color: TypeAlias = tuple[int, int, int, int]

WHITE: Final[Color] = (255, 255, 255, 255)


class Wrap(StrEnum):
    """What a texture shows beyond its edge."""

    REPEAT = "repeat"
    CLAMP = "clamp"
    MIRROR = "mirror"


@dataclass(frozen=True, kw_only=True, slots=True)
class Texture:
    """An image that texture coordinates point into: 0, 0 is its lower left corner, 1, 1 its upper right one."""

    #: A whole PNG or JPEG file that decodes: see `outfeed.mesh.formats.images`.
    image: bytes
    #: `image/png` or `image/jpeg`.
    media_type: str
    wrap_u: Wrap = Wrap.REPEAT
    wrap_v: Wrap = Wrap.REPEAT


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """
    What a face is made of.

    A corner shows the product of its material's colour, its own colour and the texture; what is missing is white.
    """

    name: str = ""
    color: Color = WHITE
    #: Row of the mesh's `textures`.
    texture: int | None = None

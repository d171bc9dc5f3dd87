"""The colours and textures of AMF as a mesh has them.

A triangle's colour hides that of its vertices, that of its volume, that of its object, that of its material: the first
one that is there is shown, and none is multiplied by another. Textures are raw bytes, one for each pixel and channel;
the first row is taken for the upper one.
"""

import base64
import binascii
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from outfeed.mesh.appearance import WHITE, Color, Material, Texture, Wrap
from outfeed.mesh.formats.amf_text import Body, Document, Image, Thing, Volume
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.placing import Rows
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.traits import Trait


class Looks:
    """Makes the materials, colours and textures of a document."""

    def __init__(self, document: Document, shelf: Shelf, limits: ReadLimits, noted: Noted) -> None:
        self._document = document
        self._shelf = shelf
        self._noted = noted
        self._pixels_left = limits.max_pixels
        self._numbers = {row: self._texture(channels) for channels, row in document.images.items()}
        self._materials: dict[Material, int] = {}
        self._color_rows = _all_colors(document)
        #: The table of colours (c, 4).
        self.colors = np.array([*self._color_rows], dtype=np.uint8).reshape(-1, 4)

    @property
    def materials(self) -> tuple[Material, ...]:
        """Return the materials, in the order of their rows."""
        return tuple(self._materials)

    def dressed(self, thing: Thing, body: Body, volume: Volume) -> tuple[int | Rows, Rows | None, Rows | None]:
        """
        Return what the triangles of a volume show.

        The row of the material, one for all or one each (m,); rows of the colours of the corners (m, 3); rows of the
        volume's texture coordinates (m, 3). None where there are none.
        """
        substance = self._document.materials.get(volume.material)
        if substance is None and volume.material not in {"", "0"}:
            self._noted.add(Trait.MATERIALS, "A material that a volume names is not in it.")
        named = substance.name or volume.material if substance is not None else ""
        base = volume.color or thing.color or (substance.color if substance is not None else None)
        colors = _corner_colors(body, volume)
        images = np.array([-1, *(-1 if n is None else n for n in self._numbers.values())], dtype=np.int32)[
            np.frombuffer(volume.images, dtype=np.int32) + 1
        ]
        textured = images >= 0
        if colors is None and not textured.any():
            plain = -1 if base is None and substance is None else self._row(Material(name=named, color=base or WHITE))
            return plain, None, None
        if colors is None:
            colors = np.full((len(images), 3), -1, dtype=np.int32)
        if base is not None:
            colors = np.where(colors < 0, np.int32(self._color_rows[base]), colors)
        colors[textured] = -1
        rows = np.full(len(images), -1 if substance is None else self._row(Material(name=named)), dtype=np.int32)
        for number in np.unique(images[textured]).tolist():
            rows[images == number] = self._row(Material(name=named, texture=number))
        return rows, colors, _uv_rows(volume, textured)

    def _row(self, material: Material) -> int:
        return self._materials.setdefault(material, len(self._materials))

    def _texture(self, channels: tuple[str, ...]) -> int | None:
        """Return the number of the texture whose channels have these names; the last may be missing."""
        images = [self._document.textures.get(name) for name in channels if name]
        image = None if len(images) < 3 or not channels[0] else self._picture(images)  # noqa: PLR2004 red, green, blue
        if image is None:
            self._noted.add(Trait.TEXTURES, "A texture lacks a channel, or has other pixels than it says.")
            return None
        first = images[0]
        wrap = Wrap.REPEAT if first and first.attributes.get("tiled") in {"true", "1"} else Wrap.CLAMP
        return self._shelf.keep(Texture(image=image, media_type="image/png", wrap_u=wrap, wrap_v=wrap))

    def _picture(self, images: list[Image | None]) -> bytes | None:
        """Return the PNG of three or four channels of one size, None where they are not."""
        sizes = {_size(image) for image in images}
        size = sizes.pop()
        if sizes or size is None or not 0 < size[0] * size[1] <= self._pixels_left:
            return None
        planes = [_plane(image, size) for image in images if image is not None]
        if any(plane is None for plane in planes):
            return None
        self._pixels_left -= size[0] * size[1]
        out = io.BytesIO()
        Picture.fromarray(np.dstack([plane for plane in planes if plane is not None])).save(out, "PNG")
        return out.getvalue()


def _all_colors(document: Document) -> dict[Color, int]:
    """Return the rows of all colours: of vertices and triangles, as they are numbered, then of what is larger."""
    colors = dict(document.colors)
    volumes = [volume for thing in document.objects for body in thing.bodies for volume in body.volumes]
    of_things = [thing.color for thing in document.objects]
    for color in (*of_things, *(item.color for item in volumes), *(item.color for item in document.materials.values())):
        if color is not None:
            colors.setdefault(color, len(colors))
    return colors


def _size(image: Image | None) -> tuple[int, int] | None:
    """Return width and height; None for what is no flat image."""
    words = [image.attributes.get(name, "1") for name in ("width", "height", "depth")] if image is not None else []
    if not words or not all(word.isascii() and word.isdigit() and len(word) <= 9 for word in words):  # noqa: PLR2004 fits
        return None
    width, height, depth = (int(word) for word in words)
    return (width, height) if depth in {0, 1} else None


def _plane(image: Image, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    try:
        data = base64.b64decode("".join(image.base64.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) != size[0] * size[1]:
        return None
    return np.frombuffer(data, dtype=np.uint8).reshape(size[1], size[0])


def _corner_colors(body: Body, volume: Volume) -> Rows | None:
    """Return the rows of the corners' own colours (m, 3), None where no corner has one."""
    of_triangles = np.frombuffer(volume.colors, dtype=np.int32)[:, None]
    of_points = np.frombuffer(body.colors, dtype=np.int32)
    corners = of_points[np.frombuffer(volume.corners, dtype=np.int32).reshape(-1, 3)]
    colors = np.where(of_triangles >= 0, of_triangles, corners)
    return colors if (colors >= 0).any() else None


def _uv_rows(volume: Volume, textured: NDArray[np.bool_]) -> Rows | None:
    """Return the rows of the corners' texture coordinates: three for each triangle that names an image."""
    if not textured.any():
        return None
    mapped = np.frombuffer(volume.images, dtype=np.int32) >= 0
    firsts = (np.cumsum(mapped) - 1) * 3
    rows = firsts[:, None] + np.arange(3)
    return np.where(textured[:, None], rows, -1).astype(np.int32)

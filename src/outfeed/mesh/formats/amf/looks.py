"""The colours and textures of AMF as a mesh has them.

A triangle's colour hides that of its vertices, that of its volume, that of its object, that of its material: the first
one that is there is shown, and none is multiplied by another. Textures are raw bytes, one for each pixel and channel,
from left to right, the upper row first, as assimp describes them. That u = v = 0 is their lower left corner is our
reading.
"""

import base64
import binascii
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from outfeed.mesh.appearance import WHITE, Color, Material, Texture, Wrap
from outfeed.mesh.formats.amf.text import Body, Document, Image, Thing, Volume
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
        self._planes: dict[str, NDArray[np.uint8] | None] = {}
        found = [self._texture(channels) for channels in document.images]
        #: The number of the texture of each of the document's images; the last is for triangles without one.
        self._numbers = np.array([*(-1 if number is None else number for number in found), -1], dtype=np.int32)
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
        images = self._numbers[np.frombuffer(volume.images, dtype=np.int32)]
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
        numbers, each = np.unique(images[textured], return_inverse=True)
        of_numbers = [self._row(Material(name=named, texture=number)) for number in numbers.tolist()]
        rows[textured] = np.array(of_numbers, dtype=np.int32)[each]
        return rows, colors, _uv_rows(volume, textured)

    def _row(self, material: Material) -> int:
        return self._materials.setdefault(material, len(self._materials))

    def _texture(self, channels: tuple[str, ...]) -> int | None:
        """Return the number of the texture whose channels have these names; the last may be missing."""
        names = channels if channels[-1] else channels[:-1]
        planes = [plane for name in names if (plane := self._plane(name)) is not None]
        sizes = {plane.shape for plane in planes}
        pixels = max((plane.size for plane in planes), default=0)
        if len(planes) != len(names) or len(sizes) != 1 or not 0 < pixels <= self._pixels_left:
            self._noted.add(Trait.TEXTURES, "A texture lacks a channel, or has other pixels than it says.")
            return None
        self._pixels_left -= pixels
        out = io.BytesIO()
        Picture.fromarray(np.dstack(planes)).save(out, "PNG")
        tiled = self._document.textures[names[0]].attributes.get("tiled") in {"true", "1"}
        wrap = Wrap.REPEAT if tiled else Wrap.CLAMP
        return self._shelf.keep(Texture(image=out.getvalue(), media_type="image/png", wrap_u=wrap, wrap_v=wrap))

    def _plane(self, name: str) -> NDArray[np.uint8] | None:
        """Return the pixels of a channel; None where it is not there, or not as large as it says."""
        if name not in self._planes:
            image = self._document.textures.get(name)
            self._planes[name] = None if image is None else _pixels(image)
        return self._planes[name]


def _all_colors(document: Document) -> dict[Color, int]:
    """Return the rows of all colours: of vertices and triangles, as they are numbered, then of what is larger."""
    colors = dict(document.colors)
    volumes = [volume for thing in document.objects for body in thing.bodies for volume in body.volumes]
    of_things = [thing.color for thing in document.objects]
    for color in (*of_things, *(item.color for item in volumes), *(item.color for item in document.materials.values())):
        if color is not None:
            colors.setdefault(color, len(colors))
    return colors


def _pixels(image: Image) -> NDArray[np.uint8] | None:
    words = [image.attributes.get(name, "1") for name in ("width", "height", "depth")]
    if not all(word.isascii() and word.isdigit() and len(word) <= 9 for word in words):  # noqa: PLR2004 fits
        return None
    width, height, depth = (int(word) for word in words)
    try:
        data = base64.b64decode("".join(image.base64.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    whole = len(data) == width * height and depth in {0, 1}
    return np.frombuffer(data, dtype=np.uint8).reshape(height, width) if whole else None


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

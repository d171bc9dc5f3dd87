"""Images that nobody vouches for, as textures: decoded once, kept as they are where every program reads them."""

import io
import struct
import warnings
from hashlib import sha256
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from outfeed.mesh.formats.source import ReadLimits

#: Formats that are read, in the library's words.
READ: Final = ("PNG", "JPEG", "GIF", "BMP", "TGA", "WEBP", "TIFF")
MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg"}
#: Kinds of pixels that every program takes as they are; all others are written anew.
PLAIN: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
#: The white of greys that the library would cut off at 255.
WIDE: Final = {"I;16": 65_535.0, "I;16B": 65_535.0, "I;16L": 65_535.0, "I;16N": 65_535.0, "I": 65_535.0, "F": 1.0}
#: Pixels that all images of a file may have together, as a multiple of those that one may have.
MOST_LARGE: Final = 16
#: What the library raises for bytes that are no image, or a damaged one.
DAMAGES: Final = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)

# All readers of images at once: a child process cannot load them any more.
Image.init()


class ImageReader:
    """The images of one file: each is decoded once, and all of them together have a bounded number of pixels."""

    def __init__(self, limits: ReadLimits) -> None:
        self._most = limits.max_pixels
        self._left = limits.max_pixels * MOST_LARGE
        self._known: dict[bytes, tuple[bytes, str] | None] = {}

    def read(self, data: bytes) -> tuple[bytes, str] | None:
        """
        Return an image as bytes of PNG or JPEG and the media type; None if it is no image, damaged, or too large.

        PNG and JPEG stay as they are, other formats and kinds of pixels that few programs read (CMYK, 16 bits) become
        PNG.
        """
        key = sha256(data).digest()
        if key not in self._known:
            self._known[key] = self._decoded(data)
        return self._known[key]

    def _decoded(self, data: bytes) -> tuple[bytes, str] | None:
        found = _decoded(data, min(self._most, self._left))
        if found is None:
            return None
        image, media_type, pixels = found
        self._left -= pixels
        return image, media_type


def _decoded(data: bytes, most_pixels: int) -> tuple[bytes, str, int] | None:
    """Return the image, its media type and the number of its pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes and metadata: the limits below decide
            with Image.open(io.BytesIO(data), formats=READ) as image:
                pixels = image.width * image.height
                if pixels > most_pixels:
                    return None
                image.load()
                if image.format in MEDIA_TYPES and image.mode in PLAIN and not getattr(image, "is_animated", False):
                    return data, MEDIA_TYPES[image.format], pixels
                return _as_png(image), MEDIA_TYPES["PNG"], pixels
    except DAMAGES:
        return None


def _as_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    if image.mode in WIDE:
        image = _eight_bits(image, WIDE[image.mode])
    image.convert("RGBA" if image.has_transparency_data else "RGB").save(out, "PNG")
    return out.getvalue()


def _eight_bits(image: Image.Image, white: float) -> Image.Image:
    shares = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0) / np.float32(white)
    return Image.fromarray(np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8))

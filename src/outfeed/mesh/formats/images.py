"""Images that nobody vouches for, as textures: decoded once, kept as they are where every program reads them."""

import io
import warnings
from typing import Final

from PIL import Image, UnidentifiedImageError

from outfeed.mesh.formats.source import ReadLimits

#: Formats that are read, in the library's words.
READ: Final = ("PNG", "JPEG", "GIF", "BMP", "TGA", "WEBP", "TIFF")
MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg"}
#: Kinds of pixels that every program takes as they are; all others are written anew.
PLAIN: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})

# All readers of images at once: a child process cannot load them any more.
Image.init()


def texture_image(data: bytes, limits: ReadLimits) -> tuple[bytes, str] | None:
    """
    Return an image as bytes of PNG or JPEG and the media type; None if it is no image, damaged, or too large.

    PNG and JPEG stay as they are, other formats and kinds of pixels that few programs read (CMYK, 16 bits) become PNG.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes and metadata: the limits below decide
            with Image.open(io.BytesIO(data), formats=READ) as image:
                if image.width * image.height > limits.max_pixels:
                    return None
                image.load()
                if image.format in MEDIA_TYPES and image.mode in PLAIN and not getattr(image, "is_animated", False):
                    return data, MEDIA_TYPES[image.format]
                return _as_png(image), MEDIA_TYPES["PNG"]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return None


def _as_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGBA" if image.has_transparency_data else "RGB").save(out, "PNG")
    return out.getvalue()

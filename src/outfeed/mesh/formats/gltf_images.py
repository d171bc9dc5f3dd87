"""Opacity of images: glTF says per material whether it counts, and a `Material` shows whatever its image has."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image

#: What `texture_image` gives.
FORMATS: Final = ("PNG", "JPEG")
PNG: Final = "image/png"
OPAQUE: Final = (255, 255)


@contextmanager
def opened(image: bytes) -> Iterator[Image.Image]:
    """Open an image that `texture_image` has let through; nothing is decoded yet."""
    with Image.open(io.BytesIO(image), formats=FORMATS) as picture:
        yield picture


def shows_through(image: bytes) -> bool:
    """Tell whether any pixel lets something through."""
    with opened(image) as picture:
        return picture.has_transparency_data and picture.convert("RGBA").getchannel("A").getextrema() != OPAQUE


def without_opacity(image: bytes) -> bytes:
    """Return an image as PNG without its opacity."""
    out = io.BytesIO()
    with opened(image) as picture:
        picture.convert("RGBA").convert("RGB").save(out, "PNG")
    return out.getvalue()

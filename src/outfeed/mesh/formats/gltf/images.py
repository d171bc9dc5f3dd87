"""
Images as glTF has them.

Whether opacity counts is said per material, and a `Material` shows whatever its image has. Colours are sRGB and pixels
are square, whatever an image says of that: programs must ignore it, and the validator warns of it.
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

#: What `ImageReader` gives.
FORMATS: Final = ("PNG", "JPEG")
PNG: Final = "image/png"
OPAQUE: Final = (255, 255)
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
#: Length and kind of a chunk; its data and a checksum of four bytes follow.
CHUNK: Final = struct.Struct(">I4s")
CHECKSUM_BYTES: Final = 4
#: What a PNG says of colours and of the form of pixels.
IGNORED: Final = frozenset({b"iCCP", b"gAMA", b"cHRM", b"pHYs"})


@contextmanager
def opened(image: bytes) -> Iterator["Image"]:
    """Open an image that `ImageReader` has let through; nothing is decoded yet."""
    # Most meshes have no image, and are written without the library.
    from PIL import Image  # noqa: PLC0415 see above

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


def without_profile(image: bytes) -> bytes:
    """Return an image without what glTF ignores; the same one where there is nothing of it, or it is no PNG."""
    if not image.startswith(SIGNATURE):
        return image
    kept, start = [SIGNATURE], len(SIGNATURE)
    while start + CHUNK.size <= len(image):
        size, kind = CHUNK.unpack_from(image, start)
        end = start + CHUNK.size + size + CHECKSUM_BYTES
        if kind not in IGNORED:
            kept.append(image[start:end])
        start = end
    plain = b"".join([*kept, image[start:]])
    return image if plain == image else plain

"""What a texture shows at a coordinate: four texels, weighed."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outfeed.mesh.appearance import Texture, Wrap
from outfeed.mesh.formats.images import DAMAGES
from outfeed.mesh.shown import to_linear

Shares = NDArray[np.float64]

#: Formats of textures, as the library calls them.
FORMATS: Final = ("PNG", "JPEG")
#: Light of each number of sRGB; opacity is a share already.
LIGHT: Final = to_linear(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1))


class Texels:
    """
    A decoded texture.

    Parameters
    ----------
    texture
        An image that decodes. One that does not is white.
    side
        Columns and rows that are kept at most: more than the picture has would only flicker.
    """

    def __init__(self, texture: Texture, *, side: int) -> None:
        self._pixels = _decoded(texture.image, side)
        self._wraps = texture.wrap_u, texture.wrap_v

    def at(self, uvs: Shares) -> Shares:
        """Return light and opacity (n, 4) at coordinates (n, 2)."""
        height, width = self._pixels.shape[:2]
        column = _placed(uvs[:, 0], self._wraps[0]) * width - 0.5
        row = (1.0 - _placed(uvs[:, 1], self._wraps[1])) * height - 0.5
        left, top = np.floor(column), np.floor(row)
        right_share, low_share = (column - left)[:, None], (row - top)[:, None]
        columns = [_inside(left + step, width, self._wraps[0]) for step in (0, 1)]
        upper, lower = (
            self._mixed(_inside(top + step, height, self._wraps[1]), columns, right_share) for step in (0, 1)
        )
        mixed: Shares = upper + (lower - upper) * low_share
        return mixed

    def _mixed(self, rows: NDArray[np.intp], columns: list[NDArray[np.intp]], share: Shares) -> Shares:
        channels = np.arange(4)
        left, right = (LIGHT[self._pixels[rows, column], channels] for column in columns)
        mixed: Shares = left + (right - left) * share
        return mixed


def _placed(coordinates: Shares, wrap: Wrap) -> Shares:
    """Return where in the image, 0 to 1, a coordinate lies."""
    if wrap is Wrap.CLAMP:
        return np.clip(coordinates, 0.0, 1.0)
    if wrap is Wrap.MIRROR:
        return 1.0 - np.abs(np.mod(coordinates, 2.0) - 1.0)
    return np.mod(coordinates, 1.0)


def _inside(places: Shares, count: int, wrap: Wrap) -> NDArray[np.intp]:
    """Return whole columns or rows that are there, for ones that lie at most one beside the edge."""
    whole = places.astype(np.intp)
    return whole % count if wrap is Wrap.REPEAT else np.clip(whole, 0, count - 1)


def pixels_of(texture: Texture) -> int:
    """Return how many pixels a texture would be decoded to; 0 for what is no image."""
    with _opened(texture.image) as image:
        return image.width * image.height if image else 0


def _decoded(data: bytes, side: int) -> NDArray[np.uint8]:
    """Return pixels (h, w, 4), made smaller where there are more than a picture shows."""
    with _opened(data) as image:
        if image:
            image.draft("RGB", (side, side))
            with contextlib.suppress(*DAMAGES):
                pixels = image.convert("RGBA")
                pixels.thumbnail((side, side), Image.Resampling.BOX)
                return np.asarray(pixels, dtype=np.uint8)
    return np.full((1, 1, 4), 255, dtype=np.uint8)


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[Image.Image | None]:
    """Open an image, without its pixels; None for what is none."""
    with warnings.catch_warnings(), contextlib.ExitStack() as stack:
        warnings.simplefilter("ignore")  # of sizes: the reader has looked at them
        image = None
        with contextlib.suppress(*DAMAGES):
            image = stack.enter_context(Image.open(io.BytesIO(data), formats=FORMATS))
        yield image

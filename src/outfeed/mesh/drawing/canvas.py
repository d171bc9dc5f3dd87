"""Where light is gathered: pixels of several samples each, layer behind layer."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.drawing.looks import Looks

Rows = NDArray[np.int32]

#: Less light than this is not followed any further.
DARK: Final = 0.02
#: Places whose colours are worked out together; bounds the memory.
CHUNK: Final = 1 << 16


class Canvas:
    """
    Light of pixels, and how much still comes through each of their samples.

    Parameters
    ----------
    height, width
        In pixels.
    each
        Samples along each side of a pixel.
    """

    def __init__(self, height: int, width: int, *, each: int) -> None:
        self._shape = height, width, each
        #: (h * w, 3): gathered so far.
        self.light = np.zeros((height * width, 3))
        self._through = np.ones((height * width, each * each), dtype=np.float32)

    def through(self) -> NDArray[np.float64]:
        """Return the share of the background's light that passes each pixel (h * w,)."""
        means: NDArray[np.float64] = self._through.mean(axis=1, dtype=np.float64)
        return means

    def open_samples(self) -> NDArray[np.bool]:
        """Return which samples, row by row (h * each, w * each), still let light through."""
        height, width, each = self._shape
        squares = (self._through > DARK).reshape(height, width, each, each)
        return np.ascontiguousarray(squares.transpose(0, 2, 1, 3)).reshape(height * each, width * each)

    def add(self, faces: Rows, looks: Looks) -> None:
        """
        Add what lies behind all that was added before; `faces` are those of the samples, -1 for none.

        A pixel that one face fills is looked at in its middle, every other one at each of its samples.
        """
        height, width, each = self._shape
        squares = faces.reshape(height, each, width, each).transpose(0, 2, 1, 3).reshape(-1, each * each)
        shown = (squares >= 0) & (self._through > DARK)
        even = shown[:, 0] & (squares == squares[:, :1]).all(axis=1) & _are_even(self._through)
        filled, mixed = np.flatnonzero(even), np.flatnonzero(shown.any(axis=1) & ~even)
        for first in range(0, len(filled), CHUNK):
            self._fill(filled[first : first + CHUNK], squares, looks)
        at_once = max(CHUNK // each**2, 1)
        for first in range(0, len(mixed), at_once):
            self._mix(mixed[first : first + at_once], squares, shown, looks)

    def _fill(self, pixels: NDArray[np.intp], squares: Rows, looks: Looks) -> None:
        _, width, each = self._shape
        rows, columns = np.divmod(pixels, width)
        light, opacity = looks.at(squares[pixels, 0], (np.column_stack([columns, rows]) + 0.5) * each)
        self.light[pixels] += (self._through[pixels, 0] * opacity)[:, None] * light
        self._through[pixels] *= (1.0 - opacity)[:, None]

    def _mix(self, pixels: NDArray[np.intp], squares: Rows, shown: NDArray[np.bool], looks: Looks) -> None:
        _, width, each = self._shape
        here, sample = np.nonzero(shown[pixels])
        rows, columns = np.divmod(pixels[here], width)
        down, right = np.divmod(sample, each)
        places = np.column_stack([columns * each + right, rows * each + down]) + 0.5
        light, opacity = looks.at(squares[pixels[here], sample], places)
        weights = self._through[pixels[here], sample] * opacity / each**2
        for channel in range(3):
            self.light[pixels, channel] += np.bincount(here, weights * light[:, channel], minlength=len(pixels))
        self._through[pixels[here], sample] *= 1.0 - opacity


def _are_even(through: NDArray[np.float32]) -> NDArray[np.bool]:
    """Tell of each row whether all of its numbers are the same."""
    even: NDArray[np.bool] = (through == through[:, :1]).all(axis=1)
    return even

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

    Tables of samples have one row for each place in a pixel, so that pixels are compared side by side.

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
        self._through = np.ones((each * each, height * width), dtype=np.float32)

    def through(self) -> NDArray[np.float64]:
        """Return the share of the background's light that passes each pixel (h * w,)."""
        means: NDArray[np.float64] = self._through.mean(axis=0, dtype=np.float64)
        return means

    def open_samples(self) -> NDArray[np.bool]:
        """Return which samples, row by row (h * each, w * each), still let light through."""
        height, width, each = self._shape
        places = (self._through > DARK).reshape(each, each, height, width)
        return np.ascontiguousarray(places.transpose(2, 0, 3, 1)).reshape(height * each, width * each)

    def add(self, faces: Rows, looks: Looks) -> None:
        """
        Add what lies behind all that was added before; `faces` are those of the samples, -1 for none.

        A pixel that one face fills is looked at in its middle, every other one at each of its samples.
        """
        height, width, each = self._shape
        places = faces.reshape(height, each, width, each).transpose(1, 3, 0, 2).reshape(each * each, -1)
        shown = (places >= 0) & (self._through > DARK)
        even = shown[0] & (places == places[0]).all(axis=0) & (self._through == self._through[0]).all(axis=0)
        filled, mixed = np.flatnonzero(even), np.flatnonzero(shown.any(axis=0) & ~even)
        for first in range(0, len(filled), CHUNK):
            self._fill(filled[first : first + CHUNK], places[0], looks)
        at_once = max(CHUNK // each**2, 1)
        for first in range(0, len(mixed), at_once):
            self._mix(mixed[first : first + at_once], places, shown, looks)

    def _fill(self, pixels: NDArray[np.intp], faces: Rows, looks: Looks) -> None:
        _, width, each = self._shape
        rows, columns = np.divmod(pixels, width)
        light, opacity = looks.at(faces[pixels], (np.column_stack([columns, rows]) + 0.5) * each)
        self.light[pixels] += (self._through[0, pixels] * opacity)[:, None] * light
        self._through[:, pixels] *= 1.0 - opacity

    def _mix(self, pixels: NDArray[np.intp], places: Rows, shown: NDArray[np.bool], looks: Looks) -> None:
        _, width, each = self._shape
        sample, here = np.nonzero(shown[:, pixels])
        rows, columns = np.divmod(pixels[here], width)
        down, right = np.divmod(sample, each)
        where = np.column_stack([columns * each + right, rows * each + down]) + 0.5
        light, opacity = looks.at(places[sample, pixels[here]], where)
        weights = self._through[sample, pixels[here]] * opacity / each**2
        for channel in range(3):
            self.light[pixels, channel] += np.bincount(here, weights * light[:, channel], minlength=len(pixels))
        self._through[sample, pixels[here]] *= 1.0 - opacity

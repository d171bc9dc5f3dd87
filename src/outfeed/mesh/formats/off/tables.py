"""What both kinds of OFF have in common: the tables that their readers fill."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Positions

#: Largest number of a colour that is written in whole numbers.
OPAQUE: Final = 255
#: Shares may be a little above 1; whole numbers above 1 begin with 2.
SHARES: Final = 1.5
#: Numbers that a colour may have.
COLOR_WIDTHS: Final = (3, 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flags:
    """What the header's word says of vertices."""

    normals: bool = False
    colors: bool = False
    uvs: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Tables:
    """What a file has, as it is read."""

    #: (n, 3).
    points: Positions
    #: Corners of each face (f,), and those of all faces, one after the other.
    counts: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    corners: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    #: (n, 4): colours of vertices.
    colors: NDArray[np.uint8] | None = None
    #: (n, 2): texture coordinates of vertices.
    uvs: NDArray[np.float64] | None = None
    #: (f, 4): colours of faces, and the row of each face in them, -1 for none.
    face_colors: NDArray[np.uint8] | None = None
    face_rows: NDArray[np.int32] | None = None
    has_normals: bool = False
    #: A face has a colour that is no red, green and blue.
    has_other_colors: bool = False
    #: What else is read over, in words.
    others: list[str] = field(default_factory=list)

    def set_face_colors(self, colors: NDArray[Any], most: int) -> None:
        """Take colours of faces (f, 4) from 0 to `most`, with NaN where there are none."""
        has = ~np.isnan(colors[:, :3]).any(axis=1)
        if bool(has.any()):
            self.face_colors = as_colors(colors, most)
            self.face_rows = np.where(has, np.arange(len(colors)), -1).astype(np.int32)


def most_of(numbers: NDArray[Any]) -> int:
    """
    Return what stands for full light in colours that are text: 255 or 1.

    The format has whole numbers up to 255 and shares up to 1, and does not say which: one number above 1.5 decides.
    """
    return OPAQUE if bool((numbers > SHARES).any()) else 1


def as_colors(numbers: NDArray[Any], most: int) -> NDArray[np.uint8]:
    """Return colours (n, 4) of three or four numbers from 0 to `most` each; opaque where there is no fourth."""
    scaled = np.clip(numbers.astype(np.float64) * (OPAQUE // most), 0, OPAQUE)
    colors = np.full((len(numbers), 4), OPAQUE, dtype=np.uint8)
    colors[:, : numbers.shape[1]] = np.rint(np.where(np.isnan(scaled), OPAQUE, scaled)).astype(np.uint8)
    return colors

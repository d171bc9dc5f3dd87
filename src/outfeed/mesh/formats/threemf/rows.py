"""The points and triangles of an object of a 3MF file, while they are read."""

from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import TooManyTriangles
from outfeed.mesh.formats.threemf.tables import PROPERTY_WIDTH
from outfeed.mesh.formats.threemf.words import CORE

VERTICES: Final = f"{CORE} vertices"
TRIANGLES: Final = f"{CORE} triangles"
#: Groups whose numbers are larger are left to the slow way, so that a kernel need not know them.
MOST_GROUP: Final = (1 << 31) - 1


class ObjectRows:
    """Rows that come one by one, and rows that a kernel takes out of the text, in the order of the file."""

    def __init__(self, max_triangles: int) -> None:
        #: What came one by one since the kernel took the last: coordinates, corners, and properties as `add_properties`
        #: puts them there.
        self.points, self.corners, self.properties = array("d"), array("i"), array("q")
        self._kernel = _kernels.MeshRows(max_triangles)
        self._max_triangles = max_triangles

    def add_properties(self, group: int, first: int, second: int, third: int) -> None:
        """Add the properties of the last triangle."""
        face = self._kernel.counts()[1] + len(self.corners) // 3 - 1
        self.properties.extend((face, group, first, second, third))

    def take(self, name: str, prefix: str, text: NDArray[np.uint8], group: int | None) -> int:
        """Take rows of a list from the beginning of a text, see `xml_feed`; `group` is that of the object."""
        self.counts()
        if name == VERTICES:
            return self._kernel.vertices(text, f"{prefix}vertex")
        if group is not None and not 0 <= group <= MOST_GROUP:
            return 0
        return self._kernel.triangles(text, f"{prefix}triangle", -1 if group is None else group)

    def counts(self) -> tuple[int, int]:
        """
        Return the points and triangles so far.

        Raises
        ------
        TooManyTriangles
        """
        if self.points or self.corners:
            points = np.frombuffer(self.points, dtype=np.float64).reshape(-1, 3)
            corners = np.frombuffer(self.corners, dtype=np.int32).reshape(-1, 3)
            properties = np.frombuffer(self.properties, dtype=np.int64).reshape(-1, PROPERTY_WIDTH)
            self._kernel.add(points, corners, properties)
            del points, corners, properties
            # The same lists again, which the reader has at hand.
            del self.points[:], self.corners[:], self.properties[:]
        counts = self._kernel.counts()
        if counts[1] > self._max_triangles:
            raise TooManyTriangles(f"It has more than {self._max_triangles}.")
        return counts

    @property
    def lines(self) -> int:
        """Return how many lines end in what the kernel took."""
        return self._kernel.lines()

    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
        """Return points (n, 3), corners (m, 3) and properties (k, 5); nothing can be added any more."""
        self.counts()
        return self._kernel.finish()

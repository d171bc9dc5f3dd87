"""Types of the compiled kernels; `native/` holds their source."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)

def weld(corners: NDArray[_Real]) -> tuple[NDArray[_Real], NDArray[np.int32]]:
    """Return vertices (k, 3) in order of first appearance, and for each corner (n, 3) the number of its vertex."""

class StlBinary:
    """Welds the records of a binary STL file, chunk by chunk."""

    def __init__(self, triangles: int) -> None: ...
    def add(self, records: NDArray[np.uint8]) -> None:
        """Add a whole number of 50-byte records."""
    def finish(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return vertices (k, 3) and the vertex of each corner (3 * m,)."""

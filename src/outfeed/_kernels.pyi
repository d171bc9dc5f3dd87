"""Types of the compiled kernels; `native/` holds their source."""

from typing import TypeVar

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

class StlAscii:
    """Reads ASCII STL from pieces of text, and welds it."""

    def __init__(self, max_triangles: int) -> None: ...
    def feed(self, text: NDArray[np.uint8], last: bool) -> int:  # noqa: FBT001 the kernels take plain arguments
        """Read the words that are whole; return the bytes used."""
    def complaint(self) -> tuple[str, str, int]:
        """Return problem, what is wrong, line; the problem is empty where all is well."""
    def finish(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return vertices (k, 3) and the vertex of each corner (3 * m,)."""

class Obj:
    """Reads OBJ from pieces of text, triangulates and welds it."""

    def __init__(self, max_triangles: int) -> None: ...
    def feed(self, text: NDArray[np.uint8], last: bool) -> int:  # noqa: FBT001 the kernels take plain arguments
        """Read the lines that are whole; return the bytes used."""
    def complaint(self) -> tuple[str, str, int]:
        """Return problem, what is wrong, line; ask again after `finish`, which checks what needs the whole file."""
    def strange(self) -> bool:
        """Tell whether the text had no vertex, but lines that OBJ does not know."""
    def finish(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64] | None, NDArray[np.int32] | None]:
        """Return vertices (n, 3), faces (m, 3), texture coordinates (k, 2) and those of the corners (m, 3), -1 for none."""

def point_rows(word: str, values: NDArray[_Real]) -> NDArray[np.uint8]:
    """Return the word and the numbers of each row as a line of text."""

def face_rows(faces: NDArray[np.int32], uv_faces: NDArray[np.int32] | None) -> NDArray[np.uint8]:
    """Return faces (m, 3) as lines of OBJ, counted from 1."""

def facet_rows(corners: NDArray[_Real], normals: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return triangles (m, 3, 3) with their normals (m, 3) as facets of ASCII STL."""

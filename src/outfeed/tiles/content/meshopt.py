"""Packing with meshoptimizer: what `EXT_meshopt_compression` unpacks, and the order that suits caches and packing."""

from ctypes import POINTER, c_int, c_size_t, c_ubyte, c_uint, c_void_p
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NAME: Final = "EXT_meshopt_compression"
#: The version of packed vertices that the extension knows, and how hard to pack: the library's own default.
VERSION, LEVEL = 0, 2


def _library() -> Any:
    # It takes longer to load than a small mesh to write.
    from meshoptimizer._loader import lib  # type: ignore[import-untyped] # noqa: PLC0415 no types; see above

    return lib


def packed_vertices(rows: NDArray[Any]) -> bytes:
    """Return rows (n, columns), of at most 256 bytes each, a multiple of four, as a stream."""
    lib, size = _library(), rows.nbytes // len(rows)
    bound = lib.meshopt_encodeVertexBufferBound(len(rows), size)
    out = np.zeros(bound, dtype=np.uint8)
    # The library's module declares no types for this function, so each number has to bring its own.
    encode = lib.meshopt_encodeVertexBufferLevel
    used = encode(
        out.ctypes.data_as(POINTER(c_ubyte)),
        c_size_t(bound),
        np.ascontiguousarray(rows).ctypes.data_as(c_void_p),
        c_size_t(len(rows)),
        c_size_t(size),
        c_int(LEVEL),
        c_int(VERSION),
    )
    return out[:used].tobytes()


def packed_triangles(indices: NDArray[np.uint32], vertices: int) -> bytes:
    """Return the corners of triangles (3 * m,) as a stream; all must name vertices."""
    lib = _library()
    bound = lib.meshopt_encodeIndexBufferBound(len(indices), vertices)
    out = np.zeros(bound, dtype=np.uint8)
    used = lib.meshopt_encodeIndexBuffer(
        out.ctypes.data_as(POINTER(c_ubyte)), bound, indices.ctypes.data_as(POINTER(c_uint)), len(indices)
    )
    return out[:used].tobytes()


def ordered(indices: NDArray[np.uint32], vertices: int) -> NDArray[np.uint32]:
    """
    Return the triangles (3 * m,) in an order that uses vertices again soon; all must name vertices.

    The order for strips: it takes a quarter less time than the one for caches, and the result is packed shorter.
    """
    result = np.zeros_like(indices)
    # As in `packed_vertices`, each number has to bring its own type.
    _library().meshopt_optimizeVertexCacheStrip(
        result.ctypes.data_as(POINTER(c_uint)),
        indices.ctypes.data_as(POINTER(c_uint)),
        c_size_t(len(indices)),
        c_size_t(vertices),
    )
    return result

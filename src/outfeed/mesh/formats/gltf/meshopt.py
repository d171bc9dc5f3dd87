"""Compressed views of glTF buffers: EXT_meshopt_compression, and its successor KHR_meshopt_compression.

The library decodes hostile bytes safely as long as counts and strides are those that it asserts; they are checked here.
"""

import ctypes
from typing import Any, Final

import meshoptimizer  # type: ignore[import-untyped] # the package ships no types
import numpy as np
from meshoptimizer._loader import lib  # type: ignore[import-untyped] # as above
from numpy.typing import NDArray

from outfeed.mesh.formats.gltf.strict_json import Member

NAMES: Final = ("KHR_meshopt_compression", "EXT_meshopt_compression")
#: The largest element that the library takes.
MOST_STRIDE: Final = 256
Bytes = NDArray[np.uint8]


def unpacked_size(packed: Member) -> int:
    """Return the number of bytes that it unpacks to, its numbers checked."""
    count, stride = packed.need("count").whole(), packed.need("byteStride").whole(least=1)
    mode = packed.need("mode").text()
    if mode == "ATTRIBUTES":
        if stride % 4 or stride > MOST_STRIDE:
            packed.refuse(f"has a stride of {stride}, which is no multiple of 4 up to {MOST_STRIDE}")
    elif mode in {"TRIANGLES", "INDICES"}:
        if stride not in {2, 4}:
            packed.refuse(f"has indices of {stride} bytes")
        if mode == "TRIANGLES" and count % 3:
            packed.refuse(f"has {count} indices of triangles")
    else:
        packed.refuse(f"has the unknown mode {mode[:40]!r}")
    return count * stride


def unpacked(packed: Member, data: Bytes) -> Bytes:
    """
    Return the bytes of a view.

    Raises
    ------
    SourceDamaged
        If the stream is damaged, or its numbers are not possible.
    """
    size = unpacked_size(packed)
    count, stride, mode = (packed.need(name).value for name in ("count", "byteStride", "mode"))
    result = np.zeros(size, dtype=np.uint8)
    decode = {
        "ATTRIBUTES": lib.meshopt_decodeVertexBuffer,
        "TRIANGLES": lib.meshopt_decodeIndexBuffer,
        "INDICES": lib.meshopt_decodeIndexSequence,
    }[mode]
    if count and decode(_address(result), int(count), int(stride), _octets(data), len(data)) != 0:
        packed.refuse("is damaged: its stream cannot be unpacked")
    return _filtered(packed, result, int(stride))


def _filtered(packed: Member, result: Bytes, stride: int) -> Bytes:
    named = packed.get("filter")
    name = "NONE" if named is None else named.text()
    if name == "NONE" or not len(result):
        return result
    if packed.need("mode").value != "ATTRIBUTES" or stride not in _STRIDES.get(name, ()):
        packed.refuse(f"has the filter {name[:40]!r}, which does not go with its mode or stride")
    count = len(result) // stride
    if name == "COLOR":
        return _colors(result, stride)
    apply = {
        "OCTAHEDRAL": meshoptimizer.decode_filter_oct,
        "QUATERNION": meshoptimizer.decode_filter_quat,
        "EXPONENTIAL": meshoptimizer.decode_filter_exp,
    }[name]
    filtered: Bytes = apply(result, count, stride)
    return filtered


_STRIDES: Final[dict[str, tuple[int, ...]]] = {
    "OCTAHEDRAL": (4, 8),
    "QUATERNION": (8,),
    "EXPONENTIAL": tuple(range(4, MOST_STRIDE + 1, 4)),
    "COLOR": (4, 8),
}


def _colors(result: Bytes, stride: int) -> Bytes:
    """Return colours of luma and chroma as red, green, blue and opacity: the library here does not know that filter."""
    plain, signed = (np.dtype(np.uint8), np.dtype(np.int8)) if stride == 4 else (np.dtype("<u2"), np.dtype("<i2"))  # noqa: PLR2004 four bytes
    table = result.view(plain).reshape(-1, 4).astype(np.int64)
    chroma = result.view(signed).reshape(-1, 4).astype(np.int64)
    luma, orange, green, alpha = table[:, 0], chroma[:, 1], chroma[:, 2], table[:, 3]
    # The highest bit of the opacity tells the number of bits; `frexp` counts them exactly.
    most = (1 << np.frexp(alpha.astype(np.float64))[1].astype(np.int64)) - 1
    opacity = alpha & (most >> 1)
    opacity = (opacity << 1) | (opacity & 1)
    mixed = np.stack([luma + orange - green, luma + green, luma - orange - green, opacity], axis=1)
    largest = int(np.iinfo(plain).max)
    shares = mixed / np.maximum(most, 1)[:, None]
    # Halves away from zero, as the extension says; no number here is negative after the cut.
    octets = np.floor(np.clip(shares, 0.0, 1.0) * largest + 0.5).astype(plain)
    return np.ascontiguousarray(octets).view(np.uint8).reshape(-1)


def _address(array: Bytes) -> Any:
    return array.ctypes.data_as(ctypes.c_void_p)


def _octets(array: Bytes) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_ubyte))

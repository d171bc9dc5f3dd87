"""Packing with Draco: `KHR_draco_mesh_compression`."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.tiles.content.binary import MOST_SHORT, Binary, extremes_of

if TYPE_CHECKING:
    from outfeed.tiles.content.primitives import Primitive

NAME: Final = "KHR_draco_mesh_compression"
#: Bits of a normal, and how hard to pack, of 10.
NORMAL_BITS, LEVEL = 8, 7
#: The library's numbers for what an attribute is.
POSITION, NORMAL = 0, 1
#: Our numbers for the attributes that are none of these to the library: so it keeps them as they are.
UV, COLOR, FEATURE = 2, 3, 4


def packed(
    primitive: "Primitive", features: NDArray[Any] | None, binary: Binary
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return the attributes and indices of a primitive, and the extension's object for its stream.

    Positions, texture coordinates, colours and features stay what they are to the bit: positions are whole numbers, and
    Draco's steps are as wide as theirs. Normals are rounded.
    """
    # Large, and few tilesets ask for it.
    import DracoPy  # type: ignore[import-not-found] # noqa: PLC0415 a compiled module without types; see above

    others = {UV: primitive.uvs, COLOR: primitive.colors, FEATURE: features}
    data = _encoded(DracoPy, primitive, {number: table for number, table in others.items() if table is not None})
    mesh = DracoPy.decode(data)
    found = {entry["unique_id"]: entry for entry in mesh.attributes}
    numbers = {entry["attribute_type"]: number for number, entry in found.items() if number not in others}
    names = {"POSITION": numbers[POSITION], "NORMAL": numbers[NORMAL]}
    names |= {name: number for name, number in _NAMES.items() if number in found}
    # The library's own answer: it leaves out triangles without an area, and some vertices become several.
    tables = {name: _typed(found[number]["data"], others.get(number)) for name, number in names.items()}
    attributes = {
        name: binary.accessor(
            table, None, normalized=name == "COLOR_0", extremes=extremes_of(table) if name == "POSITION" else None
        )
        for name, table in tables.items()
    }
    indices = np.asarray(mesh.faces).astype(np.uint16 if len(tables["POSITION"]) <= MOST_SHORT else np.uint32)
    drawn = {"attributes": attributes, "indices": binary.accessor(indices.reshape(-1, 1), None)}
    return drawn, {"bufferView": binary.octets(data), "attributes": names}


_NAMES: Final = {"TEXCOORD_0": UV, "COLOR_0": COLOR, "_FEATURE_ID_0": FEATURE}


def _typed(values: NDArray[Any], given: NDArray[Any] | None) -> NDArray[Any]:
    """Return values (n, columns) that were unpacked in the type that was packed; the library has its own."""
    return np.asarray(values, dtype=np.float32 if given is None else given.dtype)


def _encoded(library: Any, primitive: "Primitive", others: dict[int, NDArray[Any]]) -> bytes:
    points = primitive.points[:, :3].astype(np.float32)
    low = points.min(axis=0)
    bits = max(int((points - low).max()).bit_length(), 1)
    options = {
        "quantization_bits": bits,
        "quantization_range": float((1 << bits) - 1),
        "quantization_origin": low,
        "compression_level": LEVEL,
        "normals": primitive.normals[:, :3].astype(np.float64),
        "normal_quantization_bits": NORMAL_BITS,
        "generic_attributes": {number: np.ascontiguousarray(table) for number, table in others.items()},
    }
    faces = np.ascontiguousarray(primitive.indices.reshape(-1, 3))
    try:
        data: bytes = library.encode(points, faces, **options)
    except library.EncodingFailedException:
        # No triangle has three vertices: only its other method takes these.
        data = library.encode(points, faces, preserve_order=True, **options)
    return data

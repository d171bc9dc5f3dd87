"""Binary glTF 2.0: metres, y up, one mesh.

A mesh that lies far from the origin for its size is stored around its middle, and its node moves it back: float32 would
round a building of 10 m at 500 km to steps of 3 cm.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import TargetTooSmall
from outfeed.mesh.facts import bounds
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

GENERATOR: Final = "Outfeed"
#: Vertices that are written together: as many as stay in the processor's cache.
CHUNK: Final = 1 << 14
#: The largest index of a type means "start anew" to some hardware, so 65,536 vertices need 32 bits.
MOST_SHORT_VERTICES: Final = 65_535
#: Distance from the origin, as a multiple of the extent, above which positions are stored around the middle.
FAR: Final = 8.0
#: The format's own names for numbers.
FLOAT, SHORT, INT, ARRAY, ELEMENTS = 5126, 5123, 5125, 34962, 34963
MOST_BYTES: Final = 0xFFFF_FFFF


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """Where things lie in the binary chunk, and how positions get there."""

    vertices: int
    uvs: int
    indices: int
    index_type: type[np.uint16 | np.uint32]
    metres: float
    #: Subtracted after scaling, z-up; the node's translation.
    middle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def uv_start(self) -> int:
        return self.vertices * 12

    @property
    def index_start(self) -> int:
        return self.uv_start + self.uvs * 8

    @property
    def index_bytes(self) -> int:
        return self.indices * self.index_type().itemsize

    @property
    def size(self) -> int:
        return self.index_start + -(-self.index_bytes // 4) * 4


def write_glb(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write GLB; the same mesh always gives the same bytes. `unitless` changes nothing: glTF is in metres.

    Corners that share a position but not a texture coordinate become vertices of their own; a corner without one gets
    0, 0 where the mesh has some.

    Raises
    ------
    TargetTooSmall
        If a position or an extent does not fit into float32, or the file not into 4 GiB.
    """
    del unitless
    rows, uv_rows, faces = split(mesh)
    layout = _layout(mesh, len(mesh.vertices) if rows is None else len(rows), has_uvs=uv_rows is not None)
    _write_head(layout, out)
    _write_positions(mesh, rows, layout, out)
    report(0.5)
    if uv_rows is not None and mesh.uvs is not None:
        # glTF counts v downwards. The last row is for corners that have none.
        flipped = np.vstack([mesh.uvs * [1, -1] + [0, 1], [[0, 0]]])
        out.write(_finite32(flipped[uv_rows]).data)
    # The indices are not negative, so both types of integer have the same bytes.
    out.write((faces.view(np.uint32) if layout.index_type is np.uint32 else faces.astype(np.uint16)).data)
    out.write(bytes(layout.size - layout.index_start - layout.index_bytes))
    report(1.0)
    return ()


def split(mesh: Mesh) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None, NDArray[np.int32]]:
    """
    Return one vertex for each pair of position and texture coordinate.

    Rows of `vertices`, rows of `uvs` (-1 for none), and faces that count those rows; without texture coordinates,
    None, None and the mesh's own faces.
    """
    if mesh.uvs is None or mesh.uv_faces is None:
        return None, None, mesh.faces
    pairs = mesh.faces.astype(np.int64) * (len(mesh.uvs) + 1) + mesh.uv_faces + 1
    kept, corners = np.unique(pairs, return_inverse=True)
    rows, uv_rows = np.divmod(kept, len(mesh.uvs) + 1)
    return rows, uv_rows - 1, corners.reshape(-1, 3).astype(np.int32)


def _layout(mesh: Mesh, vertices: int, *, has_uvs: bool) -> _Layout:
    low, high = (corner * mesh.unit.metres for corner in bounds(mesh))
    extent = (high - low).max()
    if not extent <= np.finfo(np.float32).max:
        raise TargetTooSmall("Its extent in metres is larger than glTF's numbers can be.")
    far = max(np.abs(low).max(), np.abs(high).max()) > FAR * extent
    middle = low / 2 + high / 2 if far else np.zeros(3)
    layout = _Layout(
        vertices=vertices,
        uvs=vertices if has_uvs else 0,
        indices=mesh.faces.size,
        index_type=np.uint16 if vertices <= MOST_SHORT_VERTICES else np.uint32,
        metres=mesh.unit.metres,
        middle=middle,
        low=low - middle,
        high=high - middle,
    )
    if layout.size > MOST_BYTES - (1 << 16):
        raise TargetTooSmall("A GLB file is at most 4 GiB.")
    return layout


def _write_head(layout: _Layout, out: BinaryIO) -> None:
    text = json.dumps(_document(layout), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    out.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + layout.size))
    out.write(struct.pack("<I4s", len(text), b"JSON") + text)
    out.write(struct.pack("<I4s", layout.size, b"BIN\0"))


def _document(layout: _Layout) -> dict[str, Any]:
    _finite32(np.array([layout.low, layout.high]))
    low, high = _y_up(np.array([layout.low, layout.high]))
    views, accessors = [_view(0, layout.uv_start, ARRAY)], [_accessor(0, FLOAT, layout.vertices, "VEC3")]
    accessors[0] |= {"min": np.minimum(low, high).tolist(), "max": np.maximum(low, high).tolist()}
    attributes = {"POSITION": 0}
    if layout.uvs:
        views.append(_view(layout.uv_start, layout.uvs * 8, ARRAY))
        accessors.append(_accessor(1, FLOAT, layout.uvs, "VEC2"))
        attributes["TEXCOORD_0"] = 1
    kind = SHORT if layout.index_type is np.uint16 else INT
    accessors.append(_accessor(len(views), kind, layout.indices, "SCALAR"))
    views.append(_view(layout.index_start, layout.index_bytes, ELEMENTS))
    x, y, z = layout.middle.tolist()
    return {
        "asset": {"version": "2.0", "generator": GENERATOR},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0} | ({"translation": [x, z, -y]} if layout.middle.any() else {})],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": len(views) - 1, "mode": 4}]}],
        "buffers": [{"byteLength": layout.size}],
        "bufferViews": views,
        "accessors": accessors,
    }


def _view(start: int, size: int, target: int) -> dict[str, Any]:
    return {"buffer": 0, "byteOffset": start, "byteLength": size, "target": target}


def _accessor(view: int, kind: int, count: int, shape: str) -> dict[str, Any]:
    return {"bufferView": view, "componentType": kind, "count": count, "type": shape}


def _write_positions(mesh: Mesh, rows: NDArray[np.int64] | None, layout: _Layout, out: BinaryIO) -> None:
    for first in range(0, layout.vertices, CHUNK):
        which = slice(first, first + CHUNK) if rows is None else rows[first : first + CHUNK]
        points = mesh.vertices[which] * np.float64(layout.metres)
        if layout.middle.any():
            points -= layout.middle
        # The extremes fit into float32, or the document would not have been written.
        out.write(_y_up(points).data)


def _y_up(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """
    Return z-up points (n, 3) turned y-up, as float32: x, z, -y.

    Rounding keeps the order, so the lowest of the results is the result of the lowest.
    """
    turned = np.zeros(points.shape, dtype=np.float32)
    turned[:, 0], turned[:, 1] = points[:, 0], points[:, 2]
    np.subtract(0.0, points[:, 1], out=turned[:, 2], casting="same_kind")
    return turned


def _finite32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(values, dtype=np.float32)
    if not np.isfinite(result).all():
        raise TargetTooSmall("A number is larger than glTF's numbers can be.")
    return result

"""What the bytes themselves cost, and the fastest way that numpy and the standard library alone know.

These scripts trust their files: nothing is checked, and nothing is welded.
"""

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tasks import Arrays, Work

#: A face of a binary PLY with triangles only.
PLY_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
#: Rows that become text together: large enough for the formatting, small enough for the cache.
ROWS = 10_000


def read_bytes(source: Path, _target: Path) -> Work:
    """All bytes of the file come into memory."""
    return lambda: [np.frombuffer(source.read_bytes(), dtype=np.uint8)]


def copy_bytes(source: Path, target: Path) -> Work:
    """All bytes of a binary STL come into memory, and as many as a GLB of the mesh has go out."""

    def work() -> None:
        data = memoryview(source.read_bytes())
        # 6 bytes of positions and 12 of indices for the 50 of each triangle.
        target.write_bytes(data[: len(data) * 18 // 50])

    return work


def read_ply(source: Path, _target: Path) -> Work:
    """Binary PLY of float32 vertices and triangles into arrays."""

    def work() -> Arrays:
        with source.open("rb") as file:
            counts = [int(line.split()[2]) for line in iter(file.readline, b"end_header\n") if line.startswith(b"el")]
            vertices = np.fromfile(file, "<f4", counts[0] * 3).reshape(-1, 3)
            faces = np.fromfile(file, PLY_FACE, counts[1])
        return [vertices, np.ascontiguousarray(faces["corners"])]

    return work


def write_ply(source: Path, target: Path) -> Work:
    """Arrays into binary PLY."""
    vertices, faces = _loaded(source)
    return lambda: save_ply(vertices, faces, target)


def save_ply(vertices: NDArray[Any], faces: NDArray[Any], target: Path) -> None:
    """Write binary PLY of float32 vertices and triangles."""
    records = np.zeros(len(faces), dtype=PLY_FACE)
    records["count"], records["corners"] = 3, faces
    head = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    with target.open("wb") as out:
        out.write(head.encode())
        out.write(np.ascontiguousarray(vertices, dtype=np.float32).data)
        out.write(records.data)


def read_glb(source: Path, _target: Path) -> Work:
    """GLB with one primitive, its views one after the other, into arrays with z up."""

    def work() -> Arrays:
        with source.open("rb") as file:
            length = struct.unpack("<12xI4x", file.read(20))[0]
            points, index = json.loads(file.read(length))["accessors"]
            file.seek(8, 1)
            positions = np.fromfile(file, "<f4", points["count"] * 3).reshape(-1, 3)
            corners = np.fromfile(file, {5123: "<u2", 5125: "<u4"}[index["componentType"]], index["count"])
        turned = np.stack([positions[:, 0], -positions[:, 2], positions[:, 1]], axis=1)
        return [turned, corners.astype(np.int32, copy=False).reshape(-1, 3)]

    return work


def write_glb(source: Path, target: Path) -> Work:
    """Arrays into GLB."""
    vertices, faces = _loaded(source)
    return lambda: glb(vertices, faces, target)


def glb(vertices: NDArray[Any], faces: NDArray[Any], target: Path) -> None:
    """Write the smallest GLB that is valid: metres, y up."""
    points = np.zeros((len(vertices), 3), dtype=np.float32)
    # Column by column: numpy is ten times slower along rows of three.
    for column, (axis, factor) in enumerate([(0, 1e-3), (2, 1e-3), (1, -1e-3)]):
        np.multiply(vertices[:, axis], np.float32(factor), out=points[:, column])
    low, high = ([float(reach(points[:, column])) for column in range(3)] for reach in (np.min, np.max))
    with target.open("wb") as out:
        out.write(_glb_head(len(points), faces.size, low, high))
        out.write(points.data)
        out.write(np.ascontiguousarray(faces, dtype=np.uint32).data)


def _glb_head(vertices: int, indices: int, low: list[float], high: list[float]) -> bytes:
    size = vertices * 12 + indices * 4
    position = {"bufferView": 0, "componentType": 5126, "count": vertices, "type": "VEC3", "min": low, "max": high}
    document = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": size}],
        "bufferViews": [
            {"buffer": 0, "byteLength": vertices * 12},
            {"buffer": 0, "byteOffset": vertices * 12, "byteLength": indices * 4},
        ],
        "accessors": [position, {"bufferView": 1, "componentType": 5125, "count": indices, "type": "SCALAR"}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    total = 28 + len(text) + size
    return struct.pack("<4sIII4s", b"glTF", 2, total, len(text), b"JSON") + text + struct.pack("<I4s", size, b"BIN\0")


def write_obj(source: Path, target: Path) -> Work:
    """Arrays into OBJ."""
    vertices, faces = _loaded(source)

    def work() -> None:
        with target.open("wb") as out:
            out.writelines(_lines("v %.9g %.9g %.9g\n", vertices))
            for first in range(0, len(faces), ROWS):
                out.writelines(_lines("f %d %d %d\n", faces[first : first + ROWS] + 1))

    return work


def write_stl_ascii(source: Path, target: Path) -> Work:
    """Arrays into ASCII STL."""
    vertices, faces = _loaded(source)
    facet = (
        "facet normal %.9g %.9g %.9g\nouter loop\n"
        "vertex %.9g %.9g %.9g\nvertex %.9g %.9g %.9g\nvertex %.9g %.9g %.9g\nendloop\nendfacet\n"
    )

    def work() -> None:
        with target.open("wb") as out:
            out.write(b"solid\n")
            for first in range(0, len(faces), ROWS):
                corners = vertices[faces[first : first + ROWS]]
                normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
                normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
                out.writelines(_lines(facet, np.concatenate([normals[:, None], corners], axis=1)))
            out.write(b"endsolid\n")

    return work


def write_3mf(source: Path, target: Path) -> Work:
    """Arrays into 3MF, its XML with the fastest level of zlib."""
    vertices, faces = _loaded(source)

    def work() -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=zlib.Z_BEST_SPEED) as package:
            package.writestr("[Content_Types].xml", CONTENT_TYPES)
            package.writestr("_rels/.rels", RELATIONSHIPS)
            with package.open("3D/3dmodel.model", "w", force_zip64=True) as out:
                _write_model(out, vertices, faces)  # type: ignore[arg-type]  # a stream that writes bytes

    return work


CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
MODEL = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<model unit="millimeter" xml:lang="en" '
    'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources><object id="1" type="model"><mesh>'
)


def _write_model(out: BinaryIO, vertices: NDArray[Any], faces: NDArray[Any]) -> None:
    out.write(MODEL.encode() + b"<vertices>")
    out.writelines(_lines('<vertex x="%.9g" y="%.9g" z="%.9g"/>', vertices))
    out.write(b"</vertices><triangles>")
    out.writelines(_lines('<triangle v1="%d" v2="%d" v3="%d"/>', faces))
    out.write(b'</triangles></mesh></object></resources><build><item objectid="1"/></build></model>')


def _lines(form: str, rows: NDArray[Any]) -> Iterator[bytes]:
    """Yield the rows as text, many at a time."""
    for first in range(0, len(rows), ROWS):
        piece = rows[first : first + ROWS]
        yield (form * len(piece) % tuple(piece.ravel().tolist())).encode()


def _loaded(source: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    arrays = np.load(source)
    return arrays["vertices"], arrays["faces"]

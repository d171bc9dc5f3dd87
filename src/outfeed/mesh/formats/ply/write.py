"""PLY, binary and little-endian, as it is written."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.formats.numbers import in_unit
from outfeed.mesh.formats.tints import Tints, tinted
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Rows that are written together.
CHUNK: Final = 65_536
COLOR: Final = tuple(f"property uchar {name}" for name in ("red", "green", "blue", "alpha"))


def write_ply(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write binary PLY: coordinates in their own type, texture coordinates by corners, colours as `tinted` puts them.

    Texture coordinates are float where all of them are the same numbers as float32, else double: widespread readers
    know them as float only, and the others read both. A corner without one gets 0, 0 where the mesh has some.

    Raises
    ------
    TargetTooSmall
        If a coordinate would not be finite in the unit.
    """
    mesh = in_unit(mesh, unitless)
    tints, uvs = tinted(mesh), _uvs(mesh)
    count = len(mesh.vertices) if tints.rows is None else len(tints.rows)
    out.write(_header(mesh, count, tints, uvs))
    done, total = 0, max(count + len(mesh.faces), 1)
    for records in chain(_vertices(mesh, tints, count), _faces(mesh, tints, uvs)):
        out.write(records.data)
        done += len(records)
        report(done / total)
    return ()


def _uvs(mesh: Mesh) -> NDArray[Any] | None:
    """Return the texture coordinates in the type in which they are written; the last row is for corners without."""
    if mesh.uvs is None:
        return None
    table = np.vstack([mesh.uvs, [[0, 0]]])
    with np.errstate(over="ignore"):
        short = table.astype("<f4")
    return short if bool((short == table).all()) else table.astype("<f8")


def _header(mesh: Mesh, vertices: int, tints: Tints, uvs: NDArray[Any] | None) -> bytes:
    real = "float" if mesh.vertices.dtype == np.float32 else "double"
    lines = ["ply", "format binary_little_endian 1.0", "comment Outfeed", f"element vertex {vertices}"]
    lines += [f"property {real} {axis}" for axis in "xyz"]
    lines += COLOR if tints.of_vertices is not None else ()
    lines += [f"element face {len(mesh.faces)}", "property list uchar int vertex_indices"]
    if uvs is not None:
        lines.append(f"property list uchar {'float' if uvs.dtype == np.float32 else 'double'} texcoord")
    lines += COLOR if tints.of_faces is not None else ()
    return "\n".join([*lines, "end_header", ""]).encode()


def _vertices(mesh: Mesh, tints: Tints, count: int) -> Iterator[NDArray[Any]]:
    fields = [("at", mesh.vertices.dtype.newbyteorder("<"), 3), *_color(tints.of_vertices)]
    for piece, records in _pieces(count, fields):
        rows: Any = piece if tints.rows is None else tints.rows[piece]
        _put(mesh.vertices[rows], records["at"])
        _tint(records, tints.of_vertices, piece)
        yield records


def _faces(mesh: Mesh, tints: Tints, uvs: NDArray[Any] | None) -> Iterator[NDArray[Any]]:
    fields: list[Any] = [("count", "u1"), ("corners", "<i4", 3)]
    fields += [] if uvs is None else [("numbers", "u1"), ("uvs", uvs.dtype, (3, 2))]
    for piece, records in _pieces(len(mesh.faces), [*fields, *_color(tints.of_faces)]):
        records["count"] = 3
        _put(tints.faces[piece], records["corners"])
        if uvs is not None and mesh.uv_faces is not None:
            records["numbers"] = 6
            records["uvs"] = uvs[mesh.uv_faces[piece]]
        _tint(records, tints.of_faces, piece)
        yield records


def _pieces(count: int, fields: list[Any]) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield the rows of each piece, and its records: always in the same memory."""
    records = np.zeros(min(count, CHUNK), dtype=fields)
    for first in range(0, count, CHUNK):
        yield slice(first, first + CHUNK), records[: count - first]


def _put(rows: NDArray[Any], fields: NDArray[Any]) -> None:
    """Write rows (n, 3) into the fields of records: each at once, which numpy does twice as fast as three numbers."""
    at_once = np.dtype((np.void, 3 * fields.itemsize))
    fields.view(at_once)[:] = rows.astype(fields.dtype, order="C", copy=False).view(at_once)


def _color(colors: NDArray[np.uint8] | None) -> list[Any]:
    return [] if colors is None else [("color", "u1", 4)]


def _tint(records: NDArray[Any], colors: NDArray[np.uint8] | None, piece: slice) -> None:
    if colors is not None:
        records["color"] = colors[piece]

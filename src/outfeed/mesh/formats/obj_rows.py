"""The lines of OBJ: vertices with the colours of their corners, texture coordinates, and faces by material."""

from collections.abc import Iterator, Sequence
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.corners import split
from outfeed.mesh.formats.mtl import SHARES
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report

Rows = NDArray[np.int32]

#: Rows that are written together.
CHUNK: Final = 65_536
#: Red, green and blue in one number.
WHITE: Final = 0xFFFFFF
_SHIFTS: Final = np.array([16, 8, 0])
_SHARES: Final = np.array([float(share) for share in SHARES])


def opaque(colors: NDArray[np.uint8], corners: Rows) -> Rows | None:
    """
    Return colours (c, 4) of corners (m, 3) as numbers of red, green and blue; None where all are white.

    Corners without a colour are white: programs expect a colour at every vertex or at none.
    """
    packed = np.append((colors[:, :3].astype(np.int32) << _SHIFTS).sum(axis=1), WHITE).astype(np.int32)
    numbers = packed[corners]
    return None if (numbers == WHITE).all() else numbers


def write_lines(
    mesh: Mesh, out: IO[bytes], *, colors: Rows | None, names: Sequence[str] = (), library: str = "", report: Report
) -> None:
    """
    Write a mesh in its own unit.

    Parameters
    ----------
    colors
        Of corners (m, 3), as `opaque` gives them. Positions are repeated where corners differ.
    names
        Of its materials, as `written_names` gives them; without any, faces are written without materials. Faces without
        a material come before all others: no line ends one.
    library
        Name of the file that has the materials.
    """
    out.write(b"# OBJ by Outfeed\n")
    if library:
        out.write(f"mtllib {library}\n".encode())
    corners = split(mesh, uv_faces=None, color_faces=colors)
    out.writelines(_vertices(mesh.vertices, corners.rows, corners.color_rows))
    if mesh.uvs is not None:
        out.writelines(_kernels.point_rows("vt", piece).data for piece in _pieces(mesh.uvs))
    share = len(mesh.vertices) / (len(mesh.vertices) + len(mesh.faces))
    report(share)
    for first, last, row in _runs(mesh.material_faces if names else None, len(mesh.faces)):
        if row >= 0:
            out.write(f"usemtl {names[row]}\n".encode())
        for begin in range(first, last, CHUNK):
            end = min(begin + CHUNK, last)
            uv_rows = None if mesh.uv_faces is None else mesh.uv_faces[begin:end]
            out.write(_kernels.face_rows(corners.faces[begin:end], uv_rows).data)
            report(share + (1 - share) * end / len(mesh.faces))


def _vertices(points: Positions, rows: Rows | None, colors: Rows | None) -> Iterator[memoryview]:
    if rows is None or colors is None:
        yield from (_kernels.point_rows("v", piece).data for piece in _pieces(points))
        return
    for first in range(0, len(rows), CHUNK):
        piece = points[rows[first : first + CHUNK]]
        shares = _SHARES[(colors[first : first + CHUNK, None] >> _SHIFTS) & 255]
        yield _kernels.point_rows("v", np.hstack([piece, shares.astype(piece.dtype)])).data


def _pieces(rows: Positions) -> Iterator[Positions]:
    return (rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK))


def _runs(materials: Rows | None, faces: int) -> Iterator[tuple[int, int, int]]:
    """Yield the first face, the one behind the last, and the material of faces that follow each other."""
    if materials is None:
        yield 0, faces, -1
        return
    firsts = np.append(0, np.flatnonzero(np.diff(materials)) + 1)
    lasts = np.append(firsts[1:], faces)
    yield from zip(firsts.tolist(), lasts.tolist(), materials[firsts].tolist(), strict=True)

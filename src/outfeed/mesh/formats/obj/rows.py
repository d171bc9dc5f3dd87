"""The lines of OBJ: vertices with the colours of their corners, texture coordinates, and faces by material."""

from collections.abc import Iterator, Sequence
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.corners import split
from outfeed.mesh.formats.obj.mtl import SHARES
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report

Rows = NDArray[np.int32]

#: Rows that are written together.
CHUNK: Final = 65_536
#: Red, green and blue in one number.
WHITE: Final = 0xFFFFFF
NEWLINE: Final = ord("\n")
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
    turns = _turns(mesh.material_faces if names else None)
    lines = [f"usemtl {name}\n".encode() for name in names]
    for first in range(0, len(mesh.faces), CHUNK):
        last = min(first + CHUNK, len(mesh.faces))
        uv_rows = None if mesh.uv_faces is None else mesh.uv_faces[first:last]
        text = _kernels.face_rows(corners.faces[first:last], uv_rows)
        here = turns[slice(*np.searchsorted(turns, (first, last)))]
        if mesh.material_faces is None or not len(here):
            out.write(text.data)
        else:
            before = [lines[row] for row in mesh.material_faces[here].tolist()]
            out.writelines(_with_lines(text, here - first, before))
        report(share + (1 - share) * last / len(mesh.faces))


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


def _turns(materials: Rows | None) -> NDArray[np.int64]:
    """Return the faces that have another material than the face before them."""
    if materials is None:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.diff(materials, prepend=-1))


def _with_lines(text: NDArray[np.uint8], rows: NDArray[np.int64], before: Sequence[bytes]) -> Iterator[bytes]:
    """Yield lines of text with a line before each of some rows; there may be as many of these as of those."""
    begins = np.append(0, np.flatnonzero(text == NEWLINE) + 1)
    firsts = begins[rows].tolist()
    data = text.tobytes()
    yield data[: firsts[0]]
    pieces = (
        line + data[first:last] for line, first, last in zip(before, firsts, [*firsts[1:], len(data)], strict=True)
    )
    yield b"".join(pieces)

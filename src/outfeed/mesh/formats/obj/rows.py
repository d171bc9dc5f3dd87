"""The lines of OBJ: vertices with the colours of their corners, texture coordinates, and faces by material."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.corners import split
from outfeed.mesh.formats.chunks import Sink
from outfeed.mesh.formats.obj.mtl import SHARES
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.parallel import in_order
from outfeed.mesh.reporting import Report

Rows = NDArray[np.int32]
Buffer = bytes | memoryview

#: Rows that are written together.
CHUNK: Final = 16_384
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
    mesh: Mesh, out: Sink, *, colors: Rows | None, names: Sequence[str] = (), library: str = "", report: Report
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
    count = len(mesh.vertices) if corners.rows is None else len(corners.rows)
    for text in in_order(_vertex_lines(mesh.vertices, corners.rows, corners.color_rows), _pieces(count)):
        out.write(text.data)
    if mesh.uvs is not None:
        uvs = mesh.uvs
        for text in in_order(lambda rows: _kernels.point_rows("vt", uvs[rows]), _pieces(len(uvs))):
            out.write(text.data)
    share = len(mesh.vertices) / (len(mesh.vertices) + len(mesh.faces))
    report(share)
    done = 0
    for texts in in_order(_face_lines(mesh, corners.faces, names), _pieces(len(mesh.faces))):
        out.writelines(texts)
        done = min(done + CHUNK, len(mesh.faces))
        report(share + (1 - share) * done / len(mesh.faces))


def _pieces(rows: int) -> Iterator[slice]:
    return (slice(first, min(first + CHUNK, rows)) for first in range(0, rows, CHUNK))


def _vertex_lines(points: Positions, rows: Rows | None, colors: Rows | None) -> Callable[[slice], NDArray[np.uint8]]:
    if rows is None or colors is None:
        return lambda piece: _kernels.point_rows("v", points[piece])

    def lines(piece: slice) -> NDArray[np.uint8]:
        shares = _SHARES[(colors[piece, None] >> _SHIFTS) & 255].astype(points.dtype)
        return _kernels.point_rows("v", np.hstack([points[rows[piece]], shares]))

    return lines


def _face_lines(mesh: Mesh, faces: Rows, names: Sequence[str]) -> Callable[[slice], Iterable[Buffer]]:
    """Return what writes a piece of the faces, which are the mesh's or those that `split` made of them."""
    materials = mesh.material_faces if names else None
    turns = _turns(materials)
    before = [f"usemtl {name}\n".encode() for name in names]

    def lines(piece: slice) -> Iterable[Buffer]:
        text = _kernels.face_rows(faces[piece], None if mesh.uv_faces is None else mesh.uv_faces[piece])
        here = turns[slice(*np.searchsorted(turns, (piece.start, piece.stop)))]
        if materials is None or not len(here):
            return [text.data]
        return _with_lines(text, here - piece.start, [before[row] for row in materials[here].tolist()])

    return lines


def _turns(materials: Rows | None) -> NDArray[np.int64]:
    """Return the faces that have another material than the face before them."""
    if materials is None:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.diff(materials, prepend=-1))


def _with_lines(text: NDArray[np.uint8], rows: NDArray[np.int64], before: Sequence[bytes]) -> Iterable[bytes]:
    """Return lines of text with a line before each of some rows; there may be as many of these as of those."""
    begins = np.append(0, np.flatnonzero(text == NEWLINE) + 1)
    firsts = begins[rows].tolist()
    data = text.tobytes()
    pieces = (
        line + data[first:last] for line, first, last in zip(before, firsts, [*firsts[1:], len(data)], strict=True)
    )
    return data[: firsts[0]], b"".join(pieces)

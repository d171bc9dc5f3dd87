"""OFF, as text, as it is written."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.formats.numbers import in_unit
from outfeed.mesh.formats.tints import Tints, tinted
from outfeed.mesh.model import Mesh, Positions, like
from outfeed.mesh.parallel import in_order
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Rows that are written together.
CHUNK: Final = 16_384
#: One of 255 as a share: few digits, which are the same for both types of coordinates.
SHARE: Final = 0.004


def write_off(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write OFF with the fewest digits that read back as the same numbers; colours as `tinted` puts them.

    Colours are whole numbers up to 255, of which one above 1 tells readers so; where there is none, shares up to 1.

    Raises
    ------
    TargetTooSmall
        If a coordinate would not be finite in the unit.
    """
    mesh = in_unit(mesh, unitless)
    tints = tinted(mesh)
    count = len(mesh.vertices) if tints.rows is None else len(tints.rows)
    total = max(count + len(mesh.faces), 1)
    word = "OFF" if tints.of_vertices is None else "COFF"
    out.write(f"{word}\n{count} {len(mesh.faces)} 0\n".encode())
    vertices = in_order(lambda rows: _kernels.table_rows(_vertices(mesh, tints, rows)), _pieces(count))
    faces = in_order(lambda rows: _kernels.table_rows(_faces(tints, rows)), _pieces(len(mesh.faces)))
    done = 0
    for text in chain(vertices, faces):
        out.write(text.data)
        done += CHUNK
        report(min(done / total, 1.0))
    return ()


def _pieces(rows: int) -> Iterator[slice]:
    return (slice(first, first + CHUNK) for first in range(0, rows, CHUNK))


def _vertices(mesh: Mesh, tints: Tints, piece: slice) -> Positions:
    points: Positions = mesh.vertices[piece] if tints.rows is None else mesh.vertices[tints.rows[piece]]
    if tints.of_vertices is None:
        return points
    # Colours are exact in both types.
    table: NDArray[Any] = np.hstack([points.astype(np.float64), _numbers(tints.of_vertices)[piece]])
    return like(table, points)


def _faces(tints: Tints, piece: slice) -> NDArray[np.int32] | NDArray[np.float64]:
    corners = tints.faces[piece]
    table = np.hstack([np.full((len(corners), 1), 3, dtype=np.int32), corners])
    if tints.of_faces is None:
        return table
    colors = _numbers(tints.of_faces)[piece]
    return np.hstack([table.astype(colors.dtype, copy=False), colors])


def _numbers(colors: NDArray[np.uint8]) -> NDArray[np.int32] | NDArray[np.float64]:
    if int(colors.max(initial=0)) <= 1:
        return colors.astype(np.float64) * SHARE
    return colors.astype(np.int32)

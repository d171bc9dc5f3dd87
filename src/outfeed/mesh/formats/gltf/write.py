"""Binary glTF 2.0: metres, y up, one mesh, a primitive for each material.

A mesh that lies far from the origin for its size is stored around its middle, and its node moves it back: float32 would
round a building of 10 m at 500 km to steps of 3 cm.
"""

import json
import struct
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import TargetTooSmall
from outfeed.mesh.corners import split
from outfeed.mesh.formats.gltf.document import Piece, document, images_of, padded, translucent
from outfeed.mesh.formats.gltf.fit import Fitted, finite32, fitted, seen_through
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.shown import to_linear
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

Rows = NDArray[np.int32]

#: Vertices that are written together: as many as stay in the processor's cache.
CHUNK: Final = 1 << 14
MOST_BYTES: Final = 0xFFFF_FFFF
#: Largest number of 16 bits: colours are shares of it.
MOST_SHORT: Final = 65_535
HEADER_BYTES: Final = 12 + 8 + 8


class Corners:
    """The vertices that the file has: one for each kind of corner, those of a primitive together."""

    def __init__(self, fit: Fitted) -> None:
        mesh, none = fit.mesh, np.zeros(0, dtype=np.int32)
        keys, color_rows = _color_keys(fit)
        parts = split(mesh, uv_faces=mesh.uv_faces, color_faces=keys)
        self._vertices, self._rows = mesh.vertices, parts.rows
        self._uvs = np.zeros((0, 2)) if mesh.uvs is None else mesh.uvs
        self._uv_rows = none if parts.uv_rows is None else parts.uv_rows
        self._colors = np.zeros((0, 4), dtype=np.uint8) if mesh.colors is None else mesh.colors
        self._color_rows = none if parts.color_rows is None else color_rows[parts.color_rows]
        self.faces = parts.faces
        ends = [int(self.faces[group.first : group.last].max()) + 1 for group in fit.groups]
        #: Vertices of each primitive: corners are numbered in their order, and no two primitives share one.
        self.parts = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    def points(self, part: slice) -> Positions:
        """Return the positions of vertices, z up."""
        return self._vertices[part if self._rows is None else self._rows[part]]

    def uvs(self, part: slice) -> NDArray[np.float32]:
        """Return the texture coordinates of vertices that have some, v downwards."""
        return finite32(self._uvs[self._uv_rows[part]] * [1, -1] + [0, 1])

    def colors(self, part: slice) -> NDArray[np.uint16]:
        """Return the colours of vertices that have some, as shares of light."""
        light = to_linear(self._colors[self._color_rows[part]])
        return np.rint(light * MOST_SHORT).astype(np.uint16)


def write_glb(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write GLB; the same mesh always gives the same bytes. `unitless` changes nothing: glTF is in metres.

    Corners that share a position but not a texture coordinate or a colour become vertices of their own. What
    `outfeed.mesh.formats.gltf.fit` says of faces is done to them first.

    Raises
    ------
    TargetTooSmall
        If a position, an extent or a texture coordinate does not fit into float32, or the file not into 4 GiB.
    """
    del unitless
    fit = fitted(mesh)
    corners = Corners(fit)
    pieces = _pieces(fit, corners)
    through = translucent(fit.mesh, seen_through(fit.mesh))
    described, size = document(fit.mesh, pieces, fit.middle, through)
    _write_head(described, size, out)
    last = pieces[-1].vertices.stop
    chunks = (slice(first, min(first + CHUNK, last)) for first in range(0, last, CHUNK))
    out.writelines(_kernels.y_up(corners.points(chunk)).data for chunk in chunks)
    report(0.5)
    out.writelines(corners.uvs(piece.vertices).data for piece in pieces if piece.has_uvs)
    out.writelines(corners.colors(piece.vertices).data for piece in pieces if piece.has_colors)
    for piece in pieces:
        _write_indices(piece, corners.faces, out)
    out.writelines(image + bytes(-len(image) % 4) for image in images_of(fit.mesh))
    report(1.0)
    return _losses(fit)


def _losses(fit: Fitted) -> tuple[Loss, ...]:
    if not fit.untextured:
        return ()
    return (
        Loss(what=Trait.TEXTURES, why="Faces without texture coordinates have no texture: they show nothing of it."),
    )


def _color_keys(fit: Fitted) -> tuple[Rows | None, Rows]:
    """
    Return a row for each kind of group and colour that a corner (m, 3) has, and the colour's row for each of those.

    So corners of two groups are never one vertex.
    """
    mesh, groups = fit.mesh, fit.groups
    if len(groups) == 1:
        kinds = np.arange(0 if mesh.colors is None else len(mesh.colors), dtype=np.int32)
        return mesh.color_faces, kinds
    sizes = [group.last - group.first for group in groups]
    of_faces = np.repeat(np.arange(len(groups), dtype=np.int64), sizes)[:, None]
    colors = np.full((len(mesh.faces), 1), -1) if mesh.color_faces is None else mesh.color_faces
    wide = 1 if mesh.colors is None else len(mesh.colors) + 1
    different, same = np.unique(of_faces * wide + colors + 1, return_inverse=True)
    rows = np.broadcast_to(same.reshape(colors.shape), mesh.faces.shape).astype(np.int32)
    return rows, (different % wide - 1).astype(np.int32)


def _pieces(fit: Fitted, corners: Corners) -> list[Piece]:
    pieces = []
    for group, part in zip(fit.groups, corners.parts, strict=True):
        low, high = _extremes(corners.points(part))
        pieces.append(
            Piece(
                faces=slice(group.first, group.last),
                vertices=part,
                material=group.material,
                has_uvs=group.has_uvs,
                has_colors=group.has_colors,
                low=low,
                high=high,
            )
        )
    return pieces


def _extremes(points: Positions) -> tuple[list[float], list[float]]:
    """Return the lowest and the highest coordinates of points (n, 3), y up."""
    (x, y, z), (far_x, far_y, far_z) = _kernels.bounds(points).tolist()
    return [x, z, 0.0 - far_y], [far_x, far_z, 0.0 - y]


def _write_head(described: Any, size: int, out: BinaryIO) -> None:
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = HEADER_BYTES + len(text) + size
    if total > MOST_BYTES:
        raise TargetTooSmall("A GLB file is at most 4 GiB.")
    out.write(struct.pack("<4sII", b"glTF", 2, total))
    out.write(struct.pack("<I4s", len(text), b"JSON") + text)
    out.write(struct.pack("<I4s", size, b"BIN\0"))


def _write_indices(piece: Piece, faces: Rows, out: BinaryIO) -> None:
    indices = faces[piece.faces]
    if piece.vertices.start:
        indices = indices - np.int32(piece.vertices.start)
    # The indices are not negative, so both types of integer have the same bytes.
    out.write((indices.view(np.uint32) if piece.index_type is np.uint32 else indices.astype(np.uint16)).data)
    out.write(bytes(padded(piece.index_bytes) - piece.index_bytes))

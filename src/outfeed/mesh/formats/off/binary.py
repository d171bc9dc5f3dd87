"""The tables of binary OFF: big-endian float32 and int32."""

import struct
from typing import Final

import numpy as np

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.chunks import Stream
from outfeed.mesh.formats.off.tables import COLOR_WIDTHS, Flags, Tables, as_colors
from outfeed.mesh.formats.ply.body import Body
from outfeed.mesh.formats.ply.header import Element, Property
from outfeed.mesh.formats.ply.rows import AXES, Lists, read_rows
from outfeed.mesh.reporting import Report

NORMAL: Final = ("nx", "ny", "nz")
COLOR: Final = ("red", "green", "blue", "alpha")
UV: Final = ("u", "v")
#: Lists of a face.
CORNERS: Final = "corners"
TINT: Final = "color"

FACE: Final = (Property(name=CORNERS, kind="i4", count="i4"), Property(name=TINT, kind="f4", count="i4"))


def read_counts(file: Stream) -> tuple[int, int]:
    """
    Read the counts of vertices and faces, and step over the one of edges.

    Raises
    ------
    SourceDamaged
        If they are not there or negative.
    """
    data = file.read(12)
    vertices, faces, _ = struct.unpack(">3i", data) if len(data) == 12 else (-1, -1, -1)  # noqa: PLR2004 three of int32
    if vertices < 0 or faces < 0:
        raise SourceDamaged("Its counts of vertices and faces are not there or negative.")
    return vertices, faces


def read_binary(file: Stream, left: int, vertices: int, faces: int, flags: Flags, report: Report) -> Tables:
    """
    Read the tables behind the counts.

    Raises
    ------
    SourceDamaged
        If the data ends too early, or a list's length is no count.
    """
    body = Body(file, left, order=">", report=report)
    names = [*AXES, *NORMAL * flags.normals, *COLOR * flags.colors, *UV * flags.uvs]
    vertex = Element(name="vertex", rows=vertices, properties=tuple(Property(name=name, kind="f4") for name in names))
    read = read_rows(body, vertex, numbers=frozenset(names) - {*NORMAL}, lists={})
    columns, points = read.numbers, read.points
    face = Element(name="face", rows=faces, properties=FACE)
    lists = read_rows(body, face, numbers=frozenset(), lists={CORNERS: np.int32, TINT: np.float64}).lists
    tables = Tables(
        points=points,
        counts=lists[CORNERS].counts,
        corners=lists[CORNERS].items,
        colors=as_colors(np.column_stack([columns[name] for name in COLOR]), 1) if flags.colors else None,
        uvs=np.column_stack([columns[name] for name in UV]).astype(np.float64) if flags.uvs else None,
        has_normals=flags.normals,
        others=[] if body.is_at_end() else ["data behind its last face"],
    )
    _set_face_colors(lists[TINT], tables)
    return tables


def _set_face_colors(tints: Lists, tables: Tables) -> None:
    colors = np.full((len(tints.counts), 4), np.nan)
    starts = np.cumsum(tints.counts, dtype=np.int64) - tints.counts
    for channel in range(4):
        has = np.isin(tints.counts, COLOR_WIDTHS) & (tints.counts > channel)
        colors[has, channel] = tints.items[starts[has] + channel]
    tables.has_other_colors = not bool(np.isin(tints.counts, (0, *COLOR_WIDTHS)).all())
    tables.set_face_colors(colors, 1)

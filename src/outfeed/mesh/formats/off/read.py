"""OFF, text and binary: positions, faces, colours of vertices or faces."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from outfeed.errors import SourceDamaged, SourceEmpty, SourceUnsupported
from outfeed.mesh.build import build
from outfeed.mesh.formats.chunks import Stream
from outfeed.mesh.formats.off.binary import read_binary, read_counts
from outfeed.mesh.formats.off.tables import Flags, Tables
from outfeed.mesh.formats.off.text import Lines, read_text
from outfeed.mesh.formats.polygons import cut
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

#: Bytes in which the header must end, comments included.
HEADER_BYTES: Final = 1 << 16
#: Blanks and comments.
SPACE: Final = rb"(?:\s|#[^\r\n]*+)*+"
#: The word is optional, and says what vertices have.
KEYWORD: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?" + SPACE + rb"([STCN4n]{0,6})(?:OFF|off)(?:[ \t]+(BINARY)[^\n]*\n|(?=[\s#])|\Z)"
)
COUNTS: Final = re.compile(SPACE + rb"(\d{1,18})[ \t]+(\d{1,18})(?:[ \t]+[+-]?\d+)?[ \t]*(?:#[^\r\n]*)?(?:[\r\n]|\Z)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    flags: Flags
    is_binary: bool
    #: Of text; binary counts stand at the beginning of the data.
    vertices: int = 0
    faces: int = 0
    #: Bytes up to what follows.
    size: int


# See `read_ply`.
@np.errstate(invalid="ignore")
def read_off(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read OFF, with or without its word at the beginning: text as float64, binary as float32.

    Faces with more than three corners are cut as those of OBJ are; those with fewer than three are left out. Where both
    vertices and faces have colours, the vertices' count. Colours that are numbers of a palette are lost, and so are
    normals. Points of four or of n dimensions are refused.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    with source.open() as file:
        header = _read_header(file)
        file.seek(header.size)
        tables = _read_tables(file, header, source.size - header.size, report)
    triangles = cut(tables.points, tables.counts, tables.corners, most=limits.max_triangles)
    faces = triangles.of_corners(tables.corners)
    if not len(faces):
        raise SourceEmpty("None of its faces has three corners.")
    colors, color_faces = tables.colors, faces
    if colors is None and tables.face_rows is not None:
        colors = tables.face_colors
        color_faces = np.repeat(triangles.of_polygons(tables.face_rows)[:, None], 3, axis=1)
    mesh = Mesh(
        vertices=tables.points,
        faces=faces,
        unit=unitless,
        uvs=tables.uvs,
        uv_faces=None if tables.uvs is None else faces,
        colors=colors,
        color_faces=None if colors is None else color_faces,
    )
    return Reading(mesh=build(mesh), stored_triangles=len(faces), lost=tuple(_losses(tables)))


def _read_header(file: Stream) -> _Header:
    head = file.read(HEADER_BYTES)
    if not head:
        raise SourceEmpty("It has no bytes.")
    word = KEYWORD.match(head)
    letters = word[1] if word else b""
    if b"4" in letters or b"n" in letters:
        raise SourceUnsupported("Its points have four or n dimensions, which are not read.")
    flags = Flags(normals=b"N" in letters, colors=b"C" in letters, uvs=b"ST" in letters)
    if word and word[2]:
        return _Header(flags=flags, is_binary=True, size=word.end())
    counts = COUNTS.match(head, word.end() if word else 0)
    if counts is None:
        raise SourceDamaged(f"It has no line with the counts of vertices and faces within {HEADER_BYTES} bytes.")
    return _Header(flags=flags, is_binary=False, vertices=int(counts[1]), faces=int(counts[2]), size=counts.end())


def _read_tables(file: Stream, header: _Header, left: int, report: Report) -> Tables:
    if header.is_binary:
        vertices, faces = read_counts(file)
        _check_any(faces)
        return read_binary(file, left - 12, vertices, faces, header.flags, report)
    _check_any(header.faces)
    return read_text(Lines(file, left, report), header.vertices, header.faces, header.flags)


def _check_any(faces: int) -> None:
    if not faces:
        raise SourceEmpty("It has no faces.")


def _losses(tables: Tables) -> list[Loss]:
    lost = [Loss(what=Trait.NORMALS)] if tables.has_normals else []
    if tables.colors is not None and tables.face_colors is not None:
        lost.append(Loss(what=Trait.COLORS, why="Colours of faces: its vertices have colours too."))
    elif tables.has_other_colors:
        lost.append(Loss(what=Trait.COLORS, why="Colours of faces that are no red, green and blue."))
    if tables.others:
        lost.append(Loss(what=Trait.OTHER, why=f"What a mesh does not hold: {', '.join(tables.others)}."))
    return lost

"""The tables of OFF as text: one row on each line, with colours where a line has more numbers than it needs."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.chunks import CHUNK_BYTES, Stream
from outfeed.mesh.formats.off.tables import COLOR_WIDTHS, OPAQUE, Flags, Tables, as_colors, most_of
from outfeed.mesh.formats.polygons import whole
from outfeed.mesh.reporting import Report

Values = NDArray[np.float64]
Places = NDArray[np.int64]

#: Longest line that is read.
LONGEST_LINE: Final = 1 << 26
COMMENT: Final = re.compile(rb"#[^\r\n]*")
#: Characters up to this one separate words.
BLANK: Final = 32
#: x, y and z.
AXES: Final = 3


class Lines:
    """The numbers of a text's lines; lines without any are left out."""

    def __init__(self, file: Stream, left: int, report: Report) -> None:
        self._file, self._left, self._total, self._report = file, left, max(left, 1), report
        self._carried = b""
        self._values, self._lengths = np.zeros(0), np.zeros(0, dtype=np.int64)
        #: The first word that is no number, where there is one.
        self.strange = ""

    @property
    def left(self) -> int:
        """Return how many bytes of text follow, at most."""
        return self._left + len(self._carried) + 2 * len(self._values)

    def take(self, most: int) -> tuple[Values, Places]:
        """Return the numbers of some of the next lines, and how many each line has; none at the end."""
        while not len(self._lengths) and (self._left or self._carried):
            self._more()
        lengths, self._lengths = self._lengths[:most], self._lengths[most:]
        used = int(lengths.sum())
        values, self._values = self._values[:used], self._values[used:]
        return values, lengths

    def is_at_end(self) -> bool:
        """Tell whether nothing but blanks and comments follows."""
        _, lengths = self.take(1)
        return not len(lengths) and not self.strange

    def _more(self) -> None:
        read = self._file.read(min(max(CHUNK_BYTES, len(self._carried)), self._left))
        self._left = self._left - len(read) if read else 0
        text = self._carried + read
        end = len(text) if not self._left else 1 + max(text.rfind(b"\n"), text.rfind(b"\r"))
        self._carried = text[end:]
        if len(self._carried) > LONGEST_LINE:
            raise SourceDamaged(f"A line is longer than {LONGEST_LINE} bytes.")
        self._values, self._lengths = self._numbers(COMMENT.sub(b"", text[:end]))
        self._report(1 - self._left / self._total)

    def _numbers(self, text: bytes) -> tuple[Values, Places]:
        comma = text.find(b",")
        plain = np.frombuffer(text if comma < 0 else text[:comma], dtype=np.uint8)
        values, used = _kernels.numbers(plain)
        lengths = words_of_lines(plain)
        if used == len(text):
            return values, lengths[lengths > 0]
        # Read no further than to the line that has a word which is no number; whoever needs that line says so.
        begin = 1 + max(text.rfind(b"\n", 0, used), text.rfind(b"\r", 0, used))
        word = re.search(rb"[!-~]*\Z", text[begin:used])
        start = used if word is None else begin + word.start()
        self.strange = re.sub("[^!-~]", "?", text[start : start + 20].split()[0].decode("latin-1"))
        self._left, self._carried = 0, b""
        lengths = words_of_lines(plain[:begin])
        return values[: int(lengths.sum())], lengths[lengths > 0]


def words_of_lines(text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of words on each line of a text."""
    blank = text <= BLANK
    begins = ~blank
    begins[1:] &= blank[:-1]
    ends = np.flatnonzero((text == ord("\n")) | (text == ord("\r")))
    lines = np.searchsorted(ends, np.flatnonzero(begins))
    return np.bincount(lines, minlength=len(ends) + 1).astype(np.int64)


def read_text(lines: Lines, vertices: int, faces: int, flags: Flags) -> Tables:
    """
    Read the tables behind the counts.

    Raises
    ------
    SourceDamaged
        If there are fewer lines than the counts say, or a line has too few numbers.
    IndexOutOfRange
        If a corner does not fit into 32 bits.
    """
    # A vertex has three numbers and a face one, each with something behind it.
    if 6 * vertices + 2 * faces > lines.left + 1:
        raise SourceDamaged(f"It announces {vertices} vertices and {faces} faces, and has {lines.left} bytes for them.")
    tables = Tables(points=np.zeros((vertices, AXES)))
    _read_vertices(lines, flags, tables)
    _read_faces(lines, faces, tables)
    if not lines.is_at_end():
        tables.others.append("data behind its last face")
    return tables


def _pieces(lines: Lines, rows: int, what: str) -> Iterator[tuple[int, Values, Places, Places]]:
    """Yield pieces of a table: first row, numbers, where each line begins, how many numbers each line has."""
    done = 0
    while done < rows:
        values, lengths = lines.take(rows - done)
        if not len(lengths):
            stop = f'"{lines.strange}" is no number' if lines.strange else f"{done} are there"
            raise SourceDamaged(f"It announces {rows} {what}: {stop}.")
        yield done, values, np.cumsum(lengths) - lengths, lengths
        done += len(lengths)


def _read_vertices(lines: Lines, flags: Flags, tables: Tables) -> None:
    more: list[Values] = []
    width = 0
    for first, values, starts, lengths in _pieces(lines, len(tables.points), "vertices"):
        if int(lengths.min()) < AXES:
            raise SourceDamaged("A vertex has fewer than three coordinates.")
        tables.points[first : first + len(lengths)] = values[starts[:, None] + np.arange(3)]
        width = int(lengths[0]) if not first else width
        # Lines of different lengths say nothing that belongs to all vertices.
        width = width if bool((lengths == width).all()) else 0
        if width > AXES:
            more.append(values.reshape(-1, width)[:, AXES:].copy())
    if width > AXES:
        _read_more(np.concatenate(more), flags, tables)
    elif len(tables.points) and not width:
        tables.others.append("numbers that only some vertices have")


def _read_more(more: Values, flags: Flags, tables: Tables) -> None:
    """Take what stands behind the coordinates: a normal, a colour, a texture coordinate, each as the header says."""
    tables.has_normals = flags.normals
    more = more[:, AXES:] if flags.normals else more
    if flags.uvs:
        tables.uvs = np.ascontiguousarray(more[:, -2:])
        more = more[:, :-2]
    # Without the word of the header, numbers that can be colours are some: many programs write them so.
    likely = flags.colors or (more.size and float(more.min()) >= 0 and float(more.max()) <= OPAQUE)
    if more.shape[1] in COLOR_WIDTHS and likely:
        tables.colors = as_colors(more, most_of(more))
    elif more.shape[1]:
        tables.others.append("numbers behind the coordinates that are no colours")


def _read_faces(lines: Lines, faces: int, tables: Tables) -> None:
    counts: list[NDArray[np.int32]] = []
    corners: list[NDArray[np.int32]] = []
    colors: list[NDArray[np.float32]] = []
    for _, values, starts, lengths in _pieces(lines, faces, "faces"):
        sizes = whole(values[starts], "A face has a number of corners that is none.")
        if bool(((sizes < 0) | (sizes >= lengths)).any()):
            raise SourceDamaged("A face has fewer corners than its line says.")
        before = np.cumsum(sizes, dtype=np.int64) - sizes
        places = np.repeat(starts + 1 - before, sizes) + np.arange(int(sizes.sum(dtype=np.int64)))
        counts.append(sizes)
        corners.append(whole(values[places], "A face names a vertex by a number that is not whole."))
        colors.append(_face_colors(values, starts + 1 + sizes, lengths - 1 - sizes, tables))
    tables.counts, tables.corners = np.concatenate(counts), np.concatenate(corners)
    tints = np.concatenate(colors)
    tables.set_face_colors(tints, most_of(tints))


def _face_colors(values: Values, starts: Places, widths: Places, tables: Tables) -> NDArray[np.float32]:
    """Return colours (f, 4) with NaN for what is not there."""
    colors = np.full((len(starts), 4), np.nan, dtype=np.float32)
    for channel in range(4):
        has = np.isin(widths, COLOR_WIDTHS) & (widths > channel)
        with np.errstate(over="ignore"):
            colors[has, channel] = values[starts[has] + channel]
    tables.has_other_colors |= not bool(np.isin(widths, (0, *COLOR_WIDTHS)).all())
    return colors

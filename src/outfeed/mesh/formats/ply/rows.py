"""The rows of PLY's elements, by columns. Text goes the way of binary data: its numbers are the bytes of float64."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceDamaged
from outfeed.mesh.build import as_rows
from outfeed.mesh.formats.chunks import CHUNK_BYTES, Stream
from outfeed.mesh.formats.ply.header import Element
from outfeed.mesh.formats.polygons import whole
from outfeed.mesh.reporting import Report

Column = NDArray[Any]
#: Makes of a list's items what is kept of them.
Convert = Callable[[Column], Column]

#: Bytes of a number of text: float64.
WIDE: Final = 8
#: The kernel's letters for types of counts.
LETTERS: Final = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"}
#: Longest word of text that can be a number.
LONGEST_WORD: Final = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lists:
    """The lists of one property, one after the other."""

    #: (rows,) int32.
    counts: NDArray[np.int32]
    #: All items.
    items: Column


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Columns:
    """What was asked for of an element."""

    #: A number for each row.
    numbers: Mapping[str, Column]
    lists: Mapping[str, Lists]


class Body:
    """What stands behind the header: in binary files its bytes, in text its numbers as float64."""

    def __init__(self, file: Stream, left: int, *, order: str, report: Report) -> None:
        self._file, self._left, self._total, self._report = file, left, max(left, 1), report
        self._held = np.zeros(0, dtype=np.uint8)
        self._carried = b""
        #: Byte order of binary data; empty for text.
        self.order = order
        #: The first word of a text that is no number, where there is one.
        self.strange = ""

    @property
    def most(self) -> int:
        """Return how many bytes there can still be, at most."""
        behind = self._left + len(self._carried)
        return len(self._held) + (behind if self.order else (behind + 1) // 2 * WIDE)

    def look(self, wanted: int) -> NDArray[np.uint8]:
        """Return the next bytes: as many as are wanted or more, fewer only at the end."""
        pieces, held = [self._held], len(self._held)
        while held < wanted and self._left:
            pieces.append(self._binary(max(wanted - held, CHUNK_BYTES)) if self.order else self._text())
            held += len(pieces[-1])
            self._report(1 - self._left / self._total)
        if len(pieces) > 1:
            self._held = np.concatenate(pieces)
        return self._held

    def is_at_end(self) -> bool:
        """Tell whether nothing follows."""
        return not len(self.look(1)) and not self.strange

    def move(self, used: int) -> None:
        """Step over bytes that were seen."""
        self._held = self._held[used:]

    def _read(self, most: int) -> bytes:
        data = self._file.read(min(most, self._left))
        self._left = self._left - len(data) if data else 0
        return data

    def _binary(self, most: int) -> NDArray[np.uint8]:
        return np.frombuffer(self._read(most), dtype=np.uint8)

    def _text(self) -> NDArray[np.uint8]:
        """Return the whole numbers of the next piece of text."""
        text = self._carried + self._read(CHUNK_BYTES)
        end = _behind_blank(text) if self._left else len(text)
        text, self._carried = text[:end], text[end:]
        if len(self._carried) > LONGEST_WORD:
            self._stop(self._carried)
        comma = text.find(b",")
        # The kernel would take the halves of a number with a decimal comma for two numbers.
        plain = text if comma < 0 else text[: _behind_blank(text[:comma])]
        values, used = _kernels.numbers(np.frombuffer(plain, dtype=np.uint8))
        if used < len(text):
            self._stop(text[used:])
        return values.view(np.uint8)

    def _stop(self, text: bytes) -> None:
        """Read no further than to a word that is no number; whoever needs what follows says so."""
        self.strange = re.sub("[^!-~]", "?", (text[:20].split(maxsplit=1) or [b"?"])[0].decode("latin-1"))
        self._left, self._carried = 0, b""


def _behind_blank(text: bytes) -> int:
    """Return the place behind the last blank."""
    return 1 + max(text.rfind(blank) for blank in (b" ", b"\n", b"\r", b"\t"))


def read_rows(body: Body, element: Element, *, numbers: frozenset[str], lists: Mapping[str, Convert]) -> Columns:
    """
    Read the rows of the element, and keep the properties that are named and there.

    The items of a list go through its function piece by piece.

    Raises
    ------
    SourceDamaged
        If the data ends before the last row, or a list's length is no count.
    IndexOutOfRange
        If an integer of a list does not fit into 32 bits.
    """
    layout = _layout(element, body.order)
    if element.rows * layout.least > body.most:
        raise _cut_off(body, element)
    scalars = [one for one in element.properties if one.name in numbers and one.count is None]
    # Counts are checked: each row has its bytes in the file.
    columns = {one.name: np.zeros(element.rows, dtype=one.kind if body.order else "f8") for one in scalars}
    if not layout.counts:
        _read_fixed(body, element, layout, columns)
        return Columns(numbers=columns, lists={})
    found = [one.name for one in element.properties if one.name in lists and one.count]
    kept = _Kept(numbers=columns, pieces={name: [] for name in found}, lists=lists)
    _read_lists(body, element, layout, kept)
    return Columns(numbers=columns, lists={name: _joined(pieces, lists[name]) for name, pieces in kept.pieces.items()})


def shown(name: str) -> str:
    """Return a name of the file as it can stand in a sentence."""
    return "".join(re.findall(r"[\w.-]", name[:40], re.ASCII))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a property stands in a row."""

    #: Behind how many lists.
    part: int
    #: Bytes from the beginning of that part; of a list, where its count stands.
    offset: int
    #: Of a number, or of an item of the list.
    dtype: np.dtype[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """How a row is stored: see the kernel `list_rows`."""

    places: Mapping[str, _Place]
    fixed: list[int]
    #: The kernel's letter for each list's count, and its bytes.
    counts: str
    count_bytes: list[int]
    items: list[int]

    @property
    def least(self) -> int:
        """Return the bytes of a row whose lists are empty."""
        return sum(self.fixed) + sum(self.count_bytes)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """What is kept of an element while it is read."""

    numbers: dict[str, Column]
    pieces: dict[str, list[Lists]]
    lists: Mapping[str, Convert]


def _layout(element: Element, order: str) -> _Layout:
    places: dict[str, _Place] = {}
    layout = _Layout(places=places, fixed=[0], counts="".join(_letters(element, order)), count_bytes=[], items=[])
    for one in element.properties:
        dtype = np.dtype(order + one.kind) if order else np.dtype("f8")
        places[one.name] = _Place(part=len(layout.items), offset=layout.fixed[-1], dtype=dtype)
        if one.count is None:
            layout.fixed[-1] += dtype.itemsize
        else:
            layout.fixed.append(0)
            layout.items.append(dtype.itemsize)
            layout.count_bytes.append(np.dtype(one.count).itemsize if order else WIDE)
    return layout


def _letters(element: Element, order: str) -> list[str]:
    return [LETTERS[one.count] if order else "d" for one in element.properties if one.count]


def _cut_off(body: Body, element: Element) -> SourceDamaged:
    if body.strange:
        return SourceDamaged(f'"{body.strange}" stands where a number of the element {shown(element.name)} should be.')
    return SourceDamaged(f"It ends before the last of {element.rows} rows of the element {shown(element.name)}.")


def _read_fixed(body: Body, element: Element, layout: _Layout, numbers: dict[str, Column]) -> None:
    size = layout.least
    step = max(CHUNK_BYTES // max(size, 1), 1)
    for first in range(0, element.rows if size else 0, step):
        rows = min(step, element.rows - first)
        data = body.look(rows * size)
        if len(data) < rows * size:
            raise _cut_off(body, element)
        for name, column in numbers.items():
            place = layout.places[name]
            column[first : first + rows] = np.ndarray((rows,), place.dtype, data, place.offset, (size,))
        body.move(rows * size)


def _read_lists(body: Body, element: Element, layout: _Layout, kept: _Kept) -> None:
    fixed, items = np.array(layout.fixed), np.array(layout.items)
    swapped = body.order == ">"
    done, wanted = 0, CHUNK_BYTES
    while done < element.rows:
        data = body.look(min(wanted, body.most))
        at, used, needs = _kernels.list_rows(data, element.rows - done, fixed, layout.counts, items, swapped)
        if needs < 0:
            raise SourceDamaged(f"A list of the element {shown(element.name)} has a length that is no count.")
        if len(at):
            _keep(_Rows(data=data, at=at, layout=layout), done, kept)
        elif needs > body.most or len(data) < wanted:
            raise _cut_off(body, element)
        body.move(used)
        done += len(at)
        # A row that is larger than what was seen is looked at again, so each look must see much more.
        wanted = max(needs, CHUNK_BYTES, 0 if len(at) else 2 * len(data))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Rows:
    """Rows with lists: where they are."""

    data: NDArray[np.uint8]
    #: (rows, lists + 1): where the parts of fixed size begin.
    at: NDArray[np.int64]
    layout: _Layout

    def row_bytes(self) -> int:
        """Return how far the rows are apart, 0 where they differ."""
        shape = self.at - self.at[:, :1]
        if not bool((shape == shape[0]).all()):
            return 0
        return int(shape[0, -1]) + self.layout.fixed[-1]

    def column(self, place: _Place) -> Column:
        """Return a number of each row."""
        starts, stride = self.at[:, place.part] + place.offset, self.row_bytes()
        if stride:
            return np.ndarray((len(starts),), place.dtype, self.data, int(starts[0]), (stride,))
        return _gathered(self.data, starts, place.dtype)

    def lists(self, place: _Place) -> tuple[NDArray[np.int64], Column]:
        """Return the lengths of the lists, and all of their items."""
        part, size = place.part, place.dtype.itemsize
        starts = self.at[:, part] + (self.layout.fixed[part] + self.layout.count_bytes[part])
        counts, stride = (self.at[:, part + 1] - starts) // size, self.row_bytes()
        if stride:
            shape = (len(starts), int(counts[0]))
            items: Column = np.ndarray(shape, place.dtype, self.data, int(starts[0]), (stride, size))
            return counts, items.reshape(-1)
        before = np.cumsum(counts) - counts
        places = np.repeat(starts - before * size, counts) + np.arange(int(counts.sum())) * size
        return counts, _gathered(self.data, places, place.dtype)


def _keep(rows: _Rows, first: int, kept: _Kept) -> None:
    places = rows.layout.places
    for name, column in kept.numbers.items():
        column[first : first + len(rows.at)] = rows.column(places[name])
    for name, pieces in kept.pieces.items():
        counts, items = rows.lists(places[name])
        pieces.append(Lists(counts=as_rows(counts), items=kept.lists[name](items)))


def _gathered(data: NDArray[np.uint8], at: NDArray[np.int64], dtype: np.dtype[Any]) -> Column:
    """Return the values that begin at these bytes."""
    if dtype.itemsize == WIDE and not len(data) % WIDE and not bool((at % WIDE).any()):
        return np.asarray(data.view(dtype)[at // WIDE])
    return np.asarray(data[at[:, None] + np.arange(dtype.itemsize)].view(dtype).reshape(-1))


def _joined(pieces: list[Lists], convert: Convert) -> Lists:
    none = Lists(counts=np.zeros(0, dtype=np.int32), items=convert(np.zeros(0)))
    parts = pieces or [none]
    return Lists(
        counts=np.concatenate([one.counts for one in parts]), items=np.concatenate([one.items for one in parts])
    )


def as_numbers(items: Column) -> Column:
    """Return the numbers of a list as float64."""
    return items.astype(np.float64)


def as_indices(items: Column) -> NDArray[np.int32]:
    """
    Return the numbers of a list as rows of a table.

    Raises
    ------
    SourceDamaged
        If one is not whole.
    IndexOutOfRange
        If one does not fit into 32 bits.
    """
    return whole(items, "A face names a vertex by a number that is not whole.")

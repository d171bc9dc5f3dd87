"""The rows of PLY's elements, by columns: at once where they are all of one size, else by where each list begins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceDamaged
from outfeed.mesh.build import as_rows
from outfeed.mesh.formats.chunks import CHUNK_BYTES
from outfeed.mesh.formats.ply.body import WIDE, Body
from outfeed.mesh.formats.ply.header import Element
from outfeed.mesh.formats.polygons import whole
from outfeed.mesh.model import Positions

Column = NDArray[Any]
#: What the items of a list are kept as: int32, where they are rows of a table, or float64.
Kept = type[np.int32] | type[np.float64]

#: The kernels' letters for types; counts have no fractions.
LETTERS: Final = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"}
ITEM_LETTERS: Final = LETTERS | {"f4": "f", "f8": "d"}
#: Of the position of a vertex.
AXES: Final = ("x", "y", "z")
FRACTION: Final = "A face names a vertex by a number that is not whole."


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
    #: (rows, 3): x, y and z; float32 if all of them are that, else float64. (0, 3) if they are not there or not wanted.
    points: Positions


def read_rows(body: Body, element: Element, *, numbers: frozenset[str], lists: Mapping[str, Kept]) -> Columns:
    """
    Read the rows of the element, and keep the properties that are named and there.

    Raises
    ------
    SourceDamaged
        If the data ends before the last row, a list's length is no count, or an item to keep as int32 is not whole.
    IndexOutOfRange
        If an item to keep as int32 does not fit.
    """
    layout = _layout(element, body.order)
    if element.rows * layout.least > body.most:
        raise _cut_off(body, element)
    # Counts are checked: each row has its bytes in the file.
    kinds = {one.name: one.kind if body.order else "f8" for one in element.properties if one.count is None}
    has_points = numbers.issuperset(AXES) and kinds.keys() >= {*AXES}
    points = _points(kinds, element.rows) if has_points else np.zeros((0, 3))
    if has_points and _are_points(element, body.order):
        if body.fill(points.reshape(-1).view(np.uint8)):
            return Columns(numbers={}, lists={}, points=points)
        raise _cut_off(body, element)
    axes = {axis: points[:, i] for i, axis in enumerate(AXES) if has_points}
    columns = {name: np.zeros(element.rows, dtype=kinds[name]) for name in kinds.keys() & numbers - axes.keys()}
    found = [one.name for one in element.properties if one.name in lists and one.count]
    kept = {name: _Growing(element.rows, lists[name]) for name in found}
    _read(body, element, _Into(layout=layout, numbers=columns | axes, lists=kept))
    return Columns(numbers=columns, lists={name: one.finish() for name, one in kept.items()}, points=points)


def shown(name: str) -> str:
    """Return a name of the file as it can stand in a sentence."""
    return "".join(re.findall(r"[\w.-]", name[:40], re.ASCII))


def _are_points(element: Element, order: str) -> bool:
    """Tell whether the rows are the bytes of points."""
    found = [(one.name, one.kind, one.count) for one in element.properties]
    return found == [(axis, "f4", None) for axis in AXES] and bool(order) and np.dtype(order + "f4").isnative


def _points(kinds: Mapping[str, str], rows: int) -> Positions:
    if all(kinds[axis] == "f4" for axis in AXES):
        return np.zeros((rows, 3), dtype=np.float32)
    return np.zeros((rows, 3), dtype=np.float64)


class _Growing:
    """Lists, while they are read."""

    def __init__(self, rows: int, kept: Kept) -> None:
        self._counts = np.zeros(rows, dtype=np.int32)
        # The count of all rows so far, which is not written to each of them before another one comes.
        self._each: int | None = None
        self._items: Column = np.zeros(0, dtype=kept)
        self._rows = self._used = 0

    @property
    def is_index(self) -> bool:
        return self._items.dtype == np.int32

    def room(self, counts: NDArray[np.int32] | int, rows: int, items: int, most: int) -> Column:
        """Add rows with their counts, and return where to write their items; `most` can come from here on."""
        self._count(counts, rows)
        wanted = self._used + items
        if wanted > len(self._items):
            # As many as there are if the lists go on like this; what is not written to costs no memory.
            likely = items + items * (len(self._counts) - self._rows) // rows
            size = self._used + min(most, max(likely, self._used // 2))
            larger = np.zeros(size, dtype=self._items.dtype)
            larger[: self._used] = self._items[: self._used]
            self._items = larger
        room: Column = self._items[self._used : wanted]
        self._used = wanted
        return room

    def _count(self, counts: NDArray[np.int32] | int, rows: int) -> None:
        each = counts if isinstance(counts, int) and (not self._rows or counts == self._each) else None
        if each is None and self._each is not None:
            self._counts[: self._rows] = self._each
        if each is None:
            self._counts[self._rows : self._rows + rows] = counts
        self._each = each
        self._rows += rows

    def finish(self) -> Lists:
        counts = self._counts if self._each is None else np.broadcast_to(np.int32(self._each), len(self._counts))
        return Lists(counts=counts, items=self._items[: self._used])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a property stands in a row."""

    #: Behind how many lists.
    part: int
    #: Bytes from the beginning of that part; of a list, where its count stands.
    offset: int
    #: Of a number, or of an item of the list.
    dtype: np.dtype[Any]
    #: The kernel's letter for the type of an item.
    letter: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """How a row is stored: see the kernel `list_rows`."""

    places: Mapping[str, _Place]
    fixed: list[int]
    #: The kernel's letter for each list's count, and its bytes.
    counts: str
    count_bytes: list[int]
    items: list[int]
    swapped: bool

    @property
    def least(self) -> int:
        """Return the bytes of a row whose lists are empty."""
        return sum(self.fixed) + sum(self.count_bytes)


def _layout(element: Element, order: str) -> _Layout:
    places: dict[str, _Place] = {}
    letters = "".join(LETTERS[one.count] if order else "d" for one in element.properties if one.count)
    layout = _Layout(places=places, fixed=[0], counts=letters, count_bytes=[], items=[], swapped=order == ">")
    for one in element.properties:
        dtype = np.dtype(order + one.kind) if order else np.dtype("f8")
        letter = ITEM_LETTERS[one.kind] if order else "d"
        places[one.name] = _Place(part=len(layout.items), offset=layout.fixed[-1], dtype=dtype, letter=letter)
        if one.count is None:
            layout.fixed[-1] += dtype.itemsize
        else:
            layout.fixed.append(0)
            layout.items.append(dtype.itemsize)
            layout.count_bytes.append(np.dtype(one.count).itemsize if order else WIDE)
    return layout


def _cut_off(body: Body, element: Element) -> SourceDamaged:
    if body.strange:
        return SourceDamaged(f'"{body.strange}" stands where a number of the element {shown(element.name)} should be.')
    return SourceDamaged(f"It ends before the last of {element.rows} rows of the element {shown(element.name)}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Into:
    """What is kept of an element while it is read."""

    layout: _Layout
    numbers: Mapping[str, Column]
    lists: Mapping[str, _Growing]


class _Even:
    """Rows of one size, one after the other, whose lists are as long as those of the first."""

    def __init__(self, data: NDArray[np.uint8], at: NDArray[np.int64], size: int, rows: int, layout: _Layout) -> None:
        self._data, self._at, self._size, self._layout = data, at.tolist(), size, layout
        for part, count_bytes in enumerate(layout.count_bytes):
            rows = _kernels.even_rows(data, rows, size, self._at[part] + layout.fixed[part], count_bytes)
        self.rows = rows

    def column(self, place: _Place) -> Column:
        """Return a number of each row."""
        return np.ndarray((self.rows,), place.dtype, self._data, self._at[place.part] + place.offset, (self._size,))

    def keep(self, place: _Place, into: _Growing, most: int) -> None:
        """Add the lists of a property, in a file that has no more than `most` bytes from here."""
        part, item = place.part, place.dtype.itemsize
        start = self._at[part] + self._layout.fixed[part] + self._layout.count_bytes[part]
        count = (self._at[part + 1] - start) // item
        room = into.room(count, self.rows, self.rows * count, most // item).reshape(self.rows, count)
        items = np.ndarray(room.shape, place.dtype, self._data, start if count else 0, (self._size, item))
        if not into.is_index:
            room[:] = items
            return
        done = _kernels.index_rows(self._data, self._size, start, place.letter, self._layout.swapped, room)
        room[done:] = whole(items[done:], FRACTION)


class _Uneven:
    """Rows that begin anywhere."""

    def __init__(self, data: NDArray[np.uint8], at: NDArray[np.int64], layout: _Layout) -> None:
        #: (rows, lists + 1): where the parts of fixed size begin.
        self._data, self._at, self._layout, self.rows = data, at, layout, len(at)

    def column(self, place: _Place) -> Column:
        """Return a number of each row."""
        return _gathered(self._data, self._at[:, place.part] + place.offset, place.dtype)

    def keep(self, place: _Place, into: _Growing, most: int) -> None:
        """Add the lists of a property, in a file that has no more than `most` bytes from here."""
        part, size = place.part, place.dtype.itemsize
        starts = self._at[:, part] + (self._layout.fixed[part] + self._layout.count_bytes[part])
        counts = (self._at[:, part + 1] - starts) // size
        before = np.cumsum(counts) - counts
        items = int(counts.sum())
        places = np.repeat(starts - before * size, counts) + np.arange(items) * size
        found = _gathered(self._data, places, place.dtype)
        into.room(as_rows(counts), self.rows, items, most // size)[:] = (
            whole(found, FRACTION) if into.is_index else found
        )


def _gathered(data: NDArray[np.uint8], at: NDArray[np.int64], dtype: np.dtype[Any]) -> Column:
    """Return the values that begin at these bytes."""
    if dtype.itemsize == WIDE and not len(data) % WIDE and not bool((at % WIDE).any()):
        return np.asarray(data.view(dtype)[at // WIDE])
    return np.asarray(data[at[:, None] + np.arange(dtype.itemsize)].view(dtype).reshape(-1))


def _read(body: Body, element: Element, into: _Into) -> None:
    # Rows without a byte have nothing to keep.
    done, wanted = 0 if into.layout.least else element.rows, CHUNK_BYTES
    while done < element.rows:
        data = body.look(min(wanted, body.most))
        rows, used, needs = _rows_of(data, element.rows - done, into.layout)
        if needs < 0:
            raise SourceDamaged(f"A list of the element {shown(element.name)} has a length that is no count.")
        if rows.rows:
            _keep(rows, done, into, body.most)
        elif needs > body.most or len(data) < wanted:
            raise _cut_off(body, element)
        body.move(used)
        done += rows.rows
        # A row that is larger than what was seen is looked at again, so each look must see much more.
        wanted = max(needs, CHUNK_BYTES, 0 if rows.rows else 2 * len(data))


def _rows_of(data: NDArray[np.uint8], most: int, layout: _Layout) -> tuple[_Even | _Uneven, int, int]:
    """Return some of the first rows, their bytes, and the bytes that the next one needs: see `list_rows`."""
    if not layout.counts:
        rows, size = min(most, len(data) // layout.least), layout.least
        return _Even(data, np.zeros(1, dtype=np.int64), size, rows, layout), rows * size, size
    fixed, items = np.array(layout.fixed), np.array(layout.items)
    at, size, needs = _kernels.list_rows(data, 1, fixed, layout.counts, items, layout.swapped)
    if size:
        even = _Even(data, at[0], size, min(most, len(data) // size), layout)
        # Where even rows soon end, looking for more of them again and again would cost more than it saves.
        if even.rows == most or 2 * even.rows * size >= len(data):
            return even, even.rows * size, 0
        at, size, needs = _kernels.list_rows(data, most, fixed, layout.counts, items, layout.swapped)
    return _Uneven(data, at, layout), size, needs


def _keep(rows: _Even | _Uneven, first: int, into: _Into, most: int) -> None:
    places = into.layout.places
    for name, column in into.numbers.items():
        column[first : first + rows.rows] = rows.column(places[name])
    for name, growing in into.lists.items():
        rows.keep(places[name], growing, most)

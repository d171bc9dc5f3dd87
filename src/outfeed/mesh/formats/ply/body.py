"""What stands behind the header of PLY. Text goes the way of binary data: its numbers are the bytes of float64."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.formats.chunks import CHUNK_BYTES, Stream
from outfeed.mesh.reporting import Report

#: Bytes of a number of text: float64.
WIDE: Final = 8
#: Longest word of text that can be a number.
LONGEST_WORD: Final = 1 << 16


class Body:
    """The bytes of a binary file, or the numbers of a text as float64; never all of them in memory."""

    def __init__(self, file: Stream, left: int, *, order: str, report: Report) -> None:
        self._file, self._left, self._total, self._report = file, left, max(left, 1), report
        self._buffer, self._start, self._end = np.zeros(CHUNK_BYTES, dtype=np.uint8), 0, 0
        self._carried = b""
        #: Byte order of binary data; empty for text.
        self.order = order
        #: The first word of a text that is no number, where there is one.
        self.strange = ""

    @property
    def most(self) -> int:
        """Return how many bytes there can still be, at most."""
        behind = self._left + len(self._carried)
        return self._end - self._start + (behind if self.order else (behind + 1) // 2 * WIDE)

    def look(self, wanted: int) -> NDArray[np.uint8]:
        """Return the next bytes, until the next look: as many as are wanted or more, fewer only at the end."""
        while self._end - self._start < wanted and self._left:
            if self.order:
                self._take_binary(wanted)
            else:
                self._take_text()
            self._report(1 - self._left / self._total)
        return self._buffer[self._start : self._end]

    def is_at_end(self) -> bool:
        """Tell whether nothing follows."""
        return not len(self.look(1)) and not self.strange

    def move(self, used: int) -> None:
        """Step over bytes that were seen."""
        self._start += used

    def fill(self, room: NDArray[np.uint8]) -> bool:
        """Take the next bytes of a binary file into memory; tell whether there were as many."""
        done = min(len(room), self._end - self._start)
        room[:done] = self._buffer[self._start : self._start + done]
        self.move(done)
        while done < len(room) and self._left:
            got = self._file.readinto(room.data[done : done + self._left])
            done += got
            self._left = self._left - got if got else 0
        self._report(1 - self._left / self._total)
        return done == len(room)

    def _make_room(self, size: int) -> None:
        """Move what is held to the beginning of a buffer of this size or more."""
        held = self._buffer[self._start : self._end]
        if size > len(self._buffer):
            self._buffer = np.zeros(size, dtype=np.uint8)
        self._buffer[: len(held)] = held
        self._start, self._end = 0, len(held)

    def _take_binary(self, wanted: int) -> None:
        self._make_room(wanted)
        room = self._buffer[self._end : self._end + self._left]
        got = self._file.readinto(room.data)
        self._end += got
        # A file that became shorter ends here; whoever needs what follows says so.
        self._left = self._left - got if got else 0

    def _take_text(self) -> None:
        """Take the whole numbers of the next piece of text."""
        read = self._file.read(min(CHUNK_BYTES, self._left))
        self._left = self._left - len(read) if read else 0
        text = self._carried + read
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
        self._make_room(self._end - self._start + values.nbytes)
        self._buffer[self._end : self._end + values.nbytes] = values.view(np.uint8)
        self._end += values.nbytes

    def _stop(self, text: bytes) -> None:
        """Read no further than to a word that is no number; whoever needs what follows says so."""
        self.strange = re.sub("[^!-~]", "?", (text[:20].split(maxsplit=1) or [b"?"])[0].decode("latin-1"))
        self._left, self._carried = 0, b""


def _behind_blank(text: bytes) -> int:
    """Return the place behind the last blank."""
    return 1 + max(text.rfind(blank) for blank in (b" ", b"\n", b"\r", b"\t"))

"""Hands a document to the parser in pieces, and past it what a reader of rows takes faster.

Most of a large document is rows: empty elements of one kind, inside of one that lists them. A reader of rows gets the
text only where the parser has used all that came before and is inside of a list, so that what follows is content of
that list. It takes complete empty elements and blanks, and what remains is as well-formed as the whole. So the parser
decides what every other byte means, and all elements may still come to it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged

MAX_DEPTH: Final = 256
#: Bytes of one tag or comment: the parser may look at it anew with each piece, which takes the square of its length.
MOST_TOKEN: Final = 1 << 26
#: Bytes that the parser gets before rows are tried again.
STEP: Final = 512
MOST_STEP: Final = 1 << 20
#: Bytes without the end of a tag that are kept for the next piece.
MOST_HELD: Final = 1 << 16
#: In all others, the bytes of a row might mean something else.
ENCODINGS: Final = frozenset({"utf-8", "us-ascii"})
#: A start tag, with what stands before the colon of its name.
_START_TAG: Final = re.compile(rb"<(?:([A-Za-z_][\w.-]{0,99}):)?(\w+)[\s/>]", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What reads rows of some lists faster than the parser."""

    #: Names of the lists, as the parser says them.
    lists: frozenset[str]
    #: Takes rows of a list from the beginning of a text, all of whose names begin with a prefix (with its colon, or
    #: nothing) where they are of the list's namespace. Returns how many bytes it took.
    take: Callable[[str, str, NDArray[np.uint8]], int]
    #: Returns how many lines end in all that was taken.
    lines: Callable[[], int]


NO_ROWS: Final = Rows(lists=frozenset(), take=lambda _name, _prefix, _text: 0, lines=lambda: 0)


class Feeder:
    """Feeds one parser. `start` and `end` must be told of each element, before anything else is done with it."""

    def __init__(self, parser: expat.XMLParserType, rows: Rows) -> None:
        self._parser, self._rows = parser, rows
        #: The lists that are open, the innermost last: depth, name, and prefix where it is known.
        self._lists: list[tuple[int, str, str | None]] = []
        self._depth = 0
        self.began = False
        self._is_plain, self._is_verbatim = True, False
        self._piece = memoryview(b"")
        #: Bytes that the parser has got, and how many of these before `_piece`.
        self._fed = self._before = 0
        self._held, self._step = b"", STEP
        if rows.lists:
            parser.XmlDeclHandler = self._declared
            parser.StartCdataSectionHandler = lambda: self._set_verbatim(True)  # noqa: FBT003 one word, one meaning
            parser.EndCdataSectionHandler = lambda: self._set_verbatim(False)  # noqa: FBT003 one word, one meaning

    def start(self, name: str) -> None:
        """
        Note that an element has begun.

        Raises
        ------
        SourceDamaged
            If it is nested deeper than 256.
        """
        self.began = True
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise SourceDamaged(f"Its XML is nested deeper than {MAX_DEPTH}.")
        if name in self._rows.lists:
            self._lists.append((self._depth, name, self._prefix(name)))

    def end(self) -> None:
        """Note that the innermost element has ended."""
        if self._lists and self._lists[-1][0] == self._depth:
            self._lists.pop()
        self._depth -= 1

    def feed(self, piece: bytes) -> None:
        """
        Hand over the next bytes.

        Raises
        ------
        SourceDamaged
            If a tag or a comment is longer than 64 MiB.
        """
        if not self._rows.lists:
            self._parse(memoryview(piece))
            return
        text = self._held + piece if self._held else piece
        view, array, at = memoryview(text), np.frombuffer(text, dtype=np.uint8), 0
        while at < len(text):
            if self._is_at_rows():
                _, name, prefix = self._lists[-1]
                at += self._rows.take(name, prefix or "", array[at:])
            cut = text.find(b">", at + self._step) + 1
            if not cut:
                cut = len(text) if len(text) - at > MOST_HELD else at
            if cut == at:
                break
            self._parse(view[at:cut])
            at = cut
            # Inside of what the parser does not know the end of yet, it gets more at a time: it begins anew each time.
            self._step = STEP if self._is_settled() else min(2 * self._step, MOST_STEP)
        self._held = text[at:]

    def close(self) -> None:
        """Hand over what is left, and that it is the end."""
        if self._held:
            self._parse(memoryview(self._held))
        self._parser.Parse(b"", True)  # noqa: FBT003 the parser's form

    def _parse(self, piece: memoryview) -> None:
        self._piece, self._before = piece, self._fed
        self._fed += len(piece)
        self._parser.Parse(piece, False)  # noqa: FBT003 the parser's form
        if self._fed - self._parser.CurrentByteIndex > MOST_TOKEN:
            raise SourceDamaged("Its XML has a tag or a comment that is longer than 64 MiB.")

    def _is_settled(self) -> bool:
        """Tell whether the parser has used all that it got."""
        return self._parser.CurrentByteIndex == self._fed

    def _is_at_rows(self) -> bool:
        """Tell whether the next byte is content of a list, whose rows may be taken."""
        if not self._lists or self._is_verbatim or not self._is_plain or not self._is_settled():
            return False
        depth, _, prefix = self._lists[-1]
        return depth == self._depth < MAX_DEPTH and prefix is not None

    def _prefix(self, name: str) -> str | None:
        """Return what stands before the name in the tag that begins here; None where it is not seen, or unusual."""
        first = self._parser.CurrentByteIndex - self._before
        tag = _START_TAG.match(self._piece, first) if first >= 0 else None
        if tag is None or tag[2].decode() != name.rpartition(" ")[2]:
            return None
        return f"{tag[1].decode()}:" if tag[1] else ""

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._is_plain = encoding is None or encoding.lower() in ENCODINGS

    def _set_verbatim(self, verbatim: bool) -> None:  # noqa: FBT001 one word, one meaning
        self._is_verbatim = verbatim

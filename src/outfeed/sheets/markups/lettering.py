"""Text in a box: broken into lines that fit its width."""

from collections.abc import Iterator
from typing import Final

from outfeed.sheets.canvas import PageCanvas, TextLook
from outfeed.sheets.fonts import ASCENT, text_width
from outfeed.sheets.markups.shapes import Align

#: From one base line to the next, as a share of the size.
LEADING: Final = 1.2


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Return the lines of a text, broken between words, and inside of a word that is wider than the box."""
    return [line for paragraph in text.expandtabs(4).split("\n") for line in _wrapped(paragraph, size, width)]


def _wrapped(paragraph: str, size: float, width: float) -> Iterator[str]:
    """Yield the lines of a paragraph; each character is measured once or twice, however long they are."""
    blank = text_width(" ", size)
    words: list[str] = []
    used = 0.0
    for word in paragraph.split(" "):
        wide = text_width(word, size)
        if words and used + blank + wide > width:
            yield " ".join(words)
            words = []
        if words or wide <= width:
            used = used + blank + wide if words else wide
            words.append(word)
        else:
            *full, rest = _pieces(word, size, width)
            yield from full
            words, used = [rest], text_width(rest, size)
    yield " ".join(words)


def _pieces(word: str, size: float, width: float) -> list[str]:
    """Return the pieces of a word, each as long as fits and no shorter than a character."""
    pieces, piece, used = [], "", 0.0
    for character in word:
        wide = text_width(character, size)
        if piece and used + wide > width:
            pieces.append(piece)
            piece, used = "", 0.0
        piece += character
        used += wide
    return [*pieces, piece]


def draw_lines(
    page: PageCanvas, lines: list[str], *, size: float, width: float, height: float, align: Align, look: TextLook
) -> int:
    """Draw lines from the top of a box whose lower left corner is 0, 0; return how many of them are not wholly seen."""
    x = {"left": 0.0, "center": width / 2, "right": width}[align]
    cut = 0
    for row, line in enumerate(lines):
        y = height - size * (ASCENT + LEADING * row)
        if y < -size:
            return cut + sum(bool(rest) for rest in lines[row:])
        cut += bool(line) and y < 0
        page.text(x, y, size, line, anchor=align, look=look)
    return cut

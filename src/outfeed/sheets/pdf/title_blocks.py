"""The number of a sheet, read out of its title block: text near the lower right corner, as the page is shown.

A wrong number is worse than none. So a number counts only where a word such as "Sheet" stands before it, or where it
is in larger type than what else is on the page; and only where no second number would do as well.
"""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # it has no types

from outfeed.sheets.pdf.cost import drawn_bytes
from outfeed.sheets.pdf.opening import Opened

#: Pages that are looked at; characters of one, and bytes that are interpreted for one and for all.
MOST_PAGES: Final = 1_000
MOST_CHARACTERS: Final = 50_000
MOST_BYTES_OF_PAGE: Final = 1 << 23
MOST_BYTES: Final = 1 << 26
#: Numbers of a page that are measured, and characters that they are compared with.
MOST_CANDIDATES: Final = 2_000
MOST_COMPARED: Final = 2_000
#: The corner, as shares of the width from the left and of the height from the top.
CORNER_X, CORNER_Y = 0.6, 0.7
#: A number without a word before it is so much larger than half of what else is on the page.
LARGER: Final = 1.4
#: Two sizes of type are the same within this share.
SAME: Final = 0.05
#: The page is mapped onto so many points, since the library gives whole ones only.
DEVICE: Final = 20_000

#: From here on there are halves of characters, and those that fonts make up.
FIRST_SURROGATE: Final = 0xD800

#: A-101, A101, S2.01, FP-1.02a, 01-A-100; not A1 or A3, which are sizes of paper.
_NUMBER: Final = r"(?:\d{1,4}-)?[A-Z]{1,3}(?:-?\d{1,2}\.\d{1,3}|-\d{1,4}|\d{3,4})(?:-\d{1,4})?[A-Za-z]?"
_PLAIN: Final = re.compile(rf"(?<![\w./:-])(?P<mark>)(?P<value>{_NUMBER})(?![\w/]|[-.:]\w)")
#: What stands before the number of a sheet in some languages.
_WORDS: Final = r"sheet|drawing|dwg|blatt|plan|zeichnungs|planche|folio|lámina|plano"
#: What may stand between, and makes sure that a number follows.
_MARK: Final = r"\.?(?:[ -]?(?:no|nr|nummer|number|n°|num))?(?![a-z])\.?[ \t]*[:#]?"
_VALUE: Final = r"(?=[A-Z0-9.-]*\d)[A-Z0-9][A-Z0-9.-]{1,30}"
_LABELLED: Final = re.compile(
    rf"(?i:\b(?:{_WORDS})(?P<mark>{_MARK})\s{{0,4}})(?P<value>{_VALUE})(?![\w/]|[ ]+(?:of|von|de|sur)\b)"
)
#: Begins of what looks like the number of a sheet and is none: standards, steel, concrete, revisions, screws, ...
_OTHERS: Final = re.compile(
    r"(?:ISO|DIN|EN|RAL|REV|NO|TEL|FAX|IFC|HEA|HEB|IPE|UPN|ID|VOL|PN|DN|BS|UL|IP|PO|OK|S(?=[23][35]5))[-.\d]"
)
_DECIMAL: Final = re.compile(r"[\d.-]*")
_LEAST_DIGITS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class _Candidate:
    """A text that could be the number of a sheet."""

    text: str
    #: Of its letters and figures, as shown, as a share of the page's longer side.
    size: float
    #: Whether "No.", a colon or the like stands before it.
    is_marked: bool


def title_block_numbers(opened: Opened, path: Path) -> list[str]:
    """Return the number in the title block of each page; empty where there is none that is certain and unique."""
    count = len(opened.pages)
    numbers = [""] * count
    try:
        with pypdfium2.PdfDocument(path) as document:
            if len(document) == count:
                for index, number in _read(opened, document, min(count, MOST_PAGES)):
                    numbers[index] = number
    except pypdfium2.PdfiumError:
        return [""] * count
    folded = [number.casefold() for number in numbers]
    often = Counter(folded)
    return [number if often[number.casefold()] == 1 else "" for number in numbers]


def _read(opened: Opened, document: pypdfium2.PdfDocument, count: int) -> Iterator[tuple[int, str]]:
    left = MOST_BYTES
    for index in range(count):
        cost = drawn_bytes(opened.pages[index], most=MOST_BYTES_OF_PAGE)
        left -= cost
        if left <= 0:
            return
        if cost < MOST_BYTES_OF_PAGE:
            page = document[index]
            text = page.get_textpage()
            yield index, _Page(page, text).number()
            text.close()
            page.close()


class _Page:
    """One page, and its characters by their number."""

    def __init__(self, page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> None:
        self._page, self._text = page, text
        self._width, self._height = page.get_size()

    def number(self) -> str:
        """Return the number in the title block, or nothing."""
        count = self._text.count_chars()
        if not 0 < count <= MOST_CHARACTERS or min(self._width, self._height) <= 0:
            return ""
        read = (pdfium.FPDFText_GetUnicode(self._text, index) for index in range(count))
        text = "".join(chr(code) if 0 < code < FIRST_SURROGATE else " " for code in read)
        labelled = [found for found in self._found(_LABELLED, text) if _is_number(found)]
        return _only(labelled) or self._largest(text)

    def _largest(self, text: str) -> str:
        """Return the number in the largest type, if it is larger than most of the text."""
        plain = [found for found in self._found(_PLAIN, text) if not _OTHERS.match(found.text)]
        if not plain:
            return ""
        most = max(found.size for found in plain)
        best = _only([found for found in plain if found.size >= most * (1 - SAME)])
        return best if best and most >= LARGER * self._usual_size(text, best) else ""

    def _found(self, pattern: re.Pattern[str], text: str) -> Iterator[_Candidate]:
        """Yield what a pattern finds near the lower right corner."""
        for number, found in enumerate(pattern.finditer(text)):
            if number >= MOST_CANDIDATES:
                return
            first, last = self._box(found.start("value")), self._box(found.end("value") - 1)
            if _is_in_corner(first) and _is_in_corner(last):
                boxes = [
                    self._box(index)
                    for index in range(found.start("value"), found.end("value"))
                    if text[index].isalnum()
                ]
                size = median(_size(box) for box in boxes)
                yield _Candidate(text=found["value"].strip(".-"), size=size, is_marked=bool(found["mark"].strip()))

    def _usual_size(self, text: str, number: str) -> float:
        """Return the size of half of the letters, without those of a number; 0 where there are no others."""
        others = text.replace(number, " " * len(number))
        letters = [index for index, letter in enumerate(others) if letter.isalnum()]
        step = len(letters) // MOST_COMPARED + 1
        sizes = [_size(self._box(index)) for index in letters[::step]]
        return median(sizes) if sizes else 0.0

    def _box(self, index: int) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of a character as shown, as shares of width and height; and its size."""
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        if not pdfium.FPDFText_GetCharBox(self._text, index, left, right, bottom, top):
            return 0.0, 0.0, 0.0, 0.0
        one, other = self._shown(left.value, top.value), self._shown(right.value, bottom.value)
        longer = max(self._width, self._height)
        x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
        wide, high = abs(one[0] - other[0]) * self._width / longer, abs(one[1] - other[1]) * self._height / longer
        return x, y, wide, high

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        """Return a point as shown, as shares of the width from the left and of the height from the top."""
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(self._page, 0, 0, DEVICE, DEVICE, 0, x, y, across, down)
        return across.value / DEVICE, down.value / DEVICE


def _size(box: tuple[Any, ...]) -> float:
    """Return the size of a letter or figure, all of which are higher than wide, however they are turned."""
    return float(max(box[2], box[3]))


def _is_in_corner(box: tuple[float, float, float, float]) -> bool:
    return CORNER_X <= box[0] <= 1 and CORNER_Y <= box[1] <= 1


def _is_number(found: _Candidate) -> bool:
    """Tell whether what stands behind a word can be the number of a sheet: plan 2026 is none, and A1 is paper."""
    if _DECIMAL.fullmatch(found.text):
        return found.is_marked and sum(letter.isdigit() for letter in found.text) >= _LEAST_DIGITS
    return not re.fullmatch(r"[AB]\d", found.text)


def _only(found: list[_Candidate]) -> str:
    """Return the text that all have, or nothing."""
    texts = {item.text for item in found}
    return texts.pop() if len(texts) == 1 else ""

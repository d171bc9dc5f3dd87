"""Text that is drawn on sheets: Roboto, of which a PDF embeds the glyphs that it shows."""

from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import font_roboto  # type: ignore[import-untyped]  # the package has no types
import pikepdf
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # the library has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # as above
from pikepdf import Array, Dictionary, Name

#: Heights over the base line, as shares of a text's size: of capitals, of small letters such as x, and of all there is;
#: and how far what hangs goes below it.
CAP_HEIGHT: Final = 0.711
X_HEIGHT: Final = 0.528
ASCENT: Final = 0.928
DESCENT: Final = 0.244

#: Bits of a PDF font's descriptor: symbols of its own, slanted (PDF 32000-1, table 123).
_SYMBOLIC, _ITALIC = 1 << 2, 1 << 6
#: Distinct characters of one font in one file; codes have two bytes, and 0 is no character.
_MOST_CODES: Final = 65_535
#: Units of a PDF font's widths per size.
_EM: Final = 1000
#: Tables of a font that nothing that draws a PDF looks at.
_DROPPED: Final = ("GSUB", "GPOS", "GDEF", "kern", "FFTM", "DSIG", "hdmx", "VDMX", "LTSH", "gasp", "STAT", "meta")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Face:
    """A font as it is measured by."""

    name: str
    path: Path
    #: Glyph names by code point.
    glyphs: dict[int, str]
    #: By glyph name, in thousandths of the size.
    widths: dict[str, float]

    def width(self, character: str) -> float:
        """Return how wide a character is, in thousandths of the size; what the font has not is a box."""
        return self.widths[self.glyphs.get(ord(character), ".notdef")]


@cache
def face(*, bold: bool = False, italic: bool = False) -> Face:
    """Return a face of the family."""
    style = {(False, False): "Regular", (True, False): "Bold", (False, True): "Italic", (True, True): "BoldItalic"}
    name = f"Roboto-{style[bold, italic]}"
    path = Path(font_roboto.__file__).parent / "files" / f"{name}.ttf"
    with TTFont(path, lazy=True) as font:
        units = font["head"].unitsPerEm
        widths = {glyph: advance * _EM / units for glyph, (advance, _) in font["hmtx"].metrics.items()}
        return Face(name=name, path=path, glyphs=dict(font.getBestCmap()), widths=widths)


def plain(text: str) -> str:
    """Return a text as one line that can be drawn and stored: no control characters, no halves of characters."""
    whole = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    return "".join(character if character.isprintable() else " " for character in whole)


def text_width(text: str, size: float, *, bold: bool = False, italic: bool = False) -> float:
    """Return how wide a text is, in the unit of its size."""
    measured = face(bold=bold, italic=italic)
    return sum(map(measured.width, plain(text))) * size / _EM


@dataclass(kw_only=True, slots=True, eq=False)
class ShownFont:
    """A face in a PDF. Each character that is shown has a code of its own, also one that is only a box."""

    face: Face
    italic: bool
    #: Codes by character, in the order of their first use, from 1.
    codes: dict[str, int] = field(default_factory=dict)
    #: How often characters were shown that the font has not.
    missing: dict[str, int] = field(default_factory=dict)

    def encoded(self, text: str) -> tuple[str, float]:
        """Return a text as hexadecimal digits of its codes, and its width in thousandths of the size."""
        digits: list[str] = []
        width = 0.0
        for character in plain(text):
            code = self.codes.get(character)
            if code is None:
                if len(self.codes) == _MOST_CODES:
                    continue
                code = self.codes[character] = len(self.codes) + 1
            if ord(character) not in self.face.glyphs:
                self.missing[character] = self.missing.get(character, 0) + 1
            digits.append(f"{code:04x}")
            width += self.face.width(character)
        return "".join(digits), width

    def written(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """Return the font as an object of the PDF, with the glyphs that were shown."""
        font = self._subset()
        name = Name(f"/{_tag(self.codes)}+{self.face.name}")
        inner = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=name,
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            CIDToGIDMap=pdf.make_stream(self._glyph_numbers(font)),
            DW=0,
            W=Array([1, Array([round(self.face.width(character)) for character in self.codes])]),
            FontDescriptor=pdf.make_indirect(self._descriptor(pdf, font, name)),
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=name,
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(inner)]),
                ToUnicode=pdf.make_stream(_to_unicode(self.codes)),
            )
        )

    def _subset(self) -> TTFont:
        options = Options()
        options.hinting = False
        options.layout_features = []
        options.notdef_outline = True
        options.recalc_timestamp = False
        font = TTFont(self.face.path, recalcTimestamp=False)
        for table in _DROPPED:
            if table in font:
                del font[table]
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[ord(character) for character in self.codes])
        subsetter.subset(font)
        return font

    def _glyph_numbers(self, font: TTFont) -> bytes:
        rows = {name: row for row, name in enumerate(font.getGlyphOrder())}
        names = [self.face.glyphs.get(ord(character), ".notdef") for character in self.codes]
        return b"\0\0" + b"".join(rows[name].to_bytes(2, "big") for name in names)

    def _descriptor(self, pdf: pikepdf.Pdf, font: Any, name: Name) -> Dictionary:
        data = BytesIO()
        font.save(data)
        head = font["head"]
        box = [round(edge * _EM / head.unitsPerEm) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)]
        return Dictionary(
            Type=Name.FontDescriptor,
            FontName=name,
            Flags=_SYMBOLIC | (_ITALIC if self.italic else 0),
            FontBBox=Array(box),
            ItalicAngle=-12 if self.italic else 0,
            Ascent=round(ASCENT * _EM),
            Descent=-round(DESCENT * _EM),
            CapHeight=round(CAP_HEIGHT * _EM),
            StemV=80,
            FontFile2=pdf.make_stream(data.getvalue(), Length1=len(data.getvalue())),
        )


def _tag(codes: dict[str, int]) -> str:
    """Return the six capitals that mark a subset: the same for the same characters."""
    total = 0
    for character in codes:
        total = (total * 31 + ord(character)) % 26**6
    return "".join(chr(ord("A") + total // 26**place % 26) for place in range(6))


def _to_unicode(codes: dict[str, int]) -> bytes:
    """Return the table that search and copying need (PDF 32000-1, 9.10.3); at most 100 rows stand together."""
    rows = [f"<{code:04x}> <{character.encode('utf-16-be').hex()}>" for character, code in codes.items()]
    blocks = [rows[first : first + 100] for first in range(0, len(rows), 100)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
        *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
        "endcmap CMapName currentdict /CMap defineresource pop end end",
    ]
    return "\n".join(lines).encode()

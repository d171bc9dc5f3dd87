"""The fonts that drawings name, as Roboto in a fitting width: how wide texts are, and how they are drawn."""

from functools import cache
from pathlib import PurePosixPath
from typing import Final

from ezdxf.fonts.font_face import FontFace
from ezdxf.fonts.font_measurements import FontMeasurements
from ezdxf.fonts.fonts import AbstractFont
from ezdxf.fonts.glyphs import GlyphPath

from outfeed.sheets.cad.listing import Letters
from outfeed.sheets.fonts import CAP_HEIGHT, DESCENT, X_HEIGHT, text_width

_MEASURES: Final = FontMeasurements(0.0, 1.0, X_HEIGHT / CAP_HEIGHT, DESCENT / CAP_HEIGHT)

#: How much wider than Roboto's letters those of a font are, at the same height of capitals. Fonts of strokes are as
#: wide as Hershey's simplex, which most of them descend from (mean advance of letters and figures: 0.95 of a capital's
#: height); Arial Narrow has 0.82 of Arial's widths; letters of Courier have 0.6 em each, capitals 0.57 em.
_WIDTHS: Final = {"narrow": 0.82, "arialn": 0.82, "cour": 1.25, "mono": 1.25, "consola": 1.1}
_STROKES: Final = 1.08
#: Ends of file names of TrueType fonts that are not upright or not regular, such as `arialbd.ttf`.
_FACES: Final = {"bd": (True, False), "bi": (True, True), "bold": (True, False), "italic": (False, True)}
#: Below it a text cannot be read, and may not be drawn: as a share of its unit.
_LOWEST: Final = 1e-9


@cache
def letters_of(font: FontFace) -> Letters:
    """Return how a font that a drawing names is drawn."""
    path = PurePosixPath(font.filename.lower().replace("\\", "/"))
    name = path.stem or font.family.lower()
    strokes = path.suffix == ".shx" or (bool(font.filename) and not path.suffix)
    width = next((factor for part, factor in _WIDTHS.items() if part in name), _STROKES if strokes else 1.0)
    bold, italic = next((face for end, face in _FACES.items() if name.endswith(end)), (False, False))
    slanted = font.is_italic or font.is_oblique
    return Letters(bold=bold or font.is_bold, italic=italic or slanted, width_factor=width)


class RobotoFont(AbstractFont):
    """Measures texts for the library that lays them out."""

    def __init__(self, letters: Letters, cap_height: float = 1.0, width_factor: float = 1.0) -> None:
        super().__init__(_MEASURES.scale(cap_height))
        self.letters = letters
        self._cap_height = cap_height
        self._width_factor = width_factor

    def text_width(self, text: str) -> float:
        """Return how wide a text is, in drawing units."""
        return self.text_width_ex(text, self._cap_height, self._width_factor)

    def text_width_ex(self, text: str, cap_height: float, width_factor: float = 1.0) -> float:
        """Return how wide a text of another height is, in drawing units."""
        return width_of(text, cap_height, self.letters) * width_factor

    def space_width(self) -> float:
        """Return how wide the space between two words is."""
        return self.text_width(" ")

    def text_path(self, text: str) -> GlyphPath:  # noqa: ARG002 - texts are written as such
        """Return nothing: texts are written as such."""
        return GlyphPath(None)

    def text_path_ex(self, text: str, cap_height: float, width_factor: float = 1.0) -> GlyphPath:  # noqa: ARG002 - as above
        """Return nothing, as above."""
        return GlyphPath(None)

    def text_glyph_paths(self, text: str, cap_height: float, width_factor: float = 1.0) -> list[GlyphPath]:  # noqa: ARG002 - as above
        """Return nothing, as above."""
        return []


def width_of(text: str, cap_height: float, letters: Letters) -> float:
    """Return how wide a line of text is, in the unit of its height."""
    if cap_height < _LOWEST:
        return 0.0
    return text_width(text, cap_height / CAP_HEIGHT, bold=letters.bold, italic=letters.italic) * letters.width_factor


class RobotoMeasures:
    """The library's text engine, without the fonts of the machine."""

    def get_font(self, font_face: FontFace) -> RobotoFont:
        """Return the font that stands for one."""
        return RobotoFont(letters_of(font_face))

    def get_font_measurements(self, font_face: FontFace, cap_height: float = 1.0) -> FontMeasurements:  # noqa: ARG002 - the library's call; all fonts have one set
        """Return heights of letters."""
        return _MEASURES.scale(cap_height)

    def get_text_line_width(self, text: str, font_face: FontFace, cap_height: float = 1.0) -> float:
        """Return how wide a line is."""
        return width_of(text, cap_height, letters_of(font_face))

"""SVG that nobody vouches for, written anew: without scripts, without what leads out of it, and with a sensible size.

What comes out has no document type, no entities, no comments and no processing instructions; every reference in it
leads to another part of it, or to data that it carries itself.
"""

import base64
import binascii
import io
import math
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from outfeed.errors import DrawingTooLarge, NoSheets, NotFinite, SourceDamaged, SourceUnsupported
from outfeed.mesh.formats import xmls
from outfeed.mesh.formats.images import DAMAGES
from outfeed.sheets.model import Loss, SheetLimits
from outfeed.sheets.pdf.texts import MOST_LOOKED_AT, cleaned
from outfeed.sheets.svg_uses import Uses

#: Elements that are left out, with all inside, and why; without a reason nothing is lost that a sheet could show.
_DROPPED: Final = {
    "script": "Nothing in a drawing is run.",
    "handler": "Nothing in a drawing is run.",
    "listener": "Nothing in a drawing is run.",
    "foreignObject": "Only SVG itself is drawn.",
    "iframe": "Only SVG itself is drawn.",
    "audio": "Only SVG itself is drawn.",
    "video": "Only SVG itself is drawn.",
    "canvas": "Only SVG itself is drawn.",
    "link": "No other file is read.",
    **dict.fromkeys(
        ("animate", "animateColor", "animateMotion", "animateTransform", "set"), "It is drawn as it stands."
    ),
    **dict.fromkeys(("metadata", "namedview"), ""),
}
_OUTSIDE: Final = "No other file is read."
#: Where links may lead.
_LINKS: Final = ("http://", "https://", "mailto:")
#: Pictures that may be carried inside, in the words of the library that looks at their size.
_PICTURES: Final = ("PNG", "JPEG", "GIF", "WEBP")
_DATA: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp)(?:;[\w=-]+)*?(;base64)?,", re.IGNORECASE)

#: What is no number, and what is far beyond any.
_NOT_FINITE: Final = re.compile(r"(?<![a-z#])[+-]?(?:nan|inf(?:inity)?)(?![a-z])", re.IGNORECASE)
_BEYOND: Final = re.compile(r"\d[eE]\+?0*(?:[4-9]\d\d|3[1-9]\d|\d{4,})")
_LONG: Final = re.compile(r"\d{300}")
_NUMBERS: Final = frozenset(
    {"d", "points", "transform", "gradientTransform", "patternTransform", "viewBox", "x", "y", "x1", "y1", "x2", "y2"}
    | {"cx", "cy", "r", "rx", "ry", "fx", "fy", "dx", "dy", "width", "height", "rotate", "refX", "refY", "font-size"}
    | {"stroke-width", "stroke-dasharray", "stroke-dashoffset", "markerWidth", "markerHeight"}
)
_LENGTH: Final = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*([A-Za-z%]*)\s*")
#: Points of each unit; relative ones as renderers take them where nothing else is said.
_POINTS: Final = {
    "": 0.75,
    "px": 0.75,
    "em": 12.0,
    "ex": 6.0,
    "pt": 1.0,
    "pc": 12.0,
    "in": 72.0,
    "mm": 72 / 25.4,
    "cm": 720 / 25.4,
}
#: Sides of a page: what readers show at all.
LEAST_PT, MOST_PT = 3.0, 14_400.0

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})\s?|(.))", re.DOTALL)
_URL: Final = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)]*))\s*\)?", re.IGNORECASE)
_IMPORT: Final = re.compile(r"@(?:import|charset|namespace)\b[^;]*;?", re.IGNORECASE)
#: Times that a rule may be compared with an element.
MOST_COMPARED: Final = 50_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class SafeSvg:
    """A document that a renderer may see."""

    data: bytes
    title: str
    lost: tuple[Loss, ...]


def safe_svg(data: bytes, *, limits: SheetLimits) -> SafeSvg:
    """
    Write a document anew.

    Raises
    ------
    SourceDamaged
        If it is no SVG, is not well-formed, declares entities, or something in it contains itself.
    SourceUnsupported
        If it is packed.
    NotFinite
        If a coordinate is no finite number.
    DrawingTooLarge
        If too much would be drawn.
    NoSheets
        If its page has no size.
    """
    if data.startswith(b"\x1f\x8b"):
        raise SourceUnsupported("It is packed with gzip (svgz).")
    writer = _Writer(limits)
    xmls.parse(data, start=writer.start, end=writer.end, text=writer.text, doctype=True)
    return writer.result()


class _Writer:
    """Hears the parser, and writes."""

    def __init__(self, limits: SheetLimits) -> None:
        self._out = io.StringIO()
        self._limits = limits
        self._pixels = limits.max_pixels
        self._uses = Uses()
        self._lost: Counter[tuple[str, str]] = Counter()
        #: Numbers and names of the elements that are open; how deep it is in one that is left out.
        self._open: list[tuple[int, str]] = []
        self._skipping = 0
        self._style: list[str] = []
        self._rules = 0
        self._title: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = name.rpartition(":")[2]
        if self._skipping or tag in _DROPPED:
            self._skipping += 1
            if self._skipping == 1 and _DROPPED[tag]:
                self._lost[tag, _DROPPED[tag]] += 1
            return
        if not self._open:
            attributes = _root(tag, attributes)
        if len(self._uses) >= self._limits.max_entities:
            raise DrawingTooLarge(f"It has more than {self._limits.max_entities} elements.")
        kept, references = self._kept(tag, attributes)
        parent = self._open[-1][0] if self._open else -1
        self._open.append((self._uses.add(parent, kept.get("id", ""), references), tag))
        self._out.write(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in kept.items())}>")

    def end(self, name: str) -> None:
        """Close an element."""
        if self._skipping:
            self._skipping -= 1
            return
        _, tag = self._open.pop()
        if tag == "style":
            text, _ = self._css("".join(self._style), "style")
            self._rules += text.count("{")
            self._out.write(escape(text))
            self._style.clear()
        self._out.write(f"</{name}>")

    def text(self, piece: str) -> None:
        """Write text, except for that of style sheets, which is looked at as a whole."""
        if self._skipping or not self._open:
            return
        tag = self._open[-1][1]
        if tag == "style":
            self._style.append(piece)
            return
        if tag == "title" and len(self._open) == 2 and len(self._title) < MOST_LOOKED_AT:  # noqa: PLR2004 of the document
            self._title.append(piece[:MOST_LOOKED_AT])
        self._out.write(escape(piece))

    def result(self) -> SafeSvg:
        """Return what was written, once it is known that drawing it ends."""
        self._uses.check(self._limits.max_entities)
        if self._rules * len(self._uses) > MOST_COMPARED:
            raise DrawingTooLarge("It has too many rules of style for its elements.")
        lost = tuple(Loss(what=what, why=why, count=count) for (what, why), count in sorted(self._lost.items()))
        return SafeSvg(data=self._out.getvalue().encode(), title=cleaned("".join(self._title)), lost=lost)

    def _kept(self, tag: str, attributes: dict[str, str]) -> tuple[dict[str, str], list[str]]:
        """Return the attributes that stay, and the ids that they refer to."""
        kept: dict[str, str] = {}
        references: list[str] = []
        for key, value in attributes.items():
            local = key.rpartition(":")[2]
            if local.lower().startswith("on") or key == "xml:base":
                continue
            if local in _NUMBERS and _is_beyond(value):
                raise NotFinite(f"({local} of {tag})")
            if local in ("href", "src"):
                if not self._may_lead(tag, value.strip(), references):
                    continue
            elif "(" in value or "\\" in value:
                value, found = self._css(value, tag)  # noqa: PLW2901 what is written is what was looked at
                references += found
            kept[key] = value
        return kept, references

    def _may_lead(self, tag: str, value: str, references: list[str]) -> bool:
        """Tell whether a reference stays; one to another part of the document is noted."""
        if tag == "a":
            return value.lower().startswith(_LINKS)
        if value.startswith("#"):
            references.append(value[1:])
            return True
        if tag == "image" and self._is_picture(value):
            return True
        self._lost[tag, _OUTSIDE] += 1
        return False

    def _is_picture(self, value: str) -> bool:
        """Tell whether an address is a picture itself, whose pixels are within what is left of the limit."""
        head = _DATA.match(value)
        if head is None:
            return False
        body = value[head.end() :]
        try:
            data = base64.b64decode(body) if head[1] else unquote_to_bytes(body)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of sizes and metadata: the limit below decides
                with Image.open(io.BytesIO(data), formats=_PICTURES) as image:
                    self._pixels -= image.width * image.height
        except (binascii.Error, *DAMAGES):
            return False
        if self._pixels < 0:
            raise DrawingTooLarge(f"Its pictures have more than {self._limits.max_pixels} pixels.")
        return True

    def _css(self, text: str, what: str) -> tuple[str, list[str]]:
        """Return style without what leads out of the document, and the ids that it refers to."""
        text = _COMMENT.sub(" ", text)
        plain = _ESCAPE.sub(_unescaped, text) if "\\" in text else text
        references: list[str] = []
        outside = 0

        def address(found: re.Match[str]) -> str:
            nonlocal outside
            target = (found[1] or found[2] or found[3] or "").strip()
            if target.startswith("#"):
                references.append(target[1:])
                return found[0]
            outside += 1
            return "none"

        safe, imports = _IMPORT.subn("", _URL.sub(address, plain))
        if outside or imports:
            self._lost[what, _OUTSIDE] += outside + imports
            return safe, references
        return text, references


def _is_beyond(text: str) -> bool:
    """Tell whether a number in a text is not finite; most texts are long, and have neither an n nor an e."""
    return bool(
        (("n" in text or "N" in text) and _NOT_FINITE.search(text))
        or (("e" in text or "E" in text) and _BEYOND.search(text))
        or _LONG.search(text)
    )


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return str(found[2])
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"  # noqa: PLR2004 Unicode's own


def _root(tag: str, attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes of the outermost element, with the size of the page in points."""
    if tag != "svg":
        raise SourceDamaged("Its outermost element is of another format.")
    box = _view_box(attributes.get("viewBox", ""))
    width, height = _sides(attributes, box)
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise NoSheets("Its page has no size.")
    added = {} if box is not None else {"viewBox": f"0 0 {width / _POINTS['px']:.9g} {height / _POINTS['px']:.9g}"}
    share = min(1.0, MOST_PT / max(width, height))
    sides = [max(side * share, LEAST_PT) for side in (width, height)]
    return attributes | added | {"width": f"{sides[0]:.6g}pt", "height": f"{sides[1]:.6g}pt"}


def _sides(attributes: dict[str, str], box: tuple[float, float] | None) -> tuple[float, float]:
    """Return width and height in points; where one is not said, as what is shown has them."""
    width, height = (_points(attributes.get(side, "")) for side in ("width", "height"))
    # Without a box, what browsers take where nothing is said.
    across, down = (side * _POINTS["px"] for side in box or (300.0, 150.0))
    if width is None and height is not None and box is not None:
        return height * across / down, height
    if height is None and width is not None and box is not None:
        return width, width * down / across
    return across if width is None else width, down if height is None else height


def _view_box(text: str) -> tuple[float, float] | None:
    """Return width and height of the part that is shown; None where there is none with a size."""
    values = [_LENGTH.fullmatch(word) for word in text.replace(",", " ").split()[:5]]
    if len(values) != 4 or any(value is None or value[2] for value in values):  # noqa: PLR2004 x, y, width, height
        return None
    _, _, width, height = (float(value[1]) for value in values if value is not None)
    return (width, height) if 0 < width < math.inf and 0 < height < math.inf else None


def _points(text: str) -> float | None:
    """Return a length in points; None where it is none, or a share of what nobody knows."""
    found = _LENGTH.fullmatch(text)
    if found is None or found[2].lower() not in _POINTS:
        return None
    return float(found[1]) * _POINTS[found[2].lower()]

"""Draws the pages of a PDF: paths, text with its font embedded, layers, pictures. The same calls give the same bytes.

Lengths are points of 1/72 inch, the origin is the lower left corner of the page, y goes up. A path is made by `move`,
`line`, `curve`, `close` and their kin and then used once, by `stroke`, `fill`, `paint` or `clip`:

    canvas = Canvas(title="A-101")
    with canvas.page(842, 595, name="A-101") as page, page.layer("Walls"):
        page.polyline([(100, 100), (200, 100), (200, 150)], closed=True)
        page.paint(0.5, fill=(0.8, 0.8, 0.8))
        page.text(150, 120, 9, "Kitchen", anchor="center")
    canvas.save(out)
"""

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from outfeed.errors import NotFinite
from outfeed.sheets.fonts import ShownFont, face, plain

#: Red, green and blue, each 0.0 to 1.0.
Rgb: TypeAlias = tuple[float, float, float]
Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["left", "center", "right"]

BLACK: Final[Rgb] = (0.0, 0.0, 0.0)
#: Points of a millimetre.
MM: Final = 72 / 25.4
#: Length of the handles of a cubic curve that stands for a quarter of a circle, as a share of the radius.
QUARTER: Final = 4 / 3 * math.tan(math.pi / 8)

#: Operators that are kept as text before they are compressed.
_BLOCK: Final = 4096
#: What begins a page: lines end and meet round, as a pen draws them.
_START: Final = "1 J 1 j"
#: Width, colour and dashes of lines, and colour of what is filled: what the page was told last; None: not yet.
_Look: TypeAlias = tuple[float | None, Rgb | None, tuple[float, ...] | None, Rgb | None]
_UNKNOWN: Final[_Look] = (None, None, None, None)


_NOT_FINITE: Final = frozenset({"nan", "-nan", "inf", "-inf"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TextLook:
    """How a text looks."""

    color: Rgb = BLACK
    bold: bool = False
    italic: bool = False
    #: How much wider than the font's own the letters are.
    width_factor: float = 1.0
    #: Of upright strokes, to the right, in radians.
    slant: float = 0.0


PLAIN: Final = TextLook()


class PageCanvas:
    """One page that is being drawn, made by `Canvas.page`; or what is shown on one, as an annotation is."""

    def __init__(self, supplies: "Supplies") -> None:
        self._supplies = supplies
        self._waiting: list[str] = [_START]
        self._packer = zlib.compressobj(6)
        self._packed: list[bytes] = []
        self._used: dict[str, dict[str, pikepdf.Object]] = {}
        self._look: _Look = _UNKNOWN

    def move(self, x: float, y: float) -> None:
        """Begin a path, or another piece of the one that is being made."""
        self._add("%.3f %.3f m" % (x, y))  # noqa: UP031 half the time of an f-string with two formats

    def line(self, x: float, y: float) -> None:
        """Go on with a straight line."""
        self._add("%.3f %.3f l" % (x, y))  # noqa: UP031 as above

    def curve(self, first: Point, second: Point, end: Point) -> None:
        """Go on with a cubic curve, by its two inner points and its end."""
        self._add("%.3f %.3f %.3f %.3f %.3f %.3f c" % (*first, *second, *end))  # noqa: UP031 as above

    def close(self) -> None:
        """Go back to where this piece of the path began."""
        self._add("h")

    def rect(self, x: float, y: float, width: float, height: float) -> None:
        """Add a rectangle to the path."""
        self._add("%.3f %.3f %.3f %.3f re" % (x, y, width, height))  # noqa: UP031 as above

    def polyline(self, points: Iterable[Sequence[float]] | NDArray[np.float64], *, closed: bool = False) -> None:
        """Add straight lines through points (n, 2) to the path."""
        rows = points.tolist() if isinstance(points, np.ndarray) else points
        operators = ["%.3f %.3f l" % (x, y) for x, y in rows]  # noqa: UP031 as above
        if operators:
            operators[0] = f"{operators[0][:-1]}m"
            self._add("\n".join([*operators, "h"] if closed else operators))

    def segments(self, ends: NDArray[np.float64]) -> None:
        """Add pieces of straight lines to the path, by their two ends (n, 2, 2)."""
        rows = ends.reshape(-1, 4).tolist()
        if rows:
            self._add("\n".join(["%.3f %.3f m %.3f %.3f l" % tuple(row) for row in rows]))  # noqa: UP031 as above

    def circle(self, x: float, y: float, radius: float) -> None:
        """Add a circle to the path."""
        self.move(x + radius, y)
        self.arc(x, y, radius, 0.0, 2 * math.pi)
        self.close()

    def arc(self, x: float, y: float, radius: float, start: float, end: float) -> None:
        """Go on with an arc around a centre, between two angles in radians, from where the path stands: its start."""
        steps = max(1, math.ceil(min(abs(end - start), 2 * math.pi) / (math.pi / 2) - 1e-9))
        step = (end - start) / steps
        handle = radius * 4 / 3 * math.tan(step / 4)
        for row in range(steps):
            angles = (start + row * step, start + (row + 1) * step)
            (cos0, sin0), (cos1, sin1) = ((math.cos(angle), math.sin(angle)) for angle in angles)
            tip = (x + radius * cos1, y + radius * sin1)
            first = (x + radius * cos0 - handle * sin0, y + radius * sin0 + handle * cos0)
            self.curve(first, (tip[0] + handle * sin1, tip[1] - handle * cos1), tip)

    def stroke(self, width_pt: float, color: Rgb = BLACK, dash: Sequence[float] = ()) -> None:
        """Draw along the path; a width of 0 is the thinnest line there is; `dash`: lengths on and off, in points."""
        self._set_line(width_pt, color, tuple(dash))
        self._add("S")

    def fill(self, color: Rgb, *, even_odd: bool = False) -> None:
        """Fill the path: where it winds around, or by the other rule where it does so an odd number of times."""
        self._set_fill(color)
        self._add("f*" if even_odd else "f")

    def paint(
        self, width_pt: float, color: Rgb = BLACK, dash: Sequence[float] = (), *, fill: Rgb, even_odd: bool = False
    ) -> None:
        """Fill the path, then draw along it."""
        self._set_line(width_pt, color, tuple(dash))
        self._set_fill(fill)
        self._add("B*" if even_odd else "B")

    def clip(self, *, even_odd: bool = False) -> None:
        """Let what follows be seen inside of the path only, until the end of `saved`."""
        self._add("W* n" if even_odd else "W n")

    @contextmanager
    def saved(self) -> Iterator[None]:
        """Undo afterwards what is done inside to clips, transforms, opacity and looks."""
        look = self._look
        self._add("q")
        yield
        self._add("Q")
        self._look = look

    def transform(self, a: float, b: float, c: float, d: float, x: float, y: float) -> None:
        """Let what follows be drawn in other coordinates: a point there is a·u + c·v + x, b·u + d·v + y here."""
        self._add(f"{a:.6f} {b:.6f} {c:.6f} {d:.6f} {x:.3f} {y:.3f} cm")

    def opacity(self, share: float) -> None:
        """Let what follows be seen through, 0.0 to 1.0, until the end of `saved`."""
        share = round(min(1.0, max(0.0, share)), 3)
        name = f"/A{round(share * 1000)}"
        self._used.setdefault("/ExtGState", {})[name] = Dictionary(Type=Name.ExtGState, CA=share, ca=share)
        self._add(f"{name} gs")

    def text(
        self,
        x: float,
        y: float,
        size: float,
        string: str,
        *,
        anchor: Anchor = "left",
        angle: float = 0.0,
        look: TextLook = PLAIN,
    ) -> float:
        """
        Draw one line of text and return its width.

        Parameters
        ----------
        x, y
            Of the base line's end or middle, as `anchor` says.
        size
            Of the font; capitals have `fonts.CAP_HEIGHT` of it.
        angle
            Of the base line, in radians, counter-clockwise.
        """
        name, font = self._supplies.font(bold=look.bold, italic=look.italic)
        codes, thousandths = font.encoded(string)
        width = thousandths * size * look.width_factor / 1000
        if not codes:
            return width
        self._used.setdefault("/Font", {})[name] = self._supplies.font_object(name)
        self._set_fill(look.color)
        cos, sin, lean = math.cos(angle), math.sin(angle), math.tan(look.slant)
        back = {"left": 0.0, "center": width / 2, "right": width}[anchor]
        start = f"{x - back * cos:.3f} {y - back * sin:.3f}"
        matrix = (
            f"{look.width_factor * cos:.6f} {look.width_factor * sin:.6f} {lean * cos - sin:.6f} {lean * sin + cos:.6f}"
        )
        self._add(f"BT {name} {size:.3f} Tf {matrix} {start} Tm <{codes}> Tj ET")
        return width

    @contextmanager
    def layer(self, name: str, *, shown: bool = True) -> Iterator[None]:
        """Put what is drawn inside on a layer of the file, which readers can switch on and off."""
        key, group = self._supplies.layer(name, shown=shown)
        self._used.setdefault("/Properties", {})[key] = group
        self._add(f"/OC {key} BDC")
        yield
        self._add("EMC")

    def image(self, x: float, y: float, width: float, height: float, pixels: NDArray[np.uint8]) -> None:
        """Draw a picture (rows, columns, 3 or 4: red, green, blue, opacity) in a rectangle, its first row on top."""
        images = self._used.setdefault("/XObject", {})
        name = f"/I{len(images)}"
        images[name] = self._supplies.picture(pixels)
        self._add(f"q {width:.3f} 0 0 {height:.3f} {x:.3f} {y:.3f} cm {name} Do Q")

    def _set_line(self, width: float, color: Rgb, dash: tuple[float, ...]) -> None:
        known_width, known_color, known_dash, fill = self._look
        if width != known_width:
            self._add(f"{width:.3f} w")
        if color != known_color:
            self._add("{:.3f} {:.3f} {:.3f} RG".format(*color))
        if dash != known_dash:
            self._add(f"[{' '.join(f'{length:.3f}' for length in dash)}] 0 d")
        self._look = (width, color, dash, fill)

    def _set_fill(self, color: Rgb) -> None:
        width, line, dash, known = self._look
        if color != known:
            self._add("{:.3f} {:.3f} {:.3f} rg".format(*color))
            self._look = (width, line, dash, color)

    def _add(self, operators: str) -> None:
        self._waiting.append(operators)
        if len(self._waiting) >= _BLOCK:
            self._pack()

    def _pack(self) -> None:
        text = "\n".join(self._waiting)
        if _NOT_FINITE.intersection(text.split()):
            raise NotFinite("A coordinate of a drawing.")
        self._packed.append(self._packer.compress(f"{text}\n".encode("ascii")))
        self._waiting.clear()

    def content(self) -> tuple[bytes, dict[str, dict[str, pikepdf.Object]]]:
        """Return all that was drawn, compressed, and what it names, by kind and name."""
        self._pack()
        return b"".join([*self._packed, self._packer.flush()]), self._used


class Supplies:
    """What is drawn with in one PDF: fonts, layers, pictures; each is in the file once."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._fonts: dict[str, ShownFont] = {}
        self._font_objects: dict[str, pikepdf.Object] = {}
        self._layers: dict[str, tuple[str, pikepdf.Object]] = {}
        self._hidden: list[pikepdf.Object] = []

    def write_fonts(self) -> None:
        """Put the fonts into the file, with what was drawn of them; once, when all is drawn."""
        for name, font in self._fonts.items():
            if font.codes:
                self._font_objects[name].update(font.written(self._pdf))

    @property
    def missing(self) -> dict[str, int]:
        """Return how often characters were drawn that the font has only a box for."""
        total: dict[str, int] = {}
        for font in self._fonts.values():
            for character, count in font.missing.items():
                total[character] = total.get(character, 0) + count
        return total

    def font(self, *, bold: bool, italic: bool) -> tuple[str, ShownFont]:
        """Return a font and its name in the file."""
        name = f"/F{2 * bold + italic}"
        if name not in self._fonts:
            self._fonts[name] = ShownFont(face=face(bold=bold, italic=italic), italic=italic)
            self._font_objects[name] = self._pdf.make_indirect(Dictionary())
        return name, self._fonts[name]

    def font_object(self, name: str) -> pikepdf.Object:
        """Return what pages name a font by; what is in it is known when the file is saved."""
        return self._font_objects[name]

    def layer(self, name: str, *, shown: bool) -> tuple[str, pikepdf.Object]:
        """Return a layer and its name on pages; whether it is shown is said when it is first used."""
        name = plain(name)
        if name not in self._layers:
            group = self._pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String(name)))
            self._layers[name] = (f"/L{len(self._layers)}", group)
            if not shown:
                self._hidden.append(group)
        return self._layers[name]

    def picture(self, pixels: NDArray[np.uint8]) -> pikepdf.Object:
        """Return a picture (rows, columns, 3 or 4) as an object of the file."""
        made = self._samples(pixels[..., :3], Name.DeviceRGB)
        if pixels.shape[2] > 3:  # noqa: PLR2004 red, green and blue
            made.SMask = self._samples(pixels[..., 3], Name.DeviceGray)
        return made

    def _samples(self, samples: NDArray[np.uint8], space: Name) -> pikepdf.Stream:
        rows, columns = samples.shape[:2]
        kind = {"Type": Name.XObject, "Subtype": Name.Image, "ColorSpace": space, "BitsPerComponent": 8}
        data = zlib.compress(np.ascontiguousarray(samples).tobytes(), 6)
        made = pikepdf.Stream(self._pdf, data, {f"/{key}": value for key, value in kind.items()})
        made.Width, made.Height = columns, rows
        made.write(data, filter=Name.FlateDecode)
        return self._pdf.make_indirect(made)


class Canvas(Supplies):
    """A PDF that is being drawn, page by page."""

    def __init__(self, *, title: str = "") -> None:
        super().__init__(pikepdf.new())
        self._pdf.docinfo["/Title"] = plain(title)
        self._pdf.docinfo["/Producer"] = "Outfeed"
        self._names: list[str] = []

    @contextmanager
    def page(self, width_pt: float, height_pt: float, *, name: str = "") -> Iterator[PageCanvas]:
        """Draw the next page; its name becomes its label and its bookmark."""
        page = PageCanvas(self)
        yield page
        data, used = page.content()
        content = pikepdf.Stream(self._pdf, data)
        content.write(data, filter=Name.FlateDecode)
        resources = Dictionary({kind: Dictionary(named) for kind, named in used.items()})
        box = Array([0, 0, round(width_pt, 3), round(height_pt, 3)])
        made = Dictionary(Type=Name.Page, MediaBox=box, Resources=resources, Contents=self._pdf.make_indirect(content))
        self._pdf.pages.append(pikepdf.Page(made))
        self._names.append(plain(name))

    def save(self, out: Path) -> None:
        """Write the file."""
        self.write_fonts()
        self._name_pages()
        if self._layers:
            groups = [group for _, group in self._layers.values()]
            default = Dictionary(Order=Array(groups), ON=Array(), OFF=Array(self._hidden), Name="Layers")
            self._pdf.Root.OCProperties = Dictionary(OCGs=Array(groups), D=default)
        self._pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)

    def _name_pages(self) -> None:
        if not any(self._names):
            return
        labels = [part for row, name in enumerate(self._names) for part in (row, Dictionary(P=pikepdf.String(name)))]
        self._pdf.Root.PageLabels = Dictionary(Nums=Array(labels))
        with self._pdf.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(name, row) for row, name in enumerate(self._names))

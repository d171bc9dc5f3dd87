"""PNG, JPEG, TIFF, BMP, GIF and WebP as sheets, one picture on each, as large as its resolution says."""

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import ExifTags, Image

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged
from outfeed.mesh.formats.images import DAMAGES
from outfeed.mesh.reporting import Report
from outfeed.sheets.image_streams import image_object, is_embedded
from outfeed.sheets.model import Drawing, Loss, Sheet, SheetLimits

#: Formats that are read, in the library's words.
READ: Final = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
#: Formats whose pictures are pages; of others the first is the sheet, and the rest moves.
PAGED: Final = frozenset({"TIFF"})
#: Pixels that all pages of a file may have together, as a multiple of those that one may have.
MOST_LARGE: Final = 16
#: Pixels that a picture may have which takes little memory, as a multiple of those that any may have: one whose file is
#: embedded as it is, or of a byte a pixel. A scan of A0 at 300 dpi has 139 million. The library refuses 179 million.
MOST_LIGHT: Final = 4
#: Dots per inch that a file can mean, and what counts where it says none.
LEAST_DPI, MOST_DPI, USUAL_DPI = 10.0, 5_000.0, 96.0
#: Sides of a page, in points: what readers show at all, and A0, which a picture without a resolution does not exceed.
LEAST_PT, MOST_PT, A0_PT = 3.0, 14_400.0, 3_370.4
POINTS: Final = 72.0

#: How a picture is turned by its orientation: the unit square into itself, as an operator's six numbers.
_UPRIGHT: Final = (1, 0, 0, 1, 0, 0)
_TURNS: Final = {
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
#: Orientations in which width and height change places.
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})


def read_image(source: Path, out: Path, *, limits: SheetLimits, threads: int, report: Report) -> Drawing:  # noqa: ARG001 one picture after the other
    """
    Read pictures, and write a PDF with a page for each; see `Read`.

    Raises
    ------
    SourceDamaged
        If it is no picture, or ends too early.
    SourceUnsupported
        If its pixels are of a kind that a PDF has not.
    DrawingTooLarge
        If it has more pixels or pages than the limits allow.
    """
    data = source.read_bytes()
    with _complaints():
        image = Image.open(io.BytesIO(data), formats=READ)
    with image, pikepdf.new() as pdf:
        sheets = [_add_page(pdf, frame, data) for frame in _frames(image, data, limits)]
        if not sheets:
            raise NoSheets
        pdf.docinfo["/Producer"] = "Outfeed"
        pdf.save(out, deterministic_id=True, min_version="1.7")
        lost = _left_out(image)
    report(1.0)
    named = (replace(sheet, name=f"Page {row}") for row, sheet in enumerate(sheets, 1))
    return Drawing(sheets=tuple(named), written=True, lost=lost)


@contextmanager
def _complaints() -> Iterator[None]:
    """Let whatever the library raises for damaged pictures mean just that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes and metadata: our own limits decide
            yield
    except Image.DecompressionBombError as error:
        raise DrawingTooLarge("It has more pixels than any picture that is read.") from error
    except DAMAGES as error:
        raise SourceDamaged("It cannot be read as a picture.") from error


def _frames(image: Image.Image, data: bytes, limits: SheetLimits) -> Iterator[Image.Image]:
    """Yield each page, decoded; all of them together have a bounded number of pixels."""
    left = limits.max_pixels * MOST_LARGE
    for row in count():
        if row and not _has_page(image, row):
            return
        pixels = image.width * image.height
        left -= pixels
        most = limits.max_pixels * (MOST_LIGHT if _is_light(image, data) else 1)
        if pixels > most or left < 0:
            raise DrawingTooLarge(f"It has more pixels than the limit of {most}.")
        if row >= limits.max_pages:
            raise DrawingTooLarge(f"It has more pages than the limit of {limits.max_pages}.")
        with _complaints():
            image.load()
        yield image


def _is_light(image: Image.Image, data: bytes) -> bool:
    """Tell whether a picture takes little memory: at most four bytes a pixel, with nothing made of them, or one."""
    return is_embedded(image, data) or (image.mode in {"1", "L"} and not image.has_transparency_data)


def _has_page(image: Image.Image, row: int) -> bool:
    """Go to a page, if the file has it. How many there are is not asked: the library's answer takes the square."""
    if image.format not in PAGED:
        return False
    with _complaints():
        try:
            image.seek(row)
        except EOFError:
            return False
    return True


def _left_out(image: Image.Image) -> tuple[Loss, ...]:
    with _complaints():
        more = 0 if image.format in PAGED else int(getattr(image, "n_frames", 1)) - 1
    return (Loss(what="picture", why="Of pictures that move, the first is drawn.", count=more),) if more > 0 else ()


def _add_page(pdf: pikepdf.Pdf, image: Image.Image, data: bytes) -> Sheet:
    with _complaints():
        turn = image.getexif().get(ExifTags.Base.Orientation, 1)
        made = image_object(pdf, image, data)
    sides = page_size(image.width, image.height, image.info.get("dpi"))
    if turn in _SIDEWAYS:
        sides = sides[1], sides[0]
    a, b, c, d, e, f = _TURNS.get(turn, _UPRIGHT)
    content = f"q {sides[0]} 0 0 {sides[1]} 0 0 cm {a} {b} {c} {d} {e} {f} cm /I Do Q\n"
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *sides]),
        Resources=Dictionary(XObject=Dictionary(I=made)),
        Contents=pdf.make_stream(content.encode("ascii")),
    )
    pdf.pages.append(pikepdf.Page(page))
    return Sheet(name="Page", width_pt=sides[0], height_pt=sides[1])


def page_size(width: int, height: int, dpi: object) -> tuple[float, float]:
    """Return width and height in points of a page for so many pixels, at the resolution that the file says, if any."""
    across, down = _resolution(dpi)
    sides = width / across * POINTS, height / down * POINTS
    if max(sides) > MOST_PT or (across, down) == (USUAL_DPI, USUAL_DPI):
        share = min(1.0, A0_PT / max(sides))
        sides = sides[0] * share, sides[1] * share
    return _bounded(sides[0]), _bounded(sides[1])


def _bounded(side: float) -> float:
    return round(min(max(side, LEAST_PT), MOST_PT), 3)


def _resolution(dpi: object) -> tuple[float, float]:
    """Return dots per inch across and down; the usual ones where a file says none that can be meant."""
    if not isinstance(dpi, tuple) or len(dpi) != 2:  # noqa: PLR2004 across and down
        return USUAL_DPI, USUAL_DPI
    values = tuple(_number(item) for item in dpi)
    if not all(LEAST_DPI <= value <= MOST_DPI for value in values):
        return USUAL_DPI, USUAL_DPI
    return values[0], values[1]


def _number(value: object) -> float:
    """Return a number that may be a fraction by nothing."""
    try:
        number = float(value)  # type: ignore[arg-type] # what cannot be one is caught
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return number if math.isfinite(number) else 0.0

"""Pictures become sheets: nothing of them is lost, and nothing of a hostile one is believed."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from outfeed.errors import DrawingTooLarge, SourceDamaged
from outfeed.mesh.reporting import silent
from outfeed.sheets.images import page_size, read_image
from outfeed.sheets.model import Drawing, Loss, SheetLimits
from unit.sheet_files import shown

RNG = np.random.default_rng(7)
#: A picture without symmetry, smooth enough for JPEG.
COLORS = np.stack(np.meshgrid(np.arange(0, 240, 5), np.arange(0, 256, 8)), -1).astype(np.uint8)
RGB = Image.fromarray(np.concatenate([COLORS, np.full((32, 48, 1), 90, np.uint8)], 2))


def read(tmp_path: Path, data: bytes, *, check: bool = True, **limits: int) -> Drawing:
    (tmp_path / "in").write_bytes(data)
    drawing = read_image(tmp_path / "in", tmp_path / "out.pdf", limits=SheetLimits(**limits), threads=1, report=silent)
    if check:
        run(["qpdf", "--check", tmp_path / "out.pdf"], check=True, capture_output=True)
    return drawing


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def pixels(tmp_path: Path, index: int = 0, *, width: int = 0) -> NDArray[np.int16]:
    """Return the page as it is shown, as wide as said, or with one pixel for each point."""
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        scale = width / float(pdf.pages[index].mediabox[2]) if width else 1.0
    return shown(tmp_path / "out.pdf", index, scale=scale).astype(np.int16)


@pytest.fixture
def picture(tmp_path: Path) -> Iterator[Callable[[], pikepdf.Object]]:
    """Return what returns the picture of the first page."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(pikepdf.open(tmp_path / "out.pdf")).pages[0].obj.Resources.XObject.I


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_picture_without_loss_is_the_same_pixel_for_pixel(tmp_path: Path, form: str, mode: str) -> None:
    image = RGB.convert(mode)
    data = saved(image, form, dpi=(72, 72), **({"lossless": True} if form == "WEBP" else {}))
    read(tmp_path, data)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.int16)

    assert np.array_equal(expected, pixels(tmp_path, width=48))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_opacity_becomes_a_mask(tmp_path: Path, mode: str) -> None:
    image = RGB.convert("RGBA")
    image.putalpha(Image.fromarray(np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))))
    image = image.convert(mode) if mode != "P" else RGB.convert("P")
    read(
        tmp_path,
        saved(image, "TIFF" if mode == "PA" else "PNG", dpi=(72, 72), **({"transparency": 3} if mode == "P" else {})),
    )
    white = Image.new("RGBA", image.size, "white")
    source = Image.open(tmp_path / "in").convert("RGBA")
    expected = np.asarray(Image.alpha_composite(white, source).convert("RGB"), dtype=np.int16)

    assert 1 >= np.abs(expected - pixels(tmp_path)).max()


def test_a_png_is_kept_as_its_own_bytes_with_16_bits(tmp_path: Path, picture: Callable[[], pikepdf.Object]) -> None:
    data = saved(Image.fromarray(RNG.integers(0, 65536, (32, 48), dtype=np.uint16)), "PNG")
    read(tmp_path, data)
    made = picture()

    assert (16, True) == (int(made.BitsPerComponent), made.read_raw_bytes() in data)


def test_wide_greys_of_a_tiff_are_kept(tmp_path: Path, picture: Callable[[], pikepdf.Object]) -> None:
    values = RNG.integers(0, 65536, (32, 48), dtype=np.uint16)
    read(tmp_path, saved(Image.fromarray(values), "TIFF"))

    assert values.astype(">u2").tobytes() == picture().read_bytes()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100, "subsampling": 0}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_is_kept_byte_for_byte(
    tmp_path: Path, picture: Callable[[], pikepdf.Object], mode: str, options: dict[str, Any]
) -> None:
    data = saved(RGB.convert(mode), "JPEG", dpi=(72, 72), **options)
    read(tmp_path, data)
    made = picture()

    assert ("/DCTDecode", data) == (str(made.Filter), made.read_raw_bytes())


def test_the_inks_of_a_jpeg_are_the_right_way_round(tmp_path: Path) -> None:
    read(tmp_path, saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", dpi=(72, 72), quality=100))
    red, green, blue = pixels(tmp_path)[8, 8]

    assert (True, True, True) == (red > 180, green < 80, blue < 80)


def test_inks_of_a_tiff_are_kept(tmp_path: Path, picture: Callable[[], pikepdf.Object]) -> None:
    values = RNG.integers(0, 256, (8, 9, 4), dtype=np.uint8)
    read(tmp_path, saved(Image.fromarray(values, "CMYK"), "TIFF"))

    assert values.tobytes() == picture().read_bytes()


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG"])
def test_a_picture_stands_upright(tmp_path: Path, turn: int, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(RGB, form, dpi=(72, 72), exif=exif, **({"quality": 100, "subsampling": 0} if form == "JPEG" else {}))
    read(tmp_path, data)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"), dtype=np.int16)

    assert 6 >= np.abs(expected - pixels(tmp_path)).max()


def test_each_page_of_a_tiff_is_a_sheet(tmp_path: Path) -> None:
    more = [Image.new("RGB", (40, 20), "red"), Image.new("1", (20, 40), 1)]
    drawing = read(tmp_path, saved(RGB, "TIFF", save_all=True, append_images=more, dpi=(72, 72)))

    assert [("Page 1", 48, 32), ("Page 2", 40, 20), ("Page 3", 20, 40)] == [
        (sheet.name, sheet.width_pt, sheet.height_pt) for sheet in drawing.sheets
    ]
    assert [255, 0, 0] == pixels(tmp_path, 1)[10, 10].tolist()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_drawn(tmp_path: Path, form: str) -> None:
    more = [Image.new("RGB", RGB.size, color) for color in ("red", "blue")]
    drawing = read(tmp_path, saved(RGB, form, save_all=True, append_images=more))

    assert (Loss(what="picture", why="Of pictures that move, the first is drawn.", count=2),) == drawing.lost


def test_a_colour_profile_is_kept_with_its_own_kind_of_pixels_only(
    tmp_path: Path, picture: Callable[[], pikepdf.Object]
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    read(tmp_path, saved(RGB, "PNG", icc_profile=profile))
    space = picture().ColorSpace

    assert (profile, 3) == (space[1].read_bytes(), int(space[1].N))
    read(tmp_path, saved(RGB.convert("L"), "PNG", icc_profile=profile))
    assert "/DeviceGray" == str(picture().ColorSpace)


@pytest.mark.parametrize(
    ("dpi", "expected"),
    [
        ((300, 300), (288, 144)),
        ((200, 100), (432, 432)),
        (None, (900, 450)),
        ((1, 1), (900, 450)),
        ((1e9, 300), (900, 450)),
        ((float("nan"), 300), (900, 450)),
        ((300,), (900, 450)),
        ("300", (900, 450)),
    ],
)
def test_a_page_is_as_large_as_the_resolution_says(dpi: object, expected: tuple[float, float]) -> None:
    assert expected == page_size(1200, 600, dpi)


def test_a_page_is_never_larger_than_readers_show_and_never_a_line() -> None:
    assert (3370.4, 1685.2) == page_size(40_000, 20_000, (10, 10))
    assert (3370.4, 3.0) == page_size(60_000, 1, None)


def test_equal_pictures_give_equal_bytes(tmp_path: Path) -> None:
    data = saved(RGB, "WEBP")
    read(tmp_path, data)
    first = (tmp_path / "out.pdf").read_bytes()
    read(tmp_path, data)

    assert first == (tmp_path / "out.pdf").read_bytes()


def a_huge_png() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(DrawingTooLarge):
        read(tmp_path, a_huge_png())
    with pytest.raises(DrawingTooLarge):
        read(tmp_path, saved(RGB, "BMP"), max_pixels=48 * 32 - 1)
    with pytest.raises(DrawingTooLarge):
        read(tmp_path, saved(RGB, "TIFF", save_all=True, append_images=[RGB]), max_pages=1)


@pytest.mark.parametrize(
    ("picture", "form"), [(RGB, "PNG"), (RGB, "JPEG"), (RGB.convert("L"), "TIFF"), (RGB.convert("1"), "TIFF")]
)
def test_pictures_that_take_little_memory_may_have_four_times_the_pixels(
    tmp_path: Path, picture: Image.Image, form: str
) -> None:
    """What is embedded as it is, and greys: large scans are such."""
    assert 1 == len(read(tmp_path, saved(picture, form), max_pixels=48 * 32 // 4).sheets)
    with pytest.raises(DrawingTooLarge):
        read(tmp_path, saved(picture, form), max_pixels=48 * 32 // 4 - 1)


def test_pictures_of_which_others_are_made_may_not(tmp_path: Path) -> None:
    """A PNG that is seen through is decoded and packed anew."""
    for picture in (RGB.convert("RGBA"), RGB.convert("LA")):
        with pytest.raises(DrawingTooLarge):
            read(tmp_path, saved(picture, "PNG"), max_pixels=48 * 32 - 1)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_a_picture_that_ends_too_early_is_refused(tmp_path: Path, form: str) -> None:
    data = saved(RGB.resize((200, 200)), form)

    with pytest.raises(SourceDamaged):
        read(tmp_path, data[: len(data) * 2 // 3])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_damaged_pictures_are_read_or_refused_with_a_reason(tmp_path: Path, form: str) -> None:
    data = saved(RGB, form)
    for place in RNG.integers(0, len(data), 60):
        damaged = bytearray(data)
        damaged[place] ^= int(RNG.integers(1, 256))
        with suppress(SourceDamaged, DrawingTooLarge):
            read(tmp_path, bytes(damaged), check=False)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x00" * 100, b"<svg/>"])
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceDamaged):
        read(tmp_path, data)

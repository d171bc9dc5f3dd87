"""Images that nobody vouches for become PNG or JPEG that every program reads, or nothing."""

import io
import struct
import zlib
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image

from outfeed.mesh.formats.images import MOST_LARGE, ImageReader
from outfeed.mesh.formats.source import ReadLimits
from unit.mesh_helpers import an_image, chance

LIMITS: Final = ReadLimits()
PNG, JPEG = "image/png", "image/jpeg"


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


def saved(values: Any, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(values).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("form", "mode", "media_type"),
    [
        *(("PNG", mode, PNG) for mode in ("RGB", "RGBA", "L", "LA", "P", "1")),
        *(("JPEG", mode, JPEG) for mode in ("RGB", "L")),
    ],
)
def test_images_that_every_program_reads_stay_as_they_are(form: str, mode: str, media_type: str) -> None:
    data = an_image(3, form=form, mode=mode)

    assert (data, media_type) == ImageReader(LIMITS).read(data)


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("GIF", "P"),
        ("BMP", "RGB"),
        ("TGA", "RGBA"),
        ("TIFF", "RGB"),
        ("TIFF", "CMYK"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
    ],
)
def test_other_images_become_png_of_the_same_pixels(form: str, mode: str) -> None:
    data = an_image(4, form=form, mode=mode)

    found = ImageReader(LIMITS).read(data)

    assert found is not None
    assert PNG == found[1]
    assert b"\x89PNG" == found[0][:4]
    assert np.array_equal(pixels(data), pixels(found[0]))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_greys_of_16_bits_are_scaled_and_not_cut_off(form: str) -> None:
    values = np.array([[0, 128 * 257, 65_535]], dtype=np.uint16)

    found = ImageReader(LIMITS).read(saved(values, form))

    assert found is not None
    assert [[0, 128, 255]] == pixels(found[0])[..., 0].tolist()


def test_greys_that_are_floats_are_shares_of_white() -> None:
    values = np.array([[0, 0.5, 1, 7, -1, np.nan]], dtype=np.float32)

    found = ImageReader(LIMITS).read(saved(values, "TIFF"))

    assert found is not None
    assert [[0, 128, 255, 255, 0, 0]] == pixels(found[0])[..., 0].tolist()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_moving_images_stand_still_at_their_first_picture(form: str) -> None:
    frames = [Image.new("RGB", (2, 2), color) for color in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], lossless=True)

    found = ImageReader(LIMITS).read(out.getvalue())

    assert found is not None
    with Image.open(io.BytesIO(found[0])) as image:
        assert ("PNG", 1) == (image.format, getattr(image, "n_frames", 1))
    assert [255, 0, 0, 255] == pixels(found[0])[1, 1].tolist()


def test_what_a_file_is_called_to_be_does_not_matter_and_the_same_gives_the_same() -> None:
    data = an_image(5, form="BMP")

    assert ImageReader(LIMITS).read(data) == ImageReader(LIMITS).read(data)


def test_images_of_too_many_pixels_are_none_before_they_are_decoded() -> None:
    data = an_image(6, size=(10, 11))

    assert ImageReader(ReadLimits(max_pixels=110)).read(data) is not None
    assert ImageReader(ReadLimits(max_pixels=109)).read(data) is None
    assert ImageReader(LIMITS).read(a_png_header(2**31 - 1, 2**31 - 1)) is None


def a_png_header(wide: int, high: int) -> bytes:
    """Return a PNG that says a size and has no pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize(
    "data", [b"", b"x", b"<svg/>", b"%PDF-1.4", b"%!PS-Adobe", b"P6 1 1 255 abc", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_image_is_none(data: bytes) -> None:
    assert ImageReader(LIMITS).read(data) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_an_image_that_is_cut_off_is_none(form: str) -> None:
    data = an_image(7, form=form, size=(40, 40))

    assert ImageReader(LIMITS).read(data[: len(data) // 2]) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TGA", "WEBP", "TIFF"])
def test_fuzz_damaged_images_are_images_or_none(form: str) -> None:
    whole = an_image(8, form=form, mode="P" if form == "GIF" else "RGB")
    dice = chance(f"image-{form}")
    limits = ReadLimits(max_pixels=1 << 20)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(min(len(data), 300))] = dice.choice([0, 255, dice.randrange(256)])
        found = ImageReader(limits).read(bytes(data[: dice.choice([len(data), dice.randrange(len(data))])]))

        assert found is None or found[1] in {PNG, JPEG}
        assert found is None or pixels(found[0]).ndim == 3


def test_all_images_of_a_file_have_a_bounded_number_of_pixels() -> None:
    pictures = [saved(np.full((10, 10), shade, dtype=np.uint8), "PNG") for shade in range(MOST_LARGE + 1)]
    reader = ImageReader(ReadLimits(max_pixels=100))

    found = [reader.read(picture) is not None for picture in [*pictures, *pictures]]

    assert [*[True] * MOST_LARGE, False] * 2 == found

"""Pictures as objects of a PDF, without loss: JPEG as it is, all others as the data of a PNG."""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from outfeed.errors import SourceUnsupported

#: Colour profiles that are kept, in bytes.
MOST_PROFILE: Final = 1 << 22
PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
#: Channels of a kind of pixels, its space, and the word of a colour profile for it.
_SPACES: Final = {1: ("/DeviceGray", b"GRAY"), 3: ("/DeviceRGB", b"RGB "), 4: ("/DeviceCMYK", b"CMYK")}
_CMYK: Final = 4
#: Types of pixels of a PNG, and how many channels they have in a PDF.
_PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1}
_PALETTE: Final = 3
_PNG_HEAD: Final = struct.Struct(">IIBBBBB")
#: Kinds of pixels that a PNG has without their opacity, by those that Pillow has.
_OPAQUE: Final = {"LA": "L", "La": "L", "PA": "RGB", "RGBA": "RGB", "RGBa": "RGB", "RGBX": "RGB", "YCbCr": "RGB"}
#: The white of greys that are wider than 16 bits.
_WHITE: Final = {"I": 65_535.0, "F": 1.0}
#: Frames of a JPEG that a PDF may hold: baseline, extended and progressive, all by Huffman's codes.
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES: Final = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_APP14, _START_OF_SCAN, _END, _FILL = 0xEE, 0xDA, 0xD9, 0xFF
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def is_embedded(image: Image.Image, data: bytes) -> bool:
    """Tell whether the file of a picture, which was opened and not decoded yet, is embedded as it is."""
    if image.format in ("JPEG", "MPO"):
        return _jpeg_facts(data) is not None
    return image.format == "PNG" and _png_head(dict(reversed(list(_chunks(data))))) is not None


def image_object(pdf: pikepdf.Pdf, image: Image.Image, data: bytes) -> pikepdf.Object:
    """
    Return a picture as an object of a PDF.

    Parameters
    ----------
    image
        The picture, decoded.
    data
        The file that it was read from, which is embedded as it is where it can be.

    Raises
    ------
    SourceUnsupported
        If its pixels are of a kind that a PDF has not.
    """
    profile = image.info.get("icc_profile")
    if image.format in ("JPEG", "MPO"):
        made = _jpeg(pdf, data)
        if made is not None:
            return _with_profile(pdf, made, profile)
    if image.format == "PNG":
        made = _png(pdf, data)
        if made is not None:
            return _with_profile(pdf, made, profile)
    return _decoded(pdf, image, profile)


# --- JPEG -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Jpeg:
    """What a PDF says of a JPEG."""

    width: int
    height: int
    channels: int
    #: Whether it was written by the rules of Adobe, whose ink is 0 where it is full.
    is_adobe: bool


def _jpeg(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Object | None:
    """Return a JPEG as it is; None if a PDF cannot hold it."""
    facts = _jpeg_facts(data)
    if facts is None:
        return None
    made = _image(pdf, data, Name.DCTDecode, (facts.width, facts.height), bits=8)
    made.ColorSpace = Name(_SPACES[facts.channels][0])
    if facts.channels == _CMYK and facts.is_adobe:
        made.Decode = Array([1, 0] * _CMYK)
    return made


def _jpeg_facts(data: bytes) -> _Jpeg | None:
    is_adobe, frame = False, None
    for marker, first, end in _segments(data):
        if marker == _APP14:
            is_adobe = is_adobe or data[first : first + 5] == b"Adobe"
        elif marker in _FRAMES and end - first >= 6:  # noqa: PLR2004 precision, height, width, channels
            bits, height, width, channels = struct.unpack_from(">BHHB", data, first)
            frame = (width, height, channels) if bits == 8 and width and height and channels in _SPACES else None  # noqa: PLR2004 bits
        elif marker in _OTHER_FRAMES:
            return None
    if frame is None:
        return None
    return _Jpeg(width=frame[0], height=frame[1], channels=frame[2], is_adobe=is_adobe)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, the begin and the end of each segment of a JPEG before its pixels."""
    at = 2
    while at + 4 <= len(data) and data[at] == _FILL:
        marker = data[at + 1]
        if marker in (_FILL, *_ALONE):
            at += 1 if marker == _FILL else 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (_START_OF_SCAN, _END) or size < 2 or at + 2 + size > len(data):  # noqa: PLR2004 its own two bytes
            return
        yield marker, at + 4, at + 2 + size
        at += 2 + size


# --- PNG --------------------------------------------------------------------------------------------------------------


def _png_head(parts: Mapping[bytes, bytes]) -> tuple[int, int, int, int] | None:
    """Return width, height, bits and kind of a PNG; None if a PDF cannot hold its data: interlaced, or with opacity."""
    head = parts.get(b"IHDR", b"")
    if len(head) < _PNG_HEAD.size:
        return None
    width, height, bits, kind, _, _, interlaced = _PNG_HEAD.unpack_from(head)
    return None if interlaced or b"tRNS" in parts or kind not in _PNG_CHANNELS else (width, height, bits, kind)


def _png(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Object | None:
    """Return the data of a PNG as they are; None if a PDF cannot hold them."""
    chunks = list(_chunks(data))
    parts = dict(reversed(chunks))
    head = _png_head(parts)
    if head is None:
        return None
    width, height, bits, kind = head
    channels = _PNG_CHANNELS[kind]
    rows = b"".join(body for name, body in chunks if name == b"IDAT")
    made = _image(pdf, rows, Name.FlateDecode, (width, height), bits=bits)
    made.DecodeParms = Dictionary(Predictor=15, Colors=channels, BitsPerComponent=bits, Columns=width)
    made.ColorSpace = Name(_SPACES[channels][0])
    if kind == _PALETTE:
        colors = parts[b"PLTE"][: 3 << bits]
        made.ColorSpace = Array([Name.Indexed, Name.DeviceRGB, len(colors) // 3 - 1, pikepdf.String(colors)])
    return made


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the body of each chunk of a PNG that was read without complaint."""
    at = len(PNG_HEAD)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if name == b"IEND":
            return
        yield name, data[at + 8 : at + 8 + size]
        at += 12 + size


# --- What is decoded --------------------------------------------------------------------------------------------------


def _decoded(pdf: pikepdf.Pdf, image: Image.Image, profile: object) -> pikepdf.Object:
    """Return a picture by its pixels, and its opacity as a mask where it has any."""
    mask = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    made = _inks(pdf, image) if image.mode == "CMYK" else _as_png(pdf, _plain(image, is_opaque=mask is None))
    if mask is not None:
        made.SMask = _as_png(pdf, mask)
    return _with_profile(pdf, made, profile)


def _plain(image: Image.Image, *, is_opaque: bool) -> Image.Image:
    """Return a picture in a kind of pixels that a PNG has, without its opacity."""
    if image.mode in _WHITE:
        shares = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0) / np.float32(_WHITE[image.mode])
        return Image.fromarray(np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8))
    if image.mode.startswith("I;16"):
        return Image.fromarray(np.asarray(image).astype(np.uint16))
    if image.mode in ("1", "L", "RGB") or (image.mode == "P" and is_opaque):
        return image.convert("RGB") if image.palette is not None and image.palette.mode != "RGB" else image
    wanted = "RGB" if image.mode == "P" else _OPAQUE.get(image.mode)
    if wanted is None:
        raise SourceUnsupported(f"It has pixels of the kind {image.mode}.")
    return image.convert(wanted)


def _as_png(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    out = io.BytesIO()
    image.info.pop("transparency", None)
    image.save(out, "PNG", icc_profile=None)
    made = _png(pdf, out.getvalue())
    if made is None:
        raise SourceUnsupported(f"It has pixels of the kind {image.mode}.")
    return made


def _inks(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    """Return a picture in four inks; each row says by how much a pixel differs from the one before, as in a PNG."""
    pixels = np.asarray(image)
    rows = np.zeros((image.height, 1 + image.width * _CMYK), dtype=np.uint8)
    rows[:, 0] = 1
    rows[:, 1:] = np.diff(pixels, axis=1, prepend=np.zeros((image.height, 1, _CMYK), np.uint8)).reshape(
        image.height, -1
    )
    made = _image(pdf, zlib.compress(rows.data, 6), Name.FlateDecode, image.size, bits=8)
    made.DecodeParms = Dictionary(Predictor=15, Colors=_CMYK, BitsPerComponent=8, Columns=image.width)
    made.ColorSpace = Name.DeviceCMYK
    return made


def _image(pdf: pikepdf.Pdf, data: bytes, packing: Name, size: tuple[int, int], *, bits: int) -> pikepdf.Object:
    made = pikepdf.Stream(pdf, b"")
    made.write(data, filter=packing)
    made.Type, made.Subtype = Name.XObject, Name.Image
    made.Width, made.Height = size
    made.BitsPerComponent = bits
    return pdf.make_indirect(made)


def _with_profile(pdf: pikepdf.Pdf, made: pikepdf.Object, profile: object) -> pikepdf.Object:
    """Add a colour profile to a picture, if it is one of its kind of colours."""
    space = made.ColorSpace
    is_indexed = isinstance(space, Array)
    names = {name: (channels, word) for channels, (name, word) in _SPACES.items()}
    channels, word = names[str(space[1] if is_indexed else space)]
    if not isinstance(profile, bytes) or len(profile) > MOST_PROFILE or profile[16:20] != word:
        return made
    if profile[36:40] != b"acsp" or int.from_bytes(profile[:4], "big") != len(profile):
        return made
    stream = pikepdf.Stream(pdf, zlib.compress(profile), {"/N": channels, "/Alternate": Name(_SPACES[channels][0])})
    stream.write(zlib.compress(profile), filter=Name.FlateDecode)
    based = Array([Name.ICCBased, pdf.make_indirect(stream)])
    if is_indexed:
        space[1] = based
    else:
        made.ColorSpace = based
    return made

"""Colours, texture coordinates and textures of PLY, for which there are many names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.formats.images import ImageReader
from outfeed.mesh.formats.ply.header import Element
from outfeed.mesh.formats.ply.rows import Column, Columns, Lists
from outfeed.mesh.formats.source import ReadLimits, SourceFile, local_name

Rows = NDArray[np.int32]

#: Names of colours and of their opacity, which may be missing.
COLORS: Final = (
    ("red", "green", "blue", "alpha"),
    ("diffuse_red", "diffuse_green", "diffuse_blue", "diffuse_alpha"),
    ("r", "g", "b", "a"),
)
#: Names of texture coordinates.
UVS: Final = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
#: The list of texture coordinates of a face's corners.
CORNER_UVS: Final = "texcoord"
#: Which image a face shows.
TEXTURE: Final = "texnumber"

COLOR_NAMES: Final = frozenset(name for names in COLORS for name in names)
UV_NAMES: Final = frozenset(name for names in UVS for name in names)


def colors_of(columns: Columns, element: Element) -> NDArray[np.uint8] | None:
    """Return the colour of each row (n, 4); None where the element has none."""
    for names in COLORS:
        if not all(name in columns.numbers for name in names[:3]):
            continue
        table = np.full((element.rows, 4), 255, dtype=np.uint8)
        for channel, name in enumerate(names):
            found = element.named(name)
            if found is not None and name in columns.numbers:
                table[:, channel] = _channel(columns.numbers[name], found.kind)
        return table
    return None


def _channel(values: Column, kind: str) -> NDArray[np.uint8]:
    """Return 0 to 255; floats count from 0 to 1, integers of 16 bits without a sign to 65,535, others to 255."""
    factor = 255.0 if kind.startswith("f") else 255 / 65_535 if kind == "u2" else 1.0
    scaled = np.nan_to_num(values.astype(np.float64), posinf=np.inf, neginf=-np.inf) * factor
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def uvs_of(columns: Columns) -> NDArray[np.float64] | None:
    """Return the texture coordinates of each vertex (n, 2); None where they have none."""
    for u, v in UVS:
        if u in columns.numbers and v in columns.numbers:
            return np.column_stack([columns.numbers[u], columns.numbers[v]]).astype(np.float64)
    return None


def corner_uvs(corners: Rows, lists: Lists) -> tuple[NDArray[np.float64], Rows] | None:
    """
    Return texture coordinates (k, 2), and the row of each corner of all faces, -1 for none; None if all have none.

    `corners` (p,) has the number of corners of each face. A face whose list has not two numbers for each is without.
    """
    fits = (lists.counts == 2 * corners.astype(np.int64)) & (corners > 0)
    if not bool(fits.any()):
        return None
    uvs = lists.items[np.repeat(fits, lists.counts)].reshape(-1, 2)
    has = np.repeat(fits, corners)
    return uvs, np.where(has, np.cumsum(has) - 1, -1).astype(np.int32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Images:
    """The images that a file names, as materials."""

    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    #: Row of `materials` for each number of an image; -1 where it is not there.
    rows: Rows
    #: Images that are used, and not there or not readable.
    missing: int


def images_of(names: tuple[str, ...], used: Iterable[int], source: SourceFile, limits: ReadLimits) -> Images:
    """Load the images that are used, each once."""
    rows = np.full(len(names), -1, dtype=np.int32)
    textures: dict[str, Texture | None] = {}
    reader = ImageReader(limits)
    found: list[tuple[Material, Texture]] = []
    wanted = [number for number in used if number >= 0]
    for number in wanted:
        name = (local_name(names[number]) if number < len(names) else None) or ""
        if name not in textures:
            textures[name] = _texture(name, source, reader)
        texture = textures[name]
        if texture is not None:
            rows[number] = len(found)
            found.append((Material(name=name, texture=len(found)), texture))
    return Images(
        materials=tuple(material for material, _ in found),
        textures=tuple(texture for _, texture in found),
        rows=rows,
        missing=len(wanted) - len(found),
    )


def _texture(name: str, source: SourceFile, reader: ImageReader) -> Texture | None:
    data = source.companion(name) if name else None
    image = None if data is None else reader.read(data)
    return None if image is None else Texture(image=image[0], media_type=image[1])


def image_numbers(numbers: Mapping[str, Column], faces: int) -> Rows:
    """Return the number of each face's image (p,): the first where faces do not say; -1 for a number that is none."""
    if TEXTURE not in numbers:
        return np.zeros(faces, dtype=np.int32)
    values = np.nan_to_num(numbers[TEXTURE].astype(np.float64), nan=-1, posinf=-1, neginf=-1)
    return np.where((values < 0) | (values >= np.iinfo(np.int32).max), -1, values).astype(np.int32)

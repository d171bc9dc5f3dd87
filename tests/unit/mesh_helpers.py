"""Meshes and files that the mesh tests share."""

import io
import itertools
import os
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.build import build
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import WRITERS, read_mesh, read_source, write_mesh
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit

#: Real and hostile files; they stand beside the checkout and are never copied into it.
DATA = Path(os.environ.get("OUTFEED_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")

CUBE_CORNERS = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
CUBE_QUADS = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
CUBE_FACES = [corner for a, b, c, d in CUBE_QUADS for corner in ((a, b, c), (a, c, d))]


def a_cube(
    size: float = 10, *, dtype: type[np.float32 | np.float64] = np.float64, unit: Unit = Unit.MILLIMETRE
) -> Mesh:
    """Return a closed cube with a corner at the origin."""
    wide = np.array(CUBE_CORNERS, dtype=np.float64) * size
    vertices = wide.astype(np.float32) if dtype is np.float32 else wide
    return Mesh(vertices=vertices, faces=np.array(CUBE_FACES, dtype=np.int32), unit=unit)


def a_ball(halvings: int = 4, *, size: float = 10) -> Mesh:
    """Return a closed ball around the origin of 8 * 4 ** halvings triangles."""
    signs = np.array([(x, y, z) for x in (1, -1) for y in (1, -1) for z in (1, -1)])
    corners = signs[:, :, None] * np.eye(3)
    corners[signs.prod(axis=1) < 0] = corners[signs.prod(axis=1) < 0][:, ::-1]
    for _ in range(halvings):
        middles = corners + np.roll(corners, -1, axis=1)
        middles /= np.linalg.norm(middles, axis=2, keepdims=True)
        outer = [np.stack([corners[:, i], middles[:, i], middles[:, i - 1]], axis=1) for i in range(3)]
        corners = np.concatenate([*outer, middles])
    faces = np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)
    return build(Mesh(vertices=corners.reshape(-1, 3) * size, faces=faces, unit=Unit.MILLIMETRE))


def triangles_of(mesh: Mesh) -> list[list[list[float]]]:
    """Return the corners of each triangle, in order."""
    corners: list[list[list[float]]] = mesh.vertices[mesh.faces].tolist()
    return corners


def binary_stl(
    triangles: Sequence[Sequence[Sequence[float]]],
    *,
    header: bytes = b"a test",
    count: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """Return a binary STL file, with a count that may lie."""
    records = b"".join(struct.pack("<12fH", 0, 0, 0, *(x for p in t for x in p), 0) for t in triangles)
    return header.ljust(80, b"\0") + struct.pack("<I", len(triangles) if count is None else count) + records + tail


def ascii_stl(triangles: Sequence[Sequence[Sequence[float]]], *, name: str = "part", end: str = "\n") -> str:
    """Return an ASCII STL file with line ends of one's choice."""
    lines = [f"solid {name}"]
    for triangle in triangles:
        corners = [f"vertex {' '.join(str(x) for x in point)}" for point in triangle]
        lines += ["facet normal 0 0 0", "outer loop", *corners, "endloop", "endfacet"]
    return end.join([*lines, f"endsolid {name}", ""])


def read(data: bytes | str, folder: Path, *, form: str, most: int = 1_000_000, unit: Unit = Unit.MILLIMETRE) -> Mesh:
    """Read bytes as a file of a format."""
    path = folder / f"source.{form}"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_mesh(path, format=form, unitless=unit, limits=ReadLimits(max_triangles=most)).mesh


def written(mesh: Mesh, form: str, *, unit: Unit = Unit.MILLIMETRE) -> bytes:
    """Return the bytes of a mesh in a format."""
    out = io.BytesIO()
    write_mesh(mesh, out, format=form, unitless=unit)
    return out.getvalue()


def read_back(data: bytes, form: str, *, unit: Unit = Unit.MILLIMETRE) -> Reading:
    """Read the bytes that the writer of a format gave, by its own reader and without a file."""
    source = SourceFile(content=data)
    return read_source(source, format=WRITERS[form].reader, unitless=unit, limits=ReadLimits())


#: The arrays of a mesh, by name.
TABLES: Final = ("vertices", "faces", "uvs", "uv_faces", "colors", "color_faces", "material_faces")


def assert_same(mine: Mesh, other: Mesh) -> None:
    """Compare two meshes to the last bit, types included."""
    assert (mine.unit, mine.materials, mine.textures) == (other.unit, other.materials, other.textures)
    for name in TABLES:
        one, two = getattr(mine, name), getattr(other, name)
        assert (one is None) == (two is None), name
        assert one is None or (one.dtype == two.dtype and np.array_equal(one, two)), name


def chance(seed: str) -> random.Random:
    """Return a source of chance that always gives the same."""
    return random.Random(seed)  # noqa: S311 damage that can be repeated, no secret


@cache
def an_image(seed: int = 0, *, form: str = "PNG", size: tuple[int, int] = (4, 4), mode: str = "RGB") -> bytes:
    """Return a small image whose pixels differ."""
    wide, high = size
    pixels = np.random.default_rng(seed).integers(0, 256, (high, wide, 4), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels, "RGBA").convert(mode).save(out, form)
    return out.getvalue()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a made mesh has."""

    double: bool = True
    far: bool = False
    uvs: bool = False
    colors: bool = False
    materials: bool = False
    textures: bool = False
    opacity: bool = False
    #: Some corners have no texture coordinate or colour, some faces no material.
    gaps: bool = False
    unit: Unit = Unit.MILLIMETRE

    def __str__(self) -> str:
        return "-".join([self.unit.value, *(name for name, value in vars(self).items() if value is True)])


def every_kind() -> Iterator[Kind]:
    """Yield all that a mesh can have, in every combination that differs."""
    for double, far, uvs, colors, materials, textures, opacity, gaps in itertools.product((False, True), repeat=8):
        surface = uvs or colors or materials
        if (materials or not textures) and (colors or materials or not opacity) and (surface or not gaps):
            yield Kind(
                double=double,
                far=far,
                uvs=uvs,
                colors=colors,
                materials=materials,
                textures=textures,
                opacity=opacity,
                gaps=gaps,
            )


def any_kind(seed: int) -> Kind:
    """Return a kind by chance."""
    dice = np.random.default_rng(seed)
    double, far, uvs, colors, materials, textures, opacity, gaps = dice.integers(0, 2, 8).astype(bool).tolist()
    return Kind(
        double=double,
        far=far,
        uvs=uvs,
        colors=colors,
        materials=materials,
        textures=textures and materials,
        opacity=opacity,
        gaps=gaps,
        unit=list(Unit)[dice.integers(len(Unit))],
    )


NAMES: Final = ("", "red", "Red", "red", "two words", "ümlaut #1", "a/b\\c <&>\"'", "newmtl x", "%20", "_", "naïve.001")


def a_mesh(seed: int, kind: Kind | None = None) -> Mesh:
    """Return a small mesh by chance, as a reader gives it: few positions, so that many corners meet."""
    dice = np.random.default_rng(seed)
    kind = kind or any_kind(seed)
    faces = dice.integers(0, 9, (int(dice.integers(1, 14)), 3), dtype=np.int32)
    points = dice.integers(-3, 4, (9, 3)) / dice.choice([1, 3, 8, 1000]) * dice.choice([1, 1, 7, 1e-3, 1e4])
    points = points + (np.array([4.5e6, -5e5, 123.456]) if kind.far else 0)
    tables: dict[str, Any] = {}
    if kind.uvs:
        tables |= {
            "uvs": np.round(dice.uniform(-0.5, 1.5, (6, 2)), 3),
            "uv_faces": _rows(dice, 6, faces.shape, kind),
        }
    if kind.colors:
        colors = dice.integers(0, 256, (5, 4), dtype=np.uint8)
        colors[:, 3] = colors[:, 3] if kind.opacity else 255
        tables |= {"colors": colors, "color_faces": _rows(dice, 5, faces.shape, kind)}
    if kind.materials:
        tables |= {"materials": _materials(dice, kind), "material_faces": _rows(dice, 4, faces.shape[:1], kind)}
        tables |= {"textures": _textures(dice)}
    vertices = points if kind.double else points.astype(np.float32)
    return build(Mesh(vertices=vertices, faces=faces, unit=kind.unit, **tables))


def _rows(dice: np.random.Generator, count: int, shape: tuple[int, ...], kind: Kind) -> Any:
    return dice.integers(-1 if kind.gaps else 0, count, shape, dtype=np.int32)


def _materials(dice: np.random.Generator, kind: Kind) -> tuple[Material, ...]:
    colors = dice.choice([0, 1, 127, 128, 200, 255, 255, 255], (4, 4))
    colors[:, 3] = colors[:, 3] if kind.opacity else 255
    textures = [int(dice.integers(0, 3)) if kind.textures and dice.random() < 0.7 else None for _ in range(4)]
    names = dice.choice(len(NAMES), 4)
    return tuple(
        Material(name=NAMES[name], color=(r, g, b, a), texture=texture)
        for name, (r, g, b, a), texture in zip(names, colors.tolist(), textures, strict=True)
    )


def _textures(dice: np.random.Generator) -> tuple[Texture, ...]:
    wraps = list(Wrap)
    return tuple(
        Texture(
            image=an_image(int(dice.integers(0, 3)), form=form),
            media_type=f"image/{form.lower()}",
            wrap_u=wraps[dice.integers(3)],
            wrap_v=wraps[dice.integers(3)],
        )
        for form in ("PNG", "JPEG", "PNG")
    )

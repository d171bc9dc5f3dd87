"""A GLB file that was read is written again with the same bytes, whatever the mesh."""

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.build import build
from outfeed.mesh.facts import bounds
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import gear
from outfeed.mesh.shown import from_linear, to_linear
from outfeed.mesh.units import Unit
from unit.mesh_helpers import written
from unit.properties import examples

#: Numbers that lie on and beside the edges of what is rounded.
EDGES = (0.0, 1.0, -1.0, 0.5, 1e-8, -1e-8, 1e-30, 1 + 2.0**-24, 1 - 2.0**-25, 1 / 3, 2.0**24 + 1, 0.1, 2.0**-24, 3.5)


@cache
def an_image(mode: str, value: int) -> Texture:
    """Return a small texture; modes with opacity have some that lets something through."""
    out = io.BytesIO()
    Image.new(mode, (2, 2), value).save(out, "PNG")
    return Texture(image=out.getvalue(), media_type="image/png", wrap_u=Wrap.CLAMP if value else Wrap.MIRROR)


@st.composite
def meshes(draw: st.DrawFn) -> Mesh:
    """Return what a reader may give: a few triangles among few values, so that many of them meet."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 24))
    points = _points(draw, rng)
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    with_uvs, with_colors, with_materials = (draw(st.booleans()) for _ in range(3))
    textures = (an_image("RGB", 9), an_image("RGBA", 0), an_image("RGB", 0))
    colors = np.array([(255, 255, 255, 255), (1, 2, 3, 255), (200, 100, 50, 128), (0, 0, 0, 0)], dtype=np.uint8)
    materials = [
        Material(name=name, color=(255, 255, 255, opacity), texture=texture)
        for name in ("", "a")
        for opacity in (255, 7)
        for texture in (None, 0, 1, 2)
    ]

    def rows(size: int, *, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        return rng.integers(-1, size, shape, dtype=np.int32)

    return build(
        Mesh(
            vertices=points.astype(dtype),
            faces=rng.integers(0, len(points), (count, 3), dtype=np.int32),
            unit=draw(st.sampled_from(list(Unit))),
            uvs=rng.choice(EDGES, (9, 2)) if with_uvs else None,
            uv_faces=rows(9, shape=(count, 3)) if with_uvs else None,
            colors=colors if with_colors else None,
            color_faces=rows(4, shape=(count, 3)) if with_colors else None,
            materials=tuple(materials) if with_materials else (),
            material_faces=rows(len(materials), shape=(count,)) if with_materials else None,
            textures=textures,
        )
    )


def _points(draw: st.DrawFn, rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    scale = 2.0 ** draw(st.integers(-40, 40))
    far = draw(st.sampled_from([0.0, 7.0, 8.0, 8.0 + 1e-7, 100.0, 1e6, 2.0**29, 2.0**40]))
    near = rng.choice(EDGES[:10], (12, 3)) if draw(st.booleans()) else rng.random((12, 3))
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (near + far * rng.choice([0.0, 1.0, -1.0], 3)) * scale
    return points


def read_back(data: bytes) -> Mesh:
    return read_source(SourceFile(content=data), format="glb", unitless=Unit.MILLIMETRE, limits=ReadLimits()).mesh


@given(mesh=meshes())
@examples(250)
def test_the_second_writing_gives_the_same_bytes(mesh: Mesh) -> None:
    once = written(mesh, "glb")

    assert once == written(read_back(once), "glb")


@given(mesh=meshes())
@examples(100)
def test_what_is_read_lies_where_it_was_to_the_precision_of_float32(mesh: Mesh) -> None:
    low, high = (corner * mesh.unit.metres for corner in bounds(mesh))
    size = float(np.abs([low, high]).max())
    again = read_back(written(mesh, "glb"))

    # Half a step of float32 around the middle, or around the origin where that is not far.
    slack = min((high - low).max() * 2.0**-24, size * 2.0**-24) + size * 2.0**-52 + 2.0**-148
    if size > 9 * (high - low).max():
        assert np.abs(np.array(bounds(again)) - [low, high]).max() <= slack
    assert np.abs(np.array(bounds(again)) - [low, high]).max() <= size * 2.0**-24 + 2.0**-148
    assert len(mesh.faces) == len(again.faces)


@given(
    exponent=st.integers(-140, 100),
    away=st.floats(8, 2.0**45),
    shape=st.lists(st.floats(0, 1), min_size=9, max_size=9),
    nudge=st.sampled_from([0.0, 1e-16, 1e-9, 2.0**-24, 2.0**-25]),
)
@examples(300)
def test_a_far_mesh_keeps_its_middle(exponent: int, away: float, shape: list[float], nudge: float) -> None:
    points = np.array(shape).reshape(3, 3)
    points[0, 0], points[1, 0] = 0.0, 1.0 + nudge
    vertices = (points + away) * 2.0**exponent
    once = written(build(Mesh(vertices=vertices, faces=np.array([[0, 1, 2]], dtype=np.int32), unit=Unit.METRE)), "glb")

    assert once == written(read_back(once), "glb")


@pytest.mark.parametrize("place", [(0.1, 0, 0), (1e-44, 0, 0), (1e30, 1e-30, -1e30), (3.0, 2.0**-149, 0)])
def test_a_mesh_without_an_extent_stays_where_it_is(place: tuple[float, float, float]) -> None:
    vertices = np.array([place], dtype=np.float64)
    once = written(Mesh(vertices=vertices, faces=np.zeros((1, 3), dtype=np.int32), unit=Unit.METRE), "glb")

    again = read_back(once)

    assert np.abs(again.vertices - vertices).max() <= 2.0**-149
    assert once == written(again, "glb")


def test_all_colours_of_8_bits_survive_as_corners_and_as_materials() -> None:
    levels = np.arange(256, dtype=np.uint8)
    colors = np.stack([levels, levels[::-1], np.roll(levels, 100), levels], axis=1)
    points = np.arange(256 * 9, dtype=np.float32).reshape(-1, 3)
    faces = np.arange(256 * 3, dtype=np.int32).reshape(-1, 3)
    mesh = Mesh(
        vertices=points,
        faces=faces,
        unit=Unit.METRE,
        colors=colors,
        color_faces=np.repeat(np.arange(256, dtype=np.int32)[:, None], 3, axis=1),
        materials=tuple(Material(color=(red, green, blue, opacity)) for red, green, blue, opacity in colors.tolist()),
        material_faces=np.arange(256, dtype=np.int32),
    )

    again = read_back(written(mesh, "glb"))

    assert again.colors is not None
    assert colors.tolist() == again.colors.tolist()
    assert mesh.materials == again.materials
    assert np.array_equal(mesh.faces, again.faces)


def test_colours_as_shares_of_light_come_back() -> None:
    colors = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)

    assert np.array_equal(colors, from_linear(to_linear(colors)))
    assert np.array_equal(colors, from_linear(np.rint(to_linear(colors) * 65535) / 65535))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mesh_that_float32_holds_comes_back_as_it_was(dtype: type[np.float32 | np.float64]) -> None:
    rounded = gear().vertices.astype(np.float32)
    vertices = rounded if dtype is np.float32 else rounded.astype(np.float64)
    mesh = build(replace(gear(), vertices=vertices, unit=Unit.METRE))

    again = read_back(written(mesh, "glb"))

    assert np.array_equal(mesh.vertices, again.vertices)
    assert np.array_equal(mesh.faces, again.faces)
    assert np.float32 == again.vertices.dtype

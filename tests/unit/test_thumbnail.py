"""Pictures of meshes: what is in them is seen, whatever is in them does no harm."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from outfeed import _kernels
from outfeed.mesh import thumbnail as drawing
from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.drawing.texels import Texels
from outfeed.mesh.drawing.views import VIEWS, fitted
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import gear, torus
from outfeed.mesh.thumbnail import thumbnail
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_cube

SIDE = 96
RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
#: A square in the plane y = 0, facing the front: corners from the lower left, counter-clockwise.
SQUARE = np.array([(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)], dtype=np.float64)
HALVES = np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32)


def pixels(mesh: Mesh, size: tuple[int, int] = (SIDE, SIDE)) -> NDArray[np.int64]:
    with Image.open(io.BytesIO(thumbnail(mesh, size=size))) as picture:
        return np.array(picture, dtype=np.int64)


def a_square(**changes: Any) -> Mesh:
    return replace(Mesh(vertices=SQUARE, faces=HALVES, unit=Unit.METRE), **changes)


def of_material(**traits: Any) -> dict[str, Any]:
    return {"materials": (Material(**traits),), "material_faces": np.zeros(2, np.int32)}


def an_image(colors: list[list[tuple[int, ...]]], **options: Any) -> Texture:
    """Return a texture of rows of colours, the first row on top."""
    table = np.array(colors, dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(table).save(out, "PNG")
    return Texture(image=out.getvalue(), media_type="image/png", **options)


def hue(pixel: NDArray[np.int64]) -> str:
    """Return the name of a pixel's colour: grey, or the channels that stand out."""
    names = [name for name, value in zip("rgb", pixel[:3], strict=True) if value > pixel[:3].max() * 0.75]
    return "grey" if len(names) == 3 else "".join(names)


def middle(mesh: Mesh) -> str:
    return hue(pixels(mesh)[SIDE // 2, SIDE // 2])


def hues(mesh: Mesh, points: list[tuple[float, float, float]]) -> list[str]:
    """Return the colours where points of the mesh are seen."""
    places = fitted(mesh, VIEWS[0], SIDE, SIDE).project(np.array(points))[:, :2].astype(int)
    picture = pixels(mesh)
    return [hue(picture[row, column]) for column, row in places.tolist()]


def background(picture: NDArray[np.int64]) -> NDArray[np.bool]:
    empty: NDArray[np.bool] = np.abs(picture - picture[0, 0]).max(axis=2) <= 3
    return empty


def test_a_picture_has_its_size_and_no_metadata() -> None:
    image = Image.open(io.BytesIO(thumbnail(gear(), size=(120, 80))))
    image.load()

    assert ("PNG", "RGB", (120, 80), {}) == (image.format, image.mode, image.size, image.info)


def test_the_same_mesh_gives_the_same_bytes() -> None:
    assert thumbnail(torus(), size=(64, 64)) == thumbnail(torus(), size=(64, 64))


@pytest.mark.parametrize("size", [(96, 96), (128, 64), (64, 128), (40, 200)])
def test_a_mesh_is_whole_and_in_the_middle(size: tuple[int, int]) -> None:
    """A ball without its shadow would touch nothing; the shadow may."""
    picture = pixels(torus(thickness=29.9), size=size)

    assert picture[size[1] // 2, size[0] // 2].max() < 225
    assert size[::-1] == picture.shape[:2]
    assert background(picture)[:2].all()


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (3, 2)])
def test_even_the_smallest_picture_is_one(size: tuple[int, int]) -> None:
    assert size[::-1] == pixels(torus(), size=size).shape[:2]


def test_the_three_sides_of_a_cube_differ() -> None:
    picture = pixels(a_cube())
    top, front, right = (picture[row, column].sum() for row, column in ((22, 48), (60, 30), (60, 70)))

    assert top > front + 30
    assert front > right + 15


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "grey"),
        ({"colors": np.array([RED], np.uint8), "color_faces": np.zeros((2, 3), np.int32)}, "r"),
        ({"colors": np.array([RED], np.uint8), "color_faces": np.full((2, 3), -1, np.int32)}, "grey"),
        (of_material(color=GREEN), "g"),
        (of_material(color=(255, 255, 0, 255)), "rg"),
    ],
)
def test_colours_are_seen(changes: dict[str, Any], name: str) -> None:
    assert name == middle(a_square(**changes))


def test_a_corners_colour_multiplies_its_materials() -> None:
    colors = {"colors": np.array([(255, 255, 0, 255)], np.uint8), "color_faces": np.zeros((2, 3), np.int32)}

    assert "g" == middle(a_square(**colors, **of_material(color=(0, 255, 255, 255))))


def test_colours_run_from_corner_to_corner() -> None:
    corners = {"colors": np.array([RED, BLUE], np.uint8), "color_faces": np.array([(0, 1, 1), (0, 1, 0)], np.int32)}
    mesh = a_square(**corners)

    assert ["r", "b"] == hues(mesh, [(0.04, 0, 0.5), (0.96, 0, 0.5)])


def test_a_texture_stands_upright() -> None:
    """Its first row of pixels is on top, at v = 1."""
    texture = an_image([[RED, GREEN], [BLUE, (255, 255, 0, 255)]], wrap_u=Wrap.CLAMP, wrap_v=Wrap.CLAMP)
    uvs = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=np.float64)
    mesh = a_square(uvs=uvs, uv_faces=HALVES, textures=(texture,), **of_material(texture=0))

    found = hues(mesh, [(0.1, 0, 0.9), (0.9, 0, 0.9), (0.1, 0, 0.1), (0.9, 0, 0.1)])

    assert ["r", "g", "b", "rg"] == found


@pytest.mark.parametrize(
    ("wrap", "expected"),
    [(Wrap.REPEAT, ["r", "b", "r", "b"]), (Wrap.CLAMP, ["r", "r", "b", "b"]), (Wrap.MIRROR, ["b", "r", "b", "r"])],
)
def test_textures_go_on_beyond_their_edge(wrap: Wrap, expected: list[str]) -> None:
    """At -0.75 and -0.25 they are left of it, at 1.25 and 1.75 right."""
    texels = Texels(an_image([[RED, BLUE]], wrap_u=wrap), side=64)
    places = np.array([(-0.75, 0.5), (-0.25, 0.5), (1.25, 0.5), (1.75, 0.5)])

    found = texels.at(places)

    assert expected == [hue((255 * color).astype(np.int64)) for color in found]


def test_a_texture_is_mixed_between_its_middles() -> None:
    """In light, not in the numbers of sRGB."""
    texels = Texels(an_image([[(0, 0, 0, 255), (255, 255, 255, 255)]], wrap_u=Wrap.CLAMP), side=64)

    mixed = texels.at(np.array([(0.25, 0.5), (0.5, 0.5), (0.625, 0.5), (0.75, 0.5)]))

    assert [0.0, 0.5, 0.75, 1.0] == mixed[:, 0].tolist()


@pytest.mark.parametrize("image", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_texture_that_is_no_image_is_white(image: bytes) -> None:
    texture = Texture(image=image, media_type="image/png")
    uvs = np.zeros((1, 2))
    mesh = a_square(
        uvs=uvs, uv_faces=np.zeros((2, 3), np.int32), textures=(texture,), **of_material(texture=0, color=RED)
    )

    assert "r" == middle(mesh)


def test_a_large_texture_is_made_smaller_than_what_is_seen_of_it() -> None:
    out = io.BytesIO()
    Image.new("RGB", (4000, 10), (9, 9, 9)).save(out, "PNG")
    texels = Texels(Texture(image=out.getvalue(), media_type="image/png"), side=100)

    assert (1, 100, 4) == texels._pixels.shape


def behind(front: tuple[int, int, int, int]) -> Mesh:
    """Return a blue square behind another one."""
    vertices = np.vstack([SQUARE, SQUARE + np.array((0.0, 0.2, 0.0))])
    materials = (Material(color=front), Material(color=BLUE))
    rows = np.array([0, 0, 1, 1], np.int32)
    faces = np.vstack([HALVES, HALVES + 4]).astype(np.int32)
    return Mesh(vertices=vertices, faces=faces, unit=Unit.METRE, materials=materials, material_faces=rows)


def test_what_lies_behind_is_seen_through_what_lets_light_pass() -> None:
    solid, half, nearly_gone = (pixels(behind((255, 0, 0, alpha)))[SIDE // 2, SIDE // 2] for alpha in (255, 128, 0))

    assert ("r", "b") == (hue(solid), hue(nearly_gone))
    assert (True, True) == (solid[2] < half[2] < nearly_gone[2], solid[0] > half[0] > nearly_gone[0])


def test_the_background_is_seen_through_a_mesh_of_glass() -> None:
    glass = pixels(a_square(**of_material(color=(255, 255, 255, 40))))

    assert np.abs(glass[SIDE // 2, SIDE // 2] - glass[0, 0]).max() < 60


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e-3, 1e3, 1e38, 1e200, 1.7e308])
def test_size_does_not_matter(size: float) -> None:
    plain = pixels(a_cube(1.0))

    assert np.abs(pixels(a_cube(size)) - plain).max() <= 4


@pytest.mark.parametrize("offset", [1e3, 1e9, -1e15])
def test_place_does_not_matter(offset: float) -> None:
    cube = a_cube(64.0)

    assert np.abs(pixels(replace(cube, vertices=cube.vertices + offset)) - pixels(cube)).max() <= 2


def test_from_the_lowest_number_to_the_highest() -> None:
    most = np.finfo(np.float64).max
    cube = a_cube(2.0)

    assert np.abs(pixels(replace(cube, vertices=(cube.vertices - 1) * most)) - pixels(cube)).max() <= 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_kinds_of_numbers_look_the_same(dtype: type[np.float32 | np.float64]) -> None:
    assert np.array_equal(pixels(a_cube(dtype=dtype)), pixels(a_cube()))


@pytest.mark.parametrize("view", range(3))
def test_a_flat_mesh_is_seen_from_another_side_where_it_is_edge_on(view: int) -> None:
    axes = VIEWS[view].axes()
    flat = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) @ axes[[0, 2]]

    assert not background(pixels(a_square(vertices=flat)))[SIDE // 2, SIDE // 2]


@pytest.mark.parametrize(
    "vertices",
    [np.zeros((4, 3)), np.array([(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)]) / 3, np.full((4, 3), 5e-324)],
    ids=["a point", "a line", "hardly anything"],
)
def test_a_mesh_without_area_is_an_empty_picture(vertices: NDArray[np.float64]) -> None:
    assert background(pixels(a_square(vertices=vertices))).all()


def test_a_mesh_inside_out_looks_the_same() -> None:
    cube = a_cube()
    turned = replace(cube, faces=np.ascontiguousarray(cube.faces[:, ::-1]))

    assert np.abs(pixels(turned) - pixels(cube)).max() <= 1


def test_the_order_of_faces_does_not_matter() -> None:
    ring = torus()

    assert np.abs(pixels(replace(ring, faces=ring.faces[::-1].copy())) - pixels(ring)).max() <= 2


def test_round_things_have_no_facets() -> None:
    """Along the top of a ring of 24 pieces light changes in small steps only."""
    ring = pixels(torus(around=24, along=16), size=(128, 128))
    across = np.abs(np.diff(ring[:, 64].sum(axis=1)[44:56]))

    assert across.max() < 45


def test_a_crowd_of_triangles_is_drawn_coarser_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them would fill the picture."""
    monkeypatch.setattr(drawing, "BUDGET", 1 << 16)
    crowd = a_square(vertices=np.vstack([SQUARE + np.array((0, at / 400, 0)) for at in range(400)]))
    faces = np.vstack([HALVES + 4 * at for at in range(400)]).astype(np.int32)
    asked = []
    real = _kernels.visible

    def watched(*arguments: Any) -> Any:
        asked.append(arguments[4:6])
        return real(*arguments)

    monkeypatch.setattr("outfeed.mesh.thumbnail._kernels.visible", watched)
    picture = pixels(replace(crowd, faces=faces))

    assert (SIDE, SIDE, 3) == picture.shape
    assert (3 * SIDE, 3 * SIDE) == asked[0]
    assert (SIDE // 4, SIDE // 4) in asked
    assert not background(picture)[SIDE // 2, SIDE // 2]


def test_only_so_many_pixels_of_textures_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outfeed.mesh.drawing.looks.MOST_PIXELS", 3)
    texture = an_image([[BLUE, BLUE], [BLUE, BLUE]])
    uvs = {"uvs": np.zeros((1, 2)), "uv_faces": np.zeros((2, 3), np.int32)}

    assert "grey" == middle(a_square(**uvs, textures=(texture,), **of_material(texture=0)))

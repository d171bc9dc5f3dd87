import base64
import io

import pytest
from PIL import Image

from outfeed.mesh.appearance import Material, Wrap
from outfeed.mesh.traits import Trait
from unit.amf_helpers import (
    ONE,
    THREE,
    a_color,
    a_file,
    a_triangle,
    an_object,
    corner_colors,
    lost,
    read,
)

# --- Looks ------------------------------------------------------------------------------------------------------------

RED, GREEN, BLUE = a_color(1, 0, 0), a_color(0, 1, 0), a_color(0, 0, 1, 0.5)
NAMED = f'<material id="m"><metadata type="name">Brass</metadata>{RED}</material>'


@pytest.mark.parametrize(
    ("of_object", "of_volume", "material"),
    [
        ("", "", Material(name="Brass", color=(255, 0, 0, 255))),
        (GREEN, "", Material(name="Brass", color=(0, 255, 0, 255))),
        (GREEN, BLUE, Material(name="Brass", color=(0, 0, 255, 128))),
    ],
)
def test_the_nearer_colour_hides_the_others(of_object: str, of_volume: str, material: Material) -> None:
    volumes = f'<volume materialid="m">{of_volume}{a_triangle((0, 1, 2))}</volume>'

    mesh = read(a_file(an_object(volumes, vertices=THREE, more=of_object), NAMED)).mesh

    assert ((material,), None) == (mesh.materials, mesh.colors)


def test_a_triangle_hides_its_vertices_and_they_what_is_larger() -> None:
    vertices = THREE.replace("</coordinates></vertex>", f"</coordinates>{GREEN}</vertex>", 1)
    volumes = f'<volume materialid="m">{a_triangle((0, 1, 2))}{a_triangle((2, 1, 0), BLUE)}</volume>'

    mesh = read(a_file(an_object(volumes, vertices=vertices), NAMED)).mesh

    red, green, blue = [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 128]
    assert [[green, red, red], [blue, blue, blue]] == corner_colors(mesh)
    assert (Material(name="Brass"),) == mesh.materials


def test_corners_that_nothing_colours_have_no_colour() -> None:
    volumes = f"<volume>{a_triangle((0, 1, 2))}{a_triangle((2, 1, 0), RED)}</volume>"

    mesh = read(a_file(an_object(volumes, vertices=THREE))).mesh

    assert ([None] * 3, ()) == (corner_colors(mesh)[0], mesh.materials)


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        (a_color(2, -1, 0.5), (255, 0, 128, 255)),
        (a_color("nan", 0, 0), (0, 0, 0, 255)),
        (a_color(0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_shares_of_colours_are_cut_to_what_they_can_be(color: str, expected: tuple[int, ...]) -> None:
    assert expected == read(a_file(an_object(ONE, vertices=THREE, more=color))).mesh.materials[0].color


@pytest.mark.parametrize(
    ("more", "trait"),
    [
        (a_color("sin(x)", 0, 0), Trait.COLORS),
        ("<color/>", Trait.COLORS),
        ("<metadata type='author'>x</metadata>", Trait.METADATA),
        ("<normal><nx>0</nx><ny>0</ny><nz>1</nz></normal>", Trait.NORMALS),
        ("<edge><v1>0</v1><v2>1</v2></edge>", Trait.NORMALS),
        ("<composite materialid='1'>0.5</composite>", Trait.MATERIALS),
    ],
)
def test_what_is_left_out_is_said(more: str, trait: Trait) -> None:
    reading = read(a_file(an_object(ONE, vertices=THREE, more=more)))

    assert ({trait}, ()) == (lost(reading), reading.mesh.materials)


def test_a_material_that_is_not_there_is_said() -> None:
    assert {Trait.MATERIALS} == lost(read(a_file(an_object('<volume materialid="9">' + ONE[8:], vertices=THREE))))


# --- Textures ---------------------------------------------------------------------------------------------------------


def a_texture(name: str, data: bytes, *, size: str = 'width="2" height="1" depth="1"', tiled: str = "false") -> str:
    text = base64.b64encode(data).decode()
    return f'<texture id="{name}" {size} type="grayscale" tiled="{tiled}">{text[:2]}\n{text[2:]}</texture>'


def a_map(ids: str, *, form: str = "texmap") -> str:
    names = [("utex", "vtex"), ("u", "v")][form == "map"]
    pairs = [(0, 0), (1, 0), (0, 1)]
    inside = "".join(
        f"<{name}{n}>{value}</{name}{n}>"
        for n, pair in enumerate(pairs, 1)
        for name, value in zip(names, pair, strict=True)
    )
    return f"<{form} {ids}>{inside}</{form}>"


PLANES = a_texture("r", b"\x0a\x0b", tiled="true") + a_texture("g", b"\x14\x15") + a_texture("b", b"\x1e\x1f")
RGB = 'rtexid="r" gtexid="g" btexid="b"'


def a_textured_object(more: str) -> str:
    volumes = f'<volume materialid="m">{RED}{a_triangle((0, 1, 2), more)}{a_triangle((2, 1, 0))}</volume>'
    return an_object(volumes, vertices=THREE)


@pytest.mark.parametrize("form", ["texmap", "map"])
def test_channels_become_a_texture_of_the_triangles_that_it_is_mapped_to(form: str) -> None:
    mesh = read(a_file(a_textured_object(a_map(RGB, form=form)), PLANES, NAMED)).mesh

    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]] == mesh.uvs[mesh.uv_faces[0]].tolist()
    assert [-1, -1, -1] == mesh.uv_faces[1].tolist()
    assert [[None] * 3, [[255, 0, 0, 255]] * 3] == corner_colors(mesh)
    assert (Material(name="Brass", texture=0), Material(name="Brass")) == mesh.materials
    with Image.open(io.BytesIO(mesh.textures[0].image)) as image:
        assert [(10, 20, 30), (11, 21, 31)] == [image.getpixel((x, 0)) for x in (0, 1)]
    assert Wrap.REPEAT is mesh.textures[0].wrap_u


def test_a_fourth_channel_is_opacity() -> None:
    more = a_texture("a", b"\x00\xff")

    mesh = read(a_file(a_textured_object(a_map(f'{RGB} atexid="a"')), PLANES + more)).mesh

    with Image.open(io.BytesIO(mesh.textures[0].image)) as image:
        assert [(10, 20, 30, 0), (11, 21, 31, 255)] == [image.getpixel((x, 0)) for x in (0, 1)]


@pytest.mark.parametrize(
    "planes",
    [
        "",
        PLANES.replace('id="g"', 'id="x"'),
        PLANES.replace('width="2"', 'width="3"', 1),
        PLANES.replace('width="2"', 'width="99999999999"', 1),
        PLANES.replace('depth="1"', 'depth="2"', 1),
        PLANES.replace('width="2" height="1"', 'width="1" height="2"', 1),
        PLANES.replace("</texture>", "!</texture>", 1),
    ],
)
def test_a_texture_that_does_not_fit_together_costs_the_texture_only(planes: str) -> None:
    reading = read(a_file(a_textured_object(a_map(RGB)), planes, NAMED))

    assert ((), None, {Trait.TEXTURES}) == (reading.mesh.textures, reading.mesh.uvs, lost(reading))
    assert (Material(name="Brass", color=(255, 0, 0, 255)),) == reading.mesh.materials

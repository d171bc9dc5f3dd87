from collections.abc import Mapping
from typing import Any

import pytest

from outfeed.errors import SourceDamaged
from outfeed.mesh.appearance import WHITE, Material, Texture, Wrap
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.traits import Trait
from unit.comparing import corner_colors, corner_uvs
from unit.mesh_helpers import an_image
from unit.threemf_files import an_object, item, model, package, reading, reading_of, triangle

BASES = (
    '<basematerials id="1"><base name="red" displaycolor="#FF0000"/>'
    '<base name="" displaycolor="#00FF0080"/></basematerials>'
)
COLORS = (
    '<m:colorgroup id="2"><m:color color="#010203"/><m:color color="#04050607"/>'
    '<m:color color="#FFFFFF"/></m:colorgroup>'
)
IMAGE = '<m:texture2d id="3" path="/3D/Textures/a.png" contenttype="image/png" tilestyleu="mirror" tilestylev="clamp"/>'
COORDINATES = (
    '<m:texture2dgroup id="4" texid="3"><m:tex2coord u="0" v="0.25"/><m:tex2coord u="1" v="-2"/></m:texture2dgroup>'
)
ALL = BASES + COLORS + IMAGE + COORDINATES
FILES: Mapping[str, str | bytes] = {"3D/Textures/a.png": an_image()}
TEXTURE = Texture(image=an_image(), media_type="image/png", wrap_u=Wrap.MIRROR, wrap_v=Wrap.CLAMP)


def a_face(
    attributes: str, *, groups: str = "", of_object: str = "", files: Mapping[str, str | bytes] = FILES
) -> Reading:
    """Read a triangle with properties."""
    return reading_of(ALL + groups + triangle(6, attributes=attributes, of_object=of_object), "", files)


def layers(pids: str, pindices: str = "0", methods: str = "") -> Reading:
    """Read a triangle all of whose corners have the layers of one row."""
    blend = f'blendmethods="{methods}"' if methods else ""
    group = f'<m:multiproperties id="5" pids="{pids}" {blend}><m:multi pindices="{pindices}"/></m:multiproperties>'
    return a_face('pid="5" p1="0"', groups=group)


def colors_of(read: Reading) -> Any:
    return corner_colors(read.mesh)[0].tolist()


def test_base_materials_have_a_name_and_a_colour() -> None:
    faces = '<triangle v1="0" v2="1" v3="2" pid="1" p1="1"/><triangle v1="0" v2="1" v3="2" pid="1" p1="0"/>'
    mesh = reading_of(BASES + an_object(6, faces)).mesh

    assert (Material(color=(0, 255, 0, 128)), Material(name="red", color=(255, 0, 0, 255))) == mesh.materials
    assert mesh.material_faces is not None
    assert [0, 1] == mesh.material_faces.tolist()


def test_a_triangle_between_materials_has_that_of_its_first_corner() -> None:
    read = a_face('pid="1" p1="0" p2="1" p3="1"')

    assert ["red"] == [material.name for material in read.mesh.materials]
    assert [Trait.MATERIALS] == [loss.what for loss in read.lost]


def test_colours_belong_to_corners_and_may_have_opacity() -> None:
    read = a_face('pid="2" p1="0" p2="1" p3="2"')

    assert [[1, 2, 3, 255], [4, 5, 6, 7], [255, 255, 255, 255]] == colors_of(read)
    assert ((), ()) == (read.mesh.materials, read.lost)


@pytest.mark.parametrize("attributes", ['pid="2" p1="1"', 'pid="2" p1="1" p2="1" p3="1"'])
def test_corners_without_an_index_have_that_of_the_first(attributes: str) -> None:
    assert [[4, 5, 6, 7]] * 3 == colors_of(a_face(attributes))


@pytest.mark.parametrize("attributes", ["", 'pid="1"', 'p2="0"'])
def test_a_triangle_without_a_property_has_that_of_its_object(attributes: str) -> None:
    assert [[4, 5, 6, 7]] * 3 == colors_of(a_face(attributes, of_object='pid="2" pindex="1"'))


def test_a_triangle_may_have_another_index_in_the_group_of_its_object() -> None:
    assert [[1, 2, 3, 255]] * 3 == colors_of(a_face('p1="0"', of_object='pid="2" pindex="1"'))


def test_a_texture_is_the_material_of_its_faces() -> None:
    mesh = a_face('pid="4" p1="0" p2="1" p3="0"').mesh

    assert ((Material(texture=0),), (TEXTURE,)) == (mesh.materials, mesh.textures)
    assert [[0, 0.25], [1, -2], [0, 0.25]] == corner_uvs(mesh)[0].tolist()


def test_a_texture_that_ends_at_its_edge_is_said_to_go_on_where_it_is_looked_at_there() -> None:
    ends = COORDINATES.replace('"4"', '"5"').replace('"3"', '"7"') + IMAGE.replace("mirror", "none").replace(
        '"3"', '"7"'
    )
    inside = ends.replace('v="-2"', 'v="1"')

    lost = a_face('pid="5" p1="0"', groups=ends).lost
    assert [(Trait.TEXTURES, True)] == [(loss.what, "edge" in loss.why) for loss in lost]
    assert () == a_face('pid="5" p1="0"', groups=inside).lost


@pytest.mark.parametrize("data", [None, b"no image", an_image()[:40]])
def test_an_image_that_is_not_there_costs_the_texture_alone(data: bytes | None) -> None:
    read = a_face('pid="4" p1="0" p2="1" p3="0"', files={} if data is None else {"3D/Textures/a.png": data})

    assert ((), ()) == (read.mesh.materials, read.mesh.textures)
    assert [[0, 0.25], [1, -2], [0, 0.25]] == corner_uvs(read.mesh)[0].tolist()
    assert [Trait.TEXTURES] == [loss.what for loss in read.lost]


def test_an_image_of_too_many_pixels_costs_the_texture_alone() -> None:
    data = package(model(ALL + triangle(6, attributes='pid="4" p1="0"')), FILES)

    assert [Trait.TEXTURES] == [loss.what for loss in reading(data, pixels=15).lost]
    assert [TEXTURE] == list(reading(data, pixels=16).mesh.textures)


@pytest.mark.parametrize("path", ["http://127.0.0.1:9/a.png", "/../3D/Textures/a.png", "", "/3D/Textures"])
def test_images_outside_of_the_package_are_not_there(path: str) -> None:
    groups = ALL.replace("/3D/Textures/a.png", path)
    read = reading_of(groups + triangle(6, attributes='pid="4" p1="0"'), "", FILES)

    assert [Trait.TEXTURES] == [loss.what for loss in read.lost]


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        # Of light: half of it is 188 and not 128.
        ("0.5 0.5", [188, 188, 0, 192]),
        ("1 1", [188, 188, 0, 192]),
        ("0 0", [188, 188, 0, 192]),
        ("1", [255, 0, 0, 255]),
        ("0 7 9 9", [0, 255, 0, 128]),
        ("nan inf", [0, 255, 0, 128]),
    ],
)
def test_mixtures_are_colours_in_their_shares(shares: str, expected: list[int]) -> None:
    rows = f'<m:composite values="{shares}"/>'
    group = f'<m:compositematerials id="5" matid="1" matindices="0 1">{rows}</m:compositematerials>'
    read = a_face('pid="5" p1="0"', groups=group)

    assert [expected] * 3 == colors_of(read)
    assert [Trait.MATERIALS] == [loss.what for loss in read.lost]


@pytest.mark.parametrize(
    ("pids", "pindices", "methods", "material", "color"),
    [
        # What lies on a material covers its colour, and leaves its name.
        ("1 2", "0 0", "", Material(name="red"), (1, 2, 3, 255)),
        ("1 2", "0 0", "multiply", Material(name="red"), (1, 2, 3, 255)),
        ("1 2", "0 2", "multiply", Material(name="red"), WHITE),
        # A colour that is clear mixes with it: 7 of 255 of it are seen.
        ("1 2", "0 1", "mix", Material(name="red"), (252, 0, 0, 255)),
        ("1 2", "0 1", "multiply", Material(name="red"), (4, 5, 6, 7)),
        ("1 4", "0 0", "", Material(name="red", texture=0), WHITE),
        ("1 4", "0 0", "multiply", Material(name="red", texture=0), WHITE),
        ("2 4", "0 0", "multiply", Material(texture=0), (1, 2, 3, 255)),
        ("2 4", "0 0", "mix", Material(texture=0), WHITE),
        ("4 2", "0 0", "multiply", Material(texture=0), (1, 2, 3, 255)),
        ("4 2", "0 0", "mix", None, (1, 2, 3, 255)),
        ("1 2 4", "0 0 0", "multiply multiply", Material(name="red", texture=0), (1, 2, 3, 255)),
        ("1 2 4", "0 0", "multiply multiply", Material(name="red", texture=0), (1, 2, 3, 255)),
        ("1 2 4", "0 0 0", "multiply", Material(name="red", texture=0), WHITE),
        ("1", "0", "", Material(name="red", color=(255, 0, 0, 255)), (255, 0, 0, 255)),
        ("2", "0 0 0 0", "", None, (1, 2, 3, 255)),
        ("2 1", "0 0", "", Material(name="red", color=(255, 0, 0, 255)), (255, 0, 0, 255)),
        # A group that is not there is a layer that is not there.
        ("1 77", "0 0", "", Material(name="red", color=(255, 0, 0, 255)), (255, 0, 0, 255)),
        ("1 2", "0 9", "", Material(name="red", color=(255, 0, 0, 255)), (255, 0, 0, 255)),
    ],
)
def test_layers_are_blended_from_the_lowest_to_the_highest(
    pids: str, pindices: str, methods: str, material: Material | None, color: tuple[int, ...]
) -> None:
    mesh = layers(pids, pindices, methods).mesh

    assert (() if material is None else (material,)) == mesh.materials
    assert [list(color)] * 3 == corner_colors(mesh)[0].tolist()
    assert (mesh.uvs is None) == (material is None or material.texture is None)


def test_layers_multiply_light() -> None:
    lower = '<m:colorgroup id="8"><m:color color="#BCBCBC80"/></m:colorgroup>'
    upper = '<m:colorgroup id="9"><m:color color="#BCFF0080"/></m:colorgroup>'
    group = '<m:multiproperties id="5" pids="8 9" blendmethods="multiply"><m:multi pindices="0 0"/></m:multiproperties>'

    # 188 is half of the light, and 138 a quarter. Opacity is a share already.
    assert [[138, 188, 0, 64]] * 3 == colors_of(a_face('pid="5" p1="0"', groups=lower + upper + group))


def test_a_mixture_below_another_layer_is_covered_like_a_material() -> None:
    mixture = (
        '<m:compositematerials id="8" matid="1" matindices="0 1"><m:composite values="1 1"/></m:compositematerials>'
    )
    group = '<m:multiproperties id="5" pids="8 2" blendmethods="multiply"><m:multi pindices="0 0"/></m:multiproperties>'

    assert [[1, 2, 3, 255]] * 3 == colors_of(a_face('pid="5" p1="0"', groups=mixture + group))


def test_rows_of_layers_have_their_own_looks() -> None:
    rows = '<m:multi pindices="0 0"/><m:multi pindices="1 1"/>'
    group = f'<m:multiproperties id="5" pids="1 2" blendmethods="multiply">{rows}</m:multiproperties>'
    faces = "".join(f'<triangle v1="0" v2="1" v3="2" pid="5" p1="{row}"/>' for row in (1, 0))
    mesh = reading_of(ALL + group + an_object(6, faces)).mesh

    assert (Material(), Material(name="red")) == mesh.materials
    assert [[4, 5, 6, 7], [1, 2, 3, 255]] == corner_colors(mesh)[:, 0].tolist()


@pytest.mark.parametrize(
    ("pids", "methods", "trait"),
    [("4 4", "multiply", Trait.TEXTURES), ("2 4", "mix", Trait.COLORS), ("1 5", "mix", Trait.MATERIALS)],
)
def test_what_layers_lose_is_said(pids: str, methods: str, trait: Trait) -> None:
    assert [trait] == [loss.what for loss in layers(pids, "0 0", methods).lost]


def test_layers_of_layers_are_no_layers() -> None:
    assert [[255, 0, 0, 255]] * 3 == colors_of(layers("1 5", "0 0"))


def test_too_many_layers_are_refused() -> None:
    with pytest.raises(SourceDamaged, match="17 layers"):
        layers("1 " * 17)


@pytest.mark.parametrize(
    ("group", "index"), [("77", "0"), ("2", "3"), ("2", "-1"), ("2", "4294967297"), ("3", "0"), ("6", "0")]
)
def test_a_property_that_is_not_there_costs_the_look_alone(group: str, index: str) -> None:
    read = a_face(f'pid="{group}" p1="{index}"')

    assert (None, ()) == (read.mesh.colors, read.mesh.materials)
    assert [Trait.MATERIALS] == [loss.what for loss in read.lost]


def test_a_default_property_that_is_not_there_costs_the_look_alone() -> None:
    read = a_face("", of_object='pid="2" pindex="99999999999999999999999"')

    assert (None, [Trait.MATERIALS]) == (read.mesh.colors, [loss.what for loss in read.lost])


@pytest.mark.parametrize("text", ["red", "#12", "", "#12345G", "#1234567890"])
def test_a_colour_that_is_none_is_white(text: str) -> None:
    groups = f'<m:colorgroup id="5"><m:color color="{text}"/></m:colorgroup>'
    read = a_face('pid="5" p1="0"', groups=groups)

    assert [list(WHITE)] * 3 == colors_of(read)
    assert [Trait.COLORS] == [loss.what for loss in read.lost]


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ('<m:colorgroup id="2"/>', "two resources"),
        ('<m:color color="#000000"/><m:tex2coord u="0" v="0"/>', "outside of a group"),
        ('<m:colorgroup id="5"><m:color/></m:colorgroup>', "'color'"),
        ('<m:texture2dgroup id="5"/>', "'texid'"),
        ('<m:texture2dgroup id="5" texid="3"><m:tex2coord u="a" v="0"/></m:texture2dgroup>', "'a'"),
        ('<m:multiproperties id="5" pids="1 b"/>', "'b'"),
        ('<m:compositematerials id="5" matid="1" matindices="x"/>', "'x'"),
    ],
)
def test_groups_that_cannot_be_read_are_refused(groups: str, words: str) -> None:
    with pytest.raises(SourceDamaged) as refused:
        a_face("", groups=groups)

    assert words in str(refused.value)


def test_a_texture_coordinate_that_is_not_finite_is_none() -> None:
    rows = '<m:tex2coord u="nan" v="0"/><m:tex2coord u="1" v="1"/>'
    groups = f'<m:texture2dgroup id="5" texid="3">{rows}</m:texture2dgroup>'
    mesh = a_face('pid="5" p1="0" p2="1" p3="0"', groups=groups).mesh

    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert ([[1, 1]], [[-1, 0, -1]]) == (mesh.uvs.tolist(), mesh.uv_faces.tolist())


def test_looks_of_other_parts_are_their_own() -> None:
    other = '<m:colorgroup id="2"><m:color color="#AABBCC"/></m:colorgroup>'
    part = model(other + triangle(6, attributes='pid="2" p1="0"'))
    here = COLORS + triangle(6, attributes='pid="2" p1="0"')
    mesh = reading_of(here, item(6) + item(6, more='p:path="/3D/a.model"'), {"3D/a.model": part}).mesh

    assert [[1, 2, 3, 255], [170, 187, 204, 255]] == corner_colors(mesh)[:, 0].tolist()

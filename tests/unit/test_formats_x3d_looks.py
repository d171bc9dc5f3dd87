import pytest

from outfeed.mesh.appearance import Material, Wrap
from outfeed.mesh.traits import Trait
from unit.mesh_helpers import an_image
from unit.x3d_helpers import SET, SHAPE, TRIANGLE, a_file, a_shape, lost, read

# --- Looks ------------------------------------------------------------------------------------------------------------


def look(inside: str, name: str = "") -> str:
    return f'<Appearance DEF="{name}">{inside}</Appearance>'


@pytest.mark.parametrize(
    ("material", "color"),
    [
        ("<Material/>", (204, 204, 204, 255)),
        ('<Material diffuseColor="1 0.5 0" transparency="0.2"/>', (255, 128, 0, 204)),
        ('<Material diffuseColor="2 -1 0"/>', (255, 0, 0, 255)),
        ("<PhysicalMaterial/>", (255, 255, 255, 255)),
        ('<PhysicalMaterial baseColor="1 0 0"/>', (255, 0, 0, 255)),
        ('<UnlitMaterial emissiveColor="0 1 0"/>', (0, 255, 0, 255)),
    ],
)
def test_a_material_has_a_colour_and_an_opacity(material: str, color: tuple[int, int, int, int]) -> None:
    mesh = read(a_shape(SET, look(material, "Brass"))).mesh

    assert (Material(name="Brass", color=color),) == mesh.materials


def test_a_shape_without_a_material_is_white_and_has_none() -> None:
    assert () == read(a_shape(SET, look(""))).mesh.materials


OF_FACES = 'colorPerVertex="false"'
COLORS = '<Color color="1 0 0 0 1 0 0 0 1"/>'


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (f'<IndexedFaceSet coordIndex="0 1 2">{TRIANGLE}{COLORS}</IndexedFaceSet>', "rgb"),
        (f'<IndexedFaceSet coordIndex="0 1 2" colorIndex="2 1 0">{TRIANGLE}{COLORS}</IndexedFaceSet>', "bgr"),
        (f'<IndexedFaceSet coordIndex="0 1 2" {OF_FACES}>{TRIANGLE}{COLORS}</IndexedFaceSet>', "rrr"),
        (f'<IndexedFaceSet coordIndex="0 1 2" {OF_FACES} colorIndex="2">{TRIANGLE}{COLORS}</IndexedFaceSet>', "bbb"),
        (f"<TriangleSet>{TRIANGLE}{COLORS}</TriangleSet>", "rgb"),
        (f'<TriangleFanSet fanCount="3" colorPerVertex="false">{TRIANGLE}{COLORS}</TriangleFanSet>', "rrr"),
        (f'<IndexedTriangleSet index="2 1 0">{TRIANGLE}{COLORS}</IndexedTriangleSet>', "bgr"),
    ],
)
def test_colours_belong_to_corners_or_to_faces(geometry: str, expected: str) -> None:
    mesh = read(a_shape(geometry, look('<Material diffuseColor="0 0 1" transparency="0.2"/>'))).mesh

    named = {"r": [255, 0, 0, 255], "g": [0, 255, 0, 255], "b": [0, 0, 255, 255]}
    assert mesh.colors is not None
    assert mesh.color_faces is not None
    assert [named[letter] for letter in expected] == mesh.colors[mesh.color_faces[0]].tolist()
    assert (255, 255, 255, 204) == mesh.materials[0].color


def test_colours_with_an_opacity_take_that_of_the_material_too() -> None:
    colors = '<ColorRGBA color="1 0 0 0.5 1 0 0 0.5 1 0 0 0.5"/>'

    mesh = read(a_shape(f"<TriangleSet>{TRIANGLE}{colors}</TriangleSet>", look('<Material transparency="0.2"/>'))).mesh

    assert mesh.colors is not None
    assert ([[255, 0, 0, 128]], (255, 255, 255, 255)) == (mesh.colors.tolist(), mesh.materials[0].color)


UVS = '<TextureCoordinate point="0 0 1 0 0 1"/>'


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("", [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        ('texCoordIndex="2 0 1 -1"', [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]),
    ],
)
def test_a_texture_lies_on_its_coordinates(index: str, expected: list[list[float]]) -> None:
    geometry = f'<IndexedFaceSet coordIndex="0 1 2 -1" {index}>{TRIANGLE}{UVS}</IndexedFaceSet>'
    texture = '<Material diffuseColor="0 0 0"/><ImageTexture url=\'"gone.png" "b.png"\' repeatS="false"/>'

    reading = read(a_shape(geometry, look(texture)), {"b.png": an_image()})

    mesh = reading.mesh
    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert expected == mesh.uvs[mesh.uv_faces[0]].tolist()
    assert (Material(texture=0),) == mesh.materials
    assert (Wrap.CLAMP, Wrap.REPEAT) == (mesh.textures[0].wrap_u, mesh.textures[0].wrap_v)


@pytest.mark.parametrize(
    ("geometry", "texture"),
    [
        (SET, '<ImageTexture url="b.png"/>'),
        (f"<TriangleSet>{TRIANGLE}{UVS}</TriangleSet>", '<ImageTexture url="gone.png"/>'),
        (f"<TriangleSet>{TRIANGLE}{UVS}</TriangleSet>", '<PixelTexture image="1 1 1 0"/>'),
    ],
)
def test_a_texture_that_cannot_be_shown_is_said(geometry: str, texture: str) -> None:
    reading = read(a_shape(geometry, look(texture)), {"b.png": an_image()})

    assert ((), {Trait.TEXTURES}) == (reading.mesh.textures, lost(reading))


def test_what_is_left_out_is_said() -> None:
    scene = (
        SHAPE + "<Shape><LineSet/></Shape><Shape><PointSet/></Shape><Shape><Text/></Shape><PositionInterpolator/>"
        f"<Shape><TriangleSet>{TRIANGLE}<Normal vector='0 0 1'/></TriangleSet></Shape>"
    )

    expected = {Trait.LINES, Trait.POINTS, Trait.OTHER, Trait.ANIMATION, Trait.NORMALS, Trait.STRUCTURE, Trait.METADATA}
    assert expected == lost(read(a_file(scene, head="<meta name='a' content='b'/>")))


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ['"' + "\\\\" + '"', '"' + '\\"' * 200_000, '"a" ' * 100_000, "\\" * 300_001, '"' + "\\"]
)
def test_addresses_are_read_in_little_time(url: str) -> None:
    texture = look(f"<ImageTexture url='{url}'/>")

    assert {Trait.TEXTURES} == lost(read(a_shape(f"<TriangleSet>{TRIANGLE}{UVS}</TriangleSet>", texture)))


def test_one_table_of_points_may_be_used_many_times() -> None:
    points = " ".join(f"{n} {n % 3} {n % 2}" for n in range(60_000))
    first = a_shape(f'<IndexedTriangleSet index="0 1 2"><Coordinate DEF="c" point="{points}"/></IndexedTriangleSet>')
    again = '<Shape><IndexedTriangleSet index="5 6 7"><Coordinate USE="c"/></IndexedTriangleSet></Shape>'

    assert 2_001 == len(read(first + again * 2_000).mesh.faces)

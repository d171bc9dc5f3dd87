import pytest

from outfeed.errors import (
    SourceDamaged,
)
from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.traits import Trait
from unit.collada_helpers import (
    BOUND,
    DIFFUSE,
    ONE_UV,
    SAMPLED,
    SQUARE,
    a_dressed_file,
    a_file,
    a_geometry,
    a_source,
    library_of,
    lost,
    read,
    triangles,
)
from unit.mesh_helpers import an_image, triangles_of

# --- What corners and faces look like --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "color"),
    [
        ("<diffuse><color>1 0.5 0 1</color></diffuse>", (255, 128, 0, 255)),
        ("<diffuse><color>1 0.5 0 0</color></diffuse>", (255, 128, 0, 255)),
        ("<diffuse><color>2 -1 nan 0</color></diffuse>", (255, 255, 255, 255)),
        ("<diffuse><param ref='c'/></diffuse>", (0, 0, 255, 255)),
        ("<transparency><float>0.5</float></transparency>", (255, 255, 255, 128)),
        ("<transparency><float>0</float></transparency>", (255, 255, 255, 255)),
        ("<transparent><color>0 0 0 1</color></transparent>", (255, 255, 255, 255)),
        ("<transparent><color>1 1 1 0.2</color></transparent>", (255, 255, 255, 51)),
        (
            "<transparent><color>1 1 1 0.5</color></transparent><transparency><float>0.4</float></transparency>",
            (255, 255, 255, 51),
        ),
        ("<transparent opaque='RGB_ZERO'><color>0.8 0.8 0.8 1</color></transparent>", (255, 255, 255, 51)),
        ("<transparent opaque='RGB_ZERO'><color>0 0 0 1</color></transparent>", (255, 255, 255, 255)),
        ("<transparent opaque='RGB_ONE'><color>0.2 0.2 0.2 1</color></transparent>", (255, 255, 255, 51)),
        ("<transparent opaque='A_ZERO'><color>1 1 1 0.8</color></transparent>", (255, 255, 255, 51)),
    ],
)
def test_an_effect_gives_a_colour_and_an_opacity(body: str, color: tuple[int, int, int, int]) -> None:
    params = '<newparam sid="c"><float4>0 0 1 1</float4></newparam>'

    mesh = read(a_dressed_file(body, params=params)).mesh

    assert (Material(name="Brass", color=color),) == mesh.materials
    assert mesh.material_faces is not None
    assert [0] == mesh.material_faces.tolist()


@pytest.mark.parametrize("model", ["phong", "blinn", "lambert"])
def test_each_model_of_light_has_its_diffuse_colour(model: str) -> None:
    mesh = read(a_dressed_file("<diffuse><color>1 0 0 1</color></diffuse>", model=model)).mesh

    assert (255, 0, 0, 255) == mesh.materials[0].color


def test_a_constant_material_shows_what_it_emits() -> None:
    reading = read(a_dressed_file("<emission><color>0 1 0 1</color></emission>", model="constant"))

    assert ((0, 255, 0, 255), set()) == (reading.mesh.materials[0].color, lost(reading))


def test_what_shading_has_besides_is_said() -> None:
    shiny = "<diffuse><color>1 0 0 1</color></diffuse><specular><color>1 1 1 1</color></specular>"
    dull = shiny.replace("1 1 1 1", "0 0 0 1")

    assert [{Trait.SHADING}, set()] == [lost(read(a_dressed_file(body))) for body in (shiny, dull)]


SAMPLED_15 = (
    '<newparam sid="sampler"><sampler2D><instance_image url="#i"/>'
    "<wrap_s>MIRROR</wrap_s><wrap_t>BORDER</wrap_t></sampler2D></newparam>"
)
TWO_UVS = ONE_UV + '<input semantic="TEXCOORD" source="#u" offset="0" set="3"/>'


@pytest.mark.parametrize(
    ("params", "images"),
    [
        (SAMPLED, library_of("maps/a.png")),
        (SAMPLED_15, library_of("<ref>maps/a.png</ref>")),
        (SAMPLED, library_of("file:///C:/somewhere/maps/a.png")),
        (SAMPLED, library_of("..\\..\\a.png")),
    ],
)
def test_a_texture_is_found_through_sampler_and_surface(params: str, images: str) -> None:
    image = an_image()
    data = a_dressed_file(DIFFUSE, params=params, images=images, uvs=ONE_UV)

    reading = read(data, {"maps/a.png": image, "a.png": image})

    texture = Texture(image=image, media_type="image/png", wrap_u=Wrap.MIRROR, wrap_v=Wrap.CLAMP)
    assert ((texture,), (Material(name="Brass", texture=0),)) == (reading.mesh.textures, reading.mesh.materials)
    assert set() == lost(reading)


def test_a_texture_may_name_its_image_without_a_sampler() -> None:
    data = a_dressed_file(DIFFUSE.replace("sampler", "i"), images=library_of("a.png"), uvs=ONE_UV)

    assert 1 == len(read(data, {"a.png": an_image()}).mesh.textures)


@pytest.mark.parametrize(
    ("reference", "images"),
    [
        ("a.png", {}),
        ("a.png", {"a.png": b"no image"}),
        ("http://127.0.0.1:9/b.png", {"a.png": b""}),
        ("", {}),
    ],
)
def test_an_image_that_is_not_there_costs_the_texture_only(reference: str, images: dict[str, bytes]) -> None:
    reading = read(a_dressed_file(DIFFUSE, params=SAMPLED, images=library_of(reference), uvs=ONE_UV), images)

    assert ((), (Material(name="Brass"),)) == (reading.mesh.textures, reading.mesh.materials)
    assert {Trait.TEXTURES} == lost(reading)


def test_faces_without_texture_coordinates_have_no_texture() -> None:
    mesh = read(a_dressed_file(DIFFUSE, params=SAMPLED, images=library_of("a.png")), {"a.png": an_image()}).mesh

    assert ((), None) == (mesh.textures, mesh.uvs)


@pytest.mark.parametrize(
    ("inputs", "first"), [("", [0.0, 0.0]), ("3", [1.0, 1.0]), ("0", [0.0, 0.0]), ("7", [0.0, 0.0])]
)
def test_an_instance_says_which_texture_coordinates_its_texture_takes(inputs: str, first: list[float]) -> None:
    binding = f'<bind_vertex_input semantic="UV" input_semantic="TEXCOORD" input_set="{inputs}"/>' if inputs else ""
    data = a_dressed_file(DIFFUSE, params=SAMPLED, images=library_of("a.png"), inputs=binding, uvs=TWO_UVS)

    reading = read(data, {"a.png": an_image()})

    assert reading.mesh.uvs is not None
    assert (first, {Trait.UVS}) == (reading.mesh.uvs[0].tolist(), lost(reading))


def test_one_geometry_may_have_another_material_in_each_instance() -> None:
    effects = "".join(
        f'<effect id="e{name}"><profile_COMMON><technique><lambert><diffuse><color>{color} 1</color></diffuse>'
        "</lambert></technique></profile_COMMON></effect>"
        for name, color in (("a", "1 0 0"), ("b", "0 1 0"))
    )
    materials = "".join(f'<material id="{name}"><instance_effect url="#e{name}"/></material>' for name in "ab")
    libraries = f"<library_effects>{effects}</library_effects><library_materials>{materials}</library_materials>"
    nodes = "".join(BOUND.format(inputs="").replace("#m", f"#{name}") for name in "ab")
    geometry = a_geometry(triangles("0 1 3", attributes='material="s"'))

    mesh = read(a_file(nodes, libraries=libraries, geometry=geometry)).mesh

    assert [(255, 0, 0, 255), (0, 255, 0, 255)] == [material.color for material in mesh.materials]
    assert mesh.material_faces is not None
    assert ([0, 1], 3) == (mesh.material_faces.tolist(), len(mesh.vertices))


def test_corner_colours_come_from_lists_of_their_own_or_with_the_vertices() -> None:
    colors = a_source("c", "1 0 0 1 0 1 0 0.5 0 0 1 0", "RGBA")
    own = triangles("0 2 1 1 2 0", inputs='<input semantic="COLOR" source="#c" offset="1"/>')
    with_vertices = a_geometry(triangles("0 1 2"), points=SQUARE, more=colors).replace(
        "</vertices>", '<input semantic="COLOR" source="#c"/></vertices>'
    )

    meshes = [
        read(a_file(geometry=a_geometry(own, points=SQUARE, more=colors))).mesh,
        read(a_file(geometry=with_vertices)).mesh,
    ]

    expected = [[0, 0, 255, 0], [255, 0, 0, 255], [0, 255, 0, 128]]
    for mesh, rows in zip(meshes, (expected, [expected[1], expected[2], expected[0]]), strict=True):
        assert mesh.colors is not None
        assert mesh.color_faces is not None
        found = mesh.colors[mesh.color_faces]
        assert sorted(rows) == sorted(found.reshape(-1, 4).tolist())


def test_a_colour_or_texture_coordinate_that_is_not_there_leaves_its_corner_without() -> None:
    uvs = '<input semantic="TEXCOORD" source="#t" offset="1"/>'
    geometry = a_geometry(triangles("0 0 1 -1 2 7", inputs=uvs), points=SQUARE, more=a_source("t", "0 0 1 0 0 1", "ST"))

    mesh = read(a_file(geometry=geometry)).mesh

    assert mesh.uv_faces is not None
    assert [[0, -1, -1]] == mesh.uv_faces.tolist()


def test_normals_are_said_to_be_lost() -> None:
    more = a_source("n", "0 0 1")
    faces = triangles("0 0 1 0 2 0", inputs='<input semantic="NORMAL" source="#n" offset="1"/>')

    assert {Trait.NORMALS} == lost(read(a_file(geometry=a_geometry(faces, more=more))))


# --- Skins and morphs ------------------------------------------------------------------------------------------------


def test_a_skin_stands_where_its_bind_shape_puts_it() -> None:
    skin = (
        '<library_controllers><controller id="k"><skin source="#w"><bind_shape_matrix>1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1'
        '</bind_shape_matrix></skin></controller><controller id="w"><morph source="#g"/></controller>'
        "</library_controllers>"
    )
    nodes = '<node><translate>0 100 0</translate><instance_controller url="#k"/><instance_geometry url="#g"/></node>'

    reading = read(a_file(nodes, libraries=skin, geometry=a_geometry(triangles("0 1 3"))))

    assert [[5.0, 0.0, 0.0], [0.0, 100.0, 0.0]] == [face[0] for face in triangles_of(reading.mesh)]
    assert {Trait.ANIMATION, Trait.STRUCTURE} == lost(reading)


def test_controllers_that_change_each_other_are_refused() -> None:
    circle = "".join(f'<controller id="{a}"><morph source="#{b}"/></controller>' for a, b in ("ab", "ba"))

    with pytest.raises(SourceDamaged, match="controller"):
        read(a_file('<node><instance_controller url="#a"/></node>', libraries=f"<x>{circle}</x>"))

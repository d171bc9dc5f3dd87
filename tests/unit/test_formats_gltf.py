"""glTF and GLB as other programs write them: what is read, and what is said of the rest."""

import json
import math
from pathlib import Path
from typing import Any

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import numpy as np
import pytest
import trimesh

from outfeed.errors import (
    IndexOutOfRange,
    NotFinite,
    SourceDamaged,
    SourceEmpty,
    SourceError,
    SourceIncomplete,
    SourceUnsupported,
    TooManyTriangles,
)
from outfeed.mesh.appearance import Material, Wrap
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_mesh, read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile, beside
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.corpus import rows
from unit.gltf_files import SQUARE, TWO, Maker, a_square, packed, with_draco
from unit.mesh_helpers import DATA, an_image, triangles_of

#: The square of `gltf_files`, as we see it: z up.
UPRIGHT = [[[0, 0, 0], [1, 0, 0], [1, 0, 1]], [[0, 0, 0], [1, 0, 1], [0, 0, 1]]]


DEFAULTS = ReadLimits()
NO_FILES: dict[str, bytes] = {}


def reading(file: Maker | bytes, *, limits: ReadLimits = DEFAULTS, files: dict[str, bytes] = NO_FILES) -> Reading:
    """Read a document, with files beside it by their names."""
    source = SourceFile(content=file if isinstance(file, bytes) else file.glb(), companion=files.get)
    return read_source(source, format="glb", unitless=Unit.MILLIMETRE, limits=limits)


def triangles(file: Maker | bytes) -> Any:
    return triangles_of(reading(file).mesh)


def lost(file: Maker) -> set[Trait]:
    return {loss.what for loss in reading(file).lost}


# --- Geometry ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["glb", "gltf"])
def test_a_square_is_read_in_metres_and_turned_upright(form: str) -> None:
    maker = a_square()
    data = maker.glb() if form == "glb" else maker.gltf()

    found = read_source(SourceFile(content=data), format=form, unitless=Unit.INCH, limits=ReadLimits())

    assert triangles_of(found.mesh) == UPRIGHT
    assert np.float32 == found.mesh.vertices.dtype
    assert (Unit.METRE, 2, ()) == (found.mesh.unit, found.stored_triangles, found.lost)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (4, [[0, 1, 2]]),
        (5, [[0, 1, 2], [1, 3, 2], [2, 3, 0]]),
        (6, [[1, 2, 0], [2, 3, 0], [3, 0, 0]]),
    ],
)
def test_strips_and_fans_are_triangles_degenerate_ones_too(mode: int, expected: list[list[int]]) -> None:
    maker = Maker()
    maker.primitive({"POSITION": maker.accessor(SQUARE)}, np.array([0, 1, 2, 3, 0], dtype=np.uint8), mode=mode)

    corners = [[UPRIGHT_POINTS[corner] for corner in face] for face in expected]

    assert corners == triangles(maker)


UPRIGHT_POINTS = [[x, -z, y] for x, y, z in SQUARE.tolist()]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_indices_are_of_any_size_or_not_there(dtype: type[np.unsignedinteger[Any]]) -> None:
    indexed, plain = Maker(), Maker()
    indexed.primitive({"POSITION": indexed.accessor(SQUARE)}, TWO.astype(dtype))
    plain.primitive({"POSITION": plain.accessor(SQUARE[TWO])}, None)

    assert triangles(indexed) == triangles(plain) == UPRIGHT


@pytest.mark.parametrize(
    ("dtype", "normalized", "scale"),
    [(np.int8, True, 127), (np.uint16, True, 65535), (np.int16, False, 1), (np.uint8, False, 1)],
)
def test_quantised_positions_are_what_they_stand_for(dtype: Any, normalized: bool, scale: int) -> None:  # noqa: FBT001 a parameter
    maker = Maker()
    stored = (SQUARE * scale).astype(dtype)
    wide = np.zeros((4, 4), dtype=dtype)
    wide[:, :3] = stored
    view = maker.view(wide.tobytes(), byteStride=wide.strides[0])
    maker.primitive({"POSITION": maker.accessor(stored, view=view, normalized=normalized)})
    maker.document["extensionsRequired"] = ["KHR_mesh_quantization"]

    assert triangles(maker) == UPRIGHT
    assert np.float64 == reading(maker).mesh.vertices.dtype


def test_the_least_whole_number_is_minus_one_too() -> None:
    maker = Maker()
    low = np.array([(-128, -127, 0), (127, 0, 0), (0, 127, 0)], dtype=np.int8)
    maker.primitive({"POSITION": maker.accessor(low, normalized=True)}, np.array([0, 1, 2], dtype=np.uint8))

    assert [[[-1, 0, -1], [1, 0, 0], [0, 0, 1]]] == triangles(maker)


def test_sparse_values_replace_some() -> None:
    maker = a_square()
    rows_view = maker.view(np.array([1, 2], dtype=np.uint8).tobytes())
    values = maker.view(np.array([(5, 0, 0), (5, 1, 0)], dtype=np.float32).tobytes())
    maker.document["accessors"][0]["sparse"] = {
        "count": 2,
        "indices": {"bufferView": rows_view, "componentType": 5121},
        "values": {"bufferView": values},
    }

    assert [[[0, 0, 0], [5, 0, 0], [5, 0, 1]], [[0, 0, 0], [5, 0, 1], [0, 0, 1]]] == triangles(maker)


def test_values_without_a_view_are_zeros() -> None:
    maker = a_square()
    del maker.document["accessors"][0]["bufferView"]

    assert [[[0, 0, 0]] * 3] * 2 == triangles(maker)


def test_positions_between_other_values_are_read_by_their_stride() -> None:
    maker = Maker()
    mixed = np.zeros((4, 5), dtype=np.float32)
    mixed[:, 1:4] = SQUARE
    view = maker.view(mixed.tobytes(), byteStride=20)
    maker.primitive({"POSITION": maker.accessor(SQUARE, view=view, byteOffset=4)})

    assert triangles(maker) == UPRIGHT


# --- Compression ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
@pytest.mark.parametrize("mode", ["TRIANGLES", "INDICES"])
def test_meshopt_is_unpacked(mode: str, name: str) -> None:
    maker = Maker()
    positions = maker.accessor(SQUARE, view=packed(maker, SQUARE, "ATTRIBUTES", name))
    indices = TWO.astype(np.uint32)
    corners = maker.accessor(indices, view=packed(maker, indices, mode, name))
    maker.document["meshes"][0]["primitives"].append({"attributes": {"POSITION": positions}, "indices": corners})
    maker.document["extensionsRequired"] = [name]

    assert sorted(map(sorted, UPRIGHT)) == sorted(map(sorted, triangles(maker)))


def test_meshopt_numbers_with_an_exponent_are_unpacked() -> None:
    maker = Maker()
    # 2^-3 times a whole number of 24 bits.
    words = ((SQUARE * 8).astype(np.int32) & 0xFFFFFF) | np.int32(-3 << 24)
    view = packed(maker, words, "ATTRIBUTES", filter="EXPONENTIAL")
    maker.primitive({"POSITION": maker.accessor(SQUARE, view=view)})

    assert triangles(maker) == UPRIGHT


def test_meshopt_colours_of_luma_and_chroma_are_unpacked() -> None:
    maker = Maker()
    # White, red, black and half transparent grey of eight bits: luma, orange, green, opacity of seven bits under a one.
    luma = np.array([(255, 0, 0, 255), (50, 100, -50, 255), (0, 0, 0, 255), (128, 0, 0, 191)]).astype(np.uint8)
    view = packed(maker, luma, "ATTRIBUTES", "KHR_meshopt_compression", filter="COLOR")
    maker.document["materials"] = [{"alphaMode": "BLEND"}]
    colors = maker.accessor(luma, view=view, normalized=True)
    maker.primitive({"POSITION": maker.accessor(SQUARE), "COLOR_0": colors}, material=0)

    mesh = reading(maker).mesh

    assert mesh.colors is not None
    assert [[255, 255, 255, 255], [229, 0, 0, 255], [0, 0, 0, 255], [188, 188, 188, 127]] == mesh.colors.tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"count": 1 << 40},
        {"byteStride": 14},
        {"byteStride": 260},
        {"mode": "OTHER"},
        {"mode": "TRIANGLES"},
        {"filter": "QUATERNION"},
        {"byteLength": 10},
        {"byteLength": 1 << 40},
        {"filter": 7},
    ],
)
def test_damaged_meshopt_is_refused(change: dict[str, Any]) -> None:
    maker = Maker()
    view = packed(maker, SQUARE, "ATTRIBUTES")
    maker.document["bufferViews"][view]["extensions"]["EXT_meshopt_compression"] |= change
    maker.primitive({"POSITION": maker.accessor(SQUARE, view=view)})

    with pytest.raises(SourceDamaged):
        reading(maker)


@pytest.mark.parametrize("metadata", [False, True])
def test_draco_is_decoded(metadata: bool) -> None:  # noqa: FBT001 a parameter
    maker = Maker()
    with_draco(maker, SQUARE, TWO.reshape(-1, 3), create_metadata=metadata)
    maker.document["extensionsRequired"] = ["KHR_draco_mesh_compression"]

    assert sorted(map(sorted, UPRIGHT)) == sorted(map(sorted, triangles(maker)))
    assert 2 == reading(maker).stored_triangles


def test_draco_of_edges_has_the_triangles_that_it_announces() -> None:
    sphere = trimesh.creation.icosphere(3)
    maker = Maker()
    stream = DracoPy.encode(sphere.vertices, sphere.faces.astype(np.uint32), quantization_bits=16, compression_level=7)
    count = maker.add("accessors", {"componentType": 5126, "count": 642, "type": "VEC3"})
    extension = {"bufferView": maker.view(stream), "attributes": {"POSITION": 0}}
    maker.primitive({"POSITION": count}, None, extensions={"KHR_draco_mesh_compression": extension})

    mesh = reading(maker).mesh

    assert (642, 1280) == (len(mesh.vertices), len(mesh.faces))
    assert trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).volume == pytest.approx(sphere.volume, rel=1e-4)


def test_draco_that_announces_too_much_is_refused_before_it_is_decoded() -> None:
    maker = Maker()
    primitive = with_draco(maker, SQUARE, TWO.reshape(-1, 3))
    view = maker.document["bufferViews"][primitive["extensions"]["KHR_draco_mesh_compression"]["bufferView"]]
    start = view["byteOffset"] + 11
    # Behind the head: the number of faces, seven bits to the byte.
    maker.binary = maker.binary[:start] + b"\xff\xff\xff\xff\x0f" + maker.binary[start + 1 :]

    with pytest.raises(TooManyTriangles):
        reading(maker)


# --- The scene --------------------------------------------------------------------------------------------------------


def test_nodes_move_turn_and_size_what_they_hold() -> None:
    maker = a_square()
    half = math.sqrt(0.5)
    maker.document["nodes"] = [
        {"children": [1], "translation": [10, 0, 0]},
        {"mesh": 0, "rotation": [0, 0, half, half], "scale": [2, 1, 1]},
    ]

    # Twice as wide, a quarter turn around z, moved along x: x becomes y, y becomes -x.
    expected = [[10, 0, 0], [10, 0, 2], [9, 0, 2]]
    assert np.abs(np.array(triangles(maker)[0]) - expected).max() < 1e-15


def test_a_matrix_stands_column_by_column() -> None:
    maker = a_square()
    maker.document["nodes"] = [{"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1e8 + 1, 5, 0, 1]}]

    mesh = reading(maker).mesh

    assert [[1e8 + 1, 0, 5], [1e8 + 2, 0, 5], [1e8 + 2, 0, 6]] == triangles_of(mesh)[0]
    assert np.float64 == mesh.vertices.dtype


def test_a_mirror_turns_faces_around_with_all_that_they_carry() -> None:
    maker = Maker()
    uvs = maker.accessor(SQUARE[:, :2].copy())
    maker.primitive({"POSITION": maker.accessor(SQUARE), "TEXCOORD_0": uvs})
    maker.document["nodes"] = [{"mesh": 0, "scale": [-1, 1, 1]}]

    mesh = reading(maker).mesh

    assert [[0, 0, 0], [-1, 0, 1], [-1, 0, 0]] == triangles_of(mesh)[0]
    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert [[0, 1], [1, 0], [1, 1]] == mesh.uvs[mesh.uv_faces[0]].tolist()


@pytest.mark.parametrize("size", [1e-200, 1e90])
@pytest.mark.parametrize(("signs", "turned"), [((-1, 1, 1), True), ((-1, -1, 1), False), ((-1, -1, -1), True)])
def test_a_mirror_is_seen_where_its_determinant_is_no_number(
    signs: tuple[int, int, int],
    size: float,
    turned: bool,  # noqa: FBT001 a parameter
) -> None:
    maker = a_square()
    maker.document["nodes"] = [{"mesh": 0, "scale": [sign * size for sign in signs]}]

    second = reading(maker).mesh.vertices[1].tolist()

    corner = 2 if turned else 1
    x, y, z = SQUARE[corner].astype(float).tolist()
    assert [x * signs[0] * size, -z, y * signs[1] * size] == second


def test_a_mesh_is_placed_as_often_as_nodes_and_instances_say() -> None:
    maker = a_square()
    moves = np.array([(0, 0, 0), (0, 0, -7), (3, 0, 0)], dtype=np.float32)
    sizes = np.array([(1, 1, 1), (1, 1, 1), (-1, 1, 1)], dtype=np.float32)
    attributes = {"TRANSLATION": maker.accessor(moves), "SCALE": maker.accessor(sizes)}
    maker.document["nodes"] = [
        {"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": attributes}}},
        {"mesh": 0, "translation": [0, 9, 0]},
    ]
    maker.document["scenes"][0]["nodes"] = [1, 0]

    found = reading(maker)

    firsts = [triangle[0] for triangle in triangles_of(found.mesh)[::2]]
    assert [[0, 0, 9], [0, 0, 0], [0, 7, 0], [3, 0, 0]] == firsts
    assert [[3, 0, 0], [2, 0, 1], [2, 0, 0]] == triangles_of(found.mesh)[6]
    assert (8, 2) == (len(found.mesh.faces), found.stored_triangles)
    assert {Trait.STRUCTURE} == {loss.what for loss in found.lost}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"scene": 1, "scenes": [{"nodes": []}, {"nodes": [0]}]}, 1),
        ({"scenes": [{"nodes": [1]}, {"nodes": [0]}], "scene": None}, 2),
        ({"scenes": None, "scene": None}, 1),
        ({"scenes": None, "scene": None, "nodes": None}, 1),
    ],
)
def test_the_scene_is_the_named_one_the_first_or_all_roots(change: dict[str, Any], expected: int) -> None:
    maker = a_square()
    maker.document["nodes"] = [{"mesh": 0}, {"children": [2, 3]}, {"mesh": 0}, {"mesh": 0}]
    if change.get("scenes", 0) is None:
        maker.document["nodes"] = [{"mesh": 0}]
    maker.document |= change
    maker.document = {name: value for name, value in maker.document.items() if value is not None}

    assert 2 * expected == len(triangles(maker))


def test_a_deep_tree_is_followed() -> None:
    maker = a_square()
    deep = 3000
    maker.document["nodes"] = [{"children": [row + 1], "translation": [1, 0, 0]} for row in range(deep)] + [{"mesh": 0}]

    assert [deep, 0, 0] == triangles(maker)[0][0]


@pytest.mark.parametrize(
    "nodes",
    [
        [{"children": [0]}],
        [{"children": [1]}, {"children": [0]}],
        [{"children": [1, 1]}, {"mesh": 0}],
        [{"children": [1, 2]}, {"mesh": 0}, {"children": [1]}],
        [{"children": [9]}],
        [{"mesh": 9}],
        [{"mesh": 0, "matrix": [1, 2]}],
        [{"mesh": 0, "rotation": "x"}],
        [{"mesh": -1}],
    ],
)
def test_a_tree_that_is_none_is_refused(nodes: list[Any]) -> None:
    maker = a_square()
    maker.document["nodes"] = nodes

    with pytest.raises(SourceDamaged):
        reading(maker)


def test_too_many_are_counted_before_they_are_placed() -> None:
    maker = a_square()
    maker.document["nodes"] = [{"mesh": 0}] * 1000
    maker.document["scenes"] = [{"nodes": list(range(1000))}]

    with pytest.raises(TooManyTriangles, match="2000"):
        reading(maker, limits=ReadLimits(max_triangles=1999))
    assert 2000 == len(reading(maker, limits=ReadLimits(max_triangles=2000)).mesh.faces)


# --- What corners and faces look like ---------------------------------------------------------------------------------


def a_look(material: dict[str, Any], **attributes: Any) -> Maker:
    """Return a square of a material, with texture coordinates and a texture."""
    maker = Maker()
    uvs = maker.accessor(SQUARE[:, :2].copy())
    shown = {"POSITION": maker.accessor(SQUARE), "TEXCOORD_0": uvs}
    maker.primitive(shown | {name: maker.accessor(values) for name, values in attributes.items()}, material=0)
    maker.add("materials", material)
    maker.add("textures", {"source": 0, "sampler": 0})
    maker.add("samplers", {"wrapS": 33071, "wrapT": 33648})
    maker.add("images", {"bufferView": maker.view(an_image()), "mimeType": "image/png"})
    return maker


TEXTURED = {"name": "wood", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}


def test_a_material_has_a_name_a_colour_and_a_texture() -> None:
    surface = {"baseColorFactor": [1, 0.21586, 0, 0.5], "baseColorTexture": {"index": 0}}
    mesh = reading(a_look({"name": "wood", "pbrMetallicRoughness": surface, "alphaMode": "BLEND"})).mesh

    assert (Material(name="wood", color=(255, 128, 0, 128), texture=0),) == mesh.materials
    assert [(an_image(), "image/png", Wrap.CLAMP, Wrap.MIRROR)] == [
        (one.image, one.media_type, one.wrap_u, one.wrap_v) for one in mesh.textures
    ]
    assert mesh.uvs is not None
    assert [[0, 1], [1, 1], [1, 0], [0, 0]] == mesh.uvs.tolist()


@pytest.mark.parametrize(("mode", "opacity"), [(None, 255), ("OPAQUE", 255), ("BLEND", 128), ("MASK", 128)])
def test_opacity_counts_where_the_material_says_so(mode: str | None, opacity: int) -> None:
    said = {} if mode is None else {"alphaMode": mode}
    colors = np.full((4, 4), 128, dtype=np.uint8)
    maker = a_look({"name": "ice", "pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.5]}, **said}, COLOR_0=colors)

    mesh = reading(maker).mesh

    assert mesh.colors is not None
    assert ([opacity], opacity) == (mesh.colors[:, 3].tolist(), mesh.materials[0].color[3])


@pytest.mark.parametrize(("mode", "kept"), [("OPAQUE", False), ("BLEND", True)])
def test_an_image_keeps_its_opacity_where_that_counts(mode: str, kept: bool) -> None:  # noqa: FBT001 a parameter
    maker = a_look({**TEXTURED, "alphaMode": mode})
    image = an_image(mode="RGBA")
    maker.document["images"][0] = {"bufferView": maker.view(image)}

    (texture,) = reading(maker).mesh.textures

    assert kept == (texture.image == image)
    assert texture.image.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([(1, 0, 0.21586)] * 4, dtype=np.float32), [255, 0, 128, 255]),
        (np.array([(7, -1, np.nan)] * 4, dtype=np.float32), [255, 0, 255, 255]),
        (np.array([(255, 0, 55)] * 4, dtype=np.uint8), [255, 0, 128, 255]),
        (np.array([(65535, 0, 14146, 9)] * 4, dtype=np.uint16), [255, 0, 128, 255]),
    ],
)
def test_colours_of_corners_become_srgb(values: Any, expected: list[int]) -> None:
    maker = Maker()
    maker.primitive({"POSITION": maker.accessor(SQUARE), "COLOR_0": maker.accessor(values)})

    mesh = reading(maker).mesh

    assert mesh.colors is not None
    assert [expected] == mesh.colors.tolist()


def test_a_texture_is_moved_turned_and_sized() -> None:
    transform = {"offset": [0.5, 0.25], "rotation": math.pi / 2, "scale": [2, 3]}
    info = {"index": 0, "extensions": {"KHR_texture_transform": transform}}
    mesh = reading(a_look({"pbrMetallicRoughness": {"baseColorTexture": info}})).mesh

    # Downwards: u' = 0.5 + 3 v, v' = 0.25 - 2 u, for the corners 0 0, 1 0, 1 1, 0 1.
    expected = [(0.5, 0.75), (0.5, 2.75), (3.5, 2.75), (3.5, 0.75)]
    assert mesh.uvs is not None
    assert np.abs(mesh.uvs - expected).max() < 1e-12


def test_a_texture_says_which_coordinates_it_uses() -> None:
    other = np.full((4, 2), 0.25, dtype=np.float32)
    info = {"index": 0, "texCoord": 1}
    maker = a_look({"pbrMetallicRoughness": {"baseColorTexture": info}}, TEXCOORD_1=other)

    mesh = reading(maker).mesh

    assert mesh.uvs is not None
    assert [[0.25, 0.75]] == mesh.uvs.tolist()
    assert Trait.UVS in lost(maker)


def test_diffuse_colours_of_glossy_materials_are_colours() -> None:
    glossy = {"diffuseFactor": [0, 1, 0, 1], "diffuseTexture": {"index": 0}}
    mesh = reading(a_look({"extensions": {"KHR_materials_pbrSpecularGlossiness": glossy}})).mesh

    assert (Material(color=(0, 255, 0, 255), texture=0),) == mesh.materials


def test_webp_is_read_and_what_is_not_read_gives_way_to_the_texture_s_own_image() -> None:
    webp, other = a_look(TEXTURED), a_look(TEXTURED)
    webp.add("images", {"bufferView": webp.view(an_image(form="WEBP"))})
    webp.document["textures"][0]["extensions"] = {"EXT_texture_webp": {"source": 1}}
    other.document["textures"][0]["extensions"] = {"KHR_texture_basisu": {"source": 7}}

    assert reading(webp).mesh.textures[0].image != an_image()
    assert reading(other).mesh.textures[0].image == an_image()
    assert set() == lost(webp) | lost(other)


@pytest.mark.parametrize(
    "image",
    [
        {"uri": "gone.png"},
        {"uri": "file:///etc/hostname"},
        {"uri": "data:image/png;base64,AAAA"},
        {"uri": "data:image/png;base64,%%%"},
        {"uri": 7},
        {"bufferView": 99},
        {},
    ],
)
def test_an_image_that_cannot_be_had_costs_the_texture(image: dict[str, Any]) -> None:
    maker = a_look(TEXTURED)
    maker.document["images"] = [image]

    found = reading(maker)

    assert [Trait.TEXTURES] == [loss.what for loss in found.lost]
    assert (Material(name="wood"),) == found.mesh.materials
    assert 2 == len(found.mesh.faces)


def test_an_image_beside_the_file_is_found() -> None:
    maker = a_look(TEXTURED)
    maker.document["images"] = [{"uri": "wood.jpg"}]

    (texture,) = reading(maker, files={"wood.jpg": an_image(form="JPEG")}).mesh.textures

    assert (an_image(form="JPEG"), "image/jpeg") == (texture.image, texture.media_type)


@pytest.mark.parametrize(
    ("material", "traits"),
    [
        ({"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 1.0}, "doubleSided": True}, set()),
        ({"pbrMetallicRoughness": {"metallicFactor": 0.5}}, {Trait.SHADING}),
        ({"emissiveFactor": [1, 0, 0]}, {Trait.SHADING}),
        ({"alphaMode": "MASK"}, {Trait.SHADING}),
        ({"extensions": {"KHR_materials_clearcoat": {}}}, {Trait.SHADING}),
        ({"pbrMetallicRoughness": []}, {Trait.MATERIALS}),
        ({"pbrMetallicRoughness": {"baseColorFactor": [1, 1]}}, {Trait.MATERIALS}),
        ({"pbrMetallicRoughness": {"baseColorTexture": {"index": -1}}}, {Trait.TEXTURES}),
        ({"name": 7}, {Trait.MATERIALS}),
    ],
)
def test_what_a_material_has_besides_is_said(material: dict[str, Any], traits: set[Trait]) -> None:
    assert traits == lost(a_look(material))


@pytest.mark.parametrize(
    ("material", "kept"),
    [
        ({}, ()),
        ({"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.9}, "alphaMode": "BLEND"}, ()),
        ({"pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 1]}, "doubleSided": True}, ()),
        ({"pbrMetallicRoughness": []}, ()),
        ({"name": "paper"}, (Material(name="paper"),)),
        ({"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]}}, (Material(color=(0, 0, 0, 255)),)),
    ],
)
def test_a_material_without_a_name_a_colour_and_a_texture_is_none(
    material: dict[str, Any], kept: tuple[Material, ...]
) -> None:
    assert kept == reading(a_look(material)).mesh.materials


def test_names_are_text_that_can_be_written() -> None:
    (material,) = reading(a_look({"name": "\ud800 \u00fc"})).mesh.materials

    assert "? \u00fc" == material.name


def test_what_a_file_has_besides_triangles_is_said() -> None:
    maker = a_square()
    maker.document["meshes"][0]["primitives"][0]["targets"] = [{}]
    maker.document["meshes"][0]["primitives"][0]["attributes"] |= {"NORMAL": 0, "_FEATURE_ID_0": 0}
    maker.square(mode=0)
    maker.square(mode=1)
    maker.document["cameras"] = [{}]

    assert {Trait.ANIMATION, Trait.NORMALS, Trait.METADATA, Trait.POINTS, Trait.LINES, Trait.OTHER} == lost(maker)


@pytest.mark.parametrize(
    ("change", "traits"),
    [
        ({"extensions": {"KHR_lights_punctual": {}}}, {Trait.OTHER}),
        ({"extensions": {"EXT_structural_metadata": {}}}, {Trait.METADATA}),
        ({"asset": {"version": "2.0", "copyright": "2026"}}, {Trait.METADATA}),
        ({"skins": [{}]}, {Trait.ANIMATION}),
        ({"animations": [{}]}, {Trait.ANIMATION}),
        ({"extensions": "no object", "extensionsUsed": ["ACME_x"]}, set()),
    ],
)
def test_what_a_document_says_besides_its_scene_is_lost_where_it_matters(
    change: dict[str, Any], traits: set[Trait]
) -> None:
    maker = a_square()
    maker.document |= change

    assert traits == lost(maker)


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"asset": {"version": "2.0"}, "asset": {}}', "'asset' twice"),
        (b'{"asset": {"version": NaN}}', "NaN"),
        (b'{"asset": {"version": 1e999}}', "too large"),
        (b'{"asset": ' + b"9" * 5000 + b"}", "5000 digits"),
        (b'{"asset": ' + b"[" * 70 + b"]" * 70 + b"}", "deeper than 64"),
        (b"[" * 100_000, "deeper than 64"),
        (b'{"asset": 1}', "asset is no object"),
        (b'{"asset": {"version": "1.0"}}', "version '1.0'"),
        (b'{"asset": {"version": 1.1}}', "version '1.1'"),
        (b'{"asset": {"version": "2.0", "minVersion": "2.1"}}', "version '2.1'"),
        (b'{"asset": {"version": "2.0"}, "extensionsRequired": ["ACME_x"]}', "ACME_x"),
        (b'{"asset": {"version": "2.0"}, "meshes": {}}', "meshes is no array"),
        (b"[]", "no object"),
        (b"\xff\xfe{\0", "UTF-8"),
        (b"{", "line 1"),
        (b"glTF\x01\0\0\0\x0c\0\0\0", "version 1"),
        (b"glTF\x02\0\0\0\x0d\0\0\0", "announces 13 bytes"),
        (b"glTF\x02\0\0\0\x0d\0\0\0!", "header of a chunk"),
        (b"glTF", "shorter"),
    ],
)
def test_documents_that_are_none_are_refused_with_the_reason(text: bytes, said: str) -> None:
    with pytest.raises((SourceDamaged, SourceUnsupported), match=said):
        reading(text)


@pytest.mark.parametrize("text", [b"", b'{"asset": {"version": "2.0"}}', b'\xef\xbb\xbf{"asset": {"version": "2.0"}}'])
def test_documents_without_triangles_are_empty(text: bytes) -> None:
    with pytest.raises(SourceEmpty):
        reading(text)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("accessors", {"count": 5}),
        ("accessors", {"count": 2**63}),
        ("accessors", {"count": -1}),
        ("accessors", {"count": 1.5}),
        ("accessors", {"byteOffset": 4}),
        ("accessors", {"componentType": 5124}),
        ("accessors", {"type": "VEC2"}),
        ("accessors", {"type": "VEC4"}),
        ("accessors", {"bufferView": 9}),
        ("accessors", {"sparse": {"count": 5}}),
        ("bufferViews", {"byteLength": 1000}),
        ("bufferViews", {"byteOffset": 2**40}),
        ("bufferViews", {"byteStride": 8}),
        ("bufferViews", {"buffer": 1}),
        ("buffers", {"byteLength": 1000}),
        ("buffers", {"uri": "../x.bin"}),
        ("buffers", {"uri": "http://127.0.0.1:9/x.bin"}),
        ("buffers", {"uri": "data:;base64,AAA"}),
    ],
)
def test_tables_that_do_not_fit_the_bytes_are_refused(table: str, change: dict[str, Any]) -> None:
    maker = a_square()
    maker.document[table][0] |= change

    with pytest.raises((SourceDamaged, SourceIncomplete), match=f"{table}|accessors|It names"):
        reading(maker)


def test_a_buffer_beside_the_file_is_read() -> None:
    maker = a_square()
    maker.document["buffers"][0]["uri"] = "my%20data.bin"
    text = json.dumps(maker.document).encode()

    assert triangles_of(reading(text, files={"my%20data.bin": maker.binary}).mesh) == UPRIGHT
    with pytest.raises(SourceIncomplete, match=r"It names 'my%20data.bin'"):
        reading(text)


def test_corners_that_are_not_there_are_refused() -> None:
    maker = Maker()
    maker.primitive({"POSITION": maker.accessor(SQUARE)}, np.array([0, 1, 4], dtype=np.uint16))

    with pytest.raises(IndexOutOfRange, match="vertex 4 of 4"):
        reading(maker)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_positions_that_are_no_numbers_are_refused(number: float) -> None:
    maker = Maker()
    points = SQUARE.copy()
    points[2, 1] = number
    maker.primitive({"POSITION": maker.accessor(points)})

    with pytest.raises(NotFinite):
        reading(maker)


def test_a_place_beyond_all_numbers_is_refused() -> None:
    maker = a_square()
    maker.document["nodes"] = [{"children": [1], "scale": [1e300] * 3}, {"mesh": 0, "scale": [1e300] * 3}]

    with pytest.raises(NotFinite):
        reading(maker)


def test_millions_of_zeros_that_nobody_stores_are_refused() -> None:
    positions, places = a_square(), a_square()
    del positions.document["accessors"][0]["bufferView"]
    positions.document["accessors"][0]["count"] = 500_000_000
    row = places.add("accessors", {"componentType": 5126, "count": 1_000_000, "type": "VEC3"})
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": row}}}
    places.document["nodes"] = [{"mesh": 0, "extensions": instancing}]

    for maker in (positions, places):
        with pytest.raises(SourceDamaged, match="stores"):
            reading(maker)


# --- The shared data --------------------------------------------------------------------------------------------------

MINE = ("glb/", "gltf/")


@pytest.mark.parametrize(
    "path", [path for path, _ in rows("good") if path.startswith(MINE) and "Infinites" not in path]
)
def test_good_files_are_what_trimesh_makes_of_them(path: str) -> None:
    limits = ReadLimits()
    file = DATA / path
    mesh = read_mesh(
        file, format=file.suffix[1:], unitless=Unit.METRE, limits=limits, companion=beside(file, limits)
    ).mesh

    scene: Any = trimesh.load(file, process=False)
    places = [scene.graph[name] for name in scene.graph.nodes_geometry]
    parts = [
        trimesh.transform_points(scene.geometry[name].vertices, at)[scene.geometry[name].faces] for at, name in places
    ]
    theirs = np.concatenate(parts)[..., [0, 2, 1]] * [1, -1, 1]

    assert ordered(theirs) == ordered(mesh.vertices[mesh.faces].astype(np.float64))


def ordered(corners: Any) -> list[list[list[float]]]:
    """Return triangles in an order that depends on their places alone, to five digits after the point."""
    found: list[list[list[float]]] = (corners.round(5) + 0.0).tolist()
    return sorted(map(sorted, found))


def test_infinite_coordinates_are_refused() -> None:
    path = DATA / "glb/assimp-BoxWithInfinites.glb"
    if not path.is_file():
        pytest.skip("no test data")

    with pytest.raises(NotFinite):
        read_mesh(path, format="glb", unitless=Unit.METRE, limits=ReadLimits())


def test_files_of_which_libraries_see_other_numbers_place_what_nodes_name() -> None:
    """Geometry that only an extension of a node names is stored and not placed: nobody is meant to see it."""
    path = DATA / "gltf/tilesval-maxarNonvisualGeometry-ValidNodeExtension.gltf"
    if not path.is_file():
        pytest.skip("no test data")

    found = read_mesh(path, format="gltf", unitless=Unit.METRE, limits=ReadLimits())

    assert (92, 80) == (found.stored_triangles, len(found.mesh.faces))


#: What we chose where the lists allow either: triangles, or a part of the reason.
BOUNDED: dict[str, int | str] = {
    "image_uri_file.gltf": 12,
    "json_duplicate_keys.gltf": "'meshes' twice",
    "node_chain_30000.gltf": 12,
    "total_length_lies.glb": "announces",
}


@pytest.mark.parametrize("name", BOUNDED)
def test_files_that_may_go_either_way_go_the_way_we_chose(name: str) -> None:
    path = DATA / "hostile" / "gltf" / name
    if not path.is_file():
        pytest.skip("no test data")

    outcome: Any
    try:
        outcome = len(read_mesh(path, format=path.suffix[1:], unitless=Unit.METRE, limits=ReadLimits()).mesh.faces)
    except SourceError as error:
        outcome = error.detail

    assert BOUNDED[name] == outcome or str(BOUNDED[name]) in str(outcome)


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "square.glb"
    path.write_bytes(a_square().glb())

    mesh = read_mesh(path, format="glb", unitless=Unit.METRE, limits=ReadLimits()).mesh

    assert triangles_of(mesh) == UPRIGHT

import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import lib3mf  # type: ignore[import-untyped] # the package ships no types
import numpy as np
import pytest

from outfeed.errors import TargetTooSmall
from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.build import build
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import textured_tile, torus
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from unit import judges
from unit.comparing import corner_colors, corner_positions, corner_uvs
from unit.corpus import imported, needs_data, rows
from unit.mesh_helpers import Kind, a_cube, a_mesh, an_image, assert_same, every_kind, written
from unit.threemf_files import reading

KINDS = list(enumerate(every_kind()))
#: More vertices and faces than are written together.
LARGE = {"around": 300, "along": 250}


def told(mesh: Mesh) -> tuple[Loss, ...]:
    return write_mesh(mesh, io.BytesIO(), format="3mf", unitless=Unit.METRE)


def part(data: bytes, name: str = "3D/3dmodel.model") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def painted(**tables: Any) -> Mesh:
    """Return two triangles with looks, as a reader gives them."""
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    faces = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    return build(Mesh(vertices=vertices, faces=faces, unit=Unit.MILLIMETRE, **tables))


def rows_of(*numbers: int) -> Any:
    return np.array(numbers, dtype=np.int32).reshape(2, -1) if len(numbers) > 2 else np.array(numbers, dtype=np.int32)


UVS = {"uvs": np.array([[0.0, 0], [1, 0], [0.5, 0.25]]), "uv_faces": rows_of(0, 1, 2, 0, 2, 1)}
COLORS = {"colors": np.array([[9, 8, 7, 255], [1, 2, 3, 4]], dtype=np.uint8), "color_faces": rows_of(0, 1, 0, 1, 1, 1)}
TEXTURE = Texture(image=an_image(), media_type="image/png", wrap_v=Wrap.MIRROR)


@pytest.mark.parametrize("share", range(6))
def test_lib3mf_reads_every_kind_of_mesh_in_strict_mode_without_a_warning(share: int) -> None:
    for seed, kind in KINDS[share::6]:
        mesh = a_mesh(seed, kind)

        seen = judges.by_lib3mf(written(mesh, "3mf"))

        mine = corner_positions(mesh)
        assert ((), mine.shape) == (seen.warnings, seen.corners.shape)
        assert np.abs(seen.corners - mine).max() <= 2.0**-22 * np.abs(mine).max()


@pytest.mark.parametrize("share", range(6))
def test_a_mesh_is_read_back_as_it_looks_and_written_as_the_same_bytes(share: int) -> None:
    for seed, kind in KINDS[share::6]:
        mesh = a_mesh(seed, kind)
        data = written(mesh, "3mf")

        again = reading(data)

        assert (data, ()) == (written(again.mesh, "3mf", unit=Unit.INCH), again.lost), str(kind)
        assert np.array_equal(corner_colors(mesh), corner_colors(again.mesh))
        assert np.array_equal(corner_positions(mesh), corner_positions(again.mesh).astype(mesh.vertices.dtype))


def test_a_mesh_of_everything_comes_back_to_the_last_bit() -> None:
    materials = (Material(name="a", texture=0), Material(name="b", color=(1, 2, 3, 128)))
    mesh = painted(**UVS, materials=materials, material_faces=rows_of(0, 1), textures=(TEXTURE,))
    mesh = build(replace(mesh, uv_faces=rows_of(0, 1, 2, -1, -1, -1)))

    assert_same(mesh, reading(written(mesh, "3mf")).mesh)
    assert () == told(mesh)


@pytest.mark.parametrize(
    "tables",
    [
        {},
        COLORS,
        {"materials": (Material(), Material(name="x")), "material_faces": rows_of(0, 1)},
        {**UVS, "materials": (Material(texture=0),), "material_faces": rows_of(0, 0), "textures": (TEXTURE,)},
        {**COLORS, "materials": (Material(name="x"),), "material_faces": rows_of(0, 0)},
        {**UVS, **COLORS, "materials": (Material(texture=0),), "material_faces": rows_of(0, 0), "textures": (TEXTURE,)},
    ],
)
def test_each_combination_that_the_format_has_comes_back_to_the_last_bit(tables: dict[str, Any]) -> None:
    mesh = painted(**tables)

    assert_same(mesh, reading(written(mesh, "3mf")).mesh)
    assert () == told(mesh)


@pytest.mark.parametrize("unit", Unit)
def test_the_unit_is_kept_so_that_no_number_changes(unit: Unit) -> None:
    mesh = build(replace(a_cube(0.1, unit=unit)))

    assert_same(mesh, reading(written(mesh, "3mf", unit=Unit.INCH)).mesh)


def test_the_model_part_is_written_as_expected() -> None:
    mesh = painted(**COLORS)
    expected = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<model unit="millimeter" xml:lang="en-US" '
        'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" '
        'xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02">\n<resources>\n'
        '<m:colorgroup id="1">\n<m:color color="#090807FF"/>\n<m:color color="#01020304"/>\n</m:colorgroup>\n'
        '<object id="2" type="model">\n<mesh>\n<vertices>\n<vertex x="0" y="0" z="0"/>\n<vertex x="1" y="0" z="0"/>\n'
        '<vertex x="0" y="1" z="0"/>\n<vertex x="0" y="0" z="1"/>\n</vertices>\n<triangles>\n'
        '<triangle v1="0" v2="1" v3="2" pid="1" p1="0" p2="1" p3="0"/>\n'
        '<triangle v1="0" v2="2" v3="3" pid="1" p1="1"/>\n'
        '</triangles>\n</mesh>\n</object>\n</resources>\n<build>\n<item objectid="2"/>\n</build>\n</model>\n'
    )

    assert expected == part(written(mesh, "3mf"))


def test_numbers_have_the_digits_of_their_type() -> None:
    values = np.array([[0.1, 1e-7, 123456.789], [-0.0, 1e9, 5], [1, 2, 3]])
    mesh = Mesh(vertices=values, faces=np.array([[0, 1, 2]], dtype=np.int32), unit=Unit.MILLIMETRE)
    single = replace(mesh, vertices=values.astype(np.float32))

    assert '<vertex x="0.1" y="1e-07" z="123456.789"/>\n<vertex x="0" y="1000000000" z="5"/>' in part(
        written(mesh, "3mf")
    )
    assert '<vertex x="0.1" y="1e-07" z="123456.79"/>' in part(written(single, "3mf"))


def test_what_reaches_too_far_for_other_programs_is_written_in_metres_or_refused() -> None:
    far = Mesh(vertices=np.eye(3) * 5e9, faces=np.array([[0, 1, 2]], dtype=np.int32), unit=Unit.MILLIMETRE)

    again = reading(written(far, "3mf")).mesh

    assert (Unit.METRE, 5e6) == (again.unit, again.vertices.max())
    assert () == judges.by_lib3mf(written(far, "3mf"), strict=True).warnings
    with pytest.raises(TargetTooSmall):
        written(replace(far, unit=Unit.METRE), "3mf")


def test_a_degenerate_triangle_has_three_vertices_as_the_format_wants_and_comes_back_with_fewer() -> None:
    faces = np.array([[0, 1, 2], [0, 0, 1], [1, 0, 1], [2, 1, 1], [2, 2, 2]], dtype=np.int32)
    mesh = Mesh(vertices=np.eye(3), faces=faces, unit=Unit.MILLIMETRE)
    data = written(mesh, "3mf")

    corners = [set(row) for row in re.findall(r'v1="(\d+)" v2="(\d+)" v3="(\d+)"', part(data))]
    assert [3] * 5 == [len(row) for row in corners]
    assert_same(mesh, reading(data).mesh)
    assert () == judges.by_lib3mf(data).warnings


def test_a_mesh_of_several_chunks_comes_back() -> None:
    mesh = build(torus(**LARGE))
    colored = replace(
        mesh,
        colors=np.arange(len(mesh.vertices), dtype=np.uint32).view(np.uint8).reshape(-1, 4),
        color_faces=mesh.faces,
    )

    assert_same(colored, reading(written(colored, "3mf")).mesh)


def test_progress_goes_up_to_the_end() -> None:
    shares: list[float] = []
    write_mesh(torus(**LARGE), io.BytesIO(), format="3mf", unitless=Unit.METRE, report=shares.append)

    assert (sorted(shares), 1.0) == (shares, shares[-1])
    assert len(shares) > 3


def test_a_textured_mesh_has_its_images_as_they_are_and_shares_equal_ones() -> None:
    jpeg = an_image(form="JPEG")
    textures = (TEXTURE, replace(TEXTURE, wrap_u=Wrap.CLAMP), Texture(image=jpeg, media_type="image/jpeg"))
    tile = textured_tile(cells=2)
    of_faces = np.arange(len(tile.faces), dtype=np.int32) % 3
    materials = tuple(Material(texture=row) for row in range(3))
    mesh = build(replace(tile, textures=textures, materials=materials, material_faces=of_faces))
    data = written(mesh, "3mf")

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        images = {name: archive.read(name) for name in archive.namelist() if "Textures" in name}
        packed = {info.compress_type for info in archive.infolist() if "Textures" in info.filename}
    assert ({"3D/Textures/1.png": TEXTURE.image, "3D/Textures/2.jpg": jpeg}, {zipfile.ZIP_STORED}) == (images, packed)
    assert_same(mesh, reading(data).mesh)
    assert 'Extension="jpg" ContentType="image/jpeg"' in part(data, "[Content_Types].xml")
    assert ["/3D/Textures/1.png", "/3D/Textures/2.jpg"] == re.findall(
        'Target="([^"]*)"', part(data, "3D/_rels/3dmodel.model.rels")
    )


def test_lib3mf_sees_the_textures_and_where_they_are() -> None:
    tile = textured_tile(cells=2)
    materials, of_faces = (Material(texture=0),), np.zeros(len(tile.faces), dtype=np.int32)
    mesh = build(replace(tile, textures=(TEXTURE,), materials=materials, material_faces=of_faces))
    library = lib3mf.get_wrapper()
    model = library.CreateModel()
    model.QueryReader("3mf").ReadFromBuffer(written(mesh, "3mf"))

    textures, groups, meshes = model.GetTexture2Ds(), model.GetTexture2DGroups(), model.GetMeshObjects()
    assert (True, True, True) == (textures.MoveNext(), groups.MoveNext(), meshes.MoveNext())
    image = textures.GetCurrentTexture2D()
    group, seen = groups.GetCurrentTexture2DGroup(), meshes.GetCurrentMeshObject()
    used = [seen.GetTriangleProperties(row).PropertyIDs for row in range(seen.GetTriangleCount())]
    uvs = [[(uv.U, uv.V) for uv in (group.GetTex2Coord(number) for number in row)] for row in used]
    assert (TEXTURE.image, "/3D/Textures/1.png") == (
        bytes(image.GetAttachment().WriteToBuffer()),
        image.GetAttachment().GetPath(),
    )
    assert np.allclose(corner_uvs(mesh), uvs, rtol=0, atol=1e-7)


def test_lib3mf_sees_the_colours_of_corners_and_of_materials() -> None:
    materials = (Material(name="x", color=(10, 20, 30, 40)),)
    mesh = painted(
        colors=COLORS["colors"],
        color_faces=rows_of(0, 1, 0, -1, -1, -1),
        materials=materials,
        material_faces=rows_of(-1, 0),
    )

    seen = judges.lib3mf_colors(written(mesh, "3mf"))

    assert {(9, 8, 7, 255): 2, (1, 2, 3, 4): 1, (10, 20, 30, 40): 3} == seen


def test_a_colour_of_a_material_goes_to_the_corners_of_what_covers_it_and_its_name_stays() -> None:
    red = Material(name="red", color=(255, 0, 0, 128), texture=0)
    mesh = painted(**UVS, materials=(red,), material_faces=rows_of(0, 0), textures=(TEXTURE,))

    again = reading(written(mesh, "3mf")).mesh

    assert (Material(name="red", texture=0),) == again.materials
    assert [[255, 0, 0, 128]] * 6 == corner_colors(again).reshape(-1, 4).tolist()
    assert [Trait.MATERIALS] == [loss.what for loss in told(mesh)]


def test_a_material_without_a_name_under_colours_leaves_a_plain_colour_group() -> None:
    mesh = painted(**COLORS, materials=(Material(),), material_faces=rows_of(0, 0))
    data = written(mesh, "3mf")

    assert ("multiproperties" in part(data), "basematerials" in part(data)) == (False, False)
    assert [Trait.MATERIALS] == [loss.what for loss in told(mesh)]


@pytest.mark.parametrize(
    ("tables", "traits"),
    [
        (UVS, [Trait.UVS]),
        ({"materials": (Material(texture=0),), "textures": (TEXTURE,)}, [Trait.TEXTURES]),
        ({**UVS, "materials": (Material(name="a"),)}, [Trait.UVS]),
        ({"materials": (Material(name="a\x00"),)}, [Trait.MATERIALS]),
    ],
)
def test_what_the_format_has_no_place_for_is_said(tables: dict[str, Any], traits: list[Trait]) -> None:
    of_faces = rows_of(0, 0) if "materials" in tables else None

    assert traits == [loss.what for loss in told(painted(**tables, material_faces=of_faces))]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("<&>\"'", "<&>\"'"),
        ("  two  words ", "  two  words "),
        ("a\tb\nc\rd", "a b c d"),
        ("\x00\x1f\ud800\uffff", "\N{REPLACEMENT CHARACTER}" * 4),
        ("naïve 木 \U0001f600 \x7f\x85\u2028]]>", "naïve 木 \U0001f600 \x7f\x85\u2028]]>"),
        ("%s %d {0}", "%s %d {0}"),
    ],
)
def test_names_are_kept_as_xml_can_hold_them(name: str, expected: str) -> None:
    mesh = painted(materials=(Material(name=name),), material_faces=rows_of(0, 0))
    data = written(mesh, "3mf")

    assert [expected] == [material.name for material in reading(data).mesh.materials]
    assert () == judges.by_lib3mf(data).warnings


def test_names_that_become_the_same_are_one_material() -> None:
    mesh = painted(materials=(Material(name="a\n"), Material(name="a ")), material_faces=rows_of(0, 1))
    data = written(mesh, "3mf")

    assert data == written(reading(data).mesh, "3mf")


def test_corners_without_a_colour_or_a_place_in_the_image_are_filled() -> None:
    mesh = painted(
        colors=COLORS["colors"],
        color_faces=rows_of(0, -1, -1, -1, -1, -1),
        uvs=UVS["uvs"],
        uv_faces=rows_of(-1, 1, -1, -1, -1, -1),
        materials=(Material(texture=0),),
        material_faces=rows_of(0, 0),
        textures=(TEXTURE,),
    )
    again = reading(written(mesh, "3mf")).mesh

    assert again.color_faces is not None
    assert ([[0, 1, 1], [-1, -1, -1]], [[9, 8, 7, 255], [255] * 4]) == (
        again.color_faces.tolist(),
        [] if again.colors is None else again.colors.tolist(),
    )
    assert [[0, 0], [1, 0], [0, 0]] == corner_uvs(again)[0].tolist()


@needs_data
@pytest.mark.parametrize("path", [path for path, _ in rows("good") if path.startswith("3mf/")])
def test_each_good_file_is_written_once_and_again_as_the_same_bytes(path: str) -> None:
    mesh = imported(path).mesh
    data = written(mesh, "3mf")

    assert data == written(reading(data).mesh, "3mf")
    if len(mesh.faces) < 10_000:
        assert () == judges.by_lib3mf(data).warnings


@pytest.mark.parametrize("seed", range(60))
def test_any_mesh_by_chance_is_written_once_and_again_as_the_same_bytes(seed: int) -> None:
    data = written(a_mesh(10_000 + seed), "3mf")

    assert data == written(reading(data).mesh, "3mf")


def test_far_meshes_keep_every_digit() -> None:
    mesh = a_mesh(3, Kind(far=True))

    assert np.array_equal(corner_positions(mesh), corner_positions(reading(written(mesh, "3mf")).mesh))

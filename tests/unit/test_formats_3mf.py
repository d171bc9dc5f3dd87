import numpy as np
import pytest

from outfeed.errors import (
    IndexOutOfRange,
    NotFinite,
    OutfeedError,
    SourceDamaged,
    SourceEmpty,
    SourceUnsupported,
    TooManyTriangles,
)
from outfeed.mesh.formats.threemf.placement import MOST_PLACED
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import triangles_of
from unit.threemf_files import (
    VERTICES,
    assembly,
    component,
    item,
    model,
    package,
    reading,
    reading_of,
    relationships,
    triangle,
)

PLAIN = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
STRUCTURE = Loss(what=Trait.STRUCTURE)
MOVED = "1 0 0 0 1 0 0 0 1 10 20 30"
MIRRORED = "-1 0 0 0 1 0 0 0 1 0 0 0"
#: x becomes y, y becomes z, z becomes x.
TURNED = "0 1 0 0 0 1 1 0 0 0 0 0"
LARGE = "1e300 0 0 0 1 0 0 0 1 0 0 0"
ONE_MORE_MESH = triangle(1).replace("<mesh>", f"<mesh><vertices>{VERTICES}</vertices></mesh><mesh>")


def test_a_triangle_is_read_in_float64_and_millimetres() -> None:
    read = reading_of(triangle(vertices=VERTICES.replace('"1"', '"0.1"')), item(1))

    assert [[[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]]] == triangles_of(read.mesh)
    assert np.dtype(np.float64) == read.mesh.vertices.dtype
    assert (Unit.MILLIMETRE, 1, ()) == (read.mesh.unit, read.stored_triangles, read.lost)


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        ("micron", Unit.MICROMETRE),
        ("millimeter", Unit.MILLIMETRE),
        ("centimeter", Unit.CENTIMETRE),
        ("inch", Unit.INCH),
        ("foot", Unit.FOOT),
        ("meter", Unit.METRE),
    ],
)
def test_the_unit_is_that_of_the_file(word: str, unit: Unit) -> None:
    read = reading_of(triangle(), item(1), attributes=f'unit="{word}"')

    assert (unit, [PLAIN]) == (read.mesh.unit, triangles_of(read.mesh))


def test_an_unknown_unit_is_refused_by_its_name() -> None:
    with pytest.raises(SourceDamaged, match="'parsec'"):
        reading_of(triangle(), item(1), attributes='unit="parsec"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_model_may_be_utf_8_or_utf_16(encoding: str) -> None:
    named = "utf-16" if encoding == "utf-16" else "utf-8"
    text = f'<?xml version="1.0" encoding="{named}"?>{model(triangle(of_object="name=" + chr(34) + "é" + chr(34)))}'

    assert [PLAIN] == triangles_of(reading(package(text.encode(encoding))).mesh)


def test_a_transform_stands_behind_the_vertex() -> None:
    read = reading_of(triangle(), item(1, MOVED) + item(1, TURNED))

    moved = [[10, 20, 30], [11, 20, 30], [10, 21, 30]]
    assert [moved, [[0, 0, 0], [0, 1, 0], [0, 0, 1]]] == triangles_of(read.mesh)
    assert (1, (STRUCTURE,)) == (read.stored_triangles, read.lost)


def test_the_inner_transform_comes_before_the_outer_one() -> None:
    read = reading_of(triangle() + assembly(2, component(1, MOVED)), item(2, TURNED))

    assert [[[30, 10, 20], [30, 11, 20], [30, 10, 21]]] == triangles_of(read.mesh)


def test_a_mirrored_object_keeps_its_outside_and_the_colours_of_its_corners() -> None:
    colors = "".join(f'<m:color color="#0000{row:02}"/>' for row in range(3))
    looks = f'<m:colorgroup id="5">{colors}</m:colorgroup>'
    read = reading_of(looks + triangle(attributes='pid="5" p1="0" p2="1" p3="2"'), item(1, MIRRORED)).mesh

    assert [[[0, 0, 0], [0, 1, 0], [-1, 0, 0]]] == triangles_of(read)
    assert read.colors is not None
    assert [[0, 2, 1]] == read.colors[read.color_faces][:, :, 2].tolist()


def test_two_mirrors_are_none() -> None:
    read = reading_of(triangle() + assembly(2, component(1, MIRRORED)), item(2, MIRRORED))

    assert [PLAIN] == triangles_of(read.mesh)


def test_objects_are_placed_in_the_order_of_the_build_and_of_their_components() -> None:
    shifts = [f"1 0 0 0 1 0 0 0 1 {x} 0 0" for x in range(5)]
    tree = triangle() + assembly(2, component(1, shifts[1]), component(1, shifts[2])) + assembly(3, component(2))
    read = reading_of(tree, item(3) + item(1, shifts[3]) + item(2, shifts[3]))

    assert [1, 2, 3, 4, 5] == [corners[0][0] for corners in triangles_of(read.mesh)]


def test_types_of_objects_and_items_that_are_not_printed_are_placed_like_any_other() -> None:
    types = ["model", "support", "solidsupport", "surface", "other", "of-our-own"]
    objects = "".join(triangle(row, of_object=f'type="{word}"') for row, word in enumerate(types, 1))
    items = "".join(item(row, MOVED, more='printable="0"') for row in range(1, len(types) + 1))

    assert len(types) == len(reading_of(objects, items).mesh.faces)


def test_only_what_the_build_names_is_placed_but_all_is_counted_as_stored() -> None:
    read = reading_of(triangle(1) + triangle(2), item(2, MOVED))

    assert (2, 1, ()) == (read.stored_triangles, len(read.mesh.faces), read.lost)


def test_without_a_build_each_object_that_is_no_component_is_placed_as_it_is() -> None:
    read = reading_of(triangle(1) + assembly(2, component(1, MOVED)) + triangle(3))

    assert [[[10, 20, 30], [11, 20, 30], [10, 21, 30]], PLAIN] == triangles_of(read.mesh)


@pytest.mark.slow
def test_the_bottom_of_a_chain_of_20000_objects_is_found() -> None:
    chain = "".join(assembly(row, component(row - 1, "1 0 0 0 1 0 0 0 1 1 0 0")) for row in range(2, 20_001))

    assert 19_999 == triangles_of(reading_of(triangle() + chain, item(20_000)).mesh)[0][0][0]


def test_many_items_at_the_end_of_a_long_chain_take_one_step_each() -> None:
    chain = "".join(assembly(row, component(row - 1)) for row in range(2, 3_000))

    assert 3_000 == len(reading_of(triangle() + chain, item(2_999) * 3_000).mesh.faces)


def a_fan(levels: int, *, bottom: str = triangle()) -> str:
    return bottom + "".join(assembly(row, component(row - 1) * 10) for row in range(2, levels + 2))


def test_a_fan_is_counted_before_it_is_placed() -> None:
    with pytest.raises(TooManyTriangles, match="more than 1000000"):
        reading_of(a_fan(2_000), item(2_001))


def test_the_limit_of_triangles_is_for_those_in_place() -> None:
    data = package(model(a_fan(3), item(4)))

    assert 1_000 == len(reading(data, most=1_000).mesh.faces)
    with pytest.raises(TooManyTriangles):
        reading(data, most=999)


def test_no_more_than_a_million_objects_are_placed() -> None:
    with pytest.raises(TooManyTriangles, match=f"more than {MOST_PLACED} objects"):
        reading(package(model(a_fan(6) + triangle(9), item(7) + item(9))), most=10_000_000)


def test_a_fan_of_nothing_is_not_walked() -> None:
    empty = '<object id="1"><mesh><vertices/><triangles/></mesh></object>'

    assert 1 == len(reading_of(a_fan(60, bottom=empty) + triangle(99), item(61) + item(99)).mesh.faces)


def test_vertices_that_no_triangle_uses_are_not_placed_again_and_again() -> None:
    vertices = VERTICES + '<vertex x="9" y="9" z="nan"/>' * 1_000

    assert 3 == len(reading_of(a_fan(4, bottom=triangle(vertices=vertices)), item(5)).mesh.vertices)


def test_degenerate_triangles_and_singular_transforms_are_kept() -> None:
    read = reading_of(triangle(), item(1, "0 0 0 0 0 0 0 0 0 0 0 0"))

    assert ([[0, 0, 0]], 1) == (read.mesh.faces.tolist(), len(read.mesh.vertices))


@pytest.mark.parametrize(
    ("resources", "build", "error", "words"),
    [
        ("", "", SourceEmpty, ""),
        ('<object id="1"/>', item(1), SourceEmpty, ""),
        (triangle(1), item(42), SourceDamaged, "'42'"),
        (assembly(1, component(2)) + assembly(2, component(1)), item(1), SourceDamaged, "contains itself"),
        (triangle(1) + assembly(2, component(2)), item(1), SourceDamaged, "contains itself"),
        (triangle(1) + triangle(1), item(1), SourceDamaged, "two objects"),
        (triangle(1, vertices=""), item(1), IndexOutOfRange, ""),
        (triangle(1, vertices=VERTICES.replace('"0" y', '"-inf" y')), item(1), NotFinite, ""),
        (triangle(1, vertices=VERTICES.replace('"0" y', '"" y')), item(1), SourceDamaged, "'vertex'"),
        (triangle(1, vertices="<vertex/>"), item(1), SourceDamaged, "'x'"),
        (triangle(1, vertices='<vertex x="1,5" y="0" z="0"/>'), item(1), SourceDamaged, "1,5"),
        (triangle(1).replace('v2="1"', 'v2="99999999999"'), item(1), SourceDamaged, "'triangle'"),
        (triangle(1).replace('v2="1"', 'v2="-1"'), item(1), IndexOutOfRange, ""),
        (triangle(1).replace('v2="1"', 'v2="one"'), item(1), SourceDamaged, "'one'"),
        (triangle(1), item(1, "1 0 0 0 1 0 0 0 1 0 0"), SourceDamaged, "11 numbers"),
        (triangle(1), item(1, "1 0 0 0 1 0 0 0 1 0 0 nan"), NotFinite, "transform"),
        (triangle(1), item(1, "1 0 0 0 1 0 0 0 1 0 0 1e999"), NotFinite, "transform"),
        (triangle(1) + assembly(2, component(1, LARGE)), item(2, LARGE), NotFinite, ""),
        (ONE_MORE_MESH, item(1), SourceDamaged, "two meshes"),
    ],
)
def test_what_is_wrong_with_geometry_is_said(resources: str, build: str, error: type[OutfeedError], words: str) -> None:
    with pytest.raises(error) as refused:
        reading_of(resources, build)

    assert (error, True) == (type(refused.value), words in str(refused.value))


# --- Parts ------------------------------------------------------------------------------------------------------------

PART = model(triangle(7), item(7) * 9, attributes='unit="inch"')


def test_components_and_items_may_be_in_other_parts_whose_own_build_does_not_count() -> None:
    here = 'p:path="/3D/a.model"'
    read = reading_of(assembly(1, component(7, more=here)), item(1) + item(7, MOVED, more=here), {"3D/a.model": PART})

    assert [PLAIN, [[10, 20, 30], [11, 20, 30], [10, 21, 30]]] == triangles_of(read.mesh)
    assert (1, Unit.MILLIMETRE) == (read.stored_triangles, read.mesh.unit)


def test_numbers_count_within_their_part() -> None:
    part = model(triangle(1, vertices=VERTICES.replace('"1"', '"5"')) + assembly(2, component(1)))
    read = reading_of(triangle(1), item(2, more='p:path="/3D/a.model"') + item(1), {"3D/a.model": part})

    assert [[[0, 0, 0], [5, 0, 0], [0, 5, 0]], PLAIN] == triangles_of(read.mesh)


def test_parts_may_name_each_other_as_long_as_objects_do_not() -> None:
    back = model(assembly(1, component(5, more='p:path="/3D/3dmodel.model"')))
    tree = assembly(1, component(1, more='p:path="/3D/a.model"')) + triangle(5)
    assert [PLAIN] == triangles_of(reading_of(tree, item(1), {"3D/a.model": back}).mesh)

    round_again = model(assembly(1, component(1, more='p:path="/3D/3dmodel.model"')))
    with pytest.raises(SourceDamaged, match="contains itself"):
        reading_of(tree, item(1), {"3D/a.model": round_again})


@pytest.mark.parametrize(
    "path", ["/3D/b.model", "/3D/../3D/a.model", "http://127.0.0.1:9/a.model", "//3D/a.model", "C:\\a.model", ""]
)
def test_a_part_that_is_not_in_the_package_is_refused_by_its_name(path: str) -> None:
    with pytest.raises(SourceDamaged, match="which it names as a 3D model"):
        reading_of("", item(7, more=f'p:path="{path}"'), {"3D/a.model": PART})


@pytest.mark.parametrize(
    "path", ["3D/3dmodel.model", "/3d/3DMODEL.model", "3D/./3dmodel.model", " /3D/3dmodel%2Emodel"]
)
def test_the_start_part_is_found_as_packages_spell_it(path: str) -> None:
    assert [PLAIN] == triangles_of(reading(package(model(triangle()), rels=relationships(path))).mesh)


@pytest.mark.parametrize(
    ("rels", "words"),
    [
        (relationships("/3D/other.model"), "/3D/other.model"),
        (relationships("/../../etc/passwd"), "etc/passwd"),
        (relationships("http://127.0.0.1:9/m.model", more='TargetMode="External"'), "outside of it"),
        (relationships(more='TargetMode="External"'), "outside of it"),
        (relationships("http://127.0.0.1:9/m.model"), "127.0.0.1"),
        (relationships("x" * 999), "x…'"),
        (relationships(kind="thumbnail"), "no relationship names a 3D model"),
        ("<Relationships/>", "no relationship names a 3D model"),
        ("<", "not well-formed"),
    ],
)
def test_a_package_without_a_model_of_its_own_is_refused(rels: str, words: str) -> None:
    with pytest.raises(SourceDamaged) as refused:
        reading(package(model(triangle()), rels=rels))

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not well-formed"),
        ("<model/>", "no 3MF model"),
        (model(triangle()).replace("core/2015/02", "core/2115/02"), "no 3MF model"),
        ("<!DOCTYPE model><model/>", "document type"),
        (model("<a>" * 300 + "</a>" * 300), "nested deeper"),
    ],
)
def test_a_part_that_is_no_model_is_refused(text: str, words: str) -> None:
    with pytest.raises(SourceDamaged, match=words):
        reading(package(text))


# --- Extensions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefixes", ["", "m", "m p s b t", " p\n m "])
def test_extensions_that_are_known_may_be_required(prefixes: str) -> None:
    assert [PLAIN] == triangles_of(reading_of(triangle(), attributes=f'requiredextensions="{prefixes}"').mesh)


@pytest.mark.parametrize(
    ("prefixes", "words"), [("m sc", "secure content"), ("x", "http://example.com/of-our-own"), ("q", "'q'")]
)
def test_others_are_refused_by_their_name_where_they_are_required(prefixes: str, words: str) -> None:
    with pytest.raises((SourceDamaged, SourceUnsupported), match=words):
        reading_of(triangle(), attributes=f'requiredextensions="{prefixes}"')


def test_others_are_read_over_where_they_are_not_required() -> None:
    read = reading_of("<x:thing><x:vertex/></x:thing>" + triangle())

    assert ((), 3) == (read.lost, len(read.mesh.vertices))


def test_what_a_required_extension_is_counts_in_every_part() -> None:
    part = model(triangle(7), attributes='requiredextensions="sc"')
    with pytest.raises(SourceUnsupported, match="secure content"):
        reading_of("", item(7, more='p:path="/3D/a.model"'), {"3D/a.model": part})


@pytest.mark.parametrize(
    ("extra", "loss"),
    [
        ('<s:slicestack id="9"><s:slice/><s:slice/></s:slicestack>', (Trait.OTHER, "Slices")),
        ('<object id="9"><mesh><b:beamlattice/></mesh></object>', (Trait.OTHER, "beams")),
        ("<t:trianglesets/>", (Trait.OTHER, "sets of triangles")),
        ('<p:alternatives><p:alternative objectid="1"/></p:alternatives>', (Trait.OTHER, "versions")),
        ('<metadata name="Title">A</metadata><metadata name="B">C</metadata>', (Trait.METADATA, "metadata")),
        ('<basematerials id="9" displaypropertiesid="10"/>', (Trait.SHADING, "metalness")),
    ],
)
def test_what_is_left_out_is_said_once(extra: str, loss: tuple[Trait, str]) -> None:
    (lost,) = reading_of(extra + triangle(), item(1)).lost

    assert (loss[0], True) == (lost.what, loss[1] in lost.json()["why"])


def test_an_object_of_beams_alone_is_empty() -> None:
    with pytest.raises(SourceEmpty):
        reading_of('<object id="9"><mesh><vertices/><b:beamlattice/></mesh></object>', item(9))

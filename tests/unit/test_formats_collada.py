import re

import numpy as np
import pytest

from outfeed.errors import (
    IndexOutOfRange,
    NotFinite,
    SourceDamaged,
    SourceEmpty,
    SourceError,
    TooManyTriangles,
)
from outfeed.mesh.facts import volume
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.collada_helpers import VERTEX, a_file, a_geometry, a_source, lost, read, triangles
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES, CUBE_QUADS, triangles_of

# --- Axes, units and nodes -------------------------------------------------------------------------------------------


def test_a_cube_keeps_its_corners_and_the_order_of_its_faces() -> None:
    reading = read(a_file())

    expected = [[[float(x) for x in CUBE_CORNERS[corner]] for corner in face] for face in CUBE_FACES]
    assert expected == triangles_of(reading.mesh)
    assert (12, Unit.METRE, ()) == (reading.stored_triangles, reading.mesh.unit, reading.lost)
    assert np.float64 == reading.mesh.vertices.dtype


@pytest.mark.parametrize(
    ("asset", "point"),
    [
        ("<up_axis>Z_UP</up_axis>", [1.0, 2.0, 3.0]),
        ("<up_axis>Y_UP</up_axis>", [1.0, -3.0, 2.0]),
        ("", [1.0, -3.0, 2.0]),
        ("<up_axis>X_UP</up_axis>", [-2.0, -3.0, 1.0]),
    ],
)
def test_the_axis_that_points_up_becomes_z(asset: str, point: list[float]) -> None:
    data = a_file(geometry=a_geometry(triangles("0 1 2"), points="1 2 3 4 5 6 7 8 10"), asset=asset)

    mesh = read(data).mesh

    assert point == mesh.vertices[0].tolist()


@pytest.mark.parametrize(
    ("meter", "unit", "size"),
    [
        ("1", Unit.METRE, 1.0),
        ("0.01", Unit.CENTIMETRE, 1.0),
        ("0.001", Unit.MILLIMETRE, 1.0),
        ("1e-6", Unit.MICROMETRE, 1.0),
        ("0.0254", Unit.INCH, 1.0),
        ("0.30480000376", Unit.FOOT, 1.0),
        ("0,010000", Unit.CENTIMETRE, 1.0),
        ("0.5", Unit.METRE, 0.5),
        ("1000", Unit.METRE, 1000.0),
    ],
)
def test_a_unit_is_one_of_ours_or_becomes_metres(meter: str, unit: Unit, size: float) -> None:
    mesh = read(a_file(asset=f'<unit name="x" meter="{meter}"/><up_axis>Z_UP</up_axis>')).mesh

    assert (unit, size) == (mesh.unit, float(mesh.vertices.max()))


@pytest.mark.parametrize("meter", ["0", "-1", "nan", "inf", "", "1 2", "one"])
def test_a_unit_that_is_no_length_is_refused(meter: str) -> None:
    with pytest.raises(SourceDamaged):
        read(a_file(asset=f'<unit meter="{meter}"/>'))


@pytest.mark.parametrize(
    ("moves", "point"),
    [
        ("<translate>10 20 30</translate>", [11.0, 22.0, 33.0]),
        ("<scale>2 3 4</scale>", [2.0, 6.0, 12.0]),
        ("<rotate>0 0 1 90</rotate>", [-2.0, 1.0, 3.0]),
        ("<rotate>0 0 5 -90</rotate>", [2.0, -1.0, 3.0]),
        ("<rotate>0 0 0 90</rotate>", [1.0, 2.0, 3.0]),
        ("<translate>10 0 0</translate><rotate>0 0 1 90</rotate>", [8.0, 1.0, 3.0]),
        ("<rotate>0 0 1 90</rotate><translate>10 0 0</translate>", [-2.0, 11.0, 3.0]),
        ("<matrix>0 1 0 5  0 0 1 6  1 0 0 7  0 0 0 1</matrix>", [7.0, 9.0, 8.0]),
        # The RenderMan way: 45 degrees from y towards x add y to x.
        ("<skew>45 0 1 0 1 0 0</skew>", [3.0, 2.0, 3.0]),
        # Looking along -z from 0, 0, 10: only moved.
        ("<lookat>0 0 10 0 0 0 0 1 0</lookat>", [1.0, 2.0, 13.0]),
        ("<lookat>0 0 0 10 0 0 0 0 1</lookat>", [-3.0, -1.0, 2.0]),
    ],
)
def test_transformations_move_what_is_in_a_node(moves: str, point: list[float]) -> None:
    geometry = a_geometry(triangles("0 1 2"), points="1 2 3 4 5 6 7 8 10")

    mesh = read(a_file(f'<node>{moves}<instance_geometry url="#g"/></node>', geometry=geometry)).mesh

    np.testing.assert_allclose(mesh.vertices[0], point, rtol=1e-15)


def test_a_placement_that_mirrors_turns_faces_and_what_their_corners_carry() -> None:
    uvs = a_source("t", "0 0 1 0 0 1", "ST")
    colors = a_source("c", "1 0 0 0 1 0 0 0 1", "RGB")
    inputs = '<input semantic="TEXCOORD" source="#t" offset="0"/><input semantic="COLOR" source="#c" offset="0"/>'
    geometry = a_geometry(triangles("0 1 2", inputs=inputs), points="0 0 0 1 0 0 0 1 0", more=uvs + colors)

    mesh = read(a_file('<node><scale>1 1 -1</scale><instance_geometry url="#g"/></node>', geometry=geometry)).mesh

    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert mesh.colors is not None
    assert mesh.color_faces is not None
    assert [[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]] == triangles_of(mesh)
    assert [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]] == mesh.uvs[mesh.uv_faces[0]].tolist()
    assert [[255, 0, 0, 255], [0, 0, 255, 255], [0, 255, 0, 255]] == mesh.colors[mesh.color_faces[0]].tolist()


def test_a_mirrored_cube_keeps_its_volume() -> None:
    nodes = '<node><scale>-2 1 1</scale><node><instance_geometry url="#g"/></node></node>'

    assert 2.0 == volume(read(a_file(nodes)).mesh)


def test_instances_are_placed_in_the_order_of_the_tree() -> None:
    library = (
        '<library_nodes><node id="n"><translate>0 0 5</translate><instance_geometry url="#g"/></node></library_nodes>'
    )
    nodes = (
        '<node><translate>10 0 0</translate><instance_node url="#n"/><instance_geometry url="#g"/></node>'
        '<node id="last"><instance_node url="#n"/></node>'
    )

    reading = read(a_file(nodes, libraries=library, geometry=a_geometry(triangles("0 1 3"))))

    assert [[10.0, 0.0, 5.0], [10.0, 0.0, 0.0], [0.0, 0.0, 5.0]] == [face[0] for face in triangles_of(reading.mesh)]
    assert (1, {Trait.STRUCTURE}) == (reading.stored_triangles, lost(reading))


def test_without_a_scene_the_first_one_is_shown_and_without_any_each_geometry_once() -> None:
    named = a_file('<node><translate>5 0 0</translate><instance_geometry url="#g"/></node>')
    unnamed = re.sub(rb"<scene>.*</scene>", b"", named)
    none = re.sub(rb"<library_visual_scenes>.*</library_visual_scenes>", b"", unnamed)

    assert [5.0, 5.0, 0.0] == [float(read(data).mesh.vertices[:, 0].min()) for data in (named, unnamed, none)]


def tree_of(fan: int, depth: int, *, end: str = '<instance_geometry url="#g"/>') -> bytes:
    """Return a document whose nodes show each other so often that what is at the end is there fan^depth times."""
    nodes = [f'<node id="n0">{end}</node>']
    for number in range(1, depth + 1):
        below = f'<instance_node url="#n{number - 1}"/>'
        nodes.append(f'<node id="n{number}">{below * fan}</node>')
    top = f'<node><instance_node url="#n{depth}"/></node>'
    return a_file(top, libraries=f"<library_nodes>{''.join(nodes)}</library_nodes>")


@pytest.mark.parametrize(("fan", "depth"), [(10, 9), (2, 900)])
def test_a_fan_out_is_refused_before_anything_is_placed(fan: int, depth: int) -> None:
    with pytest.raises(TooManyTriangles):
        read(tree_of(fan, depth))


def test_a_fan_out_of_nothing_is_empty() -> None:
    with pytest.raises(SourceEmpty):
        read(tree_of(10, 50, end=""))


def test_a_chain_of_nodes_may_be_longer_than_any_stack() -> None:
    assert 12 == len(read(tree_of(1, 5_000)).mesh.faces)


def test_a_node_that_shows_itself_is_refused() -> None:
    with pytest.raises(SourceDamaged, match="contains itself"):
        read(a_file('<node id="a"><instance_node url="#a"/><instance_geometry url="#g"/></node>'))


@pytest.mark.parametrize("tag", ["instance_geometry", "instance_node", "instance_controller"])
@pytest.mark.parametrize("url", ["#gone", "http://127.0.0.1:9/x.dae#g", "other.dae#g", ""])
def test_what_is_not_in_the_file_refuses_it_and_is_named(tag: str, url: str) -> None:
    with pytest.raises(SourceDamaged, match=re.escape(repr(url))):
        read(a_file(f'<node><{tag} url="{url}"/></node>'))


@pytest.mark.parametrize(
    ("moves", "error"),
    [
        ("<translate>1 2</translate>", SourceDamaged),
        ("<matrix>1 2 3</matrix>", SourceDamaged),
        ("<rotate>1 2 3 x</rotate>", SourceDamaged),
        ("<scale>1 nan 1</scale>", NotFinite),
        ("<scale>1e300 1 1</scale><scale>1e300 1 1</scale>", NotFinite),
    ],
)
def test_a_transformation_that_is_none_is_refused(moves: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read(a_file(f'<node>{moves}<instance_geometry url="#g"/></node>'))


# --- Lists of faces --------------------------------------------------------------------------------------------------

AROUND = "".join(f"<p>{a} {b} {c} {d}</p>" for a, b, c, d in CUBE_QUADS)
ACROSS = "".join(f"<p>{b} {c} {a} {d}</p>" for a, b, c, d in CUBE_QUADS)
QUADS = " ".join(str(corner) for quad in CUBE_QUADS for corner in quad)


@pytest.mark.parametrize(
    "faces",
    [
        f"<polylist count='6'>{VERTEX}<vcount>4 4 4 4 4 4</vcount><p>{QUADS}</p></polylist>",
        f"<polygons>{VERTEX}{AROUND}</polygons>",
        f"<trifans>{VERTEX}{AROUND}</trifans>",
        f"<tristrips>{VERTEX}{ACROSS}</tristrips>",
        f"<tristrips>{VERTEX}<p>4 0 5 1 6 2 7 3 4 0</p><p>2 1 3 0</p><p>5 6 4 7</p></tristrips>",
        "".join(triangles(f"{a} {b} {c} {a} {c} {d}") for a, b, c, d in CUBE_QUADS),
    ],
)
def test_each_kind_of_list_gives_a_closed_cube(faces: str) -> None:
    reading = read(a_file(geometry=a_geometry(faces)))

    assert (12, 8, 1.0) == (len(reading.mesh.faces), len(reading.mesh.vertices), volume(reading.mesh))
    assert 12 == reading.stored_triangles


def test_a_polygon_that_is_not_convex_is_cut_and_not_fanned() -> None:
    faces = f"<polylist>{VERTEX}<vcount>4</vcount><p>0 1 2 3</p></polylist>"

    mesh = read(a_file(geometry=a_geometry(faces, points="0 0 0 2 1 0 0 2 0 1 1 0"))).mesh

    corners = mesh.vertices[mesh.faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
    assert [0.5, 0.5] == sorted(areas.tolist())


def test_holes_are_filled_and_lines_left_out_and_both_are_said() -> None:
    hole = f"<polygons>{VERTEX}<ph><p>0 1 2 3</p><h>4 5 6</h></ph></polygons><lines>{VERTEX}<p>0 1</p></lines>"

    reading = read(a_file(geometry=a_geometry(hole)))

    assert (2, {Trait.OTHER, Trait.LINES}) == (len(reading.mesh.faces), lost(reading))


@pytest.mark.parametrize(
    ("faces", "error"),
    [
        (triangles("0 1 8"), IndexOutOfRange),
        (triangles("0 1 -1"), IndexOutOfRange),
        (triangles("0 1 99999999999999999999"), IndexOutOfRange),
        (triangles("0 1 nan"), IndexOutOfRange),
        (triangles("0 1 1.5"), SourceDamaged),
        (triangles("0 1 x"), SourceDamaged),
        (triangles("0 1"), SourceDamaged),
        (triangles("0 1 2", attributes="count='2'"), SourceDamaged),
        (triangles("0 1 2", attributes="count='x'"), SourceDamaged),
        (triangles(""), SourceEmpty),
        (f"<polylist>{VERTEX}<vcount>4</vcount><p>0 1 2</p></polylist>", SourceDamaged),
        (f"<polylist>{VERTEX}<vcount>-4 7</vcount><p>0 1 2</p></polylist>", SourceDamaged),
        (f"<polylist>{VERTEX}<vcount>2147483647 2147483647</vcount><p>0 1 2</p></polylist>", SourceDamaged),
        (f"<polylist>{VERTEX}<vcount>3</vcount><p>0 1 9</p></polylist>", IndexOutOfRange),
        (f"<trifans>{VERTEX}<p>0 1 9</p></trifans>", IndexOutOfRange),
        ("<triangles><p>0 1 2</p></triangles>", SourceDamaged),
        ("<triangles><input semantic='VERTEX' source='#gone' offset='0'/><p>0 1 2</p></triangles>", SourceDamaged),
        ("<triangles><input semantic='VERTEX' source='#v' offset='-1'/><p>0 1 2</p></triangles>", SourceDamaged),
        (
            "<triangles><input semantic='VERTEX' source='#v' offset='2000000000'/><p>0 1 2</p></triangles>",
            SourceDamaged,
        ),
    ],
)
def test_a_list_that_is_wrong_is_refused(faces: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read(a_file(geometry=a_geometry(faces)))


@pytest.mark.parametrize(
    ("points", "accessor", "error"),
    [
        ("0 0 0 1 0 0 0 1", "", IndexOutOfRange),
        ("0 0 0 1 0 0 0 1 inf", "", NotFinite),
        ("0 0 0 1 0 0 0 1 1.#QNAN", "", NotFinite),
        ("0 0 0 1 0 0 0 1 zero", "", SourceDamaged),
        ("0 0 0 1 0 0 0 1 0", "offset='1'", IndexOutOfRange),
        ("0 0 0 1 0 0 0 1 0", "offset='200000000'", IndexOutOfRange),
        ("0 0 0 1 0 0 0 1 0", "offset='x'", SourceDamaged),
    ],
)
def test_points_that_are_wrong_are_refused(points: str, accessor: str, error: type[SourceError]) -> None:
    geometry = a_geometry(triangles("0 1 2"), points=points)

    with pytest.raises(error):
        read(a_file(geometry=geometry.replace("<accessor", f"<accessor {accessor}")))


def test_accessors_skip_what_they_do_not_name() -> None:
    params = '<param name="X"/><param/><param name="Y"/><param name="Z"/>'
    geometry = a_geometry(triangles("0 1 2"), points="7 0 9 0 0 1 9 0 0 0 9 1 0")
    geometry = re.sub(r"<param .*?</accessor>", f"{params}</accessor>", geometry, count=1)

    mesh = read(a_file(geometry=geometry.replace('stride="3"', 'stride="4" offset="1"'))).mesh

    assert [[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]] == triangles_of(mesh)


def test_decimal_commas_are_decimals() -> None:
    mesh = read(a_file(geometry=a_geometry(triangles("0 1 2"), points="0,0 0,0 0,0 1,5 0,0 0,0 0,0 2,5 0,0"))).mesh

    assert [1.5, 2.5] == mesh.vertices.max(axis=0)[:2].tolist()


def test_many_lists_of_faces_share_one_table_in_little_time() -> None:
    """Each list costs what it names, and not what the table has."""
    many = "".join(triangles(f"{3 * n} {3 * n + 1} {3 * n + 2}") for n in range(3_000))
    points = " ".join(f"{n} {n % 3} {n % 2}" for n in range(60_000))

    assert 3_000 == len(read(a_file(geometry=a_geometry(many, points=points))).mesh.faces)

import csv
import io
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged, SourceEmpty, SourceError, TooManyTriangles
from outfeed.mesh.facts import volume
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.amf_helpers import CUBE_VERTICES, CUBE_VOLUME, ONE, THREE, a_file, a_triangle, a_vertex, an_object, lost, read
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES, DATA, triangles_of

# --- Objects ----------------------------------------------------------------------------------------------------------


def test_a_cube_keeps_its_corners_and_the_order_of_its_faces() -> None:
    reading = read(a_file(an_object()))

    expected = [[[float(x) for x in CUBE_CORNERS[corner]] for corner in face] for face in CUBE_FACES]
    assert (expected, 12, ()) == (triangles_of(reading.mesh), reading.stored_triangles, reading.lost)


def test_volumes_may_stand_before_the_vertices_that_they_use() -> None:
    data = f"<object><mesh>{CUBE_VOLUME}<vertices>{CUBE_VERTICES}</vertices></mesh></object>"

    assert 1.0 == volume(read(a_file(data)).mesh)


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        ("millimeter", Unit.MILLIMETRE),
        ("", Unit.MILLIMETRE),
        ("inch", Unit.INCH),
        ("Feet", Unit.FOOT),
        ("meter", Unit.METRE),
        ("micron", Unit.MICROMETRE),
        ("micrometer", Unit.MICROMETRE),
    ],
)
def test_the_unit_is_the_stated_one(word: str, unit: Unit) -> None:
    assert unit is read(a_file(an_object(), unit=word)).mesh.unit


def test_a_unit_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SourceDamaged, match="parsec"):
        read(a_file(an_object(), unit="parsec"))


@pytest.mark.parametrize(
    ("things", "error"),
    [
        (an_object(f"<volume>{a_triangle((0, 1, 3))}</volume>", vertices=THREE), IndexOutOfRange),
        (an_object(f"<volume>{a_triangle((0, 1, -1))}</volume>", vertices=THREE), IndexOutOfRange),
        (an_object(f"<volume>{a_triangle((0, 1, 2**31))}</volume>", vertices=THREE), IndexOutOfRange),
        (an_object(f"<volume>{a_triangle((0, 1, '9' * 5_000))}</volume>", vertices=THREE), SourceDamaged),
        (an_object(f"<volume>{a_triangle((0, 1, 1.5))}</volume>", vertices=THREE), SourceDamaged),
        (an_object(f"<volume>{a_triangle((0, 1, ''))}</volume>", vertices=THREE), SourceDamaged),
        (an_object("<volume><triangle><v1>0</v1></triangle></volume>", vertices=THREE), SourceDamaged),
        (an_object(ONE, vertices=THREE + a_vertex((0, 0, "x"))), SourceDamaged),
        (an_object(ONE, vertices=THREE + "<vertex/>"), SourceDamaged),
        (an_object(ONE, vertices=THREE + "<coordinates><x>0</x><y>0</y><z>0</z></coordinates>"), SourceDamaged),
        (an_object(ONE, vertices=THREE.replace("<x>1</x>", "<x>nan</x>")), NotFinite),
        (an_object(ONE, vertices=THREE.replace("<x>1</x>", "<x>1e999</x>")), NotFinite),
        (an_object("<volume/>", vertices=THREE), SourceEmpty),
        ("", SourceEmpty),
        (ONE, SourceEmpty),
    ],
)
def test_a_mesh_that_is_wrong_is_refused(things: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read(a_file(things))


def test_a_vertex_that_nobody_uses_may_be_nowhere() -> None:
    assert 1 == len(read(a_file(an_object(ONE, vertices=THREE + a_vertex(("nan", 0, 0))))).mesh.faces)


def test_more_triangles_than_allowed_are_refused() -> None:
    with pytest.raises(TooManyTriangles):
        read(a_file(an_object()), most=11)


# --- Constellations ---------------------------------------------------------------------------------------------------


def an_instance(name: str, **place: float) -> str:
    return (
        f'<instance objectid="{name}">{"".join(f"<{key}>{value}</{key}>" for key, value in place.items())}</instance>'
    )


def a_constellation(name: str, *instances: str) -> str:
    return f'<constellation id="{name}">{"".join(instances)}</constellation>'


ONE_OBJECT = an_object(ONE, vertices=THREE)


def test_an_object_is_where_constellations_show_it_and_the_others_are_where_they_are() -> None:
    other = an_object(ONE, vertices=THREE.replace("<z>0</z>", "<z>9</z>"), name="2")
    shown = a_constellation("3", an_instance("1", deltax=5), an_instance("1", deltay=6, deltaz=7))

    reading = read(a_file(shown, ONE_OBJECT, other))

    starts = [face[0] for face in triangles_of(reading.mesh)]
    assert ([[0.0, 0.0, 9.0], [5.0, 0.0, 0.0], [0.0, 6.0, 7.0]], 2) == (starts, reading.stored_triangles)
    assert {Trait.STRUCTURE} == lost(reading)


@pytest.mark.parametrize(
    ("place", "corner"),
    [
        ({"rz": 90}, [0.0, 1.0, 0.0]),
        ({"rx": 90}, [1.0, 0.0, 0.0]),
        ({"ry": 90}, [0.0, 0.0, -1.0]),
        ({"ry": 90, "rz": 90}, [0.0, 0.0, -1.0]),
        ({"rx": 90, "rz": 90, "deltax": 5}, [5.0, 1.0, 0.0]),
        ({"ry": -90, "rx": 90}, [0.0, 0.0, 1.0]),
    ],
)
def test_an_instance_is_turned_about_x_then_y_then_z_and_moved(place: dict[str, float], corner: list[float]) -> None:
    mesh = read(a_file(ONE_OBJECT, a_constellation("2", an_instance("1", **place)))).mesh

    assert corner == mesh.vertices[mesh.faces[0, 1]].tolist()


@pytest.mark.parametrize(
    ("metadata", "rz"),
    [
        ('<metadata type="cad">Slic3r 1.3.0</metadata>', math.pi / 2),
        ('<metadata type="slic3rpe_amf_version">2</metadata>', math.pi / 2),
        ('<metadata type="cad">AutoCAD</metadata>', 90),
        ("", 90),
    ],
)
def test_angles_are_in_degrees_unless_a_slicer_wrote_them(metadata: str, rz: float) -> None:
    mesh = read(a_file(metadata, ONE_OBJECT, a_constellation("2", an_instance("1", rz=rz)))).mesh

    assert [0.0, 1.0, 0.0] == mesh.vertices[mesh.faces[0, 1]].tolist()


@pytest.mark.parametrize(
    ("size", "face"),
    [
        ({"scale": 3}, [[5.0, 0.0, 0.0], [8.0, 0.0, 0.0], [5.0, 3.0, 0.0]]),
        ({"scalex": 2, "scaley": 4, "scalez": 9}, [[5.0, 0.0, 0.0], [7.0, 0.0, 0.0], [5.0, 4.0, 0.0]]),
        ({"mirrorx": -1, "mirrory": 1}, [[5.0, 0.0, 0.0], [5.0, 1.0, 0.0], [4.0, 0.0, 0.0]]),
        ({"scalex": 2, "rz": 90}, [[5.0, 0.0, 0.0], [5.0, 2.0, 0.0], [4.0, 0.0, 0.0]]),
    ],
)
def test_an_instance_may_have_another_size(size: dict[str, float], face: list[list[float]]) -> None:
    reading = read(a_file(ONE_OBJECT, a_constellation("2", an_instance("1", deltax=5, **size))))

    assert [face] == triangles_of(reading.mesh)


def test_constellations_may_show_each_other_but_not_in_a_circle() -> None:
    inner, outer = a_constellation("2", an_instance("1", deltax=1)), a_constellation("3", an_instance("2", deltax=10))
    back = a_constellation("2", an_instance("1"), an_instance("3"))
    apart = a_constellation("4", an_instance("5")) + a_constellation("5", an_instance("4"))

    assert 11.0 == read(a_file(ONE_OBJECT, outer, inner)).mesh.vertices[0, 0]
    for circle in (outer + back, inner + apart):
        with pytest.raises(SourceDamaged, match="circle"):
            read(a_file(ONE_OBJECT, circle))


def test_a_fan_out_is_refused_before_anything_is_placed() -> None:
    things = [a_constellation(str(n), *[an_instance(str(n - 1))] * 10) for n in range(2, 11)]

    with pytest.raises(TooManyTriangles):
        read(a_file(ONE_OBJECT, *things))


@pytest.mark.parametrize(
    ("instance", "error"),
    [
        (an_instance("7"), SourceDamaged),
        (an_instance("1", deltax=float("nan")), NotFinite),
        (an_instance("1", rx=float("inf")), NotFinite),
        ('<instance objectid="1"><deltax>x</deltax></instance>', SourceDamaged),
    ],
)
def test_an_instance_that_is_wrong_is_refused(instance: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read(a_file(ONE_OBJECT, a_constellation("2", instance)))


# --- Files ------------------------------------------------------------------------------------------------------------


def an_archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("files", [{"a.amf": a_file(an_object())}, {"b": b"", "A.AMF": a_file(an_object())}])
def test_an_archive_has_one_model(files: dict[str, bytes]) -> None:
    assert 1.0 == volume(read(an_archive(files)).mesh)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<x/>",
        b"<amf>",
        b"<!DOCTYPE amf><amf/>",
        b"PK\x03\x04",
        an_archive({}),
        an_archive({"a.amf": b"", "b.amf": b""}),
        an_archive({"a.amf": a_file(an_object()) + b" " * 12_000_000}),
        b"<amf>" + b"<object>" * 300,
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(SourceDamaged):
        read(data)


def rows() -> list[str]:
    """Return the paths of the AMF files of the data; all are good."""
    if not DATA.is_dir():
        return []
    with (DATA / "FILES.tsv").open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["path"] for row in table if row["format"] == "amf"]


@pytest.mark.parametrize("path", rows())
def test_each_file_of_the_data_has_the_triangles_that_its_text_has(path: str) -> None:
    """Assimp sees 4 in two of them: it takes the first of their two volumes. three.js sees 8."""
    text = etree.parse(str(DATA / path))
    points = [[float(item.findtext(axis, "")) for axis in "xyz"] for item in text.iter("coordinates")]
    corners = [[int(item.findtext(name, "")) for name in ("v1", "v2", "v3")] for item in text.iter("triangle")]

    reading = read((DATA / path).read_bytes())

    np.testing.assert_array_equal(np.array(points)[np.array(corners)], triangles_of(reading.mesh))
    assert len(corners) == reading.stored_triangles


HOSTILE = sorted((DATA / "hostile" / "amf").iterdir()) if DATA.is_dir() else []


@pytest.mark.parametrize("path", HOSTILE, ids=[path.name for path in HOSTILE])
def test_each_hostile_file_is_as_the_index_says(path: Path) -> None:
    """A circle of constellations (`constellation_cycle`) may be read or refused: here it is refused."""
    if path.name.startswith("good_"):
        assert 1000.0 == volume(read(path.read_bytes()).mesh)
        return
    with pytest.raises(SourceDamaged):
        read(path.read_bytes())

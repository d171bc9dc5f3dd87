from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.errors import IndexOutOfRange, NotFinite, OutfeedError, SourceDamaged, SourceEmpty, TooManyTriangles
from outfeed.mesh.facts import volume
from outfeed.mesh.formats.chunks import CHUNK_BYTES
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import textured_tile
from outfeed.mesh.units import Unit
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES, CUBE_QUADS, a_cube, read, written
from unit.properties import examples

POINTS = "".join(f"v {x} {y} {z}\n" for x, y, z in CUBE_CORNERS)
QUADS = "".join(f"f {' '.join(str(i + 1) for i in quad)}\n" for quad in CUBE_QUADS)
CUBE = POINTS + QUADS


@pytest.mark.parametrize(
    "text",
    [
        CUBE,
        CUBE.replace("\n", "\r\n"),
        CUBE.replace("\n", "\r"),
        CUBE.replace("\n", "\0\n"),
        CUBE.rstrip(),
        CUBE.rstrip() + " \\",
        "\ufeff" + CUBE,
        "mtllib ../../../etc/passwd\nusemtl a\no b\ng c d\ns off\n" + CUBE,
        CUBE.replace("f ", "f \\\n").replace(" 1", " \\\r\n1"),
        "# a path ends like this: C:\\parts\\\n" + CUBE,
        CUBE.replace("v 1", "v\t 1.0"),
        "".join(f"{line} 0.5 0.25 1 # colour\n" if line[0] == "v" else line + "\n" for line in CUBE.splitlines()),
        POINTS + "".join(f"f {' '.join(str(i - 8) for i in quad)}\n" for quad in CUBE_QUADS),
        QUADS + POINTS,
        CUBE.replace("f ", "fo "),
        CUBE + "f\nf 1\nf 1 2\nl 1 2\np 3\nvp 1 2\ncurv 0 1 1 2\n",
        CUBE + "v 7 7 7\nv seven 7 7\nv nan inf 1e999\nv 1\n",
        "vn 0 0 1\n" + POINTS + QUADS.replace(" 1", " 1//1"),
    ],
    ids=[
        "lf",
        "crlf",
        "cr",
        "nul",
        "nonewline",
        "continued",
        "bom",
        "names",
        "joined",
        "path",
        "tabs",
        "colours",
        "relative",
        "forward",
        "fo",
        "short",
        "unused",
        "normals",
    ],
)
def test_every_style_is_the_same_cube(text: str, tmp_path: Path) -> None:
    mesh = read(text, tmp_path, form="obj")

    corners = [[list(CUBE_CORNERS[corner]) for corner in face] for face in CUBE_FACES]
    assert corners == mesh.vertices[mesh.faces].tolist()
    assert 8 == len(mesh.vertices)
    assert mesh.uvs is None


TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"


@pytest.mark.parametrize(
    ("error", "detail", "text"),
    [
        (IndexOutOfRange, "Line 4.", TRIANGLE + "f 0 1 2"),
        (IndexOutOfRange, "Line 5.", TRIANGLE + "f 1 2 3\nf 1 2 4\n"),
        (IndexOutOfRange, "Line 4.", TRIANGLE + "f 1 2 -4"),
        (IndexOutOfRange, "Line 4.", TRIANGLE + "f 1 2 99999999999999999999999"),
        (IndexOutOfRange, "Line 4.", TRIANGLE + "f 1 2 -99999999999999999999999"),
        (IndexOutOfRange, "Line 4.", TRIANGLE + "f 1 2 4294967297"),
        (IndexOutOfRange, "Line 7.", TRIANGLE + "# one \\\ng two \\\nthree\nf 1 2 9"),
        (SourceDamaged, "Line 4: a face", TRIANGLE + "f 1 2 three"),
        (SourceDamaged, "Line 4: a face", TRIANGLE + "f 1 2 3.5"),
        (SourceDamaged, "Line 4: a face", TRIANGLE + "f 1 2 3/a"),
        (SourceDamaged, "three numbers", "v 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3"),
        (SourceDamaged, "three numbers", TRIANGLE.replace("1", "1,5") + "f 1 2 3"),
        (SourceDamaged, "no line that OBJ knows", "P 0.3 0.3 0.4 10 1 2\n -18 -16.85 2.5\n"),
        (NotFinite, "", TRIANGLE + "v 1 1 nan\nf 1 2 4"),
        (NotFinite, "", TRIANGLE + "v 1 1 -1e999\nf 1 2 4"),
        (SourceEmpty, "", "# nothing\n"),
        (SourceEmpty, "", ""),
        (SourceEmpty, "", TRIANGLE + "p 1 2 3\nl 1 2\n"),
        (SourceEmpty, "", TRIANGLE + "f 1 2\n"),
    ],
)
def test_damage_is_refused_with_its_reason(error: type[OutfeedError], detail: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        read(text, tmp_path, form="obj")

    assert error is type(caught.value)
    assert detail in caught.value.detail


def test_the_limit_of_triangles_is_the_last_that_passes(tmp_path: Path) -> None:
    assert len(read(CUBE, tmp_path, form="obj", most=12).faces) == 12
    with pytest.raises(TooManyTriangles):
        read(CUBE, tmp_path, form="obj", most=11)


def test_equal_positions_become_one_vertex(tmp_path: Path) -> None:
    text = TRIANGLE + "v 1 0 -0.0\nv 0 1 0\nv 1 1 0\nf 1 2 3\nf 4 6 5\n"

    mesh = read(text, tmp_path, form="obj")

    assert [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]] == mesh.vertices.tolist()
    assert [[0, 1, 2], [1, 3, 2]] == mesh.faces.tolist()


def test_texture_coordinates_belong_to_corners_and_may_be_missing(tmp_path: Path) -> None:
    coordinates = "vt 0.5 0.5\nvt 9 9\nvt 1\nvt 0 one\n"
    text = TRIANGLE + "v 1 1 0\n" + coordinates + "f 1 2 3\nf 2/1 4/3/1 3/-4\nf 1/99 2/4 3/0\n"

    mesh = read(text, tmp_path, form="obj")

    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert [[0.5, 0.5], [1, 0]] == mesh.uvs.tolist()
    assert [[-1, -1, -1], [0, 1, 0], [-1, -1, -1]] == mesh.uv_faces.tolist()


def test_texture_coordinates_that_no_corner_has_are_none(tmp_path: Path) -> None:
    mesh = read(TRIANGLE + "f 1/1 2/2 3/3\n", tmp_path, form="obj")

    assert (None, None) == (mesh.uvs, mesh.uv_faces)


def area_of(mesh: Mesh) -> tuple[float, float]:
    """Return the sum of the triangles' areas, and the area of their sum: equal where none lies over another."""
    corners = mesh.vertices[mesh.faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    return float(np.linalg.norm(crosses, axis=1).sum()), float(np.linalg.norm(crosses.sum(axis=0)))


def a_polygon(points: list[tuple[float, float, float]], *, uvs: bool = False) -> str:
    lines = [f"v {x} {y} {z}" for x, y, z in points] + [f"vt {x} {y}" for x, y, _ in points] * uvs
    return "\n".join([*lines, "f " + " ".join(f"{i}/{i}" if uvs else f"{i}" for i in range(1, len(points) + 1))])


L_SHAPE = [(2, 0), (2, 1), (1, 1), (1, 2), (0, 2), (0, 0)]


@pytest.mark.parametrize("start", range(6))
@pytest.mark.parametrize("turn", [1, -1], ids=["left", "right"])
@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1)], ids=["z", "x", "y"])
def test_concave_polygons_are_covered_once(start: int, turn: int, axes: tuple[int, int, int], tmp_path: Path) -> None:
    flat = [(*point, 5) for point in L_SHAPE[start:] + L_SHAPE[:start]][::turn]
    points: list[tuple[float, float, float]] = [(point[axes[0]], point[axes[1]], point[axes[2]]) for point in flat]

    mesh = read(a_polygon(points, uvs=True), tmp_path, form="obj")

    assert area_of(mesh) == pytest.approx((3.0, 3.0), rel=1e-12)
    assert len(mesh.faces) == 4
    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert np.array_equal(mesh.vertices[mesh.faces][..., :2], mesh.uvs[mesh.uv_faces])


@given(reaches=st.lists(st.floats(0.1, 1.0), min_size=4, max_size=60))
@examples(60)
def test_property_star_shaped_polygons_are_covered_once(
    reaches: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    angles = np.arange(len(reaches)) * 2 * np.pi / len(reaches)
    points = [(r * np.cos(a), r * np.sin(a), r * np.cos(a)) for r, a in zip(reaches, angles, strict=True)]

    mesh = read(a_polygon(points), tmp_path_factory.mktemp("star"), form="obj")

    total, net = area_of(mesh)
    assert len(mesh.faces) == len(reaches) - 2
    assert net == pytest.approx(total, rel=1e-9)


def test_a_comb_of_50000_corners_gives_all_its_triangles(tmp_path: Path) -> None:
    teeth = [(x, 1.0 if x % 2 else 9.0, 0.0) for x in range(49_998)]

    mesh = read(a_polygon([(49_997.0, 0.0, 0.0), *teeth[::-1], (0.0, 0.0, 0.0)]), tmp_path, form="obj")

    assert len(mesh.faces) == 49_998


def test_a_polygon_that_crosses_itself_still_gives_its_triangles(tmp_path: Path) -> None:
    star = [(np.cos(a), np.sin(a), 0.0) for a in np.arange(7) * 3 * 2 * np.pi / 7]

    assert len(read(a_polygon(star), tmp_path, form="obj").faces) == 5


def test_lines_longer_than_a_piece_are_read(tmp_path: Path) -> None:
    text = "# " + "x" * (CHUNK_BYTES * 3) + "\n" + CUBE

    assert volume(read(text, tmp_path, form="obj")) == 1.0


def test_files_of_many_pieces_are_read_whole(tmp_path: Path) -> None:
    copies = CHUNK_BYTES // len(CUBE) * 2
    text = "".join(
        CUBE.replace("f ", "g x\nf ") if k == 0 else POINTS.replace("v ", f"v {k}") + QUADS for k in range(copies)
    )

    mesh = read(text, tmp_path, form="obj")

    assert len(mesh.faces) == 12 * copies


def test_obj_is_written_as_the_format_says() -> None:
    text = written(a_cube(), "obj").decode().splitlines()

    assert ["# OBJ by Outfeed", "v 0 0 0", "v 10 0 0"] == text[:3]
    assert ["f 4 3 2", "f 4 2 1"] == text[9:11]
    assert len(text) == 1 + 8 + 12


def test_texture_coordinates_survive_obj_to_obj(tmp_path: Path) -> None:
    tile = textured_tile()

    again = read(written(tile, "obj"), tmp_path, form="obj")

    assert tile.uvs is not None
    assert again.uvs is not None
    assert tile.uv_faces is not None
    assert again.uv_faces is not None
    assert np.array_equal(tile.uvs[tile.uv_faces], again.uvs[again.uv_faces])


def test_obj_to_obj_never_changes_a_number(tmp_path: Path) -> None:
    numbers = np.random.default_rng(5).normal(size=(300, 3)) * 10.0 ** np.arange(300)[:, None]
    faces = np.arange(300, dtype=np.int32).reshape(-1, 3)
    mesh = Mesh(vertices=numbers, faces=faces, unit=Unit.FOOT)

    again = read(written(mesh, "obj", unit=Unit.FOOT), tmp_path, form="obj")

    assert np.array_equal(numbers, again.vertices)
    assert np.array_equal(faces, again.faces)

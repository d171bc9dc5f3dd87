"""Colours of vertices in OBJ: read from real and made files, and written so that they read back."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from trimesh.exchange.obj import load_obj

from outfeed import _kernels
from outfeed.mesh.appearance import Material
from outfeed.mesh.build import build
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import shown_colors
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from unit import twins
from unit.mesh_helpers import DATA, Kind, a_mesh, an_image, read, read_back, written
from unit.properties import examples

FACE = "f 1 2 3\n"
POINTS = ("v 0 0 0", "v 1 0 0", "v 0 1 0")


def colored(*tails: str) -> str:
    return "".join(f"{point} {tail}\n" for point, tail in zip(POINTS, tails, strict=True)) + FACE


def corner_colors(mesh: Mesh) -> list[list[int] | None]:
    """Return the colour of each corner of the first face."""
    if mesh.colors is None or mesh.color_faces is None:
        return [None] * 3
    return [None if row < 0 else mesh.colors[row].tolist() for row in mesh.color_faces[0].tolist()]


RED, GREEN = [255, 0, 0, 255], [0, 128, 0, 255]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (colored("1 0 0", "0 0.5 0", "1 0 0"), [RED, GREEN, RED]),
        (colored("1 0 0", "", "0.25"), [RED, None, None]),
        (colored("", "", "0 .5 0 # green"), [None, None, GREEN]),
        (colored("1 0 0 0.5", "1 0 0 0", "1 0 0 1"), [[255, 0, 0, 128], [255, 0, 0, 0], RED]),
        (colored("255 0 0", "0 128 0", "1 1 1"), [RED, GREEN, [1, 1, 1, 255]]),
        (colored("255 0 0 128", "0 128 0 255", "0 300 -5 0"), [[255, 0, 0, 128], GREEN, [0, 255, 0, 0]]),
        (colored("1.25 0 0", "0 0.5 -1", "1 0 0"), [RED, GREEN, RED]),
        (colored("1 0", "1 0 nan", "1 0 1e999"), [None, None, None]),
        (colored("1 0 zero", "1 0 0x", "r g b"), [None, None, None]),
        (colored("1 0 0 x", "1 0 0 0.5 7 7", "1 \\\n0 0"), [RED, [255, 0, 0, 128], RED]),
        (colored("", "", "") + "v 9 9 9 255 0 0\n", [None, None, None]),
    ],
)
def test_colors_stand_behind_the_position(text: str, expected: list[list[int] | None], tmp_path: Path) -> None:
    assert expected == corner_colors(read(text, tmp_path, form="obj"))


def test_positions_are_welded_whatever_their_color(tmp_path: Path) -> None:
    green = colored("0 .5 0", "0 .5 0", "0 .5 0").replace(FACE, "f 4 5 6\n")

    mesh = read(colored("1 0 0", "1 0 0", "1 0 0") + green, tmp_path, form="obj")

    assert mesh.colors is not None
    assert mesh.color_faces is not None
    assert (3, [RED, GREEN]) == (len(mesh.vertices), mesh.colors.tolist())
    assert [[0, 0, 0], [1, 1, 1]] == mesh.color_faces.tolist()


@pytest.mark.skipif(not DATA.is_dir(), reason="no test data: set OUTFEED_TEST_DATA")
def test_a_real_file_has_the_colors_that_trimesh_sees() -> None:
    path = DATA / "obj" / "trimesh-quadknot.obj"
    mesh = read_back_obj(path.read_bytes())

    other = load_obj(io.BytesIO(path.read_bytes()), skip_materials=True)["geometry"]["geometry"]
    assert mesh.colors is not None
    assert np.unique(np.rint(other["vertex_colors"] * 255), axis=0).tolist() == mesh.colors[:, :3].tolist()


def read_back_obj(data: bytes) -> Mesh:
    return read_back(data, "obj").mesh


LINES = st.one_of(
    st.lists(st.integers(0, 300), min_size=3, max_size=7).map(lambda n: f"v {' '.join(map(str, n))}"),
    st.lists(st.sampled_from(["0", "1", "0.5", "0.1", "x", "nan"]), min_size=0, max_size=5).map(
        lambda words: f"v 1 2 3 {' '.join(words)}"
    ),
    st.sampled_from(["usemtl", "usemtl a", "usemtl b b", "usemtl a ", "f 1 2 3", "f 3 2 1 2", "o x", "# y"]),
)


@given(lines=st.lists(LINES, max_size=40), step=st.integers(1, 60))
@examples(150)
def test_property_colors_and_materials_equal_their_twin(lines: list[str], step: int) -> None:
    text = "".join(f"{line}\n" for line in ["v 0 0 0", *lines, "v 1 1 1 0 0 0", "v 2 2 2", "f 1 2 3"])
    reader, data = _kernels.Obj(1000), np.frombuffer(text.encode(), dtype=np.uint8)
    done = 0
    for end in (*range(step, len(data), step), len(data)):
        done += reader.feed(data[done:end], end == len(data))

    tables = reader.finish()

    colors, materials = twins.obj_surface(text)
    rows = tables["color_faces"]
    assert colors == [[None if row < 0 else tables["colors"][row].tolist() for row in face] for face in rows.tolist()]
    names = [name.decode() for name in reader.materials()]
    used = tables["material_faces"].tolist() if names else [-1] * len(rows)
    assert materials == [names[row] if row >= 0 else None for row in used]


@pytest.mark.parametrize("seed", [1, 5])
def test_what_corners_show_is_written_at_vertices(seed: int) -> None:
    mesh = a_mesh(seed, Kind(double=seed > 1, colors=True, materials=True, uvs=True, gaps=True))

    again = read_back_obj(written(mesh, "obj"))

    shown = shown_colors(mesh)
    assert shown is not None
    colors, rows = np.append(shown[0], [[255] * 4], axis=0), shown[1]
    assert again.colors is not None
    assert np.array_equal(colors[rows][..., :3], again.colors[again.color_faces][..., :3])
    assert np.array_equal(mesh.vertices[mesh.faces], again.vertices.astype(mesh.vertices.dtype)[again.faces])


def test_trimesh_sees_the_colors_that_are_written() -> None:
    mesh = a_mesh(3, Kind(colors=True))

    data = written(mesh, "obj")

    other: Any = trimesh.load(io.BytesIO(data), file_type="obj", process=False)
    assert mesh.colors is not None
    mine, theirs = mesh.colors[mesh.color_faces], other.visual.vertex_colors[other.faces]
    assert np.array_equal(mine, theirs)


def test_every_byte_of_a_color_reads_back() -> None:
    colors = np.full((256, 4), 255, dtype=np.uint8)
    colors[:, 0], colors[:, 1], colors[:, 2] = np.arange(256), np.arange(256)[::-1], 7
    corners = np.arange(258, dtype=np.int32).reshape(-1, 3) % 256
    points = np.random.default_rng(1).normal(size=(256, 3))
    for vertices in (points, points.astype(np.float32)):
        mesh = build(Mesh(vertices=vertices, faces=corners, unit=Unit.MILLIMETRE, colors=colors, color_faces=corners))

        again = read_back_obj(written(mesh, "obj"))

        assert again.colors is not None
        assert mesh.colors is not None
        assert mesh.colors.tolist() == again.colors.tolist()


def test_a_white_mesh_has_no_colors_and_lost_things_are_said() -> None:
    white = a_mesh(2, Kind(materials=True))
    plain = build(
        Mesh(
            vertices=white.vertices,
            faces=white.faces,
            unit=white.unit,
            materials=(Material(name="a"), Material(color=(255, 255, 255, 9))),
            material_faces=np.arange(len(white.faces), dtype=np.int32) % 2,
        )
    )
    out = io.BytesIO()

    lost = write_mesh(plain, out, format="obj", unitless=Unit.MILLIMETRE)

    assert read_back_obj(out.getvalue()).colors is None
    assert {Trait.OPACITY, Trait.MATERIALS} == {loss.what for loss in lost} - {Trait.DOUBLES}
    assert Loss(what=Trait.MATERIALS) in lost


@pytest.mark.parametrize("seed", range(60))
def test_writing_what_was_read_gives_the_same_bytes(seed: int) -> None:
    for form in ("obj", "obj_zip"):
        data = written(a_mesh(seed), form)

        assert data == written(read_back(data, form).mesh, form)


def test_images_do_not_matter_to_obj_in_one_file() -> None:
    mesh = a_mesh(8, Kind(materials=True, textures=True, uvs=True))

    text = written(mesh, "obj").decode()

    assert "mtllib" not in text
    assert an_image(0) not in text.encode()

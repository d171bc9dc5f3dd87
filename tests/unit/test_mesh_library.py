from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from outfeed.errors import FormatUnknown, IndexOutOfRange, NotFinite, NotMeaningful, OutfeedError, SourceDamaged
from outfeed.mesh import archive
from outfeed.mesh.facts import bounds, facts, volume
from outfeed.mesh.formats.registry import KNOWN_UNREAD, READERS, WRITERS, read_mesh, reader_for
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import SAMPLES, textured_tile, torus, write_samples
from outfeed.mesh.transform import transform
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_cube, read, written


def test_units_know_their_length() -> None:
    assert {"um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1, "in": 0.0254, "ft": 0.3048} == {
        unit.value: unit.metres for unit in Unit
    }


def test_factors_between_units_are_rounded_once() -> None:
    assert (0.1, 10.0, 12.0, 25.4, 1.0) == (
        Unit.MILLIMETRE.to(Unit.CENTIMETRE),
        Unit.CENTIMETRE.to(Unit.MILLIMETRE),
        Unit.FOOT.to(Unit.INCH),
        Unit.INCH.to(Unit.MILLIMETRE),
        Unit.FOOT.to(Unit.FOOT),
    )


def test_facts_are_what_a_task_shows() -> None:
    assert facts(a_cube(10, dtype=np.float32, unit=Unit.CENTIMETRE)) == {
        "num_vertices": 8,
        "num_triangles": 12,
        "has_uvs": False,
        "bounding_box": {"min": [0.0, 0.0, 0.0], "max": [10.0, 10.0, 10.0]},
        "unit": "cm",
    }


def test_volume_is_exact_far_from_the_origin_and_negative_inside_out() -> None:
    far = transform(a_cube(2), [[1, 0, 0, 1e9], [0, 1, 0, -1e9], [0, 0, 1, 1e9]])
    inside_out = Mesh(vertices=far.vertices, faces=far.faces[:, ::-1], unit=far.unit)

    assert (8.0, -8.0) == (volume(far), volume(inside_out))


def test_a_row_vector_stands_before_the_columns() -> None:
    mesh = Mesh(
        vertices=np.array([[1.0, 2, 3], [0, 0, 0], [1, 0, 0]]),
        faces=np.array([[0, 1, 2]], dtype=np.int32),
        unit=Unit.METRE,
    )

    moved = transform(mesh, [[1, 10, 100, 5], [0, 1, 0, 6], [0, 0, 2, 7]])

    assert [[326, 8, 13], [5, 6, 7], [6, 6, 7]] == moved.vertices.tolist()


def test_the_identity_returns_the_same_mesh() -> None:
    mesh = a_cube()

    assert transform(mesh, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]) is mesh


@pytest.mark.parametrize("scale", [1, 1e-120, 1e120])
def test_a_mirrored_mesh_keeps_its_outside_outside(scale: float) -> None:
    mirrored = transform(a_cube(1), [[-scale, 0, 0, 0], [0, scale, 0, 0], [0, 0, scale, 0]])

    back = Mesh(vertices=mirrored.vertices / scale, faces=mirrored.faces, unit=mirrored.unit)
    assert (1.0, -1.0) == (volume(back), bounds(back)[0][0])


def test_texture_coordinates_turn_with_a_mirrored_mesh() -> None:
    mirrored = transform(textured_tile(), [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])

    assert mirrored.uv_faces is not None
    assert np.array_equal(mirrored.faces, mirrored.uv_faces)


@pytest.mark.parametrize(
    "columns",
    [
        [[1e308, 1e308, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
        [[float("nan"), 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
        [[1, 0, 0, float("inf")], [0, 1, 0, 0], [0, 0, 1, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ],
)
def test_transforms_that_mean_nothing_are_refused(columns: list[list[float]]) -> None:
    with pytest.raises(NotMeaningful):
        transform(a_cube(), columns)


def test_a_transform_keeps_float32_and_refuses_what_it_cannot_hold() -> None:
    cube = a_cube(dtype=np.float32)

    assert np.float32 == transform(cube, [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]).vertices.dtype
    with pytest.raises(NotMeaningful):
        transform(cube, [[1e38, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])


@pytest.mark.parametrize("mesh", [a_cube(dtype=np.float32, unit=Unit.INCH), torus(), textured_tile()])
def test_an_archived_mesh_comes_back_the_same(mesh: Mesh, tmp_path: Path) -> None:
    archive.save(mesh, tmp_path / "mesh")

    again = archive.load(tmp_path / "mesh")

    assert mesh.unit is again.unit
    for name in ("vertices", "faces", "uvs", "uv_faces"):
        mine, other = getattr(mesh, name), getattr(again, name)
        assert (mine is None) == (other is None)
        assert mine is None or (mine.dtype == other.dtype and np.array_equal(mine, other))


def test_an_archive_is_always_the_same_bytes_and_opens_elsewhere(tmp_path: Path) -> None:
    archive.save(textured_tile(), tmp_path / "one")
    archive.save(textured_tile(), tmp_path / "two")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert {"vertices", "faces", "uvs", "uv_faces"} == set(load_file(tmp_path / "one"))


def a_mesh_with(**changes: object) -> Mesh:
    cube = a_cube()
    fields = {"vertices": cube.vertices, "faces": cube.faces, "unit": cube.unit, "uvs": None, "uv_faces": None}
    return Mesh(**(fields | changes))  # type: ignore[arg-type] # wrong ones are the point


WRONG = [
    (SourceDamaged, a_mesh_with(vertices=np.zeros((8, 2)))),
    (SourceDamaged, a_mesh_with(vertices=np.zeros((8, 3), dtype=np.float16))),
    (SourceDamaged, a_mesh_with(faces=np.zeros((8, 3), dtype=np.int64))),
    (SourceDamaged, a_mesh_with(faces=np.zeros(9, dtype=np.int32))),
    (SourceDamaged, a_mesh_with(uvs=np.zeros((2, 2)), uv_faces=np.zeros((3, 3), dtype=np.int32))),
    (SourceDamaged, a_mesh_with(uvs=np.zeros((2, 3)), uv_faces=np.zeros((12, 3), dtype=np.int32))),
    (IndexOutOfRange, a_mesh_with(faces=np.array([[0, 1, 8]], dtype=np.int32))),
    (IndexOutOfRange, a_mesh_with(faces=np.array([[0, 1, -1]], dtype=np.int32))),
    (IndexOutOfRange, a_mesh_with(uvs=np.zeros((2, 2)), uv_faces=np.full((12, 3), 2, dtype=np.int32))),
    (IndexOutOfRange, a_mesh_with(uvs=np.zeros((2, 2)), uv_faces=np.full((12, 3), -2, dtype=np.int32))),
    (NotFinite, a_mesh_with(vertices=np.full((8, 3), np.nan))),
    (NotFinite, a_mesh_with(vertices=np.full((8, 3), -np.inf))),
]


@pytest.mark.parametrize(("error", "mesh"), WRONG)
def test_a_damaged_archive_is_refused(error: type[OutfeedError], mesh: Mesh, tmp_path: Path) -> None:
    archive.save(mesh, tmp_path / "mesh")

    with pytest.raises(error):
        archive.load(tmp_path / "mesh")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    archive.save(a_cube(), tmp_path / "mesh")
    whole = (tmp_path / "mesh").read_bytes()

    for data in (
        b"",
        b"x" * 100,
        whole[:-1],
        whole.replace(b'\\"mm\\"', b'\\"km\\"'),
        whole.replace(b"faces", b"facez"),
    ):
        (tmp_path / "broken").write_bytes(data)
        with pytest.raises(SourceDamaged):
            archive.load(tmp_path / "broken")


def test_the_format_of_a_file_is_told_by_the_end_of_its_name() -> None:
    assert ("stl", "obj", None, None) == tuple(reader_for(name) for name in ("a/b.STL", "x.y.obj", "stl", "a.step"))


def test_formats_are_either_read_or_known_not_to_be() -> None:
    assert not set(READERS) & KNOWN_UNREAD
    assert {"obj", "stl_ascii", "stl_binary", "glb"} <= set(WRITERS)


def test_a_format_that_nobody_reads_or_writes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatUnknown):
        read_mesh(tmp_path / "a", format="step", unitless=Unit.METRE, limits=ReadLimits())
    with pytest.raises(FormatUnknown):
        written(a_cube(), "step")


@pytest.mark.parametrize("form", ["obj", "stl_ascii", "stl_binary", "glb"])
def test_the_same_mesh_gives_the_same_bytes(form: str) -> None:
    assert written(textured_tile(), form) == written(textured_tile(), form)


@pytest.mark.parametrize("door", [Unit.MILLIMETRE, Unit.CENTIMETRE])
@pytest.mark.parametrize("target", ["obj", "stl_ascii", "stl_binary"])
@pytest.mark.parametrize("source", ["obj", "stl_ascii", "stl_binary"])
def test_a_cube_of_ten_stays_a_cube_of_ten(source: str, target: str, door: Unit, tmp_path: Path) -> None:
    first = read(written(a_cube(unit=door), source, unit=door), tmp_path, form=source[:3], unit=door)

    again = read(written(first, target, unit=door), tmp_path, form=target[:3], unit=door)

    low, high = bounds(again)
    assert ([0, 0, 0], [10, 10, 10], 1000.0) == (low.tolist(), high.tolist(), volume(again))


def test_samples_are_written_in_formats_that_are_read(tmp_path: Path) -> None:
    paths = write_samples(tmp_path)

    meshes = [read(path.read_bytes(), tmp_path, form=path.suffix[1:]) for path in paths]
    assert list(SAMPLES) == [path.name for path in paths]
    assert [len(make().faces) for make, _ in SAMPLES.values()] == [len(mesh.faces) for mesh in meshes]
    assert {"tile-with-uvs", "chequered-tile"} == {
        path.stem for path, mesh in zip(paths, meshes, strict=True) if mesh.has_uvs
    }
    assert {"rainbow-ring"} == {path.stem for path, mesh in zip(paths, meshes, strict=True) if mesh.colors is not None}
    assert {"chequered-tile"} == {path.stem for path, mesh in zip(paths, meshes, strict=True) if mesh.textures}

"""A tileset of a file that is larger than memory: tested with small ones and smaller buckets."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from outfeed.errors import NotFinite, SourceEmpty
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.scene.registry import read_scene
from outfeed.tiles.buckets import StlFile
from outfeed.tiles.facts import TilesetFacts
from outfeed.tiles.large import MOST_IN_MEMORY, build_large_tileset, large_stl
from outfeed.tiles.options import TileOptions
from tilesets.check import check_tileset
from unit.mesh_helpers import a_ball, binary_stl, triangles_of, written

A_TRIANGLE: list[list[list[float]]] = [[[0, 0, 0], [1, 0, 0], [0, 1, 0]]]
A_POINT: list[list[list[float]]] = [[[5, 5, 5]] * 3]
NOWHERE: list[list[list[float]]] = [[[0, 0, float("nan")]] * 3]


def a_file(folder: Path, data: bytes) -> Path:
    path = folder / "large.stl"
    path.write_bytes(data)
    return path


def made(path: Path, out: Path, *, bucket: int = 100, tile: int = 30, threads: int = 0) -> TilesetFacts:
    source = large_stl(path, unit=Unit.MILLIMETRE, more_than=0)
    assert source is not None
    out.mkdir()
    options = TileOptions(triangles_per_tile=tile)
    return build_large_tileset(source, out, options, scratch=path.parent, bucket=bucket, threads=threads)


def two_balls() -> bytes:
    """Return two balls whose boxes overlap, so that buckets share points and their boxes hold others' points."""
    ball = a_ball(3)
    other = triangles_of(replace(ball, vertices=ball.vertices * 0.75 + 5))
    return binary_stl([*triangles_of(ball), *other])


@pytest.mark.parametrize(("bucket", "tile"), [(100, 30), (64, 64), (1000, 200), (2000, 30)])
def test_it_holds_the_file_without_a_crack(bucket: int, tile: int, tmp_path: Path) -> None:
    path = a_file(tmp_path, two_balls())

    facts = made(path, tmp_path / "out", bucket=bucket, tile=tile)

    scene = read_scene(path, format="stl", unitless=Unit.MILLIMETRE, limits=ReadLimits())
    assert (1024, 0) == (facts.triangles, facts.collapsed)
    assert [] == check_tileset(tmp_path / "out", scene=scene, distances=False)
    assert {"large.stl", "out"} == {one.name for one in tmp_path.iterdir()}


def test_the_number_of_threads_changes_no_byte(tmp_path: Path) -> None:
    path = a_file(tmp_path, two_balls())

    made(path, tmp_path / "one", threads=1)
    made(path, tmp_path / "three", threads=3)

    one, three = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "three"))
    assert one == three


def test_triangles_without_an_area_are_left_out(tmp_path: Path) -> None:
    path = a_file(tmp_path, binary_stl(A_TRIANGLE + A_POINT * 200))

    facts = made(path, tmp_path / "out")

    assert (1, 200) == (facts.triangles, facts.collapsed)


def test_triangles_all_in_one_place_are_kept(tmp_path: Path) -> None:
    path = a_file(tmp_path, binary_stl(A_TRIANGLE * 300))

    assert 300 == made(path, tmp_path / "out").triangles


@pytest.mark.parametrize(
    ("triangles", "error"),
    [(A_POINT * 9, SourceEmpty), (A_TRIANGLE * 9 + NOWHERE, NotFinite)],
)
def test_what_cannot_be_a_tileset_is_refused(
    triangles: list[list[list[float]]], error: type[Exception], tmp_path: Path
) -> None:
    path = a_file(tmp_path, binary_stl(triangles))

    with pytest.raises(error):
        made(path, tmp_path / "out", bucket=4)


@pytest.mark.parametrize(
    "data",
    [b"", b"solid x\nendsolid x\n", binary_stl(A_TRIANGLE * 3)[:-1], binary_stl(A_TRIANGLE, count=9)],
    ids=["empty", "text", "cut off", "wrong count"],
)
def test_what_is_no_large_binary_stl_is_read_whole(data: bytes, tmp_path: Path) -> None:
    assert large_stl(a_file(tmp_path, data), unit=Unit.METRE, more_than=0) is None


def test_a_large_file_is_told_by_its_header_and_length(tmp_path: Path) -> None:
    triangles = MOST_IN_MEMORY + 1
    path = a_file(tmp_path, binary_stl(A_TRIANGLE, count=triangles))
    os.truncate(path, 84 + 50 * triangles)

    assert StlFile(path=path, triangles=triangles, scale=0.01) == large_stl(path, unit=Unit.CENTIMETRE)


def test_a_small_file_is_read_whole(tmp_path: Path) -> None:
    path = a_file(tmp_path, written(a_ball(1), "stl_binary"))

    assert large_stl(path, unit=Unit.METRE) is None

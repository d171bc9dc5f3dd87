"""`outfeed export --to 3dtiles`."""

import json
from pathlib import Path

import pytest

from outfeed.cli import export
from unit.mesh_helpers import a_ball, written


def a_source(folder: Path) -> Path:
    path = folder / "ball.stl"
    path.write_bytes(written(a_ball(), "stl_binary"))
    return path


def test_a_file_becomes_a_folder_with_a_tileset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its facts are those of the files that are there."""
    out = tmp_path / "tiles"

    code = export.main([str(a_source(tmp_path)), "--to", "3dtiles", "-o", str(out), "--json"])

    told = json.loads(capsys.readouterr().out)
    tileset = json.loads((out / "tileset.json").read_text())
    sizes = [path.stat().st_size for path in out.iterdir()]
    assert (0, "1.1") == (code, tileset["asset"]["version"])
    assert (str(out), "3dtiles", []) == (told["out"], told["format"], told["lost"])
    assert (sum(sizes), len(sizes) - 1) == (told["bytes"], told["tiles"])
    assert (2048, 1) == (told["triangles"], told["elements"])


def test_the_folder_lies_beside_the_source_and_is_described(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == export.main([str(a_source(tmp_path)), "--to", "3dtiles"])

    assert ["ball-3dtiles", "ball.stl"] == sorted(path.name for path in tmp_path.iterdir())
    assert "ball-3dtiles: 1 elements, 2048 triangles, 1 tiles, " in capsys.readouterr().out


def test_tiles_are_as_small_as_asked_for(tmp_path: Path) -> None:
    arguments = ["--to", "3dtiles", "--triangles-per-tile", "300", "--compression", "none", "-o", str(tmp_path / "out")]

    assert 0 == export.main([str(a_source(tmp_path)), *arguments])

    tiles = [path.read_bytes() for path in (tmp_path / "out").glob("*.glb")]
    assert len(tiles) > 7
    assert [False] * len(tiles) == [b"EXT_meshopt_compression" in tile for tile in tiles]


@pytest.mark.parametrize(
    ("code", "name", "arguments", "sentence"),
    [
        (1, "broken.stl", [], "shorter than the header"),
        (1, "notes.docx", [], "Formats that are read: "),
        (1, "absent.stl", [], "No such file"),
        (2, "broken.stl", ["--compression", "zip"], "'zip' is no compression; there are meshopt, draco, none."),
        (2, "broken.stl", ["--triangles-per-tile", "0"], "A tile has at least one triangle."),
        (2, "broken.stl", ["--reduce", "0.5"], "--reduce does not go with --to 3dtiles."),
        (2, "broken.stl", ["-o", "none/here"], "There is no folder 'none' for the result."),
    ],
)
def test_refusals_and_wrong_usage_leave_nothing(
    code: int, name: str, arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.stl").write_bytes(b"not a mesh")

    assert code == export.main([str(tmp_path / name), "--to", "3dtiles", *arguments])

    shown = capsys.readouterr()
    assert sentence in shown.err
    assert ("", ["broken.stl"]) == (shown.out, [path.name for path in tmp_path.iterdir()])


def test_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    """Here because two corners of its only triangle fall on one point of the grid."""
    source = tmp_path / "flat.obj"
    source.write_text("v 0 0 0\nv 1000 0 0\nv 0.0000001 0 0\nf 1 2 3\n")

    assert 1 == export.main([str(source), "--to", "3dtiles"])

    assert ["flat.obj"] == [path.name for path in tmp_path.iterdir()]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty one is used."""
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.mkdir()
    empty.mkdir()
    (full / "letter.txt").write_text("dear")

    assert 2 == export.main([str(a_source(tmp_path)), "--to", "3dtiles", "-o", str(full)])
    assert 0 == export.main([str(a_source(tmp_path)), "--to", "3dtiles", "-o", str(empty)])

    assert "is there and is no empty folder" in capsys.readouterr().err
    assert ["letter.txt"] == [path.name for path in full.iterdir()]
    assert (empty / "tileset.json").exists()


def test_options_of_tilesets_are_for_tilesets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == export.main([str(a_source(tmp_path)), "--to", "glb", "--triangles-per-tile", "7"])

    assert "--triangles-per-tile does not go with --to glb." in capsys.readouterr().err

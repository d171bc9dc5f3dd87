"""A file becomes a tileset through memory or out of core, and both show the same."""

from pathlib import Path

import pytest

from outfeed.errors import TooManyTriangles
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.reporting import Report
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.tiles.of_file import Tiled, TileSource, tileset_of_file
from outfeed.tiles.options import TileOptions
from unit.mesh_helpers import written
from unit.tiles_helpers import a_terrain


def a_source(path: Path, *, format_name: str = "stl", most: int = 10**6) -> TileSource:
    """Return a terrain as a file."""
    path.write_bytes(written(a_terrain(30), "stl_binary"))

    def read(report: Report) -> Scene:
        return read_scene(path, format="stl", unitless=Unit.METRE, limits=ReadLimits(), report=report)

    return TileSource(path=path, format=format_name, unitless=Unit.METRE, max_triangles=most, read=read)


def tiled(source: TileSource, folder: Path, *, most_in_memory: int) -> Tiled:
    out, scratch = folder / "out", folder / "scratch"
    out.mkdir(parents=True)
    scratch.mkdir()
    options = TileOptions(triangles_per_tile=500)
    return tileset_of_file(source, out, options, scratch=scratch, most_in_memory=most_in_memory)


def test_both_ways_show_all_triangles_and_leave_nothing_behind(tmp_path: Path) -> None:
    source = a_source(tmp_path / "terrain.stl")

    whole = tiled(source, tmp_path / "whole", most_in_memory=10**6)
    pieces = tiled(source, tmp_path / "pieces", most_in_memory=100)

    assert whole.facts.triangles == pieces.facts.triangles > 500
    assert [] == list((tmp_path / "pieces" / "scratch").iterdir())


def test_only_a_binary_stl_is_read_in_pieces(tmp_path: Path) -> None:
    """What is called something else goes to its own reader, whatever its first bytes are."""
    source = a_source(tmp_path / "terrain.obj", format_name="obj")

    whole = tiled(source, tmp_path / "whole", most_in_memory=10**6)
    again = tiled(source, tmp_path / "again", most_in_memory=100)

    assert whole == again


def test_a_large_file_keeps_to_the_limit_of_triangles(tmp_path: Path) -> None:
    source = a_source(tmp_path / "terrain.stl", most=200)

    with pytest.raises(TooManyTriangles):
        tiled(source, tmp_path / "out", most_in_memory=100)

"""Every good model of the shared data becomes a tileset that the checker and the Khronos validator find right."""

import csv
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from acceptance.node import run_node
from outfeed.errors import SourceEmpty
from outfeed.mesh.formats.source import ReadLimits, beside
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene, scene_reader_for
from outfeed.tiles.build import build_tileset
from outfeed.tiles.options import Compression, TileOptions
from tilesets.check import check_tileset
from unit.corpus import NOT_FINITE, needs_data
from unit.mesh_helpers import DATA

pytestmark = needs_data

FORMATS: Final = ("ifc", "step", "glb", "gltf", "obj", "stl", "ply", "3mf")
#: So small that most models have several levels.
TILE: Final = 1_000
#: Larger scenes are checked without distances, which take the longest.
MOST_MEASURED: Final = 60_000


@cache
def good_models() -> dict[str, str]:
    """Return the paths and facts of all good models of the formats that the issue names."""
    table = DATA / "FILES.tsv"
    if not table.is_file():
        return {}
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        row["path"]: row["facts"]
        for row in rows
        if row["format"] in FORMATS and row["state"] == "good" and scene_reader_for(row["path"])
        if row["path"] != NOT_FINITE
    }


def scene_of(path: str) -> Scene:
    name = scene_reader_for(path)
    assert name is not None
    limits = ReadLimits()
    companion = beside(DATA / path, limits)
    return read_scene(DATA / path, format=name, unitless=Unit.MILLIMETRE, limits=limits, companion=companion)


def make_tileset(path: str, out: Path) -> Scene:
    """Write the tileset of a model into a folder; return its scene. Which compression it has goes by turns."""
    scene = scene_of(path)
    kinds = list(Compression)
    options = TileOptions(triangles_per_tile=TILE, compression=kinds[list(good_models()).index(path) % len(kinds)])
    build_tileset(scene, out, options)
    return scene


def is_empty(facts: str) -> bool:
    """Tell whether the table says that a file, good as it is, has nothing to show."""
    return " 0 triangles" in facts


@pytest.mark.parametrize("path", [path for path, facts in good_models().items() if is_empty(facts)])
def test_a_good_model_with_nothing_to_show_is_refused(path: str) -> None:
    with pytest.raises(SourceEmpty):
        scene_of(path)


@pytest.mark.parametrize("path", [path for path, facts in good_models().items() if not is_empty(facts)])
def test_the_tileset_of_a_good_model_is_right(path: str, tmp_path: Path) -> None:
    scene = make_tileset(path, tmp_path)

    assert [] == check_tileset(tmp_path, scene=scene, distances=scene.num_triangles <= MOST_MEASURED)
    told = run_node("gltf_validator.cjs", str(tmp_path))
    assert {file.name for file in tmp_path.glob("*.glb")} == set(told)
    assert {name: one["messages"] for name, one in told.items() if one["errors"] or one["warnings"]} == {}

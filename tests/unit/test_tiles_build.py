"""A scene becomes a tree of tiles."""

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
from outfeed.tiles.flat import flatten
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
    facts = made(a_scene_of(a_ball(5)), tmp_path / "out", TileOptions(triangles_per_tile=512))

    assert pytest.approx((512, 2048, 8192), rel=0.1) == facts.triangles_by_level
    assert (8192, 21, 1, 0) == (facts.triangles, facts.tiles, facts.elements, facts.collapsed)


def test_errors_fall_towards_the_leaves(tmp_path: Path) -> None:
    """A viewer always gets nearer to the source when it loads children."""
    made(a_scene_of(a_terrain(60)), tmp_path / "out")
    tileset = tileset_in(tmp_path / "out")

    assert tileset["geometricError"] >= tileset["root"]["geometricError"]
    for tile in tiles_in(tileset["root"]):
        for child in tile.get("children", []):
            assert child["geometricError"] < tile["geometricError"]
        assert ("children" in tile) == (tile["geometricError"] > 0)


def test_the_same_scene_gives_the_same_bytes_for_any_number_of_threads(tmp_path: Path) -> None:
    """Nothing depends on which tile is ready first."""
    scene = a_scene_of(a_terrain(40), a_ball(4))

    made(scene, tmp_path / "one", threads=1)
    made(scene, tmp_path / "three", threads=3)

    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "three").iterdir())
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "three" / name).read_bytes() for name in names)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e7])
def test_scenes_of_any_size_have_the_triangles_of_their_source(size: float, tmp_path: Path) -> None:
    """The grid goes with the size."""
    facts = made(a_scene_of(a_ball(4, size=size)), tmp_path / "out")

    assert (2048, 0) == (facts.triangles, facts.collapsed)
    assert pytest.approx([-size] * 3) == list(facts.low)


def test_one_triangle_is_a_tileset(tmp_path: Path) -> None:
    """Its root is a leaf: it is exact."""
    mesh = Mesh(vertices=np.eye(3), faces=np.array([[0, 1, 2]], dtype=np.int32), unit=Unit.METRE)
    facts = made(a_scene_of(mesh), tmp_path / "out")
    root = tileset_in(tmp_path / "out")["root"]

    assert (1, 1) == (facts.tiles, facts.triangles)
    assert root["geometricError"] == 0
    assert ["0-0.glb", "tileset.json"] == sorted(path.name for path in (tmp_path / "out").iterdir())


def test_a_scene_without_any_area_is_refused(tmp_path: Path) -> None:
    """There would be nothing to see."""
    flat = Mesh(vertices=np.ones((1, 3)), faces=np.zeros((1, 3), dtype=np.int32), unit=Unit.METRE)

    with pytest.raises(SourceEmpty):
        made(a_scene_of(flat), tmp_path / "flat")
    with pytest.raises(SourceEmpty):
        made(Scene(elements=(), shapes=()), tmp_path / "empty")


def test_a_shape_that_is_placed_beyond_all_numbers_is_refused(tmp_path: Path) -> None:
    """It is the file's fault, and said so: beyond double precision, and beyond what viewers hold."""
    with pytest.raises(NotFinite):
        made(a_scene_of(a_cube(1e38)), tmp_path / "far")
    with pytest.raises(NotFinite):
        made(placed_often(a_cube(1e300), [np.diag([1e300, 1, 1, 1])]), tmp_path / "out")


def test_shapes_that_are_shown_often_are_stored_once_in_a_tile(tmp_path: Path) -> None:
    """A hundred balls take a fraction of the bytes of a hundred meshes."""
    places = [moved(30.0 * (row % 10), 30.0 * (row // 10)) for row in range(100)]
    often = made(placed_often(a_ball(3), places), tmp_path / "often", TileOptions(triangles_per_tile=10_000))
    single = made(a_scene_of(a_ball(3)), tmp_path / "single")

    low, high = np.array(often.low), np.array(often.high)

    assert (51_200, 100) == (often.triangles, often.elements)
    assert often.bytes < 15 * single.bytes
    # The boxes hold what single precision makes of the places.
    assert ((low < -10) & (low > -10.01)).all()
    assert ((high > [280, 280, 10]) & (high < [280.01, 280.01, 10.01])).all()


def test_a_placement_that_is_mirrored_faces_outwards() -> None:
    """It is made into triangles, turned round, so that what was outside stays outside."""
    mirror = np.diag([-1.0, 1, 1, 1])
    baked = flatten(placed_often(a_ball(3), [mirror] * 20)).baked
    corners = baked.points[baked.faces].astype(np.float64)
    volume = np.linalg.det(corners).sum() / 6

    assert 20 * 512 == len(baked.faces)
    assert volume > 0


def test_the_root_of_many_small_elements_is_small_and_the_leaves_have_all(tmp_path: Path) -> None:
    """What is too small to be seen from afar waits for the tiles that are near."""
    cubes = [a_cube(1 + row % 7 / 10) for row in range(300)]
    scene = a_scene_of(*cubes)
    elements = tuple(
        type(element)(
            id=element.id,
            class_name="Box",
            parts=tuple(type(part)(shape=part.shape, transform=moved(4.0 * row, 0, 0)) for part in element.parts),
        )
        for row, element in enumerate(scene.elements)
    )
    facts = made(Scene(elements=elements, shapes=scene.shapes), tmp_path / "out")

    assert (3600, 300) == (facts.triangles, facts.elements)
    assert facts.triangles_by_level[0] <= 2 * 500


def test_the_tileset_for_bentleys_viewer_names_its_model(tmp_path: Path) -> None:
    """That viewer refuses a tileset without the extension; others do not look at it."""
    made(a_scene_of(a_cube(2)), tmp_path / "out", TileOptions(bentley=True))
    tileset = tileset_in(tmp_path / "out")
    model = tileset["extensions"]["BENTLEY_BatchedTileSet"]["models"]["0x1"]

    assert ["BENTLEY_BatchedTileSet"] == tileset["extensionsUsed"]
    assert {"low": [0, 0, 0], "high": [2, 2, 2]} == model["extents"]


def test_the_root_carries_the_place_on_earth(tmp_path: Path) -> None:
    """Columns one after the other, as 3D Tiles has them; a scene that is nowhere has no transform."""
    made(a_scene_of(a_cube(2), to_earth=moved(1, 2, 3)), tmp_path / "there")
    made(a_scene_of(a_cube(2)), tmp_path / "nowhere")

    assert [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2, 3, 1] == tileset_in(tmp_path / "there")["root"]["transform"]
    assert "transform" not in tileset_in(tmp_path / "nowhere")["root"]


def test_boxes_hold_those_of_all_children(tmp_path: Path) -> None:
    """A viewer may skip what is below a tile that is out of sight."""
    made(a_scene_of(a_terrain(60)), tmp_path / "out")

    for tile in tiles_in(tileset_in(tmp_path / "out")["root"]):
        for inner in [tile["content"], *tile.get("children", [])]:
            outer_box, inner_box = (np.array(one["boundingVolume"]["box"]) for one in (tile, inner))
            reach = np.abs(inner_box[:3] - outer_box[:3]) + inner_box[3::4]
            assert (reach <= outer_box[3::4] * (1 + 1e-12)).all()

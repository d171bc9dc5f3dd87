"""What tiles hold, however it is packed, as CesiumJS and 3d-tiles-renderer show and tell it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acceptance.browser.driving import VIEWERS, Seen, need_chromium, show, site_with
from acceptance.node import need_npm_clients
from outfeed.mesh.appearance import WHITE
from outfeed.scene.model import Scene
from outfeed.tiles.model import Content, Look
from outfeed.tiles.options import Compression
from unit.tile_contents import a_repeated, a_scene, a_surface, a_texture, an_element, turned_about_z, written

#: Sides of the row of cubes that each tile shows, in metres: lowest and highest corner.
LOW, HIGH = np.array([10.0, 20.0, 30.0]), np.array([16.0, 24.0, 32.0])
FROM_ABOVE = {"pitch": -60, "heading": 0, "distance": 1.75}


def a_town() -> Scene:
    """Return elements whose properties are of every type, and absent in turn."""
    values: tuple[Any, ...] = (-7, 2.5, "Größe", True)
    return a_scene(
        *(an_element(n, **{f"Set.p{n}": value}) for n, value in enumerate(values)), an_element(4), an_element(5)
    )


def contents() -> Content:
    """Return four cubes in a row, each of another look, and two instances of a fifth behind them."""
    uvs = np.tile(np.array([[0, 0], [1, 1]], dtype=np.float32), (4, 1))
    colors = np.array([[255, 30 * n, 0, 255] for n in range(8)], dtype=np.uint8)
    surfaces = (
        a_surface(0, colors=colors),
        a_surface(1, at=1536, look=Look(color=(0, 90, 255, 140))),
        a_surface(2, at=3072, look=Look(color=WHITE, texture=a_texture()), uvs=uvs),
        a_surface(3, at=4608, look=Look(color=(20, 160, 60, 255))),
    )
    places = [turned_about_z(30, scale=1.5, move=(11.8, 22.8, 31)), turned_about_z(0, move=(14.5, 22.8, 31))]
    return Content(surfaces=surfaces, repeated=(a_repeated(places, [4, 5]),))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a tileset of one tile for each way to pack it."""
    need_chromium()
    need_npm_clients()
    folder = tmp_path_factory.mktemp("tilesets")
    box = [*((LOW + HIGH) / 2).tolist(), *np.diag((HIGH - LOW) / 2).ravel().tolist()]
    root = {"boundingVolume": {"box": box}, "geometricError": 0, "refine": "REPLACE", "content": {"uri": "tile.glb"}}
    for compression in Compression:
        (folder / compression).mkdir()
        told = json.dumps({"asset": {"version": "1.1"}, "geometricError": 100, "root": root})
        (folder / compression / "tileset.json").write_text(told)
        (folder / compression / "tile.glb").write_bytes(written(contents(), a_town(), compression=compression))
    with site_with(folder) as address:
        yield address


def seen(viewer: str, name: str, *, site: str, folder: Path) -> Seen:
    opened = {"url": f"{site}/tilesets/{name}/tileset.json"}
    return show(viewer, opened, site=site, folder=folder, name=f"tile-{name}", looks=[FROM_ABOVE])


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("compression", list(Compression))
def test_every_element_of_a_tile_is_shown_and_tells_its_properties(
    viewer: str, compression: Compression, *, site: str, tmp_path: Path
) -> None:
    """Instances too; values have the types of the source, but for booleans, which are words."""
    told = seen(viewer, compression, site=site, folder=tmp_path)

    [view] = told.views
    assert ([], []) == (view.failures, told.complaints)
    assert 0.1 < view.drawn < 0.9
    # CesiumJS says nothing of what is absent, 3d-tiles-renderer says 0 or an empty text.
    absent = (None,) if viewer == "cesium" else (0, "")
    found = {one["id"]: {name: value for name, value in one.items() if value not in absent} for one in view.picked}
    assert {f"id {number}" for number in range(6)} == set(found)
    properties = [{name: value for name, value in found[f"id {n}"].items() if name.startswith("Set")} for n in range(5)]
    assert [{"Set_p0": -7}, {"Set_p1": 2.5}, {"Set_p2": "Größe"}, {"Set_p3": "true"}, {}] == properties
    assert ("IfcWall", "Wänd 3") == (found["id 3"]["class"], found["id 3"]["name"])

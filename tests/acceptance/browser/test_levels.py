"""Tilesets of meshes straight from a folder: levels, textures and repeated parts, in both viewers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acceptance.browser.driving import VIEWERS, need_chromium, show, site_with
from acceptance.node import need_npm_clients
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import chequered_tile, terrain
from outfeed.mesh.units import Unit
from outfeed.scene.model import Element, Part, Scene, check
from outfeed.tiles.build import build_tileset
from outfeed.tiles.options import TileOptions

FAR, NEAR = {"pitch": -90, "distance": 8.0}, {"pitch": -90, "distance": 0.4}


def in_metres(mesh: Mesh) -> Mesh:
    """Return a mesh in mm as one of as many metres."""
    return replace(mesh, unit=Unit.METRE)


def of_one(mesh: Mesh) -> Scene:
    """Return a scene with one element."""
    element = Element(id="one", class_name="Mesh", name="ground", parts=(Part(shape=0),))
    return check(Scene(elements=(element,), shapes=(in_metres(mesh),)))


def many(count: int) -> Scene:
    """Return a square of tiles, each an element and beside the next one without a gap; all show one shape."""
    places = [np.eye(4) for _ in range(count * count)]
    for row, place in enumerate(places):
        place[:2, 3] = row % count * 40, row // count * 40
    elements = tuple(
        Element(id=f"tile {row}", class_name="Tile", properties={"row": row}, parts=(Part(shape=0, transform=place),))
        for row, place in enumerate(places)
    )
    return check(Scene(elements=elements, shapes=(in_metres(chequered_tile()),)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve tilesets of hills of 320,000 triangles, of a textured square, and of 400 such squares."""
    need_chromium()
    need_npm_clients()
    folder = tmp_path_factory.mktemp("tilesets")
    scenes = {"hills": of_one(terrain(cells=400)), "chequers": of_one(chequered_tile()), "squares": many(20)}
    for name, scene in scenes.items():
        (folder / name).mkdir()
        build_tileset(scene, folder / name, TileOptions(triangles_per_tile=8_000))
    with site_with(folder) as site:
        yield site, folder


def opened(site: str, name: str, **more: float) -> dict[str, Any]:
    return {"url": f"{site}/tilesets/{name}/tileset.json"} | more


@pytest.mark.parametrize("viewer", VIEWERS)
def test_nearer_views_ask_for_finer_tiles_and_have_no_holes(
    viewer: str, made: tuple[str, Path], tmp_path: Path
) -> None:
    """From near above, hills fill the picture: a hole would show the background."""
    site, folder = made
    levels = {tile.name.partition("-")[0] for tile in (folder / "hills").glob("*.glb")}

    seen = show(viewer, opened(site, "hills", error=0.5), site=site, folder=tmp_path, name="hills", looks=[FAR, NEAR])

    far, near = seen.views
    assert ([], [], []) == (seen.complaints, far.failures, near.failures)
    assert len(levels) >= 3
    assert len(seen.tiles(far)) < len(seen.tiles(near)) == len(set(seen.tiles(near)))
    assert 0.01 < far.drawn < 0.5
    assert 1.0 == (np.abs(near.pixels - far.pixels[0, 0]).max(axis=2) > 8).mean()
    assert {"ground"} == {found["name"] for found in near.picked}
    assert len(near.picks) == len(near.picked)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_textures_are_shown(viewer: str, made: tuple[str, Path], tmp_path: Path) -> None:
    """Dark and light fields, about as much of both."""
    looks = [{"pitch": -90, "distance": 2.0}]

    [view] = show(
        viewer, opened(made[0], "chequers"), site=made[0], folder=tmp_path, name="chequers", looks=looks
    ).views

    inside = view.pixels[180:300, 240:400].max(axis=2)
    assert 0.3 < (inside < 120).mean() < 0.7
    assert (inside > 170).mean() > 0.3


@pytest.mark.parametrize("viewer", VIEWERS)
def test_repeated_parts_are_stored_once_and_picked_one_by_one(
    viewer: str, made: tuple[str, Path], tmp_path: Path
) -> None:
    site, folder = made
    tiles = [tile.read_bytes() for tile in (folder / "squares").glob("*.glb")]

    looks = [{"pitch": -90, "heading": 0, "distance": 1.2}]
    [view] = show(viewer, opened(site, "squares"), site=site, folder=tmp_path, name="squares", looks=looks).views

    picked = {found["id"]: found["row"] for found in view.picked}
    assert any(b"EXT_mesh_gpu_instancing" in tile for tile in tiles)
    assert len(picked) >= 10
    assert {name: int(name.removeprefix("tile ")) for name in picked} == picked
    assert json.loads((folder / "squares" / "tileset.json").read_text())["root"]["content"]["uri"] == "0-0.glb"

"""CesiumJS and 3d-tiles-renderer, unmodified, in headless Chromium: tilesets of one tile, to see that they can tell."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acceptance.browser.driving import VIEWERS, Seen, need_chromium, show, site_with
from acceptance.node import need_npm_clients
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import chequered_tile, gear, rainbow_ring
from outfeed.mesh.units import Unit

FROM_ABOVE = {"pitch": -60}


def write_tileset(folder: Path, mesh: Mesh | None) -> None:
    """Write a tileset of one tile, which lacks its content if there is no mesh."""
    folder.mkdir()
    root: dict[str, Any] = {"boundingVolume": {"box": [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}, "geometricError": 0}
    if mesh:
        root["boundingVolume"] = {"box": box_of(mesh)}
        with (folder / "tile.glb").open("wb") as out:
            write_mesh(mesh, out, format="glb", unitless=Unit.METRE)
        root |= {"content": {"uri": "tile.glb"}}
    tileset = {"asset": {"version": "1.1"}, "geometricError": 0.1, "root": root | {"refine": "REPLACE"}}
    (folder / "tileset.json").write_text(json.dumps(tileset))


def box_of(mesh: Mesh) -> list[float]:
    """Return the middle and the three half axes of a mesh in mm, in metres."""
    low, high = mesh.vertices.min(axis=0) / 1000, mesh.vertices.max(axis=0) / 1000
    return [*((low + high) / 2).tolist(), *np.diag((high - low) / 2).ravel().tolist()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a plain, a coloured, a textured and an empty tileset, and one whose tile is damaged."""
    need_chromium()
    need_npm_clients()
    folder = tmp_path_factory.mktemp("tilesets")
    for name, mesh in {"gear": gear(), "ring": rainbow_ring(), "chequers": chequered_tile(), "blank": None}.items():
        write_tileset(folder / name, mesh)
    write_tileset(folder / "damaged", rainbow_ring())
    (folder / "damaged" / "tile.glb").write_bytes(b"glTF and then nothing of it")
    with site_with(folder) as address:
        yield address


def seen(viewer: str, name: str, *, site: str, folder: Path) -> Seen:
    opened = {"url": f"{site}/tilesets/{name}/tileset.json"}
    return show(viewer, opened, site=site, folder=folder, name=name, looks=[FROM_ABOVE])


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize(("name", "colors"), [("ring", 60), ("chequers", 8)])
def test_a_tileset_is_shown(viewer: str, name: str, colors: int, *, site: str, tmp_path: Path) -> None:
    """And nobody else is asked for anything."""
    told = seen(viewer, name, site=site, folder=tmp_path)

    assert {site.removeprefix("http://")} == told.hosts()
    assert [f"/tilesets/{name}/tile.glb"] == told.tiles()
    assert ([], []) == (told.views[0].failures, told.complaints)
    assert 0.1 < told.views[0].drawn < 0.9
    assert told.views[0].colors >= colors


@pytest.mark.parametrize("name", ["gear", "ring"])
def test_a_mesh_without_materials_is_not_dark(name: str, *, site: str, tmp_path: Path) -> None:
    """Not on the sides that face away from the light either, as metal would be for three, which gives it no sky."""
    [view] = seen("three", name, site=site, folder=tmp_path).views

    drawn = view.pixels[np.abs(view.pixels - view.pixels[0, 0]).max(axis=2) > 8].max(axis=1)
    assert drawn.mean() > 180
    assert (drawn < 90).mean() < 0.01


@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_blank_page_is_seen_to_be_blank(viewer: str, *, site: str, tmp_path: Path) -> None:
    told = seen(viewer, "blank", site=site, folder=tmp_path)

    assert (0.0, 1) == (told.views[0].drawn, told.views[0].colors)


def test_a_damaged_tile_is_told(*, site: str, tmp_path: Path) -> None:
    [view] = seen("cesium", "damaged", site=site, folder=tmp_path).views

    assert 0.0 == view.drawn
    assert ["tile.glb" in failure for failure in view.failures] == [True]

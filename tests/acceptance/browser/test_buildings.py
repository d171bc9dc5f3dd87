"""A building of this server in the viewers that people use: only the address of the API is changed."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from acceptance.browser.driving import VIEWERS, Seen, need_chromium, show, site_with
from acceptance.harness import DATA, PATIENCE_S, Server, outfeed, wait_for
from acceptance.node import need_npm_clients
from outfeed.scene.samples import write_house

ifcopenshell = pytest.importorskip("ifcopenshell")
psets = pytest.importorskip("ifcopenshell.util.element").get_psets

#: Made by us, and two of other people's programs.
BUILDINGS = ("house", "ifc/assimp-AC14-FZK-Haus.ifc", "ifc/bimwhale-LargeBuilding.ifc")
#: No building, but a cube with the picture of a logo on each of its sides.
TEXTURED = "glb/trimesh-BoxTextured.glb"
LOOKS = ({"heading": 30}, {"heading": 215, "pitch": -40, "distance": 1.6})


@dataclass(frozen=True, kw_only=True)
class Building:
    """A model of the server that has been exported, and the file that it was made of."""

    source: Path
    model: str
    address: str
    #: What a viewer signs in with.
    keys: Mapping[str, str]

    @property
    def opened(self) -> dict[str, str]:
        return {"endpoint": f"{self.address}/", "iModelId": self.model}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of this module's own: its keys and links are looked at."""
    need_chromium()
    need_npm_clients()
    with Server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the pages of the viewers, and no tilesets."""
    with site_with(tmp_path_factory.mktemp("none")) as address:
        yield address


@pytest.fixture(scope="module")
def building(request: pytest.FixtureRequest, running: Server, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """Add a building as a model by the command line, and export it over the API."""
    source = DATA / request.param
    if request.param == "house":
        source = write_house(tmp_path_factory.mktemp("house") / "house.ifc")
    elif not source.is_file():
        pytest.skip("no test data: set OUTFEED_TEST_DATA")
    added = json.loads(outfeed("model", "add", str(source), "--user", "ann@example.com", "--json", data=running.data))
    token = running.token(scopes="itwin-platform")
    export(running.address, token, added["model"])
    share = json.loads(outfeed("share", "create", added["model"], "--json", data=running.data))["key"]
    keys = {"token": token, "shareKey": share}
    return Building(source=source, model=added["model"], address=running.address, keys=keys)


def export(address: str, token: str, model: str, *, kind: str = "3DTiles") -> str:
    """Start an export, wait until it is complete, and return the address of its directory."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S) as client:
        body = {"iModelId": model, "exportType": kind}
        started = client.post("/mesh-export", json=body)
        assert 202 == started.status_code, started.text

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = client.get(f"/mesh-export/{started.json()['export']['id']}").json()["export"]
            return found if found["status"] in {"Complete", "Invalid"} else None

        over = wait_for(ended, every_s=0.2)
    assert "Complete" == over["status"], over
    return str(over["_links"]["mesh"]["href"])


def file_of(building: Building, kind: str, name: str) -> str:
    """Export a building as another kind, and return the signed address of one of the files."""
    directory = export(building.address, building.keys["token"], building.model, kind=kind)
    path, _, signed = directory.partition("?")
    return f"{path}/{name}?{signed}"


def check_picks(seen: Seen, source: Path) -> None:
    """Compare everything that was picked with what the source says of it, by another library."""
    model = ifcopenshell.open(str(source))
    picked = {found["id"]: found for view in seen.views for found in view.picked}
    assert len(picked) >= 3
    for found in picked.values():
        entity = model.by_guid(found["id"])
        assert (entity.is_a(), entity.Name or "") == (found["class"], found["name"])
    assert sum(said(found, model.by_guid(found["id"])) for found in picked.values()) >= 3


def said(found: Mapping[str, Any], entity: Any) -> int:
    """Compare an element's tag and the values of its named property sets, and return how many there were."""
    values = {"Tag": getattr(entity, "Tag", None)} | {
        f"{set_name}.{name}": value
        for set_name, properties in psets(entity).items()
        for name, value in properties.items()
        if set_name and name != "id"
    }
    expected = {plain(name): as_shown(value) for name, value in values.items() if is_shown(value)}
    shown = {plain(name): value for name, value in (json.loads(found.get("properties") or "{}") | dict(found)).items()}
    assert expected == {
        name: value if isinstance(value := shown.get(name), str) else pytest.approx(value) for name in expected
    }
    return len(expected)


def plain(name: str) -> str:
    """Return a name without what an identifier of a tile's table cannot have."""
    return re.sub(r"[\W_]", "", name)


def is_shown(value: Any) -> bool:
    """Return whether a value is one that viewers show: empty text is as if it were not there, lists are joined."""
    return isinstance(value, str | bool | int | float) and value != ""


def as_shown(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def check_view(viewer: str, key: str, *, building: Building, site: str, folder: Path) -> None:
    """Look at a building from two sides: nobody but its server and the page's is asked, and all picks are right."""
    opened, name = building.opened | {key: building.keys[key]}, f"{building.source.stem}-{key}"

    seen = show(viewer, opened, site=site, folder=folder, name=name, looks=LOOKS)

    assert {site.removeprefix("http://"), building.address.removeprefix("http://")} == seen.hosts()
    assert [] == seen.complaints
    assert [[], []] == [view.failures for view in seen.views]
    assert [True, True] == [0.1 < view.drawn < 0.9 for view in seen.views]
    assert [True, True] == [view.colors >= 20 for view in seen.views]
    check_picks(seen, building.source)


@pytest.mark.parametrize("building", BUILDINGS, indirect=True)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_viewer_shows_a_building_and_what_is_picked(
    viewer: str, building: Building, site: str, tmp_path: Path
) -> None:
    """CesiumJS does by `ITwinData.createTilesetFromIModelId`."""
    check_view(viewer, "token", building=building, site=site, folder=tmp_path)


@pytest.mark.parametrize("building", BUILDINGS[:1], indirect=True)
def test_a_share_key_shows_its_model(building: Building, site: str, tmp_path: Path) -> None:
    check_view("cesium", "shareKey", building=building, site=site, folder=tmp_path)


@pytest.mark.parametrize("building", BUILDINGS[:1], indirect=True)
def test_tiles_for_bentleys_viewers_are_shown_by_others_too(building: Building, site: str, tmp_path: Path) -> None:
    """An unknown extension of the tileset stops nobody."""
    url = file_of(building, "IMODEL", "tileset.json")

    seen = show("cesium", {"url": url}, site=site, folder=tmp_path, name="house-imodel", looks=LOOKS[:1])

    [view] = seen.views
    assert ([], []) == (seen.complaints, view.failures)
    assert 0.1 < view.drawn < 0.9
    assert view.colors >= 20
    check_picks(seen, building.source)


@pytest.mark.parametrize("building", BUILDINGS[:2], indirect=True)
def test_a_building_as_one_gltf_is_shown_and_told_by_the_loader_of_three(
    building: Building, site: str, tmp_path: Path
) -> None:
    """With its numbers, which lie in a file of their own that the link signs, too."""
    url = file_of(building, "GLTF", "Export.gltf")

    name = f"{building.source.stem}-gltf"
    seen = show("gltf", {"url": url}, site=site, folder=tmp_path, name=name, looks=LOOKS)

    assert [] == seen.complaints
    assert [True, True] == [0.1 < view.drawn < 0.9 and view.colors >= 20 for view in seen.views]
    model = ifcopenshell.open(str(building.source))
    picked = {found["id"]: (found["class"], found.get("name")) for view in seen.views for found in view.picked}
    assert len(picked) >= 3
    assert {one: (model.by_guid(one).is_a(), model.by_guid(one).Name) for one in picked} == picked


@pytest.mark.parametrize("building", [TEXTURED], indirect=True)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_textures_of_other_programs_are_shown(viewer: str, building: Building, site: str, tmp_path: Path) -> None:
    """The picture of a logo, from above: green over blue, and white between."""
    opened = building.opened | {"token": building.keys["token"]}
    looks = [{"pitch": -90, "heading": 0, "distance": 1.5}]

    seen = show(viewer, opened, site=site, folder=tmp_path, name="box-textured", looks=looks)

    [view] = seen.views
    assert ([], []) == (seen.complaints, view.failures)
    red, green, blue = np.moveaxis(view.pixels, 2, 0)
    land, sea = green - blue > 60, blue - red > 60
    assert 0.1 < land.mean() < 0.5
    assert 0.2 < sea.mean() < 0.6
    assert 0.1 < (view.pixels.min(axis=2) > 200).mean() < 0.5
    assert np.argwhere(land)[:, 0].max() < np.argwhere(sea)[:, 0].max()
    assert np.argwhere(land)[:, 0].mean() + 100 < np.argwhere(sea)[:, 0].mean()

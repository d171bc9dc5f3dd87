"""The requests of every known client of Mesh Export, answered by a real server; and what its links open."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from acceptance import replaying as replay
from acceptance.harness import PATIENCE_S, Server, wait_for
from acceptance.models_at import Shelf, a_shelf
from acceptance.replaying import Site

#: A tetrahedron, and a smaller one.
SHAPES = [f"v 0 0 0\nv {size} 0 0\nv 0 {size} 0\nv 0 0 {size}\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n" for size in (9, 7)]


@dataclass(frozen=True)
class Sites:
    """Makes models on a server, each in a project of its own."""

    server: Server
    shelf: Shelf
    http: httpx.Client

    def add(self, name: str, shapes: list[str] = SHAPES, file_name: str = "gear.obj") -> Site:
        """Return a new model with a version of each shape."""
        email = "ann@example.com"
        added = self.shelf.add(email, name, file_name, [shape.encode() for shape in shapes])
        project, model, _ = added[0]
        return Site(
            http=self.http,
            address=f"{self.server.address}/",
            token=self.shelf.token(email),
            model_id=model.id,
            project_id=project.id,
            changesets=tuple(version.changeset_id for _, _, version in added),
        )


@pytest.fixture(scope="module")
def sites(server: Server) -> Iterator[Sites]:
    with httpx.Client(timeout=PATIENCE_S) as http, a_shelf(server.data) as shelf:
        yield Sites(server, shelf, http)


@pytest.fixture
def site(sites: Sites, request: pytest.FixtureRequest) -> Site:
    """Return a model of two versions that nobody has exported."""
    return sites.add(request.node.name)


# --- The clients ------------------------------------------------------------------------------------------------------


def test_cesiumjs_gets_the_tileset_that_its_looking_has_started(site: Site) -> None:
    address = replay.cesiumjs(site)

    assert replay.fetch_tree(site, address, Origin="null") >= 1


def test_cesiumjs_gets_the_version_that_it_names(site: Site) -> None:
    assert replay.cesiumjs(site) != replay.cesiumjs(site, changeset=site.changesets[0])


def test_cesiumjs_gets_it_with_a_share_key(site: Site, sites: Sites) -> None:
    _, key = sites.shelf.services.shares.create(site.model_id)
    replay.cesiumjs(site)

    address = replay.cesiumjs(site, authorization=f"Basic {key}")

    assert replay.fetch_tree(site, address) >= 1


def test_the_loader_of_cesium_native_sends_its_token_to_the_tiles_too(site: Site) -> None:
    replay.cesiumjs(site)

    address = replay.cesium_native_loader(site)

    assert replay.fetch_tree(site, address, Authorization=f"Bearer {site.token}") >= 1


def test_the_connection_of_cesium_native_goes_through_all_pages(site: Site) -> None:
    for type_ in ("3DTiles", "CESIUM", "IMODEL"):
        site.read("POST", "mesh-export", body={"iModelId": site.model_id, "exportType": type_})

    paged, whole = replay.cesium_native_connection(site, 1), replay.cesium_native_connection(site, 1000)

    assert (3, paged) == (len(set(whole)), whole)


def test_frontend_tiles_gets_the_newest_tileset_if_the_version_that_it_names_has_none(site: Site) -> None:
    newest = wait_for(lambda: replay.frontend_tiles(site, site.changesets[1]), every_s=0.2)

    assert urlsplit(newest).path == urlsplit(str(replay.frontend_tiles(site, "0" * 40))).path
    assert replay.fetch_tree(site, newest) >= 1
    models = site.http.get(newest).json()["extensions"]["BENTLEY_BatchedTileSet"]["models"]
    assert [{"low": [0, 0, 0], "high": [7, 7, 7]}] == [
        {corner: [round(1000 * number, 1) for number in model["extents"][corner]] for corner in ("low", "high")}
        for model in models.values()
    ]


def test_cesiumjs_gets_a_new_version_when_it_is_there(sites: Sites) -> None:
    site = sites.add("growing", SHAPES[:1])
    old = urlsplit(replay.cesiumjs(site)).path
    grown = sites.add("growing", SHAPES[1:])

    wait_for(lambda: urlsplit(replay.cesiumjs(grown)).path != old, every_s=0.2)

    assert site.model_id == grown.model_id
    assert old == urlsplit(replay.cesiumjs(grown, changeset=site.changesets[0])).path


@pytest.mark.parametrize("version", ["", 0, 1])
def test_itwin_cli_starts_an_export_and_finds_it_again(site: Site, version: str | int) -> None:
    changeset = "" if version == "" else site.changesets[int(version)]

    first, again = replay.itwin_cli(site, changeset), replay.itwin_cli(site, changeset)

    assert urlsplit(first).path == urlsplit(again).path
    assert replay.fetch_tree(site, first) >= 1


def test_itwin_cli_finds_a_baseline_by_no_changeset(sites: Sites) -> None:
    """It asks with an empty text, and compares with it."""
    site = sites.add("only a baseline", SHAPES[:1])
    replay.itwin_cli(site)
    before = replay.cesium_native_connection(site, 100)

    replay.itwin_cli(site)

    assert before == replay.cesium_native_connection(site, 100)


def test_itwin_cli_gets_an_export_that_is_complete_when_it_is_started(site: Site) -> None:
    """What was made as `3DTiles` is the same files: the answer to the start has the link that it reads."""
    replay.cesiumjs(site)

    assert replay.fetch_tree(site, replay.itwin_cli(site, site.changesets[1])) >= 1


@pytest.mark.parametrize("version", ["", 0, 1])
def test_the_unreal_plugin_starts_an_export_and_finds_it_again(site: Site, version: str | int) -> None:
    changeset = "" if version == "" else site.changesets[int(version)]

    first, again = replay.unreal(site, changeset), replay.unreal(site, changeset)

    assert urlsplit(first).path == urlsplit(again).path
    assert replay.fetch_tree(site, first) >= 1


def test_unity_polls_the_first_of_a_short_list(site: Site) -> None:
    address = replay.unity(site, site.changesets[0])

    assert replay.fetch_tree(site, address) >= 1


def test_the_three_js_sample_finds_the_type_as_it_spells_it(site: Site) -> None:
    replay.cesiumjs(site)

    address = replay.three_sample(site)

    assert replay.fetch_tree(site, address) >= 1
    assert urlsplit(address).path == urlsplit(replay.three_sample(site, site.changesets[1])).path


def test_the_gltf_sample_gets_its_two_files(site: Site) -> None:
    document, binary = replay.gltf_sample(site)

    asset = site.http.get(document).json()
    assert {"Export.bin"} == {buffer["uri"] for buffer in asset["buffers"]}
    assert [buffer["byteLength"] for buffer in asset["buffers"]] == [len(site.http.get(binary).content)]


def test_the_3dft_plugin_is_told_that_its_format_is_not_made(site: Site) -> None:
    answer = site.send("POST", "mesh-export", body={"iModelId": site.model_id, "exportType": "3DFT"})

    assert 422 == answer.status_code
    assert ["exportType"] == [detail["target"] for detail in answer.json()["error"]["details"]]


@pytest.mark.parametrize(
    ("file_name", "content"),
    [
        ("house.ifc", b"ISO-10303-21;\nHEADER;\n"),
        ("gear.obj", b"v 0 0\n"),
        ("a.bim", b"SQLite format 3\0"),
        ("x", b"?"),
    ],
)
def test_a_model_that_cannot_be_read_is_invalid_and_says_why(sites: Sites, file_name: str, content: bytes) -> None:
    site = sites.add(f"broken {file_name}", [content.decode()], file_name)
    started = site.read("POST", "mesh-export/", body={"iModelId": site.model_id})
    export_id = started["export"]["id"]

    def ended() -> replay.Json | None:
        export = replay.only(site.read("GET", f"mesh-export/{export_id}"))
        return export if export["status"] not in {"NotStarted", "InProgress"} else None

    export = wait_for(ended, every_s=0.2)
    assert "Invalid" == export["status"]
    assert export["error"].endswith(".")
    assert 204 == site.send("DELETE", f"mesh-export/{export_id}").status_code


def test_the_test_of_itwin_js_that_polls_without_a_pause_is_not_slowed(site: Site) -> None:
    export = site.read("POST", "mesh-export", body={"iModelId": site.model_id})["export"]["id"]

    assert {200} == {site.send("GET", f"mesh-export/{export}").status_code for _ in range(300)}


# --- The link ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def link(sites: Sites) -> str:
    """Return the link to a complete export's directory."""
    return replay.cesiumjs(sites.add("links")).replace("/tileset.json", "")


def assert_refused(site: Site, address: str) -> None:
    """Assert that an address is refused in JSON that a page may read."""
    answer = site.http.get(address, headers={"Origin": "null"})
    assert 403 == answer.status_code, address
    assert answer.json()["error"]["code"]
    assert "*" == answer.headers["access-control-allow-origin"]


def test_a_link_survives_being_encoded_anew(site: Site, link: str) -> None:
    directory, _, query = link.partition("?")

    for same in (query, replay.reencoded(query), urlencode(parse_qsl(query)[::-1]), f"{query}&v=1&{query}"):
        answer = site.http.get(f"{directory}/tileset.json?{same}")

        assert 200 == answer.status_code, same


def test_any_other_value_or_place_is_refused_with_json_that_a_page_may_read(site: Site, link: str) -> None:
    directory, _, query = link.partition("?")
    signed = dict(parse_qsl(query))
    other_place = directory.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    wrong = [
        {"signature": signed["signature"][:-1] + ("0" if signed["signature"][-1] != "0" else "1")},
        {"signature": signed["signature"].upper()},
        {"signature": ""},
        {"expires": str(int(signed["expires"]) + 1)},
        {"expires": "0" + signed["expires"]},
        {"expires": "9" * 20},
    ]

    for change in wrong:
        assert_refused(site, f"{directory}/tileset.json?{urlencode(signed | change)}")
    for missing in signed:
        left = {name: value for name, value in signed.items() if name != missing}
        assert_refused(site, f"{directory}/tileset.json?{urlencode(left)}")
    assert_refused(site, f"{other_place}/tileset.json?{query}")
    assert_refused(site, f"{directory}/tileset.json")


def test_a_link_lists_its_files(site: Site, link: str) -> None:
    answer = site.http.get(f"{link}&restype=container&comp=list")
    names = [str(blob.findtext("Name")) for blob in ET.fromstring(answer.content).iter("Blob")]  # noqa: S314 - our own server's

    directory, _, query = link.partition("?")
    assert "tileset.json" in names
    assert {200} == {site.http.get(f"{directory}/{name}?{query}").status_code for name in names}


def test_a_page_may_ask_for_tiles_with_a_token(site: Site, link: str) -> None:
    asked = {
        "Origin": "http://app.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,range",
    }
    answer = site.http.options(replay.by_path(link), headers=asked)

    assert answer.status_code in {200, 204}
    assert {"authorization", "range"} <= set(
        answer.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    )

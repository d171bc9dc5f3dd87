"""
What the clients of Mesh Export send and how they read the answers, written down from their sources.

Each function of a client's name does what that client does, in the same order, with the same headers and queries, and
is as strict as it is, or stricter: every answer must have exactly the keys and types of the reference. It returns the
address that the client would fetch its tileset, or its file, by. `specs/itwin.md`, section 12, names the sources.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import httpx

from acceptance.harness import wait_for

Json = dict[str, Any]

VENDOR_TYPE: Final = "application/vnd.bentley.itwin-platform.v1+json"
FULL: Final = "return=representation"

#: Headers of most clients, for whole exports and for short ones.
PLAIN: Final = {"Accept": VENDOR_TYPE}
WHOLE: Final = PLAIN | {"Prefer": FULL}

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SHORT: Final = {"id", "displayName", "status", "lastModified"}
_REQUEST: Final = {"iModelId", "changesetId", "contextId", "exportType"}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A server with a model on it, and who looks at it."""

    address: str
    token: str
    model_id: str
    project_id: str
    #: Changesets of its versions, the baseline first.
    changesets: tuple[str, ...]
    http: httpx.Client

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: Json | None = None
    ) -> httpx.Response:
        """Send a request with these headers, a token, and what HTTP itself needs."""
        known = {"Authorization": f"Bearer {self.token}", "User-Agent": "replay"}
        return self.http.request(method, urljoin(self.address, path), json=body, headers=known | (headers or {}))

    def read(self, method: str, path: str, headers: dict[str, str] | None = None, body: Json | None = None) -> Json:
        """Send a request and return the JSON of a good answer."""
        answer = self.send(method, path, headers, body)
        assert answer.status_code in {200, 202}, answer.text
        assert answer.headers["content-type"] == "application/json"
        found: Json = answer.json()
        return found


# --- Reading strictly -------------------------------------------------------------------------------------------------


def short(export: Json) -> Json:
    """Return an export whose four fields are there and of their types."""
    assert set(export) >= _SHORT
    assert _UUID.fullmatch(export["id"]), export["id"]
    assert _DATE.fullmatch(export["lastModified"]), export["lastModified"]
    assert export["status"] in {"NotStarted", "InProgress", "Complete", "Invalid"}
    assert isinstance(export["displayName"], str)
    assert export["displayName"]
    return export


def full(export: Json) -> Json:
    """Return an export in full: a link if and only if it is complete, an error if and only if it is invalid."""
    short(export)
    status, request = export["status"], export["request"]
    linked = {"_links"} if status == "Complete" else {"error"} if status == "Invalid" else set()
    assert set(export) == _SHORT | {"request"} | linked
    assert set(request) >= _REQUEST
    assert all(isinstance(request[name], str) for name in _REQUEST)
    assert _UUID.fullmatch(request["contextId"])
    if linked == {"_links"}:
        href = export["_links"]["mesh"]["href"]
        assert {"mesh": {"href": href}} == export["_links"]
        assert urlsplit(href).query
        assert not urlsplit(href).path.endswith("/")
    return export


def page(body: Json, read: Callable[[Json], Json] = full) -> list[Json]:
    """Return the exports of a list, whose links are texts and never null."""
    assert {"exports", "_links"} == set(body)
    assert {"self"} <= set(body["_links"]) <= {"self", "prev", "next"}
    assert all({"href"} == set(link) and isinstance(link["href"], str) for link in body["_links"].values())
    return [read(export) for export in body["exports"]]


def every_page(site: Site, address: str, headers: dict[str, str]) -> Iterator[Json]:
    """Yield the exports of a page and of those that follow, by the addresses that the answers name."""
    while address:
        body = site.read("GET", address, headers)
        yield from page(body)
        address = body["_links"].get("next", {}).get("href", "")


def only(body: Json, read: Callable[[Json], Json] = full) -> Json:
    """Return the export of an answer that has one."""
    assert {"export"} == set(body)
    return read(body["export"])


def by_path(href: str, name: str = "tileset.json") -> str:
    """Append a name to the path of a parsed address, as CesiumJS, cesium-native, frontend-tiles and three.js do."""
    parts = urlsplit(href)
    return urlunsplit(parts._replace(path=f"{parts.path}/{name}"))


def by_split(href: str, name: str = "tileset.json") -> str:
    """Split the text at its question mark, as itwin-cli and the GLTF sample do; more of them would be lost."""
    halves = href.split("?")
    return f"{halves[0]}/{name}?{halves[1]}"


def by_replacing(href: str) -> str:
    """Replace the first question mark, as the Unreal plugin does."""
    return href.replace("?", "/tileset.json?", 1)


# --- The clients ------------------------------------------------------------------------------------------------------


def cesiumjs(site: Site, *, changeset: str = "", authorization: str = "") -> str:
    """CesiumJS 1.145: `ITwinData.createTilesetFromIModelId`, again until it gives a tileset."""
    query = {
        "iModelId": site.model_id,
        "exportType": "3DTILES",
        "$top": "5",
        "client": "CesiumJS",
        "clientVersion": "1.145.0",
    } | ({"changesetId": changeset} if changeset else {})
    headers = {"Accept": "application/json,*/*;q=0.01", "Prefer": FULL, "Origin": "null"}
    headers["Authorization"] = authorization or f"Bearer {site.token}"

    def look() -> Json | None:
        exports = page(site.read("GET", f"mesh-export?{urlencode(query)}", headers))
        assert not exports or not all(export["status"] == "Invalid" for export in exports), exports
        return next((export for export in exports if export["status"] == "Complete"), None)

    return by_path(wait_for(look, every_s=0.2)["_links"]["mesh"]["href"])


def cesium_native_loader(site: Site, export_id: str = "") -> str:
    """cesium-native's tile loader, below Cesium for Unreal and Unity: the first with a link, or the named one."""
    query = urlencode({"iModelId": site.model_id, "exportType": "3DTiles", "$orderBy": "date:desc"})
    body = site.read("GET", f"mesh-export/?{query}", WHOLE)
    linked = [export for export in page(body) if "_links" in export]
    named = [export for export in linked if export["id"] == export_id]
    return by_path((named or linked)[0]["_links"]["mesh"]["href"])


def cesium_native_connection(site: Site, top: int) -> list[str]:
    """cesium-native's `Connection::meshExports` with `PagedList::allAfter`: the ids of exports of every page."""
    first = f"mesh-export/?{urlencode({'iModelId': site.model_id, '$top': top})}"
    exports = list(every_page(site, first, WHOLE))
    assert {export["request"]["exportType"] for export in exports} <= {"3DTiles", "CESIUM", "IMODEL", "GLTF"}
    return [export["id"] for export in exports]


def frontend_tiles(site: Site, changeset: str) -> str | None:
    """`@itwin/frontend-tiles` 5.13.5: of this version, else of the newest that is complete."""
    headers = WHOLE | {"SessionId": "s", "Origin": "http://app.example"}
    for asked in (f"&changesetId={changeset}", ""):
        address = f"mesh-export/?iModelId={site.model_id}&$orderBy=date:desc&$top=5{asked}&cdn=1"
        address += "&tileVersion=37&iTwinJS=5.1.9&exportType=IMODEL"
        for export in every_page(site, address, headers):
            if export["request"]["exportType"] == "IMODEL" and export["status"] == "Complete":
                assert site.model_id == export["request"]["iModelId"]
                return by_path(export["_links"]["mesh"]["href"])
    return None


def itwin_cli(site: Site, changeset: str = "") -> str:
    """`itp imodel view cesium-sandcastle`: an export of the type and version, else a new one."""

    def listed() -> list[Json]:
        headers = WHOLE | {"Content-Type": "application/json"}
        return page(site.read("GET", f"mesh-export?iModelId={site.model_id}", headers))

    def fits(export: Json) -> bool:
        request = export["request"]
        return bool(request["exportType"] == "CESIUM" and request["changesetId"] == changeset)

    found = next((export for export in listed() if fits(export)), None)
    if found is None:
        wanted = {"changesetId": changeset, "exportType": "CESIUM", "iModelId": site.model_id}
        found = only(site.read("POST", "mesh-export", PLAIN, wanted))

    def look() -> Json | None:
        export = next(export for export in listed() if export["id"] == found["id"])
        return export if export["status"] == "Complete" else None

    export = found if found["status"] == "Complete" else wait_for(look, every_s=0.2)
    return by_split(export["_links"]["mesh"]["href"])


def unreal(site: Site, changeset: str = "") -> str:
    """ITwin for Unreal: the newest of a version, else a start and the one export; `contextId` must be there."""
    common = "exportType=CESIUM&cdn=1&client=Unreal"
    headers = WHOLE
    listed = f"mesh-export/?$top=1&iModelId={site.model_id}&changesetId={changeset}&{common}"
    exports = page(site.read("GET", listed, headers))
    if exports:
        export_id = exports[0]["id"]
        assert "CESIUM" == exports[0]["request"]["exportType"]
    else:
        wanted = {"iModelId": site.model_id, "changesetId": changeset, "exportType": "CESIUM"}
        answer = site.send("POST", "mesh-export", headers | {"use-new-exporter": "3"}, wanted)
        assert 202 == answer.status_code
        export_id = answer.json()["export"]["id"]

    def look() -> Json | None:
        export = only(site.read("GET", f"mesh-export/{export_id}?{common}", headers))
        assert ("CESIUM", site.project_id) == (export["request"]["exportType"], export["request"]["contextId"])
        return export if export["status"] == "Complete" else None

    return by_replacing(wait_for(look, every_s=0.2)["_links"]["mesh"]["href"])


def unity(site: Site, changeset: str) -> str:
    """cesium-unity's exporter: a list without `Prefer`, whose first it polls by id; a start if there is none."""
    headers = PLAIN
    query = f"?iModelId={site.model_id}&exportType=3DTILES&changesetId={changeset}"
    exports = page(site.read("GET", f"mesh-export/{query}", headers), read=short)
    assert all(set(export) == _SHORT for export in exports)
    if not exports:
        wanted = {"iModelId": site.model_id, "changesetId": changeset, "exportType": "3DTILES"}
        exports = [only(site.read("POST", "mesh-export/", headers, wanted), read=short)]

    def look() -> Json | None:
        export = only(site.read("GET", f"mesh-export/{exports[0]['id']}", headers))
        return export if export["status"].lower() == "complete" else None

    return by_path(wait_for(look, every_s=0.2)["_links"]["mesh"]["href"])


def three_sample(site: Site, changeset: str = "") -> str:
    """Do as the three.js sample: the first whose type is the text that it asked with; `error` must not be a key."""
    more = f"&changesetId={changeset}" if changeset else ""
    headers = {
        "Accept": VENDOR_TYPE,
        "Content-Type": "application/json",
        "Prefer": FULL,
        "Origin": "http://localhost:5173",
    }
    body = site.read("GET", f"mesh-export/?iModelId={site.model_id}&exportType=3DTILES{more}", headers)
    assert "error" not in body
    found = next(export for export in page(body) if export["request"]["exportType"] == "3DTILES")
    return by_path(found["_links"]["mesh"]["href"])


def gltf_sample(site: Site) -> tuple[str, str]:
    """Do as the GLTF sample of 2022: a start with options, the one export, and its two files."""
    wanted = {
        "iModelId": site.model_id,
        "changesetId": site.changesets[-1],
        "exportType": "GLTF",
        "geometryOptions": {"includeLines": False, "chordTol": 0.1, "decimationTol": 0.0},
        "viewDefinitionFilter": {"models": [], "categories": [], "neverDrawn": []},
    }
    export_id = site.read("POST", "mesh-export/", PLAIN, wanted)["export"]["id"]

    def look() -> Json | None:
        export = only(site.read("GET", f"mesh-export/{export_id}", PLAIN))
        return export if "_links" in export else None

    href = wait_for(look, every_s=0.2)["_links"]["mesh"]["href"]
    return by_split(href, "Export.gltf"), by_split(href, "Export.bin")


# --- What a viewer fetches then ---------------------------------------------------------------------------------------


def reencoded(query: str) -> str:
    """Return a query with every character escaped that may be: other text, the same names and values."""
    escaped = [(name, "".join(f"%{byte:02x}" for byte in value.encode())) for name, value in parse_qsl(query)]
    return "&".join(f"{quote(name)}={value}" for name, value in escaped)


def contents(tile: Json) -> list[str]:
    """Return the addresses of the contents of a tile and of those below it."""
    own = [item["uri"] for item in [*tile.get("contents", []), *([tile["content"]] if "content" in tile else [])]]
    return own + [uri for child in tile.get("children", []) for uri in contents(child)]


def fetch_tree(site: Site, tileset: str, **headers: str) -> int:
    """Fetch a tileset and all its tiles, each with the query of the first; return how many tiles are glTF."""
    query = urlsplit(tileset).query
    first = site.http.get(tileset, headers=headers)
    assert 200 == first.status_code, first.text
    tiles = 0
    for uri in contents(first.json()["root"]):
        tile = site.http.get(f"{urljoin(tileset, uri)}?{query}", headers=headers)
        assert (200, b"glTF") == (tile.status_code, tile.content[:4])
        tiles += 1
    return tiles

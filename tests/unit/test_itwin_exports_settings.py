"""What an operator's settings change in Mesh Export."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from litestar.testing import TestClient
from litestar.types import ASGIApp, Receive, Scope, Send

from one_app import application_over
from outfeed.exports.models import ExportQuery
from outfeed.jobs.states import State
from outfeed.library.shares import SharedModel
from outfeed.settings import Settings
from unit.itwin_door import Door, a_door

ROOT = "https://api.example/root/mesh-export"


def coming_from(address: str, app: ASGIApp) -> ASGIApp:
    """Return an application whose every request comes from an address."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "client": (address, 1)}, receive, send)  # type: ignore[arg-type] # a scope of the same kind

    return wrapped


def next_page(door: Door, client: TestClient[Any], **headers: str) -> str:
    """Return where a client finds the second page of two."""
    model = door.a_model(versions=2)
    for changeset in model.changesets:
        door.start(model, changesetId=changeset)
    answer = client.get(f"/mesh-export?iModelId={model.id}&$top=1", headers=door.headers(**headers))
    address = urlsplit(answer.json()["_links"]["next"]["href"])
    return f"{address.scheme}://{address.netloc}{address.path}"


def test_a_list_that_would_be_empty_starts_an_export_once(tmp_path: Path) -> None:
    with a_door(tmp_path) as door:
        model = door.a_model(versions=2)
        own = f"/mesh-export?iModelId={model.id}"

        empty, found = door.listed(own), door.listed(own)
        of_a_type = [door.listed(f"{own}&exportType=IMODEL") for _ in range(2)]

    assert ([], []) == (empty, of_a_type[0])
    assert [("NotStarted", "3DTiles", model.changesets[1])] == [
        (export["status"], export["request"]["exportType"], export["request"]["changesetId"]) for export in found
    ]
    assert ["IMODEL"] == [export["request"]["exportType"] for export in of_a_type[1]]


def test_a_new_version_is_exported_when_somebody_looks(tmp_path: Path) -> None:
    with a_door(tmp_path) as door:
        model = door.a_model(versions=2)
        own = f"/mesh-export?iModelId={model.id}"
        door.start(model, changesetId=model.changesets[0], exportType="CESIUM")

        before, after = door.listed(own), door.listed(own)

    assert [("CESIUM", "")] == [(it["request"]["exportType"], it["request"]["changesetId"]) for it in before]
    assert [("3DTiles", model.changesets[1]), ("CESIUM", "")] == [
        (it["request"]["exportType"], it["request"]["changesetId"]) for it in after
    ]


def test_a_version_that_has_an_export_of_any_type_is_not_exported_as_another_unasked(tmp_path: Path) -> None:
    with a_door(tmp_path) as door:
        model = door.a_model()
        export = door.start(model, exportType="GLTF")["id"]
        door.ended(export, State.FAILED, "No.")

        found = [door.listed(f"/mesh-export?iModelId={model.id}") for _ in range(2)]

    assert [[export], [export]] == [[it["id"] for it in exports] for exports in found]


def test_looking_starts_nothing_where_it_should_not(tmp_path: Path) -> None:
    """A key only reads, HEAD only looks, and what is not yours is not there."""
    with a_door(tmp_path) as door:
        model = door.a_model()
        own = f"/mesh-export?iModelId={model.id}"
        _, key = door.services.shares.create(model.id)
        door.client.get(own, headers={"Authorization": f"Basic {key}"})
        door.client.head(own, headers=door.headers())
        door.client.get(own, headers=door.headers("bob@example.org"))
        door.client.get(f"{own}&$skip=1", headers=door.headers())
        door.client.get("/mesh-export", headers=door.headers())

        assert [] == door.services.model_exports.find(SharedModel(model_id=model.id), ExportQuery())


def test_links_begin_with_what_a_trusted_proxy_says(tmp_path: Path) -> None:
    with a_door(tmp_path, trusted_proxies="10.0.0.0/8, ::1", public_url="https://own.example") as door:
        app = application_over(door.services)
        clients = [TestClient(coming_from(address, app)) for address in ("10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1")]

        found = [next_page(door, client, x_api_host_and_root=ROOT) for client in clients]
        no_address = next_page(door, clients[0], x_api_host_and_root="javascript:alert(1)")

    assert ["https://api.example/root/mesh-export"] * 2 + ["https://own.example/mesh-export"] == found
    assert "https://own.example/mesh-export" == no_address


def test_without_settings_links_begin_with_the_address_that_was_asked(tmp_path: Path) -> None:
    with a_door(tmp_path) as door:
        assert "http://outfeed.example/mesh-export" == next_page(door, door.client, x_api_host_and_root=ROOT)


def test_a_proxy_is_an_address_or_a_network() -> None:
    settings = Settings(trusted_proxies="192.0.2.7,2001:db8::/32")

    trusted = ["192.0.2.7", "2001:db8::5", "::ffff:192.0.2.7"]
    assert [True] * 3 == [settings.trusts(address) for address in trusted]
    assert [False] * 4 == [settings.trusts(address) for address in ("192.0.2.8", "2001:db9::", "", "localhost")]
    assert not Settings().trusts("127.0.0.1")


@pytest.mark.parametrize("text", ["proxy.example", "192.0.2.7/8", "1"])
def test_a_proxy_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="OUTFEED_TRUSTED_PROXIES"):
        Settings(trusted_proxies=text)


def test_too_many_calls_are_told_when_to_come_again(tmp_path: Path) -> None:
    with a_door(tmp_path, rate_per_s=1, rate_burst_s=2) as door:
        answers = [door.client.get("/mesh-export", headers=door.headers()) for _ in range(9)]
        refused = next(answer for answer in answers if answer.status_code == 429)

    assert "RateLimitExceeded" == refused.json()["error"]["code"]
    assert int(refused.headers["retry-after"]) >= 1
    names = {name for name in refused.headers if name.startswith("itwinplatform-ratelimited-")}
    assert {f"itwinplatform-ratelimited-{name}" for name in ("tier", "api", "operation", "application")} == names


def test_in_open_mode_nobody_needs_a_token(tmp_path: Path) -> None:
    with a_door(tmp_path, open=True) as door:
        client = TestClient(application_over(door.services), base_url="http://127.0.0.1")
        answers = [client.get("/mesh-export", headers=headers) for headers in ({}, {"Authorization": "Basic key"})]

    assert [200, 200] == [answer.status_code for answer in answers]


def test_a_body_may_be_only_so_long(tmp_path: Path) -> None:
    with a_door(tmp_path, max_body_bytes=100) as door:
        answer = door.client.post("/mesh-export", content=b" " * 101, headers=door.headers())

    assert (413, "RequestTooLarge") == (answer.status_code, answer.json()["error"]["code"])

"""The whole application: one door for errors, one guard for open mode."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from outfeed.app import Application, application
from outfeed.clock import now_ms
from outfeed.operations import OPENAPI, get_docs, get_openapi
from outfeed.services import Services
from outfeed.settings import Settings


@pytest.fixture(scope="module")
def open_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Application]]:
    """Return a client of the application in open mode."""
    settings = Settings(data=tmp_path_factory.mktemp("app"), open=True)
    with TestClient(application(Services.build(settings, clock=now_ms)), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.slow
def test_the_page_of_the_calls_says_what_each_of_them_does(open_app: TestClient[Application]) -> None:
    rows = [row for row in open_app.get("/docs").text.splitlines() if row.startswith("<tr><td>")]
    told = {row.partition("<code>")[2].partition("</code><td>")[::2] for row in rows}

    assert len(rows) > 60
    assert ("/geom/meshes/import", "Start to make a mesh of an uploaded file.") in told
    assert [] == sorted(path for path, sentence in told if not sentence.endswith("."))
    assert [] == [path for path, _ in told if path.startswith(("/ps/v1/", "/v1/", "/api/v1/"))]


def test_no_call_is_said_to_answer_with_the_frameworks_own_form_of_errors(open_app: TestClient[Application]) -> None:
    """Each API has a form of its own for them, which its page shows."""
    calls = open_app.get("/openapi.json").json()["paths"]

    assert [] == [
        (path, method)
        for path, methods in calls.items()
        for method, call in methods.items()
        if any(status >= "400" and status != "501" for status in call["responses"])
    ]


@pytest.mark.parametrize("host", ["name:99999999", "name:http", "[::1"])
@pytest.mark.parametrize("path", ["/print/printers", "/mesh-export", "/oss/v2/buckets", "/nowhere"])
def test_a_request_to_what_is_no_host_is_refused(open_app: TestClient[Application], path: str, host: str) -> None:
    answer = open_app.get(path, headers={"Host": host})

    assert (400, "close") == (answer.status_code, answer.headers["connection"])
    assert answer.text == "The Host header has no host and port that could be.\n"


def test_the_calls_are_described_once() -> None:
    """Anybody may ask for them, and to put them together holds up all others for a third of a second."""
    app = Litestar([get_openapi, get_docs], openapi_config=OPENAPI, logging_config=None)
    with TestClient(app) as client:
        first = client.get("/openapi.json").json()
        kept = app.state["described"]
        later = client.get("/docs"), client.get("/openapi.json")

        assert (200, first) == (later[0].status_code, later[1].json())
        assert kept is app.state["described"]


@pytest.mark.slow
def test_open_mode_refuses_foreign_pages_at_every_door(open_app: TestClient[Application]) -> None:
    """No call is left out, the ones that need no token among them."""
    calls = open_app.get("/openapi.json").json()["paths"]
    foreign = {"Origin": "https://evil.example"}

    statuses = {
        (method, path): open_app.request(method.upper(), re.sub(r"\{\w+\}", "1", path), headers=foreign).status_code
        for path, methods in calls.items()
        for method in methods
    }

    assert len(statuses) > 60
    assert {403} == set(statuses.values())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:9000"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Referer": "http://127.0.0.1/page"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Referer": "https://evil.example/page"}, 403),
    ],
)
def test_open_mode_keeps_foreign_pages_from_the_channel(
    open_app: TestClient[Application], headers: dict[str, str], status: int
) -> None:
    """A script element may ask from any page, and a browser sends no origin with that."""
    asked = {"message": '{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}'}

    told = [
        open_app.get("/faye", params=asked | {"jsonp": "f"}, headers=headers),
        open_app.post("/faye/handshake", data=asked, headers=headers),
    ]

    assert [status, status] == [one.status_code for one in told]


def test_open_mode_keeps_foreign_pages_from_web_sockets(open_app: TestClient[Application]) -> None:
    with pytest.raises(WebSocketDisconnect), open_app.websocket_connect("/faye", headers={"Origin": "https://a.b"}):
        pass

    with open_app.websocket_connect("/faye", headers={"Origin": "http://localhost"}) as opened:
        opened.send_text("[}")
        with pytest.raises(WebSocketDisconnect) as closed:
            opened.receive_text()

    assert 1007 == closed.value.code


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/nowhere", {"error"}),
        ("/geom/nowhere", {"error_id", "code", "message"}),
        ("/ps/v1/print/nowhere", {"error_id", "code", "message"}),
        ("/oss/v2/nowhere", {"reason"}),
        ("/authentication/v2/nowhere", {"developerMessage", "userMessage", "errorCode", "more info"}),
    ],
)
def test_a_path_that_is_not_there_is_answered_in_the_words_of_its_dialect(
    open_app: TestClient[Application], path: str, keys: set[str]
) -> None:
    answer = open_app.get(path)

    assert (404, keys) == (answer.status_code, set(answer.json()))


@pytest.mark.slow
def test_a_database_that_is_gone_is_said_without_its_text(tmp_path: Path) -> None:
    """An unexpected error shows an id; the server is not ready until the database is back."""
    services = Services.build(Settings(data=tmp_path, open=True), clock=now_ms)
    with TestClient(application(services), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        with services.database.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE meshes RENAME TO gone")
        answer = client.get("/geom/meshes/0f5e8a14-3d6b-4f5e-9a55-6d8f0f6f2b01")

    assert (500, 300000) == (answer.status_code, answer.json()["code"])
    assert "meshes" not in answer.text

"""Who is let in: tokens over HTTP, open mode's guard, and the gateway's error bodies."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Litestar, Response, get
from litestar.datastructures import State
from litestar.testing import TestClient

from identities import StandingClock, a_token, an_identity
from outfeed.dialects.autodesk.gateway import TOKEN_REFUSED, gateway_json, gateway_response
from outfeed.errors import (
    NotFound,
    OriginRefused,
    OutfeedError,
    RateLimited,
    ScopeMissing,
    TokenMissing,
    Unauthenticated,
)
from outfeed.http.bearer import caller_of, guard_open
from outfeed.http.context import Incoming
from outfeed.identity.service import Identity
from outfeed.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "auth"
DATA = Path(os.environ.get("OUTFEED_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
HOSTILE = DATA / "hostile" / "requests" / "bearer_tokens.jsonl"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


@get("/secret")
async def secret(request: Incoming) -> dict[str, str]:
    """Answer whom the request acts for, to whoever may read."""
    caller = await caller_of(request, "data:read")
    return {"app": caller.app_id}


def refuse(_request: Incoming, error: OutfeedError) -> Response[Any]:
    return gateway_response(error) or Response(str(error), status_code=500)


def a_client(identity: Identity, settings: Settings, **options: Any) -> TestClient[Litestar]:
    """Return a client of a server with one call."""
    services = SimpleNamespace(identity=identity, settings=settings)
    app = Litestar(
        [secret],
        middleware=[guard_open],
        state=State({"services": services}),
        exception_handlers={OutfeedError: refuse},
    )
    return TestClient(app, base_url="http://127.0.0.1:8080", **options)


def status_of(client: TestClient[Litestar], headers: list[tuple[bytes, bytes]]) -> int:
    """Return the status of a GET with exactly these headers: the test client would join those of one name."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/secret",
        "raw_path": b"/secret",
        "query_string": b"",
        "headers": headers,
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(client.app(scope, receive, send))
    status: int = sent[0]["status"]
    return status


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return an_identity(tmp_path_factory.mktemp("closed"), StandingClock())


@pytest.fixture(scope="module")
def client(identity: Identity) -> Iterator[TestClient[Litestar]]:
    with a_client(identity, Settings()) as client:
        yield client


@pytest.fixture(scope="module")
def open_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    with a_client(an_identity(tmp_path_factory.mktemp("open"), open=True), Settings(open=True)) as client:
        yield client


def test_a_good_token_is_let_in(client: TestClient[Litestar], identity: Identity) -> None:
    answer = client.get("/secret", headers={"Authorization": f"bearer {a_token(identity, 'data:read')}"})

    assert (200, {"app": "cli"}) == (answer.status_code, answer.json())


def test_a_wrong_token_is_told_to_the_letter_what_makes_clients_fetch_a_new_one(client: TestClient[Litestar]) -> None:
    answer = client.get("/secret", headers={"Authorization": "Bearer nonsense"})

    assert (401, golden("token_refused")) == (answer.status_code, answer.json())
    assert 'Bearer error="invalid_token"' == answer.headers["www-authenticate"]


def test_a_missing_token_is_told_how_to_sign_in(client: TestClient[Litestar]) -> None:
    answer = client.get("/secret")

    assert (401, golden("token_missing")) == (answer.status_code, answer.json())
    assert "Bearer" == answer.headers["www-authenticate"]


def test_two_good_tokens_at_once_are_refused(client: TestClient[Litestar], identity: Identity) -> None:
    header = (b"authorization", f"Bearer {a_token(identity, 'data:read')}".encode())

    statuses = [status_of(client, [header]), status_of(client, [header, header])]

    assert [200, 401] == statuses


def test_a_token_without_the_scope_is_forbidden(client: TestClient[Litestar], identity: Identity) -> None:
    answer = client.get("/secret", headers={"Authorization": f"Bearer {a_token(identity, 'data:write')}"})

    assert (403, "AUTH-010") == (answer.status_code, answer.json()["errorCode"])


def test_too_many_calls_are_told_when_to_come_again(tmp_path: Path) -> None:
    identity = an_identity(tmp_path, rate_per_s=1, rate_burst_s=7)
    headers = {"Authorization": f"Bearer {a_token(identity, 'data:read')}"}

    with a_client(identity, Settings()) as client:
        answers = [client.get("/secret", headers=headers) for _ in range(8)]

    assert [200] * 7 + [429] == [answer.status_code for answer in answers]
    assert ("7", golden("rate_limited")) == (answers[-1].headers["retry-after"], answers[-1].json())


@pytest.mark.skipif(not HOSTILE.exists(), reason=f"the test data is not at {DATA}: set OUTFEED_TEST_DATA")
def test_every_hostile_token_is_refused_as_such(client: TestClient[Litestar]) -> None:
    tokens = [json.loads(line) for line in HOSTILE.read_text("utf-8").splitlines()]

    statuses = {
        row["name"]: client.get("/secret", headers={b"Authorization": b"Bearer " + row["token"].encode()}).status_code
        for row in tokens
    }

    assert 12 == len(tokens)
    assert dict.fromkeys(statuses, 401) == statuses


# --- Open mode --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1", "127.8.9.1:80", "[::1]:8080"]
)
@pytest.mark.parametrize("origin", [None, "http://localhost:3000", "https://127.0.0.1", "http://[::1]:9"])
def test_open_mode_serves_its_own_machine(open_client: TestClient[Litestar], host: str, origin: str | None) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})

    assert 200 == open_client.get("/secret", headers=headers).status_code


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",  # noqa: S104 - a name that a page may use, bound to by nobody
        "192.0.2.1:8080",
        "[::1",
        "a@localhost.x",
    ],
)
def test_open_mode_refuses_a_foreign_name_that_points_here(open_client: TestClient[Litestar], host: str) -> None:
    answer = open_client.get("/secret", headers={"Host": host})

    assert (403, "AUTH-001") == (answer.status_code, answer.json()["errorCode"])


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://192.0.2.1",
        "evil",
        "",
        "file://",
        "http://evil.example#localhost",
    ],
)
def test_open_mode_refuses_a_foreign_page(open_client: TestClient[Litestar], origin: str) -> None:
    answer = open_client.get("/secret", headers={"Origin": origin})

    assert (403, "AUTH-001") == (answer.status_code, answer.json()["errorCode"])


def test_open_mode_looks_at_every_origin(open_client: TestClient[Litestar]) -> None:
    ours, foreign = (b"origin", b"http://localhost"), (b"origin", b"https://evil.example")

    statuses = [status_of(open_client, [(b"host", b"localhost"), *origins]) for origins in ([ours], [ours, foreign])]

    assert [200, 403] == statuses


def test_with_tokens_a_foreign_page_may_ask(client: TestClient[Litestar], identity: Identity) -> None:
    headers = {"Host": "models.example", "Origin": "https://viewer.example"}

    answer = client.get("/secret", headers=headers | {"Authorization": f"Bearer {a_token(identity, 'data:read')}"})

    assert 200 == answer.status_code


# --- Bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (Unauthenticated(), 401, golden("token_refused")),
        (TokenMissing(), 401, golden("token_missing")),
        (ScopeMissing("Needed: data:write."), 403, golden("scope_missing")),
        (RateLimited(3), 429, golden("rate_limited")),
        (OriginRefused(), 403, gateway_json("AUTH-001", str(OriginRefused()))),
    ],
)
def test_the_gateway_answers_what_is_its_matter(error: OutfeedError, status: int, body: dict[str, str]) -> None:
    answer = gateway_response(error)

    assert answer is not None
    assert (status, body) == (answer.status_code, answer.content)


def test_the_gateway_leaves_other_errors_to_the_service() -> None:
    assert gateway_response(NotFound()) is None


def test_the_sentence_is_the_one_that_the_npm_client_looks_for() -> None:
    assert "Access token provided is invalid or expired." == TOKEN_REFUSED

"""A database that is busy: every API says so, and when to come again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from litestar.testing import RequestFactory, TestClient
from structlog.testing import LogCapture

from one_app import application_over
from outfeed.app import RESPONDERS, application
from outfeed.clock import now_ms
from outfeed.commits import CommitLost, NoTurn
from outfeed.database import is_passing
from outfeed.dialects.aps.md_errors import respond_as_store
from outfeed.errors import RateLimited, ServerBusy, TryLater
from outfeed.services import Services
from outfeed.settings import Settings

SENTENCE = "The server has no time for this now, and has kept nothing of it; try again later."
GATEWAY = {"developerMessage": SENTENCE, "userMessage": "", "errorCode": "ERR-002", "more info": "/docs"}

#: A type of printer that is built in.
EMBER = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
SOME_ID = "00000000-0000-4000-8000-000000000001"


class NoTime:
    """Parts that never come to write."""

    settings = Settings()

    def __getattr__(self, _name: str) -> Any:
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise NoTurn


def client_of_nobody() -> TestClient[Any]:
    parts: Any = NoTime()
    client = TestClient(application_over(parts))
    client.headers["authorization"] = "Bearer x"
    return client


def sqlite_error(code: int) -> sa.exc.OperationalError:
    error = sqlite3.OperationalError("no luck")
    error.sqlite_errorcode = code
    return sa.exc.OperationalError("BEGIN IMMEDIATE", {}, error)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/oss/v2/buckets", GATEWAY),
        ("/modelderivative/v2/designdata/formats", GATEWAY),
        ("/project/v1/hubs", GATEWAY),
        (f"/bim360/docs/v1/projects/{SOME_ID}/versions/1/exports/1", GATEWAY),
        (f"/construction/files/v1/projects/{SOME_ID}/exports/1", GATEWAY),
        ("/itwins/1", {"error": {"code": "ServiceUnavailable", "message": SENTENCE}}),
        (f"/markups/v1/projects/{SOME_ID}/versions/1/markups", {"error": {"code": "server_busy", "message": SENTENCE}}),
        ("/metrics", {"error": {"code": "server_busy", "message": SENTENCE}}),
    ],
)
def test_each_api_tells_a_busy_server_in_its_form(path: str, body: dict[str, Any]) -> None:
    answer = client_of_nobody().get(path)

    assert (503, "5", body) == (answer.status_code, answer.headers["retry-after"], answer.json())


#: An address of each API, and of each service of one that has errors of its own.
ADDRESSES = [
    "/authentication/v2/token",
    "/oss/v2/buckets",
    "/modelderivative/v2/designdata/formats",
    "/project/v1/hubs",
    f"/bim360/docs/v1/projects/{SOME_ID}/versions/1/exports/1",
    f"/construction/files/v1/projects/{SOME_ID}/exports/1",
    "/itwins/1",
    "/imodels/1",
    "/mesh-export/1",
    f"/markups/v1/projects/{SOME_ID}/versions/1/markups",
    "/connect/token",
    "/print/printers",
    "/ps/v1/geom/meshes/1",
    "/metrics",
]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(("error", "status"), [(ServerBusy(7), 503), (RateLimited(7), 429)])
def test_each_api_says_when_to_come_again(path: str, error: TryLater, status: int) -> None:
    respond = next(responder for owns, responder in RESPONDERS if owns(path))

    answer = respond(RequestFactory().get(path), error)

    assert (status, "7") == (answer.status_code, answer.headers["Retry-After"])


def test_no_api_is_left_out_of_these() -> None:
    asked = {next(number for number, (owns, _) in enumerate(RESPONDERS) if owns(path)) for path in ADDRESSES}

    assert set(range(len(RESPONDERS))) == asked


@pytest.mark.parametrize(
    ("code", "is_busy"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_CORRUPT, False),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_READONLY, False),
    ],
)
def test_what_may_go_away_by_itself_is_told_from_what_is_broken(code: int, is_busy: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_busy == is_passing(sqlite_error(code))


@pytest.fixture
def log() -> Iterator[LogCapture]:
    """Return what is logged."""
    capture, before = LogCapture(), structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    try:
        yield capture
    finally:
        structlog.configure(processors=before)


@pytest.mark.slow
def test_a_printer_is_told_to_come_again_while_another_program_holds_the_database(
    tmp_path: Path, log: LogCapture
) -> None:
    services = Services.build(Settings(data=tmp_path), clock=now_ms)
    sa.event.listen(services.database, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=0"))
    with TestClient(application(services)) as client, closing(sqlite3.connect(tmp_path / "outfeed.sqlite")) as other:
        ask = partial(client.post, "/v1/print/printers/registration_code", data={"firmware": "1", "type_id": EMBER})
        other.execute("BEGIN IMMEDIATE")
        busy = ask()
        other.rollback()
        served = ask()

    assert (503, "5", 300001, SENTENCE) == (
        busy.status_code,
        busy.headers["retry-after"],
        busy.json()["code"],
        busy.json()["message"],
    )
    assert 200 == served.status_code
    assert [("database_busy", "warning"), ("printer_registered", "info")] == [
        (entry["event"], entry["log_level"]) for entry in log.entries
    ]


def test_a_derivatives_address_is_answered_in_the_words_of_a_store() -> None:
    request: Any = None
    answer, too_many = respond_as_store(request, ServerBusy(5)), respond_as_store(request, RateLimited(6))

    assert (429, "6") == (too_many.status_code, too_many.headers["Retry-After"])
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert b"<Code>SlowDown</Code>" in answer.content


def test_a_client_that_signs_in_is_told_so_in_the_words_of_oauth() -> None:
    answer = client_of_nobody().post("/connect/token", data={"grant_type": "client_credentials"}, auth=("a", "b"))

    assert (503, "5") == (answer.status_code, answer.headers["retry-after"])
    assert {"error": "temporarily_unavailable", "error_description": SENTENCE} == answer.json()


@pytest.mark.parametrize("error", [NoTurn(), CommitLost(), sa.exc.TimeoutError()])
def test_whoever_gets_no_turn_or_no_connection_may_come_again(error: Exception) -> None:
    assert is_passing(error)


@pytest.mark.parametrize("error", [TimeoutError(), sa.exc.IntegrityError("", {}, sqlite3.IntegrityError())])
def test_other_errors_are_no_matter_of_time(error: Exception) -> None:
    assert not is_passing(error)

"""Who may not call, told in the words of the API that was called."""

import json
import socket
import uuid
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from acceptance.harness import DATA, PATIENCE_S, Client, Server, outfeed, wait_for
from acceptance.programs import Program

HOSTILE: Final = DATA / "hostile" / "requests" / "bearer_tokens.jsonl"
NOBODY: Final = "00000000-0000-4000-8000-000000000000"
REFUSED: Final = "Access token provided is invalid or expired."
#: One call of each kind.
SPARK_CALLS: Final = (
    ("POST", "/ps/v1/geom/meshes/export"),
    ("POST", "/v1/geom/meshes/import"),
    ("GET", f"/api/v1/geom/meshes/{NOBODY}"),
    ("GET", f"/print/tasks/{NOBODY}"),
    ("POST", "/files/upload"),
    ("POST", "/geom/meshes/analyze"),
    ("POST", "/geom/meshes/repair"),
)
OSS_CALLS: Final = (
    ("GET", "/oss/v2/buckets"),
    ("PUT", "/oss/v2/buckets/a-bucket/objects/part.stl"),
    ("GET", "/oss/v2/buckets/a-bucket/objects/part.stl/signeds3upload"),
    ("POST", "/oss/v2/buckets/a-bucket/objects/batchsigneds3upload"),
)


@pytest.fixture(scope="module")
def program(server: Server) -> Program:
    """Return an app that nobody else uses."""
    return Program.made(server, "tokens")


@pytest.fixture
def stranger(server: Server) -> Iterator[Client]:
    """Return a client without a token."""
    with Client(server.address, headers={}) as client:
        yield client


def answers(client: Client, calls: tuple[tuple[str, str], ...], authorization: str | None) -> list[httpx.Response]:
    """Make all calls with this header."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return [client.request(method, path, headers=headers, content=b"") for method, path in calls]


def spark_told(response: httpx.Response) -> tuple[int, int, list[str]]:
    """Return status, code and keys of an error of the mesh API."""
    return response.status_code, response.json()["code"], list(response.json())


def gateway_told(response: httpx.Response) -> tuple[int, str, str]:
    """Return status, code and sentence of an error of the gateway, having checked its keys."""
    body = response.json()
    assert ["developerMessage", "userMessage", "errorCode", "more info"] == list(body)
    return response.status_code, body["errorCode"], body["developerMessage"]


def assert_refused(client: Client, authorization: str | None, code: str) -> None:
    """Assert that every call answers 401 in its own words."""
    spark, storage = answers(client, SPARK_CALLS, authorization), answers(client, OSS_CALLS, authorization)

    assert [(401, 100003, ["error_id", "code", "message"])] * len(SPARK_CALLS) == [spark_told(one) for one in spark]
    assert [(401, code, REFUSED)] * len(OSS_CALLS) == [gateway_told(one) for one in storage]
    assert all(one.headers["WWW-Authenticate"].startswith("Bearer") for one in (*spark, *storage))


def test_no_token_is_401(stranger: Client) -> None:
    assert_refused(stranger, None, "AUTH-012")


def test_another_scheme_is_401(stranger: Client, program: Program) -> None:
    assert_refused(stranger, f"Token {program.token()}", "AUTH-006")


def test_an_expired_token_is_401(stranger: Client, server: Server) -> None:
    """It works until it ends."""
    token = outfeed("token", "create", "--user", "late@example.com", "--ttl", "1", data=server.data)
    headers = {"Authorization": f"Bearer {token}"}
    wait_for(lambda: stranger.get(f"/print/tasks/{NOBODY}", headers=headers).status_code == 401)

    assert_refused(stranger, f"Bearer {token}", "AUTH-006")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_changed_is_401(stranger: Client, program: Program, part: int) -> None:
    parts = program.token().split(".")
    middle = len(parts[part]) // 2
    changed = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + changed + parts[part][middle + 1 :]

    assert_refused(stranger, f"Bearer {'.'.join(parts)}", "AUTH-006")


def raw_status(server: Server, authorization: bytes) -> int:
    """Return the status of a call whose header no HTTP library would send."""
    host, port = urlsplit(server.address).hostname, urlsplit(server.address).port
    lines = (b"GET /oss/v2/buckets HTTP/1.1", b"Host: localhost", b"Connection: close")
    with socket.create_connection((host, port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"\r\n".join((*lines, b"Authorization: Bearer " + authorization, b"", b"")))
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.skipif(not HOSTILE.exists(), reason="the shared test data is not beside the checkout")
def test_forged_tokens_are_401(server: Server) -> None:
    """A NUL is no header at all: the connection's own 400."""
    rows = [json.loads(line) for line in HOSTILE.read_text(encoding="utf-8").splitlines()]
    expected = {row["name"]: 400 if "\0" in row["token"] else 401 for row in rows}

    assert expected == {row["name"]: raw_status(server, row["token"].encode()) for row in rows}


@pytest.mark.skipif(not HOSTILE.exists(), reason="the shared test data is not beside the checkout")
def test_forged_tokens_are_refused_by_every_call(stranger: Client) -> None:
    rows = [json.loads(line) for line in HOSTILE.read_text(encoding="utf-8").splitlines()]

    for row in rows:
        if row["token"].strip() and row["token"].isprintable() and row["token"].isascii():
            assert_refused(stranger, f"Bearer {row['token']}", "AUTH-006")


@pytest.mark.parametrize(
    ("scopes", "calls"),
    [("data:write", SPARK_CALLS[:5]), ("data:read", SPARK_CALLS[:5]), ("bucket:read", SPARK_CALLS[:5])],
)
def test_a_missing_scope_at_the_mesh_api_is_403(
    program: Program, stranger: Client, scopes: str, calls: tuple[tuple[str, str], ...]
) -> None:
    told = answers(stranger, calls, f"Bearer {program.token(scopes)}")

    assert [(403, 100004, ["error_id", "code", "message"])] * len(calls) == [spark_told(one) for one in told]


@pytest.mark.parametrize(
    ("scopes", "method", "path"),
    [
        ("data:read", "POST", "/oss/v2/buckets"),
        ("bucket:create", "GET", "/oss/v2/buckets"),
        ("bucket:read", "DELETE", "/oss/v2/buckets/a-bucket"),
        ("data:write", "GET", "/oss/v2/buckets/a-bucket/objects/part.stl"),
        ("data:read", "PUT", "/oss/v2/buckets/a-bucket/objects/part.stl"),
        ("data:read", "POST", "/oss/v2/buckets/a-bucket/objects/batchsigneds3upload"),
    ],
)
def test_a_missing_scope_at_object_storage_is_403(
    program: Program, stranger: Client, scopes: str, method: str, path: str
) -> None:
    (told,) = answers(stranger, ((method, path),), f"Bearer {program.token(scopes)}")

    assert (403, "AUTH-010") == gateway_told(told)[:2]


@pytest.mark.parametrize(
    ("fields", "status", "error", "code"),
    [
        ({}, 400, "invalid_request", "AUTH-008"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "AUTH-009"),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            401,
            "invalid_client",
            "AUTH-003",
        ),
        ({"grant_type": "authorization_code", "code": "x"}, 501, "not_built", "not_built"),
    ],
)
def test_sign_in_refuses_in_the_words_of_its_version(
    stranger: Client, fields: dict[str, str], status: int, error: str, code: str
) -> None:
    second = stranger.post("/authentication/v2/token", data=fields)
    first = stranger.post("/authentication/v1/authenticate", data=fields)

    assert (status, error) == (second.status_code, second.json()["error"])
    assert ["error", "error_description"] == list(second.json())
    assert (status, code) == gateway_told(first)[:2]


def test_what_is_not_there_is_told_in_the_words_of_sign_in(stranger: Client) -> None:
    method, path = stranger.get("/authentication/v2/token"), stranger.get("/authentication/v2/nothing")

    assert (405, ["error", "error_description"]) == (method.status_code, list(method.json()))
    assert "POST" in method.headers["Allow"]
    assert 404 == gateway_told(path)[0]


def test_an_unknown_scope_is_refused(stranger: Client, program: Program) -> None:
    fields: dict[str, Any] = {
        "grant_type": "client_credentials",
        "client_id": program.client_id,
        "client_secret": program.client_secret,
        "scope": "data:read everything",
    }
    second = stranger.post("/authentication/v2/token", data=fields)

    assert (400, "invalid_scope") == (second.status_code, second.json()["error"])


def test_each_error_has_an_id_of_its_own(stranger: Client) -> None:
    first, second = (stranger.get(f"/geom/meshes/{NOBODY}").json()["error_id"] for _ in range(2))

    assert uuid.UUID(first) != uuid.UUID(second)

"""Browser clients call from other origins, and from pages opened from disk."""

from collections.abc import Iterator

import pytest

from acceptance.harness import Client, Server
from acceptance.programs import Program

EXPORT = "/ps/v1/geom/meshes/export"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    """Return the client of a program that nobody else uses."""
    with Program.made(server, "page").client() as signed_in:
        yield signed_in


@pytest.mark.parametrize("origin", ["null", "http://app.example"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_pre_flight_lets_every_origin_send_a_token_and_json(server: Server, origin: str, method: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    with Client(server.address, headers={}) as browser:
        answer = browser.options(EXPORT, headers=asked)
    allowed = {word.strip().lower() for word in answer.headers["Access-Control-Allow-Headers"].split(",")}

    assert answer.status_code in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] in {"*", origin}
    assert method in answer.headers["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type"} <= allowed


@pytest.mark.parametrize("origin", ["null", "http://app.example"])
def test_a_page_may_read_answers_and_errors(client: Client, origin: str) -> None:
    """Else a page would see a failure without a reason."""
    calls = [
        client.post(EXPORT, json={"id": NOBODY, "file_type": "obj"}, headers={"Origin": origin}),
        client.get("/oss/v2/buckets", headers={"Origin": origin}),
        client.get(EXPORT, headers={"Origin": origin}),
        client.get("/ps/v1/geom/nothing/here", headers={"Origin": origin}),
        client.get("/oss/v2/buckets", headers={"Origin": origin, "Authorization": "Bearer x"}),
    ]

    assert [400, 200, 405, 404, 401] == [answer.status_code for answer in calls]
    assert all(answer.headers.get("Access-Control-Allow-Origin") in {"*", origin} for answer in calls)


def test_a_page_may_read_how_long_to_wait(client: Client) -> None:
    answer = client.get("/oss/v2/buckets", headers={"Origin": "http://app.example"})

    assert "retry-after" in answer.headers["Access-Control-Expose-Headers"].lower()


def test_no_answer_invites_cookies(client: Client) -> None:
    """A token stands in a header; a browser must not add what it knows of its own."""
    answer = client.get("/oss/v2/buckets", headers={"Origin": "http://app.example"})

    assert "Access-Control-Allow-Credentials" not in answer.headers

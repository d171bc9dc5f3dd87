"""Limits that an operator sets: calls per second and sizes, told in the words of the API that was called."""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Final

import httpx
import pytest

from acceptance.harness import Client, Server
from acceptance.programs import Program

#: Six calls in three seconds, so that there is something to wait for.
TIGHT: Final = {
    "OUTFEED_RATE_PER_S": "2",
    "OUTFEED_RATE_BURST_S": "3",
    "OUTFEED_MAX_BODY_BYTES": "1000",
    "OUTFEED_MAX_UPLOAD_BYTES": "5000",
}
WINDOW: Final = (6, 3)
NOBODY: Final = "00000000-0000-4000-8000-000000000000"

Call = Callable[[Client], httpx.Response]


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with low limits."""
    with Server(tmp_path_factory.mktemp("tight") / "data", environment=TIGHT) as running:
        yield running


@pytest.fixture
def ann(tight: Server) -> Iterator[Client]:
    """Return a client signed in as a user whom no other test uses: calls are counted by user."""
    with tight.client(f"{uuid.uuid4()}@example.com") as client:
        yield client


def until_refused(client: Client, call: Call) -> tuple[set[int], httpx.Response]:
    """Make a call until it is refused; return the statuses of those that were served, and the refusal."""
    served: list[int] = []
    while (answer := call(client)).status_code != 429:
        served.append(answer.status_code)
        # On a busy machine more of them may be served: those of more than one window.
        assert len(served) <= 50 * WINDOW[0]
    assert len(served) >= WINDOW[0]
    return set(served), answer


def assert_served_again(client: Client, call: Call, refused: httpx.Response) -> None:
    """Assert that the call is served after the seconds that the refusal says."""
    wait_s = int(refused.headers["Retry-After"])
    assert 1 <= wait_s <= WINDOW[1]
    threading.Event().wait(wait_s)

    assert 429 != call(client).status_code


def test_the_mesh_api_answers_429_and_serves_again_after_its_retry_after(ann: Client) -> None:
    def export(client: Client) -> httpx.Response:
        return client.post("/ps/v1/geom/meshes/export", json={"id": NOBODY, "file_type": "obj"})

    served, refused = until_refused(ann, export)

    assert {400} == served
    assert (429, 100007) == (refused.status_code, refused.json()["code"])
    assert ["error_id", "code", "message"] == list(refused.json())
    assert_served_again(ann, export, refused)


def test_object_storage_answers_429_and_serves_again_after_its_retry_after(ann: Client) -> None:
    def buckets(client: Client) -> httpx.Response:
        return client.get("/oss/v2/buckets")

    served, refused = until_refused(ann, buckets)

    assert {200} == served
    assert (429, "ERR-001") == (refused.status_code, refused.json()["errorCode"])
    assert ["developerMessage", "userMessage", "errorCode", "more info"] == list(refused.json())
    assert_served_again(ann, buckets, refused)


def test_one_user_who_calls_too_often_does_not_stop_another(tight: Server, ann: Client) -> None:
    *_, refused = until_refused(ann, lambda client: client.get(f"/print/tasks/{NOBODY}"))
    with tight.client("calm@example.com") as calm:
        other = calm.get(f"/print/tasks/{NOBODY}")

    assert (429, 404) == (refused.status_code, other.status_code)


def test_sign_in_answers_429_and_serves_again_after_its_retry_after(tight: Server) -> None:
    """It counts by address: nobody tries secrets at leisure."""
    program = Program.made(tight, "eager")
    fields = {"grant_type": "client_credentials", "scope": "data:read"}

    def sign_in(client: Client) -> httpx.Response:
        return client.post("/authentication/v2/token", data=fields, auth=(program.client_id, program.client_secret))

    with Client(tight.address, headers={}) as client:
        served, refused = until_refused(client, sign_in)

        assert {200} == served
        assert (429, "ERR-001") == (refused.status_code, refused.json()["errorCode"])
        assert_served_again(client, sign_in, refused)


def test_a_body_that_is_too_large_is_413(ann: Client) -> None:
    calls = [(path, "application/json") for path in ("import", "rename", "transform", "export")]
    calls += [(path, "application/x-www-form-urlencoded") for path in ("import", "export")]
    told = [
        ann.post(f"/ps/v1/geom/meshes/{path}", content=b"a" * 1001, headers={"Content-Type": content_type})
        for path, content_type in calls
    ]

    assert [(413, 100002)] * len(calls) == [(one.status_code, one.json()["code"]) for one in told]


def test_a_file_that_is_too_large_is_413(ann: Client) -> None:
    """Whether its length is told before, or comes out only as it arrives."""
    bucket = ann.make_bucket("too-large")
    told = ann.put(f"/oss/v2/buckets/{bucket}/objects/part.stl", content=b"a" * 5001)
    untold = ann.put(f"/oss/v2/buckets/{bucket}/objects/part.stl", content=iter([b"a" * 2501] * 2))
    form = ann.post("/ps/v1/files/upload", files={"file": ("part.stl", b"a" * 5001)})
    listed = ann.get(f"/oss/v2/buckets/{bucket}/objects").json()["items"]

    assert [(413, ["reason"])] * 2 == [(one.status_code, list(one.json())) for one in (told, untold)]
    assert (413, 100002) == (form.status_code, form.json()["code"])
    assert listed == []

"""Requests that are refused: too large, too slow, too many, or nonsense; and pages of other origins."""

import json
from typing import Any

import pytest

from unit.asgi_driver import (
    Asked,
    a_client,
    a_server,
    connect,
    handshake,
    now,
    post,
    run,
    turns,
)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[[]", 400),
        (b'{"a":NaN}', 400),
        (b'{"a":1e999}', 400),
        (b'["\\ud800"]', 400),
        (b'["\xff"]', 400),
        (b"[" * 60_000, 400),
        (b"nonsense", 400),
        (b"message=%FF", 400),
        (b"message=5", 400),
        (b"&".join([b"a=1"] * 30), 400),
        (b"other=1", 400),
        (b"[" + b" " * 70_000 + b"]", 413),
        (b"[" + b",".join([b"{}"] * 1_001) + b"]", 413),
    ],
)
def test_a_body_that_is_no_batch_is_refused(body: bytes, status: int) -> None:
    async def story() -> Asked:
        return await Asked(a_server(), "POST", "/faye", body).done()

    asked = run(story())

    assert (status, "text/plain; charset=utf-8") == (asked.status, asked.headers["content-type"])


def test_a_body_that_says_it_is_too_large_is_not_waited_for() -> None:
    async def story() -> tuple[int, str, int]:
        asked = Asked(a_server(), "POST", "/faye", [b"", b"[]"], {"content-length": "9" * 5000})
        await asked.done()
        return asked.status, asked.headers["connection"], asked.incoming.qsize()

    assert (413, "close", 3) == run(story())


def test_a_body_that_never_ends_is_given_up_while_it_comes() -> None:
    async def story() -> tuple[int, int]:
        asked = await Asked(a_server(), "POST", "/faye", [b" " * 1000] * 1000).done()
        return asked.status, asked.incoming.qsize()

    assert (413, 1000 - 66 + 1) == run(story())


def test_a_body_has_ten_seconds() -> None:
    async def story() -> tuple[int, float]:
        asked = Asked(a_server(), "POST", "/faye", [b"[", b"]"])
        await asked.incoming.get()
        await asked.incoming.get()
        await asked.done()
        return asked.status, now()

    assert (408, 10.0) == run(story())


def test_a_client_that_goes_away_while_it_sends_is_not_answered() -> None:
    async def story() -> list[Any]:
        asked = Asked(a_server(), "POST", "/faye", [b"[", b""])
        asked.incoming.get_nowait()
        asked.incoming.get_nowait()
        asked.go()
        return (await asked.done()).events

    assert [] == run(story())


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip"])
def test_compressed_bodies_are_not_unpacked(coding: str) -> None:
    async def story() -> int:
        return (await Asked(a_server(), "POST", "/faye", b"[]", {"content-encoding": coding}).done()).status

    assert 415 == run(story())


@pytest.mark.parametrize(("method", "status"), [("PUT", 405), ("DELETE", 405), ("HEAD", 200), ("GET", 400)])
def test_other_methods_do_nothing(method: str, status: int) -> None:
    async def story() -> tuple[int, int]:
        app = a_server()
        return (await Asked(app, method, "/faye", json.dumps(handshake()).encode()).done()).status, len(app.bayeux)

    assert (status, 0) == run(story())


@pytest.mark.parametrize("path", ["/", "/fayexx", "/v1/faye", "/faye%2Fx"])
def test_other_paths_are_not_there(path: str) -> None:
    async def story() -> int:
        return (await Asked(a_server(), "POST", path, b"[]").done()).status

    assert 404 == run(story())


def test_of_a_thousand_connects_in_a_batch_one_is_heard_and_none_waits() -> None:
    async def story() -> tuple[int, float, int]:
        app = a_server(max_message_bytes=1_000_000)
        client = await a_client(app)
        told = (await post(app, *[connect(client, id=str(number)) for number in range(1000)]).done()).messages
        return len(told), now(), sum(message["successful"] for message in told)

    assert (1000, 0.0, 1) == run(story())


@pytest.mark.parametrize("origin", ["null", "https://app.example.com", "http://localhost:9000"])
def test_pages_of_other_origins_can_read_the_answers(origin: str) -> None:
    async def story() -> Asked:
        return await post(a_server(), handshake(), headers={"origin": origin}).done()

    headers = run(story()).headers

    assert (origin, "true", "origin") == (
        headers["access-control-allow-origin"],
        headers["access-control-allow-credentials"],
        headers["vary"],
    )


def test_a_pre_flight_allows_the_headers_that_are_asked_for() -> None:
    async def story() -> Asked:
        asked = {"origin": "null", "access-control-request-headers": "content-type,x-requested-with"}
        return await Asked(a_server(), "OPTIONS", "/faye", headers=asked).done()

    headers = run(story()).headers

    assert ("null", "content-type,x-requested-with", "GET, POST", "86400") == (
        headers["access-control-allow-origin"],
        headers["access-control-allow-headers"],
        headers["access-control-allow-methods"],
        headers["access-control-max-age"],
    )


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "\u00e9", "a b", "x" * 301])
def test_nothing_is_echoed_that_is_no_origin(value: str) -> None:
    async def story() -> set[str]:
        return set((await post(a_server(), handshake(), headers={"origin": value}).done()).headers)

    assert "access-control-allow-origin" not in run(story())


def test_a_server_that_ends_answers_polls_and_takes_no_more() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        client = await a_client(app)
        poll = post(app, connect(client))
        await turns()
        await app.aclose()
        told = (await poll.done()).messages[0]
        after = await post(app, handshake()).done()
        return now(), told["successful"], told["advice"]["reconnect"], after.status, after.headers["connection"]

    assert (0.0, True, "retry", 503, "close") == run(story())

"""Streams of events: what a session receives comes on one, what it says comes in requests beside it."""

import json
from typing import Any

from outfeed.bayeux.asgi import BayeuxApp
from unit.asgi_driver import Asked, Everybody, a_client, a_server, connect, now, post, run, turns

EVENTS = {"accept": "text/event-stream", "origin": "null"}


def opened(app: BayeuxApp, client: str) -> Asked:
    return Asked(app, "GET", f"/faye/{client}", headers=EVENTS)


def data(asked: Asked) -> list[Any]:
    """Return the batches that have come."""
    lines = asked.body.decode().split("\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def test_what_is_published_comes_as_an_event() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        client = await a_client(app, "/news", type_="eventsource")
        stream = opened(app, client)
        await turns()
        app.bayeux.publish("/news", "one\n\ntwo")
        await turns()
        return stream.status, stream.headers["content-type"], data(stream)

    expected = [[{"channel": "/news", "data": "one\n\ntwo"}]]
    assert (200, "text/event-stream; charset=utf-8", expected) == run(story())


def test_a_page_of_another_origin_can_read_it_and_no_proxy_keeps_it_back() -> None:
    async def story() -> dict[str, str]:
        app = a_server()
        stream = opened(app, await a_client(app, type_="eventsource"))
        await turns()
        return stream.headers

    headers = run(story())

    assert ("null", "no") == (headers["access-control-allow-origin"], headers["x-accel-buffering"])


def test_a_session_that_is_not_there_has_no_stream() -> None:
    async def story() -> int:
        return (await opened(a_server(), "nobody").done()).status

    assert 404 == run(story())


def test_what_comes_while_a_stream_is_gone_waits_for_the_next() -> None:
    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        app = a_server(policy)
        client = await a_client(app, "/news", type_="eventsource")
        stream = opened(app, client)
        await turns()
        stream.go()
        await stream.done()
        assert [None] == [session.connection for session in app.bayeux.subscribers("/news")]
        app.bayeux.publish("/news", "one")
        again = opened(app, client)
        await turns()
        return [message["data"] for batch in data(again) for message in batch], policy.told

    assert (["one"], ["subscribed /news", "resumed"]) == run(story())


def test_a_silent_stream_has_a_comment_now_and_then() -> None:
    async def story() -> tuple[int, float]:
        app = a_server()
        stream = opened(app, await a_client(app, type_="eventsource"))
        await post(app, connect(await a_client(app))).done()  # waits for 45 seconds
        await post(app, connect(await a_client(app), advice={"timeout": 10_000})).done()
        return stream.body.count(b":\n\n"), now()

    assert (2, 55.0) == run(story())


def test_a_server_that_ends_ends_its_streams() -> None:
    async def story() -> tuple[bool, int]:
        app = a_server()
        stream = opened(app, await a_client(app, type_="eventsource"))
        await turns()
        await app.aclose()
        await stream.done()
        return stream.events[-1]["more_body"], len(app.bayeux)

    assert (False, 0) == run(story())


def test_a_stream_whose_session_is_over_ends() -> None:
    async def story() -> tuple[float, bytes]:
        app = a_server(max_guests=1)
        stream = opened(app, await a_client(app, type_="eventsource"))
        await turns()
        await a_client(app)
        await stream.done()
        return now(), stream.body

    assert (25.0, b"retry: 2000\n\n") == run(story())

"""WebSockets: what comes at once, what waits, how they end."""

import asyncio
import json
from typing import Any

import pytest

from unit.asgi_driver import (
    Everybody,
    Talk,
    a_client,
    a_server,
    connect,
    handshake,
    news,
    now,
    post,
    run,
    subscribe,
    turns,
)


async def greeted(talk: Talk, *channels: str) -> str:
    """Return the id of a session on a WebSocket that has subscribed and waits for more."""
    talk.say(handshake("websocket"))
    client: str = (await talk.hear())[0]["clientId"]
    talk.say(*[subscribe(client, channel) for channel in channels], connect(client, "websocket", id="held"))
    await talk.hear()
    return client


def test_what_is_published_comes_at_once_and_the_connect_goes_on_waiting() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        talk = Talk(app)
        await greeted(talk, "/news")
        app.bayeux.publish("/news", "one")
        first = await talk.hear()
        app.bayeux.publish("/news", "two")
        return now(), first, news(await talk.hear())

    assert (0.0, [{"channel": "/news", "data": "one"}], ["two"]) == run(story())


def test_what_is_published_in_one_turn_is_one_frame() -> None:
    async def story() -> list[list[Any]]:
        app = a_server()
        talk = Talk(app)
        await greeted(talk, "/news")
        for number in range(100):
            app.bayeux.publish("/news", number)
        await turns()
        return [news(frame) for frame in talk.take()]

    assert [list(range(100))] == run(story())


def test_a_connect_is_answered_when_its_time_is_over() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        talk = Talk(app)
        await greeted(talk)
        await post(app, connect(await a_client(app))).done()  # as long as the other
        told = await talk.hear()
        return now(), [(message["id"], message["successful"]) for message in told]

    assert (45.0, [("held", True)]) == run(story())


def test_a_second_connect_answers_the_first() -> None:
    async def story() -> list[str]:
        talk = Talk(a_server())
        client = await greeted(talk)
        talk.say(connect(client, "websocket", id="second"))
        return [message["id"] for message in await talk.hear()]

    assert ["held"] == run(story())


def test_a_second_connect_has_its_own_time() -> None:
    async def story() -> list[tuple[float, str]]:
        app = a_server()
        talk = Talk(app)
        client = await greeted(talk)
        other = await a_client(app)
        answered = []
        for name, wait_ms in (("second", 30_000), ("", 20_000), ("", 40_000)):
            await post(app, connect(other, advice={"timeout": wait_ms})).done()
            if name:
                talk.say(connect(client, "websocket", id=name))
            answered += [(now(), message["id"]) for message in await talk.hear()]
        return answered

    assert [(30.0, "held"), (90.0, "second")] == run(story())


def test_a_socket_that_is_gone_is_forgotten() -> None:
    async def story() -> list[object]:
        app = a_server()
        talk = Talk(app)
        await greeted(talk, "/news")
        before = [session.connection is None for session in app.bayeux.subscribers("/news")]
        await talk.gone()
        return before + [session.connection for session in app.bayeux.subscribers("/news")]

    assert [False, None] == run(story())


def test_a_socket_carries_many_sessions() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        talk = Talk(app)
        clients = [await greeted(talk, f"/news/{number}") for number in range(20)]
        app.bayeux.publish("/news/7", "one")
        heard = news(await talk.hear())
        await talk.gone()
        return len(set(clients)), heard, app.bayeux.publish("/news/7", "two")

    assert (20, ["one"], 1) == run(story())


def test_what_comes_while_a_socket_is_gone_waits_for_the_next() -> None:
    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        app = a_server(policy)
        talk = Talk(app)
        client = await greeted(talk, "/news")
        await talk.gone()
        app.bayeux.publish("/news", "one")
        again = Talk(app)
        again.say(connect(client, "websocket"))
        return news(await again.hear()), policy.told

    assert (["one"], ["subscribed /news", "resumed"]) == run(story())


def test_a_session_may_go_on_by_polling() -> None:
    async def story() -> list[Any]:
        app = a_server()
        talk = Talk(app)
        client = await greeted(talk, "/news")
        await talk.gone()
        app.bayeux.publish("/news", "one")
        return news((await post(app, connect(client)).done()).messages)

    assert ["one"] == run(story())


def test_a_session_that_never_comes_back_is_forgotten() -> None:
    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        app = a_server(policy)
        talk = Talk(app)
        await greeted(talk)
        await talk.gone()
        before = len(app.bayeux)
        await post(app, connect(await a_client(app))).done()
        await post(app, connect(await a_client(app))).done()
        await post(app, connect(await a_client(app), advice={"timeout": 5_000})).done()
        return before, policy.told.count("ended"), now()

    assert (1, 1, 95.0) == run(story())


def test_a_client_that_does_not_read_loses_its_session_and_nothing_grows() -> None:
    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        app = a_server(policy, max_queue=10)
        talk = Talk(app)
        await greeted(talk, "/news")
        talk.reads.clear()
        reached = []
        for number in range(20):
            reached.append(app.bayeux.publish("/news", number))
            await turns()
        talk.reads.set()
        told = await talk.hear()
        return sum(reached), policy.told, news(told)[:1], told[-1]["advice"]["reconnect"]

    assert (12, ["subscribed /news", "ended"], [0], "handshake") == run(story())


def test_a_client_that_does_not_read_is_not_listened_to() -> None:
    async def story() -> tuple[int, int]:
        talk = Talk(a_server())
        await greeted(talk)
        talk.reads.clear()
        for _ in range(5):
            talk.say(handshake("websocket"))
        await turns(20)
        unread = talk.incoming.qsize()
        talk.reads.set()
        await turns(50)
        return unread, talk.incoming.qsize()

    assert (4, 0) == run(story())


def test_a_socket_that_breaks_while_it_is_written_to_ends_quietly() -> None:
    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        app = a_server(policy)
        talk = Talk(app)
        client = await greeted(talk, "/news")
        talk.is_broken = True
        app.bayeux.publish("/news", "lost")
        await turns()
        app.bayeux.publish("/news", "kept")
        await talk.gone()
        told = (await post(app, connect(client)).done()).messages
        return news(told), policy.told

    assert (["kept"], ["subscribed /news", "resumed"]) == run(story())


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", 1007),
        ("{", 1007),
        ("5", 1007),
        ('"text"', 1007),
        ('{"a":Infinity}', 1007),
        ("[" * 60_000, 1007),
        ("[" + " " * 70_000 + "]", 1009),
        (json.dumps([{}] * 1_001), 1009),
    ],
)
def test_a_frame_that_is_no_batch_closes_the_socket(frame: str, code: int) -> None:
    async def story() -> int | None:
        talk = Talk(a_server())
        talk.frame(frame)
        await talk.task
        return talk.closed_with

    assert code == run(story())


def test_a_binary_frame_closes_the_socket() -> None:
    async def story() -> int | None:
        talk = Talk(a_server())
        talk.incoming.put_nowait({"type": "websocket.receive", "bytes": b"[]", "text": None})
        await talk.task
        return talk.closed_with

    assert 1003 == run(story())


def test_an_empty_batch_is_a_sign_of_life_without_an_answer() -> None:
    """Old clients of npm `faye` send one now and then."""

    async def story() -> tuple[list[Any], int | None]:
        talk = Talk(a_server())
        talk.frame("[]")
        return await talk.hear(), talk.closed_with

    assert ([], None) == run(story())


def test_a_socket_without_a_session_is_closed() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        silent, empty, other = Talk(app), Talk(app), Talk(app)
        empty.frame("[]")
        await greeted(other)
        await silent.task
        await turns()
        return now(), [talk.closed_with for talk in (silent, empty, other)]

    assert (30.0, [1008, 1008, None]) == run(story())


@pytest.mark.parametrize("is_held", [False, True])
def test_a_socket_whose_last_session_made_room_is_closed(is_held: bool) -> None:  # noqa: FBT001 - a case
    """Strangers who come and come leave no sockets behind, whether or not their connects wait."""

    async def story() -> tuple[Any, ...]:
        app = a_server(max_guests=1)
        talk = Talk(app)
        client = await greeted(talk)
        if not is_held:
            talk.say(connect(client, "websocket", advice={"timeout": 0}))
        await asyncio.sleep(40)
        await post(app, handshake()).done()
        await talk.task
        return now(), talk.closed_with

    assert (70.0, 1008) == run(story())


def test_a_socket_whose_session_is_over_serves_the_next_one() -> None:
    async def story() -> int | None:
        app = a_server(max_guests=1)
        talk = Talk(app)
        await greeted(talk)
        await post(app, handshake()).done()
        await asyncio.sleep(20)
        talk.take()
        await greeted(talk)
        await asyncio.sleep(20)
        return talk.closed_with

    assert run(story()) is None


def test_an_address_that_comes_too_often_opens_no_socket() -> None:
    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        policy.most = 2
        talks = [Talk(a_server(policy)) for _ in range(3)]
        await turns()
        return policy.arrived, [[event["type"] for event in talk.events] for talk in talks]

    accepted, closed = ["websocket.accept"], ["websocket.close"]
    assert (["192.0.2.7"] * 3, [accepted, accepted, closed]) == run(story())


def test_a_socket_elsewhere_is_refused() -> None:
    async def story() -> list[str]:
        talk = Talk(a_server(), "/other")
        await talk.task
        return [event["type"] for event in talk.events]

    assert ["websocket.close"] == run(story())


def test_a_server_that_ends_answers_connects_and_closes_sockets() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        talk = Talk(app)
        await greeted(talk)
        await app.aclose()
        told = await talk.hear()
        await talk.task
        late = Talk(app)
        await late.task
        return told[0]["id"], told[0]["advice"]["reconnect"], talk.closed_with, [event["type"] for event in late.events]

    assert ("held", "retry", 1001, ["websocket.close"]) == run(story())


def test_a_client_that_does_not_read_does_not_keep_the_server_from_ending() -> None:
    async def story() -> float:
        app = a_server()
        talk = Talk(app)
        await greeted(talk)
        talk.reads.clear()
        await app.aclose()
        return now()

    assert 0.5 == run(story())

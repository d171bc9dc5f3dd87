"""Long-polling and callback-polling: what is asked, what waits, what is answered when."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from unit.asgi_driver import (
    Asked,
    Everybody,
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

GREETING = json.dumps(handshake())


def test_a_poll_waits_until_there_is_something() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        client = await a_client(app, "/news")
        poll = post(app, connect(client, id="7"))
        await turns()
        waited = not poll.is_done
        app.bayeux.publish("/news", "one")
        app.bayeux.publish("/news", "two")
        told = (await poll.done()).messages
        return waited, now(), [message["channel"] for message in told], told[0]["id"], news(told)

    assert (True, 0.0, ["/meta/connect", "/news", "/news"], "7", ["one", "two"]) == run(story())


def test_a_poll_is_answered_when_its_time_is_over() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        poll = await post(app, connect(await a_client(app))).done()
        return now(), poll.status, [message["successful"] for message in poll.messages]

    assert (45.0, 200, [True]) == run(story())


def test_a_client_may_wish_for_a_shorter_wait_and_for_none() -> None:
    async def story() -> list[float]:
        app = a_server()
        client = await a_client(app)
        times = []
        for wait_ms in (2_000, 0):
            await post(app, connect(client, advice={"timeout": wait_ms})).done()
            times.append(now())
        return times

    assert [2.0, 2.0] == run(story())


def test_replies_to_other_messages_do_not_wait_for_a_connect_beside_them() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        client = await a_client(app)
        told = (await post(app, subscribe(client), connect(client)).done()).messages
        return now(), [message["channel"] for message in told]

    assert (0.0, ["/meta/subscribe", "/meta/connect"]) == run(story())


def test_what_comes_between_two_polls_is_in_the_next_answer() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        client = await a_client(app, "/news")
        await post(app, connect(client, advice={"timeout": 0})).done()
        app.bayeux.publish("/news", "one")
        return news((await post(app, connect(client)).done()).messages), now()

    assert (["one"], 0.0) == run(story())


def test_nothing_is_lost_when_a_client_goes_away_in_mid_poll() -> None:
    """What comes after that waits for its next poll, and the owner learns that it has come back."""

    async def story() -> tuple[Any, ...]:
        policy = Everybody()
        app = a_server(policy)
        client = await a_client(app, "/news")
        poll = post(app, connect(client))
        await turns()
        poll.go()
        await poll.done()
        app.bayeux.publish("/news", "one")
        told = (await post(app, connect(client)).done()).messages
        return poll.events, news(told), policy.told

    assert ([], ["one"], ["subscribed /news", "resumed"]) == run(story())


def test_an_answer_that_cannot_be_written_makes_the_session_one_that_comes_back() -> None:
    async def story() -> list[str]:
        policy = Everybody()
        app = a_server(policy)
        client = await a_client(app, "/news")
        poll = post(app, connect(client))
        await turns()
        poll.is_broken = True
        app.bayeux.publish("/news", "one")
        await turns()
        poll.go()
        await poll.done()
        await post(app, connect(client, advice={"timeout": 0})).done()
        return policy.told

    assert ["subscribed /news", "resumed"] == run(story())


def test_a_second_poll_of_a_session_answers_the_first() -> None:
    async def story() -> tuple[Any, ...]:
        app = a_server()
        client = await a_client(app, "/news")
        first = post(app, connect(client, id="1"))
        await turns()
        second = post(app, connect(client, id="2"))
        answered = (await first.done()).messages[0]["id"], now()
        app.bayeux.publish("/news", "one")
        return *answered, news(first.messages), news((await second.done()).messages)

    assert ("1", 0.0, [], ["one"]) == run(story())


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (GREETING, "application/json"),
        (f" [{GREETING}]", "application/json;charset=UTF-8"),
        (GREETING, "text/json"),
        (GREETING, ""),
        (urlencode({"message": f"[{GREETING}]"}), "application/x-www-form-urlencoded"),
        (f"message={quote(GREETING)}", "text/plain;charset=UTF-8"),
    ],
)
def test_all_forms_of_a_post_are_understood(body: str, media: str) -> None:
    async def story() -> tuple[Any, ...]:
        asked = await Asked(a_server(), "POST", "/faye/handshake", body.encode(), {"content-type": media}).done()
        return asked.status, asked.headers["content-type"], asked.messages[0]["successful"]

    assert (200, "application/json; charset=utf-8", True) == run(story())


def test_a_body_may_come_in_pieces() -> None:
    async def story() -> int:
        pieces = [bytes([byte]) for byte in GREETING.encode()]
        return (await Asked(a_server(), "POST", "/faye", pieces).done()).status

    assert 200 == run(story())


@pytest.mark.parametrize("name", ["jsonpcallback", "__jsonp3__", "a.b.$c_1", "x" * 100])
def test_callback_polling_is_answered_with_a_call(name: str) -> None:
    async def story() -> Asked:
        return await Asked(a_server(), "GET", f"/faye?{urlencode({'message': GREETING, 'jsonp': name})}").done()

    asked = run(story())
    start, end = f"/**/{name}(", ");"

    assert (200, "text/javascript; charset=utf-8") == (asked.status, asked.headers["content-type"])
    assert ("nosniff", "no-cache, no-store") == (
        asked.headers["x-content-type-options"],
        asked.headers["cache-control"],
    )
    text = asked.body.decode()
    assert (start, end) == (text[: len(start)], text[-len(end) :])
    assert json.loads(text[len(start) : -len(end)])[0]["successful"]


@pytest.mark.parametrize(
    "name", ["alert(1)//", "", "a..b", ".a", "1a", "a b", "a\n", "\u017f", "x" * 101, "a;b", "a[0]", "<b>"]
)
def test_a_function_with_another_name_is_refused(name: str) -> None:
    async def story() -> tuple[int, int]:
        app = a_server()
        asked = await Asked(app, "GET", f"/faye?{urlencode({'message': GREETING, 'jsonp': name})}").done()
        return asked.status, len(app.bayeux)

    assert (400, 0) == run(story())


def test_a_call_holds_no_line_end_that_javascript_takes_for_one() -> None:
    async def story() -> bytes:
        app = a_server()
        client = await a_client(app, "/news", type_="callback-polling")
        app.bayeux.publish("/news", "a\u2028b\u2029c")
        message = json.dumps(connect(client, "callback-polling"))
        return (await Asked(app, "GET", f"/faye?{urlencode({'message': message})}").done()).body

    assert rb'"a\u2028b\u2029c"' in run(story())

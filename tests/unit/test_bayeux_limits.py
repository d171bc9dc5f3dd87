"""Nothing that clients do takes more than its share."""

from outfeed.bayeux import ConnectionType, Limits, Message
from outfeed.bayeux.hub import _random_id
from unit.bayeux_helpers import (
    AConnection,
    AServer,
    a_connect,
    a_handshake,
    a_poll,
    a_socket,
    a_subscribe,
)


def test_a_session_that_takes_nothing_ends_when_its_queue_is_full() -> None:
    server = AServer(Limits(max_queue=3))
    slow, quick = server.listener("/a"), server.listener("/a")
    for number in range(3):
        server.bayeux.publish("/a", number)
    held = server.send(a_connect(quick))

    assert (2, 1) == (server.bayeux.publish("/a", 3), server.bayeux.publish("/a", 4))

    assert (4, ("ended", slow), 2) == (
        len(held.replies),
        server.policy.told[-1],
        len(server.session(quick).queue),
    )


def test_a_queue_is_bounded_by_its_size_too() -> None:
    message = Message({"channel": "/a", "data": "x" * 100})
    server = AServer(Limits(max_queue_chars=2 * len(message.text)))
    id_ = server.listener("/a")
    session = server.session(id_)

    alive = []
    for _ in range(3):
        server.bayeux.publish("/a", "x" * 100)
        alive.append(session.is_alive)

    assert ([True, True, False], []) == (alive, session.queue)


def test_what_was_taken_makes_room() -> None:
    server, socket = AServer(Limits(max_queue=1)), a_socket()
    session = server.session(server.listener("/a", on=socket))
    for _ in range(5):
        server.bayeux.publish("/a", 1)
        session.take(socket)

    assert (True, 0) == (session.is_alive, session.queued_chars)


def test_a_session_has_so_many_subscriptions_and_no_more() -> None:
    server = AServer(Limits(max_subscriptions=3))
    id_ = server.listener("/a", "/b")

    over = server.ask(a_subscribe(id_, ["/c", "/d"]))
    again = server.ask(a_subscribe(id_, ["/a", "/b", "/c"]))
    more = server.ask(a_subscribe(id_, "/d"))

    assert ["403::Too many subscriptions", None, "403::Too many subscriptions"] == [
        reply.get("error") for reply in (over, again, more)
    ]


def test_a_channel_that_is_named_often_is_asked_about_once() -> None:
    """Each question may be one to a database: 2,500 of them in one request held up all others for two seconds."""
    server = AServer(Limits(max_subscriptions=3))
    id_ = server.handshake()

    reply = server.ask(a_subscribe(id_, ["/a", "/b", "/a"]))

    assert (True, ["/a", "/b", "/a"]) == (reply["successful"], reply["subscription"])
    assert [("subscribed", id_, "/a"), ("subscribed", id_, "/b")] == [
        told for told in server.policy.told if told[0] == "subscribed"
    ]


def test_a_batch_asks_for_so_many_subscriptions_and_no_more() -> None:
    server = AServer(Limits(max_subscriptions=3))
    id_ = server.handshake()

    first = server.ask_all(*[a_subscribe(id_, ["/a", "/b"])] * 2, a_subscribe(id_, "/a"))
    second = server.ask(a_subscribe(id_, "/a"))

    assert [None, *["403::Too many subscriptions"] * 2, None] == [reply.get("error") for reply in (*first, second)]


def test_a_full_server_makes_room_for_those_who_subscribe() -> None:
    """Whoever opens sessions by the thousand and does nothing with them keeps nobody out."""
    server = AServer(Limits(max_sessions=3))
    kept, gone = server.listener("/a"), server.handshake()
    later = server.handshake()

    newest = server.handshake()

    assert [("ended", gone)] == [told for told in server.policy.told if told[0] == "ended"]
    assert all(server.session(id_).is_alive for id_ in (kept, later, newest))


def test_a_server_full_of_subscribers_lets_nobody_in() -> None:
    server = AServer(Limits(max_sessions=2))
    server.listener("/a")
    left = server.listener("/a")
    refused = server.ask(a_handshake())
    server.ask({"channel": "/meta/unsubscribe", "clientId": left, "subscription": "/a"})

    assert (False, {"reconnect": "handshake", "interval": 5000, "timeout": 45000}) == (
        refused["successful"],
        refused["advice"],
    )
    assert server.ask(a_handshake())["successful"]


def test_an_address_has_so_many_sessions_and_no_more() -> None:
    server = AServer(Limits(max_sessions_per_address=1))
    here, there = (AConnection(ConnectionType.LONG_POLLING, address) for address in ("10.0.0.1", "10.0.0.2"))
    first = server.handshake(here)

    answers = [server.ask(a_handshake(), on)["successful"] for on in (here, there, None, None)]

    assert [False, True, True, True] == answers
    server.bayeux.end(server.session(first))
    assert server.ask(a_handshake(), here)["successful"]


def test_nothing_is_left_of_sessions_that_are_over() -> None:
    server, socket = AServer(), a_socket()
    for number in range(20):
        id_ = server.listener(f"/{number}", "/**", on=socket if number % 2 else a_poll())
        server.send(a_connect(id_), on=socket if number % 2 else a_poll())
    server.now += 90.0

    server.bayeux.expire()

    registry, subscriptions = server.bayeux._registry, server.bayeux._subscriptions
    assert (0, 0) == (len(registry._sessions), len(registry._unsubscribed))
    assert (0, 0) == (len(registry._addresses), len(registry._streams))
    assert (0, 0) == (len(subscriptions._names), len(subscriptions._patterns))


def test_ids_cannot_be_guessed() -> None:
    ids = {_random_id() for _ in range(1000)}

    assert (1000, {32}) == (len(ids), {len(id_) for id_ in ids})

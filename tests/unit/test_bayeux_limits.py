"""Nothing that clients do takes more than its share."""

from outfeed.bayeux import ConnectionType, Limits, Message
from outfeed.bayeux.hub import _random_id
from unit.bayeux_helpers import (
    AConnection,
    APolicy,
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


def test_the_guest_that_was_silent_longest_makes_room_whether_it_listens_or_not() -> None:
    server = AServer(Limits(max_guests=3))
    gone, kept, later = server.listener("/a"), server.handshake(), server.handshake()
    server.now += 1
    server.ask(a_subscribe(kept, "/a"))

    newest = server.handshake()

    assert [("ended", gone)] == [told for told in server.policy.told if told[0] == "ended"]
    assert all(server.session(id_).is_alive for id_ in (kept, later, newest))


def test_guests_take_no_place_of_those_who_are_vouched_for() -> None:
    server = AServer(Limits(max_sessions=2, max_guests=2))
    known = [server.session(server.handshake()) for _ in range(2)]
    assert [True, True] == [server.bayeux.vouch(session) for session in known]

    for _ in range(100):
        server.listener("/a")

    assert ([True, True], 4) == ([session.is_alive for session in known], len(server.bayeux))


def test_who_is_vouched_for_comes_in_however_many_guests_there_are() -> None:
    """Those who come at the same time as it drive it out only if there are as many as places, before it is known."""
    server = AServer(Limits(max_sessions=5, max_guests=3))
    for _ in range(5):
        server.listener("/a")
        session = server.session(server.handshake())
        server.handshake()
        server.handshake()
        assert server.bayeux.vouch(session)

    assert (7, 5) == (len(server.bayeux), sum(not one.is_guest for one in server.bayeux._registry))


def test_who_finds_all_places_taken_stays_a_guest() -> None:
    server = AServer(Limits(max_sessions=1))
    first, second = server.session(server.handshake()), server.session(server.handshake())

    places = [server.bayeux.vouch(session) for session in (first, first, second)]
    server.bayeux.end(first)

    assert ([True, True, False], True, False) == (places, server.bayeux.vouch(second), server.bayeux.vouch(first))


def test_an_address_with_its_share_of_guests_makes_room_by_itself() -> None:
    server = AServer(Limits(max_guests=10, max_guests_per_address=2))
    here, there = (AConnection(ConnectionType.LONG_POLLING, address) for address in ("10.0.0.1", "10.0.0.2"))
    other = server.handshake(there)
    mine = [server.handshake(here) for _ in range(4)]

    ended = [told[1] for told in server.policy.told if told[0] == "ended"]

    assert (mine[:2], True) == (ended, server.session(other).is_alive)


def test_whose_address_is_not_told_has_no_share() -> None:
    server = AServer(Limits(max_guests=10, max_guests_per_address=1))

    for _ in range(10):
        server.handshake()

    assert 10 == len(server.bayeux)


def test_who_comes_too_often_is_told_to_wait() -> None:
    server = AServer(policy=APolicy(unwelcome=("10.0.0.1",)))
    here, there = (AConnection(ConnectionType.LONG_POLLING, address) for address in ("10.0.0.1", "10.0.0.2"))

    refused, let_in = server.ask(a_handshake(), here), server.ask(a_handshake(), there)

    assert ("503::Server is full or closing", {"reconnect": "handshake", "interval": 5000, "timeout": 45000}) == (
        refused["error"],
        refused["advice"],
    )
    assert let_in["successful"]


def test_nothing_is_left_of_sessions_that_are_over() -> None:
    server, socket = AServer(), a_socket()
    for number in range(20):
        id_ = server.listener(f"/{number}", "/**", on=socket if number % 2 else a_poll())
        assert number % 3 or server.bayeux.vouch(server.session(id_))
        server.send(a_connect(id_), on=socket if number % 2 else a_poll())
    server.now += 90.0

    server.bayeux.expire()

    registry, subscriptions = server.bayeux._registry, server.bayeux._subscriptions
    assert (0, 0) == (len(registry._sessions), len(registry._guests))
    assert (0, 0) == (len(registry._addresses), len(registry._streams))
    assert (0, 0) == (len(subscriptions._names), len(subscriptions._patterns))


def test_ids_cannot_be_guessed() -> None:
    ids = {_random_id() for _ in range(1000)}

    assert (1000, {32}) == (len(ids), {len(id_) for id_ in ids})

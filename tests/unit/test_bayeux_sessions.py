"""The life of a session: handshake, connects that wait, and deliveries."""

from typing import Any

import pytest

from outfeed.bayeux import Session
from unit.bayeux_helpers import (
    APolicy,
    AServer,
    a_connect,
    a_delivery,
    a_handshake,
    a_poll,
    a_publish,
    a_socket,
    a_stream,
    a_subscribe,
    fields,
)

ADVICE = {"reconnect": "retry", "interval": 0, "timeout": 45000}


def test_a_handshake_opens_a_session() -> None:
    server = AServer()

    reply = server.ask(a_handshake(id="1", supportedConnectionTypes=["in-process", "long-polling", "websocket"]))

    assert reply == {
        "channel": "/meta/handshake",
        "id": "1",
        "version": "1.0",
        "supportedConnectionTypes": ["websocket", "long-polling"],
        "clientId": "s1",
        "successful": True,
        "advice": ADVICE,
    }


def test_a_poll_waits_until_something_is_delivered() -> None:
    server, poll = AServer(), a_poll()
    id_ = server.listener("/a")
    outcome = server.send(a_connect(id_, id="7"), on=poll)
    assert ([], 45.0) == (outcome.replies, outcome.held and outcome.held.timeout_s)

    reached = server.bayeux.publish("/a", {"n": 1})

    assert (1, [server.session(id_)]) == (reached, poll.woken)
    assert outcome.held is not None
    reply = {"channel": "/meta/connect", "clientId": id_, "id": "7", "successful": True, "advice": ADVICE}
    assert [reply, a_delivery("/a", {"n": 1})] == fields(outcome.held.release())
    assert outcome.held.release() == []


def test_what_comes_between_two_polls_goes_with_the_next() -> None:
    server = AServer()
    id_ = server.listener("/a")
    for number in range(3):
        server.bayeux.publish("/a", number)

    outcome = server.send(a_connect(id_))

    assert outcome.held is None
    assert [a_delivery("/a", number) for number in range(3)] == fields(outcome.replies)[1:]


def test_a_socket_is_sent_deliveries_while_its_connect_waits() -> None:
    server, socket = AServer(), a_socket()
    id_ = server.listener("/a", on=socket)
    outcome = server.send(a_connect(id_, connectionType="websocket"), on=socket)

    server.bayeux.publish("/a", 1)
    server.bayeux.publish("/a", 2)

    session = server.session(id_)
    assert ([session], [a_delivery("/a", 1), a_delivery("/a", 2)]) == (socket.woken, fields(session.take(socket)))
    assert outcome.held is not None
    assert [True] == [reply["successful"] for reply in fields(outcome.held.release())]


def test_a_client_that_publishes_gets_its_reply_first() -> None:
    server, socket = AServer(), a_socket()
    id_ = server.listener("/a", on=socket)

    outcome = server.send(a_publish(id_, "/a", "x", id="5"), on=socket)

    reply = {"channel": "/a", "clientId": id_, "id": "5", "successful": True}
    assert [reply, a_delivery("/a", "x", id="5")] == fields(outcome.replies)
    assert socket.woken == []


def test_a_client_that_may_not_wait_is_answered_at_once() -> None:
    server = AServer()
    id_ = server.handshake()

    outcome = server.send(a_connect(id_, advice={"timeout": 0}))

    assert (1, None) == (len(outcome.replies), outcome.held)


@pytest.mark.parametrize(
    ("advice", "timeout_s"),
    [
        ({"timeout": 1500}, 1.5),
        ({"timeout": 10**9}, 45.0),
        ({"timeout": "0"}, 45.0),
        ({"timeout": True}, 45.0),
        (5, 45.0),
    ],
)
def test_a_connect_waits_no_longer_than_both_sides_wish(advice: object, timeout_s: float) -> None:
    server = AServer()

    held = server.send(a_connect(server.handshake(), advice=advice)).held

    assert timeout_s == (held and held.timeout_s)


def test_a_request_with_other_replies_does_not_wait() -> None:
    """They would wait with it: Bayeux over HTTP has one reply to all messages of a request."""
    server = AServer()
    id_ = server.handshake()

    polled = server.send(a_subscribe(id_, "/a"), a_connect(id_))
    sent = server.send(a_subscribe(id_, "/a"), a_connect(id_), on=a_socket())
    first = server.send(a_connect(id_), a_subscribe(id_, "/a"), on=a_socket())

    assert [(2, False), (1, True), (2, False)] == [
        (len(outcome.replies), outcome.held is not None) for outcome in (polled, sent, first)
    ]


def test_a_second_connect_answers_the_first_without_what_waits() -> None:
    server, first, second = AServer(), a_poll(), a_poll()
    id_ = server.listener("/a")
    earlier = server.send(a_connect(id_, id="1"), on=first).held
    server.bayeux.publish("/a", 1)

    later = server.send(a_connect(id_, id="2"), on=second)

    assert earlier is not None
    assert ["1"] == [reply["id"] for reply in fields(earlier.release())]
    assert (["2", None], None) == ([reply.get("id") for reply in fields(later.replies)], later.held)


def test_a_connect_that_was_followed_by_another_does_not_take_from_it() -> None:
    server, first, second = AServer(), a_poll(), a_poll()
    id_ = server.listener("/a")
    earlier = server.send(a_connect(id_), on=first).held
    later = server.send(a_connect(id_), on=second).held
    server.bayeux.publish("/a", 1)
    assert earlier is not None
    assert later is not None

    found = [len(held.release()) for held in (earlier, later)]

    assert ([1, 2], 1, 1) == (found, len(first.woken), len(second.woken))


def test_a_socket_takes_nothing_from_a_session_that_has_gone_to_another() -> None:
    server, first, second = AServer(), a_socket(), a_socket()
    id_ = server.listener("/a", on=first)
    server.send(a_connect(id_), on=second)
    server.bayeux.publish("/a", 1)

    found = [fields(server.session(id_).take(socket)) for socket in (first, second)]

    assert [[], [a_delivery("/a", 1)]] == found


def test_a_second_connect_on_the_same_socket_answers_the_first_at_once() -> None:
    server, socket = AServer(), a_socket()
    id_ = server.handshake()
    earlier = server.send(a_connect(id_, id="1"), on=socket).held

    later = server.send(a_connect(id_, id="2"), on=socket)

    assert (["1"], True) == ([reply["id"] for reply in fields(later.replies)], earlier is not None and earlier.is_over)
    assert later.held is not None
    assert later.held.id == "2"


def test_what_a_lost_socket_had_not_taken_goes_to_the_next_one() -> None:
    server, first, second = AServer(), a_socket(), a_socket()
    id_ = server.listener("/a", on=first)
    session = server.session(id_)
    server.bayeux.publish("/a", 1)
    server.bayeux.closed(first)
    server.bayeux.publish("/a", 2)

    replies = fields(server.send(a_connect(id_), on=second).replies)

    assert [a_delivery("/a", 1), a_delivery("/a", 2)] == replies
    assert ("resumed", id_) in server.policy.told
    assert ([], session.connection) == (session.take(first), second)


def test_a_socket_that_is_closed_late_does_not_take_the_session_along() -> None:
    server, first, second = AServer(), a_socket(), a_socket()
    id_ = server.listener("/a", on=first)
    server.send(a_connect(id_), on=second)

    server.bayeux.closed(first)

    server.bayeux.publish("/a", 1)
    assert [a_delivery("/a", 1)] == fields(server.session(id_).take(second))
    assert [("resumed", id_)] == [told for told in server.policy.told if told[0] == "resumed"]


@pytest.mark.parametrize("was_answered", [False, True])
def test_a_poll_that_broke_is_resumed_by_the_next(was_answered: bool) -> None:  # noqa: FBT001 - a case
    server = AServer()
    id_ = server.listener("/a")
    held = server.send(a_connect(id_)).held
    assert held is not None
    if was_answered:
        held.release()

    held.abandoned()

    assert [("subscribed", id_, "/a")] == server.policy.told
    server.send(a_connect(id_))
    server.send(a_connect(id_, advice={"timeout": 0}))
    assert ("resumed", id_) == server.policy.told[1]


def test_polls_that_follow_each_other_are_not_resumed() -> None:
    server = AServer()
    id_ = server.listener("/a")
    for _ in range(3):
        held = server.send(a_connect(id_)).held
        assert held is not None
        held.release()

    assert [("subscribed", id_, "/a")] == server.policy.told


def test_what_is_delivered_on_resumption_goes_with_the_reply() -> None:
    policy = APolicy()
    server = AServer(policy=policy)
    policy.on_resumed = lambda session: server.bayeux.deliver(session, "/a", "again")
    id_ = server.handshake()
    held = server.send(a_connect(id_)).held
    assert held is not None
    held.abandoned()

    outcome = server.send(a_connect(id_))

    assert ([a_delivery("/a", "again")], None) == (fields(outcome.replies)[1:], outcome.held)


def test_what_is_delivered_on_subscription_follows_its_reply() -> None:
    policy = APolicy()
    server = AServer(policy=policy)
    policy.on_subscribed = lambda session, channel: server.bayeux.deliver(session, channel, "hello")
    socket = a_socket()
    id_ = server.handshake()

    replies = fields(server.send(a_subscribe(id_, ["/a", "/b"]), on=socket).replies)

    assert (["/a", "/b"], [a_delivery("/a", "hello"), a_delivery("/b", "hello")]) == (
        replies[0]["subscription"],
        replies[1:],
    )


def test_a_stream_of_events_carries_deliveries_beside_connects_that_do_not_wait() -> None:
    server, stream = AServer(), a_stream()
    id_ = server.listener("/a")
    session = server.bayeux.attach(id_, stream)
    reply = server.ask(a_connect(id_, connectionType="eventsource"))

    server.bayeux.publish("/a", 1)

    assert {"reconnect": "retry", "interval": 45000, "timeout": 0} == reply["advice"]
    assert session is not None
    assert ([session], [a_delivery("/a", 1)]) == (stream.woken, fields(session.take(stream)))


def test_a_stream_of_events_without_a_session_is_none() -> None:
    assert AServer().bayeux.attach("s1", a_stream()) is None


def test_an_unsubscribed_session_receives_nothing_more() -> None:
    server = AServer()
    id_ = server.listener("/a", "/b/*")

    reply = server.ask({"channel": "/meta/unsubscribe", "clientId": id_, "subscription": ["/a", "/never"]})

    assert (True, ["/a", "/never"]) == (reply["successful"], reply["subscription"])
    assert (0, 1) == (server.bayeux.publish("/a", 1), server.bayeux.publish("/b/c", 1))


def test_two_subscriptions_that_fit_deliver_once() -> None:
    server = AServer()
    id_ = server.listener("/a/b", "/a/*", "/**")

    assert (1, 1) == (server.bayeux.publish("/a/b", 1, id_="7"), len(server.bayeux.subscribers("/a/b")))
    assert [a_delivery("/a/b", 1, id="7")] == fields(server.session(id_).queue)


def test_a_pattern_that_is_given_up_fits_no_more() -> None:
    server = AServer()
    server.listener("/a")
    id_ = server.listener("/*")
    before = server.bayeux.publish("/a", 1)
    server.ask({"channel": "/meta/unsubscribe", "clientId": id_, "subscription": "/*"})

    assert (2, 1) == (before, server.bayeux.publish("/a", 2))


class Stamps:
    """Drops what says so, and puts a mark on replies."""

    def incoming(self, session: Session | None, message: dict[str, Any]) -> dict[str, Any] | None:
        return None if message.get("ext") == "drop" else message | {"ext": [message.get("ext"), session and session.id]}

    def outgoing(self, session: Session | None, reply: dict[str, Any], ext: object) -> dict[str, Any] | None:
        return reply | {"ext": [ext, session and session.id]}


def test_extensions_see_messages_and_replies() -> None:
    server = AServer(extensions=[Stamps()])
    id_ = server.handshake()

    assert [] == server.send(a_connect(id_, ext="drop")).replies
    assert [["x", id_], id_] == server.ask(a_subscribe(id_, "/a", ext="x"))["ext"]
    held = server.send(a_connect(id_, ext="y")).held
    assert held is not None
    assert [["y", id_], id_] == fields(held.release())[0]["ext"]

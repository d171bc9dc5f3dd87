"""CometD's acknowledgements: what was sent is kept until the client says that it has come."""

from typing import Any

import pytest

from outfeed.bayeux import Limits, Outcome
from unit.bayeux_helpers import (
    AConnection,
    AServer,
    a_connect,
    a_delivery,
    a_handshake,
    a_poll,
    a_socket,
    a_subscribe,
    fields,
)


def an_acknowledging_listener(server: AServer, on: AConnection | None = None) -> str:
    """Open a session that acknowledges and has subscribed to `/a`."""
    id_ = server.handshake(on, ext={"ack": True})
    server.ask(a_subscribe(id_, "/a"), on)
    return id_


def a_poll_of(server: AServer, id_: str, ack: object) -> tuple[Any, list[Any]]:
    """Poll without waiting; return the number of the batch and what is in it."""
    outcome: Outcome = server.send(a_connect(id_, ext={"ack": ack}, advice={"timeout": 0}))
    reply, *deliveries = fields(outcome.replies)
    return reply["ext"]["ack"], [delivery["data"] for delivery in deliveries]


@pytest.mark.parametrize(
    ("ext", "expected"), [({"ack": True}, {"ack": True}), ({"ack": 1}, None), ([], None), ({}, None)]
)
def test_acknowledgements_are_agreed_upon(ext: object, expected: object) -> None:
    assert expected == AServer().ask(a_handshake(ext=ext)).get("ext")


def test_a_batch_is_sent_again_until_it_is_acknowledged() -> None:
    server = AServer()
    id_ = an_acknowledging_listener(server)
    server.bayeux.publish("/a", 1)
    first = a_poll_of(server, id_, 0)
    server.bayeux.publish("/a", 2)

    second = a_poll_of(server, id_, 0)
    third = a_poll_of(server, id_, second[0])

    assert [(1, [1]), (2, [1, 2]), (2, [])] == [first, second, third]


def test_a_connect_waits_once_all_is_acknowledged() -> None:
    server = AServer()
    id_ = an_acknowledging_listener(server)
    server.bayeux.publish("/a", 1)
    batch, _ = a_poll_of(server, id_, 0)

    lost = server.send(a_connect(id_, ext={"ack": 0}), on=a_poll()).held
    batch, _ = a_poll_of(server, id_, batch)
    held = server.send(a_connect(id_, ext={"ack": batch})).held

    assert (True, True) == (lost is None, held is not None)


@pytest.mark.parametrize("ack", ["1", True, None, {}, 1.0])
def test_what_is_no_number_of_a_batch_acknowledges_nothing(ack: object) -> None:
    server = AServer()
    id_ = an_acknowledging_listener(server)
    server.bayeux.publish("/a", 1)
    a_poll_of(server, id_, 0)

    a_poll_of(server, id_, ack)

    assert (2, [1]) == a_poll_of(server, id_, 0)


def test_over_a_socket_deliveries_come_with_the_connect() -> None:
    server, socket = AServer(), a_socket()
    id_ = an_acknowledging_listener(server, socket)
    session = server.session(id_)
    server.bayeux.publish("/a", 0)
    assert ([], []) == (socket.woken, session.take(socket))
    server.send(a_connect(id_, ext={"ack": 0}), on=socket)
    held = server.send(a_connect(id_, ext={"ack": 1}), on=socket).held
    assert held is not None

    server.bayeux.publish("/a", 1)

    reply, delivery = fields(session.take(socket))
    assert ([session], {"ack": 2}, a_delivery("/a", 1)) == (socket.woken, reply["ext"], delivery)
    assert [] == held.release()


def test_what_is_not_acknowledged_counts_as_waiting() -> None:
    server = AServer(Limits(max_queue=2))
    id_ = an_acknowledging_listener(server)
    session = server.session(id_)
    server.bayeux.publish("/a", 1)
    server.bayeux.publish("/a", 2)
    a_poll_of(server, id_, 0)
    assert (2, True) == (session.waiting, session.is_alive)

    server.bayeux.publish("/a", 3)

    assert not session.is_alive


def test_a_request_is_sent_what_is_not_acknowledged_once() -> None:
    server = AServer()
    id_ = an_acknowledging_listener(server)
    server.bayeux.publish("/a", "x" * 1000)

    found = server.ask_all(*[a_connect(id_, ext={"ack": 0}, advice={"timeout": 0})] * 300)

    assert (1, {"400::One connect in a request"}) == (
        sum("data" in reply for reply in found),
        {reply["error"] for reply in found if reply.get("successful") is False},
    )

"""The life of a session: handshake, connects that wait, deliveries, and each way in which it ends."""

from unit.bayeux_helpers import (
    AServer,
    a_connect,
    a_delivery,
    a_disconnect,
    a_handshake,
    a_poll,
    a_publish,
    a_socket,
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


def test_a_disconnect_answers_the_connect_that_waits_on_the_same_socket_first() -> None:
    server, socket = AServer(), a_socket()
    id_ = server.listener("/a", on=socket)
    held = server.send(a_connect(id_, id="1"), on=socket).held

    replies = fields(server.send(a_disconnect(id_, id="2"), on=socket).replies)

    assert [("1", True), ("2", True)] == [(reply["id"], reply["successful"]) for reply in replies]
    assert held is not None
    assert ({"reconnect": "none"}, []) == (replies[0]["advice"], held.release())
    assert server.ask(a_subscribe(id_, "/a"))["error"] == f"401:{id_}:Unknown client"

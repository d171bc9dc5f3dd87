"""How sessions end, and what their clients are told then."""

from collections.abc import Callable

import pytest

from unit.bayeux_helpers import (
    AConnection,
    AServer,
    a_connect,
    a_disconnect,
    a_handshake,
    a_poll,
    a_socket,
    a_subscribe,
    fields,
)


def test_a_disconnect_answers_the_connect_that_waits_on_the_same_socket_first() -> None:
    server, socket = AServer(), a_socket()
    id_ = server.listener("/a", on=socket)
    held = server.send(a_connect(id_, id="1"), on=socket).held

    replies = fields(server.send(a_disconnect(id_, id="2"), on=socket).replies)

    assert [("1", True), ("2", True)] == [(reply["id"], reply["successful"]) for reply in replies]
    assert held is not None
    assert ({"reconnect": "none"}, []) == (replies[0]["advice"], held.release())
    assert server.ask(a_subscribe(id_, "/a"))["error"] == f"401:{id_}:Unknown client"


def test_a_session_that_is_silent_too_long_is_forgotten() -> None:
    server = AServer()
    silent, heard = server.listener("/a"), server.listener("/a")
    server.now += 89.0
    server.ask(a_subscribe(heard, "/b"))
    server.bayeux.expire()
    assert len(server.bayeux) == 2

    server.now += 1.0
    server.bayeux.expire()

    assert (1, 1, ("ended", silent)) == (len(server.bayeux), server.bayeux.publish("/a", 1), server.policy.told[-1])
    assert server.ask(a_connect(silent))["advice"]["reconnect"] == "handshake"


def test_the_end_of_a_wait_is_a_sign_of_life() -> None:
    server = AServer()
    id_ = server.handshake()
    held = server.send(a_connect(id_)).held
    server.now += 45.0
    assert held is not None
    held.release()

    server.now += 89.0
    server.bayeux.expire()

    assert server.session(id_).is_alive


@pytest.mark.parametrize("make", [a_poll, a_socket])
def test_a_session_that_is_ended_is_told_to_handshake_anew(make: Callable[[], AConnection]) -> None:
    server, connection = AServer(), make()
    id_ = server.listener("/a", on=connection)
    session = server.session(id_)
    held = server.send(a_connect(id_, id="1"), on=connection).held
    assert held is not None

    server.bayeux.end(session)

    assert ([session], ("ended", id_)) == (connection.woken, server.policy.told[-1])
    (reply,) = fields([*session.take(connection), *held.release()])
    assert ("1", f"401:{id_}:Unknown client", "handshake") == (
        reply["id"],
        reply["error"],
        reply["advice"]["reconnect"],
    )


@pytest.mark.parametrize("make", [a_poll, a_socket])
def test_a_server_that_closes_answers_all_that_wait(make: Callable[[], AConnection]) -> None:
    server, connection = AServer(), make()
    id_ = server.listener("/a", on=connection)
    session = server.session(id_)
    held = server.send(a_connect(id_), on=connection).held
    assert held is not None

    server.bayeux.close()

    (reply,) = fields([*session.take(connection), *held.release()])
    assert (True, {"reconnect": "retry", "interval": 5000, "timeout": 45000}) == (reply["successful"], reply["advice"])
    late = server.ask(a_handshake())
    assert ("503::Server is full or closing", "handshake", 0) == (
        late["error"],
        late["advice"]["reconnect"],
        len(server.bayeux),
    )


def test_a_disconnect_answers_the_poll_that_waits() -> None:
    server, poll = AServer(), a_poll()
    id_ = server.handshake()
    held = server.send(a_connect(id_), on=poll).held

    server.ask(a_disconnect(id_))

    assert held is not None
    (reply,) = fields(held.release())
    assert (1, True, {"reconnect": "none"}) == (len(poll.woken), reply["successful"], reply["advice"])

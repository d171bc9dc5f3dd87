"""Sessions that are opened many at a time, and clients that have their own words for how messages travel."""

from unit.bayeux_helpers import AServer, a_connect, a_delivery, a_handshake, a_poll, a_stream, fields


def test_a_batch_that_would_open_two_sessions_opens_none() -> None:
    server = AServer()

    replies = fields(server.send(a_handshake(id="1"), a_handshake(id="2")).replies)

    assert [False, False] == [reply["successful"] for reply in replies]
    assert 0 == len(server.bayeux)


def test_pages_of_other_origins_poll_by_a_name_of_their_own() -> None:
    """Npm `faye` offers it in its handshake, and connects with it."""
    server = AServer()
    reply = server.ask(a_handshake(supportedConnectionTypes=["cross-origin-long-polling", "callback-polling"]))
    connected = server.ask(
        a_connect(reply["clientId"], connectionType="cross-origin-long-polling", advice={"timeout": 0})
    )

    assert ["cross-origin-long-polling", "callback-polling"] == reply["supportedConnectionTypes"]
    assert connected["successful"]


def test_a_stream_that_a_poll_has_overtaken_gets_what_comes_after_the_poll() -> None:
    """Npm `faye` opens its stream of events while its first connect is on the way as a poll."""
    server, stream = AServer(), a_stream()
    id_ = server.listener("/a")
    session = server.session(id_)
    server.bayeux.attach(id_, stream)
    server.ask(a_connect(id_, advice={"timeout": 0}))

    server.bayeux.publish("/a", {"n": 1})
    heard = fields(session.take(stream))
    server.bayeux.closed(stream)

    assert [a_delivery("/a", {"n": 1})] == heard
    assert (None, None, True) == (session.connection, session.stream, session.is_lost)


def test_a_poll_that_is_held_beside_a_stream_takes_what_comes_and_gives_the_session_back() -> None:
    server, stream = AServer(), a_stream()
    id_ = server.listener("/a")
    session = server.session(id_)
    server.bayeux.attach(id_, stream)
    held = server.send(a_connect(id_)).held
    assert held is not None
    server.bayeux.publish("/a", {"n": 1})

    assert a_delivery("/a", {"n": 1}) == fields(held.release())[-1]
    assert session.connection is stream


def test_a_stream_that_ends_while_a_poll_is_held_leaves_the_poll_alone() -> None:
    server, stream, poll = AServer(), a_stream(), a_poll()
    id_ = server.listener("/a")
    server.bayeux.attach(id_, stream)
    held = server.send(a_connect(id_), on=poll).held
    server.bayeux.closed(stream)
    server.bayeux.publish("/a", {"n": 1})

    assert held is not None
    assert [server.session(id_)] == poll.woken
    assert a_delivery("/a", {"n": 1}) == fields(held.release())[-1]
    assert server.session(id_).connection is None

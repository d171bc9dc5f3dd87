"""Sessions that are opened many at a time, and clients that have their own words for how messages travel."""

from unit.bayeux_helpers import AServer, a_connect, a_handshake, fields


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

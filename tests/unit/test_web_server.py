"""How the web server begins and ends."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from outfeed.cli.web import WebServer
from outfeed.settings import Settings


async def nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    """Serve nothing."""
    raise NotImplementedError


def test_nobody_comes_in_any_more_while_those_who_wait_are_sent_away() -> None:
    """Printers come back at once: each would be taken in, only to be sent away again."""
    came: list[str] = []

    async def run() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        address = listening.getsockname()

        async def come() -> None:
            try:
                _, writer = await asyncio.open_connection(*address)
            except ConnectionRefusedError:
                came.append("refused")
            else:
                writer.close()
                came.append("let in")

        server = WebServer(nothing, end_waiting=come, head_s=Settings().request_head_s)
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listening])
        await come()
        await server.shutdown(sockets=[listening])

    asyncio.run(run())

    assert ["let in", "refused"] == came


@pytest.fixture
def signals() -> Iterator[None]:
    """Give the process its handlers of signals back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_what_says_that_it_serves_ends_in_order_from_then_on() -> None:
    """Who starts it may stop it as soon as it is said."""
    ended: list[str] = []

    async def end() -> None:
        ended.append("in order")

    def stop() -> None:
        assert server.handle_exit == signal.getsignal(signal.SIGTERM)
        server.handle_exit(signal.SIGTERM, None)

    server = WebServer(nothing, end_waiting=end, head_s=Settings().request_head_s, say_ready=stop)
    server.run(sockets=[socket.create_server(("127.0.0.1", 0))])

    assert ["in order"] == ended

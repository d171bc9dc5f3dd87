"""How the web server ends."""

import asyncio
import socket
from typing import Any

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

"""The web process: the application on uvicorn, with what printers need that stay connected for weeks."""

import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from litestar.types import ASGIApp

from outfeed.bayeux import Limits
from outfeed.cli.heads import protocol_with

#: How often a WebSocket is asked whether it still lives, in seconds. Home routers forget what is silent for a minute.
_PING_S: Final = 25.0
#: Time for its answer.
_PONG_S: Final = 20.0
#: How long an idle connection is kept: longer than proxies keep theirs, which would else use one that closes just then.
_KEEP_ALIVE_S: Final = 75
#: Time for running requests when the server ends. Those of the channel have been answered before.
_GRACE_S: Final = 4


class WebServer(uvicorn.Server):
    """
    A server that first ends what waits on purpose: it would give polls as long as requests that do something.

    Parameters
    ----------
    app
        The application.
    end_waiting
        Ends what waits on purpose.
    head_s
        Time for the head of a request, in seconds.
    say_ready
        Called once it serves, and a signal ends it in order.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        end_waiting: Callable[[], Awaitable[None]],
        head_s: float,
        say_ready: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(_config(app, head_s))
        self._end_waiting = end_waiting
        self._say_ready = say_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        if self.started:
            self._say_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, end what waits, and then all else: printers come back at once, each with a new connection."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        await self._end_waiting()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let a signal end the server in order: the library would die of it in the end, with another exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def _config(app: ASGIApp, head_s: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        http=protocol_with(head_s),
        ws="websockets-sansio",
        ws_max_size=Limits().max_message_bytes,
        ws_per_message_deflate=False,  # messages are short, and each compressor takes more memory than a session
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PONG_S,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )

"""A Bayeux server as an ASGI application: WebSocket, polling in all its forms, streams of events."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from outfeed.bayeux.answers import Receive, Scope, Send, header, send_batch, send_preflight, send_refusal, send_text
from outfeed.bayeux.eventsource import Stream
from outfeed.bayeux.messages import parse
from outfeed.bayeux.polling import Poll
from outfeed.bayeux.requests import Asked, Gone, Refused, asked_by_address, asked_by_body
from outfeed.bayeux.server import Bayeux
from outfeed.bayeux.websocket import GOING_AWAY, Socket
from outfeed.errors import BodyTooLarge, MalformedBody

#: Time between two looks for sessions that have gone silent, in seconds.
_TICK_S: Final = 1.0
#: Time for closing all sockets.
_CLOSING_S: Final = 0.5


class BayeuxApp:
    """The application. It lives on the loop of its first request, until `aclose`."""

    def __init__(
        self,
        bayeux: Bayeux,
        *,
        path: str = "/faye",
        body_limit_s: float = 10.0,
        counted_as: Callable[[str], str | None] = str,
    ) -> None:
        self.bayeux = bayeux
        #: As what a client's address is counted; None: not at all.
        self._counted_as = counted_as
        self._path = path
        self._body_limit_s = body_limit_s
        self._outlets: set[Socket | Stream] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or speak on a WebSocket."""
        self._start_ticking()
        if scope["type"] == "websocket":
            await self._open(scope, receive, send)
            return
        try:
            await self._answer(scope, receive, send)
        except Refused as error:
            await send_refusal(send, scope, error.status, error.sentence, connection=b"close")
        except Gone:
            return

    async def aclose(self) -> None:
        """Answer all that wait, close all sockets, and hear nobody any more."""
        self._is_closed = True
        if self._tick:
            self._tick.cancel()
        self.bayeux.close()
        if self._outlets:
            # Who does not read is not waited for: the server cuts the connection when it ends.
            await asyncio.wait([asyncio.ensure_future(outlet.close()) for outlet in self._outlets], timeout=_CLOSING_S)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak on a WebSocket. Sub-protocols that a client offers are not taken up, and it does without."""
        await receive()
        address = self._address(scope)
        if self._is_closed or not is_below(scope["path"], self._path) or not self.bayeux.lets_in(address):
            await send({"type": "websocket.close", "code": GOING_AWAY})
            return
        await send({"type": "websocket.accept"})
        socket = Socket(self.bayeux, send, address)
        scope["headers"] = []  # they would stay as long as the socket, a kilobyte of it
        with self._noted(socket):
            await socket.run(receive)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a session, whose id ends the path, what it receives."""
        stream = Stream(self.bayeux, send, self._address(scope))
        if self.bayeux.attach(scope["path"].rpartition("/")[2], stream) is None:
            raise Refused(404, "There is no such session.")
        with self._noted(stream):
            await stream.run(scope, receive)

    @contextmanager
    def _noted(self, outlet: Socket | Stream) -> Iterator[None]:
        self._outlets.add(outlet)
        try:
            yield
        finally:
            self._outlets.discard(outlet)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_below(scope["path"], self._path):
            raise Refused(404, "Nothing is here.")
        if self._is_closed:
            raise Refused(503, "The server ends.")
        if scope["method"] == "OPTIONS":
            await send_preflight(send, scope)
        elif scope["method"] == "HEAD":
            await send_text(send, scope, "", media=b"text/plain")
        elif scope["method"] == "GET" and header(scope, b"accept").startswith(b"text/event-stream"):
            await self._stream(scope, receive, send)
        else:
            asked = await self._asked(scope, receive)
            poll = Poll(asked.type, self._address(scope), partial(send_batch, send, scope, asked.function))
            await poll.run(self.bayeux, self._parsed(asked), receive)

    async def _asked(self, scope: Scope, receive: Receive) -> Asked:
        if scope["method"] == "GET":
            return asked_by_address(scope)
        if scope["method"] == "POST":
            limit = self.bayeux.limits.max_message_bytes
            return await asked_by_body(scope, receive, max_bytes=limit, limit_s=self._body_limit_s)
        raise Refused(405, "GET, POST or a WebSocket.")

    def _parsed(self, asked: Asked) -> list[object]:
        limits = self.bayeux.limits
        try:
            return parse(asked.batch, max_bytes=limits.max_message_bytes, max_messages=limits.max_batch)
        except BodyTooLarge as error:
            raise Refused(413, str(error)) from error
        except MalformedBody as error:
            raise Refused(400, str(error)) from error

    def _address(self, scope: Scope) -> str | None:
        client = scope.get("client")
        return self._counted_as(client[0]) if client else None

    def _start_ticking(self) -> None:
        """Look after silent sessions, from the first request on; on another loop, as tests have, anew."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop and not self._is_closed:
            self._loop = loop
            self._tick = loop.call_later(_TICK_S, self._expire)

    def _expire(self) -> None:
        self.bayeux.expire()
        self._tick = asyncio.get_running_loop().call_later(_TICK_S, self._expire)


def is_below(path: str, root: str) -> bool:
    """Tell whether a path is `root` or below it: clients append `/handshake`, `/connect` and ids of sessions."""
    return path == root or path.startswith(f"{root}/")


def bayeux_app(bayeux: Bayeux, *, path: str = "/faye", counted_as: Callable[[str], str | None] = str) -> BayeuxApp:
    """Return the application that serves a Bayeux server below a path, and counts clients by their addresses."""
    return BayeuxApp(bayeux, path=path, counted_as=counted_as)

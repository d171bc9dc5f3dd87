"""One stream of events (`EventSource`): what a session receives comes on it, what it says comes beside it."""

import asyncio
from contextlib import suppress
from typing import Final

from outfeed.bayeux.answers import Receive, Scope, Send, cors
from outfeed.bayeux.constants import ConnectionType
from outfeed.bayeux.outlets import GONE, Outlet
from outfeed.bayeux.server import Bayeux

#: How often a comment is sent: home routers and proxies forget what is silent for a minute.
_REMARK_S: Final = 25.0
#: What a stream begins with: the pause before a browser opens it again, in milliseconds.
_BEGINNING: Final = b"retry: 2000\n\n"
_REMARK: Final = b":\n\n"


class Stream(Outlet):
    """The connection of one session."""

    __slots__ = ("_bayeux", "_send", "_timer")

    type = ConnectionType.EVENT_SOURCE

    def __init__(self, bayeux: Bayeux, send: Send, address: str | None) -> None:
        super().__init__(address)
        self._bayeux = bayeux
        self._send = send
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, scope: Scope, receive: Receive) -> None:
        """Send until either side ends it. The session has been attached."""
        try:
            await self._begin(scope)
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            if self._timer:
                self._timer.cancel()
            self._shut()
            self._bayeux.closed(self)

    async def close(self) -> None:
        """End the stream because the server ends, after all that its session has."""
        with suppress(*GONE):
            self._flush()
            await self._sent()
            await self._finish()

    async def _begin(self, scope: Scope) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache, no-store")]
        # nginx keeps answers back until they are whole, unless it is told not to.
        headers += [(b"x-accel-buffering", b"no"), *cors(scope)]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._event(_BEGINNING)
        self._timer = asyncio.get_running_loop().call_later(_REMARK_S, self._remind)

    def _remind(self) -> None:
        """Send a comment, unless the client does not read; and again after a while. Without a session, end."""
        self._timer = asyncio.get_running_loop().call_later(_REMARK_S, self._remind)
        if self._waiting is None and self._is_open:
            self._push(self._event(_REMARK) if self._bayeux.is_used(self) else self._finish())

    async def _finish(self) -> None:
        self._is_open = False
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, batch: str) -> None:
        await self._event(b"data: %s\n\n" % batch.encode())

    async def _event(self, event: bytes) -> None:
        await self._send({"type": "http.response.body", "body": event, "more_body": True})

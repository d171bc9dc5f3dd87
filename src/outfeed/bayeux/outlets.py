"""Connections on which messages can be sent at any time: what gathers in one turn of the loop goes out together."""

import asyncio
from abc import ABC, abstractmethod
from typing import Final

from outfeed.bayeux.constants import ConnectionType
from outfeed.bayeux.messages import Message, encode
from outfeed.bayeux.sessions import Session

#: What an ASGI server raises where nobody reads any more; uvicorn has the second for a socket that it closes itself.
GONE: Final = (OSError, RuntimeError)


class Outlet(ABC):
    """
    The way out of a WebSocket or a stream of events.

    One task at most sends, and it is there only while there is something to send. While the client does not read, that
    task waits, nothing more is taken from the sessions, and their bounded queues fill.
    """

    __slots__ = ("_is_open", "_replies", "_sending", "_woken", "address")

    type: ConnectionType

    def __init__(self, address: str | None) -> None:
        self.address = address
        self._is_open = True
        self._sending: asyncio.Task[None] | None = None
        self._replies: list[Message] = []
        #: Sessions that have something; a dict, for its order.
        self._woken: dict[Session, None] = {}

    @abstractmethod
    async def _write(self, batch: str) -> None:
        """Send messages; raise one of `GONE` if nobody reads them."""

    def wake(self, session: Session) -> None:
        """Send what a session has in the next turn of the loop, with all that comes until then."""
        self._woken[session] = None
        self._start()

    def _reply(self, messages: list[Message]) -> None:
        """Send replies, before what the sessions have."""
        self._replies += messages
        self._start()

    async def _sent(self) -> None:
        """Wait until all is sent: a client that does not read is not listened to either."""
        if self._sending:
            await asyncio.shield(self._sending)

    def _shut(self) -> None:
        """Send nothing more."""
        self._is_open = False
        if self._sending:
            self._sending.cancel()

    def _start(self) -> None:
        if self._sending is None and self._is_open and (self._replies or self._woken):
            self._sending = asyncio.get_running_loop().create_task(self._send_all())

    async def _send_all(self) -> None:
        """Send until there is nothing left, or nobody who reads it."""
        try:
            while self._is_open and (self._replies or self._woken):
                messages = self._gather()
                if messages:
                    await self._write(encode(messages))
        except GONE:
            self._is_open = False
        finally:
            self._sending = None

    def _gather(self) -> list[Message]:
        """Return the replies that wait, and all that the woken sessions have."""
        woken, messages = self._woken, self._replies
        self._woken, self._replies = {}, []
        for session in woken:
            messages += session.take(self)
        return messages

"""Connections on which messages can be sent at any time: what gathers in one turn of the loop goes out together."""

import asyncio
import types
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Generator
from typing import Any, Final

from outfeed.bayeux.constants import ConnectionType
from outfeed.bayeux.messages import Message, encode
from outfeed.bayeux.sessions import Session

#: What an ASGI server raises where nobody reads any more; uvicorn has the second for a socket that it closes itself.
GONE: Final = (OSError, RuntimeError)


class Outlet(ABC):
    """
    The way out of a WebSocket or a stream of events.

    While the client does not read, one task waits until it does, nothing more is taken from the sessions, and their
    bounded queues fill. Otherwise there is no task.
    """

    __slots__ = ("_is_due", "_is_open", "_replies", "_waiting", "_woken", "address")

    type: ConnectionType

    def __init__(self, address: str | None) -> None:
        self.address = address
        self._is_open = True
        #: Whether `_flush` has been asked for.
        self._is_due = False
        #: What waits for the client to read.
        self._waiting: asyncio.Task[None] | None = None
        self._replies: list[Message] = []
        #: Sessions that have something; a dict, for its order.
        self._woken: dict[Session, None] = {}

    @abstractmethod
    def _write(self, batch: str) -> Coroutine[Any, Any, None]:
        """Send messages; raise one of `GONE` if nobody reads them."""

    def wake(self, session: Session) -> None:
        """Send what a session has in the next turn of the loop, with all that comes until then."""
        self._woken[session] = None
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _reply(self, messages: list[Message]) -> None:
        """Send replies, before what the sessions have."""
        self._replies += messages
        if self._waiting is None:
            self._flush()

    async def _sent(self) -> None:
        """Wait until all is sent: a client that does not read is not listened to either."""
        while self._waiting:
            await asyncio.shield(self._waiting)

    def _shut(self) -> None:
        """Send nothing more."""
        self._is_open = False
        if self._waiting:
            self._waiting.cancel()

    def _flush(self) -> None:
        self._is_due = False
        messages = self._gather() if self._is_open and self._waiting is None else []
        if messages:
            self._push(self._write(encode(messages)))

    def _push(self, sending: Coroutine[Any, Any, None]) -> None:
        """
        Send, from here as far as that goes without waiting, which is nearly always the whole way.

        A task for each delivery would cost half as much again.
        """
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except GONE:
            self._is_open = False
        else:
            self._waiting = asyncio.get_running_loop().create_task(self._wait(sending, waits_for))

    async def _wait(self, sending: Coroutine[Any, Any, None], waits_for: object) -> None:
        """Send the rest when the client reads again, and then what has gathered."""
        try:
            await _resumed(sending, waits_for)
        except GONE:
            self._is_open = False
        finally:
            self._waiting = None
        self._flush()

    def _gather(self) -> list[Message]:
        """Return the replies that wait, and all that the woken sessions have."""
        woken, messages = self._woken, self._replies
        self._woken, self._replies = {}, []
        for session in woken:
            messages += session.take(self)
        return messages


@types.coroutine
def _resumed(sending: Coroutine[Any, Any, None], waits_for: object) -> Generator[object, Any, None]:
    """Go on with a coroutine that has been begun and waits for something."""
    yield waits_for
    yield from sending

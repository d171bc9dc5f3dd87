"""One WebSocket, on which any number of sessions may speak: messages come and go as text frames."""

import asyncio
from contextlib import suppress
from typing import Final

from outfeed.bayeux.answers import Receive, Send
from outfeed.bayeux.constants import ConnectionType
from outfeed.bayeux.messages import parse
from outfeed.bayeux.outlets import GONE, Outlet
from outfeed.bayeux.server import Bayeux
from outfeed.bayeux.sessions import Held, Session
from outfeed.errors import BodyTooLarge, MalformedBody

#: Reasons for which a socket is closed (RFC 6455, section 7.4.1).
GOING_AWAY: Final = 1001
UNACCEPTABLE: Final = 1003
MALFORMED: Final = 1007
UNWELCOME: Final = 1008
TOO_LARGE: Final = 1009

#: How long a socket may be without a session, in seconds: npm `faye` opens one before it knows that it will use it.
_UNUSED_S: Final = 30.0


class Socket(Outlet):
    """The connection of its sessions. Connects that wait do so without holding up what is sent beside them."""

    __slots__ = ("_bayeux", "_held", "_send", "_unused")

    type = ConnectionType.WEBSOCKET

    def __init__(self, bayeux: Bayeux, send: Send, address: str | None) -> None:
        super().__init__(address)
        self._bayeux = bayeux
        self._send = send
        #: Connects that wait, each with its timer.
        self._held: dict[Session, tuple[Held, asyncio.TimerHandle]] = {}
        #: Runs out where the socket is of no use to anybody.
        self._unused: asyncio.TimerHandle | None = None

    async def run(self, receive: Receive) -> None:
        """Speak until either side ends it."""
        try:
            self._look_after()
            while (event := await receive())["type"] != "websocket.disconnect":
                if not await self._hear(event.get("text")):
                    return
                self._look_after()
        finally:
            self._end()

    def wake(self, session: Session) -> None:
        """Send what a session has; where it is over, it may have been the last."""
        super().wake(session)
        if not session.is_alive:
            self._look_after()

    async def close(self) -> None:
        """Close the socket because the server ends, after all that its sessions have."""
        with suppress(*GONE):
            self._flush()
            await self._sent()
            await self._close(GOING_AWAY, "The server ends.")

    def _look_after(self) -> None:
        """See to it that a socket which stays without a session is closed: there would be no end to them."""
        if self._unused is None and self._is_open and not self._bayeux.is_used(self):
            self._unused = asyncio.get_running_loop().call_later(_UNUSED_S, self._give_up)

    def _give_up(self) -> None:
        self._unused = None
        if self._is_open and not self._bayeux.is_used(self):
            self._push(self._close(UNWELCOME, "There is no session."))

    async def _hear(self, text: str | None) -> bool:
        """Handle one frame; tell whether there may be another."""
        limits = self._bayeux.limits
        try:
            if text is None:
                await self._close(UNACCEPTABLE, "Messages are text.")
                return False
            messages = parse(text, max_bytes=limits.max_message_bytes, max_messages=limits.max_batch)
        except BodyTooLarge as error:
            await self._close(TOO_LARGE, str(error))
            return False
        except MalformedBody as error:
            await self._close(MALFORMED, str(error))
            return False
        outcome = self._bayeux.receive(messages, self)
        if outcome.held:
            self._hold(outcome.held)
        self._reply(outcome.replies)
        await self._sent()
        return True

    def _hold(self, held: Held) -> None:
        before = self._held.pop(held.session, None)
        if before:
            before[1].cancel()
        timer = asyncio.get_running_loop().call_later(held.timeout_s, self._release, held.session)
        self._held[held.session] = held, timer

    def _release(self, session: Session) -> None:
        held, _ = self._held.pop(session)
        self._reply(held.release())

    async def _write(self, batch: str) -> None:
        await self._send({"type": "websocket.send", "text": batch})

    async def _close(self, code: int, reason: str) -> None:
        self._is_open = False
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def _end(self) -> None:
        """Tell the sessions that nobody listens here any more."""
        self._shut()
        if self._unused:
            self._unused.cancel()
        for _, timer in self._held.values():
            timer.cancel()
        self._held.clear()
        self._bayeux.closed(self)

"""One HTTP request of a client: answered at once, or held until its session has something to take."""

import asyncio
from collections.abc import Awaitable, Callable

from outfeed.bayeux.answers import Receive
from outfeed.bayeux.constants import ConnectionType
from outfeed.bayeux.messages import encode
from outfeed.bayeux.outlets import GONE
from outfeed.bayeux.server import Bayeux
from outfeed.bayeux.sessions import Held, Session

#: Sends a batch as the answer.
Answer = Callable[[str], Awaitable[None]]


class Poll:
    """
    A request whose messages have been read.

    While it is held, nothing runs for it but a timer: its own task waits until the client goes away.
    """

    __slots__ = ("_answer", "_answering", "_held", "_timer", "address", "type")

    def __init__(self, type_: ConnectionType, address: str | None, answer: Answer) -> None:
        self.type = type_
        self.address = address
        self._answer = answer
        self._held: Held | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._answering: asyncio.Task[None] | None = None

    async def run(self, bayeux: Bayeux, messages: list[object], receive: Receive) -> None:
        """Hand the messages over, and answer."""
        outcome = bayeux.receive(messages, self)
        if outcome.held is None:
            await self._answer(encode(outcome.replies))
        else:
            await self._hold(outcome.held, receive)

    def wake(self, session: Session) -> None:  # noqa: ARG002 - one request waits for one session
        """Answer in the next turn of the loop, with all that has come until then."""
        if self._timer and self._held:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(0, self._release)

    async def _hold(self, held: Held, receive: Receive) -> None:
        self._held = held
        self._timer = asyncio.get_running_loop().call_later(held.timeout_s, self._release)
        try:
            # It comes when the client goes away, and also when the answer is complete: both end the wait.
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._timer.cancel()
            left, self._held = self._held, None
            if left:
                left.abandoned()
        if self._answering:
            await self._answering

    def _release(self) -> None:
        """Answer from a task of its own: that of the request is waiting for the client to go."""
        held, self._held = self._held, None
        if held:
            self._answering = asyncio.get_running_loop().create_task(self._tell(held))

    async def _tell(self, held: Held) -> None:
        """Send what the session has. What could not be sent was not received."""
        try:
            await self._answer(encode(held.release()))
        except GONE:
            held.abandoned()

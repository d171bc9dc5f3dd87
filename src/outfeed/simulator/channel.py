"""
A client of the Bayeux protocol, as a printer needs one: it subscribes, listens, and comes back whatever happens.

Bayeux 1.0: `/meta/handshake`, `/meta/connect` in a loop, `/meta/subscribe`; the server's advice says how to go on.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Any, Final, NoReturn, Protocol

from outfeed.bayeux.constants import ConnectionType, Meta, Reconnect

Message = Mapping[str, Any]
#: Gets what the server sends by itself: the channel and the data.
Hear = Callable[[str, Any], None]

#: Shortest and longest mean pause before the next attempt, in seconds.
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 20.0
#: Time that an answer may take beyond what the server may hold it, in seconds.
MARGIN_S: Final = 15.0
#: What the server may hold a connect if it does not say, in seconds.
DEFAULT_HOLD_S: Final = 60.0


class WireBroken(Exception):
    """The connection is lost, or what came through it is no Bayeux."""


class ChannelRefused(Exception):
    """The server advised not to come back."""


class Wire(Protocol):
    """One connection to the server, of one transport."""

    kind: ConnectionType

    async def open(self) -> None:
        """Connect; raise `WireBroken` if nobody is there."""

    async def request(self, messages: Sequence[Message], *, limit_s: float) -> list[Message]:
        """Send messages and return their replies; deliveries that come meanwhile go to whoever hears."""

    def drop(self) -> None:
        """Cut the connection without a word; what waits for an answer gets `WireBroken`."""

    async def close(self) -> None:
        """Let go of the connection."""


class Ear(Protocol):
    """Whoever listens: is told what comes, and how the session stands. Called on the loop, must not block."""

    def hear(self, channel: str, data: object) -> None:
        """Take what came on a channel."""

    def rejoined(self) -> None:
        """Note that a new session stands with all subscriptions: what was sent before may be lost."""

    def shut_out(self) -> None:
        """Note that the server refuses a subscription."""

    def lost(self, reason: str) -> None:
        """Note that the connection is lost, or does not come to stand."""


class Channel:
    """
    A session with the server, over one connection after the other.

    Parameters
    ----------
    wire
        Gives a new connection; what it delivers goes to the function that it is given.
    ear
        Who listens.
    token
        Travels with each subscription.
    random
        Spreads the attempts of many printers.
    pause
        Waits for so many seconds.
    """

    def __init__(
        self,
        wire: Callable[[Hear], Wire],
        *,
        ear: Ear,
        token: str,
        random: Random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.client_id: str | None = None
        self._new_wire = wire
        self._ear = ear
        self._token = token
        self._random = random
        self._pause = pause
        self._wire: Wire | None = None
        self._wanted: dict[str, None] = {}
        self._standing: set[str] = set()
        self._ids = itertools.count(1)
        self._failures = 0
        self._interval_s = 0.0
        self._hold_s = DEFAULT_HOLD_S

    async def run(self) -> NoReturn:
        """Listen until cancelled; raise `ChannelRefused` where the server wants nobody to come back."""
        while True:
            self._wire = wire = self._new_wire(self._ear.hear)
            try:
                await wire.open()
                await self._talk(wire)
            except WireBroken as error:
                self._failures += 1
                self._ear.lost(str(error))
            finally:
                self._wire = None
                await wire.close()
            mean_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10))
            await self._pause(max(self._interval_s, mean_s * self._random.uniform(0.5, 1.5)))

    async def subscribe(self, channel: str) -> None:
        """Listen to a channel, from now on or from when the connection stands."""
        self._wanted[channel] = None
        wire = self._wire
        if wire and self.client_id:
            try:
                await self._subscribe(wire)
            except WireBroken:
                # What waits on the same connection learns of it too, and subscribes anew.
                wire.drop()

    def drop(self) -> None:
        """Cut the connection, as a bad network does; the session is resumed on another one."""
        if self._wire:
            self._wire.drop()

    async def _talk(self, wire: Wire) -> NoReturn:
        is_new = self.client_id is None
        if is_new:
            await self._handshake(wire)
        await self._subscribe(wire)
        # At once: it shows that the session lives.
        await self._connect(wire, {"advice": {"timeout": 0}})
        if is_new:
            self._ear.rejoined()
        while True:
            if self._interval_s:
                await self._pause(self._interval_s)
            await self._connect(wire, {})

    async def _handshake(self, wire: Wire) -> None:
        offer = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": [wire.kind.value]}
        reply = await self._ask(wire, Meta.HANDSHAKE, offer)
        client_id = reply.get("clientId")
        if not isinstance(client_id, str) or wire.kind.value not in reply.get("supportedConnectionTypes", ()):
            raise WireBroken("The handshake agrees on nothing.")
        self.client_id = client_id
        self._standing.clear()

    async def _connect(self, wire: Wire, fields: Message) -> None:
        await self._ask(wire, Meta.CONNECT, {"clientId": self.client_id, "connectionType": wire.kind.value, **fields})
        self._failures = 0

    async def _subscribe(self, wire: Wire) -> None:
        """Subscribe to what is wanted and does not stand yet."""
        for channel in [channel for channel in self._wanted if channel not in self._standing]:
            ext = {"authentication_token": self._token}
            fields = {"clientId": self.client_id, "subscription": channel, "ext": ext}
            try:
                await self._ask(wire, Meta.SUBSCRIBE, fields)
            except _Refused as refusal:
                self._ear.shut_out()
                raise WireBroken(str(refusal)) from refusal
            self._standing.add(channel)

    async def _ask(self, wire: Wire, channel: Meta, fields: Message) -> Message:
        """Send a message and return its reply, whose advice is taken."""
        message = {"channel": channel.value, "id": str(next(self._ids)), **fields}
        hold_s = self._hold_s if channel is Meta.CONNECT else 0.0
        replies = await wire.request([message], limit_s=hold_s + MARGIN_S)
        reply = next((one for one in replies if one.get("channel") == channel), None)
        if reply is None:
            raise WireBroken("A message has no reply.")
        self._take_advice(reply)
        if reply.get("successful") is not True:
            self._failed(reply, is_subscription=channel is Meta.SUBSCRIBE)
        return reply

    def _take_advice(self, reply: Message) -> None:
        advice = reply.get("advice")
        if not isinstance(advice, Mapping):
            return
        self._interval_s = _seconds(advice.get("interval"), self._interval_s)
        self._hold_s = _seconds(advice.get("timeout"), self._hold_s)
        if advice.get("reconnect") == Reconnect.HANDSHAKE:
            self.client_id = None
        elif advice.get("reconnect") == Reconnect.NONE:
            raise ChannelRefused(str(reply.get("error", "The server wants nobody to come back.")))

    def _failed(self, reply: Message, *, is_subscription: bool) -> NoReturn:
        error = str(reply.get("error", ""))
        if is_subscription and self.client_id is not None and error.startswith("403"):
            raise _Refused(error)
        if error.startswith("401"):
            self.client_id = None
        raise WireBroken(error)


class _Refused(Exception):
    """A subscription is refused."""


def _seconds(milliseconds: object, otherwise: float) -> float:
    """Return a time of the server's advice in seconds; none is longer than an hour, or below 0."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return otherwise
    return min(3600.0, max(0.0, milliseconds / 1000))

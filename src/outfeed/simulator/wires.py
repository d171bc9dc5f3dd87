"""The transports of a printer's channel: one WebSocket, or one request after the other."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

from outfeed.bayeux.constants import ConnectionType
from outfeed.simulator.channel import Hear, Message, WireBroken

#: Largest message of the server, in bytes.
MAX_BYTES: Final = 1 << 20
#: Time that a connection may take to stand, in seconds.
OPEN_S: Final = 15.0


class WebSocketWire:
    """A WebSocket: replies find the messages that they answer by their ids, the rest is deliveries."""

    kind = ConnectionType.WEBSOCKET

    def __init__(self, url: str, hear: Hear) -> None:
        self._url = url
        self._hear = hear
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Message]] = {}

    async def open(self) -> None:
        """Connect; raise `WireBroken` if nobody is there."""
        try:
            # Nothing is sent to keep the connection alive: a connect is always under way, and has a time limit.
            self._socket = await connect(
                self._url, compression=None, ping_interval=None, max_size=MAX_BYTES, open_timeout=OPEN_S
            )
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise WireBroken(str(error) or type(error).__name__) from error
        self._reader = asyncio.create_task(self._read(self._socket))

    async def request(self, messages: Sequence[Message], *, limit_s: float) -> list[Message]:
        """Send messages and return their replies; deliveries that come meanwhile go to whoever hears."""
        if self._socket is None or self._reader is None or self._reader.done():
            raise WireBroken("The connection is closed.")
        loop = asyncio.get_running_loop()
        replies = {message["id"]: loop.create_future() for message in messages}
        self._waiting |= replies
        try:
            await self._socket.send(json.dumps(messages))
            async with asyncio.timeout(limit_s):
                return [await reply for reply in replies.values()]
        except (TimeoutError, websockets.WebSocketException) as error:
            raise WireBroken(str(error) or type(error).__name__) from error
        finally:
            for id_ in replies:
                self._waiting.pop(id_, None)

    def drop(self) -> None:
        """Cut the connection without a word; what waits for an answer gets `WireBroken`."""
        if self._socket:
            self._socket.transport.abort()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._socket and self._reader:
            self._reader.cancel()
            self._socket.transport.abort()
            await asyncio.gather(self._reader, self._socket.wait_closed(), return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                for message in parsed(text):
                    self._take(message)
        except (WireBroken, websockets.WebSocketException):
            socket.transport.abort()
        finally:
            for reply in self._waiting.values():
                if not reply.done():
                    reply.set_exception(WireBroken("The connection is lost."))

    def _take(self, message: Message) -> None:
        reply = self._waiting.get(str(message.get("id")))
        if reply and not reply.done() and "successful" in message:
            reply.set_result(message)
        elif "data" in message:
            self._hear(str(message.get("channel")), message["data"])


class PollingWire:
    """Long-polling: each message is a request, and the answer of a connect is held until there is something to say."""

    kind = ConnectionType.LONG_POLLING

    def __init__(self, client: httpx.AsyncClient, url: str, hear: Hear) -> None:
        self._client = client
        self._url = url
        self._hear = hear
        self._under_way: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Do nothing: each request connects."""

    async def request(self, messages: Sequence[Message], *, limit_s: float) -> list[Message]:
        """Send messages and return their replies; deliveries that come with them go to whoever hears."""
        posting = asyncio.ensure_future(self._post(messages, limit_s))
        self._under_way.add(posting)
        try:
            answers = await asyncio.shield(posting)
        except asyncio.CancelledError:
            if posting.cancelled():
                raise WireBroken("The connection is lost.") from None
            posting.cancel()
            raise
        finally:
            self._under_way.discard(posting)
        for message in answers:
            if "data" in message and "successful" not in message:
                self._hear(str(message.get("channel")), message["data"])
        ids = {message["id"] for message in messages}
        return [message for message in answers if message.get("id") in ids and "successful" in message]

    async def _post(self, messages: Sequence[Message], limit_s: float) -> list[Message]:
        try:
            response = await self._client.post(
                self._url, json=list(messages), timeout=httpx.Timeout(OPEN_S, read=limit_s)
            )
        except httpx.TransportError as error:
            raise WireBroken(type(error).__name__) from error
        if response.status_code != httpx.codes.OK:
            raise WireBroken(f"The server answers {response.status_code}.")
        return parsed(response.content)

    def drop(self) -> None:
        """Cut the connections without a word; what waits for an answer gets `WireBroken`."""
        for posting in self._under_way:
            posting.cancel()

    async def close(self) -> None:
        """Let go of what is under way."""
        self.drop()
        await asyncio.gather(*self._under_way, return_exceptions=True)


def parsed(text: str | bytes) -> list[Message]:
    """Return the messages in a text, or raise `WireBroken`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireBroken("The server sends what is not JSON.") from error
    messages = found if isinstance(found, list) else [found]
    if not all(isinstance(message, dict) for message in messages):
        raise WireBroken("The server sends what is no message.")
    return messages

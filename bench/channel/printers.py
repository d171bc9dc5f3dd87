"""Printers that connect to a Bayeux server and keep what they are sent; as little work for each as can be."""

import asyncio
import struct
import time
from typing import Any, Final

import msgspec

HANDSHAKE: Final = {
    "channel": "/meta/handshake",
    "version": "1.0",
    "supportedConnectionTypes": ["websocket", "long-polling"],
    "id": "1",
}
_UPGRADE: Final = (
    "GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_POST: Final = (
    "POST /faye HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
)
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
encode, decode = msgspec.json.encode, msgspec.json.decode


class Printer(asyncio.Protocol):
    """One printer: it shakes hands, subscribes, and stays connected. What it is sent is read when all is over."""

    connection_type = ""

    def __init__(self, channel: str) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        #: When something came, on the clock that the server has too, and what.
        self.heard: list[tuple[float, bytes]] = []
        #: Commands among it.
        self.count = 0
        self._channel = channel
        self._client_id = ""
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail if there was anything to wait for."""
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed before the printer was ready"))

    def data_received(self, data: bytes) -> None:
        """Take all messages that are whole."""
        at = time.monotonic()
        self._buffer = self._buffer + data if self._buffer else data
        self._buffer = self._buffer[self.taken(at, self._buffer) :]

    def begin(self) -> None:
        """Say the first words."""
        self.say([HANDSHAKE])

    def say(self, messages: list[dict[str, Any]]) -> None:
        """Send messages."""
        raise NotImplementedError

    def taken(self, at: float, buffer: bytes) -> int:
        """Take what is whole at the start of a buffer, and return how many bytes that was."""
        raise NotImplementedError

    def take(self, at: float, body: bytes) -> None:
        """Keep messages, and answer those of the protocol."""
        self.heard.append((at, body))
        self.count += body.count(b'"task_id"')
        if b'"/meta/' in body:
            for message in decode(body):
                self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        """Say what comes next."""
        channel = message["channel"]
        if channel.startswith("/meta/") and not message.get("successful"):
            raise RuntimeError(f"the server refuses: {message}")
        if channel == "/meta/handshake":
            self._client_id = message["clientId"]
            self.say([self._meta("subscribe", subscription=self._channel)])
        elif channel == "/meta/subscribe":
            self._connect()
            self.ready.set_result(None)
        elif channel == "/meta/connect":
            self._connect()

    def _connect(self) -> None:
        self.say([self._meta("connect", connectionType=self.connection_type)])

    def _meta(self, name: str, **more: Any) -> dict[str, Any]:
        return {"channel": f"/meta/{name}", "clientId": self._client_id, "id": "2", **more}


class WebSocketPrinter(Printer):
    """A printer on a WebSocket."""

    connection_type = "websocket"
    path = "/faye"

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self._is_open = False

    def begin(self) -> None:
        """Ask for a WebSocket."""
        self._transport.write(_UPGRADE.format(path=self.path).encode())

    def opened(self) -> None:
        """Say the first words on an open WebSocket."""
        self.say([HANDSHAKE])

    def say(self, messages: list[dict[str, Any]]) -> None:
        """Send messages as one frame."""
        self._send(_TEXT, encode(messages))

    def _send(self, opcode: int, body: bytes) -> None:
        """Send a frame, masked with a key of zeros, which changes nothing."""
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(body)) if len(body) < 126 else b""
        self._transport.write((head or struct.pack("!BBH", 0x80 | opcode, 0xFE, len(body))) + bytes(4) + body)

    def taken(self, at: float, buffer: bytes) -> int:
        """Take whole frames."""
        start = 0
        if not self._is_open:
            start = _end_of_head(buffer, b"HTTP/1.1 101")
            if not start:
                return 0
            self._is_open = True
            self.opened()
        while len(buffer) - start >= 2:
            opcode, length, body = buffer[start] & 15, buffer[start + 1], start + 2
            if length > 125:
                body = start + (4 if length == 126 else 10)
                length = int.from_bytes(buffer[start + 2 : body], "big")
            if len(buffer) < body + length:
                break
            start = body + length
            self._frame(at, opcode, buffer[body:start])
        return start

    def _frame(self, at: float, opcode: int, body: bytes) -> None:
        if opcode == _TEXT:
            self.take(at, body)
        elif opcode == _PING:
            self._send(_PONG, body)
        elif opcode == _CLOSE:
            self._transport.close()


class IdleWebSocket(WebSocketPrinter):
    """A WebSocket on which nothing is ever said: the floor."""

    path = "/"

    def opened(self) -> None:
        """Be content."""
        self.ready.set_result(None)


class PollingPrinter(Printer):
    """A printer that asks by long requests on one connection."""

    connection_type = "long-polling"

    def say(self, messages: list[dict[str, Any]]) -> None:
        """Send messages as one request."""
        body = encode(messages)
        self._transport.write(_POST.format(length=len(body)).encode() + body)

    def taken(self, at: float, buffer: bytes) -> int:
        """Take whole answers."""
        start = 0
        while head := _end_of_head(buffer[start:], b"HTTP/1.1 200"):
            body = start + head
            end = body + content_length(buffer[start:body])
            if len(buffer) < end:
                break
            self.take(at, buffer[body:end])
            start = end
        return start


KINDS: Final[dict[str, type[Printer]]] = {
    "websocket": WebSocketPrinter,
    "long-polling": PollingPrinter,
    "idle": IdleWebSocket,
}


def content_length(head: bytes) -> int:
    """Return how long the body of an answer is; what has no length has no body here."""
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


def _end_of_head(buffer: bytes, status: bytes) -> int:
    """Return where the head of an answer ends, 0 if it has not come yet."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    if not buffer.startswith(status):
        raise RuntimeError(f"the server answers {buffer[:end].decode()}")
    return end + 4

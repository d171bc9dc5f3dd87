"""HTTP calls on kept connections, as little work for each as can be."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Self

from channel.printers import content_length, decode, encode

_HEAD: Final = (
    "{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
)


class Line(asyncio.Protocol):
    """One connection, for one call at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the call that waits."""
        if not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server has closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Answer the call when all has come."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n") + 4
        if head > 3 and len(self._buffer) >= head + content_length(self._buffer[:head]):
            self._answer.set_result((int(self._buffer[9:12]), self._buffer[head:]))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer to a request."""
        self._buffer, self._answer = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


class Lines:
    """Several connections: who calls takes one that is free."""

    def __init__(self, lines: list[Line]) -> None:
        self._free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for line in lines:
            self._free.put_nowait(line)

    @classmethod
    async def open(cls, port: int, count: int) -> Self:
        """Return so many connections."""
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(Line, "127.0.0.1", port) for _ in range(count)]
        return cls([line for _, line in made])

    async def post(self, path: str, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """Return the answer to a POST, empty where it has none; what is refused ends the benchmark."""
        sent = encode(body)
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = _HEAD.format(method="POST", path=path, length=len(sent))
        line = await self._free.get()
        status, answer = await line.ask(f"{head}{more}\r\n".encode() + sent)
        self._free.put_nowait(line)
        if status >= 300:
            raise RuntimeError(f"POST {path}: {status} {answer.decode()}")
        told: dict[str, Any] = decode(answer) if answer else {}
        return told

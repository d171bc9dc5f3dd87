"""A bound on the heads of requests: uvicorn waits for ever for the end of one, as bytes trickle in or none come."""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a head that has not ended.
MAX_HEAD_BYTES: Final = 256 * 1024

_END: Final = b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout" + _END
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large" + _END


class HeadTimed(HttpToolsProtocol):
    """Closes a connection that is new, or has begun a request, and does not end its head in time."""

    #: Time for a head, in seconds. Bodies, answers and WebSockets have all their time.
    head_s: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._has_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and wait for the rest of a head."""
        super().data_received(data)
        if self._awaits_head():
            self._head_bytes += len(data)
            self._timer = self._timer or self.loop.call_later(self.head_s, self._give_up)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_headers_complete(self) -> None:
        """Wait no more: the head is there."""
        self._has_head, self._head_bytes = True, 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that what comes now is another request."""
        self._has_head = False
        super().on_message_complete()

    def _awaits_head(self) -> bool:
        """Tell whether a head is all that is to come; a WebSocket has another protocol by now."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        is_ours = self in self.connections and not self.transport.is_closing()
        return is_ours and not (self._has_head or is_answering)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW if self._head_bytes else b"")
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def protocol_with(head_s: float) -> type[HeadTimed]:
    """Return the protocol with so many seconds for each head."""
    return type("HeadTimed", (HeadTimed,), {"head_s": head_s})

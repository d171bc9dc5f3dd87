"""The Bayeux protocol by hand, for messages that no client sends."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from acceptance.harness import PATIENCE_S
from acceptance.printers_at import NO_TLS
from outfeed.bayeux import Limits

Json = dict[str, Any]
HANDSHAKE: Final = {
    "channel": "/meta/handshake",
    "version": "1.0",
    "supportedConnectionTypes": ["long-polling", "websocket"],
}


class Door(Protocol):
    """One way to the channel: takes text, and gives what comes back of it."""

    def send(self, text: str) -> list[Json] | None:
        """Return the messages that came back, or None if the server took nothing of it."""

    def close(self) -> None:
        """Hang up."""


class Polls:
    """Posts JSON. Everything that came is kept."""

    connection_type = "long-polling"

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(timeout=PATIENCE_S, verify=NO_TLS)
        self._url = f"{address}/faye"
        self.statuses: list[int] = []

    def send(self, text: str) -> list[Json] | None:
        """Post a body; None unless it is answered with 200."""
        headers = {"Content-Type": "application/json"}
        answer = self._http.post(self._url, content=text.encode("utf-8", "surrogatepass"), headers=headers)
        self.statuses.append(answer.status_code)
        assert answer.status_code < 500, answer.text
        return _messages(answer.content) if answer.status_code == 200 else None

    def close(self) -> None:
        """Hang up."""
        self._http.close()


class Frames:
    """Sends text frames, on a new socket where the server has closed the last one."""

    connection_type = "websocket"

    def __init__(self, address: str) -> None:
        self._url = f"ws://{urlsplit(address).netloc}/faye"
        self._socket: ClientConnection | None = None
        self._sockets = ExitStack()
        self._sent = 0
        #: With which the server has closed sockets.
        self.codes: list[int] = []

    def _open(self) -> ClientConnection:
        if self._socket is None:
            way = connect(self._url, max_size=None, compression=None, proxy=None, ping_interval=None)
            self._socket = self._sockets.enter_context(way)
        return self._socket

    def send(self, text: str) -> list[Json] | None:
        """Send a frame, then one whose answer marks the end; None if the server closes the socket instead."""
        self._sent += 1
        mark = {"channel": "/meta/subscribe", "clientId": "0", "subscription": "/mark", "id": f"mark{self._sent}"}
        socket = self._open()
        came: list[Json] = []
        try:
            socket.send(text.encode("utf-8", "replace").decode())
            socket.send(json.dumps([mark]))
            while mark["id"] not in {one.get("id") for one in came}:
                came += _messages(socket.recv(timeout=PATIENCE_S))
        except ConnectionClosed as closed:
            # Who sends a frame that is too large is cut off before all of it came, and the reason may be lost with it.
            is_too_large = len(text.encode("utf-8", "replace")) > Limits().max_message_bytes
            self.codes.append(closed.rcvd.code if closed.rcvd else 1009 if is_too_large else 1006)
            self._socket = None
            return came or None
        return [one for one in came if one.get("id") != mark["id"]]

    def close(self) -> None:
        """Hang up."""
        self._sockets.close()


DOORS: Final[dict[str, type[Polls | Frames]]] = {"http": Polls, "websocket": Frames}


def _messages(content: bytes | str) -> list[Json]:
    """Return the messages in a body; it is strictly a list of objects."""
    found = json.loads(content)
    assert isinstance(found, list), found
    assert all(isinstance(one, dict) for one in found), found
    return found


@dataclass(kw_only=True)
class Session:
    """A session that was opened by hand."""

    door: Polls | Frames
    id: str = ""
    #: All that was delivered to it.
    deliveries: list[Json] = field(default_factory=list)

    def open(self) -> "Session":
        """Shake hands."""
        reply = self._sent([HANDSHAKE])[0]
        assert reply["successful"], reply
        self.id = reply["clientId"]
        return self

    def subscribe(self, channel: str, token: str) -> Json:
        """Subscribe with a printer's token, and return the reply."""
        extra = {"ext": {"authentication_token": token}}
        told = {"channel": "/meta/subscribe", "clientId": self.id, "subscription": channel, "id": "s", **extra}
        return next(reply for reply in self._sent([told]) if reply.get("id") == "s")

    def poll(self) -> list[Json]:
        """Ask for what waits, without waiting, and return all that was ever delivered."""
        told = {"channel": "/meta/connect", "clientId": self.id, "connectionType": self.door.connection_type}
        self._sent([told | {"advice": {"timeout": 0}}])
        return self.deliveries

    def _sent(self, messages: Sequence[Json]) -> list[Json]:
        return self.send(json.dumps(messages)) or []

    def send(self, text: str) -> list[Json] | None:
        """Send text, keep what was delivered, and return the replies; None if nothing was taken."""
        came = self.door.send(text)
        if came is None:
            return None
        self.deliveries += [one for one in came if "data" in one and "successful" not in one]
        return [one for one in came if "successful" in one]


def opened(kind: str, address: str) -> Session:
    """Return a session over one kind of door."""
    return Session(door=DOORS[kind](address)).open()

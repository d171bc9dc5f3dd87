"""Other people's Bayeux clients, each in a process of its own, and the wire between them and the server."""

import contextlib
import json
import os
import select
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import pytest

from acceptance.browser.driving import need_chromium
from acceptance.harness import PATIENCE_S, wait_for
from acceptance.node import CLIENTS, need_npm_clients

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A client, and the one transport that it is left with."""

    program: str
    transport: str
    #: What else the program is told.
    options: Mapping[str, Any] = field(default_factory=dict)

    def need(self) -> None:
        """Skip the test if it cannot run here; under `CI=true` that is a failure."""
        need_npm_clients()
        if self.program.endswith(".rb"):
            need_ruby_faye()
        if self.program == "channel_page.mjs":
            need_chromium()


def _node(program: str, transport: str, **options: Any) -> Kind:
    return Kind(program=f"channel_{program}.mjs", transport=transport, options=options)


def _page(library: str, transport: str, **options: Any) -> Kind:
    return Kind(program="channel_page.mjs", transport=transport, options={"library": library, **options})


#: Every transport that each of the clients has.
KINDS: Final = {
    "faye-websocket": _node("faye", "websocket"),
    "faye-long-polling": _node("faye", "long-polling"),
    "cometd-websocket": _node("cometd", "websocket"),
    "cometd-websocket-ack": _node("cometd", "websocket", ack=True),
    "cometd-long-polling": _node("cometd", "long-polling"),
    "cometd-long-polling-ack": _node("cometd", "long-polling", ack=True),
    "ruby-websocket": Kind(program="channel_faye.rb", transport="websocket"),
    "ruby-long-polling": Kind(program="channel_faye.rb", transport="long-polling"),
    "page-faye-websocket": _page("faye", "websocket"),
    "page-faye-cors": _page("faye", "cross-origin-long-polling"),
    "page-faye-callback": _page("faye", "callback-polling"),
    # The browser build takes it at its own origin only.
    "page-faye-eventsource": _page("faye", "eventsource", sameOrigin=True),
    "page-cometd-callback": _page("cometd", "callback-polling"),
    "page-cometd-callback-ack": _page("cometd", "callback-polling", ack=True),
}


def need_ruby_faye() -> None:
    """Skip the test without Debian's ruby-faye; under `CI=true` that is a failure."""
    ruby = shutil.which("ruby")
    if ruby and subprocess.run([ruby, "-e", "require 'faye'"], check=False, capture_output=True).returncode == 0:
        return
    reason = "ruby-faye is absent: scripts/test-needs installs it and says why it cannot"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Listener:
    """A client's program while it runs: what it has told so far, and what it is asked."""

    def __init__(self, kind: Kind, *, url: str, channels: Sequence[str], token: str, folder: Path) -> None:
        told = {"url": url, "transport": kind.transport, "channels": channels, "token": token, **kind.options}
        if kind.program == "channel_page.mjs":
            told |= {"chromium": need_chromium(), "profile": str(folder / "profile")}
        runner = "ruby" if kind.program.endswith(".rb") else "node"
        self.events: list[Json] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._errors = folder / "errors"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [runner, kind.program, json.dumps(told)],
                cwd=CLIENTS,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip():
                self.events.append(json.loads(line))

    def publish(self, channel: str, data: Any) -> None:
        """Let the client publish."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"publish": channel, "data": data}) + "\n")
        self._process.stdin.flush()

    def of(self, what: str) -> list[Json]:
        """Return what the client has told of one kind."""
        return [event for event in list(self.events) if event["what"] == what]

    def messages(self, channel: str) -> list[Json]:
        """Return what has come on a channel, in its order, what came again too."""
        return [event["data"] for event in self.of("message") if event["channel"] == channel]

    def tasks(self, channel: str) -> list[str]:
        """Return the tasks of all commands that have come, each once, in the order in which they first came."""
        return list(dict.fromkeys(message["task_id"] for message in self.messages(channel)))

    def awaits(self, ready: Callable[[Self], Any], *, limit_s: float = PATIENCE_S) -> bool:
        """Wait until something holds for the client; false if it does not within the limit."""
        with contextlib.suppress(AssertionError):
            wait_for(lambda: ready(self), limit_s=limit_s)
        return bool(ready(self))

    def errors(self) -> str:
        """Return what the program has written beside its events."""
        return self._errors.read_text()

    def stop(self) -> None:
        """End the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()


class Wire:
    """What clients connect to: carries bytes to a server, can be cut, and can lead to another one."""

    def __init__(self, address: str, to: str) -> None:
        #: Where clients connect.
        self.address = address
        self._to = to
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()

    def cut(self) -> int:
        """Reset all connections, on both sides at once, and return how many there were."""
        pairs = list(self._pairs)
        for one in (one for pair in pairs for one in pair):
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def lead(self, to: str) -> None:
        """Carry new connections to another server."""
        self._to = to

    def carry(self, near: socket.socket) -> None:
        """Carry one connection until either side ends it."""
        place = urlsplit(self._to)
        try:
            far = socket.create_connection((place.hostname, place.port), timeout=PATIENCE_S)
        except OSError:
            return
        with far:
            self._pairs.add((near, far))
            with contextlib.suppress(OSError):
                _pump(near, far)
            self._pairs.discard((near, far))


def _pump(near: socket.socket, far: socket.socket) -> None:
    """Copy both ways until one side has ended."""
    other = {near: far, far: near}
    while True:
        ready, _, _ = select.select([near, far], [], [])
        for one in ready:
            chunk = one.recv(65536)
            if not chunk:
                return
            other[one].sendall(chunk)


@contextmanager
def wire_to(server: str) -> Iterator[Wire]:
    """Give a wire to a server."""

    class Carrier(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire.carry(self.request)

    class Carriers(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Carriers(("127.0.0.1", 0), Carrier) as carriers:
        host, port = carriers.server_address[:2]
        wire = Wire(f"http://{host!s}:{port}", server)
        thread = threading.Thread(target=carriers.serve_forever)
        thread.start()
        try:
            yield wire
        finally:
            carriers.shutdown()
            wire.cut()
            thread.join()

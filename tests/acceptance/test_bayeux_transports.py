"""The transports of the channel on a real server: all ways to ask and to be told, clients that go, broken frames."""

import asyncio
import base64
import json
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as asyncio_connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_socket

from acceptance.harness import PATIENCE_S, Server, wait_for
from outfeed.bayeux import Bayeux
from outfeed.bayeux.asgi import BayeuxApp
from outfeed.cli.web import WebServer
from outfeed.settings import Settings
from unit.asgi_driver import Everybody, connect, handshake, news, subscribe


@dataclass
class Live:
    """A server of the channel alone, on which everybody may do everything."""

    bayeux: Bayeux
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/faye"

    def ask(self, *messages: dict[str, Any]) -> list[Any]:
        """Send messages by POST and return what comes back."""
        answer = httpx.post(self.address, json=messages, timeout=PATIENCE_S)
        assert 200 == answer.status_code, answer.text
        parsed: list[Any] = answer.json()
        return parsed

    def client(self, type_: str = "long-polling") -> str:
        """Return the id of a session that listens to /news."""
        client: str = self.ask(handshake(type_))[0]["clientId"]
        self.ask(subscribe(client))
        return client

    def publish(self, data: object) -> None:
        self.ask({"channel": "/news", "clientId": self.client(), "data": data})

    def waits(self, client: str) -> bool:
        """Tell whether a connect of a session waits."""
        return any(one.id == client and one.held is not None for one in self.bayeux.subscribers("/news"))


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with running(BayeuxApp(Bayeux(Everybody()))) as found:
        yield found


@contextmanager
def running(app: BayeuxApp) -> Iterator[Live]:
    """Serve the channel on a thread."""
    anything: Any = app
    listening = socket.create_server(("127.0.0.1", 0), backlog=100)
    server = WebServer(anything, end_waiting=app.aclose, head_s=Settings().request_head_s)
    thread = threading.Thread(target=server.run, args=([listening],))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "capture_signals", nullcontext)  # a thread has none
        thread.start()
        yield Live(app.bayeux, listening.getsockname()[1])
        server.should_exit = True
        thread.join()


def poll_in_background(live: Live, client: str) -> "Future[list[Any]]":
    """Send a connect, and return when it waits."""
    pool = ThreadPoolExecutor(1)
    told = pool.submit(live.ask, connect(client))
    pool.shutdown(wait=False)
    wait_for(lambda: live.waits(client))
    return told


def raw(live: Live, data: bytes) -> socket.socket:
    """Open a connection and send bytes."""
    opened = socket.create_connection(("127.0.0.1", live.port), timeout=PATIENCE_S)
    opened.sendall(data)
    return opened


def read_all(opened: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    with opened:
        return b"".join(iter(lambda: opened.recv(65_536), b""))


def request(body: bytes, *, length: int | None = None) -> bytes:
    return b"POST /faye HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body) if length is None else length,
        body,
    )


def frame(
    opcode: int, data: bytes, *, is_last: bool = True, is_masked: bool = True, length: int | None = None
) -> bytes:
    """Return a WebSocket frame, masked with zeros; its header may lie about its length."""
    size = len(data) if length is None else length
    mask = 0x80 if is_masked else 0
    head = bytes([(0x80 if is_last else 0) | opcode])
    head += bytes([mask | size]) if size < 126 else bytes([mask | 127]) + struct.pack(">Q", size)
    return head + (b"\0\0\0\0" if is_masked else b"") + data


def upgraded(live: Live) -> socket.socket:
    """Return a connection that has become a WebSocket."""
    key = base64.b64encode(b"0123456789abcdef").decode()
    head = "GET /faye HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    opened = raw(live, f"{head}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += opened.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    return opened


def test_a_long_poll_brings_what_is_published(live: Live) -> None:
    told = poll_in_background(live, live.client())
    live.publish("one")

    assert ["one"] == news(told.result(PATIENCE_S))


def test_a_form_is_answered_as_json_is(live: Live) -> None:
    told = httpx.post(
        live.address, data={"message": json.dumps([handshake()])}, headers={"Origin": "null"}, timeout=PATIENCE_S
    )

    assert (200, True, "null") == (
        told.status_code,
        told.json()[0]["successful"],
        told.headers["access-control-allow-origin"],
    )


def test_callback_polling_brings_what_is_published(live: Live) -> None:
    client = live.client("callback-polling")
    live.publish("one")
    message = json.dumps(connect(client, "callback-polling"))
    asked = urlencode({"message": message, "jsonp": "a.b"})
    text = httpx.get(f"{live.address}?{asked}", timeout=PATIENCE_S).text

    assert ("/**/a.b(", ");") == (text[:8], text[-2:])
    assert ["one"] == news(json.loads(text[8:-2]))


def test_a_web_socket_brings_what_is_published(live: Live) -> None:
    """Sub-protocols that a client offers are not taken up, and messages are not compressed."""
    with open_socket(f"{live.address.replace('http', 'ws')}", subprotocols=["bayeux"]) as opened:  # type: ignore[list-item] # any text is one
        opened.send(json.dumps([handshake("websocket")]))
        client = json.loads(opened.recv(PATIENCE_S))[0]["clientId"]
        opened.send(json.dumps([subscribe(client), connect(client, "websocket")]))
        told = json.loads(opened.recv(PATIENCE_S))
        live.publish("one")
        told += json.loads(opened.recv(PATIENCE_S))

    assert (["/meta/subscribe", "/news"], ["one"]) == ([message["channel"] for message in told], news(told))
    assert (None, []) == (opened.subprotocol, opened.protocol.extensions)


def test_a_stream_of_events_brings_what_is_published(live: Live) -> None:
    client = live.client("eventsource")
    with httpx.stream(
        "GET", f"{live.address}/{client}", headers={"Accept": "text/event-stream"}, timeout=PATIENCE_S
    ) as stream:
        lines = stream.iter_lines()
        assert "retry: 2000" == next(lines)
        live.publish("one")
        line = next(line for line in lines if line.startswith("data: "))

    assert ["one"] == news(json.loads(line.removeprefix("data: ")))


def test_what_comes_after_a_client_left_in_mid_poll_is_in_its_next(live: Live) -> None:
    client = live.client()
    left = raw(live, request(json.dumps(connect(client)).encode()))
    wait_for(lambda: live.waits(client))
    left.close()
    wait_for(lambda: not live.waits(client))
    live.publish("one")

    assert ["one"] == news(live.ask(connect(client)))


def test_what_comes_after_a_socket_broke_is_on_the_next(live: Live) -> None:
    client = live.client("websocket")
    with open_socket(live.address.replace("http", "ws")) as opened:
        opened.send(json.dumps(connect(client, "websocket")))
        wait_for(lambda: live.waits(client))
        opened.socket.shutdown(socket.SHUT_RDWR)
    wait_for(lambda: not live.waits(client))
    live.publish("one")
    with open_socket(live.address.replace("http", "ws")) as opened:
        opened.send(json.dumps(connect(client, "websocket")))

        assert ["one"] == news(json.loads(opened.recv(PATIENCE_S)))


def test_a_message_in_many_frames_is_one(live: Live) -> None:
    text = json.dumps(handshake("websocket")).encode()
    parts = [frame(1, text[:10], is_last=False), frame(9, b"ping"), frame(0, text[10:20], is_last=False)]
    with upgraded(live) as opened:
        opened.sendall(b"".join([*parts, frame(0, text[20:])]))
        pong = opened.recv(6)
        answer = opened.recv(65_536)

    assert b"\x8a\x04ping" == pong
    assert json.loads(answer[answer.index(b"[") :])[0]["successful"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(frame(1, b"{"), 1007, id="no JSON"),
        pytest.param(frame(1, b'["\xff"]'), 1007, id="no UTF-8"),
        pytest.param(frame(2, b"[]"), 1003, id="binary"),
        pytest.param(frame(1, b"[]", is_masked=False), 1002, id="not masked"),
        pytest.param(frame(3, b"[]"), 1002, id="no such opcode"),
        pytest.param(frame(0x41, b"[]"), 1002, id="compressed"),
        pytest.param(frame(0, b"[]"), 1002, id="the middle of nothing"),
        pytest.param(frame(9, b"x" * 126), 1002, id="a long ping"),
        pytest.param(frame(1, b"", length=2**62), 1009, id="4 exbibytes, announced"),
        pytest.param(frame(1, b"[" + b" " * 70_000 + b"]"), 1009, id="a large message"),
        pytest.param(
            b"".join([frame(1, b"[", is_last=False)] + [frame(0, b" " * 9_000, is_last=False)] * 8),
            1009,
            id="many parts",
        ),
    ],
)
def test_a_broken_frame_closes_its_socket_and_nothing_else(live: Live, data: bytes, code: int) -> None:
    with upgraded(live) as opened:
        opened.sendall(data)
        sent = opened.recv(4)

    assert (0x88, code) == (sent[0], struct.unpack(">H", sent[2:])[0])
    assert live.ask(handshake())[0]["successful"]


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    with running(BayeuxApp(Bayeux(Everybody()), body_limit_s=0.1)) as live:
        sent = read_all(raw(live, request(b"[", length=2)))

    assert (b"HTTP/1.1 408 Request Timeout", True) == (sent.split(b"\r\n")[0], b"connection: close" in sent)


def test_a_body_that_says_it_is_large_is_refused_unread(live: Live) -> None:
    sent = read_all(raw(live, request(b"[", length=10**18)))

    assert b"HTTP/1.1 413 " == sent[:13]


def test_a_server_ends_in_order_with_a_thousand_clients(tmp_path: Path) -> None:
    """Every poll is answered and every socket told why, in less time than what runs on purpose is given."""
    with Server(tmp_path / "data", arguments=("--no-worker",)) as server:
        polls, closes, code = asyncio.run(_end_under(server))

    assert ({(True, "retry")}, {1001}, 0) == (polls, closes, code)
    assert "graceful shutdown exceeded" not in server.log()
    assert "Traceback" not in server.log()


async def _end_under(server: Server, each: int = 500) -> tuple[set[tuple[bool, str]], set[int], int]:
    """End a server while clients wait; return how polls and sockets ended, and its exit code."""
    sockets = [await asyncio_connect(f"{server.address.replace('http', 'ws')}/faye") for _ in range(each)]
    for opened in sockets:
        await _greet(opened)
    async with httpx.AsyncClient(base_url=server.address, timeout=PATIENCE_S) as web:
        polls = [await _poll(server, (await web.post("/faye", json=handshake())).json()) for _ in range(each)]
        for _ in range(3):  # when the server has answered these, it has read those
            await web.head("/faye")
    code = await asyncio.to_thread(server.stop)
    told = [json.loads((await poll[0].read()).partition(b"\r\n\r\n")[2])[0] for poll in polls]
    closes = {await _code(opened) for opened in sockets}
    for _, writer in polls:
        writer.close()
    return {(one["successful"], one["advice"]["reconnect"]) for one in told}, closes, code


async def _poll(server: Server, greeting: list[Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send a connect, and return where its answer comes, and what keeps the connection open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.address.rpartition(":")[2]))
    writer.write(request(json.dumps(connect(greeting[0]["clientId"])).encode()))
    await writer.drain()
    return reader, writer


async def _greet(opened: ClientConnection) -> None:
    await opened.send(json.dumps(handshake("websocket")))
    client = json.loads(await opened.recv())[0]["clientId"]
    await opened.send(json.dumps(connect(client, "websocket")))


async def _code(opened: ClientConnection) -> int:
    """Read until the socket is closed, and return why it was."""
    with suppress(ConnectionClosed):
        while True:
            await opened.recv()
    return opened.close_code or 0

"""Heads of requests have a bounded time and size; what follows them has all the time that it takes."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from outfeed.cli.heads import MAX_HEAD_BYTES, protocol_with
from unit.asgi_driver import run

HEAD_S = 15.0
#: Longer than a head may take.
LONG_S = 2 * HEAD_S
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request after a while with the length of its body; greet on a WebSocket after a while."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await asyncio.sleep(LONG_S)
        await send({"type": "websocket.send", "text": "hello"})
        return
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event["body"], event["more_body"]
    await asyncio.sleep(LONG_S)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": b"%d" % len(body)})


def said(talk: Talk) -> bytes:
    """Return what a client reads that talks to the server so."""

    async def found() -> bytes:
        config = uvicorn.Config(slow, ws="websockets-sansio", log_config=None, timeout_keep_alive=60)
        state, protocol = ServerState(), protocol_with(HEAD_S)
        # What one end has written can be read at the other at once, so time passes only while both wait.
        near, far = socket.socketpair()
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol(config=config, server_state=state, app_state={}), far
        )
        reader, writer = await asyncio.open_connection(sock=near)
        with closing(writer):
            return await talk(reader, writer)

    return run(found())


@pytest.mark.parametrize(
    ("begun", "answer"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nX: ", b"HTTP/1.1 408 "),
        (b"\r\n", b"HTTP/1.1 408 "),
        (WHOLE[:-1], b"HTTP/1.1 408 "),
    ],
)
def test_a_head_that_does_not_end_is_not_waited_for(begun: bytes, answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(begun)
        return await reader.read()

    assert answer == said(talk)[: len(b"HTTP/1.1 408 ")]


def test_a_head_that_trickles_in_has_no_more_time_for_it() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        answer = asyncio.create_task(reader.read())
        while not answer.done():
            writer.write(b"\r\n")
            await asyncio.sleep(0.07 * HEAD_S)
        return answer.result()

    assert said(talk).startswith(b"HTTP/1.1 408 ")


def test_a_second_head_has_its_time_too() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(WHOLE)
        await reader.readuntil(b"\r\n\r\n0")
        writer.write(b"GET")
        return await reader.read()

    assert said(talk).startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end_is_refused_when_it_is_too_large() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * (2 * MAX_HEAD_BYTES))
        return await reader.readline()

    assert said(talk).startswith(b"HTTP/1.1 431 ")


def test_a_body_and_its_answer_have_all_their_time() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        await asyncio.sleep(LONG_S)
        writer.write(b"cd")
        return await reader.readuntil(b"\r\n\r\n4")

    assert said(talk).startswith(b"HTTP/1.1 200 ")


def test_a_connection_that_was_answered_may_wait_for_its_next_request() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(WHOLE)
        await reader.readuntil(b"\r\n\r\n0")
        await asyncio.sleep(LONG_S)
        writer.write(WHOLE)
        return await reader.readuntil(b"\r\n\r\n0")

    assert said(talk).startswith(b"HTTP/1.1 200 ")


def test_a_web_socket_may_be_silent() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(HANDSHAKE)
        return await reader.readuntil(b"hello")

    assert said(talk).startswith(b"HTTP/1.1 101 ")

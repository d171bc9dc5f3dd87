"""The printer's client of the channel, against npm `faye`'s own server: what is right is not for us to say."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx
import pytest

from acceptance.node import CLIENTS, need_npm_clients
from outfeed.simulator.channel import Channel, Hear, Wire
from outfeed.simulator.wires import PollingWire, WebSocketWire
from outfeed.simulator.words import Transport

LIMIT_S = 60.0
#: Tokens that the server takes, and one that it refuses.
GOOD, DEAD = "good", "dead"
#: What the server holds a poll, in seconds: shorter than a test.
HOLD_S = 1


class Faye:
    """npm `faye`'s server in a process of its own."""

    def __init__(self, port: int = 0) -> None:
        command = ["node", "faye_server.mjs", str(HOLD_S), str(port)]
        self.process = subprocess.Popen(
            command, cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.port: int = self.next()["port"]

    def next(self) -> dict[str, Any]:
        """Return the next thing that the server tells."""
        assert self.process.stdout
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def publish(self, channel: str, data: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"channel": channel, "data": data}) + "\n")

    def end(self) -> None:
        self.process.communicate(timeout=LIMIT_S)


class Ear:
    """Queues what a channel tells."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[object] = asyncio.Queue()
        self.noted: asyncio.Queue[str] = asyncio.Queue()

    def hear(self, channel: str, data: object) -> None:
        self.heard.put_nowait((channel, data))

    def rejoined(self) -> None:
        self.noted.put_nowait("rejoined")

    def shut_out(self) -> None:
        self.noted.put_nowait("shut_out")

    def lost(self, reason: str) -> None:
        """Note nothing: how often is a matter of time."""


@asynccontextmanager
async def listening(transport: Transport, port: int, token: str = GOOD) -> AsyncIterator[tuple[Channel, Ear]]:
    """Run a channel that is subscribed to the commands of printer 58."""
    address, ear = f"127.0.0.1:{port}/faye", Ear()
    async with httpx.AsyncClient() as client, asyncio.timeout(LIMIT_S):

        def wire(hear: Hear) -> Wire:
            if transport is Transport.WEBSOCKET:
                return WebSocketWire(f"ws://{address}", hear)
            return PollingWire(client, f"http://{address}", hear)

        channel = Channel(wire, ear=ear, token=token, random=Random(1))  # noqa: S311 - pauses are no secrets
        await channel.subscribe("/printers/58/command")
        running = asyncio.create_task(channel.run())
        try:
            yield channel, ear
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def resumed(server: Faye, ear: Ear) -> None:
    """Publish until something is heard again: that server loses what it sends to a connection that is gone."""
    while ear.heard.empty():
        server.publish("/printers/58/command", "probe")
        await asyncio.sleep(0.05)
    server.publish("/printers/58/command", "last")
    while await ear.heard.get() != ("/printers/58/command", "last"):
        pass


@pytest.mark.parametrize("transport", list(Transport))
def test_deliveries_come_in_order_over_many_polls_and_a_lost_connection(transport: Transport) -> None:
    need_npm_clients()
    server = Faye()

    async def run() -> list[object]:
        async with listening(transport, server.port) as (channel, ear):
            assert await ear.noted.get() == "rejoined"
            heard = []
            for number in range(6):
                server.publish("/printers/58/command", {"n": number})
                heard.append(await ear.heard.get())
                if number == 2:
                    session = channel.client_id
                    channel.drop()
                    await resumed(server, ear)
                    assert channel.client_id == session
            return heard

    heard = asyncio.run(run())
    server.end()

    assert [("/printers/58/command", {"n": number}) for number in range(6)] == heard


@pytest.mark.parametrize("transport", list(Transport))
def test_a_server_that_begins_anew_is_subscribed_to_anew(transport: Transport) -> None:
    need_npm_clients()
    first = Faye()

    async def run() -> object:
        async with listening(transport, first.port) as (_, ear):
            assert await ear.noted.get() == "rejoined"
            first.process.kill()
            first.end()
            second = Faye(first.port)
            assert await ear.noted.get() == "rejoined"
            second.publish("/printers/58/command", "again")
            heard = await ear.heard.get()
            second.end()
            return heard

    assert ("/printers/58/command", "again") == asyncio.run(run())


@pytest.mark.parametrize("transport", list(Transport))
def test_a_refused_subscription_is_told(transport: Transport) -> None:
    need_npm_clients()
    server = Faye()

    async def run() -> str:
        async with listening(transport, server.port, token=DEAD) as (_, ear):
            return await ear.noted.get()

    told = asyncio.run(run())
    server.end()

    assert told == "shut_out"

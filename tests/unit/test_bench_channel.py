"""The benchmark of the printers' channel counts rightly, keeps what it has measured, and runs."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from channel.load import counted
from channel.printers import KINDS, Printer, encode
from channel.rows import CHANNEL_ROWS, ChannelRow, Load
from channel.suite import compared
from mesh_files import Peer
from run import merged

BENCH = Path(__file__).parents[2] / "bench"
COMMAND = {"channel": "/printers/1/command", "data": {"command": "pause", "task_id": 7, "at": 1.0}}


class FakeTransport:
    """Keeps what a printer writes."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


async def connected(kind: str) -> tuple[Printer, FakeTransport]:
    transport, printer = FakeTransport(), KINDS[kind]("/printers/1/command")
    printer._transport = transport
    return printer, transport


def frame(*messages: dict[str, Any]) -> bytes:
    """Return what a server sends on a WebSocket."""
    body = encode(list(messages))
    assert 126 <= len(body) < 1 << 16
    return b"\x81\x7e" + len(body).to_bytes(2, "big") + body


def answer(*messages: dict[str, Any]) -> bytes:
    """Return what a server answers to a poll."""
    body = encode(list(messages))
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("kind", ["websocket", "long-polling"])
def test_a_printer_hears_the_same_however_it_is_cut(kind: str, piece: int) -> None:
    printer, transport = asyncio.run(connected(kind))
    hello = {"channel": "/meta/handshake", "successful": True, "clientId": "a" * 100}
    subscribed = {"channel": "/meta/subscribe", "successful": True, "clientId": "a" * 100}
    whole = frame if kind == "websocket" else answer
    heard = whole(hello) + whole(subscribed, COMMAND) + whole(COMMAND, COMMAND)
    sent = (b"HTTP/1.1 101 Switching Protocols\r\n\r\n" if kind == "websocket" else b"") + heard

    for at in range(0, len(sent), piece):
        printer.data_received(sent[at : at + piece])

    assert 3 == printer.count
    assert printer.ready.done()
    assert 1 == transport.written.count(b'"/meta/connect"')


def heard_of(*messages: tuple[float, int, float]) -> Any:
    """Return a printer that has heard commands: when, of which number, and from when."""
    bodies = [(at, encode([{"channel": "/c", "data": {"task_id": task, "at": sent}}])) for at, task, sent in messages]
    return SimpleNamespace(heard=bodies)


def test_what_is_lost_and_what_comes_twice_is_counted() -> None:
    first, second = heard_of((1.5, 1, 1.0), (2.0, 1, 1.0)), heard_of((3.0, 2, 1.0))

    figures = counted([first, second], 4, 0.5)

    assert (2, 1) == (figures["lost"], figures["twice"])
    assert (1_000, 2_000, 2.5) == (figures["p50_ms"], figures["p99_ms"], figures["burst_s"])


def a_row(**changes: Any) -> ChannelRow:
    options: dict[str, Any] = {"name": "row", "transport": "websocket", "figure": "p99_ms", "peers": []}
    return ChannelRow(**options | {"load": Load(printers=1), "short": Load(printers=1)} | changes)


def figures_of(p99_ms: float, *, lost: int = 0) -> dict[str, float]:
    return {"p99_ms": p99_ms, "lost": lost, "twice": 0, "peak_bytes": 1}


@pytest.mark.parametrize(("lost", "met"), [(0, True), (1, False)])
def test_who_loses_a_message_does_not_meet_the_target(*, lost: int, met: bool) -> None:
    samples = [(figures_of(1, lost=lost), figures_of(2)), (figures_of(1), figures_of(2))]

    result = compared(a_row(), Peer(name="p", task="t", at_most=1), samples)

    assert (0.5, met, lost) == (result["ratio"], result["met"], result["our_figures"]["lost"])


def test_rows_of_the_channel_are_kept_in_their_order() -> None:
    rows = [{"row": row.name, "peers": []} for row in CHANNEL_ROWS[:2]]
    report = {"machine": "this", "rows": rows[:1]}

    assert rows == merged({"machine": "this", "rows": rows[1:]}, report, CHANNEL_ROWS)["rows"]


def test_every_row_of_the_channel_stands_in_the_results() -> None:
    report = json.loads((BENCH / "results" / "printers-channel-M.json").read_text(encoding="utf-8"))

    assert [row.name for row in CHANNEL_ROWS] == [row["row"] for row in report["rows"]]

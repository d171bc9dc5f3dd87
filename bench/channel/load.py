"""A process of printers: `python -m channel.load KIND FIRST END CHANNEL PORT`, and on standard input what was sent."""

import asyncio
import resource
import sys
import time
from collections import Counter
from typing import Any

import uvloop

from channel.printers import KINDS, Printer, decode, encode

#: Printers that connect at the same time.
AT_ONCE = 64
#: What has not come so long after the last was sent is lost, in seconds.
GRACE_S = 5.0


async def connected(kind: str, numbers: range, channel: str, port: int) -> list[Printer]:
    """Return printers that are connected; `{n}` in the channel is each one's number."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Printer:
        async with gate:
            return await connect(kind, channel.format(n=number), port)

    return await asyncio.gather(*(one(number) for number in numbers))


async def connect(kind: str, channel: str, port: int) -> Printer:
    """Return one printer when it is connected."""
    loop = asyncio.get_running_loop()
    _, printer = await loop.create_connection(lambda: KINDS[kind](channel), "127.0.0.1", port)
    await printer.ready
    return printer


def told(printers: list[Printer]) -> list[tuple[float, int, int, float]]:
    """Return each message that was published: when it came, to which printer, its number, and its time."""
    return [
        (at, number, message["data"]["task_id"], message["data"]["at"])
        for number, printer in enumerate(printers)
        for at, body in printer.heard
        for message in decode(body)
        if "data" in message
    ]


async def until_all_came(printers: list[Printer], expected: int) -> None:
    """Wait until as much has come as was sent, or until it is lost."""
    give_up = time.monotonic() + GRACE_S
    while sum(printer.count for printer in printers) < expected and time.monotonic() < give_up:  # noqa: ASYNC110 - printers only count
        await asyncio.sleep(0.05)


def counted(printers: list[Printer], expected: int, started_s: float) -> dict[str, Any]:
    """Return what came: how late, how much of it, and how fast."""
    messages = told(printers)
    copies = Counter((printer, task) for _, printer, task, _ in messages)
    late = sorted(at - sent_at for at, _, _, sent_at in messages)
    return {
        "p50_ms": 1e3 * share_of(late, 0.5),
        "p99_ms": 1e3 * share_of(late, 0.99),
        "lost": expected - len(copies),
        "twice": len(messages) - len(copies),
        "burst_s": max(at for at, *_ in messages) - started_s,
    }


def share_of(values: list[float], share: float) -> float:
    """Return the value that so large a share of sorted values does not exceed."""
    return values[min(len(values) - 1, int(share * len(values)))]


async def read_line() -> bytes:
    """Return what the benchmark says next, nothing at the end."""
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.readline)


def say(words: dict[str, Any]) -> None:
    """Tell the benchmark something."""
    print(encode(words).decode(), flush=True)


async def main() -> None:
    """Connect, say so, take what comes, and say what came."""
    kind, first, end, channel, port = sys.argv[1:]
    printers = await connected(kind, range(int(first), int(end)), channel, int(port))
    cpu_s = time.process_time()
    say({"connected": len(printers)})
    if line := await read_line():
        sent = decode(line)
        await until_all_came(printers, sent["expected"])
        say(counted(printers, sent["expected"], sent["started_s"]) | {"load_cpu_s": time.process_time() - cpu_s})


def raise_limit() -> None:
    """Let this process have as many sockets as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    raise_limit()
    uvloop.run(main())

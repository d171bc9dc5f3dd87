"""The whole way: commands by HTTP to the real server, kept, sent, acknowledged, and each of these on the disk."""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from measure import HERE, PROGRAM, Figures

from channel.rows import Load
from channel.serving import Program

#: The printers register all at once, from one address; and nobody reads the log.
_SETTINGS = {"OUTFEED_RATE_PER_S": "100000", "OUTFEED_LOG_LEVEL": "warning"}


def whole_way(load: Load) -> Figures:
    """Run `outfeed serve` and its printers once, and return how it went and what it took."""
    with tempfile.TemporaryDirectory(prefix="outfeed-bench-") as folder:
        data = str(Path(folder) / "data")
        serve = [str(PROGRAM), "serve", "--port", "0", "--no-worker", "--data", data]
        with Program(*serve, folder=HERE, more=_SETTINGS) as server:
            address = next(word for word in server.read_line().split() if word.startswith("http://"))
            port, token, before = address.rpartition(":")[2], _token(data), server.memory_bytes()
            with ExitStack() as stack:
                fleets = [stack.enter_context(Program(*_fleet(load, s, port, token), folder=HERE)) for s in load.shares]
                for fleet in fleets:
                    fleet.read()
                figures, cpu_s = {"each_bytes": (server.memory_bytes() - before) / load.printers}, server.cpu_s()
                if load.order:
                    figures |= fleets[0].ask({}) | {"cpu_s": server.cpu_s() - cpu_s}
                return figures | {"peak_bytes": server.peak_bytes()}


def _fleet(load: Load, share: range, port: str, token: str) -> list[str]:
    """Return what starts a process of printers."""
    amounts = [len(share), load.per_s, load.for_s]
    return [sys.executable, "-m", "channel.fleet", port, token, *map(str, amounts)]


def _token(data: str) -> str:
    """Return a token of the printers' owner."""
    command = [str(PROGRAM), "token", "create", "--user", "ann@example.com", "--scopes", "data:read data:write"]
    made = subprocess.run([*command, "--data", data], check=True, capture_output=True, text=True)
    return made.stdout.strip()

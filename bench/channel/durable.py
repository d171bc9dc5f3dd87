"""The whole way: commands by HTTP to the real server, kept, sent, acknowledged, and each of these on the disk."""

import subprocess
import sys
import tempfile
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
            port = address.rpartition(":")[2]
            with Program(*_fleet(load, port, _token(data)), folder=HERE) as fleet:
                fleet.read()
                cpu_s = server.cpu_s()
                figures = fleet.ask({})
                return figures | {"cpu_s": server.cpu_s() - cpu_s, "peak_bytes": server.peak_bytes()}


def _fleet(load: Load, port: str, token: str) -> list[str]:
    """Return what starts the printers."""
    amounts = [load.printers, load.per_s, load.for_s]
    return [sys.executable, "-m", "channel.fleet", port, token, *map(str, amounts)]


def _token(data: str) -> str:
    """Return a token of the printers' owner."""
    command = [str(PROGRAM), "token", "create", "--user", "ann@example.com", "--scopes", "data:read data:write"]
    made = subprocess.run([*command, "--data", data], check=True, capture_output=True, text=True)
    return made.stdout.strip()

"""Runs our channel and a peer's in turn, under the same printers."""

import os
import sys
import time
from contextlib import ExitStack
from statistics import median
from typing import Any

import judge
from measure import HERE, Figures, peers_python
from mesh_files import Peer

from channel.durable import whole_way
from channel.rows import ChannelRow, Load
from channel.serving import Program

#: What a server is started with, by the task of a peer.
_OURS = "ours"


def run_row(row: ChannelRow, *, size: str, pairs: int, without: list[str]) -> dict[str, Any]:
    """Measure one row beside its peers."""
    print(f"\n{row.name}, {size}", flush=True)
    results = []
    for peer in row.peers:
        if peer.name not in without:
            results.append(compared(row, peer, _pairs_of(row, peer, size=size, pairs=pairs)))
            print(sentence(results[-1]), flush=True)
    figures = whole_way(row.load_of(size)) if row.is_whole_way else {}
    if figures:
        print(f"       {_figures(figures)}", flush=True)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    return {
        "row": row.name,
        "date": today,
        "load": round(os.getloadavg()[0], 2),
        "peers": results,
        "memory": None,
        "figures": {name: judge.rounded(value) for name, value in figures.items()},
    }


def _pairs_of(row: ChannelRow, peer: Peer, *, size: str, pairs: int) -> list[tuple[Figures, Figures]]:
    """Measure us and a peer in turn, after one pair that warms up; once where the figure is no time."""
    load, warm_up = row.load_of(size), 0 if row.once else 1
    count = 1 if row.once else pairs + warm_up
    return [(measured(row, _OURS, load), measured(row, peer.task, load)) for _ in range(count)][warm_up:]


def measured(row: ChannelRow, task: str, load: Load) -> Figures:
    """Run a server and its printers once, and return what came and what it took."""
    with Program(*_server(task), folder=HERE) as server:
        port, before = server.read()["port"], server.memory_bytes()
        kind = "idle" if task == "floor" else row.transport
        with ExitStack() as stack:
            printers = [
                stack.enter_context(Program(*_printers(kind, load, share, port), folder=HERE)) for share in load.shares
            ]
            for program in printers:
                program.read()
            figures = {"each_bytes": (server.memory_bytes() - before) / load.printers}
            if load.order:
                figures |= _sent(server, printers[0], load)
            return figures | {"peak_bytes": server.peak_bytes()}


def _sent(server: Program, printers: Program, load: Load) -> Figures:
    """Let the server publish, and return what came and what that took."""
    cpu_s = server.cpu_s()
    sent = server.ask(load.order)
    expected = sent["sent"] * load.copies
    heard = printers.ask({"expected": expected, "started_s": sent["started_s"]})
    if heard["lost"] or heard["twice"]:
        print(f"       {heard['lost']} of {expected} lost, {heard['twice']} came twice", flush=True)
    return heard | {"cpu_s": server.cpu_s() - cpu_s, "deliveries": expected}


def _server(task: str) -> list[str]:
    """Return what starts a server."""
    if task == "faye":
        return ["node", "channel/faye.cjs"]
    return [str(peers_python()) if task == "floor" else sys.executable, "-m", f"channel.{task}"]


def _printers(kind: str, load: Load, share: range, port: int) -> list[str]:
    """Return what starts a process of printers."""
    numbers = [str(share.start), str(share.stop)]
    return [sys.executable, "-m", "channel.load", kind, *numbers, load.channel, str(port)]


def compared(row: ChannelRow, peer: Peer, samples: list[tuple[Figures, Figures]]) -> dict[str, Any]:
    """Return one comparison; of the other figures the medians, and of what was lost the sum."""
    ours, theirs = (_whole(samples, side) for side in (0, 1))
    found = judge.beside(peer, row.figure, samples)
    return found | {
        "met": found["met"] and not ours.get("lost") and not ours.get("twice"),
        "our_peak_bytes": ours["peak_bytes"],
        "their_peak_bytes": theirs["peak_bytes"],
        "our_figures": ours,
        "their_figures": theirs,
    }


def _whole(samples: list[tuple[Figures, Figures]], side: int) -> Figures:
    """Return one side's figures of all runs together."""
    runs = [sample[side] for sample in samples]
    sums = {name: sum(run[name] for run in runs) for name in runs[0]}
    return {
        name: whole if name in {"lost", "twice"} else judge.rounded(median(run[name] for run in runs))
        for name, whole in sums.items()
    }


def sentence(peer: dict[str, Any]) -> str:
    """Return one comparison as lines."""
    line = f"{peer['ratio']:6.2f} " + ("times the figure of" if peer["at_most"] else "times as good as")
    line += f" {peer['peer']}"
    line += judge.target(peer)
    sides = (("ours", peer["our_figures"]), ("theirs", peer["their_figures"]))
    return "\n".join([line, *(f"       {side}: {_figures(figures)}" for side, figures in sides)])


def _figures(figures: Figures) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in figures.items())

"""Measure Outfeed beside its peers: `python bench/run.py [--size M|L] [--pairs 5] [--without PEER]`.

Both get the same input and run in turn, A B A B, each time in a fresh process, after one warm-up each. What counts is
the ratio of the medians: absolute times mean nothing on a shared machine. Results go to `bench/results/`, as JSON and
as a chart.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from chart import draw
from mesh_files import ROWS, Peer, Row, command

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results"
#: For both sides: numpy's linear algebra, which nobody here uses, starts threads whose first idling counts as CPU time.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def peers_python() -> Path:
    """Return the Python of the peers' own environment, which is made where it is missing."""
    folder = ROOT / "build" / "bench-venv"
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        pins = ["--require-hashes", "-r", str(ROOT / "requirements" / "bench.txt")]
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins], check=True)
        ready.touch()
    return python


def measure(row: Row, arguments: list[str]) -> dict[str, float]:
    """Run one process and return its figures; of a whole command, those of the process with its start."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, env=os.environ | ONE_THREAD)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not row.whole_command:
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_s": cpu, "wall_s": time.perf_counter() - wall}


def run_pair(row: Row, peer: Peer, *, pairs: int, places: dict[str, Path]) -> dict[str, Any]:
    """Measure us and one peer in turn, and judge the ratio."""
    ours, theirs = command(row, None, **places), command(row, peer, **places)
    samples: list[tuple[dict[str, float], dict[str, float]]] = [
        (measure(row, ours), measure(row, theirs)) for _ in range(pairs + 1)
    ][1:]
    mine, other = ([sample[side][row.figure] for sample in samples] for side in (0, 1))
    ratio = median(mine) / median(other) if peer.floor else median(other) / median(mine)
    met = None if peer.target is None else (ratio <= peer.target if peer.floor else ratio >= peer.target)
    return {
        "peer": peer.name,
        "floor": peer.floor,
        "ratio": round(ratio, 2),
        "target": peer.target,
        "met": met,
        "figure": row.figure,
        "ours_s": [round(value, 4) for value in mine],
        "peer_s": [round(value, 4) for value in other],
        "ours_peak_bytes": _peak(samples, 0),
        "peer_peak_bytes": _peak(samples, 1),
    }


def _peak(samples: list[tuple[dict[str, float], dict[str, float]]], side: int) -> float | None:
    peaks = [sample[side]["peak_bytes"] for sample in samples if "peak_bytes" in sample[side]]
    return median(peaks) if peaks else None


def run_row(row: Row, *, size: str, pairs: int, places: dict[str, Path]) -> dict[str, Any]:
    """Measure one row beside all of its peers."""
    print(f"\n{row.name}, {size}")
    results = []
    for peer in row.peers:
        result = run_pair(row, peer, pairs=pairs, places=places)
        print("  " + sentence(result))
        results.append(result)
    limit, peaks = row.memory_bytes.get(size), [result["ours_peak_bytes"] for result in results]
    memory_met = None if limit is None else max(peaks) <= limit
    if limit is not None:
        print(
            f"  peak memory {max(peaks) / 1e6:.0f} MB: target {limit / 1e6:.0f} MB {'met' if memory_met else 'MISSED'}"
        )
    return {"row": row.name, "peers": results, "memory_limit_bytes": limit, "memory_met": memory_met}


def sentence(result: dict[str, Any]) -> str:
    """Return one comparison as a line."""
    what = "times" if result["floor"] else "times as fast as"
    line = f"{result['ratio']:6.2f} {what} {result['peer']}"
    if result["target"] is not None:
        sign = "at most" if result["floor"] else "at least"
        line += f" (target {sign} {result['target']:g}: {'met' if result['met'] else 'MISSED'})"
    line += f"; {median(result['ours_s']):.3f} s beside {median(result['peer_s']):.3f} s"
    if result["ours_peak_bytes"] is not None:
        line += f"; +{result['ours_peak_bytes'] / 1e6:.0f} MB beside +{result['peer_peak_bytes'] / 1e6:.0f} MB"
    return line


def without(row: Row, names: list[str]) -> Row:
    """Return a row that leaves some peers out."""
    return replace(row, peers=[peer for peer in row.peers if peer.name not in names])


def main() -> None:
    """Make the inputs, measure, and write the results."""
    parser = argparse.ArgumentParser(description="Outfeed beside its peers.")
    parser.add_argument("--size", choices=["S", "M", "L"], default="M", help="S tries the benchmark itself out")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--without", action="append", default=[], metavar="PEER", help="leave a slow peer out")
    given = parser.parse_args()
    outside = peers_python()
    with tempfile.TemporaryDirectory(prefix="outfeed-bench-") as folder:
        source = Path(folder) / f"{given.size}.stl"
        # In a process of its own: the peak of this one's memory would count as the measured ones' start.
        subprocess.run([sys.executable, str(HERE / "inputs.py"), given.size, str(source)], check=True)
        places = {"outside": outside, "source": source, "target": Path(folder) / "out.glb"}
        rows = [run_row(without(row, given.without), size=given.size, pairs=given.pairs, places=places) for row in ROWS]
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "outfeed": version("outfeed"),
        "load": os.getloadavg()[0],
    }
    when = time.strftime("%Y-%m-%d", time.gmtime())
    report = {"suite": "mesh files", "size": given.size, "date": when, "machine": machine, "rows": rows}
    stem = f"mesh-files-{given.size}"
    (RESULTS / f"{stem}.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / f"{stem}.svg").write_text(draw(report))
    print(f"\n{RESULTS.relative_to(ROOT)}/{stem}.json and .svg")


if __name__ == "__main__":
    main()

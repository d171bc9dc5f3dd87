"""Runs us and a peer in turn, A B A B, each time in a fresh process."""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from mesh_files import Peer, Row
from tasks import cleared

HERE = Path(__file__).parent
ROOT = HERE.parent
PROGRAM = Path(sys.executable).with_name("outfeed")
#: For both sides: numpy's linear algebra, which nobody here uses, starts threads whose first idling counts as CPU time.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}

Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the inputs are, and what is written goes."""

    folder: Path
    size: str

    def source(self, row: Row, size: str | None = None) -> Path:
        """Return the input of a row."""
        return self.folder / f"{size or self.size}.{row.reads}"

    def target(self, row: Row) -> Path:
        """Return where a row's work writes."""
        return self.folder / f"out.{row.writes}"


def pairs_of(row: Row, peer: Peer, *, pairs: int, places: Places) -> list[tuple[Figures, Figures]]:
    """Measure us and a peer in turn, after one pair that warms up; once where the figure is no time."""
    ours, theirs = command(row, None, places), command(row, peer, places)
    if row.figure == "rms":
        return [(_run(row, ours, places), _run(row, theirs, places))]
    count = min(pairs, peer.most_pairs or pairs)
    return [(_run(row, ours, places), _run(row, theirs, places)) for _ in range(count + 1)][1:]


def command(row: Row, peer: Peer | None, places: Places) -> list[str]:
    """Return what to start for one measurement of us, or of a peer."""
    source, target = str(places.source(row)), str(places.target(row))
    if row.whole_command and peer is None:
        return [str(PROGRAM), "export", source, "--to", row.ours, "-o", target]
    python = str(peers_python()) if peer is not None and peer.outside else sys.executable
    if row.whole_command and peer is not None:
        return [python, "-c", peer.task, source, target]
    task = row.ours if peer is None else peer.task
    return [python, str(HERE / "task.py"), task, source, target, str(places.source(row, "S"))]


def _run(row: Row, arguments: list[str], places: Places) -> Figures:
    """Run one process and return its figures; of a whole command, those of the process with its start."""
    # Emptying a file that is there costs time.
    cleared(places.target(row))
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = _printed(arguments)
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if row.whole_command:
        return {"wall_s": wall, "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}
    figures: Figures = json.loads(printed.splitlines()[-1])
    return figures | _deviation(row, places) if row.figure == "rms" else figures


def _deviation(row: Row, places: Places) -> Figures:
    """Return how far what was written is from the surface that was read."""
    surfaces = [str(places.folder / f"{places.size}.stl"), str(places.target(row))]
    judge = [str(peers_python()), str(HERE / "deviation.py"), *surfaces]
    judged: Figures = json.loads(_printed(judge))
    return judged


def _printed(arguments: list[str]) -> str:
    """Run a program and return what it prints; where it fails, what it says ends the benchmark."""
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=os.environ | ONE_THREAD)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def peers_python() -> Path:
    """
    Return the Python of the peers' own environment, which is made where it is missing or has other pins.

    It is made by the Python that PEERS_PYTHON names, else by this one.
    """
    folder, pins = ROOT / "build" / "bench-venv", ROOT / "requirements" / "bench.txt"
    python, ready = folder / "bin" / "python", folder / ".ready"
    base = os.environ.get("PEERS_PYTHON", sys.executable)
    state = base.encode() + b"\n" + pins.read_bytes()
    if not ready.exists() or ready.read_bytes() != state:
        install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(pins)]
        subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), *install], check=True)
        ready.write_bytes(state)
    return python


def can_run(peer: Peer) -> bool:
    """Tell whether the peers' Python is new enough for a peer."""
    if not peer.outside or peer.least_python is None:
        return True
    told = _printed([str(peers_python()), "-c", "import sys; print(*sys.version_info[:2])"])
    return tuple(map(int, told.split())) >= peer.least_python

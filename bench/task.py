"""One measured piece of work in a process of its own: `python task.py MODULE.TASK INPUT OUTPUT SMALL`.

Runs in our environment and in the peers', and prints its figures as JSON. It does the same once with a small input
before the clock starts, so that what a library loads at its first use does not count, ours or another's.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

from tasks import Arrays, cleared, size_of
from tasks.direct import save_ply


def main(name: str, source: str, target: str, small: str) -> None:
    """Do the task once, and print CPU and wall seconds, the peak of memory above the start, and the result's bytes."""
    module, _, function = name.partition(".")
    task = getattr(import_module(f"tasks.{module}"), function)
    task(Path(small), Path(target))()
    cleared(Path(target))
    work = task(Path(source), Path(target))
    before = _reset_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    figures = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    print(json.dumps(figures | {"peak_bytes": _memory("VmHWM") - before, "result_bytes": size_of(made)}))
    _keep(made, Path(target))


def _keep(made: Arrays | None, target: Path) -> None:
    """Write what the work made and did not write itself, for a row that judges the result."""
    if made and target.suffix == ".ply":
        save_ply(made[0], made[1], target)


def _reset_peak() -> int:
    """Let the peak of this process's memory begin anew, at what it has now; return that."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


if __name__ == "__main__":
    main(*sys.argv[1:])

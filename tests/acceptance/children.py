"""Running conversions in real children, for the tests of the sandbox."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from outfeed.jobs.sandbox import Limits, Outcome, Sandbox, Work

TARGETS = ["numpy", "acceptance.behaving", "acceptance.misbehaving", "acceptance.misleading"]
MIB = 1024 * 1024
#: Longest time that anything here is waited for, in seconds; `behaving.PATIENCE_S` is much longer.
PATIENCE_S = 30.0
LIMITS = Limits(wall_s=120.0, memory_bytes=512 * MIB, output_bytes=10 * MIB)
#: For what would never end.
BRIEF = Limits(wall_s=0.3, memory_bytes=512 * MIB, output_bytes=10 * MIB)
#: For what ends when it has used its memory up.
SMALL = Limits(wall_s=120.0, memory_bytes=128 * MIB, output_bytes=10 * MIB)
HELPERS = Limits(wall_s=120.0, memory_bytes=512 * MIB, output_bytes=10 * MIB, processes=True)


def a_folder(parent: Path, name: str = "work") -> Path:
    """Lay a folder as the engine does."""
    folder = parent / name
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "source").write_text("source", encoding="ascii")
    return folder


def run(
    sandbox: Sandbox,
    target: str,
    folder: Path,
    *,
    limits: Limits = LIMITS,
    report: Callable[[float], None] = lambda _: None,
    cancelled: threading.Event | None = None,
    **options: Any,
) -> Outcome:
    """Run a target of `misbehaving.py`."""
    work = Work(target=f"acceptance.{target}", options=options, folder=folder)
    return sandbox.run(work, limits=limits, report=report, cancelled=cancelled or threading.Event())


class Patient:
    """A conversion in a thread that runs until it is let go."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder = folder
        self.cancelled = threading.Event()
        self.began = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self.future: Future[Outcome] = self._pool.submit(
            run, sandbox, "behaving:convert_patiently", folder, report=self._hear, cancelled=self.cancelled
        )
        assert self.began.wait(PATIENCE_S)

    def _hear(self, share: float) -> None:
        assert share == 0.5
        self.began.set()

    def let_go(self) -> Outcome:
        """Let it end, and return how it did."""
        (self.folder / "in" / "go").touch()
        return self.future.result(PATIENCE_S)

    def close(self) -> None:
        self.cancelled.set()
        self._pool.shutdown()


@contextlib.contextmanager
def patient(sandbox: Sandbox, folder: Path) -> Iterator[Patient]:
    one = Patient(sandbox, folder)
    try:
        yield one
    finally:
        one.close()


def children(pid: int) -> set[int]:
    """Return the living children of a process."""
    try:
        return {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}
    except FileNotFoundError:
        return set()


def descriptors(pid: int) -> int:
    """Return how many files a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def comes_true(happened: Callable[[], bool]) -> bool:
    """Wait for something that gives no sign of its own."""
    deadline = time.monotonic() + PATIENCE_S
    nothing = threading.Event()
    while not happened() and time.monotonic() < deadline:
        nothing.wait(0.01)
    return happened()


def nursery(sandbox: Sandbox) -> int:
    """Return the process id of the nursery."""
    assert sandbox.nursery_pid is not None
    return sandbox.nursery_pid


class ListLog:
    """A log that keeps the last entry of each event."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}

    def _keep(self, event: str, **values: Any) -> None:
        self.entries[event] = values

    info = warning = _keep

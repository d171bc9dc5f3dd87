"""Real children that do what they must not: each ends with its own error, and its neighbours do not notice."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from outfeed import errors
from outfeed.jobs.sandbox import Limits, Outcome, Sandbox, SandboxClosed, Work, protections

TARGETS = "acceptance.misbehaving"
MIB = 1024 * 1024
LIMITS = Limits(wall_s=20.0, memory_bytes=512 * MIB, output_bytes=10 * MIB)
#: For what would never end.
BRIEF = Limits(wall_s=0.3, memory_bytes=512 * MIB, output_bytes=10 * MIB)
#: For what ends when it has used its memory up.
SMALL = Limits(wall_s=20.0, memory_bytes=128 * MIB, output_bytes=10 * MIB)
HELPERS = Limits(wall_s=20.0, memory_bytes=512 * MIB, output_bytes=10 * MIB, processes=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=["numpy", TARGETS]) as running:
        yield running


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
    work = Work(target=f"{TARGETS}:{target}", options=options, folder=folder)
    return sandbox.run(work, limits=limits, report=report, cancelled=cancelled or threading.Event())


class Patient:
    """A conversion in a thread that runs until it is let go."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder = folder
        self.cancelled = threading.Event()
        self.began = threading.Event()
        self.heard_at = 0.0
        self._pool = ThreadPoolExecutor(1)
        self.future: Future[Outcome] = self._pool.submit(
            run, sandbox, "convert_patiently", folder, report=self._hear, cancelled=self.cancelled
        )
        assert self.began.wait(20)

    def _hear(self, share: float) -> None:
        assert share == 0.5
        self.heard_at = time.monotonic()
        self.began.set()

    def let_go(self) -> Outcome:
        """Let it end, and return how it did."""
        (self.folder / "in" / "go").touch()
        return self.future.result(20)

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


def until(happened: Callable[[], bool], *, within_s: float) -> bool:
    """Wait for something that gives no sign of its own."""
    deadline = time.monotonic() + within_s
    nothing = threading.Event()
    while not happened() and time.monotonic() < deadline:
        nothing.wait(0.01)
    return happened()


CASES: list[tuple[str, type[errors.OutfeedError], Limits]] = [
    ("segfault", errors.ChildCrashed, LIMITS),
    ("abort", errors.ChildCrashed, LIMITS),
    ("divide_by_zero", errors.ChildCrashed, LIMITS),
    ("bus_error", errors.ChildCrashed, LIMITS),
    ("raise_unexpectedly", errors.ChildBroken, LIMITS),
    ("recurse", errors.ChildBroken, LIMITS),
    ("not_there", errors.ChildBroken, LIMITS),
    ("loop_in_python", errors.ChildTimedOut, BRIEF),
    ("loop_in_c", errors.ChildTimedOut, BRIEF),
    ("loop_in_re", errors.ChildTimedOut, BRIEF),
    ("ignore_the_end", errors.ChildTimedOut, BRIEF),
    ("allocate_array", errors.ChildOutOfMemory, LIMITS),
    ("allocate_map", errors.ChildOutOfMemory, LIMITS),
    ("allocate_objects", errors.ChildOutOfMemory, SMALL),
    ("allocate_in_shared_memory", errors.ChildDenied, LIMITS),
    ("fail_in_cpp", errors.ChildOutOfMemory, LIMITS),
    ("start_threads", errors.ChildOutOfMemory, SMALL),
    ("connect_tcp", errors.ChildWentOnline, LIMITS),
    ("send_udp", errors.ChildWentOnline, LIMITS),
    ("open_raw", errors.ChildWentOnline, LIMITS),
    ("open_in_c", errors.ChildWentOnline, LIMITS),
    ("connect_unix", errors.ChildWentOnline, LIMITS),
    ("pair", errors.ChildWentOnline, LIMITS),
    ("look_up", errors.ChildWentOnline, LIMITS),
    ("set_up_io_uring", errors.ChildDenied, LIMITS),
    ("fork_bomb", errors.ChildForked, LIMITS),
    ("run_program", errors.ChildForked, LIMITS),
    ("become_program", errors.ChildForked, LIMITS),
    ("spawn", errors.ChildForked, LIMITS),
    ("start_process", errors.ChildForked, LIMITS),
    ("kill_parent", errors.ChildDenied, LIMITS),
    ("kill_own_group", errors.ChildDenied, LIMITS),
    ("trace_parent", errors.ChildDenied, LIMITS),
    ("outlive_parent", errors.ChildDenied, LIMITS),
    ("limit_parent", errors.ChildDenied, LIMITS),
    ("unshare", errors.ChildDenied, LIMITS),
    ("escape_with_helper", errors.ChildDenied, HELPERS),
    ("write_beside", errors.ChildWroteOutside, LIMITS),
    ("write_input", errors.ChildWroteOutside, LIMITS),
    ("remove_input", errors.ChildWroteOutside, LIMITS),
    ("adopt_input", errors.ChildWroteOutside, LIMITS),
    ("leave_symlink", errors.ChildWroteOutside, LIMITS),
    ("leave_pipe", errors.ChildWroteOutside, LIMITS),
    ("leave_two_names", errors.ChildWroteOutside, LIMITS),
    ("write_large_file", errors.ChildOutputTooLarge, LIMITS),
    ("write_many_files", errors.ChildOutputTooLarge, LIMITS),
    ("write_little_too_much", errors.ChildOutputTooLarge, LIMITS),
    ("find_disk_full", errors.StorageFull, LIMITS),
    ("say_garbage", errors.ChildGarbled, LIMITS),
    ("say_progress_that_is_none", errors.ChildGarbled, LIMITS),
    ("report_nan", errors.ChildGarbled, LIMITS),
    ("say_too_long", errors.ChildGarbled, LIMITS),
    ("say_too_often", errors.ChildGarbled, LIMITS),
    ("say_deep", errors.ChildGarbled, LIMITS),
    ("say_twice", errors.ChildGarbled, LIMITS),
    ("print_too_much", errors.ChildGarbled, LIMITS),
    ("return_list", errors.ChildGarbled, LIMITS),
    ("return_array", errors.ChildGarbled, LIMITS),
    ("return_nan", errors.ChildGarbled, LIMITS),
    ("return_too_much", errors.ChildGarbled, LIMITS),
    ("close_pipe", errors.ChildGarbled, LIMITS),
    ("close_pipe_and_hang", errors.ChildGarbled, LIMITS),
    ("exit_politely", errors.ChildGarbled, LIMITS),
    ("exit_at_once", errors.ChildGarbled, LIMITS),
    ("kill_itself", errors.ChildVanished, LIMITS),
]


@pytest.mark.parametrize(("target", "expected", "limits"), CASES, ids=[case[0] for case in CASES])
def test_each_way_to_die_has_its_own_error(
    sandbox: Sandbox, tmp_path: Path, target: str, expected: type[errors.OutfeedError], limits: Limits
) -> None:
    with patient(sandbox, a_folder(tmp_path, "left")) as left, patient(sandbox, a_folder(tmp_path, "right")) as right:
        with pytest.raises(errors.OutfeedError) as caught:
            run(sandbox, target, a_folder(tmp_path), limits=limits)
        beside = [left.let_go(), right.let_go()]

    assert expected is type(caught.value), caught.value
    assert [["done"], ["done"]] == [list(outcome.outputs) for outcome in beside]


def test_a_crash_names_its_signal(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(errors.ChildCrashed) as caught:
        run(sandbox, "segfault", a_folder(tmp_path))

    assert str(caught.value) == "The conversion crashed on this file. (SIGSEGV)"


def test_a_refusal_of_the_conversion_arrives_as_it_was_raised(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(errors.SourceDamaged) as caught:
        run(sandbox, "refuse", a_folder(tmp_path))

    assert caught.value.detail == "Triangle 7 is cut short."


def test_an_unexpected_error_shows_an_id_and_only_the_log_shows_the_trace(tmp_path: Path) -> None:
    log = ListLog()
    with (
        Sandbox(preload=[TARGETS], log=log, new_id=lambda: "id-1") as sandbox,
        pytest.raises(errors.ChildBroken) as caught,
    ):
        run(sandbox, "raise_unexpectedly", a_folder(tmp_path))
    entry = log.entries["conversion_failed"]

    assert caught.value.detail == "The server's log has more under id-1."
    assert entry["id"] == "id-1"
    assert "ValueError: secretsecret" in entry["trace"]
    assert len(entry["trace"]) < 20_000


class ListLog:
    """A log that keeps the last entry of each event."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}

    def _keep(self, event: str, **values: Any) -> None:
        self.entries[event] = values

    info = warning = _keep


def test_a_good_conversion_returns_facts_and_files(sandbox: Sandbox, tmp_path: Path) -> None:
    shares: list[float] = []
    outcome = run(sandbox, "convert", a_folder(tmp_path), report=shares.append, unit="mm")

    assert outcome.facts == {"bytes": 6, "options": {"unit": "mm"}}
    assert outcome.outputs == {"copy": tmp_path / "work" / "out" / "copy"}
    assert outcome.outputs["copy"].read_bytes() == b"source"
    assert shares == [0.5]
    assert 5 * MIB < outcome.peak_memory_bytes < 200 * MIB
    assert 0 < outcome.took_s < 20


def test_what_an_earlier_attempt_left_is_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    for name in ("out", "tmp"):
        (folder / name / "old").mkdir(parents=True)
    outcome = run(sandbox, "convert", folder)

    assert list(outcome.outputs) == ["copy"]


def test_reported_shares_only_grow_and_stay_between_none_and_all(sandbox: Sandbox, tmp_path: Path) -> None:
    shares: list[float] = []
    run(sandbox, "report_oddly", a_folder(tmp_path), report=shares.append)

    # What arrives together is told once.
    assert shares[-1] == 1.0
    assert set(shares) <= {0.5, 1.0}


def test_reporting_often_is_cheap(sandbox: Sandbox, tmp_path: Path) -> None:
    shares: list[float] = []
    run(sandbox, "report_often", a_folder(tmp_path), report=shares.append)

    assert sorted(set(shares)) == shares
    assert 0.998 <= shares[-1] < 1.0
    assert len(shares) <= 1000


def test_progress_arrives_within_a_quarter_of_a_second(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path)) as one:
        outcome = one.let_go()

    # Both clocks are the machine's monotonic one.
    assert -0.25 < one.heard_at - outcome.facts["began"] < 0.25


def test_a_child_sees_its_folder_and_nothing_of_the_server(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTFEED_SECRET", "secret")
    seen = run(sandbox, "tell_surroundings", a_folder(tmp_path)).facts

    assert seen == {
        "environment": ["HOME", "LANG", "PATH", "TMPDIR"],
        "descriptors": [0, 1, 2, 3],
        "session_is_own": True,
        "folder": str(tmp_path / "work"),
        "inputs": ["source"],
        "capabilities": [0] * 6,
    }


@pytest.mark.parametrize("target", ["read_path", "write_path", "truncate_path", "open_up_path", "date_path"])
def test_files_of_the_server_cannot_be_touched(sandbox: Sandbox, tmp_path: Path, target: str) -> None:
    key = tmp_path / "data" / "keys.json"
    key.parent.mkdir()
    key.write_text("secret", encoding="ascii")
    key.chmod(0o600)
    before = key.stat()
    with pytest.raises(errors.ChildWroteOutside):
        run(sandbox, target, a_folder(tmp_path), path=str(key))

    assert key.read_text(encoding="ascii") == "secret"
    assert (key.stat().st_mode, key.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/shadow", "~/.ssh/id_ed25519", "/proc/1/environ", "/proc/self/maps"]
)
def test_secrets_of_the_machine_cannot_be_read(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    given = str(Path(path).expanduser())
    with pytest.raises(errors.ChildError) as caught:
        run(sandbox, "read_path", a_folder(tmp_path), path=given)

    assert type(caught.value) is (errors.ChildWroteOutside if os.path.lexists(given) else errors.ChildBroken)


@pytest.mark.parametrize("path", ["/", "/etc", "/var", "/proc"])
def test_folders_of_the_machine_cannot_be_listed(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    with pytest.raises(errors.ChildWroteOutside):
        run(sandbox, "list_path", a_folder(tmp_path), path=path)


def test_a_neighbour_cannot_be_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path, "neighbour")) as neighbour:
        (pid,) = children(nursery(sandbox))
        with pytest.raises(errors.ChildDenied):
            run(sandbox, "kill_process", a_folder(tmp_path), pid=pid)
        outcome = neighbour.let_go()

    assert outcome.facts["pid"] == pid


def nursery(sandbox: Sandbox) -> int:
    """Return the process id of the nursery."""
    assert sandbox.nursery_pid is not None
    return sandbox.nursery_pid


def test_a_child_killed_from_outside_is_told_from_a_crash(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path)) as one:
        (pid,) = children(nursery(sandbox))
        os.kill(pid, signal.SIGKILL)

        with pytest.raises(errors.ChildVanished):
            one.future.result(5)


def test_a_killed_nursery_costs_its_callers_nothing(tmp_path: Path) -> None:
    with Sandbox(preload=[TARGETS]) as sandbox, patient(sandbox, a_folder(tmp_path)) as one:
        old = nursery(sandbox)
        (child,) = children(old)
        os.kill(old, signal.SIGKILL)
        assert until(lambda: not is_alive(child), within_s=1.0)
        outcome = one.let_go()

        assert nursery(sandbox) != old
    assert outcome.facts["pid"] != child
    assert list(outcome.outputs) == ["done"]


def test_cancelling_ends_the_child_within_a_second(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path)) as one:
        (pid,) = children(nursery(sandbox))
        one.cancelled.set()

        with pytest.raises(errors.JobCancelled):
            one.future.result(1.0)
    assert not is_alive(pid)


def test_what_was_cancelled_before_it_began_is_not_begun(sandbox: Sandbox, tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(errors.JobCancelled):
        run(sandbox, "convert", a_folder(tmp_path), cancelled=cancelled)

    assert not (tmp_path / "work" / "out").exists()


def test_a_failing_report_ends_the_child(sandbox: Sandbox, tmp_path: Path) -> None:
    def fail(_: float) -> None:
        raise LookupError("the database is gone")

    with pytest.raises(LookupError):
        run(sandbox, "convert_patiently", a_folder(tmp_path), report=fail)

    assert until(lambda: not children(nursery(sandbox)), within_s=1.0)


def test_closing_ends_conversions_as_unfinished(tmp_path: Path) -> None:
    with Sandbox(preload=[TARGETS]) as sandbox, patient(sandbox, a_folder(tmp_path)) as one:
        pid = nursery(sandbox)
        (child,) = children(pid)
        sandbox.close()

        with pytest.raises(SandboxClosed):
            one.future.result(1.0)
    assert [False, False] == [is_alive(child), is_alive(pid)]


def test_a_closed_sandbox_runs_nothing(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.close()

    with pytest.raises(SandboxClosed):
        run(sandbox, "convert", a_folder(tmp_path))


WORKER = """
import sys, threading
from pathlib import Path
from outfeed.jobs.sandbox import Limits, Sandbox, Work

limits = Limits(wall_s=60.0, memory_bytes=2**29, output_bytes=2**20)
work = Work(target="acceptance.misbehaving:convert_patiently", options={}, folder=Path(sys.argv[1]))
sandbox = Sandbox(preload=["acceptance.misbehaving"])
sandbox.start()
said = lambda share: sys.stdout.write(f"{sandbox.nursery_pid}\\n") and sys.stdout.flush()
sandbox.run(work, limits=limits, report=said, cancelled=threading.Event())
"""


def test_the_death_of_the_worker_ends_everything_within_a_second(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WORKER, str(a_folder(tmp_path))]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        (child,) = children(pid)
        worker.kill()

        assert until(lambda: not is_alive(child) and not is_alive(pid), within_s=1.0)


def test_a_hundred_runs_leave_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    run(sandbox, "convert", folder)
    before = descriptors(os.getpid()), descriptors(nursery(sandbox))
    for _ in range(50):
        run(sandbox, "convert", folder)
        with pytest.raises(errors.ChildCrashed):
            run(sandbox, "segfault", folder)

    assert before == (descriptors(os.getpid()), descriptors(nursery(sandbox)))
    assert children(nursery(sandbox)) == set()
    assert sorted(item.name for item in folder.iterdir()) == ["in", "out", "tmp"]


def test_an_empty_run_is_cheap(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    took_s = sorted(run(sandbox, "convert", folder).took_s for _ in range(20))

    # Measured: 8 ms on two quiet cores; the bound leaves room for busy ones.
    assert took_s[0] < 0.1


def test_limits_may_allow_helper_programs(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, "run_helper", a_folder(tmp_path), limits=HELPERS)

    assert outcome.outputs["said"].read_bytes() == b"hello\n"


def test_helpers_end_with_their_conversion(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, "leave_helper", a_folder(tmp_path), limits=HELPERS)

    assert until(lambda: not is_alive(outcome.facts["pid"]), within_s=1.0)


def test_helpers_can_read_no_more_than_their_conversion(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, "read_with_helper", a_folder(tmp_path), limits=HELPERS, path="/etc/passwd")

    assert outcome.facts == {"exit": 1, "said": ""}


def test_this_kernel_offers_every_protection() -> None:
    """The tests above prove what they say only where the kernel has Landlock and seccomp."""
    assert [] == [protection for protection in protections() if not protection.active]

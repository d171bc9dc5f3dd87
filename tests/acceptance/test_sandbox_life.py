"""The life of real children: what they see, how they end, and what is left of them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.children import (
    HELPERS,
    LIMITS,
    MIB,
    PATIENCE_S,
    TARGETS,
    ListLog,
    a_folder,
    children,
    comes_true,
    descriptors,
    is_alive,
    nursery,
    patient,
    run,
)
from outfeed import errors
from outfeed.jobs.sandbox import Sandbox, SandboxClosed, protections
from outfeed.jobs.spawn import NurseryLost
from outfeed.jobs.watch import QUIET_S


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=TARGETS) as running:
        yield running


def test_a_crash_names_its_signal(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(errors.ChildCrashed) as caught:
        run(sandbox, "misbehaving:segfault", a_folder(tmp_path))

    assert str(caught.value) == "The conversion crashed on this file. (SIGSEGV)"


def test_a_refusal_of_the_conversion_arrives_as_it_was_raised(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(errors.SourceDamaged) as caught:
        run(sandbox, "behaving:refuse", a_folder(tmp_path))

    assert caught.value.detail == "Triangle 7 is cut short."


def test_a_refusal_travels_as_short_text(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(errors.SourceDamaged) as caught:
        run(sandbox, "misleading:refuse_oddly", a_folder(tmp_path))

    assert caught.value.detail == "?.stl " + "a" * 494


def test_an_unexpected_error_shows_an_id_and_only_the_log_shows_the_trace(tmp_path: Path) -> None:
    log = ListLog()
    with (
        Sandbox(preload=TARGETS, log=log, new_id=lambda: "id-1") as sandbox,
        pytest.raises(errors.ChildBroken) as caught,
    ):
        run(sandbox, "misbehaving:raise_unexpectedly", a_folder(tmp_path))
    entry = log.entries["conversion_failed"]

    assert caught.value.detail == "The server's log has more under id-1."
    assert entry["id"] == "id-1"
    assert "ValueError: secretsecret" in entry["trace"]
    assert len(entry["trace"]) < 20_000


def test_a_good_conversion_returns_facts_and_files(sandbox: Sandbox, tmp_path: Path) -> None:
    shares: list[float] = []
    outcome = run(sandbox, "behaving:convert", a_folder(tmp_path), report=shares.append, unit="mm")

    assert outcome.facts == {"bytes": 6, "options": {"unit": "mm"}}
    assert outcome.outputs == {"copy": tmp_path / "work" / "out" / "copy"}
    assert outcome.outputs["copy"].read_bytes() == b"source"
    assert shares == [0.5]
    assert 5 * MIB < outcome.peak_memory_bytes < 200 * MIB
    assert 0 < outcome.took_s < LIMITS.wall_s


def test_what_an_earlier_attempt_left_is_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    for name in ("out", "tmp"):
        (folder / name / "old").mkdir(parents=True)
    outcome = run(sandbox, "behaving:convert", folder)

    assert list(outcome.outputs) == ["copy"]


def test_what_no_path_can_name_is_gone_too(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with pytest.raises(errors.ChildOutputTooLarge):
        run(sandbox, "misleading:write_deep", folder)
    outcome = run(sandbox, "behaving:convert", folder)

    assert list(outcome.outputs) == ["copy"]
    assert sorted(item.name for item in folder.iterdir()) == ["in", "out", "tmp"]


def test_a_module_that_starts_a_thread_is_not_forked(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NurseryLost), Sandbox(preload=["acceptance.threaded"]):
        pass

    assert "one of the modules to load started a thread" in capfd.readouterr().err


def test_reported_shares_only_grow_and_stay_between_none_and_all(sandbox: Sandbox, tmp_path: Path) -> None:
    shares: list[float] = []
    run(sandbox, "behaving:report_oddly", a_folder(tmp_path), report=shares.append)

    # What arrives together is told once.
    assert shares[-1] == 1.0
    assert set(shares) <= {0.5, 1.0}


def test_reporting_often_is_cheap(sandbox: Sandbox, tmp_path: Path) -> None:
    shares: list[float] = []
    run(sandbox, "behaving:report_often", a_folder(tmp_path), report=shares.append)

    assert sorted(set(shares)) == shares
    assert 0.998 <= shares[-1] < 1.0
    assert len(shares) <= 1000


def test_progress_arrives_while_the_conversion_still_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path)) as one:
        assert one.began.is_set()
        assert len(children(nursery(sandbox))) == 1
        outcome = one.let_go()

    assert list(outcome.outputs) == ["done"]


def test_a_child_sees_its_folder_and_nothing_of_the_server(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTFEED_SECRET", "secret")
    seen = run(sandbox, "behaving:tell_surroundings", a_folder(tmp_path)).facts

    assert seen == {
        "environment": ["HOME", "LANG", "PATH", "TMPDIR"],
        "descriptors": [0, 1, 2, 3],
        "session_is_own": True,
        "folder": str(tmp_path / "work"),
        "inputs": ["source"],
        "capabilities": [0] * 6,
    }


@pytest.mark.parametrize(
    "target",
    [
        "misleading:read_path",
        "misleading:write_path",
        "misleading:truncate_path",
        "misleading:open_up_path",
        "misleading:date_path",
    ],
)
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
        run(sandbox, "misleading:read_path", a_folder(tmp_path), path=given)

    assert type(caught.value) is (errors.ChildWroteOutside if os.path.lexists(given) else errors.ChildBroken)


@pytest.mark.parametrize("path", ["/", "/etc", "/var", "/proc"])
def test_folders_of_the_machine_cannot_be_listed(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    with pytest.raises(errors.ChildWroteOutside):
        run(sandbox, "misleading:list_path", a_folder(tmp_path), path=path)


def test_a_neighbour_cannot_be_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path, "neighbour")) as neighbour:
        (pid,) = children(nursery(sandbox))
        with pytest.raises(errors.ChildDenied):
            run(sandbox, "misbehaving:kill_process", a_folder(tmp_path), pid=pid)
        outcome = neighbour.let_go()

    assert outcome.facts["pid"] == pid


def test_a_child_killed_from_outside_is_told_from_a_crash(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path)) as one:
        (pid,) = children(nursery(sandbox))
        os.kill(pid, signal.SIGKILL)

        with pytest.raises(errors.ChildVanished):
            one.future.result(PATIENCE_S)


def test_a_killed_nursery_costs_its_callers_nothing(tmp_path: Path) -> None:
    with Sandbox(preload=TARGETS) as sandbox, patient(sandbox, a_folder(tmp_path)) as one:
        old = nursery(sandbox)
        (child,) = children(old)
        os.kill(old, signal.SIGKILL)
        assert comes_true(lambda: not is_alive(child))
        outcome = one.let_go()

        assert nursery(sandbox) != old
    assert outcome.facts["pid"] != child
    assert list(outcome.outputs) == ["done"]


def test_a_child_that_has_ended_is_not_blamed_for_a_nursery_that_reports_it_late(tmp_path: Path) -> None:
    """On a busy machine: the pipe is closed for longer than a child may go on after that."""
    with Sandbox(preload=TARGETS) as sandbox, patient(sandbox, a_folder(tmp_path)) as one:
        (child,) = children(nursery(sandbox))
        os.kill(nursery(sandbox), signal.SIGSTOP)
        (one.folder / "in" / "go").touch()
        assert comes_true(lambda: not is_alive(child))
        threading.Event().wait(1.5 * QUIET_S)
        os.kill(nursery(sandbox), signal.SIGCONT)
        outcome = one.future.result(PATIENCE_S)

    assert list(outcome.outputs) == ["done"]


def test_cancelling_ends_the_child(sandbox: Sandbox, tmp_path: Path) -> None:
    with patient(sandbox, a_folder(tmp_path)) as one:
        (pid,) = children(nursery(sandbox))
        one.cancelled.set()

        with pytest.raises(errors.JobCancelled):
            one.future.result(PATIENCE_S)
    assert not is_alive(pid)


def test_what_was_cancelled_before_it_began_is_not_begun(sandbox: Sandbox, tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(errors.JobCancelled):
        run(sandbox, "behaving:convert", a_folder(tmp_path), cancelled=cancelled)

    assert not (tmp_path / "work" / "out").exists()


def test_a_failing_report_ends_the_child(sandbox: Sandbox, tmp_path: Path) -> None:
    def fail(_: float) -> None:
        raise LookupError("the database is gone")

    with pytest.raises(LookupError):
        run(sandbox, "behaving:convert_patiently", a_folder(tmp_path), report=fail)

    assert comes_true(lambda: not children(nursery(sandbox)))


def test_closing_ends_conversions_as_unfinished(tmp_path: Path) -> None:
    with Sandbox(preload=TARGETS) as sandbox, patient(sandbox, a_folder(tmp_path)) as one:
        pid = nursery(sandbox)
        (child,) = children(pid)
        sandbox.close()

        with pytest.raises(SandboxClosed):
            one.future.result(PATIENCE_S)
    assert [False, False] == [is_alive(child), is_alive(pid)]


def test_a_closed_sandbox_runs_nothing(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.close()

    with pytest.raises(SandboxClosed):
        run(sandbox, "behaving:convert", a_folder(tmp_path))


WORKER = """
import sys, threading
from pathlib import Path
from outfeed.jobs.spawn import NurseryLost
from outfeed.jobs.sandbox import Limits, Sandbox, Work

limits = Limits(wall_s=120.0, memory_bytes=2**29, output_bytes=2**20)
work = Work(target="acceptance.behaving:convert_patiently", options={}, folder=Path(sys.argv[1]))
sandbox = Sandbox(preload=["acceptance.behaving"])
sandbox.start()
said = lambda share: sys.stdout.write(f"{sandbox.nursery_pid}\\n") and sys.stdout.flush()
sandbox.run(work, limits=limits, report=said, cancelled=threading.Event())
"""


def test_the_death_of_the_worker_ends_everything(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WORKER, str(a_folder(tmp_path))]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        (child,) = children(pid)
        worker.kill()

        assert comes_true(lambda: not is_alive(child) and not is_alive(pid))


def test_a_hundred_runs_leave_nothing_behind(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with Sandbox(preload=TARGETS) as sandbox:
        pids = os.getpid(), nursery(sandbox)
        before = [descriptors(pid) for pid in pids]
        for _ in range(50):
            run(sandbox, "behaving:convert", folder)
            with pytest.raises(errors.ChildCrashed):
                run(sandbox, "misbehaving:segfault", folder)

        # The nursery closes its end of the last run just after we heard of it.
        assert comes_true(lambda: before == [descriptors(pid) for pid in pids])
        assert children(nursery(sandbox)) == set()
    assert sorted(item.name for item in folder.iterdir()) == ["in", "out", "tmp"]


def test_an_empty_run_is_cheap(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    took_s = sorted(run(sandbox, "behaving:convert", folder).took_s for _ in range(20))

    # Measured: 8 ms on two quiet cores, a second with a fresh interpreter and its libraries; the best of many counts.
    assert took_s[0] < 0.5


def test_limits_may_allow_helper_programs(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, "behaving:run_helper", a_folder(tmp_path), limits=HELPERS)

    assert outcome.outputs["said"].read_bytes() == b"hello\n"


def test_helpers_end_with_their_conversion(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, "behaving:leave_helper", a_folder(tmp_path), limits=HELPERS)

    assert comes_true(lambda: not is_alive(outcome.facts["pid"]))


def test_helpers_can_read_no_more_than_their_conversion(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, "behaving:read_with_helper", a_folder(tmp_path), limits=HELPERS, path="/etc/passwd")

    assert outcome.facts == {"exit": 1, "said": ""}


def test_this_kernel_offers_every_protection() -> None:
    """The tests above prove what they say only where the kernel has Landlock and seccomp."""
    assert [] == [protection for protection in protections() if not protection.active]

"""Running conversions in children that can do no harm, with an error of its own for every way to die."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import structlog

from outfeed import errors
from outfeed.jobs.confine import Protection, protections
from outfeed.jobs.outputs import outputs, remove
from outfeed.jobs.spawn import NurseryLost, NurseryProcess
from outfeed.jobs.watch import End, Watch
from outfeed.jobs.work import OUT, TMP, Limits, Order, Outcome, Task, Work

__all__ = [
    "Limits",
    "Outcome",
    "Protection",
    "Sandbox",
    "SandboxClosed",
    "Task",
    "Work",
    "outputs",
    "protections",
    "remove",
]

#: Times that a conversion is started because the nursery was lost, before the engine hears of it.
ATTEMPTS = 3
#: Signals that come from outside or from an operator; all others are a crash.
_FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def _new_id() -> str:
    """Return an id for the log."""
    return uuid4().hex[:12]


class SandboxClosed(Exception):
    """The worker is stopping; the conversion did not end, and its job is to be run again by the next worker."""


class Sandbox:
    """
    The place where conversions run. `run` may be called from several threads at once.

    Parameters
    ----------
    preload
        Modules that the children find loaded: numpy and the conversions' own.
    log
        Where traces go that no user sees.
    new_id
        Makes the id that a user can quote and the log can be searched for.
    """

    def __init__(self, *, preload: Sequence[str] = (), log: Any = None, new_id: Callable[[], str] = _new_id) -> None:
        self._preload = list(preload)
        self._log = structlog.get_logger() if log is None else log
        self._new_id = new_id
        self._lock = threading.Lock()
        self._nursery: NurseryProcess | None = None
        self._closed = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def nursery_pid(self) -> int | None:
        """Return the process id of the nursery, if one runs."""
        return self._nursery.pid if self._nursery else None

    def start(self) -> None:
        """Load the libraries, so that the first conversion need not wait; raises `NurseryLost` if that fails."""
        for protection in protections():
            if not protection.active:
                self._log.warning("protection_missing", name=protection.name, why=protection.why)
        self._ready_nursery()

    def close(self) -> None:
        """End all conversions; their callers get `SandboxClosed`."""
        with self._lock:
            self._closed = True
            if self._nursery is not None:
                self._nursery.close()
                self._nursery = None

    def run(
        self, work: Work, *, limits: Limits, report: Callable[[float], None], cancelled: threading.Event
    ) -> Outcome:
        """
        Run a conversion and return what it made.

        Parameters
        ----------
        work
            What to do; its folder holds `in/`. `out/` and `tmp/` are made new.
        limits
            What it may use.
        report
            Called in this thread with the share done, growing, 0.0 to 1.0.
        cancelled
            Ends the conversion within a moment once it is set.

        Raises
        ------
        OutfeedError
            The one that the conversion raised, or the `ChildError` that says how it died.
        ChildVanished
            If it was ended from outside, which says nothing about the work: it can be run again.
        SandboxClosed
            If the sandbox was closed meanwhile.
        """
        order = Order(work=replace(work, folder=work.folder.resolve()), limits=limits)
        for _ in range(ATTEMPTS):
            if cancelled.is_set():
                raise errors.JobCancelled
            try:
                return self._attempt(order, report=report, cancelled=cancelled)
            except errors.ChildVanished:
                if self._closed:
                    raise SandboxClosed from None
                raise
            except NurseryLost as lost:
                self._log.warning("nursery_lost", reason=str(lost))
        raise errors.ChildVanished

    def _attempt(self, order: Order, *, report: Callable[[float], None], cancelled: threading.Event) -> Outcome:
        """Run it once."""
        began = time.monotonic()
        _make_new(order.work.folder)
        nursery = self._ready_nursery()
        with nursery.spawn(order.to_json()) as birth:
            watch = Watch(birth, order, report=report, cancelled=cancelled)
            try:
                end = watch.until_end()
            except NurseryLost:
                nursery.lost = True
                raise
        facts = self._judge(watch, end, order.work)
        return Outcome(
            facts=facts,
            outputs=outputs(order.work.folder, max_bytes=order.limits.output_bytes),
            peak_memory_bytes=end.peak_memory_bytes,
            took_s=time.monotonic() - began,
        )

    def _ready_nursery(self) -> NurseryProcess:
        """Return a nursery that is not known to be lost."""
        with self._lock:
            if self._closed:
                raise SandboxClosed
            if self._nursery is not None and self._nursery.lost:
                self._nursery.close()
                self._nursery = None
            if self._nursery is None:
                self._nursery = NurseryProcess(self._preload)
            return self._nursery

    def _judge(self, watch: Watch, end: End, work: Work) -> dict[str, Any]:
        """Return the facts of a child that ended well, or raise what ended it."""
        if watch.answers.result is not None and watch.reason is None and end.exit == 0:
            return watch.answers.result
        error: errors.OutfeedError | None = watch.reason or cause(end, watch.log)
        failure = watch.answers.failure
        if failure is not None and error is None:
            error = failure.error()
        error = error or errors.ChildGarbled("It ended without an answer.")
        self._note(error, watch, end, work)
        error.peak_memory_bytes = end.peak_memory_bytes
        raise error

    def _note(self, error: errors.OutfeedError, watch: Watch, end: End, work: Work) -> None:
        """Log how a child ended; an unexpected error gets an id that its user can quote."""
        failure = watch.answers.failure
        trace = failure.trace if failure else ""
        printed = watch.log.decode("ascii", "backslashreplace")
        noted: dict[str, Any] = {"target": work.target, "code": error.code, "exit": end.exit}
        if isinstance(error, errors.JobCancelled) or not isinstance(error, errors.ChildError):
            self._log.info("conversion_ended", **noted)
            return
        log_id = self._new_id()
        self._log.warning("conversion_failed", id=log_id, trace=trace, printed=printed, **noted)
        if isinstance(error, errors.ChildBroken):
            error.detail = f"The server's log has more under {log_id}."


def cause(end: End, printed: bytes) -> errors.ChildError | None:
    """Return what a signal means, or None if the child ended by itself."""
    if end.exit >= 0:
        return None
    number = -end.exit
    if number == signal.SIGXCPU:
        return errors.ChildTimedOut()
    if number == signal.SIGXFSZ:
        return errors.ChildOutputTooLarge()
    if (number == signal.SIGKILL and end.oom) or (number == signal.SIGABRT and b"bad_alloc" in printed):
        return errors.ChildOutOfMemory()
    if number in _FROM_OUTSIDE:
        return errors.ChildVanished()
    return errors.ChildCrashed(f"({_signal_name(number)})")


def _signal_name(number: int) -> str:
    """Return a signal's name; realtime signals have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _make_new(folder: Path) -> None:
    """Make `out/` and `tmp/` new, whatever an earlier attempt left there."""
    for name in (OUT, TMP):
        place = folder / name
        remove(place)
        place.mkdir(mode=0o700)

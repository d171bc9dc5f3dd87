"""Watching one child from its birth to its end."""

import contextlib
import json
import os
import selectors
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from outfeed.errors import ChildError, ChildGarbled, ChildOutputTooLarge, ChildTimedOut, ChildVanished, JobCancelled
from outfeed.jobs.answers import Answers
from outfeed.jobs.outputs import size
from outfeed.jobs.spawn import END_S, Birth, NurseryLost
from outfeed.jobs.work import OUT, TMP, Order

#: Longest time between two looks at the clock and at `cancelled`, in seconds.
TICK_S = 0.1
#: Time between two looks at what was written, in seconds; and how many times longer than the look itself.
SIZE_EVERY_S, SIZE_SHARE = 1.0, 20
#: Time after which a child that has closed its pipe must not run any more, in seconds.
QUIET_S = 1.0
#: What the kernel notes of a process that is ending.
_PF_EXITING = 0x4
#: Bytes of what it printed that are kept, and that it may print at all.
LOG_KEPT, LOG_MAX = 16 * 1024, 16 * 1024 * 1024
#: Bytes to read at a time.
CHUNK = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a child ended."""

    #: Exit code, or minus the signal.
    exit: int
    #: Largest resident size, in bytes.
    peak_memory_bytes: int
    #: Whether the kernel ended a process for want of memory meanwhile.
    oom: bool


class Watch:
    """
    One child's conversation, clock and size.

    Parameters
    ----------
    birth
        The ends to watch.
    order
        What it was told to do.
    report
        Called with the share done whenever it grew.
    cancelled
        Set by whoever wants it ended.
    """

    def __init__(
        self, birth: Birth, order: Order, *, report: Callable[[float], None], cancelled: threading.Event
    ) -> None:
        self._birth = birth
        self._order = order
        self._report = report
        self._cancelled = cancelled
        self._reported = 0.0
        self._printed = 0
        self._folders = [order.work.folder / name for name in (OUT, TMP)]
        now = time.monotonic()
        self._deadline = now + order.limits.wall_s
        self._size_due = now + SIZE_EVERY_S
        self._patience_ends: float | None = None
        self._pipe_closed_at: float | None = None
        self._end: End | None = None
        self._pid: int | None = None
        #: What the child said.
        self.answers = Answers()
        #: Why we ended it, if we did.
        self.reason: ChildError | None = None
        #: The end of what it printed.
        self.log = b""

    def until_end(self) -> End:
        """
        Watch until the child is gone.

        Raises
        ------
        NurseryLost
            If nobody can say how it ended.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self._birth.control, selectors.EVENT_READ, self._read_control)
            selector.register(self._birth.pipe, selectors.EVENT_READ, self._read_pipe)
            selector.register(self._birth.log, selectors.EVENT_READ, self._read_log)
            # The pipes are read to their end too: the last word may still be in them when the child is gone.
            while selector.get_map() and not self._out_of_patience():
                for key, _ in selector.select(TICK_S):
                    if not key.data():
                        selector.unregister(key.fileobj)
                self._check()
        return self._end or self._unreported()

    def _out_of_patience(self) -> bool:
        """Tell whether the child should have been gone by now."""
        return self._patience_ends is not None and time.monotonic() > self._patience_ends

    def _unreported(self) -> End:
        """Return the end of a child that was killed but hangs in the kernel, or say that there is no nursery."""
        if self.reason is not None:
            return End(exit=-signal.SIGKILL, peak_memory_bytes=0, oom=False)
        if self._order.limits.processes and self._pid is not None:
            _kill_group(self._pid)  # the child died with the nursery, but what it had started did not
        raise NurseryLost("the process that starts conversions is gone")

    def _check(self) -> None:
        """End the child if there is a reason to."""
        now = time.monotonic()
        if self._patience_ends is not None:
            return
        if self._cancelled.is_set():
            self._stop(JobCancelled())
        elif now > self._deadline:
            self._stop(ChildTimedOut(f"The limit is {self._order.limits.wall_s:g} seconds."))
        elif self._goes_on_silently(now):
            self._stop(ChildGarbled("It closed its pipe and went on."))
        elif now > self._size_due:
            self._check_size(now)

    def _goes_on_silently(self, now: float) -> bool:
        """Tell whether the child runs though it has closed its pipe. One that has ended may wait for its report."""
        if self._pid is None or self._pipe_closed_at is None or now < self._pipe_closed_at + QUIET_S:
            return False
        return _runs(self._pid)

    def _check_size(self, now: float) -> None:
        """End the child if it wrote too much. One file alone is held by a resource limit."""
        try:
            if sum(map(size, self._folders)) > self._order.limits.output_bytes:
                self._stop(ChildOutputTooLarge())
        except ChildError as error:
            self._stop(error)
        took_s = time.monotonic() - now
        self._size_due = now + max(SIZE_EVERY_S, SIZE_SHARE * took_s)

    def _stop(self, reason: ChildError) -> None:
        """End the child; the first reason counts."""
        if self.reason is None and self._end is None:
            self.reason = reason
            self._patience_ends = time.monotonic() + END_S
            self._birth.end()

    def _read_control(self) -> bool:
        """Take the nursery's word on how the child began and ended; its silence leaves no end."""
        try:
            said = self._birth.control.recv(1024)
        except OSError:
            said = b""
        report = json.loads(said or "{}")
        if "refused" in report:
            raise ChildVanished(f"No process could be started: {report['refused']}.")
        if "pid" in report:
            self._pid = report["pid"]
            return True
        if "exit" in report:
            self._end = End(exit=report["exit"], peak_memory_bytes=report["peak_kb"] * 1024, oom=report["oom"])
        # Whoever still holds the pipes now is nobody of ours; do not wait for long.
        self._patience_ends = time.monotonic() + END_S
        return False

    def _read_pipe(self) -> bool:
        """Take what the child says; tell whether there may be more."""
        data = os.read(self._birth.pipe, CHUNK)
        if not data:
            self._pipe_closed_at = time.monotonic()
            return False
        try:
            self.answers.feed(data)
        except ChildGarbled as error:
            self._fail(error)
            return False
        if self.answers.share > self._reported:
            self._reported = self.answers.share
            self._report(self._reported)
        return True

    def _fail(self, error: ChildError) -> None:
        """End the child for what it said, also if it has ended by itself meanwhile."""
        self._stop(error)
        self.reason = self.reason or error

    def _read_log(self) -> bool:
        """Keep the end of what the child prints; tell whether there may be more."""
        data = os.read(self._birth.log, CHUNK)
        self._printed += len(data)
        self.log = (self.log + data)[-LOG_KEPT:]
        if self._printed > LOG_MAX:
            self._fail(ChildGarbled("It printed too much."))
            return False
        return bool(data)


def _runs(pid: int) -> bool:
    """Tell whether a process runs: one that is ending, or has ended and was not reaped yet, does not."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    # Behind the name, which may hold anything: state, and as the seventh the flags (proc(5)).
    state, *_, flags = told.rpartition(")")[2].split()[:7]
    return state != "Z" and not int(flags) & _PF_EXITING


def _kill_group(leader: int) -> None:
    """End what is left of a session whose leader is dead."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)

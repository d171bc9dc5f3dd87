"""The process that forks children: single-threaded, with the conversions' libraries loaded.

`python -m outfeed.jobs.nursery DESCRIPTOR MODULE...`, started by `spawn.NurseryProcess` and by nobody else. Each
message on the descriptor's socket carries four descriptors and makes one child:

- control: its end of file ends the child and all that the child started; the child's exit is reported on it
- pipe, log and order, for `child.live`

The end of file of the socket itself, which is the death of the worker, ends all children and the nursery. Only this
process waits for the children, so a process id is never used after it was given back.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from outfeed.jobs.child import live

#: Descriptors that come with each request: control, pipe, log, order.
DESCRIPTORS = 4


@dataclass(eq=False, kw_only=True, slots=True)
class Child:
    """A living child."""

    pid: int
    pidfd: int
    control: socket.socket
    #: What `oom_kills` said before it began.
    oom_kills: int


class Nursery:
    """The loop that forks, ends and buries children."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._children: set[Child] = set()
        self._open = True
        self._selector = selectors.DefaultSelector()
        self._listen(door, self._birth)

    def run(self) -> None:
        """Serve until the worker is gone and no child is left."""
        while self._open or self._children:
            for key, _ in self._selector.select():
                if key.fd in self._selector.get_map():
                    key.data()

    def _listen(self, source: socket.socket | int, then: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, then)

    def _birth(self) -> None:
        """Take one request and fork."""
        message, given, _, _ = socket.recv_fds(self._door, 16, DESCRIPTORS)
        if not message:
            self._close()
            return
        control = socket.socket(fileno=given[0])
        rest = given[1:]
        parent = os.getpid()
        before = oom_kills()
        try:
            pid = os.fork()
        except OSError as error:
            _tell(control, {"refused": str(error)})
            control.close()
        else:
            if pid == 0:
                live(*rest, parent=parent)
            self._adopt(Child(pid=pid, pidfd=os.pidfd_open(pid), control=control, oom_kills=before))
        for descriptor in rest:
            os.close(descriptor)

    def _adopt(self, child: Child) -> None:
        """Watch over a child."""
        _tell(child.control, {"pid": child.pid})
        self._children.add(child)
        self._listen(child.control, lambda: self._release(child))
        self._listen(child.pidfd, lambda: self._bury(child))

    def _release(self, child: Child) -> None:
        """End a child that nobody waits for any more; its exit is reported all the same."""
        self._selector.unregister(child.control)
        _kill(child)

    def _bury(self, child: Child) -> None:
        """End what the child started, reap it, and report how it ended."""
        _kill(child)
        _, status, usage = os.wait4(child.pid, 0)
        killed_by_kernel = oom_kills() > child.oom_kills
        exit_code = os.waitstatus_to_exitcode(status)
        _tell(child.control, {"exit": exit_code, "peak_kb": usage.ru_maxrss, "oom": killed_by_kernel})
        for source in (child.control, child.pidfd):
            with contextlib.suppress(KeyError):
                self._selector.unregister(source)
        child.control.close()
        os.close(child.pidfd)
        self._children.discard(child)

    def _close(self) -> None:
        """End all children: the worker is gone."""
        self._open = False
        self._selector.unregister(self._door)
        for child in self._children:
            _kill(child)


def oom_kills() -> int:
    """Return how many processes the kernel has ended for want of memory since it started."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def _kill(child: Child) -> None:
    """End a child that was not reaped yet, and its session; before its `setsid` there is no group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGKILL)


def _tell(control: socket.socket, what: dict[str, object]) -> None:
    """Report to the one who waits, if it still does."""
    with contextlib.suppress(OSError):
        control.send(json.dumps(what).encode())


def main(arguments: list[str]) -> None:
    """Load the modules, say so, and serve."""
    door = socket.socket(fileno=int(arguments[0]))
    for name in arguments[1:]:
        importlib.import_module(name)
    _check_single_threaded()
    # Pages of objects that the collector never touches stay shared with the children.
    gc.collect()
    gc.freeze()
    nursery = Nursery(door)
    door.send(b"ready")
    nursery.run()


def _check_single_threaded() -> None:
    """Refuse to fork beside other threads: a lock that one of them holds would stay held in the child for ever."""
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise RuntimeError("one of the modules to load started a thread")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Work in several processes, for libraries that hold the interpreter's lock, so that threads would not help.

The others are copies of this process, made when it has loaded what they need. What they make comes back in files, so
that nothing that a damaged process leaves behind is run.
"""

import os
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, NoReturn

from outfeed.errors import ChildBroken, ChildCrashed, ChildOutOfMemory
from outfeed.mesh.reporting import Report, silent

#: Numbers that can be shared out, each of which is one byte.
MOST: Final = 256

#: Does the piece of work with a number.
Do = Callable[[int], None]


def _nothing() -> None:
    pass


def share(
    count: int,
    processes: int,
    *,
    here: Do,
    elsewhere: Do,
    meanwhile: Callable[[], None] = _nothing,
    report: Report = silent,
) -> None:
    """
    Do the pieces of work 0 to `count` - 1 in so many processes, of which this is one.

    Parameters
    ----------
    count
        At most `MOST`.
    here, elsewhere
        Do a piece in this process and in another one, where what it raises is nothing that this one gets to know.
    meanwhile
        Is done first in this process, while the others work.
    report
        Called with the share done, 0.0 to 1.0.

    Raises
    ------
    ChildError
        If a process died.
    """
    if count > MOST:
        raise ValueError(count)
    waiting = _numbers(count)
    children: list[int] = []
    try:
        for _ in range(min(processes, count) - 1):
            with suppress(OSError):  # no more processes: those that there are do all
                children.append(_forked(lambda: _live(elsewhere, waiting)))
        meanwhile()
        for number in _taken(waiting):
            here(number)
            report((number + 1) / (count + 1))
        while children:
            _check_end(os.waitpid(children.pop(0), 0)[1])
    finally:
        _end(children, waiting)
        os.close(waiting)


def _numbers(count: int) -> int:
    """Return the end of a pipe in which the numbers wait, one byte each."""
    ours, theirs = os.pipe()
    os.write(theirs, bytes(range(count)))
    os.close(theirs)
    return ours


def _taken(waiting: int) -> Iterator[int]:
    """Yield numbers that nobody else takes, until there are none left."""
    while taken := os.read(waiting, 1):
        yield taken[0]


def _forked(live: Callable[[], NoReturn]) -> int:
    """Return the process id of a copy of this process that does `live`."""
    with warnings.catch_warnings():
        # Python warns of threads. There are none here but those of numpy's algebra, which looks after itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        live()
    return child


def _live(do: Do, waiting: int) -> NoReturn:
    """Be a process that takes numbers; nothing of its caller runs in it any more."""
    status = 1
    try:
        for number in _taken(waiting):
            do(number)
        status = 0
    except BaseException:  # noqa: BLE001 the door of a process: what is unexpected is printed, and told by its status
        traceback.print_exc()
    finally:
        os._exit(status)


def _check_end(status: int) -> None:
    """Raise what the end of a process means, if it did not end well."""
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        raise ChildOutOfMemory  # the system ends processes so when it has no memory left
    if code < 0:
        raise ChildCrashed(f"({signal.Signals(-code).name})")
    if code:
        raise ChildBroken


def _end(children: list[int], waiting: int) -> None:
    """End processes that are not needed any more, and leave them nothing to take."""
    for _ in _taken(waiting):
        pass
    for child in children:
        with suppress(PermissionError):  # a sandbox may forbid it; then they end with the chunk that they have
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

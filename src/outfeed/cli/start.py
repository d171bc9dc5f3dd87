"""
Where the program `outfeed` begins: `export` and `analyze` at once, the other commands with their library.

They work in a child: libraries of others die of some damaged files, and this process tells it then.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


def run() -> None:
    """Run the command line."""
    # numpy starts a thread per core for linear algebra, which nothing here does; each costs 50 ms of CPU at the start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] == ["export"]:
        _hurry()
        from outfeed.cli.export import main

        survive("outfeed export", main)
    if sys.argv[1:2] == ["analyze"]:
        _hurry()
        from outfeed.cli.analyze import main

        survive("outfeed analyze", main)
    from outfeed.cli.main import run as run_others

    run_others()


def _hurry() -> None:
    """Let the collector of cycles look rarely: while modules load it finds nothing, each time anew."""
    gc.set_threshold(100_000)


def survive(program: str, main: Callable[[list[str]], int]) -> NoReturn:
    """Run a command in a child before anything large is loaded, and end as it does; if it dies, say so."""
    # What is sent before this process listens waits until it does: it would end this one and leave the child alone.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _leave(main(sys.argv[2:]))

    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    # The terminal sends an interrupt to both; the child's end is this one's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, pass_on)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        _tell_death(program, signal.Signals(-code))
    os._exit(code)


def _tell_death(program: str, by: signal.Signals) -> NoReturn:
    """Say in a sentence that a child was ended by a signal; by one that was meant for the command, end likewise."""
    from outfeed.errors import ChildCrashed, ChildVanished

    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")  # a bar of progress had hidden the cursor
    if by in {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE}:
        signal.signal(by, signal.SIG_DFL)
        os.kill(os.getpid(), by)
    why = (ChildVanished if by is signal.SIGKILL else ChildCrashed)(f"({by.name})")
    sys.stderr.write(f"{program}: {why}\n")
    _leave(1)


def _leave(code: int) -> NoReturn:
    """End the process at once: what a command has made is on the disk, and taking its memory apart helps nobody."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

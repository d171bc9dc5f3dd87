"""Where the program `outfeed` begins: `export` and `analyze` at once, the other commands with their library."""

import gc
import os
import sys
from typing import NoReturn


def run() -> None:
    """Run the command line."""
    # numpy starts a thread per core for linear algebra, which nothing here does; each costs 50 ms of CPU at the start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] == ["export"]:
        _hurry()
        from outfeed.cli.export import main

        _leave(main(sys.argv[2:]))
    if sys.argv[1:2] == ["analyze"]:
        _hurry()
        from outfeed.cli.analyze import main

        _leave(main(sys.argv[2:]))
    from outfeed.cli.main import run as run_others

    run_others()


def _hurry() -> None:
    """Let the collector of cycles look rarely: while modules load it finds nothing, each time anew."""
    gc.set_threshold(100_000)


def _leave(code: int) -> NoReturn:
    """End the process at once: what a command has made is on the disk, and taking its memory apart helps nobody."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

"""Where the program `outfeed` begins: `export` and `analyze` at once, the other commands with their library."""

import os
import sys


def run() -> None:
    """Run the command line."""
    # numpy starts a thread per core for linear algebra, which nothing here does; each costs 50 ms of CPU at the start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] == ["export"]:
        from outfeed.cli.export import main

        sys.exit(main(sys.argv[2:]))
    if sys.argv[1:2] == ["analyze"]:
        from outfeed.cli.analyze import main

        sys.exit(main(sys.argv[2:]))
    from outfeed.cli.main import run as run_others

    run_others()

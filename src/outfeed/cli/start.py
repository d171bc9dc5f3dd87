"""Where the program `outfeed` begins: `export` at once, the other commands with their library."""

import sys


def run() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["export"]:
        from outfeed.cli.export import main

        sys.exit(main(sys.argv[2:]))
    from outfeed.cli.main import run as run_others

    run_others()

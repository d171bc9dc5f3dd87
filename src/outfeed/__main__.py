"""`python -m outfeed` is the command `outfeed`."""

from outfeed.cli.main import run

run()

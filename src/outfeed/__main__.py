"""`python -m outfeed` is the command `outfeed`."""

from outfeed.cli.start import run

run()

"""Outfeed: the export server that you own."""

__version__ = "0.1.0"

"""Printer types, materials and profiles: what is built in, and what the operator adds. Knows no server."""

from outfeed.printdb.book import PrintDb
from outfeed.printdb.records import Material, PrinterType, Profile, Technology, Volume

__all__ = ["Material", "PrintDb", "PrinterType", "Profile", "Technology", "Volume"]

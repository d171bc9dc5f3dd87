"""Printers: who owns them, what they are told, what they print, and whom that is told to."""

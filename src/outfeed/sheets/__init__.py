"""Drawings: their sheets, read from what architects draw with, and written as PDF. Knows no server, database or job."""

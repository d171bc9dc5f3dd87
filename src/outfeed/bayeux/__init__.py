"""Bayeux 1.0, the server side: protocol as records and functions, then its transports. Knows nothing of printers."""

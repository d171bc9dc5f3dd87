"""Definitions of printers: types, materials and profiles, from files; known to scripts without a server."""

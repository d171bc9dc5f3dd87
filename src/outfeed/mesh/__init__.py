"""Meshes as a library: no HTTP, no database, no jobs."""

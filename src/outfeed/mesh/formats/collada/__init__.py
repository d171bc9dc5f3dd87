"""COLLADA, plain and zipped."""

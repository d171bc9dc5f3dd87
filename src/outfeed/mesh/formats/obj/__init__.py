"""Wavefront OBJ with its materials, as a file and in a ZIP."""

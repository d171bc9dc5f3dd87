"""The files that scenes are read from."""

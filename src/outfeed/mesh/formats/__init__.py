"""One file per mesh format, and the registry that lists them."""

"""3MF, with its production and material extensions."""

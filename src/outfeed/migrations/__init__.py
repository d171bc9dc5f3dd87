"""Steps that bring a database to the state of schema.py."""

"""Bytes under their digest."""

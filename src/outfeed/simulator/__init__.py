"""Printers that are none: they speak the real protocol, and misbehave on request."""

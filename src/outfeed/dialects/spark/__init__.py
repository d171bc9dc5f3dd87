"""Autodesk's 3D Print API (Spark)."""

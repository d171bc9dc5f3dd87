"""Markups: what people draw on sheets. Stored as shapes, read from XFDF, written as annotations of a PDF."""

"""Markups of sheets: an API of our own, for what people draw on pages."""

from litestar import Router

from outfeed.dialects.markups.errors import respond
from outfeed.dialects.markups.routes import HANDLERS

__all__ = ["FIRST_SEGMENTS", "owns", "respond", "routers"]

#: First path segments.
FIRST_SEGMENTS = frozenset({"markups"})


def routers() -> list[Router]:
    """Return the dialect's routes."""
    return [Router(path="/markups/v1", route_handlers=HANDLERS)]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.strip("/").partition("/")[0] in FIRST_SEGMENTS

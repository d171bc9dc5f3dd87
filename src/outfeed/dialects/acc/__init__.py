"""Autodesk Construction Cloud: exports of files and of sheets, and the list of sheets that they are chosen from."""

from litestar import Router

from outfeed.dialects.acc import exports_routes, results, sheets_routes, unbuilt
from outfeed.dialects.acc.errors import respond

__all__ = ["owns", "respond", "routers"]


def routers() -> list[Router]:
    """Return the dialect's routes."""
    pages = (exports_routes, results, sheets_routes, unbuilt)
    return [Router(path="/", route_handlers=[handler for page in pages for handler in page.HANDLERS])]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.startswith("/construction")

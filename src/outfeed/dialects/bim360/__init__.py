"""BIM 360 Docs: a sheet that lies in Plans becomes a PDF of one page, with or without its markups and links."""

from litestar import Router

from outfeed.dialects.bim360 import routes, unbuilt
from outfeed.dialects.bim360.errors import respond

__all__ = ["owns", "respond", "routers"]


def routers() -> list[Router]:
    """Return the dialect's routes."""
    return [Router(path="/", route_handlers=[*routes.HANDLERS, *unbuilt.HANDLERS])]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.startswith("/bim360")

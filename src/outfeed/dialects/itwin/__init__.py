"""Bentley's iTwin platform: iTwins, iModels and users, as far as clients of Mesh Export need them."""

from typing import Final

from litestar import Router

from outfeed.dialects.itwin import (
    exports_routes,
    imodels_routes,
    itwins_routes,
    reality_routes,
    storage,
    uploads_routes,
    users_routes,
    versions_routes,
)
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import BYTES, respond

__all__ = ["FIRST_SEGMENTS", "owns", "respond", "routers"]

#: First path segments, which clients write in any case; the application brings them into this one.
FIRST_SEGMENTS: Final = frozenset({*Area, BYTES})


#: First path segments of areas that are not served; to call them is an error in this dialect's words too.
_NOT_SERVED: Final = frozenset({"storage", "synchronization", "reality-management"})


def routers() -> list[Router]:
    """Return the dialect's routes."""
    pages = (
        exports_routes,
        storage,
        itwins_routes,
        imodels_routes,
        versions_routes,
        uploads_routes,
        users_routes,
        reality_routes,
    )
    return [Router(path="/", route_handlers=[handler for page in pages for handler in page.HANDLERS])]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.strip("/").partition("/")[0].lower() in FIRST_SEGMENTS | _NOT_SERVED

"""The platform calls that the other Autodesk dialects lean on: sign-in and object storage."""

from typing import Any, Final

from litestar import Response, Router

from outfeed.dialects.aps import (
    auth_errors,
    auth_routes,
    oss_batches,
    oss_errors,
    oss_resumable,
    oss_routes,
    oss_signed,
)
from outfeed.http.context import Incoming

__all__ = ["owns", "respond", "routers"]

#: First path segments of object storage.
_OSS: Final = ("/oss",)


def routers() -> list[Router]:
    """Return the dialect's routes."""
    storage = [*oss_routes.HANDLERS, *oss_batches.HANDLERS, *oss_resumable.HANDLERS, *oss_signed.HANDLERS]
    return [
        Router(path="/", route_handlers=auth_routes.HANDLERS),
        Router(path="/", route_handlers=storage, before_request=oss_routes.refuse_empty_names),
    ]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.startswith((*_OSS, *auth_errors.PREFIXES))


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Answer an error in the words of the part whose path it is."""
    answer = oss_errors.respond if request.url.path.startswith(_OSS) else auth_errors.respond
    return answer(request, error)

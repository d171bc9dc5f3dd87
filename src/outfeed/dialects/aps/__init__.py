"""The platform calls that the other Autodesk dialects lean on: sign-in, storage, Data Management, Model Derivative."""

import re
from collections.abc import Callable
from typing import Any, Final

from litestar import Response, Router

from outfeed.dialects.aps import (
    auth_errors,
    auth_routes,
    dm_commands,
    dm_errors,
    dm_folders_routes,
    dm_items_routes,
    dm_projects_routes,
    dm_unbuilt,
    dm_uploads_routes,
    md_errors,
    md_files,
    md_routes,
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
#: Those of data management.
_DATA: Final = ("/project/", "/data/")
#: First path segments of Model Derivative.
_MD: Final = ("/modelderivative",)
#: What addresses of derivatives that need no token look like.
_STORE: Final = re.compile(r"/[A-Za-z0-9_-]+/output/.*", re.DOTALL)


def routers() -> list[Router]:
    """Return the dialect's routes."""
    storage = [*oss_routes.HANDLERS, *oss_batches.HANDLERS, *oss_resumable.HANDLERS, *oss_signed.HANDLERS]
    data = [
        *dm_projects_routes.HANDLERS,
        *dm_folders_routes.HANDLERS,
        *dm_items_routes.HANDLERS,
        *dm_uploads_routes.HANDLERS,
        *dm_commands.HANDLERS,
        *dm_unbuilt.handlers(),
    ]
    return [
        Router(path="/", route_handlers=auth_routes.HANDLERS),
        Router(path="/", route_handlers=storage, before_request=oss_routes.refuse_empty_names),
        Router(path="/", route_handlers=data),
        Router(path="/", route_handlers=[*md_routes.HANDLERS, *md_files.HANDLERS, *md_files.STORE_HANDLERS]),
    ]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.startswith((*_OSS, *_DATA, *_MD, *auth_errors.PREFIXES)) or bool(_STORE.fullmatch(path))


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Answer an error in the words of the part whose path it is."""
    return _responder(request.url.path)(request, error)


def _responder(path: str) -> Callable[[Incoming, Exception], Response[Any]]:
    """Return who answers the errors of a path."""
    if path.startswith(_OSS):
        return oss_errors.respond
    if path.startswith(_DATA):
        return dm_errors.respond
    if path.startswith(_MD):
        return md_errors.respond
    return md_errors.respond_as_store if _STORE.fullmatch(path) else auth_errors.respond

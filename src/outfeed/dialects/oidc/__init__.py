"""OpenID Connect, as far as programs need it: where the sign-in is, tokens, and the keys that verify them."""

from litestar import Router

from outfeed.dialects.oidc.errors import respond
from outfeed.dialects.oidc.routes import HANDLERS

__all__ = ["FIRST_SEGMENTS", "owns", "respond", "routers"]

#: First path segments.
FIRST_SEGMENTS = frozenset({"connect", ".well-known"})


def routers() -> list[Router]:
    """Return the dialect's routes."""
    return [Router(path="/", route_handlers=HANDLERS)]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return path.strip("/").partition("/")[0] in FIRST_SEGMENTS

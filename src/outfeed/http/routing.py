"""Routes that answer GET also answer HEAD; clients and proxies ask with it before they download."""

from collections.abc import Callable
from typing import Any

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler


def get_and_head(*paths: str) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Return a decorator that makes a handler for GET and HEAD; the server leaves the body out of the latter."""
    return route(list(paths), http_method=[HttpMethod.GET, HttpMethod.HEAD])

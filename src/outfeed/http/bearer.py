"""Who sent a request: its token, its address and, in open mode, the page that it comes from."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from outfeed.errors import OriginRefused
from outfeed.http.context import Incoming, services
from outfeed.identity.caller import Caller


async def caller_of(request: Incoming, *scopes: str) -> Caller:
    """
    Return whom a request acts for, having checked that it may use all of `scopes`.

    Two Authorization headers are joined as HTTP joins them, and that is no token.

    Raises
    ------
    Unauthenticated
        If there is no token of ours that still works.
    ScopeMissing
        If the token lacks one of `scopes`.
    RateLimited
        If the principal calls too often.
    """
    sent = ", ".join(request.headers.getall("authorization", []))
    caller = services(request).identity.caller(sent or None, client_host=client_host(request))
    caller.require(*scopes)
    return caller


def client_host(request: Incoming) -> str:
    """Return the address that a request came from; empty if the server was not told."""
    return request.client.host if request.client else ""


async def guard_open(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """
    Refuse, in open mode, what a foreign web page makes the developer's browser send.

    The application asks before every call.

    `Host` must be a loopback name, so that a foreign name that resolves to this machine (DNS rebinding) is refused. An
    `Origin` must be of this machine too; `null` is refused, for every web page can send it from a sandboxed frame.

    Raises
    ------
    OriginRefused
        If one of them is foreign. Never outside open mode.
    """
    if not connection.app.state.services.settings.open:
        return
    if not _is_loopback(connection.headers.get("host", "")):
        raise OriginRefused("Use it as localhost.")
    for origin in connection.headers.getall("origin", []):
        if not _is_loopback(origin.partition("://")[2]):
            raise OriginRefused("The page that asks is not of this machine.")


def _is_loopback(authority: str) -> bool:
    """Tell whether `name:port` is this machine's own name or number."""
    try:
        name = urlsplit(f"//{authority}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False

"""Who sent a request: its token, its address and, in open mode, the page that it comes from."""

from collections.abc import Awaitable

from litestar.datastructures import Headers
from litestar.types import ASGIApp, Receive, Scope, Send

from outfeed.http.context import Incoming, services
from outfeed.http.origins import refuse_foreign
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


def guard_open(app: ASGIApp) -> ASGIApp:
    """
    Wrap the routes to refuse, in open mode, what a foreign web page makes the developer's browser send.

    `OriginRefused` says that the page, or the name by which it calls this machine, is foreign. Never outside open mode.
    """

    # A plain function, as in `paths`.
    def called(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["litestar_app"].state.services.settings.open:
            headers = Headers.from_scope(scope)
            refuse_foreign(headers.get("host", ""), headers.getall("origin", []))
        return app(scope, receive, send)

    return called

"""Open mode: no tokens, so only programs and pages of this machine are answered."""

from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from outfeed.errors import OriginRefused


def refuse_foreign(host: str, origins: Iterable[str]) -> None:
    """
    Refuse what a foreign web page makes the developer's browser send.

    `Host` must be a loopback name, so that a foreign name that resolves to this machine (DNS rebinding) is refused. An
    `Origin` must be of this machine too; `null` is refused, for every web page can send it from a sandboxed frame.

    Raises
    ------
    OriginRefused
        If one of them is foreign.
    """
    if not _is_loopback(host):
        raise OriginRefused("Use it as localhost.")
    for origin in origins:
        if not _is_loopback(origin.partition("://")[2]):
            raise OriginRefused("The page that asks is not of this machine.")


def guarded(app: ASGIApp, *, is_open: Callable[[], bool]) -> ASGIApp:
    """Return an application that is no route of ours, closed to foreign pages in open mode as the routes are."""

    # A plain function, as in `paths`.
    def called(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        try:
            if is_open():
                _check(scope)
        except OriginRefused as error:
            return _refuse(scope, receive, send, str(error))
        return app(scope, receive, send)

    return called


def _check(scope: Scope) -> None:
    """Refuse a foreign page, that which asks by a script element too: there a browser sends no origin."""
    headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
    origins = [value for name, value in headers if name == b"origin"]
    refuse_foreign(next((value for name, value in headers if name == b"host"), ""), origins)
    for name, value in headers:
        is_strange = name == b"referer" and not _is_loopback(urlsplit(value).netloc)
        if not origins and (is_strange or (name == b"sec-fetch-site" and value == "cross-site")):
            raise OriginRefused("The page that asks is not of this machine.")


async def _refuse(scope: Scope, receive: Receive, send: Send, sentence: str) -> None:
    if scope["type"] == ScopeType.WEBSOCKET:
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode(), "more_body": False})


def _is_loopback(authority: str) -> bool:
    """Tell whether `name:port` is this machine's own name or number."""
    try:
        name = urlsplit(f"//{authority}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False

"""Requests whose `Host` could be nobody's: the framework breaks on a port that is none, and while it says so too."""

import re
from collections.abc import Awaitable
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

#: A name, or a number in brackets, and a port (RFC 3986, section 3.2; it may be empty).
_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::([0-9]{0,5}))?")
_LAST_PORT: Final = 65535
_SENTENCE: Final = b"The Host header has no host and port that could be.\n"


def with_sound_hosts(app: ASGIApp) -> ASGIApp:
    """Return an application that answers 400 where `Host` is none, as RFC 9112, section 3.2, asks for."""

    # A plain function, as in `paths`.
    def called(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_sound = scope["type"] != ScopeType.HTTP or all(
            is_host(value) for name, value in scope["headers"] if name == b"host"
        )
        return app(scope, receive, send) if is_sound else _refuse(send)

    return called


def is_host(value: bytes) -> bool:
    """Tell whether the value of `Host` is one; it may be empty."""
    found = _HOST.fullmatch(value)
    return found is not None and int(found[1] or 0) <= _LAST_PORT


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": _SENTENCE, "more_body": False})

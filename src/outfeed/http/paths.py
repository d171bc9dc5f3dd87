"""Routing on the path as it was sent, so that `a%2Fb` is one name and `objects/a%2Fsigneds3upload` is an object."""

from collections.abc import Awaitable
from collections.abc import Set as AbstractSet
from urllib.parse import unquote_to_bytes

from litestar.types import ASGIApp, Receive, Scope, Send

from outfeed.errors import InvalidField


def on_raw_path(app: ASGIApp, *, any_case: AbstractSet[str] = frozenset()) -> ASGIApp:
    """
    Wrap an application so that it routes on the still encoded path.

    Slashes at its beginning become one: a client whose base address ends with a slash sends two. A first segment that
    is one of `any_case` in another case gets the case that it has there.
    """

    # A plain function, and no coroutine that waits for another one: each would stay as long as its WebSocket.
    def wrapped(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] in {"http", "websocket"} and scope.get("raw_path"):
            raw = scope["raw_path"].split(b"?", 1)[0].decode("latin-1")
            first, slash, rest = raw.lstrip("/").partition("/")
            scope["path"] = f"/{first.lower() if first.lower() in any_case else first}{slash}{rest}"
        return app(scope, receive, send)

    return wrapped


def decoded(segment: str) -> str:
    """
    Decode one path segment once: `%252F` becomes `%2F` and no slash.

    Raises
    ------
    InvalidField
        If the segment is not UTF-8 or has control characters.
    """
    try:
        text = unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise InvalidField("A name in the path is not UTF-8.") from error
    if any(ord(character) < ord(" ") or ord(character) == 0x7F for character in text):  # noqa: PLR2004 - 0x7F is DEL
        raise InvalidField("A name in the path has control characters.")
    return text

"""What goes back over HTTP: JSON, a call of the page's function, or a sentence; readable from other origins."""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Header = tuple[bytes, bytes]

#: How long a browser may remember the answer to a pre-flight, in seconds.
_PREFLIGHT_S: Final = b"86400"
#: What is echoed of an origin and of the names of headers.
_ORIGIN: Final = re.compile(rb"[!-~]{1,300}")
_NAMES: Final = re.compile(rb"[\w!#$%&'*+.^`|~, -]{1,1000}", re.ASCII)
_USUAL_NAMES: Final = b"Accept, Authorization, Content-Type, Pragma, X-Requested-With"

#: Answers are for one client once; and no browser takes them for something else than they say.
_ALWAYS: Final[list[Header]] = [(b"cache-control", b"no-cache, no-store"), (b"x-content-type-options", b"nosniff")]


def header(scope: Scope, name: bytes) -> bytes:
    """Return a header of a request, the last one of its name; empty if there is none."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"")


def cors(scope: Scope) -> list[Header]:
    """Return the headers that let a page of another origin read the answer; `null`, a page from disk, is one too."""
    origin = header(scope, b"origin")
    if not _ORIGIN.fullmatch(origin):
        return []
    # Browser clients ask with credentials, and then `*` is not accepted. No answer depends on a cookie.
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


async def send_text(
    send: Send, scope: Scope, text: str, *, status: int = 200, media: bytes, more: Mapping[bytes, bytes] | None = None
) -> None:
    """Send an answer whole."""
    body = text.encode()
    headers = [
        (b"content-type", media + b"; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        *_ALWAYS,
        *cors(scope),
        *(more or {}).items(),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_batch(send: Send, scope: Scope, function: str, batch: str) -> None:
    """Send messages: as JSON, or as JavaScript that hands them to a function of the page, whose name was checked."""
    if not function:
        await send_text(send, scope, batch, media=b"application/json")
        return
    # The comment keeps the first bytes ours, whatever a plug-in would take them for (CVE-2014-4671). The two line ends
    # are allowed in JSON, and in JavaScript before 2019 they end a text.
    escaped = batch.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    name = {b"content-disposition": b"attachment; filename=f.txt"}
    await send_text(send, scope, f"/**/{function}({escaped});", media=b"text/javascript", more=name)


async def send_refusal(send: Send, scope: Scope, status: int, sentence: str, **more: bytes) -> None:
    """Send why a request is not heard, and close the connection where its rest was not read."""
    headers = {name.replace("_", "-").encode(): value for name, value in more.items()}
    await send_text(send, scope, f"{sentence}\n", status=status, media=b"text/plain", more=headers)


async def send_preflight(send: Send, scope: Scope) -> None:
    """Let a page of any origin ask: sessions are not bound to cookies."""
    asked = header(scope, b"access-control-request-headers")
    headers = {
        b"access-control-allow-methods": b"GET, POST",
        b"access-control-allow-headers": asked if _NAMES.fullmatch(asked) else _USUAL_NAMES,
        b"access-control-max-age": _PREFLIGHT_S,
    }
    await send_text(send, scope, "", media=b"text/plain", more=headers)

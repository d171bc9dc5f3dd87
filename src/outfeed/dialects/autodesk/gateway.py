"""The error body of Autodesk's gateway, which stands before every service: who you are and what you may."""

from typing import Any, Final

from litestar import Response

from outfeed.errors import (
    OriginRefused,
    OutfeedError,
    RateLimited,
    ScopeMissing,
    ServerBusy,
    TokenMissing,
    TryLater,
    Unauthenticated,
)

#: The npm client of OSS fetches a new token only when it finds this sentence in the error.
TOKEN_REFUSED: Final = "Access token provided is invalid or expired."  # noqa: S105 - a sentence, no token

#: Where our own documentation is.
MORE_INFO: Final = "/docs"

#: Kinds before their bases: the first that fits counts.
ANSWERS: Final[dict[type[OutfeedError], tuple[int, str]]] = {
    TokenMissing: (401, "AUTH-012"),
    Unauthenticated: (401, "AUTH-006"),
    ScopeMissing: (403, "AUTH-010"),
    OriginRefused: (403, "AUTH-001"),
    RateLimited: (429, "ERR-001"),
    ServerBusy: (503, "ERR-002"),
}


def gateway_response(error: OutfeedError) -> Response[Any] | None:
    """Return the gateway's answer to an error of sign-in, scope, rate or time; None for one of the service itself."""
    found = next((answer for kind, answer in ANSWERS.items() if isinstance(error, kind)), None)
    if found is None:
        return None
    status, code = found
    body = gateway_json(code, TOKEN_REFUSED if isinstance(error, Unauthenticated) else str(error))
    return Response(body, status_code=status, headers=_headers(error))


def gateway_json(code: str, message: str) -> dict[str, str]:
    """Return the body; the last key really has a space in it."""
    return {"developerMessage": message, "userMessage": "", "errorCode": code, "more info": MORE_INFO}


def _headers(error: OutfeedError) -> dict[str, str]:
    """Return what the client needs beside the body: how to sign in (RFC 6750), or when to come again."""
    if isinstance(error, TryLater):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, TokenMissing):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return {}

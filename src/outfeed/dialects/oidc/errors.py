"""Our errors in the words of OAuth: `{"error", "error_description"}` (RFC 6749, section 5.2)."""

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.errors import (
    BodyTooLarge,
    BodyTooSlow,
    ClientUnknown,
    GrantUnknown,
    NotBuilt,
    OriginRefused,
    OutfeedError,
    RateLimited,
    RequestError,
    ScopeUnknown,
    ServerBusy,
    TryLater,
)
from outfeed.http.context import Incoming

#: Status and error of OAuth. Kinds before their bases: the first that fits counts.
ANSWERS: Final[dict[type[OutfeedError], tuple[int, str]]] = {
    ClientUnknown: (401, "invalid_client"),
    ScopeUnknown: (400, "invalid_scope"),
    GrantUnknown: (400, "unsupported_grant_type"),
    BodyTooLarge: (413, "invalid_request"),
    BodyTooSlow: (408, "invalid_request"),
    RateLimited: (429, "slow_down"),
    ServerBusy: (503, "temporarily_unavailable"),
    OriginRefused: (403, "access_denied"),
    NotBuilt: (501, "unsupported_response_type"),
    RequestError: (400, "invalid_request"),
    OutfeedError: (500, "server_error"),
}


def respond(request: Incoming, error: Exception) -> Response[dict[str, str]]:
    """Return the answer to an error; one that nobody foresaw shows an id and nothing of its text."""
    status, name, message = _told(request, error)
    body = {"error": name, "error_description": message}
    return Response(body, status_code=status, headers=_headers(error))


def _told(request: Incoming, error: Exception) -> tuple[int, str, str]:
    if isinstance(error, OutfeedError):
        status, name = next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))
        return status, name, str(error)
    if isinstance(error, HTTPException):
        return error.status_code, "invalid_request", error.detail
    return 500, "server_error", f"An unexpected error; incident {request.state.get('incident')}."


def _headers(error: Exception) -> dict[str, Any]:
    """Return how to sign in, when to come again, and which methods there are."""
    headers: dict[str, Any] = {"Cache-Control": "no-store"}
    if isinstance(error, ClientUnknown):
        headers["WWW-Authenticate"] = 'Basic realm="outfeed"'
    if isinstance(error, TryLater):
        headers["Retry-After"] = str(error.retry_after_s)
    return headers | (error.headers or {} if isinstance(error, HTTPException) else {})

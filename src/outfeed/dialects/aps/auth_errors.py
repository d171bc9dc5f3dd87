"""Our errors in the words of `/authentication`: the gateway's shape, and OAuth's on the calls that OAuth defines."""

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.dialects.autodesk.gateway import gateway_json, gateway_response
from outfeed.errors import (
    BodyTooLarge,
    BodyTooSlow,
    ClientUnknown,
    GrantUnknown,
    InvalidField,
    MalformedBody,
    MissingField,
    NotBuilt,
    NotFound,
    OutfeedError,
    RequestError,
    ScopeUnknown,
)
from outfeed.http.context import Incoming

#: What this page answers for.
PREFIXES: Final = ("/authentication", "/userprofile", "/userinfo")

#: RFC 6749 and its relatives define the errors of these.
_OAUTH_CALLS: Final = ("/authentication/v2/token", "/authentication/v2/introspect", "/authentication/v2/revoke")

#: Status, code of the gateway, error of OAuth. Kinds before their bases: the first that fits counts.
ANSWERS: Final[dict[type[OutfeedError], tuple[int, str, str]]] = {
    ClientUnknown: (401, "AUTH-003", "invalid_client"),
    ScopeUnknown: (400, "AUTH-004", "invalid_scope"),
    GrantUnknown: (400, "AUTH-009", "unsupported_grant_type"),
    MissingField: (400, "AUTH-008", "invalid_request"),
    InvalidField: (400, "AUTH-008", "invalid_request"),
    MalformedBody: (400, "AUTH-007", "invalid_request"),
    BodyTooLarge: (413, "AUTH-007", "invalid_request"),
    BodyTooSlow: (408, "AUTH-007", "invalid_request"),
    NotFound: (404, NotFound.code, NotFound.code),
    NotBuilt: (501, NotBuilt.code, NotBuilt.code),
    RequestError: (400, RequestError.code, "invalid_request"),
    OutfeedError: (500, OutfeedError.code, "server_error"),
}


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error under one of `PREFIXES`; one that nobody foresaw shows nothing of its text."""
    of_gateway = gateway_response(error) if isinstance(error, OutfeedError) else None
    if of_gateway is not None:
        return of_gateway
    status, code, oauth, message = _told(request, error)
    is_oauth = "/" + request.scope["path"].strip("/") in _OAUTH_CALLS
    body = {"error": oauth, "error_description": message} if is_oauth else gateway_json(code, message)
    return Response(body, status_code=status, headers=_headers(error, is_oauth=is_oauth))


def _told(request: Incoming, error: Exception) -> tuple[int, str, str, str]:
    """Return status, code of the gateway, error of OAuth and sentence."""
    if isinstance(error, OutfeedError):
        return *next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind)), str(error)
    if isinstance(error, HTTPException):
        return error.status_code, "http", "invalid_request", error.detail
    return 500, "unexpected", "server_error", f"An unexpected error; incident {request.state.get('incident')}."


def _headers(error: Exception, *, is_oauth: bool) -> dict[str, str]:
    """Return how to sign in, where a client failed to (RFC 6749, section 5.2), and which methods there are."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    if is_oauth and isinstance(error, ClientUnknown):
        headers["WWW-Authenticate"] = 'Basic realm="outfeed"'
    return headers

"""Errors in the words of the platform: `{"error": {"code", "message", "details"?}}` (itwin-models.md, section 8)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from outfeed.dialects.itwin.constants import ABSENT, INVALID_REQUEST, Area
from outfeed.errors import (
    BodyTooLarge,
    BodyTooSlow,
    LinkExpired,
    MalformedBody,
    NotAllowed,
    NotBuilt,
    NotFound,
    OriginRefused,
    OutfeedError,
    PreconditionFailed,
    RangeNotSatisfiable,
    RateLimited,
    RequestError,
    ScopeMissing,
    ServerBusy,
    StorageFull,
    TokenMissing,
    TryLater,
    Unauthenticated,
)
from outfeed.http.context import Incoming

#: First path segments of this dialect that are no area: bytes on their way in and out.
BYTES: Final = "blobs"

_NO_HEADER: Final = "Header Authorization was not found in the request. Access denied."
_REFUSED: Final = (
    "Access denied due to invalid access_token. Make sure that issuer is correct, the token is not expired and is not "
    "corrupted."
)
_FORBIDDEN: Final = "The user has insufficient permissions for the requested operation."
_TOO_MANY: Final = "The client sent more requests than allowed by this API for the current tier of the client."
_NO_OPERATION: Final = "Requested operation is not available."
_NOT_JSON: Final = "Failed to parse request body. Make sure it is a valid JSON."


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong with a request."""

    code: str
    message: str
    #: The field, parameter or header that it is about; clients print it.
    target: str


class Problem(OutfeedError):
    """An error of one call, with what the platform answers to it."""

    code = "itwin_problem"

    def __init__(self, status: int, name: str, message: str, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.status = status
        #: The platform's code.
        self.name = name
        self.details = tuple(details)

    def __str__(self) -> str:
        """Return the message alone."""
        return self.detail


#: Status, code and message; an empty code is the area's own for an invalid request, an empty message the error's own.
#: Kinds before their bases: the first that fits counts.
ANSWERS: Final[dict[type[OutfeedError], tuple[int, str, str]]] = {
    TokenMissing: (401, "HeaderNotFound", _NO_HEADER),
    Unauthenticated: (401, "InvalidToken", _REFUSED),
    ScopeMissing: (403, "InsufficientPermissions", _FORBIDDEN),
    NotAllowed: (403, "InsufficientPermissions", _FORBIDDEN),
    LinkExpired: (403, "InsufficientPermissions", ""),
    OriginRefused: (403, "InsufficientPermissions", ""),
    RateLimited: (429, "RateLimitExceeded", _TOO_MANY),
    ServerBusy: (503, "ServiceUnavailable", ""),
    BodyTooLarge: (413, "RequestTooLarge", ""),
    BodyTooSlow: (408, "", ""),
    PreconditionFailed: (412, "", ""),
    RangeNotSatisfiable: (416, "", ""),
    NotFound: (404, "ResourceNotFound", ""),
    NotBuilt: (501, "NotImplemented", ""),
    StorageFull: (507, "InternalServerError", ""),
    RequestError: (422, "", ""),
    OutfeedError: (500, "InternalServerError", ""),
}

#: C-mgmt knows no other code for a wrong token, and turns each 401 into this one.
_UNAUTHORIZED: Final = "Unauthorized"


def absent(name: str) -> Problem:
    """Return the 404 with a code of `ABSENT`."""
    return Problem(404, name, ABSENT[name])


@contextmanager
def absent_as(name: str) -> Iterator[None]:
    """Answer what the library does not find with a code of `ABSENT`."""
    try:
        yield
    except NotFound as error:
        raise absent(name) from error


def no_operation(status: int = 404) -> Problem:
    """Return the answer to an address or a method that is none."""
    detail = Detail("OperationNotFound", _NO_OPERATION, "operation")
    return Problem(status, "ResourceNotFound", "Requested resource is not available.", [detail])


def respond(request: Incoming, error: Exception) -> Response[dict[str, Any]]:
    """Return the answer to an error; one that nobody foresaw shows an id and nothing of its text."""
    problem = _problem(request, error)
    return Response(error_json(problem), status_code=problem.status, headers=_headers(error))


def error_json(problem: Problem) -> dict[str, Any]:
    """Return the body. `details` is left out where there are none: an empty list breaks a client."""
    body: dict[str, Any] = {"code": problem.name, "message": str(problem)}
    if problem.details:
        body["details"] = [
            {"code": detail.code, "message": detail.message, "target": detail.target} for detail in problem.details
        ]
    return {"error": body}


def area_of(path: str) -> Area:
    """Return the area whose words an answer is in; bytes go in and out for iModels."""
    first = path.strip("/").partition("/")[0].lower()
    return Area(first) if first in list(Area) else Area.IMODELS


def _problem(request: Incoming, error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, OutfeedError):
        return _known(area_of(request.url.path), error)
    if isinstance(error, NotFoundException | MethodNotAllowedException):
        return no_operation(error.status_code)
    if isinstance(error, HTTPException):
        return Problem(error.status_code, INVALID_REQUEST[area_of(request.url.path)], error.detail)
    text = f"An unexpected error; incident {request.state.get('incident')}."
    return Problem(500, "InternalServerError", text)


def _known(area: Area, error: OutfeedError) -> Problem:
    """Return what any call answers to an error of ours."""
    status, name, message = next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))
    name, message = name or INVALID_REQUEST[area], message or str(error)
    if isinstance(error, Unauthenticated):
        # A client reads the first detail's code of a 401 without asking whether there is one.
        shown = _UNAUTHORIZED if area is Area.IMODELS and name == "InvalidToken" else name
        return Problem(status, shown, message, [Detail(name, message, "Authorization")])
    if isinstance(error, MalformedBody):
        return Problem(status, name, str(error), [Detail("InvalidRequestBody", _NOT_JSON, "body")])
    return Problem(status, name, message)


def _headers(error: Exception) -> dict[str, str]:
    """Return what the client needs beside the body: how to sign in, when to come again, how long the bytes are."""
    if isinstance(error, RateLimited):
        return {
            "Retry-After": str(error.retry_after_s),
            "ITwinPlatform-RateLimited-Tier": "Server",
            "ITwinPlatform-RateLimited-API": "All",
            "ITwinPlatform-RateLimited-Operation": "All",
            "ITwinPlatform-RateLimited-Application": "All",
        }
    if isinstance(error, TryLater):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}"}
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}

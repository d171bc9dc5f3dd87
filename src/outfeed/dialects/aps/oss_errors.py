"""Our errors in the words of `/oss`: the gateway's shape for who you are, else `{"reason": …}`."""

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.dialects.aps.gateway import gateway_response
from outfeed.errors import (
    AlreadyExists,
    BodyTooLarge,
    LinkExpired,
    NotAllowed,
    NotBuilt,
    NotFound,
    OutfeedError,
    PreconditionFailed,
    RangeNotSatisfiable,
    RequestError,
    StorageFull,
    UploadMismatch,
)
from outfeed.http.context import Incoming

#: Kinds before their bases: the first that fits counts.
STATUS: Final[dict[type[OutfeedError], int]] = {
    NotFound: 404,
    AlreadyExists: 409,
    NotAllowed: 403,
    LinkExpired: 403,
    BodyTooLarge: 413,
    RangeNotSatisfiable: 416,
    PreconditionFailed: 412,
    NotBuilt: 501,
    StorageFull: 507,
    RequestError: 400,
    OutfeedError: 500,
}


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error; one that nobody foresaw shows nothing of its text."""
    if isinstance(error, OutfeedError):
        return gateway_response(error) or _own(error)
    if isinstance(error, HTTPException):
        return Response({"reason": error.detail}, status_code=error.status_code, headers=error.headers or {})
    reason = f"An unexpected error; incident {request.state.get('incident')}."
    return Response({"reason": reason}, status_code=500)


def _own(error: OutfeedError) -> Response[Any]:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    headers = {"Content-Range": f"bytes */{error.size}"} if isinstance(error, RangeNotSatisfiable) else {}
    return Response(error_json(error), status_code=status, headers=headers)


def error_json(error: OutfeedError) -> dict[str, Any]:
    """Return the body of an error; an upload that cannot be completed says what is wrong with each part."""
    body: dict[str, Any] = {"reason": str(error)}
    if isinstance(error, UploadMismatch):
        body["parts"] = {str(number): {"status": state} for number, state in error.parts.items()}
    return body

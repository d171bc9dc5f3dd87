"""Errors in the words of the API: `{"error_id", "code", "message"}` for every failure (specs/spark.md, section 3.3)."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from outfeed.dialects.spark import constants as spark
from outfeed.dialects.spark.constants import PRINTER_HEADER, Operation, Reason
from outfeed.errors import (
    AlreadyExists,
    BodyTooLarge,
    BodyTooSlow,
    InvalidField,
    LinkExpired,
    MalformedBody,
    MissingField,
    NotAllowed,
    NotBuilt,
    NotFound,
    NotMeaningful,
    OriginRefused,
    OutfeedError,
    PreconditionFailed,
    PrinterTokenDead,
    PrinterTokenMissing,
    RangeNotSatisfiable,
    RateLimited,
    ScopeMissing,
    ServerBusy,
    TryLater,
    Unauthenticated,
)
from outfeed.http.context import Incoming

#: Status and code of errors that any call can meet; `Problem` has those of one call.
STATUS: Final[dict[type[OutfeedError], tuple[int, int]]] = {
    MalformedBody: (400, spark.CODE_MALFORMED),
    BodyTooLarge: (413, spark.CODE_TOO_LARGE),
    BodyTooSlow: (408, spark.CODE_TOO_SLOW),
    Unauthenticated: (401, spark.CODE_UNAUTHENTICATED),
    # Not 401: a printer registers anew at a 403, and at nothing else (specs/spark.md, section 2.2).
    PrinterTokenDead: (403, spark.CODE_PRINTER_TOKEN),
    ScopeMissing: (403, spark.CODE_SCOPE),
    OriginRefused: (403, spark.CODE_OTHER),
    LinkExpired: (403, spark.CODE_OTHER),
    RateLimited: (429, spark.CODE_RATE),
    ServerBusy: (503, spark.CODE_BUSY),
    NotBuilt: (501, spark.CODE_NOT_BUILT),
    NotFound: (404, spark.CODE_OTHER),
    PreconditionFailed: (412, spark.CODE_OTHER),
    RangeNotSatisfiable: (416, spark.CODE_OTHER),
    InvalidField: (400, spark.CODE_OTHER),
}


class Problem(OutfeedError):
    """A caller's mistake with the number that the API has for it."""

    code = "spark_problem"

    def __init__(self, status: int, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.number = number

    def __str__(self) -> str:
        """Return the message alone."""
        return self.detail


def respond(request: Incoming, error: Exception) -> Response[dict[str, Any]]:
    """Return the answer to an error; one that nobody foresaw shows an id and nothing of its text."""
    status, number, message = _told(request, error)
    headers = {}
    if isinstance(error, TryLater):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = PRINTER_HEADER if isinstance(error, PrinterTokenMissing) else "Bearer"
    if isinstance(error, MethodNotAllowedException) and error.headers:
        headers |= error.headers
    incident = request.state.get("incident") or str(uuid.uuid4())
    return Response(error_json(number, message, error_id=incident), status_code=status, headers=headers)


#: Status and reason of what can be wrong with a call about printers and what they print.
_REASONS: Final[dict[type[OutfeedError], tuple[int, Reason]]] = {
    MissingField: (400, Reason.MISSING),
    InvalidField: (400, Reason.INVALID),
    NotFound: (404, Reason.NOT_FOUND),
    NotAllowed: (403, Reason.NOT_ALLOWED),
    NotMeaningful: (422, Reason.NOT_MEANINGFUL),
    AlreadyExists: (422, Reason.NOT_MEANINGFUL),
}


@contextmanager
def numbered(operation: Operation) -> Iterator[None]:
    """Give what goes wrong inside the numbers of a call, and the statuses of those about printers."""
    try:
        yield
    except tuple(_REASONS) as error:
        status, reason = next(_REASONS[kind] for kind in type(error).__mro__ if kind in _REASONS)
        raise Problem(status, spark.caller_code(operation, reason), str(error)) from error


def error_json(number: int, message: str, *, error_id: str) -> dict[str, Any]:
    """Return the body of an error; a failed task carries the same three keys."""
    return {"error_id": error_id, "code": number, "message": message}


def _told(request: Incoming, error: Exception) -> tuple[int, int, str]:
    """Return status, number and sentence of an error."""
    if isinstance(error, Problem):
        return error.status, error.number, str(error)
    if isinstance(error, NotFoundException):
        return 404, spark.CODE_NO_ENDPOINT, f"There is no endpoint {request.method} {request.url.path}."
    if isinstance(error, MethodNotAllowedException):
        return 405, spark.CODE_METHOD, f"{request.method} is not allowed here."
    if isinstance(error, HTTPException):
        return error.status_code, spark.CODE_OTHER, error.detail
    if isinstance(error, OutfeedError):
        known = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), (400, spark.CODE_OTHER))
        return *known, str(error)
    return 500, spark.CODE_UNEXPECTED, "An unknown error occurred on the server."

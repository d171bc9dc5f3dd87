"""Status, code and sentence of an error, for the services whose bodies differ and whose statuses do not."""

from dataclasses import dataclass, field
from typing import Final

from litestar.exceptions import HTTPException

from outfeed.errors import (
    AlreadyExists,
    BodyTooLarge,
    BodyTooSlow,
    LinkExpired,
    NotAllowed,
    NotBuilt,
    NotFound,
    OutfeedError,
    PreconditionFailed,
    RangeNotSatisfiable,
    RequestError,
    StorageFull,
)
from outfeed.http.context import Incoming

#: Kinds before their bases: the first that fits counts.
STATUS: Final[dict[type[OutfeedError], int]] = {
    NotFound: 404,
    AlreadyExists: 409,
    NotAllowed: 403,
    LinkExpired: 403,
    BodyTooLarge: 413,
    BodyTooSlow: 408,
    RangeNotSatisfiable: 416,
    PreconditionFailed: 412,
    NotBuilt: 501,
    StorageFull: 507,
    RequestError: 400,
    OutfeedError: 500,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of an error."""

    status: int
    #: Short and stable, for programs.
    code: str
    #: For people.
    sentence: str
    headers: dict[str, str] = field(default_factory=dict)


def told(request: Incoming, error: Exception) -> Told:
    """Return what to say of an error; of one that nobody foresaw an id and nothing of its text."""
    if isinstance(error, OutfeedError):
        status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
        return Told(status, error.code, str(error), _headers(error))
    if isinstance(error, HTTPException):
        return Told(error.status_code, "http", error.detail, dict(error.headers or {}))
    return Told(500, "unexpected", f"An unexpected error; incident {request.state.get('incident')}.")


def _headers(error: OutfeedError) -> dict[str, str]:
    """Return what the client needs beside the body: how long the bytes are."""
    return {"Content-Range": f"bytes */{error.size}"} if isinstance(error, RangeNotSatisfiable) else {}

"""Our errors in the words of `/project` and `/data`: the gateway's shape for who you are, else JSON:API's."""

import uuid
from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.dialects.aps.dm_constants import MEDIA_TYPE
from outfeed.dialects.autodesk.gateway import gateway_response
from outfeed.errors import (
    AlreadyExists,
    BodyTooLarge,
    BodyTooSlow,
    NotAllowed,
    NotBuilt,
    NotFound,
    OutfeedError,
    RequestError,
    StorageFull,
)
from outfeed.http.context import Incoming

#: Status and code. Kinds before their bases: the first that fits counts.
ANSWERS: Final[dict[type[OutfeedError], tuple[int, str]]] = {
    NotFound: (404, "NOT_FOUND"),
    AlreadyExists: (409, "CONFLICT"),
    NotAllowed: (403, "FORBIDDEN"),
    BodyTooLarge: (413, "PAYLOAD_TOO_LARGE"),
    BodyTooSlow: (408, "REQUEST_TIMEOUT"),
    NotBuilt: (501, "NOT_IMPLEMENTED"),
    StorageFull: (507, "INSUFFICIENT_STORAGE"),
    RequestError: (400, "BAD_INPUT"),
    OutfeedError: (500, "INTERNAL_ERROR"),
}

#: Titles by code: what is the same in every case of it.
TITLES: Final = {
    "NOT_FOUND": "There is no such resource.",
    "CONFLICT": "The name is taken.",
    "FORBIDDEN": "You may not do this.",
    "PAYLOAD_TOO_LARGE": "The body is too large.",
    "REQUEST_TIMEOUT": "The body did not come in time.",
    "NOT_IMPLEMENTED": "This server does not have this call.",
    "INSUFFICIENT_STORAGE": "The server has no space left.",
    "BAD_INPUT": "The request cannot be served as it is.",
    "INTERNAL_ERROR": "An unexpected error.",
}


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error; one that nobody foresaw shows an id and nothing of its text."""
    if isinstance(error, OutfeedError):
        status, code = next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))
        return gateway_response(error) or _response(status, code, str(error))
    if isinstance(error, HTTPException):
        code = "NOT_FOUND" if error.status_code == ANSWERS[NotFound][0] else "BAD_INPUT"
        return _response(error.status_code, code, error.detail, headers=error.headers)
    return _response(500, "INTERNAL_ERROR", f"Incident {request.state.get('incident')}.")


def error_json(id_: str, status: int, code: str, detail: str) -> dict[str, Any]:
    """Return the body of an error."""
    error = {"id": id_, "status": str(status), "code": code, "title": TITLES[code], "detail": detail}
    return {"jsonapi": {"version": "1.0"}, "errors": [error]}


def _response(status: int, code: str, detail: str, *, headers: dict[str, str] | None = None) -> Response[Any]:
    body = error_json(str(uuid.uuid4()), status, code, detail)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers or {})

"""Our errors in the words of ACC: the gateway's for who you are, else `{"code", "title", "detail"}` (section 6.1)."""

from enum import StrEnum
from typing import Any, Final

from litestar import Response

from outfeed.dialects.autodesk.gateway import gateway_response
from outfeed.dialects.autodesk.statuses import told
from outfeed.errors import ChildTimedOut, DrawingTooLarge, OutfeedError, SourceError, by_code
from outfeed.http.context import Incoming


class Title(StrEnum):
    """What ACC calls its errors."""

    BAD_INPUT = "ERR_BAD_INPUT"
    NOT_ALLOWED = "ERR_NOT_ALLOWED"
    NOT_THERE = "ERR_RESOURCE_NOT_EXIST"
    FILES_TOO_LARGE = "ERR_FILES_TOO_LARGE"
    INTERNAL = "ERR_INTERNAL_SERVER_ERROR"
    #: Of exports that have failed, and of files that are not in one.
    TIMEOUT = "ERR_WORKFLOW_TIMEOUT"
    NOT_PROCESSABLE = "ERR_NO_PROCESSABLE_FILES"
    FILE_TOO_LARGE = "ERR_FILE_TOO_LARGE"


#: By status; of all others below 500 it is bad input.
_TITLES: Final = {403: Title.NOT_ALLOWED, 404: Title.NOT_THERE, 422: Title.FILES_TOO_LARGE}
#: The first status that is no fault of the caller's.
_SERVERS: Final = 500

#: Why work failed: kinds before their bases, the first that fits counts.
_FAILURES: Final[dict[type[OutfeedError], tuple[int, Title]]] = {
    ChildTimedOut: (500, Title.TIMEOUT),
    DrawingTooLarge: (422, Title.FILE_TOO_LARGE),
    SourceError: (400, Title.NOT_PROCESSABLE),
    OutfeedError: (500, Title.INTERNAL),
}


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error; one that nobody foresaw shows nothing of its text."""
    of_gateway = gateway_response(error) if isinstance(error, OutfeedError) else None
    if of_gateway is not None:
        return of_gateway
    said = told(request, error)
    status = _status_of_source(error) or said.status
    title = _TITLES.get(status, Title.BAD_INPUT if status < _SERVERS else Title.INTERNAL)
    return Response(error_json(status, title, said.sentence), status_code=status, headers=said.headers)


def error_json(status: int, title: Title, detail: str) -> dict[str, str]:
    """Return an error; its code is the status, as text."""
    return {"code": str(status), "title": title.value, "detail": detail}


def failure_of(code: str | None) -> tuple[int, Title]:
    """Return status and title of what went wrong in an export's work, by our code of it."""
    kind = by_code(code or "")
    return next(answer for base, answer in _FAILURES.items() if issubclass(kind, base))


def _status_of_source(error: Exception) -> int | None:
    """Return the status where a file is refused before any work: too much in all, or of a type that is none here."""
    if isinstance(error, DrawingTooLarge):
        return 422
    return 400 if isinstance(error, SourceError) else None

"""Answering GET and HEAD with a blob: conditions, one range, safe names, and nothing that a browser would run."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import quote

from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from outfeed import to_thread
from outfeed.blobs.store import Blobs
from outfeed.errors import PreconditionFailed, RangeNotSatisfiable
from outfeed.http.context import Incoming
from outfeed.library.conditions import Conditions

_RANGE: Final = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})", re.IGNORECASE)

#: What we serve was uploaded by somebody: no browser guesses its type, runs it, or lets it speak to this origin.
_GUARDS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Accept-Ranges": "bytes",
}


class Record(Protocol):
    """What an object and a file have in common."""

    @property
    def name(self) -> str:
        """The name that a download is saved under."""

    @property
    def blob(self) -> str:
        """SHA-256 of the bytes as hex."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    @property
    def content_type(self) -> str:
        """As sent at the upload."""

    @property
    def sha1(self) -> str:
        """SHA-1 of the bytes as hex."""

    @property
    def modified_at(self) -> int:
        """When the bytes were put, in milliseconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


def blob_response(
    request: Incoming,
    blobs: Blobs,
    record: Record,
    *,
    attachment: bool = True,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """
    Return the answer to GET or HEAD of a record: 200, 206 or 304.

    Parameters
    ----------
    attachment
        Whether a browser saves it rather than shows it.
    headers
        What a signed address says instead, such as another `Content-Type`; checked by who signed it.

    Raises
    ------
    PreconditionFailed
        If the client wants other bytes than there are.
    RangeNotSatisfiable
        If the range asked for begins behind the end.
    BlobLost
        If the bytes are not there.
    """
    common = {**_headers(record, attachment=attachment), **(headers or {})}
    if is_unchanged(request, record):
        return Response(None, status_code=304, headers=common)
    span = _span(request, record)
    if span:
        common["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{record.size}"
    start, stop = (span.start, span.stop) if span else (0, record.size)
    common["Content-Length"] = str(stop - start)
    status = 206 if span else 200
    if blobs.size(record.blob) == 0 or request.method == "HEAD":
        return Response(b"", status_code=status, headers=common)
    chunks = blobs.read(record.blob, start, stop)
    # A client that goes leaves the reading half done: the file is closed then, not whenever memory is tidied up.
    closing = BackgroundTask(chunks.close)
    return Stream(_in_threads(chunks), status_code=status, headers=common, background=closing)


def etag_of(record: Record) -> str:
    """Return the entity tag: the digest of the bytes."""
    return f'"{record.blob}"'


def is_unchanged(request: Incoming, record: Record) -> bool:
    """
    Tell whether the client says that it has just these bytes.

    Raises
    ------
    PreconditionFailed
        If it says that it wants others.
    """
    conditions = conditions_of(request)
    if not conditions.hold(record):
        raise PreconditionFailed
    return conditions.is_unchanged(record)


def conditions_of(request: Incoming) -> Conditions:
    """Return the conditions of a request."""
    return parse_conditions(request.headers)


def parse_conditions(headers: Mapping[str, str]) -> Conditions:
    """Read the four conditions; dates that are none do not count (RFC 9110, section 13.1)."""
    return Conditions(
        match=_tags(headers.get("if-match"), weak=False),
        none_match=_tags(headers.get("if-none-match"), weak=True),
        modified_since_s=_seconds(headers.get("if-modified-since", "")),
        unmodified_since_s=_seconds(headers.get("if-unmodified-since", "")),
    )


def _tags(header: str | None, *, weak: bool) -> frozenset[str] | None:
    """Return tags without quotes; the vendor's clients send none. A weak tag never matches strongly."""
    if header is None:
        return None
    tags = (tag.strip() for tag in header.split(","))
    return frozenset(tag.removeprefix("W/").strip('"') for tag in tags if weak or not tag.startswith("W/"))


def _seconds(text: str) -> int | None:
    date = _date(text)
    return None if date is None else int(date.timestamp())


def parse_range(header: str, size: int) -> Span | None:
    """
    Return the part that a `Range` header asks for, cut at the end; None where the whole is the answer.

    That is: several ranges, another unit, or no range at all, which RFC 9110 lets a server ignore.

    Raises
    ------
    RangeNotSatisfiable
        If it begins behind the end.
    """
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size:
        raise RangeNotSatisfiable(size)
    return Span(start, stop)


def disposition(name: str, *, attachment: bool) -> str:
    """
    Return a `Content-Disposition` that is safe with any name (RFC 6266): plain ASCII, then the exact one.

    What separates the parts of a path is replaced in both: who saves the file saves it where they are.
    """
    name = re.sub(r"[/\\]", "_", name)
    plain = re.sub(r"[^ !#$&+.0-9A-Z^_`a-z{}~()\[\]=,@'-]", "_", name)
    kind = "attachment" if attachment else "inline"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _span(request: Incoming, record: Record) -> Span | None:
    """Return the range to send, unless `If-Range` names other bytes than there are now."""
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != etag_of(record):
        date = _date(condition)
        if date is None or date != _modified(record):
            return None
    return parse_range(request.headers.get("range", ""), record.size)


def _headers(record: Record, *, attachment: bool) -> dict[str, str]:
    """Return what every answer about these bytes says."""
    return {
        **_GUARDS,
        "ETag": etag_of(record),
        "Last-Modified": format_datetime(_modified(record), usegmt=True),
        "Content-Type": record.content_type,
        "Content-Disposition": disposition(record.name, attachment=attachment),
    }


async def _in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read in threads, so that a slow disk does not stop the others."""
    while chunk := await to_thread.run_sync(next, chunks, b""):
        yield chunk


def _modified(record: Record) -> datetime:
    """Return when the bytes were put, in whole seconds, as HTTP has it."""
    return datetime.fromtimestamp(record.modified_at // 1000, UTC)


def _date(text: str) -> datetime | None:
    """Return the time in an HTTP date, None for anything else."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None

"""What OSS reads from the headers of an upload: what the object shall say of itself, and where a chunk belongs."""

import re
from collections.abc import Mapping
from typing import Final

from outfeed.dialects.aps.oss_wire import USER_METADATA
from outfeed.errors import ChecksumMismatch, ChunkRefused, InvalidField, MalformedBody
from outfeed.http.bodies import parse_json
from outfeed.http.streams import is_header_text, kept_content_type
from outfeed.library.objects import Extras
from outfeed.library.resumables import Place

#: Longest values that are kept, in characters.
MAX_DISPOSITION: Final = 1024
MAX_VALUE: Final = 256
#: Bytes that a client's own metadata has less than (OSS reference).
MAX_METADATA: Final = 100

#: Nineteen digits hold every 64-bit number; a total beyond that is refused by its size anyway.
_PLACE: Final = re.compile(r"bytes\s*=?\s*(\d{1,19})\s*-\s*(\d{1,19})\s*/\s*(\d{1,19})", re.IGNORECASE | re.ASCII)
_META: Final = "x-ads-meta-"

Headers = Mapping[str, str]


def parse_content_type(headers: Headers, *, own: bool) -> str:
    """Return the content type to keep; `own`: the request's own one counts, since its body is the object."""
    given = headers.get(_META + "content-type") or (headers.get("content-type") if own else None)
    return kept_content_type(given)


def parse_extras(headers: Headers, *, own: bool) -> Extras:
    """
    Read what downloads shall say of themselves.

    Of the request's own headers, disposition and encoding count if `own`. Its `Cache-Control` never does: that is about
    the request.

    Raises
    ------
    InvalidField
        If a value is too long, could not be sent back, or the client's own metadata is no small JSON object.
    """
    plain = headers if own else {}
    return Extras(
        content_disposition=_value(headers, plain, "content-disposition", most=MAX_DISPOSITION),
        content_encoding=_value(headers, plain, "content-encoding", most=MAX_VALUE),
        cache_control=_value(headers, {}, "cache-control", most=MAX_VALUE),
        user_metadata=_user_metadata(headers.get(USER_METADATA)),
    )


def parse_place(header: str | None) -> Place:
    """Read `Content-Range: bytes first-last/total`, or raise `ChunkRefused`."""
    found = _PLACE.fullmatch((header or "").strip())
    if not found:
        raise ChunkRefused("It is `bytes first-last/total`.")
    first, last, total = map(int, found.groups())
    return Place(first, last + 1, total)


def check_sha1(named: str | None, sha1: str) -> None:
    """Raise `ChecksumMismatch` unless the client has named no checksum, or this one."""
    if named is not None and named.strip().lower() != sha1:
        raise ChecksumMismatch(sha1)


def _value(headers: Headers, plain: Headers, name: str, *, most: int) -> str | None:
    value = headers.get(_META + name) or plain.get(name)
    if value and not (is_header_text(value) and len(value) <= most):
        raise InvalidField(f"{name} has at most {most} characters of printable ASCII.")
    return value or None


def _user_metadata(text: str | None) -> str | None:
    if not text:
        return None
    if not is_header_text(text) or len(text) >= MAX_METADATA:
        raise InvalidField(f"{USER_METADATA} has less than {MAX_METADATA} bytes of ASCII.")
    try:
        parse_json(text.encode("ascii"))
    except MalformedBody as error:
        raise InvalidField(f"{USER_METADATA} is a JSON object.") from error
    return text

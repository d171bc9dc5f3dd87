"""Request bodies as parameters: JSON where the reference says so, forms because old clients send them."""

import asyncio
import json
import re
from itertools import pairwise
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request

from outfeed.errors import BodyTooLarge, BodyTooSlow, InvalidField, MalformedBody, MissingField
from outfeed.json_text import check_depth, no_constant, unique_names

#: Deepest nesting of a JSON body (design, section 7).
MAX_DEPTH: Final = 64
#: Most fields of a form.
MAX_FIELDS: Final = 10_000
#: Largest index in a bracketed form name: lists are made of these.
MAX_INDEX: Final = 10_000

#: Time for a body, in seconds, and bytes that may take one second more: whoever sends slower would hold a connection.
BODY_S: Final = 30.0
BYTES_PER_S: Final = 64 * 1024

#: Where a request keeps that its body was given up.
_UNREAD: Final = "unread"

#: How a form begins, and JSON never does: a name, and what follows it.
_FORM: Final = re.compile(rb"[\w.%\[\]-]+=")

Params = dict[str, Any]


async def read_params(request: Request[Any, Any, Any], *, max_bytes: int) -> Params:
    """
    Return the fields of a JSON object or of a form, whichever the body is.

    The content type is believed only if the body agrees: clients send JSON as a form and the other way round.

    Raises
    ------
    MalformedBody
        If it is neither, or is no object.
    BodyTooLarge
        If it has more than `max_bytes` bytes.
    """
    body = await read_body(request, max_bytes=max_bytes)
    return parse_body(body, request.headers.get("content-type", "").lower())


def parse_body(body: bytes, content_type: str) -> Params:
    """Return the fields of a body: what it looks like counts, and then what its content type says."""
    if body.lstrip()[:1] in {b"{", b"["}:
        return parse_json(body)
    if content_type.startswith("multipart/"):
        raise MalformedBody("It is a multipart form; send JSON or application/x-www-form-urlencoded.")
    if _FORM.match(body) or content_type.startswith("application/x-www-form-urlencoded"):
        return parse_form(body)
    return parse_json(body)


async def read_body(request: Request[Any, Any, Any], *, max_bytes: int, limit_s: float = BODY_S) -> bytes:
    """
    Return the whole body.

    Raises
    ------
    BodyTooLarge
        If it has more than `max_bytes` bytes: before it fills the memory.
    BodyTooSlow
        If it does not come within `limit_s` seconds, and one more for each 64 KiB that it may have.
    """
    whole_s = limit_s + max_bytes // BYTES_PER_S
    try:
        async with asyncio.timeout(whole_s):
            return await _body(request, max_bytes)
    except TimeoutError as error:
        raise given_up(request, f"It had {whole_s:g} seconds.") from error


def given_up(request: Request[Any, Any, Any], detail: str) -> BodyTooSlow:
    """Return the error of a body that is not waited for any more, having noted that the rest of it may still come."""
    request.state[_UNREAD] = True
    return BodyTooSlow(detail)


def is_unread(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a body was given up that its client may still send: the web server would wait for the rest of it."""
    return _UNREAD in request.state


async def _body(request: Request[Any, Any, Any], max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLarge(f"At most {max_bytes} bytes.")
    return bytes(body)


def parse_json(body: bytes) -> Params:
    """Return the JSON object in `body`; an empty body has no fields."""
    if not body.strip():
        return {}
    try:
        text = body.decode("utf-8-sig")
        check_depth(text, MAX_DEPTH)
        parsed = _DECODER.decode(text)
        _ENCODER.encode(parsed).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"It is not JSON: {_reason(error)}") from error
    if not isinstance(parsed, dict):
        raise MalformedBody("It is JSON, but not an object.")
    return parsed


def parse_form(body: bytes) -> Params:
    """Return the fields of a form; `data[layer]=3` and `ids[0]=a` become nested objects and lists."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise MalformedBody(f"It is not a form: {_reason(error)}") from error
    nested: Params = {}
    for name, value in pairs:
        _place(nested, _keys(name), value)
    return {name: _lists(value) for name, value in nested.items()}


def text_of(params: Params, name: str) -> str:
    """
    Return a field that must be there and be text.

    Raises
    ------
    MissingField, InvalidField
        If it is not there or empty; if it is something else.
    """
    value = params.get(name)
    if value is None or value == "":
        raise MissingField(f"Missing: {name}.")
    if not isinstance(value, str):
        raise InvalidField(f"{name} is text.")
    return value


def _keys(name: str) -> list[str]:
    """Split `a[b][0]` into its keys; a name that is not of this form is one key."""
    found = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", name)
    if not found:
        return [name]
    keys = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])]
    if len(keys) > MAX_DEPTH:
        raise MalformedBody("It is nested too deeply.")
    return keys


def _place(into: Params, keys: list[str], value: str) -> None:
    """Put a value where its keys say; `[]` appends; what comes twice becomes the last."""
    here = into
    for key, following in pairwise(keys):
        here = here.setdefault(key or str(len(here)), {})
        if not isinstance(here, dict):
            raise MalformedBody(f"Field {keys[0]} is both a value and a group ({following}).")
    here[keys[-1] or str(len(here))] = value


def _lists(value: Any) -> Any:
    """Turn groups whose keys count from 0 into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if all(str(index) in inner for index in range(len(inner))) and len(inner) <= MAX_INDEX:
        return [inner[str(index)] for index in range(len(inner))]
    return inner


#: Both are made once: each body is read by the one, and what JSON or UTF-8 cannot hold is refused by the other.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=unique_names, parse_constant=no_constant)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def _reason(error: Exception) -> str:
    """Return why a body could not be read, in words for whoever has sent it."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8."
    if isinstance(error, UnicodeEncodeError):
        return "a text has one half of a pair of surrogates."
    first_line = str(error).split("\n", 1)[0][:200]
    return "a whole number has too many digits." if "set_int_max_str_digits" in first_line else first_line

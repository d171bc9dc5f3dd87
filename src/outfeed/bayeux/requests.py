"""What an HTTP request asks, in each of the forms that clients send: a JSON body, a form, or an address."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from outfeed.bayeux.answers import Receive, Scope, header
from outfeed.bayeux.constants import ConnectionType

#: A name that a page may give its function: identifiers with dots between.
_FUNCTION: Final = re.compile(r"(?=.{1,100}\Z)[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*", re.ASCII)
#: The function where a client names none, as with npm `faye`.
_USUAL_FUNCTION: Final = "jsonpcallback"
_MAX_FIELDS: Final = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A batch as it came, and how its answer goes back."""

    type: ConnectionType
    #: JSON, as bytes where it was the body and as text where it was a field.
    batch: bytes | str
    #: The function of the page that the answer calls; empty: the answer is JSON.
    function: str = ""


class Refused(Exception):
    """A request that is not heard: a status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Gone(Exception):
    """The client went away before its request was whole."""


def asked_by_address(scope: Scope) -> Asked:
    """
    Return what the address of a GET asks: `?message=…&jsonp=…`.

    Raises
    ------
    Refused
        If there is no message, or the function's name is none.
    """
    fields = _fields(scope["query_string"])
    function = fields.get("jsonp", _USUAL_FUNCTION)
    if not _FUNCTION.fullmatch(function):
        raise Refused(400, "jsonp: it is no name of a function.")
    return Asked(ConnectionType.CALLBACK_POLLING, _message_of(fields), function)


async def asked_by_body(scope: Scope, receive: Receive, *, max_bytes: int, limit_s: float) -> Asked:
    """
    Return what the body of a POST asks: JSON, or a form with the field `message`.

    Raises
    ------
    Refused
        If it is too large, too slow, compressed, or neither.
    Gone
        If the client goes away.
    """
    if header(scope, b"content-encoding") not in {b"", b"identity"}:
        raise Refused(415, "Bodies are not compressed here.")
    try:
        async with asyncio.timeout(limit_s):
            body = await _body(scope, receive, max_bytes)
    except TimeoutError as error:
        raise Refused(408, f"The body did not come within {limit_s:g} seconds.") from error
    # Clients of other origins say text/plain and send a form, to be spared a pre-flight; so only the body tells.
    if body.lstrip()[:1] in {b"[", b"{"}:
        return Asked(ConnectionType.LONG_POLLING, body)
    return Asked(ConnectionType.LONG_POLLING, _message_of(_fields(body)))


async def _body(scope: Scope, receive: Receive, max_bytes: int) -> bytes:
    """Return the whole body; one that says that it is too large is not waited for."""
    announced = header(scope, b"content-length")
    if announced.isdigit() and (len(announced) > len(str(max_bytes)) or int(announced) > max_bytes):
        raise Refused(413, f"At most {max_bytes} bytes.")
    body, more = bytearray(), True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        body += event.get("body", b"")
        more = event.get("more_body", False)
        if len(body) > max_bytes:
            raise Refused(413, f"At most {max_bytes} bytes.")
    return bytes(body)


def _message_of(fields: dict[str, str]) -> str:
    if "message" not in fields:
        raise Refused(400, "Bayeux is spoken here: POST messages as JSON, or open a WebSocket.")
    return fields["message"]


def _fields(form: bytes) -> dict[str, str]:
    """Return the fields of a form."""
    try:
        return dict(parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"))
    except ValueError as error:
        raise Refused(400, "It is neither JSON nor a form.") from error

"""Messages on their way out, encoded once however many receive them; and batches on their way in, parsed strictly."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from outfeed.errors import BodyTooLarge, MalformedBody
from outfeed.json_text import check_depth, no_constant, unique_names

#: Objects and lists within each other, the batch and its messages included.
MAX_DEPTH: Final = 32
#: Characters of an id that is echoed.
MAX_ID: Final = 64

_MAX_DIGITS: Final = 19
# Halves of characters, which UTF-8 cannot write unless they are a pair: that is found out by trying.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")

_encoder: Final = msgspec.json.Encoder()


class Message:
    """One message to clients: a reply or a delivery. A delivery is shared by all sessions that receive it."""

    __slots__ = ("_text", "fields")

    def __init__(self, fields: Mapping[str, Any]) -> None:
        #: What the message says; not to be changed.
        self.fields = fields
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The message as JSON, made when it is asked for first."""
        if self._text is None:
            self._text = _encoder.encode(self.fields).decode()
        return self._text

    def __repr__(self) -> str:
        """Return what tests show."""
        return f"Message({self.fields!r})"


def encode(messages: Iterable[Message]) -> str:
    """Return a batch as JSON: what a transport sends."""
    return f"[{','.join([message.text for message in messages])}]"


def parse(raw: bytes | str, *, max_bytes: int, max_messages: int) -> list[object]:
    """
    Return the messages of a batch: the entries of a JSON list, or one object alone.

    Raises
    ------
    BodyTooLarge
        If it has more bytes or messages than that.
    MalformedBody
        If it is not JSON as the standard has it, in UTF-8; names a member twice; is nested deeper than 32; has a whole
        number of more than 19 digits or one that is not finite; or is neither a list nor an object.
    """
    if len(raw) > max_bytes:
        raise BodyTooLarge(f"At most {max_bytes} bytes.")
    try:
        text = (raw.encode() if isinstance(raw, str) else raw).decode()
        check_depth(text, MAX_DEPTH)
        parsed = _decoder.decode(text)
        if _SURROGATE.search(text):
            _encoder.encode(parsed)
    except ValueError as error:
        raise MalformedBody("It is not JSON in UTF-8, as messages are.") from error
    batch = parsed if isinstance(parsed, list) else [parsed]
    if not isinstance(parsed, list | dict):
        raise MalformedBody("It is JSON, but neither a list nor an object.")
    if len(batch) > max_messages:
        raise BodyTooLarge(f"At most {max_messages} messages.")
    return batch


def small_id(value: object) -> str | int | None:
    """Return the id of a message if it can be echoed: a short text or a whole number; otherwise None."""
    if isinstance(value, str) and len(value) <= MAX_ID and value.isprintable():
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_MAX_DIGITS:
        return value
    return None


def _finite(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("A number is too large.")
    return number


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS + 1:
        raise ValueError("A number is too long.")
    return int(digits)


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=unique_names, parse_constant=no_constant, parse_float=_finite, parse_int=_whole
)

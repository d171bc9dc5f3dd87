"""Reading fields and parameters: everything that is wrong with a request is gathered, and told in one answer."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from outfeed.dialects.itwin.constants import INVALID_REQUEST, Area
from outfeed.dialects.itwin.errors import Detail, Problem
from outfeed.errors import MalformedBody
from outfeed.http.bodies import Params, parse_json, read_body
from outfeed.http.context import Incoming, services
from outfeed.names import is_name

#: Longest names and descriptions.
LONGEST: Final = 255
#: What is shown of a wrong value, in characters.
_SHOWN: Final = 64

#: What no text has: it could steer a terminal, or end the text in a database. Tabs and line ends may be.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHOLE: Final = re.compile(r"[0-9]{1,18}")


class Check:
    """
    What is wrong with one request.

    Parameters
    ----------
    message
        What could not be done, such as `Cannot create iModel.`
    invalid
        Code of a detail about a wrong value; mesh export has a word of its own.
    """

    def __init__(self, area: Area, message: str, *, invalid: str = "InvalidValue") -> None:
        self.area = area
        self.message = message
        self._invalid = invalid
        self._details: list[Detail] = []

    def note(self, code: str, message: str, target: str) -> None:
        """Remember something that is wrong."""
        self._details.append(Detail(code, message, target))

    def wrong(self, target: str, value: object) -> None:
        """Remember a value that cannot be."""
        self.note(self._invalid, f"'{str(value)[:_SHOWN]}' is not a valid '{target}' value.", target)

    def problem(self) -> Problem:
        """Return the 422 with all that is wrong."""
        return Problem(422, INVALID_REQUEST[self.area], self.message, self._details)

    def done(self) -> None:
        """Raise a `Problem` if anything is wrong."""
        if self._details:
            raise self.problem()

    def text(self, params: Params, name: str, *, required: bool = False, longest: int = LONGEST) -> str | None:
        """Return a text field without blanks around it; None: not there, null, or wrong."""
        value = params.get(name)
        if value is None or value == "":
            if required:
                self.note("MissingRequiredProperty", "Required property is missing.", name)
            return value
        if not isinstance(value, str) or _CONTROL.search(value) or (required and not value.strip()):
            self.wrong(name, value)
            return None
        if len(value.strip()) > longest:
            text = f"Provided '{name}' value is not valid. The value exceeds allowed {longest} characters."
            self.note(self._invalid, text, name)
            return None
        return value.strip()

    def name(self, params: Params, name: str, *, required: bool = False) -> str | None:
        """Return what somebody calls a thing, which is seen as it is; None: not there, null, or wrong."""
        value = self.text(params, name, required=required)
        if value and not is_name(value, longest=LONGEST):
            self.wrong(name, value)
            return None
        return value

    def word(self, params: Mapping[str, Any], name: str, words: Iterable[str], *, required: bool = False) -> str | None:
        """Return a field that is one of some words, in any case, in the case that the words have."""
        value = params.get(name)
        if value is None or value == "":
            if required:
                self.note("MissingRequiredProperty", "Required property is missing.", name)
            return None
        known = {word.lower(): word for word in words}
        if not isinstance(value, str) or value.lower() not in known:
            self.wrong(name, value)
            return None
        return known[value.lower()]

    def number(self, params: Params, name: str, *, most: float) -> float | None:
        """Return a number between `-most` and `most`; None: not there, null, or wrong."""
        value = params.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
            self.wrong(name, value)
            return None
        return float(value)

    def whole(self, query: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
        """Return a parameter that is a whole number from `least` to `most`."""
        sent = query.get(name)
        if sent is None or sent == "":
            return default
        if not _WHOLE.fullmatch(sent) or not least <= int(sent) <= most:
            self.wrong(name, sent)
            return default
        return int(sent)

    def order(self, query: Mapping[str, str], names: Iterable[str]) -> list[tuple[str, bool]]:
        """Return the names to sort by, and whether from the last to the first: `$orderBy=name desc,createdDateTime`."""
        known = {name.lower(): name for name in names}
        found = []
        for part in filter(None, (part.split() for part in query.get("$orderby", "").split(","))):
            name, direction = known.get(part[0].lower()), " ".join(part[1:]).lower()
            if name is None or direction not in {"", "asc", "desc"}:
                self.wrong("$orderBy", " ".join(part))
            else:
                found.append((name, direction == "desc"))
        return found


def id_of(text: str) -> str | None:
    """Return an id as it is kept, None if it is none: a UUID, in any case."""
    lower = text.lower()
    return lower if _ID.fullmatch(lower) else None


async def body_of(request: Incoming, area: Area, message: str) -> Params:
    """
    Return the JSON object that a call is about.

    Raises
    ------
    Problem
        422 if there is none, or it cannot be read.
    BodyTooLarge
        If it is longer than this server accepts.
    """
    check = Check(area, message)
    body = await read_body(request, max_bytes=services(request).settings.max_body_bytes)
    if not body.strip():
        check.note("MissingRequestBody", "Request body was not provided.", "body")
        check.done()
    try:
        return parse_json(body)
    except MalformedBody as error:
        text = "Failed to parse request body. Make sure it is a valid JSON."
        check.note("InvalidRequestBody", text, "body")
        raise check.problem() from error

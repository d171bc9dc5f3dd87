"""A body's fields, read one by one, each mistake with the number that the API has for it."""

import math
import re
import uuid
from typing import Any, Final

from outfeed.dialects.spark.constants import Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.errors import NotMeaningful
from outfeed.library.meshes import Transform
from outfeed.mesh.reduce import check_share
from outfeed.names import is_name

MAX_NAME: Final = 1024
#: JSON's numbers are exact up to here (RFC 8259, section 6).
MAX_WHOLE: Final = 2**53 - 1

#: A number as text: what other languages would read as well, so neither `1_0` nor digits of other scripts.
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: What clients send for a truth, as JSON or in a form, in lower case.
_TRUTHS: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


class Fields:
    """A body's fields, read one by one, each mistake with the number that the API has for it."""

    def __init__(self, params: dict[str, Any], operation: Operation) -> None:
        self._params = params
        self._operation = operation

    def problem(self, reason: Reason, message: str, *, status: int = 400) -> Problem:
        """Return a mistake in this body, to be raised."""
        return Problem(status, caller_code(self._operation, reason), message)

    def text(self, name: str, *, default: str | None = None) -> str:
        """Return a text field; a list of one counts, as old clients send it (specs/spark.md, section 3.1)."""
        value = self._sent(name)
        if value is None:
            return self._default(name, default)
        if not isinstance(value, str):
            raise self.problem(Reason.INVALID, f"{name} should be a string")
        return self._checked(name, value, MAX_NAME)

    def label(self, name: str, *, longest: int = MAX_NAME, default: str | None = None) -> str:
        """Return a text field that printers, and what talks to them, also send as a number."""
        value = self._sent(name)
        if value is None:
            return self._default(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.problem(Reason.INVALID, f"{name} should be a string")
        return self._checked(name, str(value), longest)

    def name(self, name: str, *, longest: int, default: str | None = None) -> str:
        """Return what somebody calls a thing: a label that is seen as it is."""
        value = self.label(name, longest=longest, default=default)
        if value != default and not is_name(value, longest=longest):
            raise self.problem(Reason.INVALID, f"{name} has 1 to {longest} printable characters")
        return value

    def _sent(self, name: str) -> Any:
        """Return what was sent, out of a list of one; None where nothing was, or an empty text."""
        value = self._params.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return None if value == "" else value

    def _default(self, name: str, default: str | None) -> str:
        if default is None:
            raise self.problem(Reason.MISSING, f"{name} is missing")
        return default

    def _checked(self, name: str, value: str, longest: int) -> str:
        if len(value) > longest or any(ord(character) < ord(" ") for character in value):
            raise self.problem(Reason.INVALID, f"{name} is too long or has control characters")
        return value

    def uuid(self, name: str) -> str:
        """Return a UUID in lower case."""
        try:
            return str(uuid.UUID(self.text(name)))
        except ValueError as error:
            raise self.problem(Reason.INVALID, f"{name} should be a UUID") from error

    def truth(self, name: str) -> bool:
        """Return a truth, which may come as text; false where it is not there."""
        return self.choice(name) or False

    def choice(self, name: str) -> bool | None:
        """Return a truth, which may come as text; None where it is not there."""
        value = self._params.get(name)
        if value is None or value == "":
            return None
        found = _TRUTHS.get(str(value).lower())
        if found is None:
            raise self.problem(Reason.INVALID, f"{name} should be true or false")
        return found

    def fraction(self, name: str) -> float | None:
        """Return a number from 0 to 1, which may come as text; None where it is not there. 422 if it lies beyond."""
        value = self._sent(name)
        if value is None:
            return None
        try:
            number = _finite(value)
        except (TypeError, ValueError) as error:
            raise self.problem(Reason.INVALID, f"{name} should be a number from 0 to 1") from error
        if not 0 <= number <= 1:
            raise self.problem(Reason.NOT_MEANINGFUL, f"{name} should be a number from 0 to 1", status=422)
        return number

    def whole(self, name: str, *, default: int | None = None) -> int:
        """Return a whole number that JSON holds exactly, which may come as text; 400 where it is missing or none."""
        value = self._sent(name)
        if value is None:
            if default is None:
                raise self.problem(Reason.MISSING, f"{name} is missing")
            return default
        try:
            number = _finite(value)
        except (TypeError, ValueError) as error:
            raise self.problem(Reason.INVALID, f"{name} should be a whole number") from error
        if number != int(number) or abs(number) > MAX_WHOLE:
            raise self.problem(Reason.INVALID, f"{name} should be a whole number")
        return int(number)

    def share(self, name: str) -> float | None:
        """Return a share above 0 and up to 1, which may come as text; None where it is not there."""
        value = self._params.get(name)
        if value is None or value == "":
            return None
        try:
            share = _finite(value)
            check_share(share)
        except (TypeError, ValueError, NotMeaningful) as error:
            raise self.problem(Reason.INVALID, f"{name} should be a number above 0 and up to 1") from error
        return share

    def transform(self, *, default: Transform | None = None) -> Transform:
        """Return three lists of four finite numbers, which may come as text in forms."""
        value = self._params.get("transform")
        if value is None:
            if default is None:
                raise self.problem(Reason.MISSING, "transform is missing")
            return default
        try:
            columns = [[_finite(number) for number in column] for column in value]
        except (TypeError, ValueError) as error:
            raise self._no_transform() from error
        if [len(column) for column in columns] != [4, 4, 4]:
            raise self._no_transform()
        if _determinant(columns) == 0:
            raise self.problem(Reason.NOT_MEANINGFUL, "transform would make the mesh flat", status=422)
        return columns

    def _no_transform(self) -> Problem:
        return self.problem(
            Reason.INVALID, "transform should be three lists of four numbers, such as [[1,0,0,0],[0,1,0,0],[0,0,1,0]]"
        )


def _finite(value: Any) -> float:
    """Return a number, or its text, as a float; `ValueError` or `TypeError` if it is none, or not finite."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise ValueError("no number of JSON")
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except OverflowError as error:  # a whole number beyond what a float holds
        raise ValueError("too large") from error
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _determinant(columns: Transform) -> float:
    (a, b, c, _), (d, e, f, _), (g, h, i, _) = columns
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)

"""What comes out of a child's pipe, read as from a stranger."""

import json
import math
from dataclasses import dataclass
from typing import Any

from outfeed.errors import ChildBroken, ChildGarbled, OutfeedError, by_code
from outfeed.jobs.child import MAX_RESULT

#: Longest line, in bytes: a result with the braces around it.
MAX_LINE = MAX_RESULT + 64 * 1024
#: Most lines; a well-behaved child sends a thousand.
MAX_LINES = 20_000
#: Longest text of a failure that is taken over, in characters.
MAX_TEXT = 32_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """How a child says that it failed."""

    code: str
    detail: str
    #: For the server's log only.
    trace: str

    def error(self) -> OutfeedError:
        """Return the error to raise; a class that takes more than a sentence is none that a conversion may raise."""
        kind = by_code(self.code)
        if kind.__init__ is not OutfeedError.__init__:
            return ChildBroken()
        return kind(self.detail)


class Answers:
    """A reader of the pipe: feed it bytes, look at what it knows."""

    def __init__(self) -> None:
        #: Share done, 0.0 to 1.0; only grows.
        self.share = 0.0
        #: What the target returned.
        self.result: dict[str, Any] | None = None
        #: How it failed.
        self.failure: Failure | None = None
        self._rest = b""
        self._lines = 0

    @property
    def complete(self) -> bool:
        """Tell whether the last word was said."""
        return self.result is not None or self.failure is not None

    def feed(self, data: bytes) -> None:
        """
        Take what was read.

        Raises
        ------
        ChildGarbled
            If it is not what a child says.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._lines += len(lines)
        if self._lines > MAX_LINES or max(map(len, [*lines, self._rest])) > MAX_LINE:
            raise ChildGarbled("It said too much.")
        for line in lines:
            self._take(_parsed(line))

    def _take(self, said: dict[str, Any]) -> None:
        """Take one answer."""
        if self.complete:
            raise ChildGarbled("It went on after its last word.")
        match said:
            case {"progress": int() | float() as share} if _is_share(share) and len(said) == 1:
                self.share = max(self.share, float(min(max(share, 0.0), 1.0)))
            case {"result": dict() as facts} if len(said) == 1:
                self.result = facts
            case {"error": {"code": str() as code, "detail": str() as detail, "trace": str() as trace}}:
                self.failure = Failure(code=code, detail=detail[:MAX_TEXT], trace=trace[:MAX_TEXT])
            case _:
                raise ChildGarbled


def _is_share(value: float) -> bool:
    """Tell whether a number can be a share done; JSON's true is an int in Python, and an int may not fit a float."""
    return not isinstance(value, bool) and -math.inf < value < math.inf


def _parsed(line: bytes) -> dict[str, Any]:
    """Read one line."""
    try:
        said = json.loads(line, parse_constant=_refuse)
        json.dumps(said, ensure_ascii=False).encode()  # half of a surrogate pair is no text that could be stored
    except (ValueError, RecursionError) as error:
        raise ChildGarbled from error
    if not isinstance(said, dict):
        raise ChildGarbled
    return said


def _refuse(name: str) -> float:
    """Refuse what JSON does not have."""
    raise ValueError(f"{name} is no JSON")

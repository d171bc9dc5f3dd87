"""Pages of a list: `limit` and `offset` in, the links of the neighbours out (specs/spark.md, section 3.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from outfeed.dialects.spark.constants import PREFIXES, Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.dialects.spark.fields import Fields

#: Entries of a page where the caller does not say.
DEFAULT_LIMIT: Final = 100
#: What stands for "all of them".
_ALL: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What part of a list is asked for."""

    #: Path of the list, without a prefix.
    path: str
    #: What else was asked for, in order.
    query: tuple[tuple[str, str], ...]
    #: None: all.
    limit: int | None
    offset: int

    def link(self) -> str:
        """Return path and query of this page."""
        place = [("limit", str(_ALL if self.limit is None else self.limit)), ("offset", str(self.offset))]
        return f"{self.path}?{urlencode([*self.query, *place])}"


def parse_page(path: str, query: Iterable[tuple[str, str]], operation: Operation) -> Page:
    """
    Read which part of the list at a path is asked for.

    Raises
    ------
    Problem
        If `limit` is neither -1 nor above 0, or `offset` below 0; or one of them is no whole number.
    """
    pairs = tuple(query)
    fields = Fields(dict(pairs), operation)
    limit, offset = fields.whole("limit", default=DEFAULT_LIMIT), fields.whole("offset", default=0)
    if limit < _ALL or limit == 0 or offset < 0:
        raise Problem(
            400, caller_code(operation, Reason.INVALID), "limit should be -1 or above 0, and offset 0 or above"
        )
    return Page(
        path=next(path.removeprefix(prefix) for prefix in PREFIXES if path.startswith(prefix)),
        query=tuple((name, value) for name, value in pairs if name not in {"limit", "offset"}),
        limit=None if limit == _ALL else limit,
        offset=offset,
    )


def page_json(name: str, entries: Sequence[Any], total: int, page: Page) -> dict[str, Any]:
    """Return a page of a list of `total` entries under its name; it may hold less than what was asked for."""
    return {
        "count": total,
        "limit": _ALL if page.limit is None else page.limit,
        "offset": page.offset,
        "_link": page.link(),
        "_link_prev": _before(page),
        "_link_next": _after(page, len(entries), total),
        name: list(entries),
    }


def _before(page: Page) -> str:
    if page.limit is None or page.offset == 0:
        return ""
    return replace(page, offset=max(0, page.offset - page.limit)).link()


def _after(page: Page, shown: int, total: int) -> str:
    end = page.offset + shown
    return replace(page, offset=end).link() if shown and end < total else ""

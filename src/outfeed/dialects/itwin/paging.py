"""Queries, pages of lists and the links between them (specs/itwin-models.md, section 1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from outfeed.dialects.itwin.checks import Check
from outfeed.http.context import Incoming, base_url

#: Entries on a page, if the client does not say; and the most that it may say.
DEFAULT_TOP: Final = 100
MOST_TOP: Final = 1000
#: The most that may be left out: a number that every database can count to.
MOST_SKIP: Final = 2**53

Link = dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    #: Entries on it at most.
    top: int
    #: Entries before it.
    skip: int


def query_of(request: Incoming) -> dict[str, str]:
    """
    Return the query with its names in lower case; of a name that comes twice, the last. A `+` is a blank.

    A NUL, where a database would end the text, is shown as what cannot be read.
    """
    return {name.lower(): value.replace("\0", "\ufffd") for name, value in _pairs(request)}


def parse_page(query: Mapping[str, str], check: Check, *, default: int = DEFAULT_TOP, most: int = MOST_TOP) -> Page:
    """Read `$top` and `$skip`, noting what is wrong with them."""
    return Page(
        top=check.whole(query, "$top", default=default, least=1, most=most),
        skip=check.whole(query, "$skip", default=0, least=0, most=MOST_SKIP),
    )


def links_json(request: Incoming, page: Page, *, more: bool, nulls: bool, root: str = "") -> dict[str, Link | None]:
    """
    Return `_links` of a list: this page, the one before and the next.

    Parameters
    ----------
    more
        Whether entries follow behind this page.
    nulls
        Whether a page that is not there is null, as in iModels; else it is left out, as in iTwins.
    root
        Address to begin with, if it is not the one that the client reached us by.
    """
    before = Page(page.top, max(page.skip - page.top, 0)) if page.skip else None
    after = Page(page.top, page.skip + page.top) if more else None
    links: dict[str, Link | None] = {"self": _link(request, page, root)}
    for name, other in (("prev", before), ("next", after)):
        if other or nulls:
            links[name] = _link(request, other, root) if other else None
    return links


def is_full(request: Incoming) -> bool:
    """Tell whether the client prefers whole entries in a list."""
    preferences = ",".join(request.headers.getall("prefer", [])).lower()
    return "return=representation" in preferences.replace(" ", "")


def selected(entries: list[dict[str, Any]], names: str) -> list[dict[str, Any]]:
    """Return entries with the fields that `$select` names, in any case; all if it names none."""
    wanted = {name.strip().lower() for name in names.split(",") if name.strip()}
    if not wanted:
        return entries
    return [{name: value for name, value in entry.items() if name.lower() in wanted} for entry in entries]


def _link(request: Incoming, page: Page, root: str) -> Link:
    kept = [(name, value) for name, value in _pairs(request) if name.lower() not in {"$top", "$skip"}]
    query = urlencode([*kept, ("$skip", page.skip), ("$top", page.top)], quote_via=quote, safe="$,")
    return {"href": f"{root or base_url(request)}{request.scope['path']}?{query}"}


def _pairs(request: Incoming) -> list[tuple[str, str]]:
    text = request.scope["query_string"].decode("latin-1")
    return [(name, value) for name, value in parse_qsl(text, keep_blank_values=True) if name]

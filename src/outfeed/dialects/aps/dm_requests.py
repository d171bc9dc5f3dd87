"""What all calls of Data Management read from their requests, and how they answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Response

from outfeed.dialects.aps.dm_constants import MEDIA_TYPE, MOST_ON_PAGE
from outfeed.dialects.aps.dm_frame import Frame, Json, document
from outfeed.dialects.autodesk.acting import acting_in
from outfeed.dialects.autodesk.names import VersionName, parse_project, parse_version
from outfeed.errors import InvalidField, MissingField, RequestError
from outfeed.http.bearer import caller_of
from outfeed.http.bodies import Params, parse_json, read_body
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.identity.caller import Caller
from outfeed.library.folders import FolderRecord
from outfeed.library.items import ItemVersion
from outfeed.services import Services

_NUMBER: Final = "page[number]"
_LIMIT: Final = "page[limit]"
#: Longest number of a page, in digits.
_MOST_DIGITS: Final = 9
#: Longest list of resources in a body.
_MOST_ENTRIES: Final = 1000

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who calls in a project."""

    parts: Services
    caller: Caller
    project_id: str
    #: Address of this server.
    base: str

    def frame(self, *, folders: Iterable[FolderRecord] = (), items: Iterable[ItemVersion] = ()) -> Frame:
        """Return what the JSON of these needs."""
        people = {id_ for folder in folders for id_ in (folder.created_by, folder.modified_by)}
        people |= {id_ for item in items for id_ in (item.model.created_by, item.version.created_by)}
        known = self.parts.identity.people(sorted(people)) if people else []
        return Frame(self.base, self.project_id, {person.id: person.name for person in known})


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    #: From 0.
    number: int
    #: Entries on it at most.
    limit: int

    @property
    def entries(self) -> slice:
        """The entries of the list that are on it."""
        return slice(self.number * self.limit, (self.number + 1) * self.limit)


async def visit_of(request: Incoming, project_id: str, *any_of: str) -> Visit:
    """Return who calls in a project, with a token that carries one of these scopes; raise as `acting_in` does."""
    try:
        project = parse_project(decoded(project_id))
    except RequestError:
        await caller_of(request)  # who is not signed in learns nothing, not even what names look like
        raise
    caller = await acting_in(request, project, any_of=any_of)
    return Visit(services(request), caller, project, base_url(request))


def answer(
    request: Incoming,
    data: Any,
    *,
    included: Sequence[Json] | None = None,
    links: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    """Return a JSON:API body; without `links` it is found at the address that was asked for."""
    body = document(data, links=links or {"self": address_of(request)}, included=included)
    return Response(body, status_code=status, media_type=MEDIA_TYPE)


# --- Addresses --------------------------------------------------------------------------------------------------------


def pairs_of(request: Incoming) -> Pairs:
    """Return the query's names and values in their order; npm `forge-apis` sends `page[limit][]` for a list."""
    sent = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return [(name.removesuffix("[]"), value) for name, value in sent]


def is_true(pairs: Pairs, name: str) -> bool:
    """Tell whether a parameter says so."""
    return dict(pairs).get(name, "").lower() == "true"


def version_named(request: Incoming, segment: str) -> VersionName:
    """
    Return the version that a path names, or raise `NotFound`.

    A client that does not encode the name leaves its end, `?version=1`, where the query is.
    """
    text = decoded(segment)
    behind = dict(pairs_of(request)).get("version")
    return parse_version(text if "?" in text or behind is None else f"{text}?version={behind}")


def address_of(request: Incoming) -> str:
    """Return the address that was asked for."""
    query = request.scope["query_string"].decode("latin-1")
    return base_url(request) + request.scope["path"] + (f"?{query}" if query else "")


def parse_page(pairs: Pairs) -> Page:
    """Read which page of a list is asked for, or raise `InvalidField`."""
    query = dict(pairs)
    return Page(
        number=_whole(query, _NUMBER, default=0, least=0, most=10**_MOST_DIGITS),
        limit=_whole(query, _LIMIT, default=MOST_ON_PAGE, least=1, most=MOST_ON_PAGE),
    )


def page_links(request: Incoming, page: Page, *, more: bool) -> dict[str, str]:
    """Return the addresses of this page, of the first one, and of those beside it that there are."""
    links = {"self": address_of(request), "first": _page_address(request, page, 0)}
    if page.number:
        links["prev"] = _page_address(request, page, page.number - 1)
    if more:
        links["next"] = _page_address(request, page, page.number + 1)
    return links


def _page_address(request: Incoming, page: Page, number: int) -> str:
    kept = [(name, value) for name, value in pairs_of(request) if name not in {_NUMBER, _LIMIT}]
    query = urlencode([*kept, (_NUMBER, number), (_LIMIT, page.limit)], quote_via=quote)
    return f"{base_url(request)}{request.scope['path']}?{query}"


def _whole(query: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and least <= int(text) <= most):
        raise InvalidField(f"{name} is a number from {least} to {most}.")
    return int(text)


# --- Bodies -----------------------------------------------------------------------------------------------------------


async def body_of(request: Incoming) -> Params:
    """Return the JSON object that was sent, whatever its content type says; raise as `parse_json` does."""
    return parse_json(await read_body(request, max_bytes=services(request).settings.max_body_bytes))


def at(body: Any, path: str) -> Any:
    """Return what is at a place such as `data.attributes.name` or `included.0.id`; None if nothing is."""
    here = body
    for step in path.split("."):
        if isinstance(here, list) and step.isdecimal():
            here = here[int(step)] if int(step) < len(here) else None
        else:
            here = here.get(step) if isinstance(here, dict) else None
    return here


def text_at(body: Any, path: str) -> str:
    """Return a text that must be there; raise `MissingField` or `InvalidField`."""
    value = at(body, path)
    if value is None or value == "":
        raise MissingField(f"Missing: {path}.")
    return _text(value, path)


def text_or_none(body: Any, path: str) -> str | None:
    """Return a text, None if it is not there; raise `InvalidField` for anything else."""
    value = at(body, path)
    return None if value is None or value == "" else _text(value, path)


def flag_or_none(body: Any, path: str) -> bool | None:
    """Return a flag, None if it is not there; raise `InvalidField` for anything else."""
    value = at(body, path)
    if value is not None and not isinstance(value, bool):
        raise InvalidField(f"{path} is true or false.")
    return value


def list_at(body: Any, path: str) -> list[Any]:
    """Return a list that must be there and have something in it; raise `MissingField` or `InvalidField`."""
    value = at(body, path)
    if value in (None, []):
        raise MissingField(f"Missing: {path}.")
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise InvalidField(f"{path} is a list of at most {_MOST_ENTRIES}.")
    return value


def check_word(body: Any, path: str, *words: str) -> None:
    """Raise `InvalidField` if there is something at a place, and it is none of these."""
    value = at(body, path)
    if value is not None and value not in words:
        raise InvalidField(f"{path} is {' or '.join(words)}.")


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidField(f"{path} is text.")
    return value

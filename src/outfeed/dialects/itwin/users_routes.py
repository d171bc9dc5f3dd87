"""The calls of the Users API. Everybody who may sign in to a server is of one organization, and seen by all others."""

from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed.dialects.itwin import users_wire as wire
from outfeed.dialects.itwin.callers import caller_for
from outfeed.dialects.itwin.checks import Check, id_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import absent
from outfeed.dialects.itwin.paging import query_of
from outfeed.errors import MalformedBody
from outfeed.http.bodies import parse_json, read_body
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.identity.principals import Person

#: Older scopes with one of which a client learns who is who.
_READ: Final = ("itwins:read", "imodels:read", "mesh-export:read")
_MESSAGE: Final = "Cannot query users."
_LEAST_SEARCH: Final = 3
_MOST_SEARCH: Final = 200
#: Most ids of one question, and most users of one answer.
_MOST: Final = 1000


@get_and_head("/users/me")
async def get_me(request: Incoming) -> Response[Any]:
    """Return whom the token acts as."""
    caller = await _caller(request)
    return Response({"user": wire.me_json(_person(request, caller.principal_id))})


@get_and_head("/users/{user_id:str}")
async def get_user(request: Incoming, user_id: FromPath[str]) -> Response[Any]:
    """Return a user."""
    await _caller(request)
    return Response({"user": wire.user_json(_person(request, user_id.lower()))})


@get_and_head("/users")
async def get_users(request: Incoming) -> Response[Any]:
    """Find users by a part of their names or addresses."""
    await _caller(request)
    search, check = query_of(request).get("$search", "").strip(), Check(Area.USERS, _MESSAGE)
    if not search:
        check.note("MissingRequiredParameter", "Required parameter is missing.", "$search")
    elif not _LEAST_SEARCH <= len(search) <= _MOST_SEARCH:
        check.wrong("$search", search)
    check.done()
    found = services(request).identity.people_like(search, limit=_MOST)
    return Response({"users": [wire.user_json(person) for person in found]})


@post("/users/getbyidlist", status_code=200)
async def post_user_ids(request: Incoming) -> Response[Any]:
    """Return the users with some ids; an id that is nobody's is left out."""
    await _caller(request)
    ids = await _ids(request)
    return Response({"users": [wire.user_json(person) for person in services(request).identity.people(ids)]})


async def _caller(request: Incoming) -> Caller:
    return await caller_for(request, *_READ)


def _person(request: Incoming, user_id: str) -> Person:
    found = services(request).identity.people([user_id])
    if not found:
        raise absent("UserNotFound")
    return found[0]


async def _ids(request: Incoming) -> list[str]:
    """Return the ids of the body, which is a list and no object."""
    check = Check(Area.USERS, _MESSAGE)
    body = await read_body(request, max_bytes=services(request).settings.max_body_bytes)
    try:
        parsed = parse_json(b'{"ids":' + (body.strip() or b"null") + b"}")
    except MalformedBody as error:
        check.note("InvalidRequestBody", "Failed to parse request body. Make sure it is a valid JSON.", "body")
        raise check.problem() from error
    ids = parsed["ids"] if len(parsed) == 1 else None
    known = [id_of(text) if isinstance(text, str) else None for text in ids] if isinstance(ids, list) else [None]
    found = [one for one in known if one]
    if len(found) != len(known) or len(found) > _MOST:
        check.note("InvalidRequestBody", f"The body is a list of at most {_MOST} ids.", "body")
    check.done()
    return found


#: What the dialect mounts.
HANDLERS: Final = [get_me, get_users, get_user, post_user_ids]

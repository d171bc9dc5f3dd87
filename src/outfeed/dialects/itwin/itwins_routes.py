"""The calls of the iTwins API: our projects."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from litestar import Response, delete, patch, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.itwin import itwins_wire as wire
from outfeed.dialects.itwin.callers import caller_for
from outfeed.dialects.itwin.checks import body_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import Problem, absent_as
from outfeed.dialects.itwin.paging import is_full, links_json, query_of, selected
from outfeed.errors import NotMeaningful, ProjectExists
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller

_MODIFY: Final = "itwins:modify"
#: Who may change may read.
_READ: Final = ("itwins:read", _MODIFY)


@get_and_head("/itwins")
async def get_itwins(request: Incoming) -> Response[Any]:
    """List the iTwins that the caller is a member of."""
    return await _list(request, await caller_for(request, *_READ))


@get_and_head("/itwins/favorites")
async def get_favorites(request: Incoming) -> Response[Any]:
    """List the caller's favorites."""
    return await _list(request, await caller_for(request, *_READ), favorites=True)


@get_and_head("/itwins/recents")
async def get_recents(request: Incoming) -> Response[Any]:
    """List what the caller used last, then all others: some clients list nothing else."""
    return await _list(request, await caller_for(request, *_READ), recent_first=True)


@get_and_head("/itwins/myprimaryaccount")
async def get_primary_account(request: Incoming) -> Response[Any]:
    """Return the account that all iTwins of this server are in."""
    await caller_for(request, *_READ)
    return Response({"iTwin": wire.account_json()})


@get_and_head("/itwins/{itwin_id:str}")
async def get_itwin(request: Incoming, itwin_id: FromPath[str]) -> Response[Any]:
    """Return an iTwin."""
    caller = await caller_for(request, *_READ)
    with absent_as("iTwinNotFound"):
        found = services(request).projects.get(caller, itwin_id.lower())
    return Response({"iTwin": wire.itwin_json(found)})


@get_and_head("/itwins/{itwin_id:str}/account")
async def get_account(request: Incoming, itwin_id: FromPath[str]) -> Response[Any]:
    """Return the account of an iTwin."""
    await _seen(request, itwin_id)
    return Response({"iTwin": wire.account_json()})


@get_and_head("/itwins/{itwin_id:str}/repositories")
async def get_repositories(request: Incoming, itwin_id: FromPath[str]) -> Response[Any]:
    """Return the iTwin's repositories of other systems: there are none here."""
    await _seen(request, itwin_id)
    return Response({"repositories": []})


@post("/itwins", status_code=201)
async def post_itwin(request: Incoming) -> Response[Any]:
    """Make an iTwin that the caller owns."""
    caller = await caller_for(request, _MODIFY)
    fields = wire.parse_new(await body_of(request, Area.ITWINS, "Cannot create iTwin."))
    try:
        made = await to_thread.run_sync(partial(services(request).projects.create, caller, **fields))
    except ProjectExists as error:
        raise wire.exists(error) from error
    return Response({"iTwin": wire.itwin_json(made)}, status_code=201)


@patch("/itwins/{itwin_id:str}")
async def patch_itwin(request: Incoming, itwin_id: FromPath[str]) -> Response[Any]:
    """Change fields of an iTwin."""
    caller = await caller_for(request, _MODIFY)
    fields = wire.parse_changes(await body_of(request, Area.ITWINS, "Cannot update iTwin."))
    projects = services(request).projects
    try:
        with absent_as("iTwinNotFound"):
            changed = await to_thread.run_sync(partial(projects.update, caller, itwin_id.lower(), **fields))
    except ProjectExists as error:
        raise wire.exists(error) from error
    return Response({"iTwin": wire.itwin_json(changed)})


@delete("/itwins/{itwin_id:str}")
async def delete_itwin(request: Incoming, itwin_id: FromPath[str]) -> None:
    """Remove an iTwin without models."""
    caller = await caller_for(request, _MODIFY)
    try:
        with absent_as("iTwinNotFound"):
            await to_thread.run_sync(services(request).projects.delete, caller, itwin_id.lower())
    except NotMeaningful as error:
        raise Problem(409, "DataConflict", "There are iModels in the iTwin: delete them first.") from error


@post("/itwins/favorites/{itwin_id:str}", status_code=204)
async def post_favorite(request: Incoming, itwin_id: FromPath[str]) -> None:
    """Put an iTwin among the caller's favorites."""
    await _favorite(request, itwin_id, favorite=True)


@delete("/itwins/favorites/{itwin_id:str}")
async def delete_favorite(request: Incoming, itwin_id: FromPath[str]) -> None:
    """Take an iTwin out of the caller's favorites."""
    await _favorite(request, itwin_id, favorite=False)


@post("/itwins/recents/{itwin_id:str}", status_code=204)
async def post_recent(request: Incoming, itwin_id: FromPath[str]) -> None:
    """Remember that the caller uses an iTwin now."""
    caller = await caller_for(request, _MODIFY)
    with absent_as("iTwinNotFound"):
        await to_thread.run_sync(services(request).projects.note_use, caller, itwin_id.lower())


async def _list(request: Incoming, caller: Caller, **more: Any) -> Response[Any]:
    """Answer with a page of the caller's iTwins; `more` are conditions beside those of the query."""
    query, max_return = query_of(request), request.headers.get("x-max-return")
    wanted, page = wire.parse_filter(query, max_return)
    found = services(request).projects.find(caller, replace(wanted, **more)) if wire.is_of_account(query) else []
    full = is_full(request)
    entries = [wire.itwin_json(project, full=full) for project in found[: page.top]]
    body = {
        "iTwins": selected(entries, query.get("$select", "")),
        "_links": links_json(request, page, more=len(found) > page.top, nulls=False),
    }
    return Response(body, headers={"X-Max-Return": max_return or str(wire.DEFAULT_RETURN)})


async def _seen(request: Incoming, itwin_id: str) -> None:
    """Raise unless the caller is a member of an iTwin."""
    caller = await caller_for(request, *_READ)
    with absent_as("iTwinNotFound"):
        services(request).projects.get(caller, itwin_id.lower())


async def _favorite(request: Incoming, itwin_id: str, *, favorite: bool) -> None:
    caller = await caller_for(request, _MODIFY)
    mark = partial(services(request).projects.set_favorite, caller, itwin_id.lower(), favorite=favorite)
    with absent_as("iTwinNotFound"):
        await to_thread.run_sync(mark)


#: What the dialect mounts.
HANDLERS: Final = [
    get_itwins,
    get_favorites,
    get_recents,
    get_primary_account,
    get_itwin,
    get_account,
    get_repositories,
    post_itwin,
    patch_itwin,
    delete_itwin,
    post_favorite,
    delete_favorite,
    post_recent,
]

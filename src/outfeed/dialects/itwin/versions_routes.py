"""The calls of the iModels API about versions: changesets, and the names that people give them."""

from functools import partial
from typing import Any, Final, NoReturn

from litestar import Response, patch, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.itwin import imodels_in as asked
from outfeed.dialects.itwin import imodels_out as out
from outfeed.dialects.itwin.callers import caller_for
from outfeed.dialects.itwin.checks import body_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import Problem, absent, absent_as
from outfeed.dialects.itwin.imodels_routes import MODIFY, READ, root_of, seen
from outfeed.dialects.itwin.paging import is_full, links_json, query_of
from outfeed.errors import AlreadyExists, NotAllowed, NotMeaningful
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.library.models import VersionFilter
from outfeed.library.named_versions import NamedVersion
from outfeed.library.versions import VersionRecord

_CHANGESETS: Final = "/imodels/{model_id:str}/changesets"
_NAMES: Final = "/imodels/{model_id:str}/namedversions"
_ONE_NAME: Final = "/imodels/{model_id:str}/namedversions/{name_id:str}"


@get_and_head(_CHANGESETS)
async def get_changesets(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """List the versions of an iModel behind the one that it begins with."""
    caller, models = await caller_for(request, *READ), services(request).models
    model, full = seen(request, caller, model_id), is_full(request)
    wanted, page = asked.parse_changesets(query_of(request))
    found = models.versions(caller, model.id, wanted)
    shown = found[: page.top]
    entries = _changesets_json(request, caller, shown, full=full)
    links = links_json(request, page, more=len(found) > page.top, nulls=True)
    return Response({"changesets": entries, "_links": links})


@post(_CHANGESETS)
async def post_changeset(request: Incoming, model_id: FromPath[str]) -> NoReturn:
    """Refuse: a client pushes what only its vendor's library can apply."""
    caller = await caller_for(request, MODIFY)
    seen(request, caller, model_id)
    raise NotAllowed("New versions are whole files: outfeed model add.")


@get_and_head(f"{_CHANGESETS}/{{changeset:str}}")
async def get_changeset(request: Incoming, model_id: FromPath[str], changeset: FromPath[str]) -> Response[Any]:
    """Return a version by its id of 40 hex digits or by its index; the baseline is none."""
    caller = await caller_for(request, *READ)
    found = _changeset(request, caller, model_id, changeset)
    return Response({"changeset": _changesets_json(request, caller, [found], full=True)[0]})


@get_and_head(f"{_CHANGESETS}/{{changeset:str}}/checkpoint", "/imodels/{model_id:str}/briefcases/checkpoint")
async def get_checkpoint(request: Incoming, model_id: FromPath[str]) -> NoReturn:
    """Say that there is no checkpoint, which clients expect and handle."""
    caller = await caller_for(request, *READ)
    seen(request, caller, model_id)
    raise absent("CheckpointNotFound")


@get_and_head(_NAMES)
async def get_named_versions(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """List the versions that have names."""
    caller, names = await caller_for(request, *READ), services(request).named_versions
    model, full = seen(request, caller, model_id), is_full(request)
    wanted, page = asked.parse_names(query_of(request))
    found = names.find(caller, model.id, wanted)
    ids = names.changeset_ids(model.id, found)
    entries = [
        out.named_version_json(named, root=root_of(request), changesets=ids, full=full) for named in found[: page.top]
    ]
    links = links_json(request, page, more=len(found) > page.top, nulls=True)
    return Response({"namedVersions": entries, "_links": links})


@post(_NAMES, status_code=201)
async def post_named_version(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Name a changeset, or the baseline."""
    caller, names = await caller_for(request, MODIFY), services(request).named_versions
    model = seen(request, caller, model_id)
    body = await body_of(request, Area.IMODELS, asked.CREATE_NAME)
    name, description, changeset = asked.parse_new_name(body)
    index = _changeset(request, caller, model.id, changeset).index if changeset else 0
    create = partial(names.create, caller, model.id, name, description=description, index=index)
    made = await _written(create)
    return Response({"namedVersion": _named(request, made)}, status_code=201)


@get_and_head(_ONE_NAME)
async def get_named_version(request: Incoming, model_id: FromPath[str], name_id: FromPath[str]) -> Response[Any]:
    """Return a named version."""
    caller = await caller_for(request, *READ)
    model = seen(request, caller, model_id)
    with absent_as("NamedVersionNotFound"):
        found = services(request).named_versions.get(caller, model.id, name_id.lower())
    return Response({"namedVersion": _named(request, found)})


@patch(_ONE_NAME)
async def patch_named_version(request: Incoming, model_id: FromPath[str], name_id: FromPath[str]) -> Response[Any]:
    """Change name, description or state of a named version."""
    caller = await caller_for(request, MODIFY)
    model = seen(request, caller, model_id)
    fields = asked.parse_name_changes(await body_of(request, Area.IMODELS, asked.UPDATE_NAME))
    update = partial(services(request).named_versions.update, caller, model.id, name_id.lower(), **fields)
    with absent_as("NamedVersionNotFound"):
        changed = await _written(update)
    return Response({"namedVersion": _named(request, changed)})


async def _written(write: partial[NamedVersion]) -> NamedVersion:
    """Write a named version, or answer in the API's words that the name, or the changeset, has one."""
    try:
        return await to_thread.run_sync(write)
    except AlreadyExists as error:
        message = "Named Version with the same name already exists within the iModel."
        raise Problem(409, "NamedVersionExists", message) from error
    except NotMeaningful as error:
        message = "Named Version already exists on the specified changeset."
        raise Problem(409, "NamedVersionOnChangesetExists", message) from error


def _changeset(request: Incoming, caller: Caller, model_id: str, changeset: str) -> VersionRecord:
    model = seen(request, caller, model_id)
    with absent_as("ChangesetNotFound"):
        return services(request).models.version(caller, model.id, changeset)


def _changesets_json(request: Incoming, caller: Caller, shown: list[VersionRecord], *, full: bool) -> list[out.Json]:
    """Return changesets of one model, each with what stands before it and what it is called."""
    if not shown:
        return []
    parents = _parents(request, caller, shown)
    indices = [version.index for version in shown]
    names = services(request).named_versions.ids_at(shown[0].model_id, indices) if full else {}
    return [
        out.changeset_json(
            version,
            root=root_of(request),
            parent=parents.get(version.index - 1, ""),
            named=names.get(version.index),
            full=full,
        )
        for version in shown
    ]


def _parents(request: Incoming, caller: Caller, shown: list[VersionRecord]) -> dict[int, str]:
    """Return the ids of the changesets before some of one model, by index; before the first there is none."""
    indices = [version.index for version in shown]
    least, most = max(min(indices) - 2, 0), max(indices) - 1
    wanted = VersionFilter(after=least, last=most, top=len(shown) + 1)
    found = services(request).models.versions(caller, shown[0].model_id, wanted)
    return {version.index: version.changeset_id for version in found}


def _named(request: Incoming, named: NamedVersion) -> out.Json:
    ids = services(request).named_versions.changeset_ids(named.model_id, [named])
    return out.named_version_json(named, root=root_of(request), changesets=ids)


#: What the dialect mounts.
HANDLERS: Final = [
    get_changesets,
    post_changeset,
    get_changeset,
    get_checkpoint,
    get_named_versions,
    post_named_version,
    get_named_version,
    patch_named_version,
]

"""The calls of the iModels API about models: our models, and the files that they begin with."""

from functools import partial
from typing import Any, Final

from litestar import Response, delete, patch, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.itwin import imodels_in as asked
from outfeed.dialects.itwin import imodels_out as out
from outfeed.dialects.itwin.callers import caller_for
from outfeed.dialects.itwin.checks import Check, body_of
from outfeed.dialects.itwin.constants import PLATFORM_SCOPE, Area
from outfeed.dialects.itwin.errors import Problem, absent, absent_as
from outfeed.dialects.itwin.paging import is_full, links_json, parse_page, query_of
from outfeed.dialects.itwin.uploads_routes import download_href, upload_href
from outfeed.dialects.itwin.users_wire import model_user_json
from outfeed.errors import AlreadyExists, NotMeaningful
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.library.models import ModelRecord, ModelState

READ: Final = ("imodels:read", "imodels:modify")
MODIFY: Final = "imodels:modify"

_SIZE_DIFFERS: Final = "File size provided during iModel creation does not match actual file size."


@get_and_head("/imodels")
async def get_imodels(request: Incoming) -> Response[Any]:
    """List the iModels of an iTwin."""
    caller = await caller_for(request, *READ)
    project_id, wanted, page = asked.parse_list(query_of(request))
    models = services(request).models
    with absent_as("iTwinNotFound"):
        found = models.find(caller, project_id, wanted)
    shown = found[: page.top]
    if is_full(request):
        changed = models.last_changes([model.id for model in shown])
        entries = [out.model_json(model, root=root_of(request), changed_at=changed.get(model.id)) for model in shown]
    else:
        entries = [out.short_model_json(model) for model in shown]
    links = links_json(request, page, more=len(found) > page.top, nulls=True)
    return Response({"iModels": entries, "_links": links})


@get_and_head("/imodels/{model_id:str}")
async def get_imodel(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Return an iModel."""
    caller = await caller_for(request, *READ)
    return Response({"iModel": _whole(request, caller, seen(request, caller, model_id))})


@post("/imodels", status_code=201)
async def post_imodel(request: Incoming) -> Response[Any]:
    """Make an iModel: empty, or one that begins with an object, or waits for the file that it begins with."""
    caller, parts = await caller_for(request, MODIFY), services(request)
    body = await body_of(request, Area.IMODELS, asked.CREATE)
    new = asked.parse_new(body, max_bytes=parts.settings.max_upload_bytes)
    if new.source:
        caller.require("data:read")
    with absent_as("iTwinNotFound"):
        parts.projects.get(caller, new.project_id)
    try:
        with absent_as("FileNotFound" if new.source else "iTwinNotFound"):
            made = await to_thread.run_sync(partial(_make, request, caller, new))
    except AlreadyExists as error:
        raise _exists() from error
    return Response({"iModel": _whole(request, caller, made)}, status_code=201)


@patch("/imodels/{model_id:str}")
async def patch_imodel(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Change name, description or extent of an iModel."""
    caller = await caller_for(request, MODIFY)
    fields = asked.parse_changes(await body_of(request, Area.IMODELS, asked.UPDATE))
    change = partial(services(request).models.update, caller, model_id.lower(), **fields)
    try:
        with absent_as("iModelNotFound"):
            changed = await to_thread.run_sync(change)
    except AlreadyExists as error:
        raise _exists() from error
    return Response({"iModel": _whole(request, caller, changed)})


@delete("/imodels/{model_id:str}")
async def delete_imodel(request: Incoming, model_id: FromPath[str]) -> None:
    """Remove an iModel with its versions and exports."""
    caller = await caller_for(request, MODIFY)
    with absent_as("iModelNotFound"):
        await to_thread.run_sync(services(request).model_exports.delete_model, caller, model_id.lower())


@get_and_head("/imodels/{model_id:str}/baselinefile")
async def get_baseline_file(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Tell how the file that an iModel begins with stands, and where to get it."""
    caller = await caller_for(request, *READ)
    model = seen(request, caller, model_id)
    return Response({"baselineFile": _baseline(request, model)})


@post("/imodels/{model_id:str}/baselinefile", status_code=200)
async def post_baseline_file(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Take what was uploaded as the file that an iModel begins with; again, nothing changes."""
    caller, parts = await caller_for(request, MODIFY), services(request)
    model = seen(request, caller, model_id)
    if parts.model_uploads.find(model.id) is None and parts.models.baseline(model.id) is None:
        raise _not_awaited()
    try:
        with absent_as("FileNotFound"):
            await to_thread.run_sync(parts.model_uploads.complete, caller, model.id)
    except NotMeaningful as error:
        raise Problem(409, "DataConflict", _SIZE_DIFFERS) from error
    return Response({"baselineFile": _baseline(request, model)})


@get_and_head("/imodels/{model_id:str}/operations/create")
async def get_creation(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Tell how the making of an iModel stands."""
    caller = await caller_for(request, *READ)
    model = seen(request, caller, model_id)
    if model.state is ModelState.READY:
        state = "successful"
    else:
        state = "waitingForFile" if services(request).model_uploads.find(model.id) else "failed"
    return Response({"createOperation": out.operation_json(state)})


@get_and_head("/imodels/{model_id:str}/users")
async def get_model_users(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """List who sees an iModel: the members of its iTwin."""
    caller = await caller_for(request, *READ)
    users = _users(request, caller, model_id)
    check = Check(Area.IMODELS, "Cannot get Users.")
    page = parse_page(query_of(request), check)
    check.done()
    links = links_json(request, page, more=len(users) > page.skip + page.top, nulls=True)
    return Response({"users": users[page.skip : page.skip + page.top], "_links": links})


@get_and_head("/imodels/{model_id:str}/users/{user_id:str}")
async def get_model_user(request: Incoming, model_id: FromPath[str], user_id: FromPath[str]) -> Response[Any]:
    """Return a user of an iModel."""
    caller = await caller_for(request, *READ)
    users = _users(request, caller, model_id)
    found = next((user for user in users if user["id"] == user_id.lower()), None)
    if found is None:
        raise absent("UserNotFound")
    return Response({"user": found})


@get_and_head("/imodels/{model_id:str}/permissions")
async def get_permissions(request: Incoming, model_id: FromPath[str]) -> Response[Any]:
    """Tell what the caller may do with an iModel."""
    caller = await caller_for(request, *READ)
    seen(request, caller, model_id)
    return Response({"permissions": out.PERMISSIONS})


def seen(request: Incoming, caller: Caller, model_id: str) -> ModelRecord:
    """Return a model that the caller sees, or raise the 404."""
    with absent_as("iModelNotFound"):
        return services(request).models.get(caller, model_id.lower())


def root_of(request: Incoming) -> str:
    """Return the address of the iModels API."""
    return f"{base_url(request)}/imodels"


def _make(request: Incoming, caller: Caller, new: asked.NewModel) -> ModelRecord:
    """Make a model, and await its file if one is announced."""
    parts = services(request)
    if new.source:
        return parts.models.create_of_object(caller, new.project_id, new.name, new.source, **new.more)
    if new.size is not None:
        return parts.model_uploads.begin(caller, new.project_id, new.name, size=new.size, **new.more)[0]
    return parts.models.create(caller, new.project_id, new.name, **new.more)


def _whole(request: Incoming, caller: Caller, model: ModelRecord) -> out.Json:
    """Return an iModel in full; where its file goes only to who may send it."""
    parts = services(request)
    is_open = model.state is ModelState.WAITING and caller.has_any(PLATFORM_SCOPE, MODIFY)
    upload = parts.model_uploads.find(model.id) if is_open else None
    return out.model_json(
        model,
        root=root_of(request),
        changed_at=parts.models.last_changes([model.id]).get(model.id),
        upload=upload_href(request, upload) if upload else None,
    )


def _baseline(request: Incoming, model: ModelRecord) -> out.Json:
    """Return the file that a model begins with, or raise the 404 if it has none and waits for none."""
    parts, root = services(request), root_of(request)
    version = parts.models.baseline(model.id)
    if version:
        href = download_href(request, version)
        return out.baseline_json(model, root=root, name=version.file_name, size=version.size, download=href)
    upload = parts.model_uploads.find(model.id)
    if upload is None:
        raise absent("BaselineFileNotFound")
    return out.baseline_json(model, root=root, name=model.name, size=upload.size, download=None)


def _users(request: Incoming, caller: Caller, model_id: str) -> list[out.Json]:
    parts, model = services(request), seen(request, caller, model_id)
    members = parts.identity.people(parts.projects.members(caller, model.project_id))
    return [model_user_json(person, href=f"{root_of(request)}/{model.id}/users/{person.id}") for person in members]


def _exists() -> Problem:
    return Problem(409, "iModelExists", "iModel with the same name already exists within the iTwin.")


def _not_awaited() -> Problem:
    check = Check(Area.IMODELS, "Cannot complete Baseline File upload.")
    check.note("InvalidChange", "Baseline File upload is not in progress.", "baselineFile")
    return check.problem()


#: What the dialect mounts.
HANDLERS: Final = [
    get_imodels,
    get_imodel,
    post_imodel,
    patch_imodel,
    delete_imodel,
    get_baseline_file,
    post_baseline_file,
    get_creation,
    get_model_users,
    get_model_user,
    get_permissions,
]

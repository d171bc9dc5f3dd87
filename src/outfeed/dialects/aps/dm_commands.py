"""`POST commands`: questions about many things at once."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps.dm_constants import MEDIA_TYPE, MOST_RESOURCES, READ, Command, Type
from outfeed.dialects.aps.dm_frame import Json, extension, reference
from outfeed.dialects.aps.dm_items_routes import path_of
from outfeed.dialects.aps.dm_items_wire import Ref, item_json, ref_json, urn_of, version_json
from outfeed.dialects.aps.dm_refs import frame_of, refs_of
from outfeed.dialects.aps.dm_requests import Visit, at, body_of, check_word, list_at, text_at, visit_of
from outfeed.dialects.autodesk.names import parse_folder, parse_lineage, parse_version
from outfeed.errors import InvalidField, NotBuilt, NotFound, NotMeaningful
from outfeed.http.bodies import Params
from outfeed.http.context import Incoming
from outfeed.library.items import ItemVersion

_RESOURCES: Final = "data.relationships.resources.data"
_DATA: Final = "data.attributes.extension.data"

#: Most references that are told of several versions together.
_MOST_REFS: Final = 10_000

#: What members of a project may do with all that is in it.
_OF_MEMBERS: Final = frozenset(
    {"read", "view", "download", "collaborate", "write", "create", "upload", "updatemetadata", "delete", "share"}
)
#: What nobody does through this API: folders have no rights of their own.
_OF_NOBODY: Final = frozenset({"admin"})

#: Body of the answer's `data`, and what is included.
Said = tuple[Json, list[Json]]


@post("/data/v1/projects/{project_id:str}/commands", status_code=200)
async def post_command(request: Incoming, project_id: FromPath[str]) -> Response[Any]:
    """Do what the command in the body says."""
    visit, body = await visit_of(request, project_id, READ), await body_of(request)
    check_word(body, "data.type", Type.COMMANDS)
    command = _command(text_at(body, "data.attributes.extension.type"))
    data, included = await to_thread.run_sync(COMMANDS[command], visit, body)
    told: Json = {"jsonapi": {"version": "1.0"}, "data": {"type": "commands", "id": str(uuid.uuid4())} | data}
    if included:
        told["included"] = included
    return Response(told, status_code=200, media_type=MEDIA_TYPE)


def check_permission(visit: Visit, body: Params) -> Said:
    """Tell whether the caller may do some things with folders, items and versions."""
    actions = list_at(body, f"{_DATA}.requiredActions")
    if not all(isinstance(action, str) and action.lower() in _OF_MEMBERS | _OF_NOBODY for action in actions):
        raise InvalidField(f"requiredActions are of: {', '.join(sorted(_OF_MEMBERS | _OF_NOBODY))}.")
    resources = _resources(body, Type.FOLDERS, Type.ITEMS, Type.VERSIONS)
    permissions = []
    for kind, urn in resources:
        seen = _is_seen(visit, kind, urn)
        details = {action: seen and action.lower() in _OF_MEMBERS for action in actions}
        permissions.append(reference(kind, urn) | {"details": details, "permission": all(details.values())})
    said = {"requiredActions": actions, "permissions": permissions}
    about = extension(visit.base, Command.CHECK_PERMISSION, said, "1.0.0")
    return {"attributes": {"extension": about}, "relationships": _related([reference(*one) for one in resources])}, []


def list_items(visit: Visit, body: Params) -> Said:
    """Return items, with their newest versions."""
    wanted = [parse_lineage(urn) for _, urn in _resources(body, Type.ITEMS)]
    with_path = at(body, f"{_DATA}.includePathInProject") is True
    found = [visit.parts.items.get(visit.caller, visit.project_id, model_id) for model_id in wanted]
    frame = visit.frame(items=found)
    shown = [item_json(item, frame, path=path_of(visit, item) if with_path else None) for item in found]
    named = [reference(Type.ITEMS, item["id"]) | {"meta": item} for item in shown]
    return _complete(Command.LIST_ITEMS, named), [version_json(item, frame) for item in found]


def list_refs(visit: Visit, body: Params) -> Said:
    """Return the references of versions, with the items and versions at both ends."""
    wanted = dict.fromkeys(parse_version(urn) for _, urn in _resources(body, Type.VERSIONS))
    refs: list[Ref] = []
    for one in wanted:
        refs += refs_of(visit, visit.parts.items.version(visit.caller, visit.project_id, one.model_id, one.index))
        if len(refs) > _MOST_REFS and len(wanted) > 1:
            raise NotMeaningful(f"These have more than {_MOST_REFS} references: ask for one version at a time.")
    frame = frame_of(visit, refs)
    ends = _unique([end for ref in refs for end in ref.ends])
    items = {end.model.id: item_json(end, frame) for end in ends}
    included = [*items.values(), *(version_json(end, frame) for end in ends)]
    return _complete(Command.LIST_REFS, [ref_json(ref, visit.base) for ref in refs]), included


def refuse_publishing(_visit: Visit, _body: Params) -> Said:
    """Refuse: there are no models here that wait for being published."""
    raise NotMeaningful("There is nothing to publish: files and their pages are published when they arrive.")


def refuse_folder(_visit: Visit, _body: Params) -> Said:
    """Refuse: there is a call for this."""
    raise NotBuilt("POST folders makes a folder.")


#: What is done, by its name.
COMMANDS: Final[dict[Command, Callable[[Visit, Params], Said]]] = {
    Command.CHECK_PERMISSION: check_permission,
    Command.LIST_ITEMS: list_items,
    Command.LIST_REFS: list_refs,
    Command.PUBLISH: refuse_publishing,
    Command.PUBLISH_WITHOUT_LINKS: refuse_publishing,
    Command.GET_PUBLISH_JOB: refuse_publishing,
    Command.CREATE_FOLDER: refuse_folder,
}


def _command(name: str) -> Command:
    if name not in set(Command):
        raise InvalidField(f"There is no command {name[:80]}.")
    return Command(name)


def _resources(body: Params, *kinds: Type) -> list[tuple[Type, str]]:
    """Return the kinds and names of what a command is about."""
    found = list_at(body, _RESOURCES)
    if len(found) > MOST_RESOURCES:
        raise InvalidField(f"A command is about at most {MOST_RESOURCES} resources.")
    for one in found:
        check_word(one, "type", *kinds)
    return [(Type(at(one, "type") or kinds[0]), text_at(one, "id")) for one in found]


def _is_seen(visit: Visit, kind: Type, urn: str) -> bool:
    where = visit.caller, visit.project_id
    try:
        if kind is Type.FOLDERS:
            visit.parts.folders.get(*where, parse_folder(urn))
        elif kind is Type.ITEMS:
            visit.parts.items.get(*where, parse_lineage(urn))
        else:
            named = parse_version(urn)
            visit.parts.items.version(*where, named.model_id, named.index)
    except NotFound:
        return False
    return True


def _complete(command: Command, resources: Sequence[Json]) -> Json:
    about = {"type": command.value, "version": "1.0.0"}
    return {"attributes": {"status": "complete", "extension": about}, "relationships": _related(resources)}


def _related(resources: Sequence[Json]) -> Json:
    return {"resources": {"data": list(resources)}}


def _unique(items: Sequence[ItemVersion]) -> list[ItemVersion]:
    """Return versions, each once."""
    return list({urn_of(item): item for item in items}.values())


#: What the application mounts.
HANDLERS: Final = [post_command]

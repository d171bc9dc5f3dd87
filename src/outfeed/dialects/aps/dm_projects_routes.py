"""The account, its projects and the folders at their top, under `/project/v1`."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps import dm_projects_wire as wire
from outfeed.dialects.aps.dm_constants import READ
from outfeed.dialects.aps.dm_filters import Filter, fits, parse_filters
from outfeed.dialects.aps.dm_frame import Json
from outfeed.dialects.aps.dm_requests import (
    Page,
    Visit,
    answer,
    is_true,
    page_links,
    pairs_of,
    parse_page,
    visit_of,
)
from outfeed.dialects.autodesk.acting import acted_for
from outfeed.dialects.autodesk.names import HUB_ID
from outfeed.errors import NotFound
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.library.folders import FolderKind, FolderRecord
from outfeed.library.project_queries import ProjectFilter
from outfeed.library.projects import ProjectRecord
from outfeed.services import Services

_PROJECT: Final = "/project/v1/hubs/{hub_id:str}/projects/{project_id:str}"
#: More projects than anybody is a member of.
_ALL: Final = 100_000


@get_and_head("/project/v1/hubs")
async def get_hubs(request: Incoming) -> Response[Any]:
    """List the accounts: there is one, and every caller sees it."""
    acted_for(request, await caller_of(request, READ))
    hub, filters = wire.hub_json(base_url(request)), parse_filters(pairs_of(request))
    return answer(request, [hub] if fits(hub, filters) else [])


@get_and_head("/project/v1/hubs/{hub_id:str}")
async def get_hub(request: Incoming, hub_id: FromPath[str]) -> Response[Any]:
    """Return the account."""
    acted_for(request, await caller_of(request, READ))
    _check_hub(hub_id)
    return answer(request, wire.hub_json(base_url(request)))


@get_and_head("/project/v1/hubs/{hub_id:str}/projects")
async def get_projects(request: Incoming, hub_id: FromPath[str]) -> Response[Any]:
    """List the projects that the caller is a member of; with a user to act for, those of both."""
    caller = await caller_of(request, READ)
    user, pairs = acted_for(request, caller), pairs_of(request)
    _check_hub(hub_id)
    filters, page = parse_filters(pairs), parse_page(pairs)
    callers, base = (caller, user), base_url(request)
    found, more = await to_thread.run_sync(_projects, services(request), callers, filters, page, base)
    return answer(request, found, links=page_links(request, page, more=more))


@get_and_head(_PROJECT)
async def get_project(request: Incoming, hub_id: FromPath[str], project_id: FromPath[str]) -> Response[Any]:
    """Return a project."""
    visit = await _visit(request, hub_id, project_id)
    project = visit.parts.projects.get(visit.caller, visit.project_id)
    root = visit.parts.folders.root(visit.caller, visit.project_id)
    return answer(request, wire.project_json(project, root.id, base=visit.base))


@get_and_head(_PROJECT + "/hub")
async def get_project_hub(request: Incoming, hub_id: FromPath[str], project_id: FromPath[str]) -> Response[Any]:
    """Return the account of a project."""
    visit = await _visit(request, hub_id, project_id)
    return answer(request, wire.hub_json(visit.base))


@get_and_head(_PROJECT + "/topFolders")
async def get_top_folders(request: Incoming, hub_id: FromPath[str], project_id: FromPath[str]) -> Response[Any]:
    """List the folders at the top of a project: of drawings, and of all else."""
    visit = await _visit(request, hub_id, project_id)
    found = visit.parts.folders.top(visit.caller, visit.project_id)
    if is_true(pairs_of(request), "projectFilesOnly"):
        found = [folder for folder in found if folder.kind is FolderKind.FILES]
    return answer(request, folders_json(visit, found))


def folders_json(visit: Visit, folders: Sequence[FolderRecord]) -> list[Json]:
    """Return folders, with what is in them counted."""
    facts, frame = visit.parts.trees.facts(folders), visit.frame(folders=folders)
    return [wire.folder_json(folder, facts[folder.id], frame) for folder in folders]


def _projects(
    parts: Services, callers: tuple[Caller, Caller], filters: Sequence[Filter], page: Page, base: str
) -> tuple[list[Json], bool]:
    """Return a page of the projects that both callers see, and whether others follow."""
    found = _seen_by_both(parts, *callers)
    roots = parts.trees.roots([project.id for project in found])
    shown = (wire.project_json(project, roots[project.id], base=base) for project in found)
    fitting = [project for project in shown if fits(project, filters)]
    return fitting[page.entries], len(fitting) > page.entries.stop


def _seen_by_both(parts: Services, caller: Caller, user: Caller) -> list[ProjectRecord]:
    found = parts.projects.find(user, ProjectFilter(top=_ALL))
    if user.principal_id == caller.principal_id:
        return found
    mine = {project.id for project in parts.projects.find(caller, ProjectFilter(top=_ALL))}
    return [project for project in found if project.id in mine]


async def _visit(request: Incoming, hub_id: str, project_id: str) -> Visit:
    visit = await visit_of(request, project_id, READ)
    _check_hub(hub_id)
    return visit


def _check_hub(segment: str) -> None:
    if decoded(segment) != HUB_ID:
        raise NotFound(f"Hub {decoded(segment)[:80]}.")


#: What the application mounts.
HANDLERS: Final = [get_hubs, get_hub, get_projects, get_project, get_project_hub, get_top_folders]

"""The calls that work: each parses, asks, renders."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from litestar import Response, delete, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.spark import wire
from outfeed.dialects.spark.constants import SCOPES, Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.errors import FormatUnknown, NotFound
from outfeed.exports.request import ReduceRequest
from outfeed.exports.story import Exports
from outfeed.http.bearer import caller_of
from outfeed.http.bodies import Params, read_params
from outfeed.http.context import Incoming, services
from outfeed.http.ranges import blob_response
from outfeed.http.routing import get_and_head
from outfeed.http.streams import stage_multipart
from outfeed.jobs.job import Job
from outfeed.jobs.states import State
from outfeed.library.analyses import read_analysis
from outfeed.library.meshes import MeshRecord

Answer = Response[dict[str, Any]]


@post("/geom/meshes/import", status_code=202)
async def post_mesh_import(request: Incoming) -> Answer:
    """Start to make a mesh of an uploaded file."""
    caller = await caller_of(request, *SCOPES)
    wanted = wire.parse_import(await _params(request))
    try:
        job = await to_thread.run_sync(services(request).exports.import_mesh, caller, wanted)
    except NotFound as error:
        number = caller_code(Operation.IMPORT, Reason.NOT_FOUND)
        raise Problem(400, number, f"File {wire.source_id(wanted.source)} cannot be found") from error
    except FormatUnknown as error:
        raise wire.unreadable(error.detail) from error
    return Response(wire.task_json(job), status_code=202)


@get_and_head("/geom/meshes/{mesh_id:str}")
async def get_mesh(request: Incoming, mesh_id: FromPath[str]) -> Answer:
    """Return a mesh."""
    caller = await caller_of(request, *SCOPES)
    known_id = wire.parse_path_id(mesh_id, Operation.GET_MESH)
    try:
        mesh = services(request).meshes.get(known_id, principal_id=caller.principal_id)
    except NotFound as error:
        raise Problem(404, caller_code(Operation.GET_MESH, 1), f"Mesh {known_id} cannot be found") from error
    return Response(await _mesh_json(request, mesh))


@post("/geom/meshes/rename", status_code=200)
async def post_mesh_rename(request: Incoming) -> Answer:
    """Make a mesh that differs in its name."""
    caller = await caller_of(request, *SCOPES)
    mesh_id, name = wire.parse_rename(await _params(request))
    meshes = services(request).meshes
    return await _new_mesh(
        request, Operation.RENAME, mesh_id, lambda: meshes.rename(mesh_id, name, principal_id=caller.principal_id)
    )


@post("/geom/meshes/transform", status_code=200)
async def post_mesh_transform(request: Incoming) -> Answer:
    """Make a mesh that differs in its transform; ours: with `reduce`, start to make one of fewer triangles."""
    caller = await caller_of(request, *SCOPES)
    wanted = wire.parse_transform(await _params(request))
    if isinstance(wanted, ReduceRequest):
        return await _started(
            request, Operation.TRANSFORM, wanted.mesh_id, lambda exports: exports.reduce_mesh(caller, wanted)
        )
    mesh_id, columns = wanted
    meshes = services(request).meshes
    return await _new_mesh(
        request,
        Operation.TRANSFORM,
        mesh_id,
        lambda: meshes.transform(mesh_id, columns, principal_id=caller.principal_id),
    )


@post("/geom/meshes/export", status_code=202)
async def post_mesh_export(request: Incoming) -> Answer:
    """Start to write a mesh as a file; always 202, also when it was written before."""
    caller = await caller_of(request, *SCOPES)
    wanted = wire.parse_export(await _params(request))
    return await _started(
        request, Operation.EXPORT, wanted.mesh_id, lambda exports: exports.export_mesh(caller, wanted)
    )


@post("/geom/meshes/analyze", status_code=202)
async def post_mesh_analyze(request: Incoming) -> Answer:
    """Return a mesh that was analysed, or start to analyse it."""
    caller = await caller_of(request, *SCOPES)
    mesh_id = wire.parse_analyze(await _params(request))
    return await _started(request, Operation.ANALYZE, mesh_id, lambda exports: exports.analyze(caller, mesh_id))


async def _generate_visual(request: Incoming) -> Answer:
    """Return a mesh whose visual is there, or start to make it."""
    caller = await caller_of(request, *SCOPES)
    mesh_id = wire.parse_visual(await _params(request))
    return await _started(request, Operation.VISUAL, mesh_id, lambda exports: exports.visual(caller, mesh_id))


#: Clients spell it in two ways.
post_generate_visual = post(["/geom/meshes/generateVisual", "/geom/meshes/generate-visual"], status_code=202)(
    _generate_visual
)


@get_and_head("/geom/meshes/{mesh_id:str}/thumbnail", "/geom/meshes/{mesh_id:str}/thumbnail.png")
async def get_thumbnail(request: Incoming, mesh_id: FromPath[str]) -> Response[Any]:
    """Return a picture of a mesh, or start to draw it; an extension of ours."""
    caller = await caller_of(request, *SCOPES)
    known_id = wire.parse_path_id(mesh_id, Operation.THUMBNAIL)
    size_px = wire.parse_thumbnail_size(request.query_params.get("size"))
    parts = services(request)
    try:
        found = await to_thread.run_sync(
            partial(parts.exports.thumbnail, caller, known_id, size_px=size_px, unitless=wire.UNITLESS)
        )
    except NotFound as error:
        number = caller_code(Operation.THUMBNAIL, Reason.NOT_FOUND)
        raise Problem(404, number, f"Mesh {known_id} cannot be found") from error
    if isinstance(found, Job):
        return Response(wire.task_json(found), status_code=202, headers={"Retry-After": "1"})
    return blob_response(request, parts.blobs, found, attachment=False)


@get_and_head("/geom/meshes/{mesh_id:str}/analysis")
async def get_analysis(request: Incoming, mesh_id: FromPath[str]) -> Answer:
    """Return the whole report about a mesh that was analysed; an extension of ours."""
    caller = await caller_of(request, *SCOPES)
    known_id = wire.parse_path_id(mesh_id, Operation.ANALYZE)
    parts = services(request)
    try:
        mesh = parts.meshes.get(known_id, principal_id=caller.principal_id)
    except NotFound as error:
        number = caller_code(Operation.ANALYZE, Reason.NOT_FOUND)
        raise Problem(404, number, f"Mesh {known_id} cannot be found") from error
    if mesh.analysis is None:
        number = caller_code(Operation.ANALYZE, Reason.NOT_MEANINGFUL)
        raise Problem(404, number, f"Mesh {known_id} was not analyzed: POST geom/meshes/analyze")
    return Response((await to_thread.run_sync(read_analysis, parts.blobs, mesh.analysis))["report"])


@get_and_head("/print/tasks/{task_id:str}")
async def get_task(request: Incoming, task_id: FromPath[str]) -> Answer:
    """Return how a task stands, and its result when it is done."""
    caller = await caller_of(request, *SCOPES)
    known_id = wire.parse_path_id(task_id, Operation.GET_TASK)
    exports = services(request).exports
    try:
        job = exports.job(caller, known_id)
        is_of_mesh = job.state is State.SUCCEEDED and job.result is not None and "mesh_id" in job.result
        mesh = exports.mesh_of(caller, job) if is_of_mesh else None
    except NotFound as error:
        raise Problem(404, caller_code(Operation.GET_TASK, 1), f"Task {known_id} cannot be found") from error
    return Response(wire.task_json(job, mesh=await _mesh_json(request, mesh) if mesh else None))


@post("/files/upload", status_code=200)
async def post_files_upload(request: Incoming) -> Answer:
    """Keep the files of a multipart form, whatever its fields are called."""
    caller = await caller_of(request, *SCOPES)
    parts = services(request)
    uploaded = await stage_multipart(request, parts.blobs, parts.settings.max_upload_bytes)
    if not uploaded:
        raise Problem(400, caller_code(Operation.FILES, Reason.MISSING), "no file in the form")
    records = [
        await to_thread.run_sync(partial(parts.files.put, caller, name=name, content_type=content_type, staged=staged))
        for name, content_type, staged in uploaded
    ]
    return Response(wire.uploads_json(records))


@get_and_head("/files/{file_id:str}")
async def get_file(request: Incoming, file_id: FromPath[str]) -> Response[Any]:
    """Return a file's bytes."""
    caller = await caller_of(request, "data:read")
    known_id = wire.parse_path_id(file_id, Operation.FILES)
    parts = services(request)
    try:
        record = parts.files.get(caller, known_id)
    except NotFound as error:
        raise Problem(404, caller_code(Operation.FILES, Reason.NOT_FOUND), "file not found") from error
    return blob_response(request, parts.blobs, record, attachment=True)


@delete("/files/{file_id:str}", status_code=204)
async def delete_file(request: Incoming, file_id: FromPath[str]) -> None:
    """Delete a file; an extension of ours: what nobody deletes is kept for ever."""
    caller = await caller_of(request, *SCOPES)
    known_id = wire.parse_path_id(file_id, Operation.FILES)
    try:
        await to_thread.run_sync(services(request).files.delete, caller, known_id)
    except NotFound as error:
        raise Problem(404, caller_code(Operation.FILES, Reason.NOT_FOUND), "file not found") from error


async def _params(request: Incoming) -> Params:
    return await read_params(request, max_bytes=services(request).settings.max_body_bytes)


async def _mesh_json(request: Incoming, mesh: MeshRecord) -> dict[str, Any]:
    """Return a mesh object, with what its analysis has found."""
    if mesh.analysis is None:
        return wire.mesh_json(mesh)
    return wire.mesh_json(mesh, await to_thread.run_sync(read_analysis, services(request).blobs, mesh.analysis))


async def _started(
    request: Incoming, operation: Operation, mesh_id: str, ask: Callable[[Exports], MeshRecord | Job]
) -> Answer:
    """Ask for work on a mesh, and answer its task, or the mesh where there is nothing left to do."""
    try:
        found = await to_thread.run_sync(ask, services(request).exports)
    except NotFound as error:
        raise _no_mesh(operation, mesh_id) from error
    if isinstance(found, MeshRecord):
        return Response(await _mesh_json(request, found), status_code=200)
    return Response(wire.task_json(found), status_code=202)


async def _new_mesh(request: Incoming, operation: Operation, mesh_id: str, make: Callable[[], MeshRecord]) -> Answer:
    """Make a mesh of another one, and answer it."""
    try:
        mesh = await to_thread.run_sync(make)
    except NotFound as error:
        raise _no_mesh(operation, mesh_id) from error
    return Response(await _mesh_json(request, mesh))


def _no_mesh(operation: Operation, mesh_id: str) -> Problem:
    return Problem(400, caller_code(operation, Reason.NOT_FOUND), f"Mesh {mesh_id} cannot be found")


HANDLERS: Final = [
    post_mesh_import,
    get_mesh,
    post_mesh_rename,
    post_mesh_transform,
    post_mesh_export,
    post_mesh_analyze,
    get_analysis,
    post_generate_visual,
    get_thumbnail,
    get_task,
    post_files_upload,
    get_file,
    delete_file,
]

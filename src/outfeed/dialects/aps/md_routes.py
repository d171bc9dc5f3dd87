"""Model Derivative under `/modelderivative/v2`: translation jobs, manifests and thumbnails. Files are in `md_files`."""

from typing import Any, Final

from litestar import Response, delete, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps import md_wire as wire
from outfeed.dialects.aps.md_manifest import manifest_json
from outfeed.dialects.aps.md_sources import Source, reader_of, source_of
from outfeed.dialects.aps.oss_transfers import params_of, query_of
from outfeed.errors import NotBuilt, NotFound
from outfeed.exports.derivatives import Derivative, DerivativeFormat
from outfeed.exports.sheets import SheetExport
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, services
from outfeed.http.ranges import blob_response
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.jobs.states import LIVE, State

#: Where the calls are: without a region, and with one, as older clients have it.
ROOTS: Final = ("/modelderivative/v2/designdata", "/modelderivative/v2/regions/{region:str}/designdata")


def at(path: str) -> list[str]:
    """Return where a call is."""
    return [root + path for root in ROOTS]


@get_and_head(*at("/formats"))
async def get_formats(request: Incoming) -> Response[Any]:
    """List what is made, and of which files."""
    await caller_of(request)
    return Response(wire.formats_json())


@post(at("/job"), status_code=200)
async def post_job(request: Incoming) -> Response[Any]:
    """Translate a source: 200 where something is made now, 201 where all of it was there, or on its way."""
    caller = await caller_of(request, "data:read", "data:write", "data:create")
    job = wire.parse_job(await params_of(request))
    force = wire.parse_force(request.headers.get("x-ads-force", ""))

    def start() -> tuple[str, bool]:
        source = source_of(request, caller, job.urn)
        _, made = services(request).derivatives.start(source.caller, source.found, job.wanted, force=force)
        return source.urn, made

    urn, made = await to_thread.run_sync(start)
    return Response(wire.job_json(job, urn, made=made), status_code=200 if made else 201)


@get_and_head(*at("/{urn:str}/manifest"))
async def get_manifest(request: Incoming, urn: FromPath[str]) -> Response[Any]:
    """Return what a source was, or is being, translated into; 200 while it is made, for its status says that."""
    caller = await reader_of(request)
    source, derivatives, pages = await to_thread.run_sync(_results, request, caller, urn)
    if not derivatives and not pages:
        raise NotFound("Nothing was made of this source: POST job comes first.")
    return Response(manifest_json(source, derivatives, pages, _region(request)))


@delete(at("/{urn:str}/manifest"), status_code=200)
async def delete_manifest(request: Incoming, urn: FromPath[str]) -> Response[Any]:
    """Remove what a source was translated into; again is no mistake. Exports of pages stay."""
    caller = await caller_of(request, "data:read", "data:write")

    def remove() -> None:
        services(request).derivatives.delete(source_of(request, caller, urn).found)

    await to_thread.run_sync(remove)
    return Response({"result": "success"})


@get_and_head(*at("/{urn:str}/thumbnail"))
async def get_thumbnail(request: Incoming, urn: FromPath[str]) -> Response[Any]:
    """Return a picture of a source, which a job has made."""
    caller = await reader_of(request)
    side = wire.parse_side(query_of(request))
    source, derivatives, _ = await to_thread.run_sync(_results, request, caller, urn)
    one = next((one for one in derivatives if one.format is DerivativeFormat.THUMBNAIL), None)
    if one is None or one.state is not State.SUCCEEDED:
        raise NotFound(_why_no_picture(one))
    file = next(file for file in one.files if file.path == f"thumbnail/{side}.png")
    headers = wire.picture_headers(source.found, side)
    return blob_response(request, services(request).blobs, file, attachment=False, headers=headers)


# --- What is not built ------------------------------------------------------------------------------------------------


@post(at("/{urn:str}/references"))
async def post_references(request: Incoming) -> Response[Any]:
    """Say that other files are not followed."""
    await caller_of(request)
    raise NotBuilt("A source is one file; others that it names are not read.")


@get_and_head(*at("/{urn:str}/metadata"))
async def get_metadata(request: Incoming) -> Response[Any]:
    """Say that views are not listed."""
    return await _refuse_metadata(request)


@get_and_head(*at("/{urn:str}/metadata/{guid:str}"))
async def get_object_tree(request: Incoming) -> Response[Any]:
    """Say that objects are not listed."""
    return await _refuse_metadata(request)


@get_and_head(*at("/{urn:str}/metadata/{guid:str}/properties"))
async def get_properties(request: Incoming) -> Response[Any]:
    """Say that properties are not listed."""
    return await _refuse_metadata(request)


@post(at("/{urn:str}/metadata/{guid:str}/properties:query"))
async def query_properties(request: Incoming) -> Response[Any]:
    """Say that properties are not found by a query."""
    return await _refuse_metadata(request)


async def _refuse_metadata(request: Incoming) -> Response[Any]:
    await caller_of(request)
    raise NotBuilt("Views, objects and their properties are not told; a GLB or a tileset of the model has them.")


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _results(request: Incoming, caller: Caller, urn: str) -> tuple[Source, list[Derivative], list[SheetExport]]:
    """Return a source, its derivatives, and of a page the exports that the caller would get."""
    source, parts = source_of(request, caller, urn), services(request)
    pages = parts.sheet_exports.pages_of(source.caller, source.item) if source.item else []
    return source, parts.derivatives.find(source.found), pages


def _region(request: Incoming) -> str:
    said = request.headers
    return wire.parse_region(
        request.path_params.get("region", ""), said.get("region", ""), said.get("x-ads-region", "")
    )


def _why_no_picture(one: Derivative | None) -> str:
    if one is None:
        return "There is no thumbnail of this source: POST job comes first."
    return "The thumbnail is not ready yet." if one.state in LIVE else f"The thumbnail failed: {one.error}"


#: What the application mounts.
HANDLERS: Final = [
    get_formats,
    post_job,
    get_manifest,
    delete_manifest,
    get_thumbnail,
    post_references,
    get_metadata,
    get_object_tree,
    get_properties,
    query_properties,
]

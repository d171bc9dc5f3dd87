"""Signed resources: addresses of an object that whoever holds them uses without a token."""

from typing import Any, Final

from litestar import Response, delete, post, put
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_resumable import receive_chunk
from outfeed.dialects.aps.oss_transfers import params_of, query_of, receive_object, send_object
from outfeed.http.bearer import caller_of, client_host
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.library.signed import SignedAccess, SignedResource

_RESOURCE: Final = "/oss/v2/signedresources/{resource_id:str}"


@post("/oss/v2/buckets/{bucket_key:str}/objects/{object_key:str}/signed", status_code=200)
async def post_signed_resource(
    request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]
) -> Response[Any]:
    """Make an address of the object that works without a token."""
    caller = await caller_of(request, "data:write")
    terms = wire.parse_terms(query_of(request), await params_of(request))
    parts, key, name = services(request), decoded(bucket_key), decoded(object_key)
    resource_id, resource = await to_thread.run_sync(parts.signed.create, caller, key, name, terms)
    region = parts.buckets.get(caller, key).region
    return Response(wire.signed_resource_json(resource_id, resource, region=region, base=base_url(request)))


@get_and_head(_RESOURCE)
async def get_signed_resource(request: Incoming, resource_id: FromPath[str]) -> Response[Any]:
    """Return the object's bytes; one for a single use is used up by it, by HEAD it is not."""
    signed = services(request).signed
    said = wire.response_headers(wire.parse_response_headers(query_of(request)))
    resource = _opened(request, resource_id, SignedAccess.READ)
    record = signed.record(resource)
    return await send_object(request, record, said=said, before=lambda: signed.spend(resource))


@put(_RESOURCE, status_code=200, request_max_body_size=None)
async def put_signed_resource(request: Incoming, resource_id: FromPath[str]) -> Response[Any]:
    """Replace the object with the body."""
    resource = _opened(request, resource_id, SignedAccess.WRITE)
    return Response(await receive_object(request, services(request).signed.right(resource)))


@put(_RESOURCE + "/resumable", status_code=200, request_max_body_size=None)
async def put_signed_chunk(request: Incoming, resource_id: FromPath[str]) -> Response[Any]:
    """Keep the body as a chunk of what shall replace the object."""
    resource = _opened(request, resource_id, SignedAccess.WRITE)
    return await receive_chunk(request, services(request).signed.right(resource))


@delete(_RESOURCE, status_code=200)
async def delete_signed_resource(request: Incoming, resource_id: FromPath[str]) -> Response[Any]:
    """End an address, as its bucket's app or, without a token, with an address for writing; the object stays."""
    parts, key = services(request), decoded(resource_id)
    if "authorization" in request.headers or parts.settings.open:
        caller = await caller_of(request, "data:write")
        await to_thread.run_sync(parts.signed.revoke, caller, key)
    else:
        await to_thread.run_sync(parts.signed.end, _opened(request, resource_id, SignedAccess.WRITE))
    return Response(f"Signed resource deleted successfully: {key}", media_type="text/plain")


def _opened(request: Incoming, resource_id: str, access: SignedAccess) -> SignedResource:
    """Return the resource, if it lets this client do that."""
    return services(request).signed.open(decoded(resource_id), address=client_host(request), access=access)


#: What the application mounts.
HANDLERS: Final = [
    post_signed_resource,
    get_signed_resource,
    put_signed_resource,
    put_signed_chunk,
    delete_signed_resource,
]

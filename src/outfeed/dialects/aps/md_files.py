"""Files that Model Derivative has made: with a token, with cookies, and at signed addresses without either."""

from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps import md_wire as wire
from outfeed.dialects.aps.md_routes import at
from outfeed.dialects.aps.md_sources import reader_of, source_of
from outfeed.dialects.aps.oss_transfers import query_of
from outfeed.dialects.autodesk import derivative_files as files
from outfeed.dialects.autodesk.derivative_files import DerivativeFile
from outfeed.errors import NotFound
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.ranges import blob_response, disposition
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller

#: What asks for an address instead of the bytes.
_COOKIES: Final = "/signedcookies"


@get_and_head(*at("/{urn:str}/manifest/{derivative:path}"))
async def get_derivative(request: Incoming, urn: FromPath[str], derivative: FromPath[str]) -> Response[Any]:
    """
    Return a file that was made of a source, or an address of it with its cookies.

    Clients send the file's URN with raw slashes, encoded, or half of it encoded: all of the path is its name.
    """
    asked = str(derivative).strip("/")
    if f"/{asked}".endswith(_COOKIES):
        caller = await caller_of(request, "data:read")
        path, found = await to_thread.run_sync(_found, request, caller, urn, asked.removesuffix(_COOKIES))
        return _with_cookies(request, path, found)
    caller = await reader_of(request)
    _, found = await to_thread.run_sync(_found, request, caller, urn, asked)
    return blob_response(request, services(request).blobs, found.file, attachment=False, headers=_headers(found))


@get_and_head("/{encoded_source:str}/output/{owner:str}/{name:path}")
async def get_signed_derivative(request: Incoming) -> Response[Any]:
    """Return a file to whoever has its signed address, or its address and the cookies; no token is looked at."""
    path = decoded(request.url.path.strip("/"))
    said = files.check_address(request, path)
    found = await to_thread.run_sync(files.find_file, request, files.parse_path(path))
    headers = _headers(found)
    if files.DISPOSITION in said:
        headers["Content-Disposition"] = said[files.DISPOSITION]
    return blob_response(request, services(request).blobs, found.file, attachment=False, headers=headers)


def _found(request: Incoming, caller: Caller, urn: str, derivative: str) -> tuple[str, DerivativeFile]:
    """Return the path of a file, and the file, which must be of just this source, and a page for this caller."""
    source = source_of(request, caller, urn)
    path = files.resource_path(decoded(derivative))
    named = files.parse_path(path)
    found = files.find_file(request, named)
    if named.source != source.found.address or found.version_id not in {None, source.version_id}:
        raise NotFound(f"Derivative {path[:80]}.")
    if found.version_id and source.item:
        # It may show what somebody has drawn for nobody else.
        pages = services(request).sheet_exports.pages_of(source.caller, source.item)
        if named.owner_id not in {page.id for page in pages}:
            raise NotFound(f"Derivative {path[:80]}.")
    return path, found


def _with_cookies(request: Incoming, path: str, found: DerivativeFile) -> Response[Any]:
    """Return an address, and three cookies that open it, in the order in which clients take them."""
    query = query_of(request)
    asked = wire.parse_disposition(query)
    said = {files.DISPOSITION: asked} if asked else {}
    expires_at_s = services(request).clock() // 1000 + 60 * wire.parse_minutes(query)
    policy = files.sign_policy(request, path, expires_at_s=expires_at_s, said=said)
    cookies = [
        Cookie(
            key=files.COOKIE_PREFIX + name,
            value=value,
            path=files.sent_path(path),
            httponly=True,
            secure=base_url(request).startswith("https:"),
        )
        for name, value in policy.items()
    ]
    url = files.file_url(request, path, said)
    return Response(wire.download_json(found.file, url, expires_at_s=expires_at_s), cookies=cookies)


def _headers(found: DerivativeFile) -> dict[str, str]:
    return {"Content-Disposition": disposition(found.name, attachment=False)}


#: What the application mounts.
HANDLERS: Final = [get_derivative]
#: What it mounts at the root of the server.
STORE_HANDLERS: Final = [get_signed_derivative]

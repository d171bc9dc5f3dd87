"""Where the files of an export lie: a directory that a signed link opens, and the list of what is in it.

Viewers append a path to the link and keep its query for every file (specs/itwin.md, section 9).
"""

from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from litestar import Response
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.errors import InvalidField
from outfeed.exports.models import ModelExport
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.ranges import blob_response
from outfeed.http.routing import get_and_head
from outfeed.library.artifacts import ArtifactFile

#: The directory of an export; three segments, so that no client takes one of them for a container on an IP address.
_DIRECTORY: Final = "/blobs/exports"
#: Files of one page of a list, as Azure's storage has it.
MOST_LISTED: Final = 5000


def mesh_href(request: Incoming, export: ModelExport) -> str:
    """Return the link to the directory of an export's files: with a query, and without a slash at its end."""
    parts = services(request)
    prefix = f"{_DIRECTORY}/{export.id}"
    expires_at = parts.clock() + 1000 * parts.settings.link_ttl_s
    return f"{base_url(request)}{prefix}?{parts.links.sign_tree(prefix, expires_at_ms=expires_at)}"


@get_and_head(f"{_DIRECTORY}/{{export_id:str}}/{{file_path:path}}")
async def get_export_file(request: Incoming, export_id: FromPath[str], file_path: FromPath[str]) -> Response[Any]:
    """Return a file of an export to whoever has its link; a token is neither asked for nor looked at."""
    _check_link(request, export_id)
    parts = services(request)
    name = "/".join(decoded(segment) for segment in str(file_path).strip("/").split("/"))
    found = await to_thread.run_sync(parts.model_exports.file, export_id, name)
    # What a link leads to never changes while it works.
    headers = {"Cache-Control": f"private, max-age={parts.settings.link_ttl_s}"}
    return blob_response(request, parts.blobs, found, attachment=False, headers=headers)


@get_and_head(f"{_DIRECTORY}/{{export_id:str}}")
async def get_export_files(request: Incoming, export_id: FromPath[str]) -> Response[Any]:
    """List the files of an export, in the form of Azure's storage (`restype=container&comp=list`)."""
    _check_link(request, export_id)
    asked = request.query_params
    limit = _limit(asked.get("maxresults", str(MOST_LISTED)))
    prefix, marker = asked.get("prefix", ""), asked.get("marker", "")
    exports = services(request).model_exports
    found = await to_thread.run_sync(lambda: exports.files(export_id, after=marker, prefix=prefix, limit=limit + 1))
    directory = f"{base_url(request)}{_DIRECTORY}/{export_id}"
    body = listing_xml(found[:limit], directory=directory, more=len(found) > limit)
    return Response(body.encode(), media_type="application/xml")


def listing_xml(files: list[ArtifactFile], *, directory: str, more: bool) -> str:
    """Return a page of files as an `EnumerationResults` document; its marker is the last path of the page."""
    marker = escape(files[-1].path) if more else ""
    blobs = "".join(map(_blob_xml, files))
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<EnumerationResults ContainerName={quoteattr(directory)}>"
        f"<Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
    )


def _blob_xml(file: ArtifactFile) -> str:
    return (
        f"<Blob><Name>{escape(file.path)}</Name><Properties><Content-Length>{file.size}</Content-Length>"
        f"<Content-Type>{file.content_type}</Content-Type><Etag>{file.blob}</Etag>"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
    )


def _check_link(request: Incoming, export_id: str) -> None:
    """Raise `LinkExpired` unless the query is of a link to this export that still works."""
    parts = services(request)
    parts.links.verify_tree(f"{_DIRECTORY}/{export_id}", request.url.query, now_ms=parts.clock())


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_LISTED:
        raise InvalidField(f"maxresults is a whole number from 1 to {MOST_LISTED}.")
    return int(text)


#: What the dialect mounts.
HANDLERS: Final = [get_export_file, get_export_files]

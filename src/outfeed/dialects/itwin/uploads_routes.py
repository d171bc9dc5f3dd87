"""Bytes of models on their way in and out, by signed addresses; in the way of the vendor's blob storage.

A stock client sends a small file in one PUT, and a large one in blocks, several at once, and then the list of their
ids (specs/itwin-models.md, section 4). Any other client sends a plain PUT.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Response, put
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.itwin.errors import absent_as
from outfeed.errors import InvalidField, SourceDamaged
from outfeed.http.bodies import read_body
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.ranges import blob_response
from outfeed.http.routing import get_and_head
from outfeed.http.streams import OCTETS, check_length, stage_body
from outfeed.library.model_uploads import MAX_BLOCK_ID, MAX_BLOCKS, ModelUpload
from outfeed.library.versions import VersionRecord
from outfeed.mesh.formats.xml_tree import tree

_UPLOADS: Final = "/blobs/uploads"
_VERSIONS: Final = "/blobs/versions"
#: What a client adds to the signed query: which part of the file a request is about, and how long it would wait.
_PART: Final = frozenset({"comp", "blockid", "timeout"})
#: Longest list of blocks, in bytes.
_MAX_LIST: Final = MAX_BLOCKS * (MAX_BLOCK_ID + 40)
#: Most tags in one: two per block, and what stands around them. Small ones without an id would take memory and time.
_MAX_TAGS: Final = 2 * MAX_BLOCKS + 10


@dataclass(frozen=True, slots=True)
class Download:
    """A version's file as it is sent."""

    version: VersionRecord

    @property
    def name(self) -> str:
        """The name that it is saved under."""
        return self.version.file_name.rpartition("/")[2]

    @property
    def blob(self) -> str:
        """SHA-256 of the bytes as hex."""
        return self.version.blob

    @property
    def sha1(self) -> str:
        """SHA-1 of the bytes as hex."""
        return self.version.sha1

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.version.size

    @property
    def content_type(self) -> str:
        """Nothing that a browser would show."""
        return OCTETS

    @property
    def modified_at(self) -> int:
        """When it became a version."""
        return self.version.created_at


def upload_href(request: Incoming, upload: ModelUpload) -> str:
    """Return the address that a model's file is put to, until the upload ends."""
    path = f"{_UPLOADS}/{upload.model_id}"
    query = services(request).links.sign("PUT", path, expires_at_ms=upload.expires_at, scope={})
    return f"{base_url(request)}{path}?{query}"


def download_href(request: Incoming, version: VersionRecord) -> str:
    """Return an address of a version's file."""
    parts, path = services(request), f"{_VERSIONS}/{version.id}"
    expires_at_ms = parts.clock() + 1000 * parts.settings.link_ttl_s
    return f"{base_url(request)}{path}?{parts.links.sign('GET', path, expires_at_ms=expires_at_ms, scope={})}"


@get_and_head(f"{_VERSIONS}/{{version_id:str}}")
async def get_version_file(request: Incoming, version_id: FromPath[str]) -> Response[Any]:
    """Return a version's file to whoever has its link; a token is neither asked for nor looked at."""
    parts = services(request)
    parts.links.verify(request.method, f"{_VERSIONS}/{version_id}", request.url.query, now_ms=parts.clock())
    with absent_as("FileNotFound"):
        found = parts.models.version_by_id(version_id)
        return blob_response(request, parts.blobs, Download(found))


@put(f"{_UPLOADS}/{{model_id:str}}", status_code=201, request_max_body_size=None)
async def put_upload(request: Incoming, model_id: FromPath[str]) -> Response[bytes]:
    """Take a file, a block of one, or the list of its blocks; clients want exactly 201."""
    asked = _asked(request, model_id)
    with absent_as("FileNotFound"):
        upload = services(request).model_uploads.open(model_id)
        if asked.get("comp") == "block":
            await _take_block(request, upload, _block_id(asked.get("blockid", "")))
        elif asked.get("comp") == "blocklist":
            await _take_list(request, upload)
        elif "comp" in asked:
            raise InvalidField("comp is block or blocklist.")
        else:
            await _take_file(request, upload)
    return Response(b"", status_code=201, media_type="text/plain")


async def _take_file(request: Incoming, upload: ModelUpload) -> None:
    parts = services(request)
    staged = await stage_body(request, parts.blobs, upload.size)
    await to_thread.run_sync(parts.model_uploads.put, upload.model_id, staged)


async def _take_block(request: Incoming, upload: ModelUpload, block_id: str) -> None:
    parts = services(request)
    staged = await stage_body(request, parts.blobs, upload.size)
    await to_thread.run_sync(parts.model_uploads.put_block, upload.model_id, block_id, staged)


async def _take_list(request: Incoming, upload: ModelUpload) -> None:
    check_length(request, _MAX_LIST)
    body = await read_body(request, max_bytes=_MAX_LIST)
    block_ids = await to_thread.run_sync(parse_block_list, body)
    await to_thread.run_sync(services(request).model_uploads.commit, upload.model_id, block_ids)


def parse_block_list(body: bytes) -> list[str]:
    """
    Return the ids in a `BlockList` document, in order.

    Raises
    ------
    InvalidField
        If it is none, or names too many blocks.
    """
    if body.count(b"<") > _MAX_TAGS:
        raise InvalidField(f"At most {MAX_BLOCKS} blocks.")
    try:
        root = tree(body).root
    except SourceDamaged as error:
        raise InvalidField("The body is no list of blocks.") from error
    if root.tag != "BlockList":
        raise InvalidField("The body is no list of blocks.")
    return [item.text.strip() for item in root.every("Latest", "Committed", "Uncommitted")]


def _asked(request: Incoming, model_id: str) -> dict[str, str]:
    """Return what a client has added to the signed query, or raise `LinkExpired` if the rest was not signed."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    signed = urlencode([pair for pair in pairs if pair[0] not in _PART], quote_via=quote)
    parts = services(request)
    parts.links.verify("PUT", f"{_UPLOADS}/{model_id}", signed, now_ms=parts.clock())
    return {name: value for name, value in pairs if name in _PART}


def _block_id(text: str) -> str:
    """Return a block's id, which is base64; a client that does not encode its `+` sends a blank."""
    block_id = text.replace(" ", "+")
    try:
        decoded = base64.b64decode(block_id, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidField("blockid is base64.") from error
    if not decoded or len(block_id) > MAX_BLOCK_ID:
        raise InvalidField(f"blockid has 1 to {MAX_BLOCK_ID} characters.")
    return block_id


#: What the dialect mounts.
HANDLERS: Final = [get_version_file, put_upload]

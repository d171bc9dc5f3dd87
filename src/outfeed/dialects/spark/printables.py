"""Where printers fetch what they print: an address of ours that works without a token while the job is not over.

An Ember takes the last part of the address for the name of the file: it loads `*.tar.gz` and `*.zip` only, and fetches
nothing where it has a file of this name already (ember-firmware, `print_data_command.rb`, `PrintFileStorage.cpp`). So
the signature stands in the path, no query follows the name, and the name tells one content from another.
"""

import re
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Response
from litestar.params import FromPath

from outfeed.blobs.links import EXPIRES, SIGNATURE, Links
from outfeed.errors import LinkExpired, NotFound
from outfeed.fleet.records import PrintJob
from outfeed.http.context import Incoming, services
from outfeed.http.ranges import blob_response
from outfeed.http.routing import get_and_head

#: How the names of files end that machines tell apart.
_ENDING: Final = re.compile(r"(?:\.tar)?\.[A-Za-z0-9]{1,16}\Z")
_MAX_STEM: Final = 64
_GRANT: Final = re.compile(r"([0-9]{1,16})-([0-9a-f]{64})")


def printable_address(links: Links, base_url: str, job: PrintJob, *, expires_at_ms: int) -> str:
    """
    Return the address at which a printer fetches the file of a job. It works without a token: never log it.

    The job has a file: its `printable_blob` is there.
    """
    name = file_name(job.printable_name or "", job.printable_blob or "")
    signed = parse_qs(links.sign("GET", _path(job.key, name), expires_at_ms=expires_at_ms, scope={}))
    return f"{base_url}/print/printables/{job.key}/{signed[EXPIRES][0]}-{signed[SIGNATURE][0]}/{name}"


def file_name(name: str, blob: str) -> str:
    """Return a name for printers: plain letters, a part of the digest, and the ending: `bear-3f2a9c01d4e7.tar.gz`."""
    found = _ENDING.search(name)
    ending = found[0] if found else ""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", name[: len(name) - len(ending)])[:_MAX_STEM].strip("_-")
    return f"{stem or 'printable'}-{blob[:12]}{ending}"


@get_and_head("/print/printables/{key:str}/{grant:str}/{name:str}")
async def get_printable(
    request: Incoming, key: FromPath[str], grant: FromPath[str], name: FromPath[str]
) -> Response[Any]:
    """Return what a job prints: whoever has its address is its printer."""
    parts = services(request)
    found = _GRANT.fullmatch(grant)
    if found is None:
        raise LinkExpired
    query = f"{EXPIRES}={found[1]}&{SIGNATURE}={found[2]}"
    parts.links.verify(request.method, _path(key, name), query, now_ms=parts.clock())
    record = parts.print_jobs.printable(int(key))
    if record is None or file_name(record.name, record.blob) != name:
        raise NotFound("The job is over, and its printable was let go.")
    return blob_response(request, parts.blobs, record)


def _path(key: int | str, name: str) -> str:
    """Return what is signed."""
    return f"/print/printables/{key}/{name}"


HANDLERS: Final = [get_printable]

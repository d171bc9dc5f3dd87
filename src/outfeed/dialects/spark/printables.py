"""Where printers fetch what they print: an address of ours that works without a token while the job is not over."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath

from outfeed.blobs.links import Links
from outfeed.errors import NotFound
from outfeed.fleet.records import PrintJob
from outfeed.http.context import Incoming, services
from outfeed.http.ranges import blob_response
from outfeed.http.routing import get_and_head


def printable_address(links: Links, base_url: str, job: PrintJob, *, expires_at_ms: int) -> str:
    """Return the address at which a printer fetches the printable of a job. It works without a token: never log it."""
    path = f"/print/printables/{job.key}/{quote(job.printable_name or 'printable', safe='')}"
    return f"{base_url}{path}?{links.sign('GET', path, expires_at_ms=expires_at_ms, scope={})}"


@get_and_head("/print/printables/{key:str}/{name:str}")
async def get_printable(request: Incoming, key: FromPath[str], name: FromPath[str]) -> Response[Any]:
    """Return what a job prints: whoever has its address is its printer."""
    parts = services(request)
    path = f"/print/printables/{key}/{name}"
    parts.links.verify(request.method, path, request.url.query, now_ms=parts.clock())
    found = parts.print_jobs.printable(int(key))
    if found is None:
        raise NotFound("The job is over, and its printable was let go.")
    return blob_response(request, parts.blobs, found)


HANDLERS: Final = [get_printable]

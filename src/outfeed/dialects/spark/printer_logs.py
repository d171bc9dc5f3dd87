"""Where printers send their logs: an address of ours that works for one command of one printer."""

from typing import Final

from litestar import HttpMethod, route
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.blobs.links import Links
from outfeed.dialects.spark.constants import Operation
from outfeed.dialects.spark.errors import numbered
from outfeed.http.context import Incoming, services
from outfeed.http.streams import stage_body

#: How long a printer may take to send its logs, in milliseconds; a command that is sent again has a new address.
TTL_MS: Final = 24 * 3_600_000
#: The signed name of the printer's number.
_PRINTER: Final = "printer"


def log_address(links: Links, base_url: str, task_id: str, printer_id: int, now: int) -> str:
    """Return the address to which a printer sends its logs. It works without a token: never log it."""
    path = _path(task_id)
    return f"{base_url}{path}?" + links.sign("PUT", path, expires_at_ms=now + TTL_MS, scope={_PRINTER: str(printer_id)})


@route("/print/logs/{task_id:str}", http_method=[HttpMethod.PUT, HttpMethod.POST], status_code=204)
async def put_logs(request: Incoming, task_id: FromPath[str]) -> None:
    """Keep a printer's logs, whatever they are: its token is neither asked for nor looked at."""
    parts = services(request)
    scope = parts.links.verify("PUT", _path(task_id), request.url.query, now_ms=parts.clock())
    printer_id = int(scope[_PRINTER])
    with numbered(Operation.COMMAND):
        await to_thread.run_sync(parts.printer_logs.require, task_id, printer_id)
        staged = await stage_body(request, parts.blobs, parts.settings.max_log_bytes)
        await to_thread.run_sync(parts.printer_logs.keep, task_id, printer_id, staged)


def _path(task_id: str) -> str:
    return f"/print/logs/{task_id}"


#: What the dialect mounts.
HANDLERS: Final = [put_logs]

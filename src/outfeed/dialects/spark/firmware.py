"""What printers call: each call is signed with the printer's own token."""

from functools import partial
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.spark import wire_fleet as wire
from outfeed.dialects.spark.constants import OLD_PRINTER_HEADER, PRINTER_HEADER, Operation
from outfeed.dialects.spark.errors import numbered
from outfeed.errors import PrinterTokenDead
from outfeed.fleet.records import Printer
from outfeed.http.bearer import client_host
from outfeed.http.bodies import Params, read_params
from outfeed.http.context import Incoming, base_url, services

Answer = Response[dict[str, Any]]


@post("/print/printers/registration_code", status_code=200)
async def post_registration_code(request: Incoming) -> Answer:
    """Take a new printer in, or by its token the same one again, and give it a code to be claimed with."""
    parts, token = services(request), _token(request) or None
    if token is None:
        parts.identity.count("printer registration", client_host(request))
    else:
        printer_of(request)
    newcomer = wire.parse_registration(await firmware_params(request))
    register = partial(
        parts.printers.register,
        firmware=newcomer.firmware,
        type_id=newcomer.type_id,
        serial_number=newcomer.serial_number,
        token=token,
        base_url=base_url(request),
    )
    with numbered(Operation.REGISTER):
        told = await to_thread.run_sync(register)
    return Response(wire.registration_json(told, url=f"{base_url(request)}/docs"))


@post("/print/printers/status", status_code=200)
async def post_status(request: Incoming) -> Answer:
    """Keep what a printer says of itself and of its job."""
    printer = printer_of(request)
    report = wire.parse_status(await firmware_params(request))
    keep = partial(services(request).printers.report, printer.id, report, base_url=base_url(request))
    with numbered(Operation.STATUS):
        await to_thread.run_sync(keep)
    return Response({"printer_id": printer.id})


@post("/print/printers/command/{task_id:str}", status_code=204)
async def post_acknowledgement(request: Incoming, task_id: FromPath[str]) -> None:
    """Take a printer's answer to a command; there may be several."""
    printer = printer_of(request)
    report = wire.parse_ack(await firmware_params(request))
    with numbered(Operation.ACK):
        await to_thread.run_sync(services(request).commands.acknowledge, printer, task_id, report)


def printer_of(request: Incoming) -> Printer:
    """
    Return the printer that a request comes from.

    Raises
    ------
    PrinterTokenMissing
        If there is no token.
    PrinterTokenDead
        If no printer has it.
    RateLimited
        If the printer calls too often, or the address with dead tokens.
    """
    parts = services(request)
    try:
        printer = parts.printers.identify(_token(request))
    except PrinterTokenDead:
        parts.identity.count("dead printer", client_host(request))
        raise
    parts.identity.count("printer", str(printer.id))
    return printer


async def firmware_params(request: Incoming) -> Params:
    """Return the fields of what a printer has sent."""
    return await read_params(request, max_bytes=wire.MAX_BODY_BYTES)


def _token(request: Incoming) -> str | None:
    """Return what a printer signs in with; None if it does not. Two of them are joined, and that is nobody's."""
    for name in (PRINTER_HEADER, OLD_PRINTER_HEADER):
        if sent := request.headers.getall(name, []):
            return ", ".join(sent)
    return None


HANDLERS: Final = [post_registration_code, post_status, post_acknowledgement]

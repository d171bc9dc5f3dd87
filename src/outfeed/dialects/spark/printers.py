"""What members call about their printers: each parses, asks, renders."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from litestar import Response, delete, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.spark import wire_fleet as wire
from outfeed.dialects.spark.constants import SCOPES, Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem, numbered
from outfeed.dialects.spark.pages import page_json, parse_page
from outfeed.errors import CodeUnknown, NotFound
from outfeed.fleet.records import Printer
from outfeed.http.bearer import caller_of, client_host
from outfeed.http.bodies import Params, read_params
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller

Answer = Response[dict[str, Any]]

_T = TypeVar("_T")


@get_and_head("/print/printers")
async def get_printers(request: Incoming) -> Answer:
    """Return a page of the caller's printers."""
    caller = await caller_of(request, "data:read")
    page = parse_page(request.url.path, request.query_params.multi_items(), Operation.PRINTER)
    look = partial(services(request).printers.list, caller, limit=page.limit, offset=page.offset)
    found, total = await to_thread.run_sync(look)
    return Response(page_json("printers", [wire.printer_json(printer) for printer in found], total, page))


@get_and_head("/print/printers/{printer_id:str}")
async def get_printer(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Return a printer, with how it is."""
    caller = await caller_of(request, *SCOPES)
    printer = _printer(request, caller, printer_id, Operation.PRINTER)
    return Response(wire.printer_json(printer) | wire.status_json(printer, now=services(request).clock()))


@get_and_head("/print/printers/status/{printer_id:str}")
async def get_status(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Return whether a printer is online, and what it last said."""
    caller = await caller_of(request, *SCOPES)
    printer = _printer(request, caller, printer_id, Operation.STATUS)
    return Response(wire.status_json(printer, now=services(request).clock()))


@get_and_head("/print/printers/{printer_id:str}/members")
async def get_members(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Return a page of those who use a printer."""
    caller = await caller_of(request, *SCOPES)
    number = wire.parse_printer_id(printer_id)
    page = parse_page(request.url.path, request.query_params.multi_items(), Operation.PRINTER)
    with numbered(Operation.PRINTER):
        found, total = services(request).printers.members(caller, number, limit=page.limit, offset=page.offset)
    return Response(page_json("members", [wire.member_json(member) for member in found], total, page))


@post("/print/printers/register", status_code=200)
async def post_register(request: Incoming) -> Answer:
    """Claim a printer by the code that it shows, or join those who use it by the code that its owner has sent."""
    caller = await caller_of(request, *SCOPES)
    code, name = wire.parse_claim(await _params(request), caller.principal_id)
    parts, host = services(request), client_host(request)

    def claim() -> Printer:
        with parts.identity.guessing("registration code", caller.principal_id, host):
            return parts.printers.claim(caller, code, name)

    try:
        printer = await to_thread.run_sync(claim)
    except CodeUnknown as error:
        raise Problem(400, caller_code(Operation.REGISTER, Reason.NOT_FOUND), str(error)) from error
    return Response(wire.claim_json(printer))


@post("/print/printers/{printer_id:str}/secondary_registration", status_code=200)
async def post_secondary_registration(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Invite a user to a printer of the caller's own."""
    caller = await caller_of(request, "data:write")
    number = wire.parse_printer_id(printer_id, Operation.REGISTER)
    email = wire.parse_invitation(await _params(request))
    with numbered(Operation.REGISTER):
        code = await to_thread.run_sync(services(request).printers.invite, caller, number, email)
    return Response(wire.invitation_json(number, code, email))


@post("/print/printers/{printer_id:str}/member_role", status_code=200)
async def post_member_role(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Say what a member may do with a printer of the caller's own."""
    caller = await caller_of(request, *SCOPES)
    number = wire.parse_printer_id(printer_id)
    scopes = wire.parse_scopes(await _params(request))
    change = partial(
        services(request).printers.set_scopes,
        caller,
        number,
        scopes.member_id,
        is_printer_scoped=scopes.is_printer_scoped,
        is_job_scoped=scopes.is_job_scoped,
    )
    member = await _named_in_body(request, caller, number, "The member", Operation.PRINTER, change)
    return Response({"printer_id": number} | wire.member_json(member))


@delete("/print/printers/{printer_id:str}", status_code=204)
async def delete_printer(request: Incoming, printer_id: FromPath[str]) -> None:
    """Take the caller, or by its owner somebody else, off a printer; without its owner it is gone."""
    caller = await caller_of(request, *SCOPES)
    number = wire.parse_printer_id(printer_id)
    # In the query too: where something between has dropped the body, the owner would lose the printer.
    leaving = wire.parse_removal(dict(request.query_params.multi_items()) | await _params(request))
    remove = partial(services(request).printers.remove, caller, number, leaving)
    await _named_in_body(request, caller, number, "The member", Operation.PRINTER, remove)


@post("/print/printers/{printer_id:str}/command", status_code=200)
async def post_command(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Send a printer a command."""
    caller = await caller_of(request, *SCOPES)
    number = wire.parse_printer_id(printer_id, Operation.COMMAND)
    name, fields = wire.parse_command(await _params(request))
    send = partial(services(request).commands.send, caller, number, name, fields)
    command = await _named_in_body(request, caller, number, "The job", Operation.COMMAND, send)
    return Response({"task_id": command.id})


@get_and_head("/print/printers/command/{task_id:str}")
async def get_command(request: Incoming, task_id: FromPath[str]) -> Answer:
    """Return what a printer last said to a command."""
    caller = await caller_of(request, *SCOPES)
    with numbered(Operation.COMMAND):
        return Response(wire.command_json(services(request).commands.get(caller, task_id)))


async def _params(request: Incoming) -> Params:
    return await read_params(request, max_bytes=wire.MAX_BODY_BYTES)


def _printer(request: Incoming, caller: Caller, printer_id: str, operation: Operation) -> Printer:
    number = wire.parse_printer_id(printer_id, operation)
    with numbered(operation):
        return services(request).printers.get(caller, number)


async def _named_in_body(
    request: Incoming, caller: Caller, number: int, named: str, operation: Operation, ask: Callable[[], _T]
) -> _T:
    """Return what is asked; 400 where what the body names is not there, and 404 where that is the printer's number."""
    with numbered(operation):
        try:
            return await to_thread.run_sync(ask)
        except NotFound as error:
            await to_thread.run_sync(services(request).printers.get, caller, number)
            raise Problem(400, caller_code(operation, Reason.NOT_FOUND), f"{named} cannot be found") from error


HANDLERS: Final = [
    get_printers,
    get_printer,
    get_status,
    get_members,
    post_register,
    post_secondary_registration,
    post_member_role,
    delete_printer,
    post_command,
    get_command,
]

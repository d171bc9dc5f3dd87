"""The bodies of the calls about printers, both ways. Pure functions."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from outfeed.dialects.spark.constants import Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.dialects.spark.fields import Fields
from outfeed.dialects.spark.wire import iso
from outfeed.fleet.records import Command, Member, Printer, Report, Role
from outfeed.fleet.registration import Registration
from outfeed.fleet.states import PrintState

#: Bytes of a body that a printer, or a member for it, may send.
MAX_BODY_BYTES: Final = 64 * 1024
#: Characters that `data` may have (the reference page of the acknowledgement).
MAX_DATA: Final = 5000
#: Characters of a name, of a printer's own name for a job, of a command.
_MAX_LABEL: Final = 256
_MAX_JOB_ID: Final = 255
_MAX_COMMAND: Final = 64
_MAX_TYPE_ID: Final = 64

#: States that a printer may tell of a job, by its words; an empty word is none (specs/spark.md, section 8.2).
_TOLD: Final = {
    state.value: state
    for state in (
        PrintState.RECEIVED,
        PrintState.PRINTING,
        PrintState.PAUSED,
        PrintState.CANCELED,
        PrintState.COMPLETED,
        PrintState.FAILED,
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomer:
    """What a printer says when it registers."""

    firmware: str
    #: None: it has not said.
    type_id: str | None
    serial_number: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scopes:
    """What a member of a printer is to be allowed; None: as it is."""

    member_id: str
    is_printer_scoped: bool | None
    is_job_scoped: bool | None


# --- What printers send -----------------------------------------------------------------------------------------------


def parse_registration(params: dict[str, Any]) -> Newcomer:
    """Read the body of `POST printers/registration_code`."""
    fields = Fields(params, Operation.REGISTER)
    return Newcomer(
        firmware=fields.label("firmware", longest=_MAX_LABEL),
        type_id=fields.label("type_id", longest=_MAX_TYPE_ID, default="") or None,
        serial_number=fields.label("serial_number", longest=_MAX_LABEL, default="") or None,
    )


def parse_status(params: dict[str, Any]) -> Report:
    """Read the body of `POST printers/status`: `printer_status` must be there."""
    fields = Fields(params, Operation.STATUS)
    fields.label("printer_status", longest=_MAX_LABEL)
    return parse_report(params, Operation.STATUS)


def parse_ack(params: dict[str, Any]) -> Report:
    """Read the body of `POST printers/command/:task_id`: `progress` must be there."""
    report = parse_report(params, Operation.ACK)
    if report.progress is None:
        raise Problem(400, caller_code(Operation.ACK, Reason.MISSING), "progress is missing")
    return report


def parse_report(params: dict[str, Any], operation: Operation) -> Report:
    """
    Read what a printer says, of itself or of a job; all of it is kept as it came.

    Raises
    ------
    Problem
        400 if a field has the wrong type, 422 if a share lies beyond 0 to 1, or `data` is too long.
    """
    fields = Fields(params, operation)
    _check_data(fields, params.get("data"))
    job_status = fields.label("job_status", longest=_MAX_LABEL, default="")
    return Report(
        fields=params,
        printer_status=fields.label("printer_status", longest=_MAX_LABEL, default="") or None,
        progress=fields.fraction("progress"),
        error_code=fields.whole("error_code", default=0),
        error_message=_message(fields, params.get("error_message")),
        job_id=fields.label("job_id", longest=_MAX_JOB_ID, default="") or None,
        job_state=_TOLD.get(job_status.lower()),
        job_progress=fields.fraction("job_progress"),
    )


def _message(fields: Fields, sent: Any) -> str | None:
    """Read a text for people, which may have lines."""
    if sent is None or sent == "":
        return None
    if isinstance(sent, bool) or not isinstance(sent, str | int | float):
        raise fields.problem(Reason.INVALID, "error_message should be a string")
    return str(sent)


def _check_data(fields: Fields, data: Any) -> None:
    """Refuse `data` that is longer than the API allows: as the text that it is, or as the shortest JSON of it."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if len(text) > MAX_DATA:
        raise fields.problem(Reason.NOT_MEANINGFUL, f"data has more than {MAX_DATA} characters", status=422)


# --- What members send ------------------------------------------------------------------------------------------------


def parse_printer_id(text: str, operation: Operation = Operation.PRINTER) -> int:
    """Read a printer's number that stands in a path: what is none is not there (404)."""
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise Problem(404, caller_code(operation, Reason.NOT_FOUND), "There is no such printer.")
    return int(text)


def parse_claim(params: dict[str, Any], principal_id: str) -> tuple[str, str]:
    """Read the body of `POST printers/register`: code and name. Who claims does it for themselves."""
    fields = Fields(params, Operation.REGISTER)
    if fields.label("secondary_member_id", default=principal_id) != principal_id:
        message = "secondary_member_id is somebody else: each member registers with a code of their own"
        raise fields.problem(Reason.NOT_MEANINGFUL, message, status=422)
    code = fields.label("registration_code", longest=_MAX_LABEL)
    return code, fields.name("printer_name", longest=_MAX_LABEL, default="")


def parse_invitation(params: dict[str, Any]) -> str:
    """Read the body of `POST printers/:id/secondary_registration`: the address of who is invited."""
    return Fields(params, Operation.REGISTER).text("secondary_member_email")


def parse_scopes(params: dict[str, Any]) -> Scopes:
    """Read the body of `POST printers/:id/member_role`."""
    fields = Fields(params, Operation.PRINTER)
    return Scopes(
        member_id=fields.label("secondary_member_id"),
        is_printer_scoped=fields.choice("is_printer_scoped"),
        is_job_scoped=fields.choice("is_job_scoped"),
    )


def parse_removal(params: dict[str, Any]) -> str | None:
    """Read the body of `DELETE printers/:id`: who goes; None: the caller."""
    return Fields(params, Operation.PRINTER).label("secondary_member_id", default="") or None


def parse_command(params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Read the body of `POST printers/:id/command`: the command's name, and what goes with it."""
    name = Fields(params, Operation.COMMAND).label("command", longest=_MAX_COMMAND)
    return name, {key: value for key, value in params.items() if key != "command"}


# --- What we answer ---------------------------------------------------------------------------------------------------


def registration_json(told: Registration, *, url: str) -> dict[str, Any]:
    """Return what a printer is told when it registers; `url` is what it shows to people, beside the code."""
    body = {"printer_id": told.printer_id, "auth_token": told.token, "registered": told.registered}
    return body | ({"registration_code": told.code, "registration_url": url} if told.code else {})


def claim_json(printer: Printer) -> dict[str, Any]:
    """Return the answer to a member who has claimed a printer."""
    return {"registered": True, "printer_id": printer.id}


def invitation_json(printer_id: int, code: str, email: str) -> dict[str, Any]:
    """Return the code by which one user may join."""
    return {"printer_id": printer_id, "registration_code": code, "secondary_member_email": email}


def printer_json(printer: Printer) -> dict[str, Any]:
    """Return a printer as it stands in lists."""
    return {
        "printer_id": printer.id,
        "printer_name": printer.name,
        "firmware": printer.firmware,
        "type_id": printer.type_id,
        "serial_number": printer.serial_number,
        "is_primary": printer.member is not None and printer.member.role is Role.PRIMARY,
        "printer_last_health": "Online" if printer.online else "Offline",
    }


def status_json(printer: Printer, *, now: int) -> dict[str, Any]:
    """Return how a printer is, with its last report as it came; its registration counts as the first check-in."""
    seen_at = printer.created_at if printer.seen_at is None else printer.seen_at
    return {
        "last_check_in": max(0, now - seen_at),
        "printer_availability": "online" if printer.online else "offline",
        "last_reported_state": dict(printer.report or {}),
    }


def member_json(member: Member) -> dict[str, Any]:
    """Return a user of a printer."""
    return {
        "member_id": member.principal_id,
        "member_name": member.name,
        "member_email": member.email,
        "is_primary": member.role is Role.PRIMARY,
        "is_printer_scoped": member.is_printer_scoped,
        "is_job_scoped": member.is_job_scoped,
    }


def command_json(command: Command) -> dict[str, Any]:
    """Return a command with its last acknowledgement, as it came; before the first, its progress is 0."""
    ack = dict(command.ack or {"progress": 0})
    ours: dict[str, Any] = {
        "task_id": command.id,
        "command": command.command,
        "printer_id": command.printer_id,
        "status_update_time": iso(command.acked_at or command.created_at),
    }
    return ack | ours | ({"file_id": command.file_id} if command.file_id else {})

"""The bodies of the calls about print jobs, both ways. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from outfeed.dialects.spark.constants import Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem
from outfeed.dialects.spark.fields import Fields
from outfeed.dialects.spark.wire import source_of
from outfeed.dialects.spark.wire_fleet import parse_report
from outfeed.errors import InvalidField, MalformedBody
from outfeed.fleet.hosts import MAX_ADDRESS, parse_address
from outfeed.fleet.print_jobs import NewJob, Printable
from outfeed.fleet.records import PrintJob, Report
from outfeed.fleet.states import PrintState
from outfeed.http.bodies import parse_json
from outfeed.library.meshes import Door

Json = dict[str, Any]

#: Characters of a job's name, and of what somebody says of a print.
_MAX_NAME: Final = 256
_MAX_JOB_ID: Final = 255
_MAX_COMMENT: Final = 1024
#: Longest time between two calls about a job's progress, in seconds.
_MAX_INTERVAL_S: Final = 7 * 24 * 3600

#: What members call states beside the API's own words.
_SAID: Final = {"success": PrintState.SUCCESSFUL, "cancelled": PrintState.CANCELED}
#: What a member may say of a print that is over.
_VERDICTS: Final = {
    "success": PrintState.SUCCESSFUL,
    "successful": PrintState.SUCCESSFUL,
    "failed": PrintState.FAILED,
}
#: The API's times have English names of months, whatever the server's language is.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a member writes to a job that is there."""

    #: None: the state stays.
    verdict: PrintState | None
    comment: str | None
    #: None: the data stays.
    data: Mapping[str, Any] | None


# --- What members send ------------------------------------------------------------------------------------------------


def parse_new_job(params: Json) -> NewJob:
    """Read the body of `POST printers/:id/jobs`. Without a printable, the job waits for one."""
    fields = Fields(params, Operation.PRINT_JOB)
    return NewJob(
        printable=_printable(fields),
        name=fields.name("job_name", longest=_MAX_NAME, default=""),
        settings=_settings(fields, params.get("settings")),
        callback_url=_address(fields, "callback_url"),
        callback_interval_s=_interval(fields),
    )


def parse_printable(params: Json) -> Printable:
    """Read the body of `POST jobs/:id/printable`."""
    fields = Fields(params, Operation.PRINT_JOB)
    printable = _printable(fields)
    if printable is None:
        raise fields.problem(Reason.MISSING, "printable_id or printable_url is missing")
    return printable


def parse_printer(params: Json) -> int:
    """Read the body of `POST jobs/:id/printer`."""
    fields = Fields(params, Operation.PRINT_JOB)
    number = fields.whole("printer_id")
    if number < 1:
        raise fields.problem(Reason.NOT_FOUND, f"Printer {number} cannot be found")
    return number


def parse_job_id(params: Json) -> str:
    """Read the body of `PUT printers/:id/jobs`."""
    return Fields(params, Operation.PRINT_JOB).label("job_id")


def parse_callback(params: Json) -> str:
    """Read the body of `POST jobs/:id/register`; whether the address may be called is not looked at."""
    return Fields(params, Operation.PRINT_JOB).label("callback_url", longest=MAX_ADDRESS)


def parse_change(query: Mapping[str, str], body: bytes, params: Json) -> Change:
    """
    Read `PUT jobs/:id`: `status` and `comment` in the query, the member's own data as JSON in the body.

    A form may have the first two as well. An empty text is none (a client sends `?status=&comment=`).
    """
    is_json = body.lstrip()[:1] == b"{"
    given = dict(query) if is_json else {**query, **params}
    fields = Fields(given, Operation.PRINT_JOB)
    said = fields.text("status", default="").lower()
    if said and said not in _VERDICTS:
        raise fields.problem(Reason.INVALID, "status should be success or failed")
    change = Change(verdict=_VERDICTS.get(said), comment=_comment(fields, given), data=params if is_json else None)
    if change.verdict is None and change.data is None:
        raise fields.problem(Reason.MISSING, "status is missing, and there is no JSON object in the body either")
    return change


def _comment(fields: Fields, given: Mapping[str, Any]) -> str | None:
    """Read what a member says of a print, which may have lines."""
    comment = given.get("comment") or None
    if comment is not None and (not isinstance(comment, str) or len(comment) > _MAX_COMMENT or "\0" in comment):
        raise fields.problem(Reason.INVALID, f"comment should be a text of up to {_MAX_COMMENT} characters")
    return comment


def parse_states(query: Iterable[tuple[str, str]]) -> frozenset[PrintState]:
    """Read the states that a list is asked for: with commas between them, or one by one; none: all."""
    words = [
        word.strip().lower() for name, value in query if name in {"status", "status[]"} for word in value.split(",")
    ]
    return frozenset(_state(word) for word in words if word)


def _state(word: str) -> PrintState:
    if word in _SAID:
        return _SAID[word]
    try:
        return PrintState(word)
    except ValueError as error:
        known = ", ".join(state.value for state in PrintState)
        raise Problem(
            400, caller_code(Operation.PRINT_JOB, Reason.INVALID), f"status should be some of {known}"
        ) from error


def _printable(fields: Fields) -> Printable | None:
    """Read what shall be printed: a file, an object, or an address that the printer fetches it from by itself."""
    file_id, url = fields.label("printable_id", longest=MAX_ADDRESS, default=""), _address(fields, "printable_url")
    if file_id and url:
        raise fields.problem(Reason.INVALID, "printable_id and printable_url are two printables: give one")
    if not file_id:
        return Printable(url=url) if url else None
    source = source_of(file_id, fields, "printable_id")
    if source.door is Door.OSS:
        return Printable(object_=(source.bucket, source.name))
    return Printable(file_id=source.name)


def _address(fields: Fields, name: str) -> str | None:
    """Read an address of a web server; None where there is none."""
    text = fields.label(name, longest=MAX_ADDRESS, default="")
    if not text:
        return None
    try:
        parse_address(text)
    except InvalidField as error:
        raise fields.problem(
            Reason.INVALID, f"{name} should be an address that begins with http:// or https://"
        ) from error
    return text


def _settings(fields: Fields, value: Any) -> Mapping[str, Any] | None:
    """Read settings: an object, or its JSON as text, as forms have it."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = parse_json(value.encode())
        except MalformedBody as error:
            raise fields.problem(Reason.INVALID, "settings should be a JSON object") from error
    if not isinstance(value, dict):
        raise fields.problem(Reason.INVALID, "settings should be a JSON object")
    return value


def _interval(fields: Fields) -> int | None:
    """Read the time between two calls about a job's progress, in seconds; 0 is none."""
    seconds = fields.whole("callback_interval", default=0)
    if not 0 <= seconds <= _MAX_INTERVAL_S:
        raise fields.problem(
            Reason.NOT_MEANINGFUL, f"callback_interval should be 0 to {_MAX_INTERVAL_S} seconds", status=422
        )
    return seconds or None


# --- What printers send -----------------------------------------------------------------------------------------------


def parse_local_job(params: Json) -> tuple[Report, str]:
    """Read the body of `POST printers/jobs`: what the printer says of a job of its own, and the job's name."""
    fields = Fields(params, Operation.PRINT_JOB)
    fields.label("job_id", longest=_MAX_JOB_ID)
    return parse_report(params, Operation.PRINT_JOB), fields.label("job_name", longest=_MAX_NAME, default="")


# --- What we answer ---------------------------------------------------------------------------------------------------


def job_json(job: PrintJob) -> Json:
    """
    Return a job as it stands in lists, and by itself.

    `job_status` is what the printer last said of it, as it came; its own `job_status` is the state that we know, since
    members too change it.
    """
    body: Json = {
        "job_id": job.id,
        "printer_id": job.printer_id,
        "member_id": job.owner_id,
        "job_name": job.name,
        "status": job.state.value,
        "job_status": {"job_progress": 0} | dict(job.report or {}) | {"job_id": job.id, "job_status": job.state.value},
        "job_date_time": long_date(job.created_at),
        "job_status_time": long_date(job.changed_at),
        "local_job": job.local,
    }
    if job.settings is not None:
        body["settings"] = dict(job.settings)
    if job.comment:
        body["job_comment"] = job.comment
    if job.custom_data is not None:
        body["job_custom_data"] = job.custom_data
    return body


def place_json(job: PrintJob) -> Json:
    """Return where a job stands: the answer to the calls that make and move it."""
    return {"printer_id": job.printer_id, "job_id": job.id, "status": job.state.value}


def long_date(time_ms: int) -> str:
    """Return a time as the calls about jobs write it: `April 02, 2015 07:33:37`, of UTC."""
    time = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{_MONTHS[time.month - 1]} {time:%d, %Y %H:%M:%S}"

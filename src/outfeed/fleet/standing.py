"""
How a printer stands: what it says of itself, and what follows from that for its prints.

A printer tells how it is in its statuses, and of its prints in statuses and in acknowledgements. Here is decided
whether it can begin a print, what the end of a print says of it, and whether it rests.
"""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from outfeed.fleet import job_queries as queries
from outfeed.fleet.printer_queries import report_of, update_printer
from outfeed.fleet.records import PrintJob, Report
from outfeed.fleet.states import PrintState

#: What a printer says of itself when it has nothing to do.
IDLE: Final = "ready"
#: What it says while it prints. It may have said anything: a list has no hash.
AT_WORK: Final = ("printing", "paused")
_BEGUN: Final = (PrintState.PRINTING, PrintState.PAUSED)
#: What it says of itself when it cannot begin another job.
_NOT_READY: Final = (*AT_WORK, "maintenance", "error", "busy")
#: A status that says "printing" so soon after the end of that print was on its way when it ended, in milliseconds. One
#: that comes later is the truth: a printer may take its time to come to rest.
LATE_MS: Final = 5_000
#: How an Ember calls what it does, in the data of its status, while it fetches a print and unpacks it: it may say that
#: it is ready then, and names no job (ember-firmware, `PrinterStatus.cpp`, `SparkStatus.cpp`).
_FETCHING: Final = ("Downloading", "Loading")


def hindrance(connection: sa.Connection, printer_id: int) -> str | None:
    """
    Return why a printer cannot begin a print now, or None: as far as is known, it can.

    What it last said counts, however long ago that was.
    """
    if queries.is_held(connection, printer_id):
        return "One of its jobs is not over."
    said = (report_of(connection, printer_id) or {}).get("printer_status")
    return f"It says that it is {said}." if said in _NOT_READY else None


def follow_end(connection: sa.Connection, job: PrintJob, *, was: PrintState, now: int) -> None:
    """
    Let a printer stand as it said when its print ended, where its status says that it goes on; the next one rules.

    An acknowledgement may end a print long before the next status, and a status may be overtaken by it on its way.
    `was` is the state of the job before. A status that names no job is of this one if the printer had begun it, and has
    told its end just now.
    """
    if job.printer_id is None or job.ended_at is None or now - job.ended_at >= LATE_MS:
        return
    said = report_of(connection, job.printer_id) or {}
    named = said.get("job_id")
    has_made_it = was in _BEGUN or job.state is PrintState.COMPLETED
    is_of_it = named == job.id or (not named and has_made_it and was is not job.state)
    if is_of_it and said.get("printer_status") in AT_WORK:
        update_printer(connection, job.printer_id, report=_after(job))


def is_at_rest(report: Report) -> bool:
    """Tell whether a status is of a printer that does nothing: neither prints nor fetches what it shall print."""
    return report.printer_status == IDLE and not _activity(report).startswith(_FETCHING)


def tells_what_it_does(report: Report) -> bool:
    """Tell whether a status says more of what the printer does than the API's words do."""
    return bool(_activity(report))


def _activity(report: Report) -> str:
    """Return what a printer says that it does, in words of its own; empty where it does not."""
    data = report.fields.get("data")
    said = data.get("ui_sub_state") if isinstance(data, Mapping) else None
    return said if isinstance(said, str) else ""


def _after(job: PrintJob) -> dict[str, Any]:
    """Return the status that follows from the last word on a print; its `progress` was of a command."""
    said = {name: value for name, value in (job.report or {}).items() if name != "progress"}
    status = said.get("printer_status")
    # It can only have been of the print that is over, or nothing was said.
    is_stale = not isinstance(status, str) or status in ("", *AT_WORK)
    return said | {
        "printer_status": IDLE if is_stale else status,
        "job_id": job.id,
        "job_status": job.state.value,
    }

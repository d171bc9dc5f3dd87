"""What the fleet is made of, as its parts hand it to each other and to the doors. Times are milliseconds since 1970."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from outfeed.fleet.states import PrintState

#: The command that starts a print. Its task has the id of the job: printers use either (specs/spark.md, section 9.2).
PRINT: Final = "print_data"


class Role(StrEnum):
    """What a member is to a printer."""

    #: Owns it, and may do everything.
    PRIMARY = "primary"
    #: Was let in by the owner.
    SECONDARY = "secondary"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A user of a printer."""

    principal_id: str
    email: str
    name: str
    role: Role
    #: May send commands to the machine.
    is_printer_scoped: bool
    #: May send commands to jobs of others.
    is_job_scoped: bool
    joined_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Printer:
    """A machine that prints."""

    id: int
    type_id: str
    firmware: str
    serial_number: str | None
    #: Empty until somebody has claimed it.
    name: str
    created_at: int
    #: When it was last heard of; None: not since it was registered.
    seen_at: int | None
    #: What it last said of itself: the fields of its status, as they came.
    report: Mapping[str, Any] | None
    #: By which it calls this server, as its last registration or status had it; what it fetches is told below it.
    base_url: str
    #: Whether it was heard of lately enough.
    online: bool
    #: The caller's own membership, where a caller asked; None for the printer itself.
    member: Member | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """
    What a printer says: a status, or the acknowledgement of a command.

    Printers send numbers as text, and more than the API knows: `fields` is what they have said, the rest what of it is
    understood.
    """

    #: Everything, as it came, for whoever asks; text where a form was sent.
    fields: Mapping[str, Any]
    #: `ready`, `printing`, …; None in an acknowledgement that does not say it.
    printer_status: str | None = None
    #: 0 to 1: of the command; None in a status.
    progress: float | None = None
    #: 0: there is no error.
    error_code: int = 0
    error_message: str | None = None
    #: A printer's own jobs have any text. None: the printer talks of no job.
    job_id: str | None = None
    #: The state of that job; None where the printer's word for it is unknown or there is none.
    job_state: PrintState | None = None
    #: 0 to 1; None where it is not told.
    job_progress: float | None = None

    @property
    def is_end(self) -> bool:
        """Tell whether an acknowledgement ends its command: done, or failed."""
        return self.error_code != 0 or (self.progress is not None and self.progress >= 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What a printer was told to do."""

    #: The task that the printer acknowledges.
    id: str
    printer_id: int
    sender_id: str
    command: str
    #: Key of the print job that it is about, or None.
    job_key: int | None
    #: What the printer gets, whole: `command`, `task_id`, and what belongs to it.
    message: Mapping[str, Any]
    created_at: int
    expires_at: int
    #: When the printer first acknowledged it; None: it is sent again.
    heard_at: int | None
    ended_at: int | None
    #: How many acknowledgements came.
    acks: int
    #: The last one, as it came; None before the first.
    ack: Mapping[str, Any] | None
    acked_at: int | None
    #: Of the file that the printer has sent for it.
    file_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintJob:
    """What somebody prints, or a printer prints by itself."""

    #: Ours: nobody sees it.
    key: int
    #: A UUID, or whatever the printer calls a job that it has begun itself.
    id: str
    #: None: it has no printer yet, or its printer is gone.
    printer_id: int | None
    owner_id: str
    state: PrintState
    local: bool
    name: str
    printable_blob: str | None
    printable_name: str | None
    printable_url: str | None
    settings: Mapping[str, Any] | None
    #: What the printer last said of it, as it came.
    report: Mapping[str, Any] | None
    custom_data: Any
    comment: str | None
    callback_url: str | None
    callback_interval_s: int | None
    #: `asked`, `supported` or `refused`; None: there is none.
    callback_state: str | None
    called_back_at: int | None
    created_at: int
    changed_at: int
    queued_at: int | None
    sent_at: int | None
    ended_at: int | None
    #: When a status of its printer last named it; None: none has.
    named_at: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintableFile:
    """What a printer fetches for a job."""

    name: str
    #: SHA-256 of its bytes, as hex.
    blob: str
    #: In bytes.
    size: int
    #: When the job was made: its printable never changes under the same address.
    modified_at: int
    content_type: str = "application/octet-stream"
    #: Not known here: printers have the address alone.
    sha1: str = ""

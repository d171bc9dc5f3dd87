"""Bodies of the calls about printers, as they are documented."""

from typing import Any

import pytest

from outfeed.dialects.spark import wire_fleet as wire
from outfeed.dialects.spark.constants import Operation
from outfeed.dialects.spark.errors import Problem
from outfeed.dialects.spark.pages import page_json, parse_page
from outfeed.fleet.records import Command, Member, Printer, Role
from outfeed.fleet.registration import Registration
from outfeed.fleet.states import PrintState
from unit.printer_door import golden
from unit.printer_site import KNOWN

NOON = 1_767_268_800_000


def a_member(**changes: Any) -> Member:
    """Return the owner of a printer."""
    facts: dict[str, Any] = {
        "principal_id": "5c0d1f6e-8a44-4b8a-9d6c-0a3b7f2e9c11",
        "email": "bob@example.com",
        "name": "bob@example.com",
        "role": Role.PRIMARY,
        "is_printer_scoped": True,
        "is_job_scoped": True,
        "joined_at": NOON,
    }
    return Member(**facts | changes)


def a_printer(**changes: Any) -> Printer:
    """Return a printer that was registered at noon."""
    facts: dict[str, Any] = {
        "id": 3,
        "type_id": KNOWN,
        "firmware": "1.0",
        "serial_number": None,
        "name": "Ember",
        "created_at": NOON,
        "seen_at": None,
        "report": None,
        "base_url": "http://us",
        "online": False,
        "member": a_member(),
    }
    return Printer(**facts | changes)


def a_command(**changes: Any) -> Command:
    """Return a command to a printer."""
    facts: dict[str, Any] = {
        "id": "0f6f8a52-6b5f-4e43-a8d9-3f0b6d0c7f21",
        "printer_id": 3,
        "sender_id": "ann",
        "command": "home",
        "job_key": None,
        "message": {},
        "created_at": NOON - 1000,
        "expires_at": NOON + 1000,
        "heard_at": None,
        "ended_at": None,
        "acks": 0,
        "ack": None,
        "acked_at": None,
        "file_id": None,
    }
    return Command(**facts | changes)


def test_a_registration_looks_as_documented() -> None:
    shown = golden("printer_registered.json")
    told = Registration(printer_id=3, code=shown["registration_code"], token=shown["auth_token"], registered=False)

    assert shown == wire.registration_json(told, url="http://printers.example.com/docs")


def test_a_page_of_printers_looks_as_documented() -> None:
    page = parse_page("/api/v1/print/printers", [("limit", "1")], Operation.PRINTER)

    assert golden("printers.json") == page_json("printers", [wire.printer_json(a_printer())], 2, page)


def test_a_printer_that_is_shared_and_online_says_so() -> None:
    shown = wire.printer_json(a_printer(online=True, member=a_member(role=Role.SECONDARY)))

    assert (False, "Online") == (shown["is_primary"], shown["printer_last_health"])


def test_a_status_looks_as_documented() -> None:
    shown = golden("printer_status.json")
    printer = a_printer(seen_at=NOON, online=True, report=shown["last_reported_state"])

    assert shown == wire.status_json(printer, now=NOON + 12_000)


def test_a_printer_that_has_never_called_checked_in_when_it_registered() -> None:
    shown = wire.status_json(a_printer(), now=NOON + 5)

    assert {"last_check_in": 5, "printer_availability": "offline", "last_reported_state": {}} == shown


def test_a_member_looks_as_documented() -> None:
    member = a_member(role=Role.SECONDARY, is_job_scoped=False)

    assert golden("printer_member.json") == {"printer_id": 3} | wire.member_json(member)


def test_a_command_looks_as_documented() -> None:
    ack = {"progress": 1, "printer_status": "ready", "data": {"state": "completed"}, "command": "lie"}

    assert golden("command_status.json") == wire.command_json(a_command(ack=ack, acked_at=NOON))


def test_a_command_that_brought_a_file_names_it() -> None:
    assert "f-1" == wire.command_json(a_command(file_id="f-1"))["file_id"]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("received", PrintState.RECEIVED),
        ("Printing", PrintState.PRINTING),
        ("canceled", PrintState.CANCELED),
        ("", None),
        ("queued", None),
        ("successful", None),
        ("melting", None),
    ],
)
def test_a_printer_tells_states_that_are_its_own_to_tell(word: str, state: PrintState | None) -> None:
    assert state is wire.parse_report({"job_status": word}, Operation.ACK).job_state


def test_a_report_is_understood_and_kept_as_it_came() -> None:
    said = {"progress": "1", "error_code": "500", "error_message": 7, "job_id": 123, "job_progress": "", "new": [1]}
    report = wire.parse_report(said, Operation.ACK)

    assert said == report.fields
    assert (1.0, 500, "7", "123", None, True) == (
        report.progress,
        report.error_code,
        report.error_message,
        report.job_id,
        report.job_progress,
        report.is_end,
    )


@pytest.mark.parametrize("text", ["0", "-1", "058", "58.0", "x", "", "٣", "9" * 19, "1\n"])
def test_what_is_no_number_is_no_printer(text: str) -> None:
    with pytest.raises(Problem) as refused:
        wire.parse_printer_id(text)

    assert (404, 125002) == (refused.value.status, refused.value.number)

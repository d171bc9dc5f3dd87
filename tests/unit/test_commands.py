"""Commands: kept until they are heard, sent again until then, done once."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from outfeed.bayeux import Limits
from outfeed.errors import NotAllowed, NotFound, NotMeaningful
from outfeed.fleet.commands import MAX_MESSAGE_BYTES, MAX_WAITING_BYTES, MOST_WAITING
from outfeed.fleet.notes import Note, What
from outfeed.fleet.states import PrintState
from unit.fleet_site import FleetSite, a_fleet, a_report, once_at

S = PrintState


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetSite]:
    with a_fleet(tmp_path) as site:
        yield site


def waiting(fleet: FleetSite, printer_id: int = 1) -> list[str]:
    """Return the names of the commands that a printer would be sent now."""
    return [delivery.command.command for delivery in fleet.commands.deliveries([printer_id])]


def test_a_command_waits_until_its_printer_has_heard_it(fleet: FleetSite) -> None:
    command = fleet.commands.send(fleet.ann, 1, "calibrate", {"axis": "z", "task_id": "mine", "command": "other"})

    assert command.message == {"axis": "z", "command": "calibrate", "task_id": command.id}
    assert fleet.notes == [Note(What.COMMAND, 1, command.id)]
    assert waiting(fleet) == ["calibrate"]
    fleet.commands.acknowledge(fleet.printer(), command.id, a_report(progress=0.0))
    assert waiting(fleet) == []


def test_commands_wait_in_the_order_in_which_they_were_given(fleet: FleetSite) -> None:
    names = [f"step-{number}" for number in range(20)]
    for name in names:
        fleet.commands.send(fleet.ann, 1, name, {})

    assert waiting(fleet) == names


def test_the_last_of_many_acknowledgements_is_kept_as_it_came(fleet: FleetSite) -> None:
    """An end stays the end; what comes after it is kept too, for a print is told on its command's task."""
    command = fleet.commands.send(fleet.ann, 1, "home", {})
    words: list[dict[str, Any]] = [
        {"progress": 0.0, "data": {"state": "received"}},
        {"progress": 1.0, "data": {"state": "completed"}},
        {"progress": 0.25, "data": '{"as": "text"}', "unknown": [1]},
    ]
    for word in words:
        fleet.clock.now += 1000
        fleet.commands.acknowledge(fleet.printer(), command.id, a_report(**word))

    found = fleet.commands.get(fleet.ann, command.id)
    assert (words[2], 3) == (found.ack, found.acks)
    assert [1000, 2000, 3000] == [
        at - command.created_at for at in (found.heard_at, found.ended_at, found.acked_at) if at is not None
    ]
    assert fleet.printer().seen_at == found.acked_at


def test_a_command_is_nobody_elses(fleet: FleetSite) -> None:
    command = fleet.commands.send(fleet.ann, 1, "home", {})

    with pytest.raises(NotFound):
        fleet.commands.get(fleet.bob, command.id)
    with pytest.raises(NotFound):
        fleet.commands.send(fleet.bob, 1, "home", {})
    with pytest.raises(NotFound):
        fleet.commands.acknowledge(fleet.printer(2), command.id, a_report(progress=1.0))
    with pytest.raises(NotFound):
        fleet.commands.acknowledge(fleet.printer(), "6ace3ef1-2fa0-4231-8288-0c64d7481e08", a_report(progress=1.0))


def test_members_need_the_scope_of_a_command(fleet: FleetSite) -> None:
    fleet.add_member(fleet.bob, 1, "secondary")
    job = fleet.job()
    for name in ("reset", "firmware_upgrade", "dance"):
        with pytest.raises(NotAllowed):
            fleet.commands.send(fleet.bob, 1, name, {})
    with pytest.raises(NotAllowed):
        fleet.commands.send(fleet.bob, 1, "pause", {})
    with pytest.raises(NotFound):
        fleet.commands.send(fleet.bob, 1, "pause", {"job_id": job.id})
    with pytest.raises(NotMeaningful):
        fleet.commands.send(fleet.ann, 1, "print_data", {"file_url": "http://elsewhere.test"})


def test_unheard_commands_are_due_again_and_the_time_doubles(fleet: FleetSite) -> None:
    command = fleet.commands.send(fleet.ann, 1, "home", {})
    assert fleet.commands.due([1, 2]) == {1: set()}
    for wait_s in (15, 30, 60):
        fleet.commands.sent([command.id])
        fleet.clock.now += 1000 * wait_s - 1
        assert fleet.commands.due([1, 2]) == {1: set()}
        fleet.clock.now += 1
        assert fleet.commands.due([1, 2]) == {1: {command.id}}

    fleet.commands.acknowledge(fleet.printer(), command.id, a_report(progress=1.0))
    assert fleet.commands.due([1, 2]) == {}


def test_what_was_never_sent_is_found_where_its_printer_is_online(fleet: FleetSite) -> None:
    """Its process was killed between the commit and the note."""
    command = fleet.commands.send(fleet.ann, 1, "home", {})
    fleet.clock.now += 16_000
    assert fleet.commands.strays() == []
    other = fleet.commands.send(fleet.ann, 1, "reset", {})
    fleet.commands.acknowledge(fleet.printer(), other.id, a_report(progress=1.0))
    assert fleet.commands.strays() == [1]

    fleet.commands.sent([command.id])
    assert fleet.commands.strays() == []


def test_a_command_that_is_never_heard_ends_and_its_print_has_failed(fleet: FleetSite) -> None:
    job, command = fleet.job(), fleet.commands.send(fleet.ann, 1, "home", {})
    assert fleet.commands.expire() == 0
    fleet.clock.now += 24 * 3_600_000

    assert fleet.commands.expire() == 2

    assert waiting(fleet) == []
    assert fleet.state(job) is S.FAILED
    assert fleet.commands.get(fleet.ann, command.id).heard_at is None


def test_a_job_that_no_printer_has_seen_is_cancelled_here(fleet: FleetSite) -> None:
    """Sent later, such a `cancel` would hit the job after it."""
    running, queued = fleet.job(), fleet.job()

    commands = [fleet.commands.send(fleet.ann, 1, "cancel", {"job_id": job.id}) for job in (queued, running)]

    assert [S.CANCELED, S.CANCELED] == [fleet.state(job) for job in (running, queued)]
    assert waiting(fleet) == []
    assert [1, 1] == [command.ack["progress"] for command in commands if command.ack]


def test_a_job_that_may_have_reached_its_printer_is_cancelled_by_it(fleet: FleetSite) -> None:
    job = fleet.job()
    fleet.commands.sent([job.id])

    cancel = fleet.commands.send(fleet.ann, 1, "cancel", {})

    assert cancel.message["job_id"] == job.id
    assert waiting(fleet) == ["print_data", "cancel"]
    assert fleet.state(job) is S.SENT
    fleet.commands.acknowledge(fleet.printer(), cancel.id, a_report(progress=1.0, printer_status="ready"))
    assert fleet.state(job) is S.CANCELED
    assert waiting(fleet) == []


def test_what_its_job_has_outlived_is_not_sent(fleet: FleetSite) -> None:
    job = fleet.job()
    fleet.commands.acknowledge(fleet.printer(), job.id, a_report(progress=0.0, job_status="received"))
    fleet.commands.send(fleet.ann, 1, "pause", {})
    fleet.says(job.id, "completed")

    assert waiting(fleet) == []
    with pytest.raises(NotMeaningful):
        fleet.commands.send(fleet.ann, 1, "pause", {"job_id": job.id})


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ([{"progress": 0.0}], S.RECEIVED),
        ([{"progress": 0.0, "job_status": "received"}, {"progress": 1.0, "job_status": "received"}], S.RECEIVED),
        ([{"progress": 0.02, "job_status": "printing"}], S.PRINTING),
        ([{"progress": 1.0, "error_code": 500, "job_status": "failed"}], S.FAILED),
        ([{"progress": 1.0, "error_code": 500}], S.FAILED),
    ],
)
def test_the_acknowledgement_of_a_print_moves_its_job(
    fleet: FleetSite, words: list[dict[str, Any]], state: PrintState
) -> None:
    job = fleet.job()
    for word in words:
        fleet.commands.acknowledge(fleet.printer(), job.id, a_report(**word))

    assert fleet.state(job) is state


@pytest.mark.parametrize(
    ("command", "word", "state"),
    [
        ("pause", {"progress": 0.0}, S.PRINTING),
        ("pause", {"progress": 1.0}, S.PAUSED),
        ("pause", {"progress": 0.4, "job_status": "paused"}, S.PAUSED),
        ("pause", {"progress": 1.0, "error_code": 500}, S.PRINTING),
        ("cancel", {"progress": 1.0}, S.CANCELED),
        ("cancel", {"progress": 1.0, "error_code": 400, "printer_status": "ready"}, S.CANCELED),
        ("cancel", {"progress": 1.0, "error_code": 400, "printer_status": "busy"}, S.PRINTING),
    ],
)
def test_the_acknowledgement_of_a_command_to_a_job_moves_it(
    fleet: FleetSite, command: str, word: dict[str, Any], state: PrintState
) -> None:
    job = fleet.job()
    fleet.says(job.id, "printing")

    sent = fleet.commands.send(fleet.ann, 1, command, {"job_id": job.id})
    fleet.commands.acknowledge(fleet.printer(), sent.id, a_report(**word))

    assert fleet.state(job) is state


def test_waiting_commands_and_their_length_are_bounded(fleet: FleetSite) -> None:
    with pytest.raises(NotMeaningful):
        fleet.commands.send(fleet.ann, 1, "settings", {"settings": "x" * MAX_MESSAGE_BYTES})
    for _ in range(MOST_WAITING):
        fleet.commands.send(fleet.ann, 1, "home", {})
    with pytest.raises(NotMeaningful):
        fleet.commands.send(fleet.ann, 1, "home", {})


def test_all_that_waits_for_a_printer_fits_into_a_session(fleet: FleetSite) -> None:
    """Else its session ended each time that it came back, and it was sent nothing for a day."""
    long = {"settings": "x" * (MAX_MESSAGE_BYTES - 200)}
    for _ in range(MAX_WAITING_BYTES // MAX_MESSAGE_BYTES + 1):
        fleet.commands.send(fleet.ann, 1, "settings", long)
    with pytest.raises(NotMeaningful):
        fleet.commands.send(fleet.ann, 1, "home", {})

    found = fleet.commands.deliveries([1])
    chars = sum(len(json.dumps(dict(delivery.command.message))) for delivery in found)
    assert MAX_WAITING_BYTES < chars < MAX_WAITING_BYTES + MAX_MESSAGE_BYTES
    assert 2 * chars < Limits().max_queue_chars  # sent twice, before the client takes either
    assert 2 * MOST_WAITING < Limits().max_queue


def test_a_print_that_was_withdrawn_before_it_left_does_not_leave(fleet: FleetSite) -> None:
    """Its member was told that it is cancelled."""
    job = fleet.job()
    assert waiting(fleet) == ["print_data"]
    fleet.commands.send(fleet.ann, 1, "cancel", {"job_id": job.id})

    assert fleet.commands.sent([job.id]) == set()


def test_a_printer_that_goes_while_its_commands_are_looked_up_is_sent_nothing(fleet: FleetSite) -> None:
    """And the others are sent theirs."""
    fleet.job()
    fleet.commands.send(fleet.bob, 2, "home", {})

    def go() -> None:
        fleet.services.printers.remove(fleet.ann, 1)

    once_at(fleet.services.database, "SELECT print_jobs.", go)

    assert [2] == [delivery.command.printer_id for delivery in fleet.commands.deliveries([1, 2])]


def test_any_number_of_commands_is_noted_as_sent(fleet: FleetSite) -> None:
    """While the database is busy they gather, and one statement of SQLite takes so many values and no more."""
    command = fleet.commands.send(fleet.ann, 1, "home", {})
    database = fleet.services.database
    database.dispose()
    sa.event.listen(database, "connect", lambda raw, _: raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 2_000))

    fleet.commands.sent([*(str(number) for number in range(5_000)), command.id])

    fleet.clock.now += 15_000
    assert fleet.commands.due([1]) == {1: {command.id}}


def test_a_clock_that_was_set_back_delays_nothing(fleet: FleetSite) -> None:
    command = fleet.commands.send(fleet.ann, 1, "home", {})
    fleet.commands.sent([command.id])

    fleet.clock.now -= 3_600_000

    assert fleet.commands.due([1]) == {1: {command.id}}


def test_what_waits_for_a_job_ends_with_it(fleet: FleetSite) -> None:
    """A print that was never heard fails, and nothing is left to cancel."""
    job = fleet.job()
    fleet.commands.sent([job.id])
    fleet.clock.now += 23 * 3_600_000
    cancel = fleet.commands.send(fleet.ann, 1, "cancel", {})
    fleet.clock.now += 3_600_000

    assert 1 == fleet.commands.expire()

    assert S.FAILED is fleet.state(job)
    assert fleet.clock.now == fleet.commands.get(fleet.ann, cancel.id).ended_at
    assert {} == fleet.commands.due([1])
    assert [] == fleet.commands.strays()


def test_an_answer_that_comes_again_does_not_pause_what_was_resumed(fleet: FleetSite) -> None:
    """A printer that got no answer to its acknowledgement sends it once more."""
    job = fleet.job()
    fleet.says(job.id, "printing")
    pause = fleet.commands.send(fleet.ann, 1, "pause", {})
    fleet.commands.acknowledge(fleet.printer(), pause.id, a_report(progress=1.0))
    resume = fleet.commands.send(fleet.ann, 1, "resume", {})
    fleet.commands.acknowledge(fleet.printer(), resume.id, a_report(progress=1.0))

    fleet.commands.acknowledge(fleet.printer(), pause.id, a_report(progress=1.0))

    assert S.PRINTING is fleet.state(job)

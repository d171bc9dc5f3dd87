"""How a printer stands after its print has ended, by whichever way it has told of that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outfeed.database import writing
from outfeed.fleet.printer_queries import update_printer
from outfeed.fleet.records import PrintJob
from outfeed.fleet.registration import digest_of
from outfeed.fleet.standing import LATE_MS
from outfeed.fleet.states import PrintState
from unit.fleet_site import FleetSite, a_fleet, a_report

S = PrintState
TOKEN = "t" * 43


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetSite]:
    with a_fleet(tmp_path) as site:
        with writing(site.services.database) as connection:
            update_printer(connection, 1, token_digest=digest_of(TOKEN))
        yield site


def status(fleet: FleetSite, printer_status: str, **fields: Any) -> None:
    """Let printer 1 say how it is."""
    report = a_report(printer_status=printer_status, **fields)
    fleet.services.printers.report(1, report, base_url="http://us")


def acknowledge(fleet: FleetSite, task_id: str, progress: float, **fields: Any) -> None:
    fleet.commands.acknowledge(fleet.printer(), task_id, a_report(progress=progress, **fields))


def said(fleet: FleetSite) -> dict[str, Any]:
    """Return what the server says that printer 1 last said."""
    return dict(fleet.services.printers.get(fleet.ann, 1).report or {})


def a_print(fleet: FleetSite) -> PrintJob:
    """Return a job that printer 1 prints, and says so."""
    job = fleet.job()
    acknowledge(fleet, job.id, 0, job_status="received")
    status(fleet, "printing", job_id=job.id, job_status="printing", job_progress=0.5, data={"layer": 25})
    return job


@pytest.mark.parametrize("word", ["completed", "canceled", "failed"])
def test_the_next_print_starts_as_soon_as_an_acknowledgement_has_ended_the_last(fleet: FleetSite, word: str) -> None:
    job = a_print(fleet)
    queued = fleet.job()

    acknowledge(fleet, job.id, 1, job_status=word, job_progress=1, printer_status="ready", data={"layer": 50})

    assert said(fleet) == {
        "printer_status": "ready",
        "job_id": job.id,
        "job_status": word,
        "job_progress": 1,
        "data": {"layer": 50},
    }
    assert S.SENT is fleet.jobs.start(fleet.ann, 1, queued.id).state


@pytest.mark.parametrize(("word", "known"), [(None, "ready"), ("printing", "ready"), ("busy", "busy"), (7, "ready")])
def test_what_a_printer_says_of_itself_at_the_end_of_a_print_counts_unless_it_is_of_that_print(
    fleet: FleetSite, word: Any, known: str
) -> None:
    job = a_print(fleet)

    acknowledge(fleet, job.id, 1, job_status="completed", **({"printer_status": word} if word else {}))

    assert known == said(fleet)["printer_status"]


def test_a_cancel_that_speaks_of_no_job_ends_the_one_that_it_is_about(fleet: FleetSite) -> None:
    """So does the vendor's simulator."""
    job = a_print(fleet)
    cancel = fleet.commands.send(fleet.ann, 1, "cancel", {})

    acknowledge(fleet, cancel.id, 1, printer_status="ready", data="{}")

    assert {"printer_status": "ready", "job_id": job.id, "job_status": "canceled", "data": "{}"} == said(fleet)


@pytest.mark.parametrize(
    ("named", "error_code"),
    [({}, 0), ({}, 400), ({"job_status": "received"}, 0), ({"job_id": "local_1", "job_status": "received"}, 0)],
)
def test_a_print_that_waits_for_its_button_is_cancelled_though_its_file_lies_there(
    fleet: FleetSite, named: dict[str, str], error_code: int
) -> None:
    """An Ember names what is loaded: that print, or, if it was reset while it fetched, the one before."""
    job = fleet.job()
    acknowledge(fleet, job.id, 1, job_id=job.id, job_status="received")
    cancel = fleet.commands.send(fleet.ann, 1, "cancel", {"job_id": job.id})
    about = {"job_id": job.id} | named if "job_status" in named else {}

    acknowledge(fleet, cancel.id, 0, printer_status="ready", **about)
    assert S.RECEIVED is fleet.state(job)
    acknowledge(fleet, cancel.id, 1, printer_status="ready", error_code=error_code, **about)

    assert S.CANCELED is fleet.state(job)
    assert S.SENT is fleet.job().state


def test_a_cancel_is_believed_when_the_machine_has_come_to_rest(fleet: FleetSite) -> None:
    """An Ember acknowledges it while it still prints."""
    job = a_print(fleet)
    cancel = fleet.commands.send(fleet.ann, 1, "cancel", {})

    acknowledge(fleet, cancel.id, 1, printer_status="printing", job_id=job.id, job_status="printing")
    assert S.PRINTING is fleet.state(job)
    status(fleet, "busy", job_id=job.id, job_status="canceled")

    assert S.CANCELED is fleet.state(job)


def test_a_cancel_that_came_too_late_leaves_a_print_completed(fleet: FleetSite) -> None:
    job = a_print(fleet)
    cancel = fleet.commands.send(fleet.ann, 1, "cancel", {})

    acknowledge(fleet, cancel.id, 1, printer_status="ready", job_id=job.id, job_status="completed")

    assert S.COMPLETED is fleet.state(job)


def test_a_status_that_was_overtaken_by_the_end_of_its_print_changes_nothing(fleet: FleetSite) -> None:
    job = a_print(fleet)
    acknowledge(fleet, job.id, 1, job_status="completed", printer_status="ready")
    ended = said(fleet)
    fleet.clock.now += LATE_MS - 1

    status(fleet, "printing", job_id=job.id, job_status="printing", job_progress=0.9)

    assert ended == said(fleet)
    assert fleet.clock.now == fleet.printer().seen_at


def test_a_printer_that_goes_on_after_it_has_told_an_end_is_believed(fleet: FleetSite) -> None:
    """It may take its time to come to rest, and refuses what is sent meanwhile."""
    job = a_print(fleet)
    acknowledge(fleet, job.id, 1, job_status="canceled", printer_status="ready")
    fleet.clock.now += LATE_MS

    status(fleet, "printing", job_id=job.id, job_status="printing")

    assert "printing" == said(fleet)["printer_status"]
    assert S.QUEUED is fleet.job().state


@pytest.mark.parametrize(
    "now",
    [
        {"printer_status": "ready", "data": {"temperature": 32}},
        {"printer_status": "printing", "job_id": "local_2", "job_status": "printing"},
        {"printer_status": "busy", "data": {"ui_sub_state": "PrintCompleted"}},
    ],
)
def test_an_end_that_comes_late_does_not_undo_what_a_printer_has_said_since(
    fleet: FleetSite, now: dict[str, Any]
) -> None:
    job = a_print(fleet)
    status(fleet, **now)

    acknowledge(fleet, job.id, 1, job_status="completed", printer_status="ready")

    assert now == said(fleet)


def test_a_printer_that_prints_something_else_still_does_when_it_refuses_a_print(fleet: FleetSite) -> None:
    """Its status names no job."""
    job = fleet.job()
    status(fleet, "printing")

    acknowledge(fleet, job.id, 1, error_code=500, printer_status="printing")

    assert (S.FAILED, {"printer_status": "printing"}) == (fleet.state(job), said(fleet))


def test_a_printer_that_names_no_job_in_its_status_is_ready_when_its_print_is_done(fleet: FleetSite) -> None:
    job = fleet.job()
    status(fleet, "printing")

    acknowledge(fleet, job.id, 1, job_status="completed")

    assert "ready" == said(fleet)["printer_status"]


def test_an_end_that_is_told_twice_does_not_undo_the_beginning_of_the_next_print(fleet: FleetSite) -> None:
    job = a_print(fleet)
    acknowledge(fleet, job.id, 1, job_status="completed", printer_status="ready")
    status(fleet, "printing")

    acknowledge(fleet, job.id, 1, job_status="completed", printer_status="ready")

    assert {"printer_status": "printing"} == said(fleet)


def test_a_print_of_the_printers_own_that_it_tells_the_end_of_frees_it(fleet: FleetSite) -> None:
    status(fleet, "printing", job_id="local_1", job_status="printing")

    fleet.services.reports.begin(fleet.printer(), a_report(job_id="local_1", job_status="completed"), name="")

    assert "ready" == said(fleet)["printer_status"]
    assert S.SENT is fleet.job().state


def test_a_printer_that_registers_again_has_lost_what_it_fetched(fleet: FleetSite) -> None:
    """It was switched off and on: its statuses name no job, and may say nothing of what it does."""
    job = fleet.job()
    acknowledge(fleet, job.id, 0, job_status="received")
    fleet.clock.now += 1
    about: dict[str, Any] = {"firmware": "1.0", "type_id": None, "serial_number": None, "base_url": "http://us"}
    fleet.services.printers.register(token=TOKEN, **about)
    status(fleet, "ready")
    assert S.RECEIVED is fleet.state(job)

    fleet.clock.now += 60_000
    status(fleet, "ready")

    assert S.FAILED is fleet.state(job)

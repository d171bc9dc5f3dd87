"""Print jobs: made, queued, sent, moved, judged; and what their printers say of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outfeed.database import writing
from outfeed.errors import NotAllowed, NotFound, NotMeaningful, PrinterBusy
from outfeed.fleet.job_queries import job_on_printer
from outfeed.fleet.notes import Note, What
from outfeed.fleet.print_jobs import NewJob, Printable
from outfeed.fleet.printer_queries import delete_member, update_printer
from outfeed.fleet.records import PrintJob
from outfeed.fleet.reports import MOST_LOCAL_JOBS, SILENT_MS
from outfeed.fleet.states import BY_PRINTER, ENDED, PrintState, told_by_printer
from outfeed.library.queries import named_blobs
from unit.fleet_site import SOMEWHERE, FleetSite, a_fleet, a_report
from unit.helpers import staged

S = PrintState


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetSite]:
    with a_fleet(tmp_path) as site:
        yield site


def test_a_job_with_printer_and_printable_is_sent_at_once(fleet: FleetSite) -> None:
    """The task of the command that starts a print has the id of the job: printers use either."""
    job = fleet.job(name="bear", settings={"speed": 3})

    assert job.state is S.SENT
    assert fleet.notes == [Note(What.COMMAND, 1, job.id)]
    (delivery,) = fleet.commands.deliveries([1])
    assert delivery.command.message == {
        "command": "print_data",
        "task_id": job.id,
        "job_id": job.id,
        "job_name": "bear",
        "settings": {"speed": 3},
        "file_url": SOMEWHERE.url,
    }


def test_a_job_waits_for_the_one_that_prints_and_is_started_by_its_member(fleet: FleetSite) -> None:
    first, second, third = (fleet.job() for _ in range(3))

    assert [first.state, second.state, third.state] == [S.SENT, S.QUEUED, S.QUEUED]
    with pytest.raises(PrinterBusy, match="One of its jobs is not over"):
        fleet.jobs.start(fleet.ann, 1, second.id)
    fleet.says(first.id, "completed")
    assert fleet.state(second) is S.QUEUED
    assert fleet.jobs.start(fleet.ann, 1, second.id).state is S.SENT
    with pytest.raises(PrinterBusy):
        fleet.jobs.start(fleet.ann, 1, third.id)
    with pytest.raises(NotMeaningful):
        fleet.jobs.start(fleet.ann, 1, first.id)


def test_a_new_job_does_not_overtake_those_that_wait(fleet: FleetSite) -> None:
    first, second = fleet.job(), fleet.job()
    fleet.says(first.id, "completed")

    assert fleet.job().state is S.QUEUED
    assert fleet.state(second) is S.QUEUED


def test_a_job_is_completed_by_giving_it_what_it_lacks(fleet: FleetSite) -> None:
    job = fleet.job(None, printable=None)
    assert job.state is S.CREATED
    assert fleet.jobs.set_printer(fleet.ann, job.id, 1).state is S.CREATED

    assert fleet.jobs.set_printable(fleet.ann, job.id, SOMEWHERE).state is S.SENT

    with pytest.raises(NotMeaningful):
        fleet.jobs.set_printable(fleet.ann, job.id, SOMEWHERE)
    with pytest.raises(NotMeaningful):
        fleet.jobs.set_printer(fleet.ann, job.id, 1)


def test_a_queued_job_moves_to_another_printer_and_begins_there(fleet: FleetSite) -> None:
    fleet.add_member(fleet.ann, 2, "secondary")
    _, job = fleet.job(), fleet.job()

    moved = fleet.jobs.set_printer(fleet.ann, job.id, 2)

    assert (2, S.SENT) == (moved.printer_id, moved.state)
    assert [job.id] == [one.command.id for one in fleet.commands.deliveries([2])]


@pytest.mark.parametrize("old", list(S))
@pytest.mark.parametrize("told", list(S))
def test_an_end_is_an_end_whatever_a_printer_says_later(old: S, told: S) -> None:
    new = told_by_printer(old, told)

    assert new is (told if told in BY_PRINTER.get(old, ()) else old)
    assert old not in ENDED or new is old


def test_late_and_doubled_words_change_nothing(fleet: FleetSite) -> None:
    job = fleet.job()
    for word in ("received", "printing", "received", "paused", "printing", "completed", "printing", "failed"):
        fleet.says(job.id, word, job_progress=0.5)

    assert fleet.state(job) is S.COMPLETED
    assert fleet.told.states == [
        (job.id, state) for state in ("sent", "received", "printing", "printing", "paused", "printing", "completed")
    ]


def test_a_job_lets_go_of_its_printable_when_it_is_over(fleet: FleetSite) -> None:
    """The bytes are kept for the printer, also when the member has deleted the file."""
    services = fleet.services
    staged_file = staged(services.blobs, b"layers")  # type: ignore[arg-type] # the site keeps its blobs in files
    file = services.files.put(fleet.ann, "bear.tar.gz", staged=staged_file, content_type="application/gzip")
    job = fleet.job(printable=Printable(file_id=file.id))
    services.files.delete(fleet.ann, file.id)

    with writing(services.database) as connection:
        assert named_blobs(connection, [file.blob]) == {file.blob}
    fleet.says(job.id, "canceled")
    with writing(services.database) as connection:
        assert named_blobs(connection, [file.blob]) == set()


def test_a_printable_of_somebody_else_is_not_there(fleet: FleetSite) -> None:
    services = fleet.services
    staged_file = staged(services.blobs, b"layers")  # type: ignore[arg-type] # the site keeps its blobs in files
    file = services.files.put(fleet.bob, "bear.tar.gz", staged=staged_file, content_type="application/gzip")

    with pytest.raises(NotFound):
        fleet.job(printable=Printable(file_id=file.id))
    with pytest.raises(NotFound):
        fleet.job(printable=Printable(object_=("bobs", "bear.tar.gz")))


def test_a_printer_begins_jobs_of_its_own_under_any_name(fleet: FleetSite) -> None:
    fleet.says("local_", "printing", data={"job_name": "knob"}, odd="kept")

    job = fleet.jobs.get(fleet.ann, "local_")
    assert (S.PRINTING, True, "knob", fleet.ann.principal_id) == (job.state, job.local, job.name, job.owner_id)
    assert job.report == {"job_id": "local_", "job_status": "printing", "data": {"job_name": "knob"}, "odd": "kept"}
    with pytest.raises(NotFound):
        fleet.jobs.get(fleet.bob, "local_")


@pytest.mark.parametrize("end", ["completed", "canceled", "failed"])
def test_the_next_print_of_one_name_is_another_job_that_holds_its_printer(fleet: FleetSite, end: str) -> None:
    """An Ember calls every print `local` or `local_` that was not given an id."""
    fleet.says("local_", "printing", data={"job_name": "knob"})
    fleet.says("local_", end)
    fleet.clock.now += SILENT_MS - 1
    fleet.says("local_", "printing", printer_status="printing")
    late = fleet.jobs.get(fleet.ann, "local_")
    fleet.clock.now += 1
    fleet.says("local_", "printing", printer_status="printing", data={"job_name": "lid"})
    fleet.says("local_", "paused")

    assert (end, "knob") == (late.state, late.name)
    (new, old), _ = fleet.jobs.list(fleet.ann)
    assert (S.PAUSED, "lid", "local_", fleet.clock.now) == (new.state, new.name, new.id, new.created_at)
    assert (end, "knob", late.key) == (old.state, old.name, old.key)
    assert [new, old] == [fleet.jobs.get(fleet.ann, job.id) for job in (new, old)]
    assert fleet.job().state is S.QUEUED


def test_what_a_printer_says_late_of_a_job_that_is_over_begins_none(fleet: FleetSite) -> None:
    own, local = fleet.job(), "local_"
    for name in (own.id, local):
        fleet.says(name, "completed")
    fleet.clock.now += SILENT_MS
    fleet.says(own.id, "printing", printer_status="printing")
    for printer_status, word in [("printing", "completed"), ("ready", "received"), ("busy", "printing")]:
        fleet.says(local, word, printer_status=printer_status)

    assert fleet.state(own) is S.COMPLETED
    assert fleet.jobs.get(fleet.ann, local).created_at < fleet.clock.now


def test_two_printers_may_have_the_same_name_for_a_job(fleet: FleetSite) -> None:
    fleet.says("local_", "printing", printer_id=1)
    fleet.says("local_", "completed", printer_id=2)

    assert fleet.jobs.get(fleet.ann, "local_").printer_id == 1
    assert fleet.jobs.get(fleet.bob, "local_").printer_id == 2


@pytest.mark.slow
def test_jobs_of_a_printers_own_are_bounded(fleet: FleetSite) -> None:
    """A printer that invents jobs loses its oldest that are over, and can add none where none is."""
    printer = fleet.printer()
    with writing(fleet.services.database) as connection:
        for number in range(MOST_LOCAL_JOBS):
            word = "completed" if number == 7 else "printing"
            fleet.reports.reported(connection, 1, a_report(job_id=f"local_{number}", job_status=word), now=1)

    fleet.reports.begin(printer, a_report(job_id="one more", job_status="printing"), name="")
    with writing(fleet.services.database) as connection:
        assert job_on_printer(connection, 1, "local_7") is None
    with pytest.raises(NotMeaningful):
        fleet.reports.begin(printer, a_report(job_id="too many", job_status="printing"), name="")


def test_a_printer_drops_what_waits_and_nothing_else(fleet: FleetSite) -> None:
    printer, sent, queued = fleet.printer(), fleet.job(), fleet.job()
    found, total = fleet.reports.queue_of(printer, limit=1, offset=1)

    assert ([queued.id], 2) == ([job.id for job in found], total)

    fleet.reports.drop(printer, queued.id)

    assert fleet.state(queued) is S.CANCELED
    with pytest.raises(NotMeaningful):
        fleet.reports.drop(printer, sent.id)
    with pytest.raises(NotFound):
        fleet.reports.drop(fleet.printer(2), sent.id)


def test_members_judge_prints_that_are_over(fleet: FleetSite) -> None:
    job = fleet.job()
    with pytest.raises(NotMeaningful):
        fleet.jobs.judge(fleet.ann, job.id, S.SUCCESSFUL, None)
    fleet.says(job.id, "completed")

    assert fleet.jobs.judge(fleet.ann, job.id, S.SUCCESSFUL, "fine").comment == "fine"
    judged = fleet.jobs.judge(fleet.ann, job.id, S.FAILED, None)
    assert (S.FAILED, "fine") == (judged.state, judged.comment)
    with pytest.raises(NotMeaningful):
        fleet.jobs.judge(fleet.ann, job.id, S.PRINTING, None)


def test_other_members_see_jobs_only_with_a_say_in_them(fleet: FleetSite) -> None:
    job = fleet.job()
    with pytest.raises(NotFound):
        fleet.jobs.list(fleet.bob, printer_id=1)
    fleet.add_member(fleet.bob, 1, "secondary")
    assert fleet.jobs.list(fleet.bob, printer_id=1) == ([], 0)
    with pytest.raises(NotFound):
        fleet.jobs.set_custom_data(fleet.bob, job.id, {})
    own = fleet.jobs.create(fleet.bob, 1, NewJob(printable=SOMEWHERE))

    assert fleet.jobs.list(fleet.bob, printer_id=1) == ([own], 1)
    assert fleet.jobs.list(fleet.ann, printer_id=1, limit=1) == ([own], 2)
    assert fleet.jobs.list(fleet.ann, states=[S.SENT])[0] == [job]


def test_a_printer_that_goes_takes_its_unfinished_jobs_with_it(fleet: FleetSite) -> None:
    done, running = fleet.job(), None
    fleet.says(done.id, "completed")
    running, queued = fleet.job(), fleet.job()

    with writing(fleet.services.database) as connection:
        fleet.reports.printer_gone(connection, 1, now=5)

    assert [S.COMPLETED, S.FAILED, S.FAILED] == [fleet.state(job) for job in (done, running, queued)]


def test_a_job_of_another_member_is_not_started_by_one_without_a_say(fleet: FleetSite) -> None:
    fleet.add_member(fleet.bob, 1, "secondary", job=True)
    first, second = fleet.job(), fleet.job()
    fleet.says(first.id, "completed")
    assert fleet.jobs.start(fleet.bob, 1, second.id).state is S.SENT

    fleet.add_member(fleet.ann, 2, "secondary")
    with pytest.raises(NotAllowed):
        fleet.commands.send(fleet.ann, 2, "reset", {})


def is_ready(fleet: FleetSite, **fields: Any) -> bool:
    """Let printer 1 say that it has nothing to do, and tell whether it had lost a print."""
    report = a_report(printer_status="ready", **fields)
    with writing(fleet.services.database) as connection:
        return fleet.reports.lost(connection, 1, report, now=fleet.clock.now)


@pytest.mark.parametrize("state", ["printing", "paused"])
def test_a_print_that_its_printer_has_forgotten_has_failed_and_others_may_begin(fleet: FleetSite, state: str) -> None:
    """It was switched off: nobody would ever end that job."""
    job, local = fleet.job(), "local_1"
    fleet.says(local, "printing")
    fleet.says(job.id, state)
    fleet.clock.now += SILENT_MS - 1
    assert not is_ready(fleet)
    fleet.clock.now += 1

    assert is_ready(fleet)

    assert [S.FAILED, S.FAILED] == [fleet.jobs.get(fleet.ann, name).state for name in (job.id, local)]
    assert S.SENT is fleet.job().state
    assert not is_ready(fleet)


def acknowledge(fleet: FleetSite, job: PrintJob, progress: float) -> None:
    """Let printer 1 say how far it is with the command to print a job."""
    fleet.commands.acknowledge(fleet.printer(), job.id, a_report(progress=progress, job_id=job.id))


@pytest.mark.parametrize("named", [{}, {"job_id": "local_1", "job_status": "received"}])
def test_a_print_that_its_printer_has_named_and_does_not_name_any_more_has_failed(
    fleet: FleetSite, named: dict[str, str]
) -> None:
    """Somebody has loaded another one, or none, before its button was pressed."""
    job = fleet.job()
    acknowledge(fleet, job, 1)
    fleet.says(job.id, "received")
    fleet.clock.now += SILENT_MS - 1
    assert not is_ready(fleet, **named)
    fleet.clock.now += 1

    assert is_ready(fleet, **named)

    assert S.FAILED is fleet.state(job)


@pytest.mark.parametrize("progress", [0, 1])
def test_a_print_that_was_heard_of_and_is_not_known_after_a_reset_has_failed(fleet: FleetSite, progress: int) -> None:
    """The machine was switched off while it fetched, or before its button was pressed: it registers again."""
    job = fleet.job()
    acknowledge(fleet, job, progress)
    fleet.clock.now += 1
    with writing(fleet.services.database) as connection:
        update_printer(connection, 1, began_at=fleet.clock.now)
    fleet.clock.now += SILENT_MS

    assert is_ready(fleet)

    assert S.FAILED is fleet.state(job)


def test_a_print_that_was_heard_of_after_a_reset_is_not_lost_by_it(fleet: FleetSite) -> None:
    with writing(fleet.services.database) as connection:
        update_printer(connection, 1, began_at=fleet.clock.now)
    job = fleet.job()
    acknowledge(fleet, job, 0)
    fleet.clock.now += 10 * SILENT_MS

    assert not is_ready(fleet)

    assert S.RECEIVED is fleet.state(job)


@pytest.mark.parametrize(
    ("activity", "state"),
    [
        ("DownloadingPrintData", S.RECEIVED),
        ("LoadingPrintData", S.RECEIVED),
        ("", S.RECEIVED),
        (["Downloading"], S.RECEIVED),
        ("NoUISubState", S.FAILED),
        ("LoadedPrintData", S.FAILED),
    ],
)
def test_an_ember_at_rest_has_lost_what_it_fetched_and_one_that_fetches_has_not(
    fleet: FleetSite, activity: object, state: PrintState
) -> None:
    """It says `ready` both times, and tells the difference in its data (ember-firmware, `SparkStatus.cpp`)."""
    job = fleet.job()
    acknowledge(fleet, job, 0)
    fleet.clock.now += SILENT_MS

    is_ready(fleet, data={"state": "Home", "ui_sub_state": activity})

    assert state is fleet.state(job)


@pytest.mark.parametrize("progress", [0, 1])
def test_a_print_that_no_status_has_named_may_wait_for_its_button(fleet: FleetSite, progress: int) -> None:
    """Not all firmware names what it has not begun."""
    job = fleet.job()
    acknowledge(fleet, job, progress)
    fleet.clock.now += 10 * SILENT_MS

    assert not is_ready(fleet)

    assert S.RECEIVED is fleet.state(job)


def test_a_print_is_lost_by_a_printer_that_rests_with_another_one(fleet: FleetSite) -> None:
    """An Ember names the file that lies loaded."""
    job = fleet.job()
    fleet.says(job.id, "printing")
    fleet.clock.now += SILENT_MS

    assert not is_ready(fleet, job_id=job.id, job_status="received")
    assert is_ready(fleet, job_id="local_1", job_status="received")

    assert S.FAILED is fleet.state(job)


def test_a_print_of_the_printers_own_that_never_began_is_over_when_it_is_not_named_any_more(fleet: FleetSite) -> None:
    fleet.says("local_1", "received")
    fleet.clock.now += SILENT_MS

    assert is_ready(fleet)

    assert S.FAILED is fleet.jobs.get(fleet.ann, "local_1").state


def test_a_print_waits_for_its_button_as_long_as_its_printer_names_it(fleet: FleetSite) -> None:
    job = fleet.job()
    acknowledge(fleet, job, 1)
    fleet.clock.now += 10 * SILENT_MS
    fleet.says(job.id, "received")
    fleet.clock.now += SILENT_MS - 1

    assert not is_ready(fleet)

    assert S.RECEIVED is fleet.state(job)


def test_who_was_taken_off_a_printer_prints_nothing_there(fleet: FleetSite) -> None:
    """Though they made the job before, without its printable."""
    fleet.add_member(fleet.bob, 1, "secondary")
    job = fleet.jobs.create(fleet.bob, 1, NewJob(printable=None))
    with writing(fleet.services.database) as connection:
        delete_member(connection, 1, fleet.bob.principal_id)

    with pytest.raises(NotFound):
        fleet.jobs.set_printable(fleet.bob, job.id, SOMEWHERE)

    assert [] == fleet.commands.deliveries([1])
    fleet.jobs.set_printer(fleet.bob, job.id, 2)
    assert S.SENT is fleet.jobs.set_printable(fleet.bob, job.id, SOMEWHERE).state


def test_jobs_that_their_printer_has_not_seen_leave_it_with_their_member(fleet: FleetSite) -> None:
    """What the printer knows of goes on, and so do the jobs of others."""
    fleet.add_member(fleet.bob, 1, "secondary")
    bobs = [fleet.jobs.create(fleet.bob, 1, NewJob(printable=SOMEWHERE)) for _ in range(2)]
    bobs.append(fleet.jobs.create(fleet.bob, 1, NewJob(printable=None)))
    anns = fleet.job()
    fleet.commands.sent([bobs[0].id])

    with writing(fleet.services.database) as connection:
        fleet.reports.member_gone(connection, 1, fleet.bob.principal_id, now=fleet.clock.now)

    found = [fleet.jobs.get(fleet.bob, job.id) for job in bobs]
    assert [(1, S.SENT), (None, S.CREATED), (None, S.CREATED)] == [(job.printer_id, job.state) for job in found]
    assert (1, S.QUEUED) == (fleet.jobs.get(fleet.ann, anns.id).printer_id, fleet.state(anns))
    assert (bobs[1].id, "created") == fleet.told.moves[-1]
    assert S.SENT is fleet.jobs.set_printer(fleet.bob, bobs[1].id, 2).state


def test_a_print_that_did_not_leave_for_its_printer_is_cancelled_when_its_member_goes(fleet: FleetSite) -> None:
    """The machine was switched off."""
    fleet.add_member(fleet.bob, 1, "secondary")
    job = fleet.jobs.create(fleet.bob, 1, NewJob(printable=SOMEWHERE))

    fleet.services.printers.remove(fleet.ann, 1, fleet.bob.principal_id)

    assert S.CANCELED is fleet.jobs.get(fleet.bob, job.id).state
    assert [] == fleet.commands.deliveries([1])


def test_no_printer_takes_the_place_of_a_job_by_its_name(fleet: FleetSite) -> None:
    job = fleet.job(None)
    fleet.says(job.id, "printing")

    with pytest.raises(NotMeaningful):
        fleet.jobs.set_printer(fleet.ann, job.id, 1)

    assert job == fleet.jobs.get(fleet.ann, job.id)


@pytest.mark.parametrize("status", ["printing", "paused", "maintenance", "error", "busy"])
@pytest.mark.parametrize("make", ["whole", "of a printable", "of a printer"])
def test_what_is_made_while_a_printer_cannot_begin_waits_until_somebody_starts_it(
    fleet: FleetSite, status: str, make: str
) -> None:
    """Whichever call gives a job what it lacked."""
    with writing(fleet.services.database) as connection:
        update_printer(connection, 1, report={"printer_status": status})

    job = fleet.job(None if make == "of a printer" else 1, printable=None if make == "of a printable" else SOMEWHERE)
    if make == "of a printable":
        job = fleet.jobs.set_printable(fleet.ann, job.id, SOMEWHERE)
    elif make == "of a printer":
        job = fleet.jobs.set_printer(fleet.ann, job.id, 1)

    assert S.QUEUED is job.state
    assert [] == fleet.commands.deliveries([1])
    with writing(fleet.services.database) as connection:
        update_printer(connection, 1, report={"printer_status": "ready"})
    assert S.SENT is fleet.jobs.start(fleet.ann, 1, job.id).state


def test_a_file_that_lies_loaded_at_a_printer_does_not_hold_it(fleet: FleetSite) -> None:
    """An Ember that comes home names the last one of its old cloud in each status."""
    fleet.says("local_1", "received", printer_status="ready")

    assert S.SENT is fleet.job().state


def test_a_printer_may_say_anything_of_itself(fleet: FleetSite) -> None:
    first, second = fleet.job(), fleet.job()
    fleet.says(first.id, "completed")
    with writing(fleet.services.database) as connection:
        update_printer(connection, 1, report={"printer_status": ["ready"]})

    assert S.SENT is fleet.jobs.start(fleet.ann, 1, second.id).state


@pytest.mark.parametrize("status", ["printing", "paused", "maintenance", "error", "busy"])
def test_who_starts_a_job_is_told_why_its_printer_cannot_begin(fleet: FleetSite, status: str) -> None:
    first, second = fleet.job(), fleet.job()
    fleet.says(first.id, "completed")
    with writing(fleet.services.database) as connection:
        update_printer(connection, 1, report={"printer_status": status})

    with pytest.raises(PrinterBusy, match=f"It says that it is {status}"):
        fleet.jobs.start(fleet.ann, 1, second.id)


def test_a_job_goes_to_no_printer_that_its_owner_does_not_use(fleet: FleetSite) -> None:
    """Who has a say in the jobs of a shared printer could print another's file on their own one."""
    fleet.add_member(fleet.bob, 1, "secondary", job=True)
    fleet.job()
    waiting = fleet.job()

    with pytest.raises(NotAllowed):
        fleet.jobs.set_printer(fleet.bob, waiting.id, 2)

    assert waiting == fleet.jobs.get(fleet.ann, waiting.id)
    assert [] == fleet.commands.deliveries([2])

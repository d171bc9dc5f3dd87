"""The simulated printer: what it does when something happens, with a clock that the tests turn."""

import json

import pytest

from outfeed.simulator import events
from outfeed.simulator.events import Ack, Fetch, Leave, Say, Subscribe
from outfeed.simulator.machine import CODE_LIFE_S, Machine
from outfeed.simulator.words import JobStatus, Status, Style
from unit.printer_helpers import (
    JOB,
    TOKEN,
    a_command,
    a_plan,
    a_printing_machine,
    acks,
    an_owned_machine,
    done,
    pings,
    print_data,
    registers_with,
)


def channels(actions: list[events.Action]) -> list[str]:
    return [one.channel.rpartition("/")[2] for one in done(actions, Subscribe)]


def test_a_printer_begins_by_registering_with_the_token_that_it_has() -> None:
    fresh, known = Machine(a_plan()), Machine(a_plan(), token=TOKEN)

    assert ([None], [TOKEN]) == tuple(registers_with(one.step(events.Started(), 0)) for one in (fresh, known))


@pytest.mark.parametrize(("style", "expected"), [(Style.EMBER, ["users", "command"]), (Style.SIMULATOR, ["users"])])
def test_a_printer_that_nobody_owns_shows_its_code_and_is_silent(style: Style, expected: list[str]) -> None:
    """Ember listens for commands before it is claimed, the vendor's simulator does not."""
    actions = Machine(a_plan(style)).step(events.Registered(58, "YKNRKT", TOKEN, is_owned=False), 0)

    assert expected == channels(actions)
    assert [{"printer_id": 58, "code": "YKNRKT"}] == [one.fields for one in done(actions, Say)]
    assert [] == pings(actions)


def test_a_printer_that_is_claimed_tells_its_status_at_once_and_then_in_time() -> None:
    machine = Machine(a_plan())
    machine.step(events.Registered(58, "YKNRKT", TOKEN, is_owned=False), 0)

    at_once = machine.step(events.Claimed(), 1)
    later = machine.step(events.Ticked(), machine.wakes_at)

    assert [("ready",)] == pings(at_once, "printer_status")
    assert [("ready",)] == pings(later, "printer_status")
    assert machine.wakes_at == 201


def test_a_code_that_grows_old_is_replaced() -> None:
    machine = Machine(a_plan())
    machine.step(events.Registered(58, "YKNRKT", TOKEN, is_owned=False), 0)

    assert machine.wakes_at == CODE_LIFE_S
    assert [TOKEN] == registers_with(machine.step(events.Ticked(), CODE_LIFE_S))


def test_a_claim_that_the_channel_did_not_tell_is_learnt_from_the_registration() -> None:
    machine = Machine(a_plan())
    machine.step(events.Registered(58, "YKNRKT", TOKEN, is_owned=False), 0)

    actions = machine.step(events.Registered(58, None, TOKEN, is_owned=True), 1)

    assert ["registered", "claimed"] == [one.what for one in done(actions, Say)]
    assert [("ready",)] == pings(actions, "printer_status")


def test_a_dead_token_is_forgotten_with_all_that_belonged_to_it() -> None:
    machine = a_printing_machine()

    actions = machine.step(events.Disowned(), 1)

    assert [None] == registers_with(actions)
    assert 1 == len(done(actions, Leave))
    assert (None, None, False) == (machine.token, machine.print, machine.is_owned)
    assert [] == pings(machine.step(events.Ticked(), 1000))


def test_a_printer_that_is_shut_out_asks_whether_its_token_lives() -> None:
    assert [TOKEN] == registers_with(an_owned_machine().step(events.ShutOut(), 1))


def test_ember_acknowledges_a_print_when_it_has_its_file_and_then_tells_of_it_in_pings() -> None:
    machine = an_owned_machine()

    heard = machine.step(print_data(), 0)
    fetched = machine.step(events.Fetched(JOB, 10, "00", layers=2), 0)
    first, last = (machine.step(events.Ticked(), now) for now in (1, 2))

    assert [(0, "received", JOB, 0)] == acks(heard, "progress", "job_status", "job_id", "job_progress")
    assert [Fetch(JOB, "http://files/print")] == done(heard, Fetch)
    assert [(1, "received")] == acks(fetched, "progress", "job_status")
    assert [("printing", "printing", 0)] == pings(fetched, "printer_status", "job_status", "job_progress")
    assert [] == acks(first)
    assert [("ready", "completed", 1)] == pings(last, "printer_status", "job_status", "job_progress")


def test_the_vendors_simulator_acknowledges_each_layer_of_a_print() -> None:
    machine = an_owned_machine(Style.SIMULATOR, layers=2)

    heard = machine.step(print_data(), 0)
    fetched = machine.step(events.Fetched(JOB, 10, "00"), 0)
    layers = [machine.step(events.Ticked(), now) for now in (1, 2)]

    assert [(0, "received")] == acks(heard, "progress", "job_status")
    assert [] == acks(fetched)
    assert [[(0.5, "printing", 0.5)], [(1, "completed", 1)]] == [
        acks(one, "progress", "job_status", "job_progress") for one in layers
    ]


@pytest.mark.parametrize("style", list(Style))
def test_a_paused_print_stands_still_until_it_is_resumed(style: Style) -> None:
    machine = a_printing_machine(style)
    assert machine.print
    machine.step(events.Ticked(), 1)

    paused = machine.step(a_command("pause", "p", job_id=JOB), 1.5)
    machine.step(events.Ticked(), 10)
    layer_then, status_then = machine.print.layer, machine.status
    resumed = machine.step(a_command("resume", "r", job_id=JOB), 20)
    machine.step(events.Ticked(), 21)

    assert (1, Status.PAUSED, 2) == (layer_then, status_then, machine.print.layer)
    assert ("paused", "printing") == (acks(paused, "job_status")[-1][0], acks(resumed, "job_status")[-1][0])


def test_ember_acknowledges_a_pause_twice_and_the_vendors_simulator_once_with_the_progress_of_the_job() -> None:
    ember, vendors = a_printing_machine(), a_printing_machine(Style.SIMULATOR)
    for machine in (ember, vendors):
        machine.step(events.Ticked(), 1)

    said = [acks(machine.step(a_command("pause", "p"), 2), "progress") for machine in (ember, vendors)]

    assert [[(0,), (1,)], [(0.25,)]] == said


def test_a_cancelled_print_is_told_in_a_ping_before_the_acknowledgement() -> None:
    machine = a_printing_machine(Style.SIMULATOR)

    actions = machine.step(a_command("cancel", "c", job_id=JOB), 1)

    assert [("ready", "canceled", JOB)] == pings(actions, "printer_status", "job_status", "job_id")
    (ack,) = done(actions, Ack)
    assert ("ready", 1, {"state": "completed"}) == (
        ack.body["printer_status"],
        ack.body["progress"],
        json.loads(ack.body["data"]),
    )
    assert "job_id" not in ack.body
    assert actions.index(ack) == len(actions) - 1


def test_a_print_that_is_cancelled_while_its_file_comes_does_not_begin() -> None:
    machine = an_owned_machine()
    machine.step(print_data(), 0)
    machine.step(a_command("cancel", "c", job_id=JOB), 0)

    assert [] == machine.step(events.Fetched(JOB, 10, "00"), 1)
    assert machine.print
    assert JobStatus.CANCELED is machine.print.status


def test_a_file_that_does_not_come_fails_the_print() -> None:
    machine = an_owned_machine()
    machine.step(print_data(), 0)

    actions = machine.step(events.Failed(JOB, "gone"), 1)

    assert [(1, 500, "gone", "failed")] == acks(actions, "progress", "error_code", "error_message", "job_status")


@pytest.mark.parametrize("name", ["pause", "resume", "cancel"])
def test_a_command_about_a_job_that_does_not_run_fails(name: str) -> None:
    idle = an_owned_machine().step(a_command(name), 0)
    other = a_printing_machine().step(a_command(name, job_id="another"), 0)

    assert [(1, 400)] == acks(idle, "progress", "error_code")
    assert [(1, 400)] == acks(other, "progress", "error_code")


def test_a_second_print_is_refused_while_one_runs() -> None:
    machine = a_printing_machine()

    actions = machine.step(print_data("second"), 1)

    assert [(1, 500, "failed", "second")] == acks(actions, "progress", "error_code", "job_status", "job_id")
    assert machine.job_id == JOB

"""The simulated printer's commands: the machine's own, tasks that come again, and what outlives a power cut."""

import pytest

from outfeed.simulator import events
from outfeed.simulator.events import Ack, Action, Commanded, Fetch, Say, Store
from outfeed.simulator.machine import Machine
from outfeed.simulator.press import MEMORY
from outfeed.simulator.words import Status, Style
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
)


def test_a_task_that_comes_again_is_acknowledged_again_and_not_executed() -> None:
    machine = an_owned_machine()
    first = machine.step(a_command("settings", settings={"a": 1}), 0)

    again = machine.step(a_command("settings", settings={"a": 2}), 1)

    assert {"a": 1} == machine.settings
    assert ["task"] == machine.executed
    assert done(first, Ack)[-1:] == done(again, Ack)


def test_a_print_that_comes_again_goes_on() -> None:
    machine = a_printing_machine()
    machine.step(events.Ticked(), 1)

    again = machine.step(print_data(), 1.5)

    assert [] == done(again, Fetch)
    assert machine.print
    assert machine.print.layer == 1
    assert [(1, "printing", 0.25)] == acks(again, "progress", "job_status", "job_progress")


def test_a_pause_that_comes_again_after_the_print_was_resumed_does_not_tell_that_it_is_paused() -> None:
    machine = a_printing_machine(Style.SIMULATOR)
    machine.step(a_command("pause", "p"), 0)
    machine.step(a_command("resume", "r"), 0)

    again = machine.step(a_command("pause", "p"), 0)

    assert [("printing", "printing")] == acks(again, "printer_status", "job_status")


def test_a_task_from_before_a_power_cut_is_not_executed_again() -> None:
    machine = Machine(a_plan(), token=TOKEN, executed=["done", JOB])
    machine.step(events.Registered(58, None, TOKEN, is_owned=True), 0)

    command = machine.step(a_command("settings", "done", settings={"a": 1}), 0)
    job = machine.step(print_data(), 0)

    assert {} == machine.settings
    assert [(1, 0)] == acks(command, "progress", "error_code")
    assert [(1, 500)] == acks(job, "progress", "error_code")
    assert [] == done(job, Fetch)


def test_a_print_that_a_power_cut_has_ended_is_told_to_have_failed() -> None:
    machine = Machine(a_plan(), token=TOKEN, executed=[JOB], interrupted=JOB)

    actions = machine.step(events.Registered(58, None, TOKEN, is_owned=True), 0)

    assert [("ready", JOB, "failed"), ("ready", None, None)] == pings(actions, "printer_status", "job_id", "job_status")
    assert machine.job_id is None


def test_only_so_many_tasks_are_remembered() -> None:
    machine = an_owned_machine()
    for number in range(MEMORY + 5):
        machine.step(a_command("settings", str(number)), 0)

    assert [str(number) for number in range(5, MEMORY + 5)] == machine.executed


def test_the_name_that_tasks_had_in_2015_is_understood() -> None:
    machine = an_owned_machine()

    machine.step(Commanded({"command": "settings", "command_token": "old"}), 0)

    assert ["old"] == machine.executed


@pytest.mark.parametrize("message", [{}, {"command": "pause"}, {"task_id": "t"}, {"command": 1, "task_id": "t"}])
def test_what_is_no_command_does_nothing(message: dict[str, object]) -> None:
    actions = an_owned_machine().step(Commanded(message), 0)

    assert ["not_understood"] == [one.what for one in actions if isinstance(one, Say)]
    assert 1 == len(actions)


@pytest.mark.parametrize("name", ["calibrate", "home", "park"])
def test_ember_needs_time_to_move(name: str) -> None:
    machine = an_owned_machine()

    begun = machine.step(a_command(name), 0)
    status_then = machine.status
    ended = machine.step(events.Ticked(), 2)

    assert (Status.MAINTENANCE, Status.READY) == (status_then, machine.status)
    assert ([(0,)], [(1,)]) == (acks(begun, "progress"), acks(ended, "progress"))


def test_nothing_moves_while_it_prints() -> None:
    assert [(1, 400)] == acks(a_printing_machine().step(a_command("home"), 0), "progress", "error_code")


def test_settings_that_were_given_are_told() -> None:
    machine = an_owned_machine()
    machine.step(a_command("settings", "s", settings={"LayerThickness": 50}), 0)

    actions = machine.step(a_command("request_settings", "r"), 0)

    assert {"LayerThickness": 50} == done(actions, Ack)[-1].body["data"]["settings"]


@pytest.mark.parametrize("name", ["log", "logs"])
def test_the_log_is_sent_to_where_the_command_says(name: str) -> None:
    machine = an_owned_machine()

    asked = machine.step(a_command(name, "l", upload_url="http://logs/1"), 0)
    stored = machine.step(events.Stored("l"), 1)

    (store,) = done(asked, Store)
    assert ("l", "http://logs/1", True) == (store.task_id, store.url, "registered" in store.text)
    assert ([(0,)], [(1,)]) == (acks(asked, "progress"), acks(stored, "progress"))


def test_a_package_of_firmware_is_fetched_and_its_digest_told() -> None:
    machine = an_owned_machine()

    asked = machine.step(a_command("firmware_upgrade", "f", package_url="http://p/1"), 0)
    ended = machine.step(events.Fetched("f", 3, "abc"), 1)

    assert [Fetch("f", "http://p/1")] == done(asked, Fetch)
    assert [({"state": "completed", "size": 3, "sha256": "abc"},)] == acks(ended, "data")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("calibrate", [(1, 400)]), ("firmware_upgrade", [(1, 404)]), ("reset", [(1, None)]), ("dance", [(1, None)])],
)
def test_the_vendors_simulator_answers_once(name: str, expected: list[tuple[object, ...]]) -> None:
    actions = an_owned_machine(Style.SIMULATOR).step(a_command(name), 0)

    assert expected == acks(actions, "progress", "error_code")


def test_ember_completes_commands_that_it_does_not_know() -> None:
    assert [(0,), (1,)] == acks(an_owned_machine().step(a_command("dance"), 0), "progress")


def test_a_reset_ends_the_print() -> None:
    machine = a_printing_machine()

    actions = machine.step(a_command("reset"), 1)

    assert [("canceled",)] == pings(actions, "job_status")
    assert Status.READY is machine.status


def test_a_print_at_the_machine_is_told_under_its_own_name() -> None:
    machine = an_owned_machine()

    actions: list[Action] = machine.step(events.PrintLocally("local_1", "mine"), 0)

    assert [("local_1", "printing")] == pings(actions, "job_id", "job_status")
    assert [] == done(actions, Ack)

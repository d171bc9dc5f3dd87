"""What simulated printers do wrong, and that the server is told the truth in the end."""

import math
from random import Random

import pytest

from outfeed.simulator.events import Ack, Action, Drop, Ping, Say, Ticked
from outfeed.simulator.faults import FAULTS, Honest, Measure
from outfeed.simulator.words import Fault
from unit.printer_helpers import a_command, acks, done, pings


def a_fault(fault: Fault, seed: int = 1) -> Honest:
    return FAULTS[fault](Measure(late_s=20, silent_s=70, drop_s=5), Random(seed))  # noqa: S311 - faults are no secrets


def an_ack(name: str = "t", **fields: object) -> Ack:
    return Ack(name, {"progress": 1, **fields})


def a_ping(status: str = "printing", *, is_news: bool = True) -> Ping:
    return Ping({"printer_status": "printing", "job_id": "j", "job_status": status, "job_progress": 0.6}, is_news)


def test_every_fault_has_a_behaviour() -> None:
    assert set(Fault) == set(FAULTS)


@pytest.mark.parametrize("fault", list(Fault))
def test_words_for_whoever_watches_pass_every_fault(fault: Fault) -> None:
    assert [Say("x")] == a_fault(fault).after([Say("x")], 0)


def test_late_acknowledgements_keep_their_order_and_pings_are_in_time() -> None:
    fault = a_fault(Fault.LATE_ACK)

    at_once = fault.after([an_ack("a"), a_ping(), an_ack("b")], 0)
    later = fault.after([an_ack("c")], 1)

    assert ([a_ping()], [], 20) == (at_once, later, fault.wakes_at)
    assert fault.is_holding
    assert ["a", "b"] == [one.task_id for one in done(fault.after([], 20), Ack)]
    assert ["c"] == [one.task_id for one in done(fault.after([], 21), Ack)]
    assert (False, math.inf) == (fault.is_holding, fault.wakes_at)


def test_acknowledgements_come_twice() -> None:
    assert [an_ack("a"), an_ack("a"), a_ping()] == a_fault(Fault.DOUBLE_ACK).after([an_ack("a"), a_ping()], 0)


def test_a_silent_printer_tells_afterwards_what_is_new() -> None:
    fault = a_fault(Fault.SILENT)
    command = a_command("pause")

    heard = fault.before(command, 100)
    meanwhile = fault.after([an_ack("a"), a_ping(), a_ping(is_news=False), Say("x")], 100)

    assert (command, [Say("x")], 170) == (heard, meanwhile, fault.wakes_at)
    assert [an_ack("a"), a_ping(), an_ack("b")] == fault.after([an_ack("b")], 170)
    assert not fault.is_holding


def test_a_printer_is_not_silent_all_the_time() -> None:
    fault = a_fault(Fault.SILENT)
    fault.before(a_command("pause"), 0)
    fault.before(a_command("resume"), 71)

    assert [a_ping()] == fault.after([a_ping()], 71)


def test_lies_come_before_the_truth_and_after_the_end() -> None:
    fault = a_fault(Fault.LYING_PROGRESS)

    running, ended = (fault.after([a_ping(status)], 0) for status in ("printing", "completed"))

    assert a_ping() == running[-1]
    assert ("printing", 0.5) == pings(ended, "job_status", "job_progress")[-1]
    assert a_ping("completed") == ended[-2]


def test_lies_are_of_every_kind() -> None:
    fault = a_fault(Fault.LYING_PROGRESS)
    told = [one for _ in range(100) for one in pings(fault.after([a_ping()], 0), "job_progress")]

    assert {1.7, -0.2, "NaN", "half", 0.0, 0.6} == {one[0] for one in told}


def test_what_tells_no_progress_is_not_lied_about() -> None:
    actions: list[Action] = [an_ack(), Ping({"printer_status": "ready"}, is_news=True)]

    assert actions == a_fault(Fault.LYING_PROGRESS).after(actions, 0)


def test_the_connection_is_lost_with_each_command_which_is_read_or_not() -> None:
    """What was lost unread is read when it comes again."""
    fault = a_fault(Fault.DROP_CONNECTION)
    read = []
    for number in range(100):
        command = a_command("settings", f"t{number}")
        read.append(fault.before(command, 0) == command)
        assert [Drop()] == fault.after([], 0)
        assert command == fault.before(command, 0)
        assert [an_ack()] == fault.after([an_ack()], 0)

    assert 30 < sum(read) < 70


def test_the_connection_is_lost_before_the_acknowledgement() -> None:
    fault = a_fault(Fault.DROP_CONNECTION)
    fault.before(a_command("settings"), 0)

    assert [Drop(), an_ack()] == fault.after([an_ack()], 0)


def test_the_connection_is_lost_now_and_then() -> None:
    fault = a_fault(Fault.DROP_CONNECTION)
    fault.before(Ticked(), 0)
    first = fault.wakes_at

    assert [Drop()] == fault.after([], first)
    assert first < fault.wakes_at < math.inf


def test_the_same_seed_makes_the_same_faults() -> None:
    def told(seed: int) -> list[tuple[object, ...]]:
        fault = a_fault(Fault.LYING_PROGRESS, seed)
        return [
            acks(fault.after([an_ack(job_status="printing", job_progress=0.5)], 0), "job_progress")[0]
            for _ in range(20)
        ]

    assert told(1) == told(1)
    assert told(1) != told(2)

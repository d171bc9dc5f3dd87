"""Clients are told of print jobs: in order, at least once, and nobody holds up another."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from outfeed.commits import CommitLost
from outfeed.database import reading
from outfeed.errors import InvalidField
from outfeed.fleet.callbacks import Callbacks, Verdict, judged, pause_ms, says_supported
from outfeed.fleet.calls import Answer, GuardedCaller
from outfeed.fleet.counts import fleet_counts
from outfeed.fleet.outbox import LEASE_MS, MOST_PER_JOB, Kind, Room
from outfeed.fleet.states import PrintState
from outfeed.settings import Settings
from unit.callback_site import CLIENT, SUPPORTED, Call, CallbackSite, FakeCaller, a_callback_site
from unit.fleet_site import once_at


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CallbackSite]:
    with a_callback_site(tmp_path) as made:
        yield made


def only_support(call: Call) -> Answer | None:
    """Answer the question, and nothing that follows."""
    return SUPPORTED if call.below else None


def test_a_client_is_asked_first_and_then_told_all_that_happened_meanwhile(site: CallbackSite) -> None:
    job = site.job()
    site.fleet.says(job.id, "printing")
    assert "asked" == site.support(job)

    site.tell()

    assert [("support", ""), ("sent", ""), ("printing", "")] == site.told()
    assert "supported" == site.support(job)
    assert [] == site.waiting()


def test_a_client_is_told_what_the_printer_said_as_it_came(site: CallbackSite) -> None:
    """The documented body: flat, numbers as the text that the printer has sent, with names that members know."""
    job = site.job()
    site.tell()
    data = {"total_layers": "50", "layer": "47", "temprature": "71"}
    site.fleet.says(job.id, "printing", printer_status="printing", progress="0.94", data=data)

    site.tell()

    expected = {
        "printer_status": "printing",
        "progress": "0.94",
        "job_id": job.id,
        "job_status": "printing",
        "data": data,
        "job_name": "bear",
        "member_id": site.fleet.ann.principal_id,
        "printer_id": 1,
        "printer_name": "printer 1",
    }
    assert expected == json.loads(site.caller.calls[-1].body)


def test_the_test_payload_says_which_job_it_is_about(site: CallbackSite) -> None:
    job = site.job()

    site.tell()

    call = site.caller.calls[0]
    expected = {"job_id": job.id, "job_name": "bear", "member_id": site.fleet.ann.principal_id, "printer_id": 1}
    assert (CLIENT, "support", expected) == (call.url, call.below, json.loads(call.body))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"ok"),
        Answer(200, b'{"callback":"unsupported"}'),
        Answer(200, b'["supported"]'),
        Answer(200, b"[" * 60_000),
        Answer(200, b'{"callback":' + b"9" * 10_000 + b"}"),
        Answer(302, SUPPORTED.body),
        Answer(404, SUPPORTED.body),
    ],
)
def test_a_client_that_does_not_say_yes_is_told_nothing(site: CallbackSite, answer: Answer) -> None:
    site.caller.answer = lambda _call: answer
    job = site.job()

    site.tell()
    site.fleet.says(job.id, "printing")
    site.tell()

    assert [("support", "")] == site.told()
    assert "refused" == site.support(job)
    assert [] == site.waiting()


def test_a_client_that_is_not_there_is_asked_again_and_given_up(tmp_path: Path) -> None:
    with a_callback_site(tmp_path, FakeCaller(lambda _call: None), callback_attempts=3) as site:
        job = site.job()
        for _ in range(5):
            site.tell()
            site.fleet.clock.now += 3_600_000

        assert [("support", "")] * 3 == site.told()
        assert "refused" == site.support(job)
        assert [] == site.waiting()


def test_an_address_that_is_not_on_the_list_is_refused_without_a_call(tmp_path: Path) -> None:
    with a_callback_site(tmp_path) as site:
        job = site.job()
        site.tell(site.another(GuardedCaller(Settings(callback_hosts="other.example"))))

        assert "refused" == site.support(job)
        assert PrintState.SENT is site.fleet.state(job)
        assert [] == site.waiting()


def test_an_address_that_is_none_makes_no_job(site: CallbackSite) -> None:
    with pytest.raises(InvalidField):
        site.job(callback_url="[object Object]")

    assert ([], 0) == site.fleet.jobs.list(site.fleet.ann)


def test_what_waits_is_counted(site: CallbackSite) -> None:
    def count() -> int:
        with reading(site.fleet.services.database) as connection:
            return fleet_counts(connection, heard_since=0).untold

    site.job()
    before = count()
    site.tell()

    assert (2, 0) == (before, count())


def test_a_job_without_an_address_tells_nobody(site: CallbackSite) -> None:
    job = site.job(callback_url=None)
    site.fleet.says(job.id, "printing")

    site.tell()

    assert ([], None) == (site.told(), site.support(job))


def test_what_fails_is_told_again_later_and_nothing_overtakes_it(site: CallbackSite) -> None:
    job = site.job()
    site.tell()
    site.caller.answer = lambda _call: None
    for state in ("received", "printing", "completed"):
        site.fleet.says(job.id, state)

    site.tell()
    site.fleet.clock.now += 1_999
    site.tell()
    before = site.told()
    site.caller.answer = lambda _call: SUPPORTED
    site.fleet.clock.now += 1
    site.tell()

    assert [("support", ""), ("sent", ""), ("received", "")] == before
    assert [*before, ("received", ""), ("printing", ""), ("completed", "")] == site.told()
    assert site.caller.calls[2].event == site.caller.calls[3].event


def test_what_cannot_be_told_is_dropped_and_what_follows_is_told(tmp_path: Path) -> None:
    with a_callback_site(tmp_path, FakeCaller(only_support), callback_attempts=2) as site:
        job = site.job()
        site.fleet.says(job.id, "printing")
        for _ in range(2):
            site.tell()
            site.fleet.clock.now += 60_000
        site.caller.answer = lambda _call: Answer(204, b"")
        site.tell()

        assert [("support", ""), *[("sent", "")] * 2, *[("printing", "")] * 2] == site.told()
        assert "supported" == site.support(job)


def test_a_client_that_is_gone_is_told_nothing_more(site: CallbackSite) -> None:
    job = site.job()
    site.tell()
    site.caller.answer = lambda _call: Answer(410, b"")
    site.fleet.says(job.id, "printing")
    site.fleet.says(job.id, "completed")

    site.tell()

    assert [("support", ""), ("sent", ""), ("printing", "")] == site.told()
    assert ("refused", []) == (site.support(job), site.waiting())


def test_progress_is_told_no_more_often_than_the_client_wants_and_the_newest_of_it(site: CallbackSite) -> None:
    job = site.job(callback_interval_s=20)
    site.fleet.says(job.id, "printing", job_progress=0.1)
    site.tell()
    for step in range(2, 6):
        site.fleet.clock.now += 2_000
        site.fleet.says(job.id, "printing", job_progress=step / 10)
        site.tell()

    assert ["progress"] == site.waiting()
    site.fleet.clock.now += 12_000
    site.tell()

    assert [("support", ""), ("sent", ""), ("printing", "0.1"), ("printing", "0.5")] == site.told()


def test_without_an_interval_progress_is_told_once_a_second(site: CallbackSite) -> None:
    job = site.job()
    site.fleet.says(job.id, "printing", job_progress=0.0)
    site.tell()
    for step in range(1, 21):
        site.fleet.clock.now += 100
        site.fleet.says(job.id, "printing", job_progress=step / 20)
        site.tell()

    assert [("printing", "0.0"), ("printing", "0.5"), ("printing", "1.0")] == site.told()[2:]


def test_a_printer_that_says_the_same_again_changes_nothing(site: CallbackSite) -> None:
    job = site.job()
    for _ in range(3):
        site.fleet.clock.now += 15_000
        site.fleet.says(job.id, "printing", job_progress=0.5)
        site.tell()

    assert [("support", ""), ("sent", ""), ("printing", "0.5")] == site.told()


def test_a_change_of_state_is_told_at_once_and_stale_progress_never(site: CallbackSite) -> None:
    job = site.job(callback_interval_s=3600)
    site.fleet.says(job.id, "printing", job_progress=0.1)
    site.tell()
    site.fleet.says(job.id, "printing", job_progress=0.5)
    site.fleet.says(job.id, "paused", job_progress=0.6)

    site.tell()

    assert [("printing", "0.1"), ("paused", "0.6")] == site.told()[2:]
    assert [] == site.waiting()


def test_the_outbox_of_a_job_does_not_grow_and_keeps_the_end(site: CallbackSite) -> None:
    job = site.job()
    site.fleet.says(job.id, "printing")
    for _ in range(MOST_PER_JOB):
        site.fleet.says(job.id, "paused")
        site.fleet.says(job.id, "printing")
    site.fleet.says(job.id, "completed")

    assert 1 + MOST_PER_JOB == len(site.waiting())
    site.tell()

    assert (("support", ""), ("completed", "")) == (site.told()[0], site.told()[-1])


def test_two_processes_do_not_tell_one_thing_twice(site: CallbackSite) -> None:
    site.job()
    other = site.another(site.caller)

    taken, _ = site.callbacks._take(_room(), Counter())
    also, pause_s = other._take(_room(), Counter())

    assert ([Kind.SUPPORT], []) == ([due.kind for due in taken], also)
    assert pause_s > 0


def test_what_a_killed_process_had_taken_is_told_by_the_next(site: CallbackSite) -> None:
    site.job()
    site.callbacks._take(_room(), Counter())

    site.fleet.clock.now += LEASE_MS - 1
    site.tell()
    assert [] == site.told()
    site.fleet.clock.now += 1
    site.tell()

    assert [("support", ""), ("sent", "")] == site.told()


def test_a_late_answer_of_a_former_client_changes_nothing(site: CallbackSite) -> None:
    job = site.job()
    (due,), _ = site.callbacks._take(_room(), Counter())
    site.fleet.jobs.set_callback(site.fleet.ann, job.id, "http://new.example/")

    for verdict in Verdict:
        site.callbacks._note(due, verdict)

    assert ("asked", ["support"]) == (site.support(job), site.waiting())
    site.tell()
    assert ["http://new.example/"] == [call.url for call in site.caller.calls]


def test_a_silent_host_holds_nobody_up(tmp_path: Path) -> None:
    """A hundred jobs wait for a host that never answers; another host is told while they hang."""
    caller = _Hanging("dead.example")
    with a_callback_site(tmp_path, caller) as site:
        for _ in range(100):
            site.job(callback_url="http://dead.example/")
        site.job(callback_url="http://live.example/")

        asyncio.run(_until(site.callbacks, caller.told_twice))

    assert 4 == caller.most


def test_a_host_that_was_silent_gets_one_call_at_a_time(tmp_path: Path) -> None:
    caller = _Hanging("dead.example")
    with a_callback_site(tmp_path, caller) as site:
        site.callbacks._remember("dead.example:80", Verdict.FAILED)
        for _ in range(3):
            site.job(callback_url="http://dead.example/")
        site.job(callback_url="http://live.example/")

        asyncio.run(_until(site.callbacks, caller.told_twice))
    site.callbacks._remember("dead.example:80", Verdict.DELIVERED)

    assert (1, set()) == (caller.most, site.callbacks._silent)


def test_what_is_noted_on_another_thread_is_told_at_once(site: CallbackSite) -> None:
    told = asyncio.Event()

    def answer(call: Call) -> Answer:
        if not call.below:
            told.set()
        return SUPPORTED

    site.caller.answer = answer
    asyncio.run(_until(site.callbacks, told, before=threading.Thread(target=site.job)))

    assert [("support", ""), ("sent", "")] == site.told()
    assert site.caller.closed


def test_waking_what_does_not_run_does_nothing(site: CallbackSite) -> None:
    site.callbacks.wake()

    assert [] == site.told()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "DELIVERED"), (204, "DELIVERED"), (299, "DELIVERED"), (410, "REFUSED")]
    + [(status, "FAILED") for status in (100, 301, 400, 401, 404, 408, 425, 429, 500, 503, 599, 600)],
)
def test_what_an_answer_means(status: int, verdict: str) -> None:
    assert verdict == judged(Kind.STATUS, Answer(status, b"")).name


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_client_that_is_busy_is_asked_again(status: int) -> None:
    assert Verdict.FAILED is judged(Kind.SUPPORT, Answer(status, SUPPORTED.body))


def test_more_may_stand_beside_the_yes() -> None:
    assert says_supported(b' {"version": 2, "callback": "supported"}\n')


def test_pauses_double_up_to_ten_minutes_less_up_to_half() -> None:
    assert [2_000, 4_000, 8_000, 512_000, 600_000] == [pause_ms(attempts, 0.0) for attempts in (1, 2, 3, 9, 99_999)]
    assert 1_000 == pause_ms(1, 1.0)


def _room() -> Room:
    return Room(left=10, per_host=4, silent=frozenset())


class _Hanging:
    """Answers for all hosts but one, whose calls hang."""

    def __init__(self, dead: str) -> None:
        self.dead = dead
        self.told_twice = asyncio.Event()
        self.most = 0
        self._hanging = 0

    async def post(self, address: str, below: str, body: bytes, *, event: int) -> Answer | None:
        call = Call(address, below, body, event)
        if call.host == self.dead:
            self._hanging += 1
            self.most = max(self.most, self._hanging)
            await asyncio.Event().wait()
        if not call.below:
            self.told_twice.set()
        return SUPPORTED

    async def aclose(self) -> None:
        """Nothing is open."""


async def _until(callbacks: Callbacks, event: asyncio.Event, before: threading.Thread | None = None) -> None:
    """Run until something has happened, which is sooner than an idle look would find it."""
    running = asyncio.create_task(callbacks.run())
    await asyncio.sleep(0)
    if before:
        before.start()
    async with asyncio.timeout(60):
        await event.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("error", [TimeoutError("no turn"), CommitLost("a full disk")])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_busy_database_delays_clients_and_no_more(site: CallbackSite, error: Exception, nth: int) -> None:
    """Whether it is busy when things are taken, or when it is noted that they were told."""
    job = site.job()

    def fail() -> None:
        raise error

    once_at(site.fleet.services.database, "BEGIN IMMEDIATE", fail, nth=nth)
    site.tell()
    site.fleet.clock.now += LEASE_MS
    site.tell()

    assert [("support", ""), ("sent", "")] == list(dict.fromkeys(site.told()))
    assert "supported" == site.support(job)

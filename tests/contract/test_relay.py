"""What every relay promises, held by the one in memory and by the one over PostgreSQL."""

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from outfeed.fleet.notes import MemoryRelay, Note, Relay, What
from outfeed.fleet.relay_postgres import (
    CHANNEL,
    MAX_ID,
    MISSED,
    MOST_TOGETHER,
    MOST_WAITING,
    PostgresRelay,
    notes_in,
    payload_of,
    relay_of,
)
from outfeed.settings import Settings
from postgres import a_postgres

LIMIT_S = 60
COMMAND = Note(What.COMMAND, 58, "6ace3ef1-2fa0-4231-8288-0c64d7481e08")
HELLO = Note(What.CLAIMED, 0, "hello")
LONGEST = Note(What.COMMAND, 2**31, "x" * MAX_ID)


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    with a_postgres() as url:
        yield url


@pytest.fixture
def relays() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Ears:
    """Hears, and can be asked what."""

    def __init__(self, relay: Relay) -> None:
        self.heard: queue.Queue[Note] = queue.Queue()
        self.threads: set[int] = set()
        relay.listen(self._hear)

    def _hear(self, note: Note) -> None:
        self.threads.add(threading.get_ident())
        self.heard.put(note)

    def next(self, *, but: Note | None = MISSED) -> Note:
        """Return the next note that is not `but`."""
        while (note := self.heard.get(timeout=LIMIT_S)) == but:
            pass
        return note

    def until(self, last: Note) -> list[Note]:
        """Return what is heard up to a note."""
        found = [self.next()]
        while found[-1] != last:
            found.append(self.next())
        return found


@pytest.fixture(params=["memory", "postgres"])
def relay(request: pytest.FixtureRequest, relays: ExitStack) -> Relay:
    if request.param == "memory":
        return MemoryRelay()
    return opened(relays, request.getfixturevalue("database"))


def opened(relays: ExitStack, url: str) -> PostgresRelay:
    relay = PostgresRelay(url)
    relays.callback(relay.close)
    return relay


def two(relays: ExitStack, url: str) -> tuple[PostgresRelay, Ears, PostgresRelay, Ears]:
    """Return the relays of two processes, once each has heard the other."""
    first, second = opened(relays, url), opened(relays, url)
    here, there = Ears(first), Ears(second)
    listening(url, but=set())
    for relay in (first, second):
        relay.tell(HELLO)
        assert [[HELLO], [HELLO]] == [here.until(HELLO), there.until(HELLO)]
    return first, here, second, there


def listening(url: str, *, but: set[int]) -> set[int]:
    """Wait until two connections listen that are none of `but`, and return them."""
    pause = threading.Event()
    query = "SELECT pid FROM pg_stat_activity WHERE query = %s AND state = 'idle'"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(LIMIT_S * 50):
            found = {row[0] for row in connection.execute(query, (f"LISTEN {CHANNEL}",))} - but
            if len(found) == 2:
                return found
            pause.wait(0.02)
    raise AssertionError(but)


def test_who_listens_hears_notes_of_its_own_process_on_the_thread_that_tells(relay: Relay) -> None:
    ears, more = Ears(relay), Ears(relay)

    relay.tell(COMMAND)

    assert [COMMAND, COMMAND] == [ears.next(), more.next()]
    assert threading.get_ident() in ears.threads


def test_notes_come_in_the_order_in_which_they_were_told_and_once(relay: Relay) -> None:
    ears = Ears(relay)
    notes = [Note(What.CLAIMED, number) for number in range(500)]

    for note in notes:
        relay.tell(note)

    assert notes == ears.until(notes[-1])


def test_a_relay_that_is_closed_tells_its_own_process_still(relay: Relay) -> None:
    ears = Ears(relay)
    relay.close()

    relay.tell(COMMAND)

    assert COMMAND == ears.next()


def test_notes_reach_other_processes_in_order_and_their_own_once(relays: ExitStack, database: str) -> None:
    first, here, second, there = two(relays, database)
    notes = [LONGEST, *(Note(What.CLAIMED, number, str(number)) for number in range(1000)), COMMAND]

    for note in notes:
        first.tell(note)
    heard = there.until(COMMAND)
    second.tell(Note(What.GONE, 7))

    assert notes == heard
    assert [*notes, Note(What.GONE, 7)] == here.until(Note(What.GONE, 7))


def test_what_was_told_before_the_end_reaches_the_others(relays: ExitStack, database: str) -> None:
    first, _here, _second, there = two(relays, database)
    notes = [Note(What.CLAIMED, number) for number in range(300)]

    for note in notes:
        first.tell(note)
    first.close()

    assert notes == there.until(notes[-1])


def test_as_many_notes_as_are_sent_together_fit() -> None:
    assert len(payload_of("x" * 32, [LONGEST] * MOST_TOGETHER).encode()) < 8000


def test_who_has_lost_its_connection_is_told_that_it_may_have_missed_something(
    relays: ExitStack, database: str
) -> None:
    first, _here, _second, there = two(relays, database)
    before = listening(database, but=set())

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", (list(before),))
    listening(database, but=before)
    first.tell(COMMAND)

    assert [MISSED, COMMAND] == [there.next(but=None), there.next(but=None)]


def test_what_is_told_while_there_is_no_database_is_heard_here_and_kept_for_the_others(relays: ExitStack) -> None:
    lost = opened(relays, "postgresql://outfeed@/postgres?host=/nowhere")
    ears = Ears(lost)

    lost.tell(COMMAND)

    assert COMMAND == ears.next()
    assert COMMAND == lost._waiting.get_nowait()


def test_where_notes_are_lost_the_others_are_told_so(relays: ExitStack, database: str) -> None:
    """One process tells more than can wait: the other one is told to look everything up."""
    first, _here, _second, there = two(relays, database)
    first._lost.set()

    assert MISSED == there.next(but=None)


def test_a_process_that_starts_lets_the_others_look_for_what_its_killed_forerunner_had_not_told(
    relays: ExitStack, database: str
) -> None:
    _first, here, _second, _there = two(relays, database)

    opened(relays, database)

    assert MISSED == here.next(but=None)


def test_telling_never_blocks(relays: ExitStack) -> None:
    lost = opened(relays, "postgresql://outfeed@/postgres?host=/nowhere")
    lost._lost.clear()

    for number in range(MOST_WAITING + 10):
        lost.tell(Note(What.CLAIMED, number))

    assert (MOST_WAITING, True) == (lost._waiting.qsize(), lost._lost.is_set())


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{}",
        "null",
        "[]",
        '["a",["command"]]',
        '["a",["new word",1,""]]',
        '["a",["command","1",""]]',
        '["a",["command",1,null]]',
        '["a",5]',
        "[" * 7000,
    ],
)
def test_what_is_no_note_of_ours_may_have_been_one(payload: str) -> None:
    assert [MISSED] == notes_in(payload, but_of="me")


def test_ones_own_notes_are_not_heard_twice() -> None:
    payload = payload_of("me", [COMMAND])

    assert ([], [COMMAND]) == (notes_in(payload, but_of="me"), notes_in(payload, but_of="you"))


def test_an_id_that_is_not_ours_is_told_as_missed(relays: ExitStack, database: str) -> None:
    first, here, _second, there = two(relays, database)

    first.tell(Note(What.CLAIMED, 1, "x" * 9000))

    assert Note(What.CLAIMED, 1, "x" * 9000) == here.next()
    assert MISSED == there.next(but=None)


def test_the_setting_chooses(relays: ExitStack) -> None:
    over = relay_of(Settings(relay_url="postgresql://outfeed@/postgres?host=/nowhere"))
    relays.callback(over.close)

    assert (MemoryRelay, PostgresRelay) == (type(relay_of(Settings())), type(over))
    with pytest.raises(ValueError, match="OUTFEED_RELAY_URL"):
        Settings(relay_url="redis://somewhere")

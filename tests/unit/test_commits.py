"""Several writers, one commit: what is kept, and what an error of one does to the others."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from outfeed.commits import CommitLost, Writers
from outfeed.database import open_database

PATIENCE_S = 60.0


class Place:
    """A database with one table, whose commits always take longer than the work: each look at the clock is a second."""

    def __init__(self, folder: Path, *, step: int) -> None:
        self.engine = open_database(folder)
        self.path = folder / "outfeed.sqlite"
        self.commits = 0
        ticks = count(step=step)
        self.writers = Writers(lambda: float(next(ticks)))
        sa.event.listen(self.engine, "commit", self._count)
        self.write(lambda connection: connection.exec_driver_sql("CREATE TABLE t (x INTEGER UNIQUE)"))
        self.writers._commit_s = 1e9 if step else 0.0

    def _count(self, _: Any) -> None:
        self.commits += 1

    def write(self, work: Callable[[sa.Connection], Any]) -> None:
        with self.writers.writing(self.engine) as connection:
            work(connection)

    def kept(self) -> list[int]:
        """Return what another program sees."""
        with sqlite3.connect(self.path) as other:
            found = [x for (x,) in other.execute("SELECT x FROM t ORDER BY x")]
        other.close()
        return found

    def written_together(self, *works: Callable[[sa.Connection], Any]) -> list[Future[None]]:
        """Let one writer begin, and others queue up behind it before it ends; return how each ended."""
        is_in, may_go = threading.Event(), threading.Event()

        def first(connection: sa.Connection) -> None:
            is_in.set()
            assert may_go.wait(PATIENCE_S)
            works[0](connection)

        with ThreadPoolExecutor(len(works)) as pool:
            futures = [pool.submit(self.write, first)]
            assert is_in.wait(PATIENCE_S)
            futures += [pool.submit(self.write, work) for work in works[1:]]
            while self.writers._waiting < len(works) - 1:
                threading.Event().wait(0.001)
            may_go.set()
        return futures


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Place]:
    """Return a database on a slow disk."""
    place = Place(tmp_path, step=1)
    yield place
    place.engine.dispose()


def put(*values: int) -> Callable[[sa.Connection], None]:
    def work(connection: sa.Connection) -> None:
        for value in values:
            connection.execute(sa.text("INSERT INTO t VALUES (:x)"), {"x": value})

    return work


def errors(futures: list[Future[None]]) -> list[type[BaseException] | None]:
    return [type(error) if (error := future.exception()) else None for future in futures]


def test_writers_who_wait_share_one_commit(slow: Place) -> None:
    before = slow.commits
    futures = slow.written_together(*(put(number) for number in range(8)))

    assert [None] * 8 == errors(futures)
    assert list(range(8)) == slow.kept()
    assert 1 == slow.commits - before


def test_where_the_disk_is_fast_each_commits_alone(tmp_path: Path) -> None:
    place = Place(tmp_path, step=0)
    before = place.commits
    place.written_together(*(put(number) for number in range(4)))

    assert 4 == place.commits - before
    place.engine.dispose()


def test_an_error_of_one_undoes_nothing_of_the_others(slow: Place) -> None:
    futures = slow.written_together(put(1), put(2, 1), put(3), put(4, 4), put(5))

    failed = [at for at, error in enumerate(errors(futures)) if error is sa.exc.IntegrityError]
    assert [1, 3] == failed
    assert [1, 3, 5] == slow.kept()


def test_an_error_of_the_last_one_keeps_what_the_others_have_written(slow: Place) -> None:
    futures = slow.written_together(put(1), put(2, 2))

    assert [None, sa.exc.IntegrityError] == errors(futures)
    assert [1] == slow.kept()


def test_what_a_writer_sees_of_those_before_it_is_committed_with_it(slow: Place) -> None:
    def add_next(connection: sa.Connection) -> None:
        largest = connection.exec_driver_sql("SELECT coalesce(max(x), 0) FROM t").scalar() or 0
        put(largest + 1)(connection)

    slow.written_together(*[add_next] * 10)

    assert list(range(1, 11)) == slow.kept()


def test_a_writer_returns_only_when_its_words_are_kept(slow: Place) -> None:
    """The promise of a 2xx: another program sees them at once."""
    missing: list[int] = []

    def write(number: int) -> None:
        slow.write(put(number))
        if number not in slow.kept():
            missing.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))

    assert [] == missing


def test_a_failed_commit_fails_all_who_were_in_it(slow: Place) -> None:
    def refuse(_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    sa.event.listen(slow.engine, "commit", refuse)
    futures = slow.written_together(put(1), put(2), put(3))
    sa.event.remove(slow.engine, "commit", refuse)

    assert sorted(["CommitLost", "CommitLost", "OperationalError"]) == sorted(e.__name__ for e in errors(futures) if e)
    assert [] == slow.kept()
    slow.write(put(4))
    assert [4] == slow.kept()


def test_a_transaction_that_sqlite_has_undone_is_no_success_of_the_others(slow: Place) -> None:
    def lose_all(connection: sa.Connection) -> None:
        put(2)(connection)
        connection.exec_driver_sql("ROLLBACK")
        raise ValueError

    futures = slow.written_together(put(1), lose_all)

    assert [CommitLost, ValueError] == errors(futures)
    assert [] == slow.kept()


@pytest.mark.slow
def test_who_waits_for_somebody_that_never_comes_commits_itself(slow: Place) -> None:
    slow.writers._waiting = 1  # whoever that is was interrupted

    slow.write(put(1))

    assert [1] == slow.kept()

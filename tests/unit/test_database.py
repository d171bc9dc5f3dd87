"""The database: what a commit promises, on every SQLite that Python may come with."""

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.database import open_database, reading, writing


def test_a_commit_is_on_the_disk_and_readers_do_not_wait(tmp_path: Path) -> None:
    with reading(open_database(tmp_path)) as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert ["wal", 2] == modes


def test_the_data_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    open_database(tmp_path / "data")

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_the_queues_clock_counts_milliseconds_on_every_sqlite(tmp_path: Path) -> None:
    """SQLite before 3.42 has no `subsec`, and the queue's library asks for it all the same."""
    with reading(open_database(tmp_path)) as connection:
        now = connection.exec_driver_sql("SELECT unixepoch('subsec') * 1000").scalar()

    assert isinstance(now, float | int)
    assert now > 1_700_000_000_000


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER UNIQUE)")

    def write_two() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")

    with pytest.raises(sa.exc.IntegrityError):
        write_two()

    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0


def test_what_a_writer_has_read_does_not_change_before_its_commit(tmp_path: Path) -> None:
    """To look and then insert is safe: the second writer waits."""
    engine = open_database(tmp_path)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER)")

    def add_next() -> None:
        with writing(engine) as connection:
            largest = connection.exec_driver_sql("SELECT coalesce(max(x), 0) FROM t").scalar() or 0
            connection.execute(sa.text("INSERT INTO t VALUES (:x)"), {"x": largest + 1})

    threads = [threading.Thread(target=add_next) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with sqlite3.connect(tmp_path / "outfeed.sqlite") as connection_:
        assert [(x,) for x in range(1, 21)] == connection_.execute("SELECT x FROM t ORDER BY x").fetchall()
    connection_.close()


def test_threads_that_write_take_turns_and_hold_no_connection_while_they_wait(tmp_path: Path) -> None:
    """There are fewer connections than threads, and readers need some."""
    engine = open_database(tmp_path)
    held, most = 0, 0

    def took(*_: object) -> None:
        nonlocal held, most
        held += 1
        most = max(most, held)

    def gave(*_: object) -> None:
        nonlocal held
        held -= 1

    sa.event.listen(engine, "checkout", took)
    sa.event.listen(engine, "checkin", gave)

    def write() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (x INTEGER)")

    with writing(engine):
        threads = [threading.Thread(target=write) for _ in range(40)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()

    assert 1 == most


def test_what_goes_wrong_does_not_tell_what_was_written(tmp_path: Path) -> None:
    """It is logged, and codes and clients' addresses are written too."""
    with (
        pytest.raises(sa.exc.OperationalError) as error,
        reading(open_database(tmp_path)) as connection,
    ):
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:code)"), {"code": "YKNRKT"})

    assert "YKNRKT" not in str(error.value)

"""Opening the database, and the one way to write to it."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from outfeed.commits import CommitLost, NoTurn, Writers

#: A writer waits this long for its turn before it gives up, in milliseconds.
BUSY_MS = 30_000

#: What a loop that runs for ever must outlive: the database is busy or its disk full, and it is tried again later.
NOT_NOW: Final = (sa.exc.SQLAlchemyError, TimeoutError, CommitLost)

#: What SQLite says where another process holds the database, or no space is left; codes without details.
_PASSING: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
#: And where its file cannot be opened, written or understood.
_UNUSABLE: Final = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
}
_WITHOUT_DETAILS: Final = 0xFF

#: The writers of each database that is open in this process. They take turns among themselves: SQLite's own way to wait
#: is to sleep and look again, up to 100 ms each time; it is left to wait for other processes.
_LOCK: Final = threading.Lock()
_WRITERS: Final[WeakKeyDictionary[sa.Engine, Writers]] = WeakKeyDictionary()


def open_database(folder: Path) -> sa.Engine:
    """
    Open, and create if it is not there, the SQLite database of a data folder.

    A commit is on the disk when it returns (`synchronous=FULL`); readers never wait for the writer (WAL).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "outfeed.sqlite"
    # The text of an error goes to the log; codes and clients' addresses are parameters.
    engine = sa.create_engine(f"sqlite:///{path}", pool_size=10, max_overflow=20, hide_parameters=True)
    sa.event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    """Set each new connection up; the queue's library needs IMMEDIATE for what it begins itself."""
    connection.isolation_level = "IMMEDIATE"
    if sqlite3.sqlite_version_info < (3, 42):
        connection.create_function("unixepoch", 1, _unixepoch)
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    _log_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _log_ahead(connection: Any) -> None:
    """
    Turn the write-ahead log on, which is kept in the file: only the first connection of all changes anything.

    Several that open a new file together are in each other's way, and here SQLite fails at once instead of waiting
    as `busy_timeout` says. It does wait for the lock of a transaction, which is free when the other is done.
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _WITHOUT_DETAILS != sqlite3.SQLITE_BUSY:
                raise
        else:
            return
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def _unixepoch(modifier: str) -> float:
    """
    Answer `unixepoch('subsec')`, seconds since 1970-01-01 UTC, where SQLite does not.

    The queue's library asks for it on Python 3.12 and later, whatever SQLite is there; Debian 12 has 3.40.
    """
    if modifier != "subsec":
        raise ValueError(modifier)
    return time.time()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """
    Give a connection that holds the write lock from its first statement, and commit at the end.

    What is read inside cannot change before the commit, so "look, then insert" is safe. Never write inside of it
    by another connection: that one would wait for this one.
    """
    with _LOCK:
        writers = _WRITERS.setdefault(engine, Writers())
    with writers.writing(engine) as connection:
        yield connection


def is_passing(error: BaseException) -> bool:
    """Tell whether an error says that the database is busy or its disk full, which the same call may not meet later."""
    if isinstance(error, NoTurn | CommitLost | sa.exc.TimeoutError):
        return True
    return _code(error) in _PASSING


def is_full(error: BaseException) -> bool:
    """Tell whether an error says that the database's disk is full."""
    return _code(error) == sqlite3.SQLITE_FULL


def unusable(error: BaseException) -> str:
    """Return why a database cannot be used by this process until somebody has mended that; empty for other errors."""
    return str(error.orig) if isinstance(error, sa.exc.DBAPIError) and _code(error) in _UNUSABLE else ""


def _code(error: BaseException) -> int:
    """Return SQLite's code of an error, without details; 0 for what is none of its."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else None
    code: int = getattr(cause, "sqlite_errorcode", 0)  # missing where the driver itself complains
    return code & _WITHOUT_DETAILS


@contextmanager
def rebuilding(engine: sa.Engine) -> Iterator[sa.Connection]:
    """
    Give a connection as `writing` does, on which rows may refer to what is not there until the end.

    SQLite changes a table by making it anew, and removing the old one would remove all that refers to its rows.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            with _committed(connection):
                yield connection
                _check_references(connection)
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


@contextmanager
def _committed(connection: sa.Connection) -> Iterator[None]:
    """Take the write lock, and commit at the end."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _check_references(connection: sa.Connection) -> None:
    wrong = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if wrong is not None:
        raise RuntimeError(f"a row of {wrong[0]} refers to one of {wrong[2]} that is not there")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection for reading; it never waits for a writer."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()

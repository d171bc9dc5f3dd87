"""
Writers of one database, one at a time; and where commits are slow, several of them to a commit.

A commit waits for the disk, and on many disks that is longer than all the work before it. A writer who is done while
others wait passes the open transaction on and waits for its commit; the last one commits for all. Each works in a
savepoint of its own, so that an error of one undoes nothing of the others. A group grows for no longer than its last
commit has taken: where the disk is fast, each writer commits alone.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import sqlalchemy as sa

from outfeed.statements import run

#: A writer who waits this long for its turn gives up, in seconds.
_PATIENCE_S: Final = 30.0
#: Whoever waits for a group looks this often whether somebody is there to commit it, in seconds.
_LOOK_S: Final = 1.0


class NoTurn(TimeoutError):
    """Others wrote for so long that this was not begun."""


class CommitLost(RuntimeError):
    """What was written in the same commit could not be kept, so this was not kept either."""


class _Group:
    """An open transaction, and the writers who wait for its commit."""

    def __init__(self, connection: sa.Connection, began_s: float) -> None:
        self.connection = connection
        self.began_s = began_s
        self.is_over = threading.Event()
        self.error: BaseException | None = None


class Writers:
    """All writers of one database in this process; `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        #: What only who has the turn touches.
        self._group: _Group | None = None
        self._open = ExitStack()
        self._commit_s = 0.0

    @contextmanager
    def writing(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """
        Give a connection that nobody else writes with; at the end, what was written is on the disk.

        Raises
        ------
        NoTurn
            If the turn does not come.
        CommitLost
            If another one's failure has undone this too: a full disk, for instance.
        """
        self._take_turn()
        try:
            group = self._begun(engine)
            try:
                yield from self._apart(group)
            finally:
                is_passed_on = self._pass_on(group)
        finally:
            self._turn.release()
        if is_passed_on:
            self._wait(group)

    def _take_turn(self) -> None:
        with self._counting:
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=_PATIENCE_S):
                raise NoTurn(f"No turn to write in {_PATIENCE_S:g} s.")
        finally:
            with self._counting:
                self._waiting -= 1

    def _begun(self, engine: sa.Engine) -> _Group:
        """Return the open group, or a new one that holds the database's write lock."""
        if self._group is None:
            with ExitStack() as opened:
                connection = opened.enter_context(engine.connect())
                connection.begin()
                run(connection, "BEGIN IMMEDIATE")
                self._group = _Group(connection, self._clock())
                self._open = opened.pop_all()
        return self._group

    def _apart(self, group: _Group) -> Iterator[sa.Connection]:
        """Give the group's connection to one writer, whose error undoes what it has written and nothing else."""
        connection = group.connection
        run(connection, "SAVEPOINT writer")
        try:
            yield connection
        except BaseException as error:
            if _is_open(connection):
                run(connection, "ROLLBACK TO writer")
            else:
                group.error = error  # SQLite itself undoes all on a full disk
            raise
        finally:
            if _is_open(connection):
                run(connection, "RELEASE writer")

    def _pass_on(self, group: _Group) -> bool:
        """Leave the commit to a writer who waits for a turn, and return True; else commit."""
        with self._counting:
            is_next_there = self._waiting > 0
        if is_next_there and group.error is None and self._clock() - group.began_s < self._commit_s:
            return True
        self._commit(group)
        return False

    def _commit(self, group: _Group) -> None:
        """Commit what the group has written, and wake those who wait for it."""
        self._group = None
        began_s = self._clock()
        with self._open:
            try:
                if group.error is None:
                    group.connection.commit()
                    self._commit_s = self._clock() - began_s
            except BaseException as error:
                group.error = error
                raise
            finally:
                group.connection.rollback()
                group.is_over.set()

    def _wait(self, group: _Group) -> None:
        """Wait for the commit; where whoever was to do it never came to its turn, commit."""
        while not group.is_over.wait(_LOOK_S):
            with self._turn:
                if self._group is group:
                    self._commit(group)
        if group.error is not None:
            raise CommitLost("Nothing of this commit was kept.") from group.error


def _is_open(connection: sa.Connection) -> bool:
    """Tell whether SQLite still has the transaction open."""
    raw = connection.connection.dbapi_connection
    return raw is not None and bool(raw.in_transaction)

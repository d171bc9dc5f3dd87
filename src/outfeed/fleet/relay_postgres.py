"""Notes between web processes: over PostgreSQL's LISTEN and NOTIFY, as ids and nothing else."""

import json
import queue
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
import structlog

from outfeed.fleet.notes import Hearer, MemoryRelay, Note, Relay, What
from outfeed.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Where notes are passed on; one database is for one installation.
CHANNEL: Final = "outfeed_notes"
#: Notes that wait to be sent; beyond, they are lost, and the other processes are told that some were.
MOST_WAITING: Final = 10_000
#: Notes that are sent together: fewer than 8,000 bytes, more than which PostgreSQL does not carry (its manual, NOTIFY).
MOST_TOGETHER: Final = 50
#: Longest id that is passed on, in characters: ours are UUIDs. A note with a longer one is told as one that was missed.
MAX_ID: Final = 64
#: How soon a listener sees that it shall end, in seconds.
WATCH_S: Final = 0.25
#: Pause before the next attempt to connect, in seconds; it doubles up to the second number.
PAUSE_S: Final = (0.1, 5.0)
#: A connection whose other end has vanished is noticed in less than half a minute.
_CONNECTION: Final[dict[str, Any]] = {
    "autocommit": True,
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "outfeed",
}
#: Said to the hearers where notes of others may have been lost.
MISSED: Final = Note(What.MISSED, 0)


class PostgresRelay:
    """
    Carries notes to the other processes on the same database, and within this one without it.

    Hearers of this process are called at once, on the thread of the caller, whether the database is there or not. What
    others tell comes on a thread of its own. After each time without a connection hearers get a note that some may have
    been missed, and at its start the others do.
    """

    def __init__(self, url: str, new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> None:
        self._url = url
        self._id = new_id()
        self._hearers: list[Hearer] = []
        self._waiting: queue.Queue[Note] = queue.Queue(MOST_WAITING)
        self._lost = threading.Event()
        self._lost.set()  # the process before this one may have been killed before it had told all
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_on, args=(work,), name=name, daemon=True)
            for name, work in (("relay-listener", self._listen), ("relay-sender", self._send))
        ]
        for thread in self._threads:
            thread.start()

    def tell(self, note: Note) -> None:
        """Call the hearers of this process, and let those of others be called."""
        self._hear(note)
        if len(note.id) > MAX_ID or not note.id.isascii():
            note = MISSED
        try:
            self._waiting.put_nowait(note)
        except queue.Full:
            self._lost.set()

    def listen(self, hear: Hearer) -> None:
        """Call `hear` with every note from now on."""
        self._hearers.append(hear)

    def close(self) -> None:
        """End both threads, once what was told is sent; without a connection it is lost, and is caught up with."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _hear(self, note: Note) -> None:
        for hear in self._hearers:
            hear(note)

    # --- Threads ------------------------------------------------------------------------------------------------------

    def _keep_on(self, work: Callable[["psycopg.Connection[Any]"], None]) -> None:
        """Connect and work until `close`; each time that the connection is lost, anew."""
        pause_s = PAUSE_S[0]
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._url, **_CONNECTION) as connection:
                    pause_s = PAUSE_S[0]
                    work(connection)
            except psycopg.Error as error:
                # The text of the error may hold the address, and so the password.
                log.warning("relay_lost", error=type(error).__name__, pause_s=pause_s)
                self._stop.wait(pause_s)
                pause_s = min(2 * pause_s, PAUSE_S[1])

    def _listen(self, connection: "psycopg.Connection[Any]") -> None:
        """Pass on what others tell. Whatever they told before is missed."""
        connection.execute(f"LISTEN {CHANNEL}")
        self._hear(MISSED)
        while not self._stop.is_set():
            for notified in connection.notifies(timeout=WATCH_S):
                for note in notes_in(notified.payload, but_of=self._id):
                    self._hear(note)

    def _send(self, connection: "psycopg.Connection[Any]") -> None:
        """Pass on what this process tells. What waited while there was no connection is sent late and not lost."""
        while not self._stop.is_set() or not self._waiting.empty():
            together = self._gathered()
            if not together:
                continue
            try:
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload_of(self._id, together)))
            except psycopg.Error:
                self._lost.set()
                raise

    def _gathered(self) -> list[Note]:
        """Wait a moment for a note, and return it with all that wait behind it."""
        if self._lost.is_set():
            self._lost.clear()
            return [MISSED]
        found: list[Note] = []
        try:
            found.append(self._waiting.get(timeout=WATCH_S))
            while len(found) < MOST_TOGETHER:
                found.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return found


def relay_of(settings: Settings) -> Relay:
    """Return what carries notes for these settings."""
    return PostgresRelay(settings.relay_url) if settings.relay_url else MemoryRelay()


def payload_of(sender: str, notes: Sequence[Note]) -> str:
    """Return notes as they are sent."""
    return json.dumps([sender, *([note.what, note.printer_id, note.id] for note in notes)], separators=(",", ":"))


def notes_in(payload: str, *, but_of: str) -> list[Note]:
    """Return the notes that were sent; none where they are one's own, or no notes of this version's."""
    try:
        sender, *rows = json.loads(payload)
        return [] if sender == but_of else [_note(*row) for row in rows]
    except (ValueError, TypeError, RecursionError):
        log.warning("relay_garbled")
        return [MISSED]


def _note(what: str, printer_id: int, id_: str) -> Note:
    if not isinstance(printer_id, int) or not isinstance(id_, str):
        raise TypeError
    return Note(What(what), printer_id, id_)

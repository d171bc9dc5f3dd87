"""What has happened to a printer, for those that its channel reaches: in this process, or in another one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class What(StrEnum):
    """What has happened."""

    #: A command was accepted: `id` is its task.
    COMMAND = "command"
    #: Somebody has claimed the printer, or joined those who use it: `id` is the principal.
    CLAIMED = "claimed"
    #: The printer is gone, and its token is dead.
    GONE = "gone"
    #: Notes of other processes may have been lost: whatever they could have said is to be looked up. Its printer is 0.
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that has happened, after the commit that made it so. It carries ids and no content."""

    what: What
    printer_id: int
    id: str = ""


#: Who is told. It is called on any thread, must not block and must not raise.
Hearer = Callable[[Note], None]


class Relay(Protocol):
    """Carries notes to every process that holds printers' connections, this one included."""

    def tell(self, note: Note) -> None:
        """Pass a note on. Never blocks; where some may have been lost on the way, hearers get `MISSED`."""

    def listen(self, hear: Hearer) -> None:
        """Call `hear` with every note from now on."""

    def close(self) -> None:
        """Let go of whatever carries the notes."""


class MemoryRelay:
    """Carries notes within this process."""

    def __init__(self) -> None:
        self._hearers: list[Hearer] = []

    def tell(self, note: Note) -> None:
        """Call all hearers, on the thread of the caller."""
        for hear in self._hearers:
            hear(note)

    def listen(self, hear: Hearer) -> None:
        """Call `hear` with every note from now on."""
        self._hearers.append(hear)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

"""States of a print job and the moves between them. Who moves a job is told, because a printer may not do all."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PrintState(StrEnum):
    """How a print job stands; the words are those of the API (specs/spark.md, section 9.4)."""

    #: It lacks its printer or its printable.
    CREATED = "created"
    #: It waits for its turn.
    QUEUED = "queued"
    #: The printer is told, and has not said that it heard.
    SENT = "sent"
    #: The printer has heard and fetches what it shall print.
    RECEIVED = "received"
    PRINTING = "printing"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELED = "canceled"
    FAILED = "failed"
    #: A member has looked at the print and found it good.
    SUCCESSFUL = "successful"


#: Jobs that hold their printer.
ACTIVE: Final = frozenset({PrintState.SENT, PrintState.RECEIVED, PrintState.PRINTING, PrintState.PAUSED})
#: Jobs that no printer has seen.
WAITING: Final = frozenset({PrintState.CREATED, PrintState.QUEUED})
#: Jobs that are over.
ENDED: Final = frozenset({PrintState.COMPLETED, PrintState.CANCELED, PrintState.FAILED, PrintState.SUCCESSFUL})

_S = PrintState
#: What a printer's word does. A word that has come late, or twice, changes nothing: an end is an end, and a printer
#: that prints does not receive.
BY_PRINTER: Final[Mapping[PrintState, frozenset[PrintState]]] = {
    _S.SENT: frozenset({_S.RECEIVED, _S.PRINTING, _S.PAUSED, _S.COMPLETED, _S.CANCELED, _S.FAILED}),
    _S.RECEIVED: frozenset({_S.PRINTING, _S.PAUSED, _S.COMPLETED, _S.CANCELED, _S.FAILED}),
    _S.PRINTING: frozenset({_S.PAUSED, _S.COMPLETED, _S.CANCELED, _S.FAILED}),
    _S.PAUSED: frozenset({_S.PRINTING, _S.COMPLETED, _S.CANCELED, _S.FAILED}),
}
#: What a member says of a print that is over.
BY_MEMBER: Final[Mapping[PrintState, frozenset[PrintState]]] = {
    _S.COMPLETED: frozenset({_S.SUCCESSFUL, _S.FAILED}),
    _S.SUCCESSFUL: frozenset({_S.FAILED}),
    _S.FAILED: frozenset({_S.SUCCESSFUL}),
}


def told_by_printer(state: PrintState, told: PrintState) -> PrintState:
    """Return the state of a job after its printer has told one."""
    return told if told in BY_PRINTER.get(state, frozenset()) else state

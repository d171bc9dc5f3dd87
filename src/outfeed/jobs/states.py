"""The states of a job and the legal moves between them; each dialect has a table to its own words."""

from enum import StrEnum


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: A running job goes back to the queue when its worker died.
MOVES = {
    State.QUEUED: {State.RUNNING, State.CANCELLED},
    State.RUNNING: {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.QUEUED},
    State.SUCCEEDED: set(),
    State.FAILED: set(),
    State.CANCELLED: set(),
}

#: States that can still change.
LIVE = frozenset(state for state, moves in MOVES.items() if moves)


def before(state: State) -> list[str]:
    """Return the states from which a job may move to `state`, as the database spells them."""
    return [origin.value for origin, moves in MOVES.items() if state in moves]

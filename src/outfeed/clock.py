"""The time, as one function that whoever needs it is given: a test passes its own."""

import time
from collections.abc import Callable

#: Milliseconds since 1970-01-01 UTC. All times in the database are of this kind.
Clock = Callable[[], int]


def now_ms() -> int:
    """Return the wall clock in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000

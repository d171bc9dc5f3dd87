"""How the parts of `outfeed demo` wait for the server."""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

Found = TypeVar("Found")

#: Longest time that a step may take, in seconds, and the time between two questions how it stands.
PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.02


def until(look: Callable[[], Found | None], what: str) -> Found:
    """Return the first thing that is found; raise `TimeoutError` when patience has ended."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if found := look():
            return found
        threading.Event().wait(_PAUSE_S)
    raise TimeoutError(f"Waiting for {what} took too long.")

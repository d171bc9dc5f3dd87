"""What one server, one session and one request may take."""

from dataclasses import dataclass
from typing import Final

#: Where connects hardly wait, a client still has this long to come back.
_LEAST_INTERVAL_S: Final = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Times and bounds of a Bayeux server."""

    #: How long a connect waits for something to deliver.
    timeout_s: float = 45.0
    #: How long clients are advised to wait between two connects.
    interval_s: float = 0.0
    #: How long clients are advised to wait where the server is full or closing.
    pause_s: float = 5.0
    #: Sessions that the owner has vouched for. Beyond that, one more stays a guest.
    max_sessions: int = 20_000
    #: Sessions beside them, of guests: all begin as such. With one more, the one that was silent longest ends.
    max_guests: int = 20_000
    #: Guests of one address, where the transport tells it. With one more, its own longest silent one ends.
    max_guests_per_address: int = 20_000
    #: Messages that wait for one session, those that it has not acknowledged included; with one more, it ends.
    max_queue: int = 1_000
    #: Characters of JSON that wait for one session, counted in the same way.
    max_queue_chars: int = 1024 * 1024
    #: Subscriptions of one session, and those that one batch may ask for.
    max_subscriptions: int = 100
    #: Messages in one request.
    max_batch: int = 1_000
    #: Bytes of one request or WebSocket message.
    max_message_bytes: int = 64 * 1024

    @property
    def max_interval_s(self) -> float:
        """How long a session is kept after its last sign of life: longer than a connect waits."""
        return max(2 * self.timeout_s, _LEAST_INTERVAL_S)

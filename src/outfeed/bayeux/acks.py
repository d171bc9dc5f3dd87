"""Acknowledged delivery, as CometD does it: nothing is lost with a reply that did not arrive."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from outfeed.bayeux.messages import Message


class Unacknowledged:
    """The messages of one session that were sent and may have to be sent again, in batches that are counted."""

    __slots__ = ("_batches", "batch", "chars", "count")

    def __init__(self) -> None:
        #: The number of the last batch that was sent.
        self.batch = 0
        #: Messages in all batches that are kept.
        self.count = 0
        #: Their size, in characters of JSON.
        self.chars = 0
        self._batches: deque[tuple[int, list[Message]]] = deque()

    def sent(self, messages: list[Message]) -> None:
        """Keep a batch that goes out now."""
        self.batch += 1
        self._batches.append((self.batch, messages))
        self.count += len(messages)
        self.chars += sum(len(message.text) for message in messages)

    def acknowledge(self, batch: int) -> list[Message]:
        """Forget all batches up to this one, which has arrived; return what later ones hold, to be sent again."""
        lost = [message for number, messages in self._batches if number > batch for message in messages]
        self._batches.clear()
        self.count = self.chars = 0
        return lost


def wants_acks(message: Mapping[str, Any]) -> bool:
    """Tell whether a handshake offers to acknowledge."""
    ext = message.get("ext")
    return isinstance(ext, dict) and ext.get("ack") is True


def acked_batch(message: Mapping[str, Any]) -> int | None:
    """Return the number of the batch that a connect acknowledges."""
    ext = message.get("ext")
    batch = ext.get("ack") if isinstance(ext, dict) else None
    return batch if isinstance(batch, int) and not isinstance(batch, bool) else None

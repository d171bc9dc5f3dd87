"""One batch of messages while it is handled, and what comes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from outfeed.bayeux.constants import Meta
from outfeed.bayeux.messages import Message
from outfeed.bayeux.sessions import Connection, Held, Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transport has to do after a batch."""

    #: To be sent now, in this order: a reply to each message, and deliveries that go with them.
    replies: list[Message]
    #: The connect whose reply waits. There is none where an HTTP request has other replies to carry.
    held: Held | None


@dataclass(slots=True)
class Exchange:
    """The state of a running `receive`."""

    connection: Connection
    replies: list[Message] = field(default_factory=list)
    held: Held | None = None
    #: Whether a connect that is handled now may wait.
    may_wait: bool = False
    #: Whether a handshake may open a session.
    may_open: bool = True
    #: Channels that were to be subscribed to: each is a question to the server's owner.
    asked: int = 0
    #: Sessions whose connect was handled.
    connected: set[Session] = field(default_factory=set)
    #: Sessions of this connection that have got something: it goes out with the replies.
    woken: dict[Session, None] = field(default_factory=dict)

    def add(self, messages: Iterable[Message]) -> None:
        """Put messages behind those that are there."""
        self.replies.extend(messages)

    def outcome(self) -> Outcome:
        """Return what is to be done, with all that waits for the connection by now."""
        for session in self.woken:
            self.add(session.take(self.connection))
        return Outcome(self.replies, None if self.held is None or self.held.is_over else self.held)


def opens_many(messages: Sequence[object]) -> bool:
    """Tell whether a batch would open more than one session; then it opens none."""
    channels = [message.get("channel") for message in messages if isinstance(message, dict)]
    return channels.count(Meta.HANDSHAKE.value) > 1

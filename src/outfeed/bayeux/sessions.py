"""Sessions: what waits for one client, and where it is to be sent."""

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

from outfeed.bayeux.constants import ConnectionType
from outfeed.bayeux.messages import Message

if TYPE_CHECKING:
    from outfeed.bayeux.acks import Unacknowledged
    from outfeed.bayeux.channels import Channel


class Connection(Protocol):
    """The transport's side: one for each WebSocket, each stream of events and each HTTP request. Told by identity."""

    @property
    def type(self) -> ConnectionType:
        """How messages travel on it."""

    @property
    def address(self) -> str | None:
        """Who is at the other end, as far as the transport knows: guests of one address are counted."""

    def wake(self, session: "Session") -> None:
        """
        Learn that there is something to send.

        A stream then sends `session.take(self)`, a poll `held.release()`; both may turn out to be empty. It is called
        on the server's thread, must not block, and is not called for what a running `receive` gives back itself.
        """


class Ending(Enum):
    """Why a session is over."""

    #: The client has said so.
    DISCONNECTED = auto()
    #: It was silent for too long, did not take what waited for it, or the server's owner ended it.
    DROPPED = auto()
    #: The server is closing.
    CLOSED = auto()


class Session:
    """One client, from its handshake on. Only the server that made it changes it."""

    __slots__ = (
        "acks",
        "address",
        "connection",
        "context",
        "ending",
        "held",
        "id",
        "is_guest",
        "is_lost",
        "queue",
        "queued_chars",
        "stream",
        "subscriptions",
        "touched_at",
    )

    def __init__(self, id_: str, *, address: str | None, now: float) -> None:
        #: The secret by which the client names itself. Never logged.
        self.id = id_
        #: For whoever decides what the session may do: the server does not look into it.
        self.context: dict[str, Any] = {}
        #: What the client has subscribed to.
        self.subscriptions: set[Channel] = set()
        #: Why it is over; None while it lives.
        self.ending: Ending | None = None
        self.address = address
        #: Whether the owner has not vouched for it.
        self.is_guest = True
        #: Last sign of life, in seconds of the server's clock.
        self.touched_at = now
        #: Where deliveries go: a stream, or the request whose connect waits.
        self.connection: Connection | None = None
        #: Its open stream of events: where deliveries go again after a connect that came by a poll was answered.
        self.stream: Connection | None = None
        #: The connect whose reply waits.
        self.held: Held | None = None
        #: Whether its last connection broke, so that what was sent on it may not have arrived.
        self.is_lost = False
        self.queue: list[Message] = []
        self.queued_chars = 0
        #: What was sent and not acknowledged, if the client acknowledges.
        self.acks: Unacknowledged | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the server still knows it."""
        return self.ending is None

    @property
    def waiting(self) -> int:
        """The number of messages that are kept for it."""
        return len(self.queue) + (self.acks.count if self.acks else 0)

    @property
    def waiting_chars(self) -> int:
        """The size of the messages that are kept for it, in characters of JSON."""
        return self.queued_chars + (self.acks.chars if self.acks else 0)

    @property
    def is_sent_at_once(self) -> bool:
        """Whether messages go out as they come; otherwise they go with the reply to a connect."""
        return self.connection is not None and self.connection.type.is_stream and self.acks is None

    @property
    def has_to_answer(self) -> bool:
        """Whether a connect has to be answered now, for the sake of what waits."""
        return bool(self.queue) and not self.is_sent_at_once

    def take(self, connection: Connection) -> list[Message]:
        """Return all that `connection` has to send now, in order; nothing if the session has gone to another one."""
        if self.connection is not connection:
            return []
        if self.ending or self.is_sent_at_once:
            return self.drain()
        return self.held.release() if self.held and self.queue else []

    def push(self, message: Message) -> bool:
        """Put a message at the end of the queue; tell whether the queue was empty."""
        self.queue.append(message)
        self.queued_chars += len(message.text)
        return len(self.queue) == 1

    def drain(self) -> list[Message]:
        """Empty the queue, and keep what is taken until it is acknowledged if the client acknowledges."""
        taken, self.queue, self.queued_chars = self.queue, [], 0
        if self.acks and taken:
            self.acks.sent(taken)
        return taken

    def forget(self) -> None:
        """Drop all that waits."""
        self.queue, self.queued_chars, self.acks = [], 0, None

    def acknowledge(self, batch: int | None) -> None:
        """Forget what the client has received, and put back what it has not; None says nothing of either."""
        if self.acks and batch is not None:
            self.queue[:0] = self.acks.acknowledge(batch)
            self.queued_chars = sum(len(message.text) for message in self.queue)


class Held:
    """A connect whose reply waits until there is something to deliver, or its time is up."""

    __slots__ = ("_answer", "connection", "ext", "id", "is_over", "session", "timeout_s")

    def __init__(
        self,
        session: Session,
        connection: Connection,
        *,
        id_: str | int | None,
        ext: object,
        timeout_s: float,
        answer: Callable[["Held"], list[Message]],
    ) -> None:
        self.session = session
        self.connection = connection
        #: Of the message, to be echoed.
        self.id = id_
        #: Of the message, kept for the extensions if there are any.
        self.ext = ext
        #: How long it may wait, in seconds.
        self.timeout_s = timeout_s
        #: Whether it was answered or given up.
        self.is_over = False
        self._answer = answer

    def release(self) -> list[Message]:
        """Return the reply to the connect and what waits for the session; nothing if that has been done before."""
        if self.is_over:
            return []
        self.is_over = True
        return self._answer(self)

    def abandoned(self) -> None:
        """Learn that the client has gone away: before the reply was made, or before all of it was sent."""
        session = self.session
        if session.held is self:
            session.held = None
            session.is_lost = True
            if session.connection is self.connection and not self.connection.type.is_stream:
                session.connection = session.stream
        elif self.is_over:
            session.is_lost = True
        self.is_over = True

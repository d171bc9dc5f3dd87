"""All sessions of a server: by their ids, in the order of their last signs of life, by address and by stream."""

from collections import Counter, OrderedDict
from collections.abc import Iterator

from outfeed.bayeux.sessions import Connection, Session


class Registry:
    """The sessions that live. Each call takes the same time however many there are."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._unsubscribed: OrderedDict[Session, None] = OrderedDict()
        self._addresses: Counter[str] = Counter()
        self._streams: dict[Connection, dict[Session, None]] = {}

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        """Yield the sessions that there are now, the longest silent one first."""
        yield from list(self._sessions.values())

    def get(self, id_: object) -> Session | None:
        """Return the session with this id; None for anything else, text or not."""
        return self._sessions.get(id_) if isinstance(id_, str) else None

    def count_of(self, address: str | None) -> int:
        """Return the number of sessions that were opened from an address."""
        return 0 if address is None else self._addresses[address]

    def add(self, session: Session) -> None:
        """Take a new session in; it has no subscription yet."""
        self._sessions[session.id] = session
        self._unsubscribed[session] = None
        if session.address is not None:
            self._addresses[session.address] += 1

    def remove(self, session: Session) -> None:
        """Let a session go, but for the connection to which its end is still to be told."""
        del self._sessions[session.id]
        self._unsubscribed.pop(session, None)
        self.stream(session, None)
        self._leave(session, session.connection)
        if session.address is not None:
            self._addresses[session.address] -= 1
            if not self._addresses[session.address]:
                del self._addresses[session.address]

    def touch(self, session: Session, now: float) -> None:
        """Note a sign of life."""
        if session.is_alive:
            session.touched_at = now
            self._sessions.move_to_end(session.id)

    def silent_since(self, then: float) -> Iterator[Session]:
        """Yield the sessions whose last sign of life is that long ago. Each must be removed before the next."""
        while self._sessions and (oldest := next(iter(self._sessions.values()))).touched_at <= then:
            yield oldest

    def note_subscriptions(self, session: Session) -> None:
        """Learn that the subscriptions of a session have changed."""
        if session.subscriptions:
            self._unsubscribed.pop(session, None)
        elif session.is_alive:
            self._unsubscribed.setdefault(session)

    def oldest_unsubscribed(self) -> Session | None:
        """Return the session that has been without a subscription for the longest time."""
        return next(iter(self._unsubscribed), None)

    def bind(self, session: Session, connection: Connection | None) -> None:
        """Give a session another connection, or none."""
        if session.connection is not session.stream:
            self._leave(session, session.connection)
        session.connection = connection
        if connection is not None and connection.type.is_stream:
            self._streams.setdefault(connection, {})[session] = None

    def stream(self, session: Session, connection: Connection | None) -> None:
        """Give a session, which is bound to it, another stream of events; None: it has none any more."""
        before, session.stream = session.stream, connection
        if before is not session.connection:
            self._leave(session, before)

    def on_stream(self, connection: Connection) -> list[Session]:
        """Return the sessions of a stream."""
        return list(self._streams.get(connection, ()))

    def _leave(self, session: Session, connection: Connection | None) -> None:
        if connection is None or connection not in self._streams:
            return
        sessions = self._streams[connection]
        sessions.pop(session, None)
        if not sessions:
            del self._streams[connection]

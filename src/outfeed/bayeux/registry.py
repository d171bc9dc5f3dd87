"""All sessions of a server: by their ids, in the order of their last signs of life, by stream, guests by address."""

from collections import OrderedDict
from collections.abc import Iterator

from outfeed.bayeux.sessions import Connection, Session


class Registry:
    """The sessions that live. Each call takes the same time however many there are."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._guests: OrderedDict[Session, None] = OrderedDict()
        #: The same by address; those whose address is not told are not here.
        self._addresses: dict[str, OrderedDict[Session, None]] = {}
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

    @property
    def guests(self) -> int:
        """The number of guests."""
        return len(self._guests)

    @property
    def known(self) -> int:
        """The number of sessions that are no guests."""
        return len(self._sessions) - len(self._guests)

    def guests_of(self, address: str | None) -> int:
        """Return the number of guests of an address; 0 where it is not told."""
        return 0 if address is None else len(self._addresses.get(address, ()))

    def oldest_guest(self, address: str | None = None) -> Session | None:
        """Return the guest, or that of an address, that was silent for the longest time."""
        return next(iter(self._guests if address is None else self._addresses.get(address, ())), None)

    def add(self, session: Session) -> None:
        """Take a new session in, as a guest."""
        self._sessions[session.id] = session
        self._guests[session] = None
        if session.address is not None:
            self._addresses.setdefault(session.address, OrderedDict())[session] = None

    def vouch(self, session: Session) -> None:
        """Count a session as a guest no longer."""
        session.is_guest = False
        self._forget_guest(session)

    def remove(self, session: Session) -> None:
        """Let a session go, but for the connection to which its end is still to be told."""
        del self._sessions[session.id]
        self._forget_guest(session)
        self.stream(session, None)
        self._leave(session, session.connection)

    def touch(self, session: Session, now: float) -> None:
        """Note a sign of life."""
        if session.is_alive:
            session.touched_at = now
            self._sessions.move_to_end(session.id)
            if session.is_guest:
                self._guests.move_to_end(session)
                if session.address is not None:
                    self._addresses[session.address].move_to_end(session)

    def silent_since(self, then: float) -> Iterator[Session]:
        """Yield the sessions whose last sign of life is that long ago. Each must be removed before the next."""
        while self._sessions and (oldest := next(iter(self._sessions.values()))).touched_at <= then:
            yield oldest

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

    def is_used(self, connection: Connection) -> bool:
        """Tell whether a stream has any session."""
        return connection in self._streams

    def _forget_guest(self, session: Session) -> None:
        if session not in self._guests:
            return
        del self._guests[session]
        if session.address is not None:
            ours = self._addresses[session.address]
            del ours[session]
            if not ours:
                del self._addresses[session.address]

    def _leave(self, session: Session, connection: Connection | None) -> None:
        if connection is None or connection not in self._streams:
            return
        sessions = self._streams[connection]
        sessions.pop(session, None)
        if not sessions:
            del self._streams[connection]

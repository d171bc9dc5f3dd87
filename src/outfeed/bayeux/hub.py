"""The state of a Bayeux server: sessions, their connections, and the messages on their way to them."""

import secrets
import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

from outfeed.bayeux import replies
from outfeed.bayeux.channels import Channel
from outfeed.bayeux.constants import ConnectionType, Meta
from outfeed.bayeux.limits import Limits
from outfeed.bayeux.messages import Message
from outfeed.bayeux.policy import Extension, Policy
from outfeed.bayeux.registry import Registry
from outfeed.bayeux.sessions import Connection, Ending, Held, Session
from outfeed.bayeux.subscriptions import Subscriptions

if TYPE_CHECKING:
    from outfeed.bayeux.exchange import Exchange

_DEFAULT_LIMITS: Final = Limits()


def _random_id() -> str:
    """Return an id that nobody can guess: 192 random bits in the characters of channel names."""
    return secrets.token_urlsafe(24)


class Hub:
    """Who is there, and what is delivered to whom. It knows no messages of clients."""

    def __init__(
        self,
        policy: Policy,
        *,
        limits: Limits = _DEFAULT_LIMITS,
        clock: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = _random_id,
        extensions: Sequence[Extension] = (),
        connection_types: Collection[ConnectionType] = tuple(ConnectionType),
    ) -> None:
        self.limits = limits
        self._policy = policy
        self._clock = clock
        self._new_id = new_id
        self._extensions = tuple(extensions)
        self._types = tuple(connection_types)
        self._registry = Registry()
        self._subscriptions = Subscriptions()
        #: The batch that is being handled.
        self._active: Exchange | None = None
        self._is_open = True
        # One bound method for all connects that wait.
        self._answer_held: Final = self._answer

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._registry)

    # --- What transports call -----------------------------------------------------------------------------------------

    def attach(self, session_id: str, connection: Connection) -> Session | None:
        """Send what a session receives on a stream of events from now on; None if there is no such session."""
        session = self._registry.get(session_id)
        if session is not None:
            self._registry.touch(session, self._clock())
            self._bind(session, connection)
            self._registry.stream(session, connection)
        return session if session is not None and session.is_alive else None

    def closed(self, connection: Connection) -> None:
        """Learn that a WebSocket or a stream of events is gone. Its sessions live on for a while."""
        for session in self._registry.on_stream(connection):
            if session.stream is connection:
                self._registry.stream(session, None)
            if session.connection is not connection:
                continue
            if session.held is not None:
                session.held.is_over = True
                session.held = None
            self._registry.bind(session, None)
            session.is_lost = True

    def expire(self) -> None:
        """Forget the sessions that were silent for too long. To be called each second."""
        for session in self._registry.silent_since(self._clock() - self.limits.max_interval_s):
            self._end(session, Ending.DROPPED)

    def close(self) -> None:
        """Answer all connects that wait, with the advice to come again, and forget all sessions; nobody enters now."""
        self._is_open = False
        for session in self._registry:
            self._end(session, Ending.CLOSED)

    def is_used(self, connection: Connection) -> bool:
        """Tell whether a WebSocket or a stream of events has a session: without one it need not be kept."""
        return self._registry.is_used(connection)

    def lets_in(self, address: str | None) -> bool:
        """Tell whether a WebSocket may be opened from an address; None: it is not told."""
        return self._is_open and self._policy.may_arrive(address)

    # --- What the owner calls -----------------------------------------------------------------------------------------

    def publish(self, channel: str | Channel, data: object, *, id_: str | int | None = None) -> int:
        """Deliver data to all that have subscribed to a channel; return how many sessions that are."""
        name = Channel.parse(channel) if isinstance(channel, str) else channel
        sessions = self._subscriptions.find(name)
        fields = {"channel": name.text, "data": data}
        message = Message(fields if id_ is None else {**fields, "id": id_})
        for session in sessions:
            self._push(session, message)
        return len(sessions)

    def deliver(self, session: Session, channel: str | Channel, data: object) -> None:
        """Deliver data to one session, whether or not it has subscribed to the channel."""
        name = Channel.parse(channel) if isinstance(channel, str) else channel
        self._push(session, Message({"channel": name.text, "data": data}))

    def subscribers(self, channel: str | Channel) -> list[Session]:
        """Return the sessions that a message on a channel would go to."""
        return self._subscriptions.find(Channel.parse(channel) if isinstance(channel, str) else channel)

    def unsubscribe(self, session: Session, channel: Channel) -> None:
        """End a subscription, without a word to the client."""
        self._subscriptions.remove(session, channel)

    def vouch(self, session: Session) -> bool:
        """Give a session one of the places that no guest can take; tell whether it has one: they may all be taken."""
        if session.is_guest and session.is_alive and self._registry.known < self.limits.max_sessions:
            self._registry.vouch(session)
        return session.is_alive and not session.is_guest

    def end(self, session: Session) -> None:
        """End a session: its client is told that it is not known, and to handshake anew."""
        self._end(session, Ending.DROPPED)

    # --- Sessions -----------------------------------------------------------------------------------------------------

    def _open(self, address: str | None) -> Session | None:
        """Return a new session, or None if there is no room for it."""
        if not self._has_room(address):
            return None
        session = Session(self._new_id(), address=address, now=self._clock())
        self._registry.add(session)
        return session

    def _has_room(self, address: str | None) -> bool:
        """
        Tell whether one more session may be opened; a guest makes room for it, of the same address if that has many.

        Whoever was silent longest goes, listening or not. If the silent ones without a subscription went first, then
        strangers who listen could leave so little room that each newcomer is driven out before it can say who it is.
        """
        if not self._is_open or not self._policy.may_arrive(address):
            return False
        if self._registry.guests_of(address) >= self.limits.max_guests_per_address:
            return self._make_room(self._registry.oldest_guest(address))
        return self._registry.guests < self.limits.max_guests or self._make_room(self._registry.oldest_guest())

    def _make_room(self, guest: Session | None) -> bool:
        """End the session of a guest, if there is one."""
        if guest is not None:
            self._end(guest, Ending.DROPPED)
        return guest is not None

    def _bind(self, session: Session, connection: Connection) -> None:
        """Let a session's messages go to a connection from now on."""
        if session.connection is connection:
            return
        is_resumed = session.is_lost or session.connection is not None
        self._supersede(session)
        self._registry.bind(session, connection)
        session.is_lost = False
        if session.queue and session.is_sent_at_once:
            self._wake(session)
        if is_resumed:
            self._policy.resumed(session)

    def _supersede(self, session: Session) -> None:
        """Answer the connect of a session that has sent another one, or has gone to another connection."""
        held, session.held = session.held, None
        if held is None:
            return
        if self._active is not None and held.connection is self._active.connection:
            self._active.add(held.release())
        else:
            held.connection.wake(session)

    def _push(self, session: Session, message: Message) -> None:
        """Put a message into the queue of a session; end the session if that is too much."""
        if not session.is_alive:
            return
        is_first = session.push(message)
        if session.waiting > self.limits.max_queue or session.waiting_chars > self.limits.max_queue_chars:
            self._end(session, Ending.DROPPED)
        elif is_first and (session.held is not None or session.is_sent_at_once):
            self._wake(session)

    def _wake(self, session: Session) -> None:
        """Tell the connection of a session that there is something; a running `receive` takes it along by itself."""
        connection = session.connection
        if self._active is not None and connection is self._active.connection:
            self._active.woken[session] = None
        elif connection is not None:
            connection.wake(session)

    def _end(self, session: Session, ending: Ending) -> None:
        """Forget a session, and tell its client if a connect waits."""
        if not session.is_alive:
            return
        session.ending = ending
        self._registry.remove(session)
        self._subscriptions.clear(session)
        session.forget()
        held = session.held
        if held is not None and held.connection.type.is_stream:
            session.queue = held.release()
        if held is not None or (session.connection is not None and session.connection.type.is_stream):
            self._wake(session)
        self._policy.ended(session)

    def _answer(self, held: Held) -> list[Message]:
        """Return the reply to a connect, and what waits for its session if that waits for replies."""
        session = held.session
        reply: dict[str, Any] = {"channel": Meta.CONNECT.value, "clientId": session.id}
        if held.id is not None:
            reply["id"] = held.id
        reply |= replies.verdict(session, self.limits)
        if session.held is not held:
            return self._finish(session, reply, held.ext)
        session.held = None
        self._registry.touch(session, self._clock())
        if not held.connection.type.is_stream:
            self._registry.bind(session, session.stream)
        waiting = session.drain() if session.acks or not held.connection.type.is_stream else []
        if session.acks:
            reply["ext"] = {"ack": session.acks.batch}
        return [*self._finish(session, reply, held.ext), *waiting]

    def _finish(self, session: Session | None, reply: dict[str, Any], ext: object) -> list[Message]:
        """Return a reply as the extensions leave it."""
        left: dict[str, Any] | None = reply
        for extension in self._extensions:
            left = None if left is None else extension.outgoing(session, left, ext)
        return [] if left is None else [Message(left)]

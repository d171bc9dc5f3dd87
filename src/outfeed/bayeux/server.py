"""A Bayeux server: messages in, messages out. It knows no socket, keeps no timer, and runs on one thread."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from outfeed.bayeux import replies
from outfeed.bayeux.acks import Unacknowledged, acked_batch, wants_acks
from outfeed.bayeux.channels import BadChannel, Channel
from outfeed.bayeux.constants import VERSION, ConnectionType, Meta, Reconnect
from outfeed.bayeux.exchange import Exchange, Outcome, has_handshakes
from outfeed.bayeux.limits import Limits
from outfeed.bayeux.messages import Message
from outfeed.bayeux.policy import Extension, Policy, Refusal, forbidden
from outfeed.bayeux.registry import Registry
from outfeed.bayeux.sessions import Connection, Ending, Held, Session
from outfeed.bayeux.subscriptions import Subscriptions

_DEFAULT_LIMITS: Final = Limits()


def _random_id() -> str:
    """Return an id that nobody can guess: 192 random bits in the characters of channel names."""
    return secrets.token_urlsafe(24)


class Bayeux:
    """
    Sessions, subscriptions and deliveries.

    A transport parses a request or a WebSocket's message with `parse`, passes it to `receive`, sends the replies with
    `encode`, and releases a connect that waits when it is woken or when its time is up. It calls `expire` each second.
    A session belongs to whoever knows its id, on whatever connection: transports must keep ids out of logs.
    """

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
        self._active: Exchange | None = None
        self._is_open = True
        # One bound method for all connects that wait.
        self._answer_held: Final = self._answer
        self._handlers = {
            Meta.CONNECT.value: self._connect,
            Meta.SUBSCRIBE.value: self._subscribe,
            Meta.UNSUBSCRIBE.value: self._unsubscribe,
            Meta.DISCONNECT.value: self._disconnect,
        }

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._registry)

    # --- What transports call -----------------------------------------------------------------------------------------

    def receive(self, messages: Sequence[object], connection: Connection) -> Outcome:
        """Handle a batch of messages as `parse` returns it; return what can be sent now, and the connect that waits."""
        exchange = Exchange(connection)
        if len(messages) > self.limits.max_batch:
            self._refuse(exchange, {}, {}, replies.TOO_MANY_MESSAGES)
            return exchange.outcome()
        exchange.has_handshake = has_handshakes(messages)
        self._active = exchange
        try:
            for number, message in enumerate(messages, start=1):
                exchange.may_wait = number == len(messages) and (number == 1 or connection.type.is_stream)
                self._handle(exchange, message)
        finally:
            self._active = None
        return exchange.outcome()

    def attach(self, session_id: str, connection: Connection) -> Session | None:
        """Send what a session receives on a stream of events from now on; None if there is no such session."""
        session = self._registry.get(session_id)
        if session is not None:
            self._registry.touch(session, self._clock())
            self._bind(session, connection)
        return session if session is not None and session.is_alive else None

    def closed(self, connection: Connection) -> None:
        """Learn that a WebSocket or a stream of events is gone. Its sessions live on for a while."""
        for session in self._registry.on_stream(connection):
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
        self._registry.note_subscriptions(session)

    def end(self, session: Session) -> None:
        """End a session: its client is told that it is not known, and to handshake anew."""
        self._end(session, Ending.DROPPED)

    # --- Messages -----------------------------------------------------------------------------------------------------

    def _handle(self, exchange: Exchange, raw: object) -> None:
        """Handle one message of a batch."""
        if not isinstance(raw, dict):
            self._refuse(exchange, {}, {}, replies.NO_MESSAGE)
            return
        session = self._registry.get(raw.get("clientId"))
        message: dict[str, Any] | None = raw
        for extension in self._extensions:
            message = None if message is None else extension.incoming(session, message)
        if message is None:
            return
        reply = replies.start(message)
        try:
            channel = Channel.parse(message.get("channel"))
        except BadChannel:
            self._refuse(exchange, reply, message, replies.bad_channel(message.get("channel")))
            return
        self._dispatch(exchange, channel, message, reply)

    def _dispatch(self, exchange: Exchange, channel: Channel, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """Handle a message whose channel is well made: the one place where the name decides what is done."""
        if channel.text == Meta.HANDSHAKE:
            self._handshake(exchange, message, reply)
        elif channel.is_meta and channel.text not in self._handlers:
            self._refuse(exchange, reply, message, forbidden(channel))
        elif (session := self._heard(exchange, message)) is None:
            has_advice = channel.text != Meta.DISCONNECT and message.get("clientId")
            advice = {"advice": replies.advice(self.limits, Reconnect.HANDSHAKE)} if has_advice else {}
            self._refuse(exchange, reply | advice, message, replies.unknown_client(message.get("clientId")))
        else:
            reply["clientId"] = session.id
            if channel.is_meta:
                self._handlers[channel.text](exchange, session, message, reply)
            else:
                self._publish(exchange, session, channel, message, reply)

    def _heard(self, exchange: Exchange, message: Mapping[str, Any]) -> Session | None:
        """Return the session of a message, with its sign of life noted; on a WebSocket it is now connected there."""
        session = self._registry.get(message.get("clientId"))
        if session is not None:
            self._registry.touch(session, self._clock())
            if exchange.connection.type is ConnectionType.WEBSOCKET:
                self._bind(session, exchange.connection)
        return session if session is not None and session.is_alive else None

    def _handshake(self, exchange: Exchange, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """Open a session."""
        reply |= {"version": VERSION, "supportedConnectionTypes": [type_.value for type_ in self._types]}
        refusal = replies.ONE_HANDSHAKE if exchange.has_handshake else replies.refused_handshake(message, self._types)
        if refusal is not None:
            self._refuse(exchange, reply | {"advice": replies.advice(self.limits, Reconnect.NONE)}, message, refusal)
            return
        exchange.has_handshake = True
        if not self._has_room(exchange.connection.address):
            advice = replies.advice(self.limits, Reconnect.HANDSHAKE, pause=True)
            self._refuse(exchange, reply | {"advice": advice}, message, replies.UNAVAILABLE)
            return
        session = Session(self._new_id(), address=exchange.connection.address, now=self._clock())
        self._registry.add(session)
        reply |= {
            "supportedConnectionTypes": replies.common_types(message, self._types),
            "clientId": session.id,
            "advice": replies.advice(self.limits, Reconnect.RETRY),
        }
        if wants_acks(message):
            session.acks = Unacknowledged()
            reply["ext"] = {"ack": True}
        self._agree(exchange, session, reply, message)

    def _has_room(self, address: str | None) -> bool:
        """Tell whether one more session may be opened; a session without a subscription makes room for it."""
        if not self._is_open or self._registry.count_of(address) >= self.limits.max_sessions_per_address:
            return False
        if len(self._registry) < self.limits.max_sessions:
            return True
        oldest = self._registry.oldest_unsubscribed()
        if oldest is not None:
            self._end(oldest, Ending.DROPPED)
        return oldest is not None

    def _connect(self, exchange: Exchange, session: Session, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """Answer a connect, or let it wait for something to deliver."""
        refusal = replies.refused_connect(message, self._types)
        if refusal is not None:
            advice = replies.advice(self.limits, Reconnect.HANDSHAKE)
            self._refuse(exchange, reply | {"advice": advice}, message, refusal)
            return
        if message["connectionType"] == ConnectionType.EVENT_SOURCE:
            advice = replies.advice(self.limits, Reconnect.RETRY, type_=ConnectionType.EVENT_SOURCE)
            self._agree(exchange, session, reply | {"advice": advice}, message)
            return
        self._bind(session, exchange.connection)
        self._supersede(session)
        session.acknowledge(acked_batch(message))
        held = Held(
            session,
            exchange.connection,
            id_=reply.get("id"),
            ext=message.get("ext"),
            timeout_s=replies.wait_s(message, self.limits),
            answer=self._answer_held,
        )
        session.held = held
        waits = exchange.may_wait and held.timeout_s > 0 and session.is_alive and not session.has_to_answer
        if waits:
            exchange.held = held
        else:
            exchange.add(held.release())

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
            self._registry.bind(session, None)
        waiting = session.drain() if session.acks or not held.connection.type.is_stream else []
        if session.acks:
            reply["ext"] = {"ack": session.acks.batch}
        return [*self._finish(session, reply, held.ext), *waiting]

    def _subscribe(self, exchange: Exchange, session: Session, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """Subscribe a session to all channels of a message, or to none of them."""
        channels = replies.named(message, reply, most=self.limits.max_subscriptions)
        if not isinstance(channels, Refusal):
            channels = self._refused_subscription(session, channels, message) or channels
        if isinstance(channels, Refusal):
            self._refuse(exchange, reply, message, channels)
            return
        for channel in channels:
            self._subscriptions.add(session, channel)
        self._registry.note_subscriptions(session)
        self._agree(exchange, session, reply, message)
        for channel in channels:
            if channel in session.subscriptions:
                self._policy.subscribed(session, channel)

    def _refused_subscription(
        self, session: Session, channels: list[Channel], message: Mapping[str, Any]
    ) -> Refusal | None:
        """Return why a session may not have these subscriptions too, or None if it may."""
        if len(session.subscriptions.union(channels)) > self.limits.max_subscriptions:
            return replies.TOO_MANY_SUBSCRIPTIONS
        for channel in channels:
            if channel.is_meta or channel.is_service:
                return forbidden(channel)
            refusal = self._policy.may_subscribe(session, channel, message)
            if refusal is not None:
                return refusal
        return None if session.is_alive else replies.unknown_client(session.id)

    def _unsubscribe(
        self, exchange: Exchange, session: Session, message: dict[str, Any], reply: dict[str, Any]
    ) -> None:
        """End subscriptions; those that were none are no error."""
        channels = replies.named(message, reply, most=self.limits.max_subscriptions)
        if isinstance(channels, Refusal):
            self._refuse(exchange, reply, message, channels)
            return
        for channel in channels:
            self.unsubscribe(session, channel)
        self._agree(exchange, session, reply, message)

    def _disconnect(self, exchange: Exchange, session: Session, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """End a session as its client wishes; its connect is answered first."""
        self._end(session, Ending.DISCONNECTED)
        exchange.add(session.take(exchange.connection))
        self._agree(exchange, session, reply, message)

    def _publish(
        self,
        exchange: Exchange,
        session: Session,
        channel: Channel,
        message: dict[str, Any],
        reply: dict[str, Any],
    ) -> None:
        """Deliver what a client publishes, itself included if it has subscribed."""
        if channel.is_pattern:
            refusal: Refusal | None = replies.bad_channel(channel.text)
        elif "data" not in message:
            refusal = replies.missing("data")
        else:
            refusal = self._policy.may_publish(session, channel, message)
        if refusal is not None:
            self._refuse(exchange, reply, message, refusal)
            return
        self._agree(exchange, session, reply, message)
        self.publish(channel, message["data"], id_=reply.get("id"))

    # --- Sessions and replies -----------------------------------------------------------------------------------------

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
        if held is not None:
            if held.connection.type.is_stream:
                session.queue = held.release()
            self._wake(session)
        self._policy.ended(session)

    def _agree(self, exchange: Exchange, session: Session, reply: dict[str, Any], message: Mapping[str, Any]) -> None:
        """Reply that a message was handled."""
        exchange.add(self._finish(session, reply | {"successful": True}, message.get("ext")))

    def _refuse(self, exchange: Exchange, reply: dict[str, Any], message: Mapping[str, Any], refusal: Refusal) -> None:
        """Reply that a message was refused."""
        session = self._registry.get(message.get("clientId"))
        fields = reply | {"successful": False, "error": str(refusal)}
        exchange.add(self._finish(session, fields, message.get("ext")))

    def _finish(self, session: Session | None, reply: dict[str, Any], ext: object) -> list[Message]:
        """Return a reply as the extensions leave it."""
        left: dict[str, Any] | None = reply
        for extension in self._extensions:
            left = None if left is None else extension.outgoing(session, left, ext)
        return [] if left is None else [Message(left)]

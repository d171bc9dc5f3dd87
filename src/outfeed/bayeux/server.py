"""A Bayeux server: messages in, messages out. It knows no socket, keeps no timer, and runs on one thread."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from outfeed.bayeux import replies
from outfeed.bayeux.acks import Unacknowledged, acked_batch, wants_acks
from outfeed.bayeux.channels import BadChannel, Channel
from outfeed.bayeux.constants import VERSION, ConnectionType, Meta, Reconnect
from outfeed.bayeux.exchange import Exchange, Outcome, opens_many
from outfeed.bayeux.hub import Hub
from outfeed.bayeux.policy import Refusal, forbidden
from outfeed.bayeux.sessions import Connection, Ending, Held, Session

_METAS: Final = frozenset(Meta)


class Bayeux(Hub):
    """
    The server: what clients' messages do to the hub, and what they are answered.

    A transport parses a request or a WebSocket's message with `parse`, passes it to `receive`, sends the replies with
    `encode`, and releases a connect that waits when it is woken or when its time is up. It calls `expire` each second.
    A session belongs to whoever knows its id, on whatever connection: transports must keep ids out of logs.
    """

    def receive(self, messages: Sequence[object], connection: Connection) -> Outcome:
        """Handle a batch of messages as `parse` returns it; return what can be sent now, and the connect that waits."""
        exchange = Exchange(connection)
        if len(messages) > self.limits.max_batch:
            self._refuse(exchange, {}, {}, replies.TOO_MANY_MESSAGES)
            return exchange.outcome()
        exchange.may_open = not opens_many(messages)
        self._active = exchange
        try:
            for number, message in enumerate(messages, start=1):
                exchange.may_wait = number == len(messages) and (number == 1 or connection.type.is_stream)
                self._handle(exchange, message)
        finally:
            self._active = None
        return exchange.outcome()

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
        elif channel.is_meta and channel.text not in _METAS:
            self._refuse(exchange, reply, message, forbidden(channel))
        elif (session := self._heard(exchange, message)) is None:
            has_advice = channel.text != Meta.DISCONNECT and message.get("clientId")
            advice = {"advice": replies.advice(self.limits, Reconnect.HANDSHAKE)} if has_advice else {}
            self._refuse(exchange, reply | advice, message, replies.unknown_client(message.get("clientId")))
        else:
            reply["clientId"] = session.id
            self._handle_known(exchange, session, channel, message, reply)

    def _handle_known(
        self, exchange: Exchange, session: Session, channel: Channel, message: dict[str, Any], reply: dict[str, Any]
    ) -> None:
        """Handle a message of a session, other than a handshake."""
        match channel.text:
            case Meta.CONNECT:
                self._connect(exchange, session, message, reply)
            case Meta.SUBSCRIBE:
                self._subscribe(exchange, session, message, reply)
            case Meta.UNSUBSCRIBE:
                self._unsubscribe(exchange, session, message, reply)
            case Meta.DISCONNECT:
                self._disconnect(exchange, session, message, reply)
            case _:
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
        refusal = replies.refused_handshake(message, self._types) if exchange.may_open else replies.ONE_HANDSHAKE
        if refusal is not None:
            self._refuse(exchange, reply | {"advice": replies.advice(self.limits, Reconnect.NONE)}, message, refusal)
            return
        session = self._open(exchange.connection.address)
        if session is None:
            advice = replies.advice(self.limits, Reconnect.HANDSHAKE, pause=True)
            self._refuse(exchange, reply | {"advice": advice}, message, replies.UNAVAILABLE)
            return
        reply |= {
            "supportedConnectionTypes": replies.common_types(message, self._types),
            "clientId": session.id,
            "advice": replies.advice(self.limits, Reconnect.RETRY),
        }
        if wants_acks(message):
            session.acks = Unacknowledged()
            reply["ext"] = {"ack": True}
        self._agree(exchange, session, reply, message)

    def _connect(self, exchange: Exchange, session: Session, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """Answer a connect, or let it wait for something to deliver."""
        is_second = session in exchange.connected
        refusal = replies.ONE_CONNECT if is_second else replies.refused_connect(message, self._types)
        if refusal is not None:
            advice = replies.advice(self.limits, Reconnect.HANDSHAKE)
            self._refuse(exchange, reply | {"advice": advice}, message, refusal)
            return
        if message["connectionType"] == ConnectionType.EVENT_SOURCE:
            advice = replies.advice(self.limits, Reconnect.RETRY, type_=ConnectionType.EVENT_SOURCE)
            self._agree(exchange, session, reply | {"advice": advice}, message)
            return
        exchange.connected.add(session)
        self._bind(session, exchange.connection)
        self._supersede(session)
        session.acknowledge(acked_batch(message))
        held = Held(
            session,
            exchange.connection,
            id_=reply.get("id"),
            ext=message.get("ext") if self._extensions else None,
            timeout_s=replies.wait_s(message, self.limits),
            answer=self._answer_held,
        )
        session.held = held
        waits = exchange.may_wait and held.timeout_s > 0 and session.is_alive and not session.has_to_answer
        if waits:
            exchange.held = held
        else:
            exchange.add(held.release())

    def _subscribe(self, exchange: Exchange, session: Session, message: dict[str, Any], reply: dict[str, Any]) -> None:
        """Subscribe a session to all channels of a message, or to none of them."""
        channels = replies.named(message, reply, most=self.limits.max_subscriptions)
        if not isinstance(channels, Refusal):
            exchange.asked += len(channels)
            is_much = exchange.asked > self.limits.max_subscriptions
            refusal = (
                replies.TOO_MANY_SUBSCRIPTIONS if is_much else self._refused_subscription(session, channels, message)
            )
            channels = refusal or channels
        if isinstance(channels, Refusal):
            self._refuse(exchange, reply, message, channels)
            return
        for channel in channels:
            self._subscriptions.add(session, channel)
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

    def _agree(self, exchange: Exchange, session: Session, reply: dict[str, Any], message: Mapping[str, Any]) -> None:
        """Reply that a message was handled."""
        exchange.add(self._finish(session, reply | {"successful": True}, message.get("ext")))

    def _refuse(self, exchange: Exchange, reply: dict[str, Any], message: Mapping[str, Any], refusal: Refusal) -> None:
        """Reply that a message was refused."""
        session = self._registry.get(message.get("clientId"))
        fields = reply | {"successful": False, "error": str(refusal)}
        exchange.add(self._finish(session, fields, message.get("ext")))

"""A Bayeux server without transports: a clock that is set, connections that remember, a policy that is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outfeed.bayeux import Bayeux, Channel, ConnectionType, Extension, Limits, Message, Outcome, Refusal, Session


@dataclass(eq=False)
class AConnection:
    """A socket or a request that counts how often it was woken."""

    type: ConnectionType = ConnectionType.LONG_POLLING
    address: str | None = None
    woken: list[Session] = field(default_factory=list)

    def wake(self, session: Session) -> None:
        self.woken.append(session)


def a_socket() -> AConnection:
    return AConnection(ConnectionType.WEBSOCKET)


def a_poll() -> AConnection:
    return AConnection(ConnectionType.LONG_POLLING)


def a_stream() -> AConnection:
    return AConnection(ConnectionType.EVENT_SOURCE)


@dataclass(eq=False)
class APolicy:
    """Allows all but what is below `forbidden`, and writes down what it is told."""

    forbidden: str = "/forbidden"
    unwelcome: tuple[str, ...] = ()
    told: list[tuple[str, ...]] = field(default_factory=list)
    asked: list[tuple[str, Channel, Mapping[str, Any]]] = field(default_factory=list)
    on_subscribed: Callable[[Session, Channel], None] = lambda _session, _channel: None
    on_resumed: Callable[[Session], None] = lambda _session: None

    def may_arrive(self, address: str | None) -> bool:
        return address not in self.unwelcome

    def may_subscribe(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        return self._judge(session, channel, message)

    def may_publish(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        return self._judge(session, channel, message)

    def subscribed(self, session: Session, channel: Channel) -> None:
        self.told.append(("subscribed", session.id, channel.text))
        self.on_subscribed(session, channel)

    def resumed(self, session: Session) -> None:
        self.told.append(("resumed", session.id))
        self.on_resumed(session)

    def ended(self, session: Session) -> None:
        self.told.append(("ended", session.id))

    def _judge(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        self.asked.append((session.id, channel, message))
        return Refusal(403, channel.text, "Forbidden channel") if channel.text.startswith(self.forbidden) else None


class AServer:
    """A server with ids `s1`, `s2`…, and short ways to speak to it."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        policy: APolicy | None = None,
        extensions: Sequence[Extension] = (),
        types: Sequence[ConnectionType] = tuple(ConnectionType),
    ) -> None:
        self.now = 1000.0
        self.policy = policy or APolicy()
        self.opened = 0
        self.bayeux = Bayeux(
            self.policy,
            limits=limits or Limits(),
            clock=lambda: self.now,
            new_id=self._new_id,
            extensions=extensions,
            connection_types=types,
        )

    def _new_id(self) -> str:
        self.opened += 1
        return f"s{self.opened}"

    def send(self, *messages: object, on: AConnection | None = None) -> Outcome:
        return self.bayeux.receive(messages, on or a_poll())

    def ask(self, message: object, on: AConnection | None = None) -> dict[str, Any]:
        """Send a message and return the only reply to it."""
        (reply,) = fields(self.send(message, on=on).replies)
        return reply

    def ask_all(self, *messages: object, on: AConnection | None = None) -> list[dict[str, Any]]:
        """Send messages in one batch and return the replies."""
        return fields(self.send(*messages, on=on).replies)

    def handshake(self, on: AConnection | None = None, **more: object) -> str:
        """Open a session and return its id."""
        return str(self.ask(a_handshake(**more), on)["clientId"])

    def session(self, id_: str) -> Session:
        session = self.bayeux._registry.get(id_)
        assert session is not None
        return session

    def listener(self, *channels: str, on: AConnection | None = None) -> str:
        """Open a session that has subscribed to channels."""
        id_ = self.handshake(on)
        assert self.ask(a_subscribe(id_, list(channels)), on)["successful"]
        return id_


def fields(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return what messages say."""
    return [dict(message.fields) for message in messages]


def a_handshake(**more: object) -> dict[str, Any]:
    types = [type_.value for type_ in ConnectionType]
    return {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": types, **more}


def a_connect(id_: object, **more: object) -> dict[str, Any]:
    return {"channel": "/meta/connect", "clientId": id_, "connectionType": "long-polling", **more}


def a_subscribe(id_: object, subscription: object, **more: object) -> dict[str, Any]:
    return {"channel": "/meta/subscribe", "clientId": id_, "subscription": subscription, **more}


def a_publish(id_: object, channel: object, data: object, **more: object) -> dict[str, Any]:
    return {"channel": channel, "clientId": id_, "data": data, **more}


def a_disconnect(id_: object, **more: object) -> dict[str, Any]:
    return {"channel": "/meta/disconnect", "clientId": id_, **more}


def a_delivery(channel: str, data: object, **more: object) -> dict[str, Any]:
    return {"channel": channel, "data": data, **more}

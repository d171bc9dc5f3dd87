"""Random histories of clients, beside a model of sets and lists: nothing is lost, doubled, misled or out of order."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from outfeed.bayeux import Channel, Held, Limits, Message, encode, parse
from unit.bayeux_helpers import (
    AConnection,
    AServer,
    a_connect,
    a_disconnect,
    a_handshake,
    a_poll,
    a_publish,
    a_socket,
    a_subscribe,
)
from unit.properties import examples

NAMES = st.sampled_from(["/a", "/a/b", "/a/c", "/b", "/forbidden/a"])
PATTERNS = NAMES | st.sampled_from(["/**", "/a/*", "/a/**"])
REFUSED = {"/forbidden/a", "/forbidden/*", "/meta/*", "/service/x", "/a//b"}
LIMITS = Limits(timeout_s=10, max_queue=6, max_subscriptions=4, max_sessions=2, max_guests=3)
PICKS = st.integers(0, 7)

Delivery = tuple[str, object]


@dataclass(eq=False)
class AClient:
    """What a client has, and what the model says that it is to receive."""

    id: str
    acks: bool
    heard_at: float
    alive: bool = True
    is_guest: bool = True
    subscriptions: set[str] = field(default_factory=set)
    #: Published for it and not received, in order.
    due: list[Delivery] = field(default_factory=list)
    #: Received, but not acknowledged by another connect.
    unsaid: int = 0
    batch: int = 0
    #: Its socket, or the request that waits.
    connection: AConnection | None = None
    held: Held | None = None
    held_at: float = 0.0
    is_lost: bool = False
    resumed: int = 0

    @property
    def is_polling(self) -> bool:
        return self.connection is not None and not self.connection.type.is_stream


class Clients(RuleBasedStateMachine):
    """Clients that come, subscribe, publish, break off and fall silent."""

    def __init__(self) -> None:
        super().__init__()
        self.server = AServer(LIMITS)
        self.all: list[AClient] = []
        self.published = 0
        self.connects = 0

    # --- The model ----------------------------------------------------------------------------------------------------

    def living(self) -> list[AClient]:
        return [client for client in self.all if client.alive]

    def end(self, client: AClient) -> None:
        client.alive = False
        client.subscriptions, client.due = set(), []

    def expect(self, channel: str, data: object) -> int:
        """Note a delivery for all whose subscriptions fit; end those who have not taken enough."""
        name = Channel.parse(channel)
        hearers = [c for c in self.living() if any(Channel.parse(p).matches(name) for p in c.subscriptions)]
        for client in hearers:
            client.due.append((channel, data))
            if len(client.due) + client.unsaid > LIMITS.max_queue:
                self.end(client)
        return len(hearers)

    def bind(self, client: AClient, connection: AConnection) -> None:
        if client.connection is connection:
            return
        client.resumed += client.is_lost or client.connection is not None
        client.is_lost, client.connection, client.held = False, connection, None

    # --- Talking ------------------------------------------------------------------------------------------------------

    def get(self, client: AClient, messages: list[Message]) -> list[dict[str, Any]]:
        """Let a client receive: deliveries must be the next that are due. Return the replies among them."""
        batch: Any = parse(encode(messages), max_bytes=10**6, max_messages=1000)
        deliveries = [(item["channel"], item["data"]) for item in batch if "successful" not in item]
        assert deliveries == client.due[: len(deliveries)]
        del client.due[: len(deliveries)]
        client.unsaid += len(deliveries) if client.acks else 0
        replies = [item for item in batch if "successful" in item]
        client.batch = max([client.batch, *(item["ext"]["ack"] for item in replies if "ext" in item)])
        return replies

    def say(self, client: AClient, message: dict[str, Any], *, known: bool) -> dict[str, Any]:
        """Send a message on the client's socket if it has one, or else on a request of its own."""
        on = client.connection if client.connection is not None and not client.is_polling else a_poll()
        if client.alive:
            client.heard_at = self.server.now
        reply, *others = self.get(client, self.server.send(message, on=on).replies)
        if others:  # Its connect, which had to carry what it has published for itself.
            assert ["/meta/connect"] == [other["channel"] for other in others]
            client.held, client.heard_at = None, self.server.now
        assert known or reply["error"] == f"401:{client.id}:Unknown client"
        return reply

    def connect(self, client: AClient, connection: AConnection) -> None:
        """Send a connect; afterwards it waits, or was answered with all that was due."""
        self.connects += 1
        message = a_connect(client.id, id=self.connects, ext={"ack": client.batch} if client.acks else None)
        outcome = self.server.send(message, on=connection)
        if not client.alive:
            assert ["401"] == [reply["error"][:3] for reply in self.get(client, outcome.replies)]
            return
        client.heard_at = client.held_at = self.server.now
        self.bind(client, connection)
        client.unsaid = 0
        replies = [reply for reply in self.get(client, outcome.replies) if reply["id"] == self.connects]
        client.held = outcome.held
        assert [] == client.due
        assert (outcome.held is None) == (len(replies) == 1)
        if outcome.held is None and client.is_polling:
            client.connection = None

    def release(self, client: AClient) -> None:
        """Answer a connect that waits, as a transport does that is woken or whose time is up."""
        held, client.held = client.held, None
        assert held is not None
        replies = self.get(client, held.release())
        if client.alive:
            client.heard_at = self.server.now
            assert [True] == [reply["successful"] for reply in replies]
        client.connection = None if client.is_polling else client.connection

    # --- What happens -------------------------------------------------------------------------------------------------

    @rule(acks=st.booleans())
    def handshake(self, acks: bool) -> None:  # noqa: FBT001 - drawn
        guests = [client for client in self.living() if client.is_guest]
        told = len(self.server.policy.told)
        reply = self.server.ask(a_handshake(ext={"ack": acks}))
        ended = [client for client in guests if ("ended", client.id) in self.server.policy.told[told:]]
        assert len(ended) == (len(guests) == LIMITS.max_guests)
        for client in ended:
            assert client.heard_at == min(guest.heard_at for guest in guests)
            self.end(client)
        self.all.append(AClient(reply["clientId"], acks, self.server.now))

    @precondition(lambda self: self.living())
    @rule(number=PICKS)
    def vouch(self, number: int) -> None:
        """Give a client a place that no guest can take, as long as there are any."""
        client = self.living()[number % len(self.living())]
        known = [other for other in self.living() if not other.is_guest]
        client.is_guest = client.is_guest and len(known) == LIMITS.max_sessions
        assert self.server.bayeux.vouch(self.server.session(client.id)) != client.is_guest

    def pick(self, number: int) -> AClient:
        return self.all[-1 - number % len(self.all)]

    @precondition(lambda self: self.all)
    @rule(number=PICKS)
    def open_a_socket(self, number: int) -> None:
        self.settle()
        self.connect(self.pick(number), a_socket())

    @precondition(lambda self: self.all)
    @rule(number=PICKS)
    def poll(self, number: int) -> None:
        self.settle()
        client = self.pick(number)
        self.connect(client, a_poll())

    @precondition(lambda self: self.all)
    @rule(number=PICKS)
    def connect_on_the_socket(self, number: int) -> None:
        self.settle()
        client = self.pick(number)
        if client.connection is not None and not client.is_polling:
            self.connect(client, client.connection)

    @precondition(lambda self: self.all)
    @rule(number=PICKS, names=st.lists(PATTERNS | st.sampled_from(sorted(REFUSED)), min_size=1, max_size=3))
    def subscribe(self, number: int, names: list[str]) -> None:
        client = self.pick(number)
        reply = self.say(client, a_subscribe(client.id, names), known=client.alive)
        wanted = client.subscriptions | set(names)
        is_fine = client.alive and not REFUSED & set(names) and len(wanted) <= LIMITS.max_subscriptions
        assert reply["successful"] == is_fine
        if is_fine:
            client.subscriptions = wanted

    @precondition(lambda self: self.all)
    @rule(number=PICKS, name=PATTERNS)
    def unsubscribe(self, number: int, name: str) -> None:
        client = self.pick(number)
        message = {"channel": "/meta/unsubscribe", "clientId": client.id, "subscription": name}
        reply = self.say(client, message, known=client.alive)
        assert reply["successful"] == client.alive
        client.subscriptions.discard(name)

    @precondition(lambda self: self.all)
    @rule(number=PICKS, channel=PATTERNS)
    def publish_as_a_client(self, number: int, channel: str) -> None:
        client = self.pick(number)
        self.settle()
        self.published += 1
        known = client.alive
        is_fine = known and not channel.endswith("*") and not channel.startswith("/forbidden")
        if is_fine:
            self.expect(channel, self.published)
        reply = self.say(client, a_publish(client.id, channel, self.published), known=known)
        assert reply["successful"] == is_fine

    @rule(channel=NAMES)
    def publish(self, channel: str) -> None:
        self.published += 1
        assert self.expect(channel, self.published) == self.server.bayeux.publish(channel, self.published)

    @precondition(lambda self: self.living())
    @rule(number=PICKS)
    def deliver(self, number: int) -> None:
        client = self.living()[number % len(self.living())]
        session = self.server.session(client.id)
        self.published += 1
        client.due.append(("/own", self.published))
        if len(client.due) + client.unsaid > LIMITS.max_queue:
            self.end(client)
        self.server.bayeux.deliver(session, "/own", self.published)

    @precondition(lambda self: self.living())
    @rule(number=PICKS)
    def lose(self, number: int) -> None:
        """Break a connection, with whatever has not been taken from it."""
        client = self.living()[number % len(self.living())]
        if client.connection is None:
            return
        if client.held is not None and client.is_polling:
            client.held.abandoned()
        else:
            self.server.bayeux.closed(client.connection)
        client.connection, client.held, client.is_lost = None, None, True

    @precondition(lambda self: any(client.acks and client.held for client in self.living()))
    @rule(channel=NAMES)
    def lose_a_reply(self, channel: str) -> None:
        """Break a connection after the reply was made: those who acknowledge are sent it again."""
        self.settle()
        client = next((client for client in self.living() if client.acks and client.held), None)
        if client is None or client.held is None:
            return
        self.publish(channel)
        if client.alive:
            client.held.release()
            self.lose_quietly(client)

    def lose_quietly(self, client: AClient) -> None:
        held, client.held = client.held, None
        assert held is not None
        client.heard_at = self.server.now
        if client.is_polling:
            held.abandoned()
        else:
            assert client.connection is not None
            self.server.bayeux.closed(client.connection)
        client.connection, client.is_lost = None, True

    @precondition(lambda self: self.living())
    @rule(number=PICKS)
    def disconnect(self, number: int) -> None:
        self.settle()
        client = self.living()[number % len(self.living())]
        replies = self.server.ask_all(a_disconnect(client.id), on=client.connection or a_poll())
        assert {True} == {reply["successful"] for reply in replies}
        self.end(client)
        client.connection = client.held = None

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds: int) -> None:
        self.settle()
        self.server.now += seconds
        for client in self.living():
            if client.held is not None and client.held_at + client.held.timeout_s <= self.server.now:
                self.release(client)
        self.server.bayeux.expire()
        for client in self.living():
            if client.heard_at + LIMITS.max_interval_s <= self.server.now:
                self.end(client)

    @rule()
    def settle(self) -> None:
        """Do what transports do that were woken; then nobody who is connected lacks anything."""
        for client in self.all:
            connection = client.connection
            if connection is None or not connection.woken:
                continue
            session, connection.woken = connection.woken[0], []
            if client.is_polling:
                self.release(client)
            else:
                replies = self.get(client, session.take(connection))
                client.held = None if replies else client.held
                client.heard_at = self.server.now if replies and client.alive else client.heard_at
        for client in self.living():
            waits = client.acks or client.connection is None or client.is_polling
            assert client.held is None if client.due and waits else not client.due

    @invariant()
    def agree(self) -> None:
        sessions = {session.id: session for session in self.server.bayeux._registry}
        assert {client.id for client in self.living()} == set(sessions)
        for client in self.living():
            session = sessions[client.id]
            assert client.subscriptions == {channel.text for channel in session.subscriptions}
            assert session.waiting <= LIMITS.max_queue
            assert client.heard_at == session.touched_at
            assert client.is_guest == session.is_guest
        told = self.server.policy.told
        for client in self.all:
            assert (client.resumed, not client.alive) == (
                told.count(("resumed", client.id)),
                ("ended", client.id) in told,
            )


TestClients = Clients.TestCase
TestClients.settings = settings(examples(150), stateful_step_count=40)

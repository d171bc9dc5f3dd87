"""Other people's Bayeux clients, unmodified, over every transport that they have, through cuts and restarts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.harness import Client, Server
from acceptance.listeners import KINDS, Json, Kind, Listener, Wire, wire_to
from acceptance.printers_at import PrinterAt

#: Commands of each phase.
BURST = 5
#: What is lost on a broken connection is sent again this soon, and a poll is held this long.
SETTINGS = {"OUTFEED_COMMAND_RESEND_S": "2", "OUTFEED_CHANNEL_TIMEOUT_S": "10"}
#: Phases of the story after which all commands that were accepted have come.
PHASES = ("at first", "over a cut", "over a kill", "over a stop")


@dataclass
class Pair:
    """A printer with the client that listens for it, and what it was sent."""

    kind: Kind
    printer: PrinterAt
    listener: Listener
    foreign: str
    sent: list[str] = field(default_factory=list)
    #: By phase: the tasks that had come by its end, and those that were accepted.
    seen: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)

    def awaits_answers(self) -> None:
        """Wait until all three subscriptions were answered."""
        self.listener.awaits(lambda one: len(one.of("subscribed")) >= 2 and one.of("refused"))

    def send(self, member: Client) -> None:
        """Send some commands."""
        for _ in range(BURST):
            self.sent.append(self.printer.command(member, "blink", number=len(self.sent)))

    def end(self, phase: str) -> None:
        """Wait for everything that was sent, and keep what has come."""
        self.listener.awaits(lambda listener: len(listener.tasks(self.printer.channel())) == len(self.sent))
        self.seen[phase] = (self.listener.tasks(self.printer.channel()), list(self.sent))


Pairs = dict[str, Pair]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    """Run all clients at once: they subscribe, their printers are claimed, and commands come through thick and thin."""
    for kind in KINDS.values():
        kind.need()
    folder = tmp_path_factory.mktemp("channel")
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder / "data", environment=SETTINGS))
        wire = stack.enter_context(wire_to(server.address))
        member = stack.enter_context(server.client())
        found = {name: _listening(name, kind, wire, folder) for name, kind in KINDS.items()}
        for pair in found.values():
            stack.callback(pair.listener.stop)
        _run(found, server, wire, member)
        yield found


def _listening(name: str, kind: Kind, wire: Wire, folder: Path) -> Pair:
    """Start a client for a printer that nobody has claimed; it asks for another printer's channel too."""
    printer, other = PrinterAt.registered(wire.address), PrinterAt.registered(wire.address)
    channels = [printer.channel("users"), printer.channel(), other.channel()]
    listener = Listener(kind, url=f"{wire.address}/faye", channels=channels, token=printer.token, folder=folder / name)
    return Pair(kind=kind, printer=printer, listener=listener, foreign=other.channel())


def _run(pairs: Pairs, server: Server, wire: Wire, member: Client) -> None:
    """Claim all printers, and send them commands while all is well, over a cut, a kill and a stop."""
    for pair in pairs.values():
        pair.awaits_answers()
        pair.printer.claim(member)
        pair.listener.publish(pair.printer.channel(), {"command": "forged"})
    _phase(pairs, member, "at first", lambda: None)
    _phase(pairs, member, "over a cut", wire.cut)
    _phase(pairs, member, "over a kill", lambda: _restart(server, wire, member, server.kill))
    _phase(pairs, member, "over a stop", lambda: _restart(server, wire, member, server.stop))


def _phase(pairs: Pairs, member: Client, phase: str, trouble: Callable[[], object]) -> None:
    """Send commands before and after something has happened, and wait until all have come."""
    for pair in pairs.values():
        pair.send(member)
    trouble()
    for pair in pairs.values():
        pair.send(member)
    for pair in pairs.values():
        pair.end(phase)


def _restart(server: Server, wire: Wire, member: Client, end: Callable[[], object]) -> None:
    """End the server, and start it anew on its data; clients find it where it was."""
    end()
    server.start()
    wire.lead(server.address)
    member.base_url = server.address


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest, pairs: Pairs) -> Pair:
    """Return each of the clients."""
    return pairs[request.param]


def test_a_client_subscribes_by_the_transport_that_it_is_left_with(pair: Pair) -> None:
    answers = {(event["channel"], event["transport"]) for event in pair.listener.of("subscribed")}

    assert {(pair.printer.channel(name), pair.kind.transport) for name in ("users", "command")} == answers


def test_a_printer_hears_that_it_was_claimed(pair: Pair) -> None:
    users = pair.listener.messages(pair.printer.channel("users"))
    told = {key: users[0][key] for key in ("registration", "type", "printer_id")}

    assert {"registration": "success", "type": "primary", "printer_id": pair.printer.id} == told


@pytest.mark.parametrize("phase", PHASES)
def test_every_command_that_was_accepted_comes_in_order(pair: Pair, phase: str) -> None:
    came, accepted = pair.seen[phase]

    assert accepted == came, pair.listener.errors()


def test_a_command_comes_with_what_its_sender_wrote(pair: Pair) -> None:
    first = pair.listener.messages(pair.printer.channel())[0]

    assert {"command": "blink", "number": 0, "task_id": pair.sent[0]} == first


def test_a_client_shakes_hands_anew_when_the_server_has_forgotten_it(pair: Pair) -> None:
    clients = {event["client"] for event in pair.listener.of("handshake") if event.get("client")}

    assert len(clients) >= 3


def test_another_printers_channel_is_refused(pair: Pair) -> None:
    refusals = {event["error"] for event in pair.listener.of("refused") if event["channel"] == pair.foreign}

    assert {f"403:{pair.foreign}:Forbidden channel"} == refusals
    assert [] == pair.listener.messages(pair.foreign)


def test_a_client_cannot_publish_commands(pair: Pair) -> None:
    own = pair.printer.channel()
    refusals = {event["error"] for event in pair.listener.of("refused") if event["channel"] == own}

    assert {f"403:{own}:Forbidden channel"} == refusals
    assert "forged" not in {message["command"] for message in pair.listener.messages(own)}


def test_a_page_has_no_errors(pair: Pair) -> None:
    assert [] == pair.listener.of("broken")


@pytest.mark.parametrize("name", [name for name in KINDS if not name.startswith("page")])
def test_a_wrong_token_is_refused(name: str, server: Server, tmp_path: Path) -> None:
    """Ember's firmware then registers anew."""
    KINDS[name].need()
    channel = PrinterAt.registered(server.address).channel()
    given: Json = {"url": f"{server.address}/faye", "channels": [channel], "token": "x" * 43}
    listener = Listener(KINDS[name], **given, folder=tmp_path)
    listener.awaits(lambda one: one.of("refused"))
    listener.stop()

    assert [f"403:{channel}:Forbidden channel"] == [event["error"] for event in listener.of("refused")]
    assert [] == listener.of("subscribed")

"""The printer's client of the Bayeux protocol, against a wire that answers as the test says."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest

from outfeed.bayeux.constants import ConnectionType
from outfeed.simulator.channel import Channel, ChannelRefused, Hear, Message, WireBroken
from outfeed.simulator.wires import parsed

TOKEN = "t" * 43
ADVICE = {"reconnect": "retry", "interval": 0, "timeout": 45000}
Answer = Callable[[Message], Mapping[str, Any] | None]


class Server:
    """Answers messages, and notes them; None breaks the connection, and after `most` messages nothing is answered."""

    def __init__(self, answer: Answer | None = None, most: int = 12) -> None:
        self.seen: list[Message] = []
        self.answer = answer or (lambda _: {})
        self.most = most
        self.rests: list[float] = []
        self.opened = 0
        self.over = asyncio.Event()

    def wire(self, _hear: Hear) -> "FakeWire":
        self.opened += 1
        return FakeWire(self)

    def reply(self, message: Message) -> Message:
        self.seen.append(message)
        if len(self.seen) >= self.most:
            self.over.set()
        told = self.answer(message)
        if told is None:
            raise WireBroken
        known = {"channel": message["channel"], "id": message["id"], "successful": True}
        if message["channel"] == "/meta/handshake":
            number = sum(one["channel"] == "/meta/handshake" for one in self.seen)
            known |= {"clientId": f"c{number}", "supportedConnectionTypes": ["websocket"], "advice": ADVICE}
        return known | dict(told)

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        await asyncio.sleep(0)


class Notes(list[str]):
    """Notes what the channel tells, but for losses: the wire has them."""

    def hear(self, _channel: str, _data: object) -> None:
        raise AssertionError("the server sends nothing by itself")

    def rejoined(self) -> None:
        self.append("rejoined")

    def shut_out(self) -> None:
        self.append("shut_out")

    def lost(self, reason: str) -> None:
        """Note nothing."""


class FakeWire:
    kind = ConnectionType.WEBSOCKET

    def __init__(self, server: Server) -> None:
        self._server = server

    async def open(self) -> None:
        pass

    async def request(self, messages: Sequence[Message], *, limit_s: float) -> list[Message]:
        assert limit_s > 0
        await asyncio.sleep(0)
        if self._server.over.is_set():
            await asyncio.Event().wait()
        return [self._server.reply(message) for message in messages]

    def drop(self) -> None:
        pass

    async def close(self) -> None:
        pass


def talk(answer: Answer | None = None, *, most: int = 12, wanted: Sequence[str] = ("/printers/58/command",)) -> Any:
    """Let a channel talk until the server has seen `most` messages; return server, calls and how it ended."""

    async def run() -> tuple[Server, list[str]]:
        server, calls = Server(answer, most), Notes()
        channel = Channel(
            server.wire,
            ear=calls,
            token=TOKEN,
            random=Random(1),  # noqa: S311 - pauses are no secrets
            pause=server.rest,
        )
        for name in wanted:
            await channel.subscribe(name)
        running = asyncio.create_task(channel.run())
        over = asyncio.create_task(server.over.wait())
        await asyncio.wait({running, over}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        running.cancel()
        over.cancel()
        await asyncio.gather(running, over, return_exceptions=True)
        return server, calls

    return asyncio.run(run())


def nth(number: int, told: Mapping[str, Any] | None) -> Answer:
    """Return what answers one message, by its number from 1, in its own way."""
    count = itertools.count(1)
    return lambda _: told if next(count) == number else {}


def names(server: Server) -> list[str]:
    return [message["channel"].rpartition("/")[2] for message in server.seen]


def test_a_printer_shakes_hands_subscribes_with_its_token_and_connects() -> None:
    server, calls = talk(most=5, wanted=["/printers/58/users", "/printers/58/command"])
    handshake, users, command, first, second = server.seen

    assert ["websocket"] == handshake["supportedConnectionTypes"]
    assert {"authentication_token": TOKEN} == users["ext"] == command["ext"]
    assert ["/printers/58/users", "/printers/58/command"] == [users["subscription"], command["subscription"]]
    assert ({"timeout": 0}, False) == (first["advice"], "advice" in second)
    assert {"c1"} == {message["clientId"] for message in (users, command, first, second)}
    assert ["rejoined"] == calls


def test_a_lost_connection_is_resumed_with_the_same_session() -> None:
    server, calls = talk(nth(4, None), most=6)

    assert ["handshake", "subscribe", "connect", "connect", "connect", "connect"] == names(server)
    assert {"c1"} == {message["clientId"] for message in server.seen[1:]}
    assert {"timeout": 0} == server.seen[4]["advice"]
    assert (2, ["rejoined"]) == (server.opened, calls)


def test_a_session_that_the_server_has_forgotten_is_begun_anew_with_all_subscriptions() -> None:
    gone = {"successful": False, "error": "401:c1:Unknown client", "advice": {"reconnect": "handshake"}}
    server, calls = talk(nth(4, gone), most=8)

    assert ["handshake", "subscribe", "connect", "connect", "handshake", "subscribe", "connect"] == names(server)[:7]
    assert "c2" == server.seen[5]["clientId"]
    assert ["rejoined", "rejoined"] == calls


def test_a_refused_subscription_is_told_and_tried_again_later() -> None:
    refused = {"successful": False, "error": "403:/printers/58/command:Forbidden channel"}
    server, calls = talk(nth(2, refused), most=5)

    assert ["handshake", "subscribe", "subscribe", "connect", "connect"] == names(server)
    assert "shut_out" == calls[0]
    assert 0 < server.rests[0]


def test_a_server_that_wants_nobody_to_come_back_is_obeyed() -> None:
    with pytest.raises(ChannelRefused, match="go away"):
        talk(nth(3, {"successful": False, "error": "go away", "advice": {"reconnect": "none"}}), most=100)


def test_the_servers_interval_is_kept() -> None:
    server, _ = talk(nth(3, {"advice": {"interval": 3000}}), most=6)

    assert [3.0, 3.0] == server.rests[:2]


@pytest.mark.parametrize("interval", [True, "soon", None, -5, [1]])
def test_an_interval_that_is_none_is_not_waited_for(interval: object) -> None:
    server, _ = talk(nth(3, {"advice": {"interval": interval}}), most=6)

    assert [] == server.rests


def test_pauses_grow_while_the_server_is_away_and_end_with_the_first_connect() -> None:
    answers: Iterator[Mapping[str, Any] | None] = iter([*[None] * 12, {}, {}, {}, None])
    server, _ = talk(lambda _: next(answers, {}), most=20)

    grown, after = server.rests[:12], server.rests[12]
    assert 0.1 <= grown[0] <= 0.3
    assert 10 <= min(grown[8:]) <= max(grown) <= 30
    assert 0.1 <= after <= 0.3


@pytest.mark.parametrize("told", [{"clientId": None}, {"clientId": 5}, {"supportedConnectionTypes": ["long-polling"]}])
def test_a_handshake_that_agrees_on_nothing_is_tried_again(told: Mapping[str, Any]) -> None:
    server, _ = talk(nth(1, told), most=3)

    assert ["handshake", "handshake", "subscribe"] == names(server)


@pytest.mark.parametrize(("text", "expected"), [("[]", []), ('{"id": 1}', [{"id": 1}]), ('[{"a": 1}]', [{"a": 1}])])
def test_one_message_or_a_list_of_them_is_read(text: str, expected: list[Any]) -> None:
    assert expected == parsed(text)


@pytest.mark.parametrize("text", ["", "nothing", "[1]", '"text"', "[" * 100_000, b"\xff"])
def test_what_is_no_message_breaks_the_connection(text: str | bytes) -> None:
    with pytest.raises(WireBroken):
        parsed(text)

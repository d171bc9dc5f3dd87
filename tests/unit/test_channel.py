"""The channel of printers: who may listen to what, and what is sent when."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from outfeed.bayeux import ConnectionType, Session
from outfeed.database import reading
from outfeed.dialects.spark.channel import MOST_SESSIONS, PrinterChannel, command_channel
from outfeed.fleet.commands import Commands, Delivery
from outfeed.fleet.notes import Note, What
from outfeed.fleet.print_jobs import NewJob, Printable
from outfeed.fleet.registration import Registration
from outfeed.identity.caller import Caller
from outfeed.schema import commands
from outfeed.services import Services
from unit.drawing_site import DrawingSite, a_drawing_site
from unit.fleet_site import a_report, once_at
from unit.printer_door import golden
from unit.printer_site import KNOWN

#: Longest time that a test waits for what happens on another thread, in seconds.
PATIENCE_S: Final = 60.0


class Wire:
    """A client's WebSocket, and what came over it."""

    type = ConnectionType.WEBSOCKET

    def __init__(self, channel: PrinterChannel, address: str = "192.0.2.1") -> None:
        self.channel = channel
        self.address = address
        self.got: list[Mapping[str, Any]] = []
        self.id = self.says("/meta/handshake", version="1.0", supportedConnectionTypes=["websocket"])["clientId"]

    def wake(self, session: Session) -> None:
        """Take what there is."""
        self.got += [message.fields for message in session.take(self)]

    def says(self, channel: str, **fields: Any) -> Mapping[str, Any]:
        """Return the reply to a message; what came along is kept."""
        message = {"channel": channel, **({"clientId": self.id} if channel != "/meta/handshake" else {}), **fields}
        outcome = self.channel.bayeux.receive([message], self)
        replies = [one.fields for one in outcome.replies]
        self.got += [one for one in replies if one["channel"] != channel]
        return next(one for one in replies if one["channel"] == channel)

    def listens(self, name: str, token: object = None) -> Mapping[str, Any]:
        """Return the reply to a subscription."""
        ext = {"ext": {"authentication_token": token}} if token is not None else {}
        return self.says("/meta/subscribe", subscription=name, **ext)

    def drops(self) -> None:
        """Lose the connection."""
        self.channel.bayeux.closed(self)

    def comes_back(self) -> None:
        """Connect anew, with the same session."""
        self.channel.bayeux.receive(
            [{"channel": "/meta/connect", "clientId": self.id, "connectionType": "websocket"}], self
        )

    @property
    def commands(self) -> list[str]:
        """The names of the commands that came."""
        return [one["data"]["command"] for one in self.got if one["channel"].endswith("/command")]


class Site:
    """A running channel over the parts of a server, with a printer of Ann's and one of Bob's."""

    def __init__(self, site: DrawingSite, channel: PrinterChannel) -> None:
        self.site, self.channel, self.parts = site, channel, site.services
        self.own, self.other = _registered(site.services), _registered(site.services)
        self.printer = site.services.printers.claim(site.ann, self.own.code or "", "bench")

    def send(self, name: str, **fields: Any) -> str:
        """Send a command of Ann's, and return its task."""
        return self.parts.commands.send(self.site.ann, self.own.printer_id, name, fields).id

    def answer(self, task_id: str, **fields: Any) -> None:
        """Acknowledge a command."""
        self.parts.commands.acknowledge(
            self.parts.printers.identify(self.own.token), task_id, a_report(**{"progress": 1.0} | fields)
        )

    def sent_at(self, task_id: str) -> int | None:
        """Return when a command left, None as long as that is not noted."""
        with reading(self.parts.database) as connection:
            return connection.scalar(sa.select(commands.c.sent_at).where(commands.c.id == task_id))

    def listening(self, address: str = "192.0.2.1") -> Wire:
        """Return a wire of the own printer that listens to its commands."""
        wire = Wire(self.channel, address)
        assert wire.listens(f"/printers/{self.own.printer_id}/command", self.own.token)["successful"]
        return wire


def _registered(parts: Services) -> Registration:
    return parts.printers.register(
        firmware="1", type_id=KNOWN, serial_number=None, token=None, base_url="http://outfeed.test"
    )


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what happens on other threads has no event
            await asyncio.sleep(0.001)


def with_channel(tmp_path: Path, play: Callable[[Site], Any], **changes: Any) -> None:
    """Play a scene at a running channel."""

    async def run() -> None:
        with a_drawing_site(tmp_path, **changes) as site:
            channel = PrinterChannel(site.services, tick_s=0.05)
            await channel.start()
            await play(Site(site, channel))
            await channel.stop()

    asyncio.run(run())


def test_a_printer_listens_to_its_own_channels_with_its_token_and_to_nothing_else(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        own, other, wire = site.own.printer_id, site.other.printer_id, Wire(site.channel)
        for name in ("users", "command"):
            assert wire.listens(f"/printers/{own}/{name}", site.own.token)["successful"]
        for name in (f"/printers/{other}/command", f"/printers/0{own}/command", "/printers/*", "/**", "/printers/1/x"):
            assert wire.listens(name, site.own.token)["error"].startswith("403:")
        for token in (None, "x" * 43, {"$ne": ""}, 5, ""):
            reply = wire.listens(f"/printers/{own}/command", token)
            assert reply["error"] == f"403:/printers/{own}/command:Forbidden channel"

    with_channel(tmp_path, play)


def test_without_tokens_where_the_operator_lets_them(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = Wire(site.channel)
        assert wire.listens(f"/printers/{site.own.printer_id}/command")["successful"]
        assert not wire.listens("/printers/999/command")["successful"]
        assert not wire.listens(f"/printers/{site.own.printer_id}/command", site.other.token)["successful"]

    with_channel(tmp_path, play, channel_anonymous=True)


def test_a_printer_has_so_many_sessions_that_listen_and_the_oldest_ends(tmp_path: Path) -> None:
    """With one token a server could be filled: who listens makes no room for others."""

    async def play(site: Site) -> None:
        name = command_channel(site.own.printer_id)
        wires = [Wire(site.channel) for _ in range(MOST_SESSIONS + 2)]

        answers = [wire.listens(name, site.own.token)["successful"] for wire in wires]

        assert [True] * len(wires) == answers
        assert {wire.id for wire in wires[2:]} == {one.id for one in site.channel.bayeux.subscribers(name)}
        assert [MOST_SESSIONS] == [len(site.channel.bayeux)]

    with_channel(tmp_path, play)


def test_nobody_publishes_but_the_server(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        reply = wire.says(f"/printers/{site.own.printer_id}/command", data={"command": "cancel"})
        assert reply["successful"] is False
        assert wire.commands == []

    with_channel(tmp_path, play)


def test_a_command_is_sent_at_once_and_once(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        task = site.send("calibrate", axis="z")
        await until(lambda: wire.got)
        (message,) = wire.got
        assert message["data"] == {"command": "calibrate", "task_id": task, "axis": "z"}
        site.send("home")
        await until(lambda: len(wire.got) > 1)
        assert wire.commands == ["calibrate", "home"]

    with_channel(tmp_path, play)


def test_what_was_given_while_a_printer_was_away_waits_for_it_in_order(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        for number in range(5):
            site.send(f"step-{number}")
        wire = site.listening()
        await until(lambda: len(wire.got) >= 5)
        assert wire.commands == [f"step-{number}" for number in range(5)]

    with_channel(tmp_path, play)


def test_what_was_not_answered_is_sent_again_when_a_printer_comes_back(tmp_path: Path) -> None:
    """The same session with another connection, or a new session: either way with the same task."""

    async def play(site: Site) -> None:
        wire = site.listening()
        heard, lost = site.send("heard"), site.send("lost")
        await until(lambda: len(wire.got) >= 2)
        site.answer(heard)
        wire.drops()
        wire.got.clear()
        wire.comes_back()
        await until(lambda: wire.got)
        assert [lost] == [one["data"]["task_id"] for one in wire.got]
        again = site.listening()
        await until(lambda: again.got)
        assert again.commands == ["lost"]
        assert wire.commands == ["lost"]

    with_channel(tmp_path, play)


class Slow(Commands):
    """Commands that are read at once, and told late."""

    def __init__(self, parts: Services) -> None:
        super().__init__(parts.database, parts.clock, parts.settings, parts.relay, parts.reports)
        self.was_read, self.may_tell = threading.Event(), threading.Event()

    def deliveries(self, printer_ids: Sequence[int]) -> list[Delivery]:
        """Return what waits, as it was before the test went on."""
        found = super().deliveries(printer_ids)
        self.was_read.set()
        assert self.may_tell.wait(PATIENCE_S)
        return found


def test_what_was_answered_while_it_was_read_is_not_sent_to_a_printer_that_came_back(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        slow = Slow(site.parts)
        site.channel._parts = replace(site.parts, commands=slow)
        task = site.send("heard")
        wire = site.listening()
        await until(slow.was_read.is_set)
        site.answer(task)
        wire.drops()
        wire.comes_back()
        slow.may_tell.set()
        site.send("next")
        await until(lambda: wire.got)
        assert wire.commands == ["next"]

    with_channel(tmp_path, play)


def test_what_is_not_answered_in_time_is_sent_again(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        task = site.send("home")
        await until(lambda: wire.got)
        await until(lambda: site.sent_at(task))
        site.site.clock.now += 16_000
        await until(lambda: len(wire.got) > 1)
        assert [task, task] == [one["data"]["task_id"] for one in wire.got]

    with_channel(tmp_path, play)


def test_a_printer_is_told_who_has_claimed_it(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        other, bob = site.other, site.site.bob
        wire = Wire(site.channel)
        wire.listens(f"/printers/{other.printer_id}/users", other.token)
        site.parts.printers.claim(bob, other.code or "", "")
        await until(lambda: wire.got)
        told = {
            "registration": "success",
            "type": "primary",
            "printer_id": other.printer_id,
            "member_id": bob.principal_id,
        }
        assert [one["data"] for one in wire.got] == [told]

    with_channel(tmp_path, play)


def test_a_printer_that_was_away_when_it_was_claimed_learns_it_when_it_listens(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        site.site.clock.now += 1000
        _claim(site, site.site.bob)
        wire = Wire(site.channel)
        wire.listens(f"/printers/{site.other.printer_id}/users", site.other.token)
        assert [one["data"]["registration"] for one in wire.got] == ["success"]
        site.site.clock.now += 1000
        site.parts.printers.report(
            site.other.printer_id, a_report(printer_status="ready"), base_url="http://outfeed.test"
        )
        again = Wire(site.channel)
        again.listens(f"/printers/{site.other.printer_id}/users", site.other.token)
        assert again.got == []

    with_channel(tmp_path, play)


def _claim(site: Site, caller: Caller) -> None:
    site.parts.printers.claim(caller, site.other.code or "", "")


def test_what_other_processes_have_done_unheard_is_caught_up_with(tmp_path: Path) -> None:
    """Another process has a relay of its own here: its notes never come."""

    async def play(site: Site) -> None:
        wire, gone = site.listening(), Wire(site.channel)
        assert gone.listens(f"/printers/{site.other.printer_id}/users", site.other.token)["successful"]
        elsewhere = Services.build(site.parts.settings, clock=site.parts.clock)
        elsewhere.commands.send(site.site.ann, site.own.printer_id, "home", {})
        elsewhere.printers.claim(site.site.bob, site.other.code or "", "")
        elsewhere.printers.remove(site.site.bob, site.other.printer_id)
        elsewhere.close()
        assert wire.commands == []
        site.parts.relay.tell(Note(What.MISSED, 0))
        await until(lambda: wire.commands)
        await until(lambda: len(site.channel.bayeux) == 1)
        assert wire.commands == ["home"]

    with_channel(tmp_path, play)


def test_a_printer_that_is_gone_is_cut_off(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        site.parts.printers.remove(site.site.ann, site.own.printer_id)
        await until(lambda: not len(site.channel.bayeux))
        assert wire.says("/meta/connect", connectionType="websocket")["error"].startswith("401:")

    with_channel(tmp_path, play)


@pytest.mark.parametrize("public_url", ["", "https://print.test/"])
def test_addresses_that_a_printer_is_given_are_those_that_it_can_reach(tmp_path: Path, public_url: str) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        site.send("logs")
        await until(lambda: wire.got)
        start = public_url or "http://outfeed.test/"
        assert wire.got[0]["data"]["upload_url"].startswith(start)

    with_channel(tmp_path, play, public_url=public_url)


def test_the_address_of_a_printable_elsewhere_is_passed_on_as_it_is(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        url = "http://files.test/bear.tar.gz"
        job = site.parts.print_jobs.create(
            site.site.ann, site.own.printer_id, NewJob(printable=Printable(url=url), name="bear")
        )
        await until(lambda: wire.got)
        told: dict[str, Any] = {
            "command": "print_data",
            "task_id": job.id,
            "job_id": job.id,
            "job_name": "bear",
            "file_url": url,
        }
        told["settings"] = {"Settings": {}}
        assert [one["data"] for one in wire.got] == [told]

    with_channel(tmp_path, play)


def test_what_printers_hear_looks_like_the_reference(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire, printer_id, url = site.listening(), site.own.printer_id, "http://files.test/bear.tar.gz"
        assert wire.listens(f"/printers/{printer_id}/users", site.own.token)["successful"]
        new = NewJob(printable=Printable(url=url), name="bear", settings={"ModelExposureSec": 2})
        job = site.parts.print_jobs.create(site.site.ann, printer_id, new)
        await until(lambda: len(wire.got) > 1)

        heard = {one["channel"].rpartition("/")[2]: one["data"] for one in wire.got}

        claimed = {"printer_id": printer_id, "member_id": site.site.ann.principal_id}
        printed = {"task_id": job.id, "job_id": job.id, "file_url": url}
        assert heard == {
            "users": golden("channel_claimed.json") | claimed,
            "command": golden("channel_print.json") | printed,
        }

    with_channel(tmp_path, play)


def test_a_print_that_is_cancelled_while_it_is_about_to_leave_is_not_printed(tmp_path: Path) -> None:
    """Its member was told that it is cancelled here, so its printer must not see it."""

    async def play(site: Site) -> None:
        url, parts, number = "http://files.test/bear.tar.gz", site.parts, site.own.printer_id
        job = parts.print_jobs.create(site.site.ann, number, NewJob(printable=Printable(url=url)))

        cancelled = threading.Event()

        def cancel() -> None:
            parts.commands.send(site.site.ann, number, "cancel", {"job_id": job.id})
            cancelled.set()

        once_at(parts.database, "SELECT print_jobs.", cancel, when="after_cursor_execute")
        wire = site.listening()
        await until(cancelled.is_set)
        site.send("home")
        await until(lambda: wire.got)
        assert wire.commands == ["home"]

    with_channel(tmp_path, play)


def test_what_was_missed_is_looked_up_once_the_database_has_time(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = site.listening()
        site.send("reset")
        await until(lambda: wire.commands)
        elsewhere = Services.build(site.parts.settings, clock=site.parts.clock)
        elsewhere.commands.send(site.site.ann, site.own.printer_id, "home", {})
        elsewhere.close()

        def fail() -> None:
            raise TimeoutError

        once_at(site.parts.database, "SELECT printers.id \nFROM", fail)
        site.parts.relay.tell(Note(What.MISSED, 0))
        await until(lambda: "home" in wire.commands)
        assert wire.commands == ["reset", "home"]

    with_channel(tmp_path, play)


def test_a_printer_is_told_of_who_has_claimed_it_at_another_process_unheard(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire, printer_id = Wire(site.channel), site.other.printer_id
        assert wire.listens(f"/printers/{printer_id}/users", site.other.token)["successful"]
        site.site.clock.now += 1
        elsewhere = Services.build(site.parts.settings, clock=site.parts.clock)
        elsewhere.printers.claim(site.site.bob, site.other.code or "", "")
        elsewhere.close()
        assert wire.got == []
        site.parts.relay.tell(Note(What.MISSED, 0))
        await until(lambda: wire.got)
        assert wire.got[0]["data"]["member_id"] == site.site.bob.principal_id

    with_channel(tmp_path, play)

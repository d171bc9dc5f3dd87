"""Strangers at the channel: they keep no printer out that somebody has claimed, however many they are."""

from pathlib import Path
from typing import Any

import pytest

from outfeed.app import application
from outfeed.bayeux import Session
from outfeed.clock import now_ms
from outfeed.dialects.spark.channel import MOST_SESSIONS, command_channel, users_channel
from outfeed.fleet.notes import Note, What
from outfeed.http.addresses import counted_address
from outfeed.services import Services
from outfeed.settings import Settings
from unit.asgi_driver import handshake, post, run
from unit.test_channel import Site, Wire, until, with_channel


def _guests(site: Site) -> list[Session]:
    return [session for session in site.channel.bayeux._registry if session.is_guest]


def _address(number: int) -> str:
    return f"198.51.{number // 250}.{number % 250}"


def test_strangers_from_everywhere_keep_no_claimed_printer_out(tmp_path: Path) -> None:
    """Handshakes, printers that nobody has claimed, and listeners without a token: places are for the others."""

    async def play(site: Site) -> None:
        before = site.listening()
        unclaimed, token = users_channel(site.other.printer_id), site.other.token
        for number in range(200):
            stranger = Wire(site.channel, _address(number))
            if number % 3:
                stranger.listens(unclaimed, token if number % 3 == 1 else None)
        after = site.listening(_address(7))
        site.send("home")
        await until(lambda: before.got and after.got)

        assert [["home"], ["home"]] == [before.commands, after.commands]
        assert (9, 2) == (len(_guests(site)), len(site.channel.bayeux) - len(_guests(site)))

    with_channel(tmp_path, play, channel_sessions=2, channel_strangers=10, channel_anonymous=True)


def test_one_address_drives_out_only_its_own_strangers(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        waiting = Wire(site.channel, "192.0.2.77")
        for _ in range(100):
            Wire(site.channel, "203.0.113.9")

        assert waiting.listens(users_channel(site.other.printer_id), site.other.token)["successful"]
        assert 3 == len(_guests(site))

    with_channel(tmp_path, play, channel_strangers=10)


def test_a_printer_that_waits_for_its_owner_has_its_place_once_it_is_claimed(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = Wire(site.channel)
        wire.listens(users_channel(site.other.printer_id), site.other.token)
        before = len(_guests(site))
        site.parts.printers.claim(site.site.ann, site.other.code or "", "second")
        await until(lambda: wire.got)

        assert (1, 0) == (before, len(_guests(site)))

    with_channel(tmp_path, play)


def test_a_claim_that_was_missed_gives_the_printer_its_place_too(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire = Wire(site.channel)
        wire.listens(users_channel(site.other.printer_id), site.other.token)
        site.site.clock.now += 1
        elsewhere = Services.build(site.parts.settings, clock=site.parts.clock)
        elsewhere.printers.claim(site.site.ann, site.other.code or "", "second")
        elsewhere.close()
        site.parts.relay.tell(Note(What.MISSED, 0))
        await until(lambda: wire.got)

        assert [] == _guests(site)

    with_channel(tmp_path, play)


def test_who_listens_without_a_token_is_a_stranger_whoever_owns_the_printer(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        wire, own = Wire(site.channel), site.own.printer_id
        wire.listens(users_channel(site.other.printer_id), site.other.token)
        assert wire.listens(users_channel(own))["successful"]
        site.channel._take(Note(What.CLAIMED, own, site.site.ann.principal_id))

        assert [wire.id] == [session.id for session in _guests(site)]

    with_channel(tmp_path, play, channel_anonymous=True)


def test_strangers_do_not_drive_a_printer_off_its_own_channel(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        name = command_channel(site.own.printer_id)
        own = [site.listening() for _ in range(MOST_SESSIONS - 1)]
        strangers = [Wire(site.channel) for _ in range(10)]
        for wire in strangers:
            wire.listens(name)
        last = site.listening()
        Wire(site.channel).listens(name)

        assert {wire.id for wire in [*own, last]} == {one.id for one in site.channel.bayeux.subscribers(name)}

    with_channel(tmp_path, play, channel_anonymous=True)


def test_a_site_of_two_hundred_printers_comes_back_all_at_once(tmp_path: Path) -> None:
    """After a power cut, behind one address: each tries five times, with a WebSocket each time."""

    async def play(site: Site) -> None:
        arrivals = 200 * 5 * 2
        let_in = [site.channel.may_arrive("203.0.113.9") for _ in range(arrivals)]

        assert [True] * arrivals == let_in

    with_channel(tmp_path, play)


def test_an_address_that_comes_without_end_waits_and_others_do_not(tmp_path: Path) -> None:
    async def play(site: Site) -> None:
        let_in = [site.channel.may_arrive("203.0.113.9") for _ in range(10_000)]
        others = [site.channel.may_arrive(_address(number)) for number in range(10_000)]
        site.site.clock.now += 61_000

        assert (3_000, 10_000) == (sum(let_in), sum(others))
        assert site.channel.may_arrive("203.0.113.9")

    with_channel(tmp_path, play)


@pytest.mark.slow
@pytest.mark.parametrize(("proxies", "successes"), [("", 3), ("192.0.2.0/24", 10)])
def test_a_server_counts_who_comes_but_not_who_comes_by_its_proxy(tmp_path: Path, proxies: str, successes: int) -> None:
    settings = Settings(data=tmp_path, channel_arrivals=3, trusted_proxies=proxies)
    app: Any = application(Services.build(settings, clock=now_ms))

    async def story() -> list[bool]:
        # All of them from 192.0.2.7.
        asked = [await post(app, handshake(), headers={"host": "outfeed.test"}).done() for _ in range(10)]
        return [one.messages[0]["successful"] for one in asked]

    assert [True] * successes + [False] * (10 - successes) == run(story())


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("10.0.0.5", None),
        ("::ffff:10.0.0.5", None),
        ("", None),
        ("/run/outfeed.sock", None),
    ],
)
def test_an_address_is_counted_as_whose_it_is(address: str, counted: str | None) -> None:
    """All addresses of a network of IPv6 are one customer's; a proxy's stands for anybody."""
    assert counted == counted_address(Settings(trusted_proxies="10.0.0.0/24"), address)

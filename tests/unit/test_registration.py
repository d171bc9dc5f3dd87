"""Printers come in: tokens, codes, and who may have one."""

import hashlib
import re
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.database import reading
from outfeed.errors import (
    CodeUnknown,
    InvalidField,
    MissingField,
    NotMeaningful,
    PrinterTokenDead,
    PrinterTokenMissing,
    RateLimited,
)
from outfeed.fleet.notes import Note, What
from outfeed.fleet.records import Role
from outfeed.fleet.registration import LETTERS, forget_unclaimed, new_code, new_token
from outfeed.schema import printers, registration_codes
from unit.printer_site import KNOWN, SERVER, PrinterSite, printers_of, some_printers

HOUR_MS = 3_600_000


def codes(site: PrinterSite) -> list[str]:
    """Return the codes that stand."""
    with reading(site.fleet.services.database) as connection:
        return list(connection.scalars(sa.select(registration_codes.c.code).order_by(registration_codes.c.code)))


def test_a_token_is_32_bytes_in_43_letters_and_a_code_six_capitals() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", new_token())
    assert re.fullmatch(f"[{LETTERS}]{{6}}", new_code())
    assert set() == set(LETTERS) & set("AEIOUYLQ")
    assert new_token() != new_token()


def test_a_new_printer_gets_a_number_a_code_and_a_token(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        told = site.register(serial_number="S-1")
        found = site.printers.identify(told.token)

    assert (3, "CODEAA", False) == (told.printer_id, told.code, told.registered)
    assert (3, KNOWN, "1.0", "S-1", SERVER) == (
        found.id,
        found.type_id,
        found.firmware,
        found.serial_number,
        found.base_url,
    )
    assert ("", False, None, None) == (found.name, found.online, found.seen_at, found.member)


def test_the_database_has_the_digest_of_a_token_and_not_the_token(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        token = site.register().token
        with reading(site.fleet.services.database) as connection:
            kept = connection.scalar(sa.select(printers.c.token_digest).where(printers.c.id == 3))
        files = b"".join(path.read_bytes() for path in tmp_path.glob("outfeed.sqlite*"))

    assert hashlib.sha256(token.encode()).hexdigest() == kept
    assert token.encode() not in files


def test_a_printer_that_comes_again_stays_who_it_is_and_its_old_code_dies(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        first = site.register()
        again = site.register(token=first.token, type_id=None, firmware="2.0")

        assert (3, "CODEAB", first.token, False) == (again.printer_id, again.code, again.token, again.registered)
        assert ["CODEAB"] == codes(site)
        assert ("2.0", KNOWN, True) == (
            (found := site.printers.identify(first.token)).firmware,
            found.type_id,
            found.online,
        )
        with pytest.raises(CodeUnknown):
            site.printers.claim(site.fleet.ann, "CODEAA", "Ember")


def test_an_owned_printer_that_comes_again_gets_no_code(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, token = site.owned()
        again = site.register(token=token)

    assert (printer.id, None, True) == (again.printer_id, again.code, again.registered)


def test_no_token_is_missing_and_an_unknown_one_is_dead(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        with pytest.raises(PrinterTokenMissing):
            site.printers.identify(None)
        for token in ("", "x", new_token(), "é" * 43, "\ud800" * 43, new_token() + "\n"):
            with pytest.raises(PrinterTokenDead):
                site.printers.identify(token)
        with pytest.raises(PrinterTokenDead):
            site.register(token=new_token(), type_id="unknown")


def test_a_type_is_needed_and_known_in_any_case(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        with pytest.raises(MissingField):
            site.register(type_id=None)
        with pytest.raises(NotMeaningful):
            site.register(type_id="unknown")

        assert 3 == site.register(type_id=KNOWN.lower()).printer_id


def test_an_address_that_nobody_could_want_is_refused(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site, pytest.raises(InvalidField):
        site.register(base_url="http://" + "x" * 512)


def test_a_code_works_once_however_it_is_typed(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        told = site.register()
        printer = site.printers.claim(site.fleet.ann, " code-aa ", "Ember")

        assert (told.printer_id, "Ember") == (printer.id, printer.name)
        assert printer.member is not None
        assert (Role.PRIMARY, True, True) == (
            printer.member.role,
            printer.member.is_printer_scoped,
            printer.member.is_job_scoped,
        )
        assert [Note(What.CLAIMED, printer.id, site.fleet.ann.principal_id)] == site.fleet.notes
        with pytest.raises(CodeUnknown):
            site.printers.claim(site.fleet.bob, "CODEAA", "Mine")


def test_a_printer_without_a_name_is_called_by_its_number(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        site.register()

        assert "Printer 3" == site.printers.claim(site.fleet.ann, "CODEAA", "").name


def test_a_code_dies_of_age(tmp_path: Path) -> None:
    with some_printers(tmp_path, registration_code_ttl_s=3600) as site:
        site.register()
        site.fleet.clock.now += HOUR_MS
        with pytest.raises(CodeUnknown):
            site.printers.claim(site.fleet.ann, "CODEAA", "Ember")


def test_a_code_that_is_in_use_is_not_given_twice(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        drawn = iter(["CODEAA", "CODEAA", "CODEAA", "CODEAB"])
        site.printers = printers_of(site.fleet, new_code=lambda: next(drawn))

        assert ["CODEAA", "CODEAB"] == [site.register().code, site.register().code]


def test_codes_that_are_all_in_use_are_waited_for(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        site.printers = printers_of(site.fleet, new_code=lambda: "CODEAA")
        site.register()
        with pytest.raises(RateLimited) as refused:
            site.register()

        assert 3600 == refused.value.retry_after_s
        assert ["CODEAA"] == codes(site)


def test_of_two_who_claim_with_one_code_one_wins(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        site.register()
        start, won, lost = threading.Barrier(8), list[str](), list[str]()

        def claim(number: int) -> None:
            caller = (site.fleet.ann, site.fleet.bob)[number % 2]
            start.wait()
            try:
                site.printers.claim(caller, "CODEAA", "Ember")
                won.append(caller.principal_id)
            except CodeUnknown:
                lost.append(caller.principal_id)

        threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        owner = site.printers.get(site.fleet.ann if won == [site.fleet.ann.principal_id] else site.fleet.bob, 3)

    assert (1, 7) == (len(won), len(lost))
    assert owner.member is not None
    assert won == [owner.member.principal_id]


def test_only_so_many_printers_wait_for_an_owner(tmp_path: Path) -> None:
    with some_printers(tmp_path, max_unclaimed_printers=2) as site:
        site.register()
        site.fleet.clock.now += 1000
        token = site.register().token
        with pytest.raises(RateLimited) as refused:
            site.register()

        assert 3599 == refused.value.retry_after_s
        assert 4 == site.register(token=token).printer_id
        site.printers.claim(site.fleet.ann, "CODEAA", "Ember")
        assert 5 == site.register().printer_id


def test_where_there_is_no_room_those_go_whose_code_is_dead(tmp_path: Path) -> None:
    with some_printers(tmp_path, max_unclaimed_printers=2) as site:
        silent, alive = site.register().token, site.register().token
        site.fleet.clock.now += HOUR_MS
        site.register(token=alive)
        told = site.register()

        assert 5 == told.printer_id
        assert 4 == site.printers.identify(alive).id
        with pytest.raises(PrinterTokenDead):
            site.printers.identify(silent)


def test_the_sweep_forgets_printers_that_nobody_wants_and_old_codes(tmp_path: Path) -> None:
    with some_printers(tmp_path, unclaimed_printer_ttl_s=7200) as site:
        parts = site.fleet.services
        _, owned = site.owned()
        unclaimed, again = site.register().token, site.register().token
        site.fleet.clock.now += 2 * HOUR_MS - 1
        site.register(token=again)
        assert 0 == forget_unclaimed(parts.database, site.fleet.clock, parts.settings)
        assert 1 == len(codes(site))
        site.fleet.clock.now += 1

        assert 1 == forget_unclaimed(parts.database, site.fleet.clock, parts.settings)
        assert 3 == site.printers.identify(owned).id
        assert 5 == site.printers.identify(again).id
        with pytest.raises(PrinterTokenDead):
            site.printers.identify(unclaimed)

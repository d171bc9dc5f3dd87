"""What printers say of themselves, and what their members may see and do."""

from pathlib import Path

import pytest

from outfeed.errors import (
    AlreadyExists,
    CodeUnknown,
    InvalidField,
    NotAllowed,
    NotFound,
    NotMeaningful,
    PrinterTokenDead,
)
from outfeed.fleet.notes import Note, What
from outfeed.fleet.printers import MOST_INVITATIONS
from outfeed.fleet.records import Role
from outfeed.fleet.states import PrintState
from unit.fleet_site import SOMEWHERE, a_report
from unit.printer_site import PrinterSite, some_printers


def members(site: PrinterSite, printer_id: int) -> list[tuple[str, Role, bool, bool]]:
    """Return who uses a printer of Ann's, and what each may do."""
    found, _ = site.printers.members(site.fleet.ann, printer_id)
    return [(member.email, member.role, member.is_printer_scoped, member.is_job_scoped) for member in found]


# --- Status -----------------------------------------------------------------------------------------------------------


def test_a_status_is_kept_as_it_came_and_makes_the_printer_online(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        site.fleet.notes.clear()
        report = a_report(printer_status="ready", temprature="71", data={"layer": "3"})
        site.printers.report(printer.id, report, base_url="https://elsewhere.test")
        found = site.printers.get(site.fleet.ann, printer.id)

    assert {"printer_status": "ready", "temprature": "71", "data": {"layer": "3"}} == {
        name: value for name, value in (found.report or {}).items() if value is not None
    }
    assert (True, "https://elsewhere.test") == (found.online, found.base_url)
    assert [] == site.fleet.notes


def test_a_printer_is_offline_after_a_minute_of_silence(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, token = site.owned()
        site.printers.report(printer.id, a_report(printer_status="ready"), base_url="http://us")
        site.fleet.clock.now += 60_000
        assert site.printers.get(site.fleet.ann, printer.id).online
        site.fleet.clock.now += 1

        assert not site.printers.get(site.fleet.ann, printer.id).online
        assert not site.printers.identify(token).online


def test_a_status_moves_the_job_that_it_tells_of(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        job = site.fleet.job(printer.id, printable=SOMEWHERE)
        site.fleet.told.commits = 0
        report = a_report(printer_status="printing", job_id=job.id, job_status="printing", job_progress=0.5)
        site.printers.report(printer.id, report, base_url="http://us")

        assert PrintState.PRINTING is site.fleet.state(job)
        assert 1 == site.fleet.told.commits


def test_a_printer_that_is_gone_by_now_reports_nothing(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        site.printers.remove(site.fleet.ann, printer.id)
        with pytest.raises(PrinterTokenDead):
            site.printers.report(printer.id, a_report(printer_status="ready"), base_url="http://us")


# --- Looking ----------------------------------------------------------------------------------------------------------


def test_the_list_has_the_callers_printers_and_no_others(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        site.owned()
        site.owned(site.fleet.bob)
        site.owned()
        site.register()
        found, total = site.printers.list(site.fleet.ann, limit=2, offset=1)

    assert ([3, 5], 3) == ([printer.id for printer in found], total)
    assert all(printer.member and printer.member.role is Role.PRIMARY for printer in found)


def test_anothers_printer_is_not_there(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        bob, number = site.fleet.bob, printer.id
        for ask in (
            lambda: site.printers.get(bob, number),
            lambda: site.printers.members(bob, number),
            lambda: site.printers.invite(bob, number, "bob@example.com"),
            lambda: site.printers.set_scopes(bob, number, "x", is_printer_scoped=True, is_job_scoped=True),
            lambda: site.printers.remove(bob, number),
            lambda: site.printers.remove(bob, number, site.fleet.ann.principal_id),
            lambda: site.printers.get(site.fleet.ann, 99),
        ):
            with pytest.raises(NotFound):
                ask()

        assert printer.id == site.printers.get(site.fleet.ann, number).id


# --- Sharing ----------------------------------------------------------------------------------------------------------


def test_an_invited_user_joins_with_a_code_of_their_own(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        site.fleet.notes.clear()
        code = site.printers.invite(site.fleet.ann, printer.id, " BOB@example.com ")
        with pytest.raises(CodeUnknown):
            site.printers.claim(site.fleet.ann, code, "Mine")
        joined = site.printers.claim(site.fleet.bob, code, "Mine")

        assert "Ember" == joined.name
        assert [Note(What.CLAIMED, printer.id, site.fleet.bob.principal_id)] == site.fleet.notes
        assert [
            ("ann@example.com", Role.PRIMARY, True, True),
            ("bob@example.com", Role.SECONDARY, False, False),
        ] == members(site, printer.id)
        with pytest.raises(AlreadyExists):
            site.printers.invite(site.fleet.ann, printer.id, "bob@example.com")


def test_a_second_invitation_of_a_user_replaces_the_first(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        first, second = (site.printers.invite(site.fleet.ann, printer.id, "bob@example.com") for _ in range(2))
        with pytest.raises(CodeUnknown):
            site.printers.claim(site.fleet.bob, first, "")

        assert printer.id == site.printers.claim(site.fleet.bob, second, "").id


def test_only_so_many_are_invited_at_a_time(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        for number in range(MOST_INVITATIONS):
            site.printers.invite(site.fleet.ann, printer.id, f"user{number}@example.com")
        with pytest.raises(NotMeaningful):
            site.printers.invite(site.fleet.ann, printer.id, "bob@example.com")
        site.fleet.clock.now += 3_600_000

        assert site.printers.invite(site.fleet.ann, printer.id, "bob@example.com")


def test_a_member_who_does_not_own_the_printer_shares_nothing(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, ann, bob = site.shared(), site.fleet.ann.principal_id, site.fleet.bob
        for ask in (
            lambda: site.printers.invite(bob, printer.id, "eve@example.com"),
            lambda: site.printers.set_scopes(bob, printer.id, ann, is_printer_scoped=True, is_job_scoped=True),
            lambda: site.printers.remove(bob, printer.id, ann),
        ):
            with pytest.raises(NotAllowed):
                ask()


def test_an_invitation_goes_to_an_address(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        with pytest.raises(InvalidField):
            site.printers.invite(site.fleet.ann, printer.id, "bob")


def test_the_owner_says_what_a_member_may_do(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, bob = site.shared(), site.fleet.bob.principal_id
        first = site.printers.set_scopes(site.fleet.ann, printer.id, bob, is_printer_scoped=True, is_job_scoped=None)
        second = site.printers.set_scopes(site.fleet.ann, printer.id, bob, is_printer_scoped=None, is_job_scoped=True)

        assert (True, False) == (first.is_printer_scoped, first.is_job_scoped)
        assert (True, True) == (second.is_printer_scoped, second.is_job_scoped)
        assert ("bob@example.com", Role.SECONDARY, True, True) == members(site, printer.id)[1]


def test_the_owner_and_strangers_have_no_scopes_to_be_set(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer = site.shared()
        for who, refused in ((site.fleet.ann.principal_id, NotMeaningful), ("nobody", NotFound)):
            with pytest.raises(refused):
                site.printers.set_scopes(site.fleet.ann, printer.id, who, is_printer_scoped=False, is_job_scoped=False)

        assert ("ann@example.com", Role.PRIMARY, True, True) == members(site, printer.id)[0]


# --- Leaving ----------------------------------------------------------------------------------------------------------


def test_when_its_owner_leaves_the_printer_is_gone_and_its_token_dead(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, token = site.owned()
        job, over = site.fleet.job(printer.id), site.fleet.job(printer.id)
        site.fleet.commands.send(site.fleet.ann, printer.id, "cancel", {"job_id": over.id})
        site.fleet.notes.clear()
        site.printers.remove(site.fleet.ann, printer.id)

        assert [Note(What.GONE, printer.id)] == site.fleet.notes
        assert (PrintState.FAILED, PrintState.CANCELED) == (site.fleet.state(job), site.fleet.state(over))
        assert site.fleet.jobs.get(site.fleet.ann, job.id).printer_id is None
        with pytest.raises(PrinterTokenDead):
            site.printers.identify(token)
        with pytest.raises(NotFound):
            site.printers.get(site.fleet.ann, printer.id)
        assert site.register().printer_id > printer.id


def test_a_member_leaves_alone_or_is_let_go(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        first, second = site.shared(), site.shared()
        site.fleet.notes.clear()
        site.printers.remove(site.fleet.bob, first.id)
        site.printers.remove(site.fleet.ann, second.id, site.fleet.bob.principal_id)

        for printer in (first, second):
            assert [("ann@example.com", Role.PRIMARY, True, True)] == members(site, printer.id)
            with pytest.raises(NotFound):
                site.printers.get(site.fleet.bob, printer.id)
        assert [] == site.fleet.notes


def test_who_is_no_member_cannot_be_let_go(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer, _ = site.owned()
        with pytest.raises(NotFound):
            site.printers.remove(site.fleet.ann, printer.id, site.fleet.bob.principal_id)


def test_the_owner_who_is_named_leaves_as_one_who_is_not(tmp_path: Path) -> None:
    with some_printers(tmp_path) as site:
        printer = site.shared()
        site.printers.remove(site.fleet.ann, printer.id, site.fleet.ann.principal_id)
        with pytest.raises(NotFound):
            site.printers.get(site.fleet.bob, printer.id)

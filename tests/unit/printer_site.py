"""Printers over a fleet that has none yet but those that tests register."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outfeed.fleet.printers import Printers
from outfeed.fleet.records import Printer
from outfeed.fleet.registration import Registration
from outfeed.identity.caller import Caller
from unit.fleet_site import FleetSite, a_fleet

#: The only type of printer that is known here.
KNOWN = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
SERVER = "http://printers.test"


@dataclass
class PrinterSite:
    """Printers, and the fleet that they are part of: Ann's printer 1 and Bob's printer 2 are there already."""

    fleet: FleetSite
    printers: Printers

    def register(self, *, token: str | None = None, **told: Any) -> Registration:
        """Take a printer in, or the same one again."""
        said: dict[str, Any] = {"firmware": "1.0", "type_id": KNOWN, "serial_number": None, "base_url": SERVER}
        return self.printers.register(token=token, **said | told)

    def owned(self, caller: Caller | None = None) -> tuple[Printer, str]:
        """Return a printer that somebody, else Ann, has claimed, and its token."""
        told = self.register()
        assert told.code is not None
        return self.printers.claim(caller or self.fleet.ann, told.code, "Ember"), told.token

    def shared(self) -> Printer:
        """Return a printer of Ann's that Bob has joined."""
        printer, _ = self.owned()
        self.printers.claim(self.fleet.bob, self.printers.invite(self.fleet.ann, printer.id, "bob@example.com"), "")
        return printer


def a_code(number: int) -> str:
    """Return a code by its number."""
    return "CODE" + chr(ord("A") + number // 26 % 26) + chr(ord("A") + number % 26)


@contextmanager
def some_printers(folder: Path, **settings: Any) -> Iterator[PrinterSite]:
    """Give printers over an empty data folder; their codes are `CODEAA`, `CODEAB` and so on."""
    with a_fleet(folder, **settings) as fleet:
        yield PrinterSite(fleet, printers_of(fleet))


def printers_of(fleet: FleetSite, **changes: Any) -> Printers:
    """Return the printers of a fleet."""
    numbers = itertools.count()
    given: dict[str, Any] = {
        "known_type": lambda type_id: type_id.upper() == KNOWN,
        "new_code": lambda: a_code(next(numbers)),
    }
    relay, settings = fleet.relay, fleet.services.settings
    return Printers(fleet.services.database, fleet.clock, settings, relay, fleet.reports, **given | changes)

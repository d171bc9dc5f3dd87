"""The calls about printers over a fleet, without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from litestar.testing import TestClient

from one_app import over
from outfeed.errors import TokenMissing
from outfeed.fleet.records import Printer
from outfeed.http.paths import on_raw_path
from outfeed.identity.caller import Caller
from outfeed.identity.service import Identity
from unit.printer_site import KNOWN, PrinterSite, some_printers
from unit.spark_door import spark_routes

#: What a new printer says.
NEW = {"firmware": "1.0", "type_id": KNOWN, "serial_number": "S-1"}


_GOLDEN = Path(__file__).parents[1] / "golden" / "spark"


class Doorkeeper:
    """Takes the names of people for their tokens, and counts as the real one does."""

    def __init__(self, identity: Identity, people: dict[str, Caller]) -> None:
        self.count = identity.count
        self.guessing = identity.guessing
        self._people = people

    def caller(self, authorization: str | None, **_: Any) -> Caller:
        """Return who has this name."""
        if authorization is None:
            raise TokenMissing
        return self._people[authorization]


@dataclass
class PrinterDoor:
    """The routes, called by Ann unless another is named."""

    site: PrinterSite
    client: TestClient[Any]

    def call(self, method: str, path: str, *, by: str = "ann", **given: Any) -> httpx.Response:
        """Call as a member."""
        return self.client.request(method, path, headers={"authorization": by}, **given)

    def printer_calls(self, path: str, *, token: str | None, header: str = "X-Printer-Auth-Token", **given: Any) -> Any:
        """POST as a printer."""
        headers = {} if token is None else {header: token}
        return self.client.post(path, headers=headers, **given)

    def owned(self) -> tuple[Printer, str]:
        """Return a printer of Ann's, and its token."""
        return self.site.owned()


@contextmanager
def a_printer_door(folder: Path, **settings: Any) -> Iterator[PrinterDoor]:
    """Open the routes over a fleet in a folder."""
    with some_printers(folder, **settings) as site:
        fleet = site.fleet
        reader = Caller(principal_id=fleet.ann.principal_id, app_id="cli", scopes=frozenset({"data:read"}))
        people = {"ann": fleet.ann, "bob": fleet.bob, "reader": reader}
        services = SimpleNamespace(
            settings=fleet.services.settings,
            clock=fleet.clock,
            identity=Doorkeeper(fleet.services.identity, people),
            printers=site.printers,
            commands=fleet.commands,
            blobs=fleet.services.blobs,
            files=fleet.services.files,
            links=fleet.services.links,
            printer_logs=fleet.services.printer_logs,
            print_jobs=fleet.jobs,
            reports=fleet.reports,
        )
        yield PrinterDoor(site, TestClient(over(on_raw_path(spark_routes()), services)))


def refusal(answer: httpx.Response) -> tuple[int, int]:
    """Return status and number of a refusal, having looked at its form."""
    body = answer.json()
    assert {"error_id", "code", "message"} == set(body)
    assert isinstance(body["message"], str)
    return answer.status_code, body["code"]


def golden(name: str) -> Any:
    """Return a body as the documents show it."""
    return json.loads((_GOLDEN / name).read_text(encoding="utf-8"))

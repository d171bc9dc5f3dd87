"""Two web processes on one data folder: a printer of the one hears what a member tells the other."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest

from acceptance.harness import PATIENCE_S, Client, Server, wait_for
from acceptance.printers_at import EMBER
from callback_client import a_client
from outfeed.fleet.relay_postgres import CHANNEL
from postgres import a_postgres


@dataclass
class PollingPrinter:
    """A printer that polls, and does nothing but listen."""

    address: str
    printer_id: int = 0
    token: str = ""
    session: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)

    def register(self, member: Client) -> None:
        """Get a number and a token, and let a member claim the printer."""
        said = {"firmware": "1.0", "type_id": EMBER}
        told = httpx.post(f"{self.address}/v1/print/printers/registration_code", json=said, timeout=PATIENCE_S).json()
        self.printer_id, self.token = told["printer_id"], told["auth_token"]
        code = {"registration_code": told["registration_code"], "printer_name": "Ember"}
        assert member.post("/ps/v1/print/printers/register", json=code).status_code == 200

    def listen(self) -> None:
        """Shake hands and subscribe to the commands."""
        types = {"version": "1.0", "supportedConnectionTypes": ["long-polling"]}
        self.session = self._post({"channel": "/meta/handshake", **types})[0]["clientId"]
        proof = {"ext": {"authentication_token": self.token}}
        wanted = {"channel": "/meta/subscribe", "subscription": f"/printers/{self.printer_id}/command", **proof}
        assert self._post(wanted)[0]["successful"]
        self.poll(timeout=0)

    def poll(self, **advice: int) -> list[dict[str, Any]]:
        """Poll once, and return what was told."""
        answers = self._post({"channel": "/meta/connect", "connectionType": "long-polling", "advice": advice})
        told = [answer["data"] for answer in answers if answer["channel"].endswith("/command")]
        self.heard += told
        return told

    def says(self, path: str, body: dict[str, Any]) -> int:
        """Call as the printer, and return the status."""
        headers = {"X-Printer-Auth-Token": self.token}
        address = f"{self.address}/v1/print/printers/{path}"
        return httpx.post(address, json=body, headers=headers, timeout=PATIENCE_S).status_code

    def _post(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        session = {"clientId": self.session} if self.session else {}
        answer = httpx.post(f"{self.address}/faye", json=[{"id": "1", **session, **message}], timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.json()
        return messages


@dataclass
class Site:
    """Two web processes, a database that carries their notes, and a printer of the first."""

    relay_url: str
    second: Server
    printer: PollingPrinter
    #: Ann at the first and at the second process.
    here: Client
    there: Client

    def command(self, client: Client, name: str = "home") -> str:
        """Send the printer a command and return its task."""
        answer = client.post(f"/ps/v1/print/printers/{self.printer.printer_id}/command", json={"command": name})
        assert answer.status_code == 200, answer.text
        task_id: str = answer.json()["task_id"]
        return task_id

    def listeners(self) -> set[int]:
        """Return the database's processes that listen for notes."""
        asked = "SELECT pid FROM pg_stat_activity WHERE query = %s AND state = 'idle'"
        with psycopg.connect(self.relay_url) as connection:
            return {row[0] for row in connection.execute(asked, (f"LISTEN {CHANNEL}",))}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("several") / "data"
    with a_postgres() as url:
        # Nothing is sent again by time: what arrives was carried.
        environment = {
            "OUTFEED_RELAY_URL": url,
            "OUTFEED_COMMAND_RESEND_S": "3600",
            "OUTFEED_CALLBACK_HOSTS": "127.0.0.1",
            "OUTFEED_CALLBACK_PRIVATE": "yes",
        }
        one, two = (Server(data, ("--no-worker",), environment) for _ in range(2))
        with one as first, two as second, first.client() as here, _same(here, second) as there:
            two.arguments += ("--port", two.address.rpartition(":")[2])  # where it comes back after its death
            site = Site(url, second, PollingPrinter(first.address), here, there)
            wait_for(lambda: len(site.listeners()) == 2)
            site.printer.register(here)
            site.printer.listen()
            yield site


def _same(client: Client, server: Server) -> Client:
    """Return a client of another process that is signed in as the same user."""
    return Client(server.address, headers={"Authorization": client.headers["Authorization"]})


def polled(site: Site, task_id: str) -> dict[str, Any]:
    """Poll until a command has come, and return it."""
    found: list[dict[str, Any]] = wait_for(
        lambda: [told for told in site.printer.poll() if told["task_id"] == task_id], every_s=0
    )
    return found[0]


def test_a_printer_of_one_process_hears_a_command_given_to_the_other(site: Site) -> None:
    """It comes while the printer's poll is held."""
    said: list[str] = []
    thread = threading.Timer(0.5, lambda: said.append(site.command(site.there)))
    thread.start()

    told: list[dict[str, Any]] = wait_for(site.printer.poll, every_s=0)
    thread.join()

    assert [("home", said[0])] == [(message["command"], message["task_id"]) for message in told]
    site.printer.says(f"command/{said[0]}", {"progress": 1})


def test_a_command_given_while_the_database_is_away_is_heard_when_it_is_back(site: Site) -> None:
    elsewhere = site.relay_url.replace("/postgres?", "/template1?")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'")
        task_id = site.command(site.there)
        connection.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS true")

    assert "home" == polled(site, task_id)["command"]
    assert [task_id] == [told["task_id"] for told in site.printer.heard if told["task_id"] == task_id]
    site.printer.says(f"command/{task_id}", {"progress": 1})


def test_logs_that_a_printer_sends_to_one_process_are_downloaded_from_the_other(site: Site) -> None:
    task_id = site.command(site.there, "logs")
    logs = gzip.compress(b"it printed\n" * 100_000)

    sent = httpx.put(polled(site, task_id)["upload_url"], content=logs, timeout=PATIENCE_S)
    site.printer.says(f"command/{task_id}", {"progress": 1})
    shown = site.there.get(f"/ps/v1/print/printers/command/{task_id}").json()

    assert 204 == sent.status_code
    assert logs == site.there.download(shown["file_id"])


def test_what_a_killed_process_had_to_tell_is_told_by_the_other(site: Site) -> None:
    """The job was made and moved at a process that is killed; its client hears all of it, in order."""
    with a_client() as client:
        said = {"printable_url": "http://files.test/bear.tar.gz", "callback_url": client.address}
        answer = site.there.post(f"/ps/v1/print/printers/{site.printer.printer_id}/jobs", json=said)
        job_id = answer.json()["job_id"]
        site.second.kill()
        try:
            for state in ("received", "printing", "completed"):
                body = {"printer_status": "printing", "job_id": job_id, "job_status": state}
                assert site.printer.says("status", body) == 200
            told = client.states_until("completed")
        finally:
            site.second.start()

    assert ["asked", "sent", "received", "printing", "completed"] == list(dict.fromkeys(told))

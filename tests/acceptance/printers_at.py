"""Printers at a running server, by the calls that their firmware and their members make."""

import ssl
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from acceptance.harness import PATIENCE_S, Client

#: For clients that speak no TLS: to load the authorities that there are takes longer than what the tests ask.
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
#: The type that both of the vendor's firmwares send (specs/spark.md, section 7).
EMBER = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
#: Where firmware calls, and where members do.
FIRMWARE = "/v1/print/printers"
MEMBERS = "/ps/v1/print/printers"


@dataclass(frozen=True, kw_only=True)
class PrinterAt:
    """A machine that has registered."""

    address: str
    id: int
    token: str
    code: str

    @classmethod
    def registered(cls, address: str) -> Self:
        """Register a new printer that nobody has claimed."""
        body = {"firmware": "1.2.3", "type_id": EMBER, "serial_number": "S-1"}
        answer = httpx.post(f"{address}{FIRMWARE}/registration_code", json=body, timeout=PATIENCE_S, verify=NO_TLS)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        code = told["registration_code"]
        return cls(address=address, id=told["printer_id"], token=told["auth_token"], code=code)

    @classmethod
    def claimed_by(cls, member: Client, *, name: str = "Ember") -> Self:
        """Register a new printer, and claim it for a member."""
        made = cls.registered(str(member.base_url).rstrip("/"))
        made.claim(member, name=name)
        return made

    def claim(self, member: Client, *, name: str = "Ember") -> None:
        """Claim this printer for a member."""
        body = {"printer_name": name, "registration_code": self.code}
        answer = member.post(f"{MEMBERS}/register", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"registered": True, "printer_id": self.id}

    def channel(self, last: str = "command") -> str:
        """Return the name of one of the printer's channels."""
        return f"/printers/{self.id}/{last}"

    def command(self, member: Client, name: str, **fields: Any) -> str:
        """Send a command as a member, and return its task."""
        answer = member.post(f"{MEMBERS}/{self.id}/command", json={"command": name, **fields})
        assert answer.status_code in {200, 202}, answer.text
        task_id: str = answer.json()["task_id"]
        return task_id

    def calls(self, path: str, **fields: Any) -> httpx.Response:
        """Make a call of the firmware with the printer's token, `POST` and JSON."""
        headers = {"X-Printer-Auth-Token": self.token}
        return httpx.post(
            f"{self.address}{FIRMWARE}{path}", json=fields, headers=headers, timeout=PATIENCE_S, verify=NO_TLS
        )

    def acknowledge(self, task_id: str, **report: Any) -> None:
        """Acknowledge a command."""
        answer = self.calls(f"/command/{task_id}", **report)
        assert answer.status_code == 204, answer.text

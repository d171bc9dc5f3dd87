"""The vendor's own clients, as they were seen on the wire: their bodies, odd ones included, replayed as plain HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from acceptance.harness import PATIENCE_S, Client, Server, wait_for
from acceptance.printers_at import EMBER, PrinterAt
from acceptance.raw_bayeux import Session, opened

FORM = "application/x-www-form-urlencoded"
NO_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, kw_only=True)
class House:
    """A member with a printer that listens."""

    member: Client
    printer: PrinterAt
    session: Session

    def command(self, **body: Any) -> str:
        """Send a command as the SDK does, and return its task."""
        return self.printer.command(self.member, **body)

    def job(self, **body: Any) -> dict[str, Any]:
        """Make a job on the printer, as the SDK does."""
        file = self.member.upload_file("print.tar.gz", b"layers")
        text = json.dumps({"settings": {"profile_id": NO_ID}, "printable_id": file, **body})
        headers = {"Content-Type": "application/json"}
        answer = self.member.post(f"/api/v1/print/printers/{self.printer.id}/jobs", content=text, headers=headers)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def hears(self, command: str) -> dict[str, Any]:
        """Wait until the printer has been told something last, and return the message."""

        def last() -> dict[str, Any] | None:
            came = [one["data"] for one in self.session.poll()]
            return came[-1] if came and came[-1]["command"] == command else None

        message: dict[str, Any] = wait_for(last)
        return message

    def told(self, job_id: str) -> dict[str, Any]:
        """Return a job as its owner sees it."""
        found: dict[str, Any] = self.member.get(f"/api/v1/print/jobs/{job_id}").json()
        return found

    def form(self, path: str, **fields: Any) -> httpx.Response:
        """Post a form as the simulator's jQuery does: what is nested stands in brackets."""
        headers = {"X-Printer-Auth-Token": self.printer.token, "Content-Type": FORM}
        address = f"{self.printer.address}/api/v1/print/printers{path}"
        return httpx.post(address, content=urlencode(bracketed(fields)), headers=headers, timeout=PATIENCE_S)


def bracketed(fields: dict[str, Any], under: str = "") -> list[tuple[str, str]]:
    """Return fields as jQuery writes forms."""
    found: list[tuple[str, str]] = []
    for key, value in fields.items():
        name = f"{under}[{key}]" if under else key
        found += bracketed(value, name) if isinstance(value, dict) else [(name, str(value))]
    return found


@pytest.fixture
def house(server: Server, client: Client) -> Iterator[House]:
    """Return a member's printer that listens by long-polling, as the simulator does."""
    printer = PrinterAt.claimed_by(client)
    session = opened("http", server.address)
    assert session.subscribe(printer.channel(), printer.token)["successful"]
    yield House(member=client, printer=printer, session=session)
    session.door.close()


# --- The simulator -------------------------------------------------------------------------------------------------


def test_the_simulator_registers_with_a_form(server: Server) -> None:
    content = urlencode({"firmware": "1.1.1.1", "type_id": EMBER})
    address = f"{server.address}/api/v1/print/printers/registration_code"
    answer = httpx.post(address, content=content, headers={"Content-Type": FORM}, timeout=PATIENCE_S)
    told = answer.json()

    assert 200 == answer.status_code
    assert isinstance(told["printer_id"], int)
    assert 43 == len(told["auth_token"])
    assert told["registered"] is False
    assert told["registration_code"].isalpha()
    assert told["registration_url"].startswith("http")


def test_a_page_from_disk_may_send_a_printers_token(server: Server) -> None:
    """The simulator is a page that is opened from disk."""
    asked = {
        "Origin": "null",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-printer-auth-token",
    }
    answer = httpx.options(f"{server.address}/api/v1/print/printers/status", headers=asked)

    assert answer.headers["Access-Control-Allow-Origin"] in {"*", "null"}
    assert "x-printer-auth-token" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_the_simulator_reports_in_forms_whose_numbers_are_text(house: House) -> None:
    data = {"job_status": "", "total_layers": 50, "layer": 3, "seconds_left": 940, "temprature": 71}
    answer = house.form("/status", printer_status="ready", data=data)
    status = house.member.get(f"/api/v1/print/printers/status/{house.printer.id}").json()

    assert 200 == answer.status_code
    assert "online" == status["printer_availability"]
    assert 0 <= status["last_check_in"] < 60_000
    assert "ready" == status["last_reported_state"]["printer_status"]
    assert "71" == str(status["last_reported_state"]["data"]["temprature"])


def test_the_simulator_prints_on_the_task_of_its_print_command(house: House) -> None:
    """It says `received` once, then one layer each second, then `completed`; and its progress is that of the job."""
    job_id = house.job()["job_id"]
    message = house.hears("print_data")
    states = []
    for layer, status in ((1, "received"), (1, "printing"), (25, "printing"), (50, "completed")):
        state = {"job_id": job_id, "job_status": status, "job_progress": layer / 50, "progress": layer / 50}
        printer = "ready" if status in {"received", "completed"} else "printing"
        sent = house.form(f"/command/{message['task_id']}", printer_status=printer, **state, data={"layer": layer})
        assert 204 == sent.status_code, sent.text
        states.append(house.told(job_id)["job_status"]["job_status"])

    assert ("print_data", job_id, job_id) == (message["command"], message["task_id"], message["job_id"])
    assert ["received", "printing", "printing", "completed"] == states


def test_the_simulator_cancels_with_data_that_is_text(house: House) -> None:
    """The job is over by the status that it sends just before: the acknowledgement names no job."""
    job_id = house.job()["job_id"]
    house.form(f"/command/{job_id}", progress=0.02, job_id=job_id, job_status="printing", job_progress=0.02)
    task = house.command(name="cancel", job_id=job_id)
    house.form("/status", printer_status="ready", job_id=job_id, job_status="canceled", job_progress=0.02)
    data = json.dumps({"job_id": job_id, "job_status": "canceled"})
    answer = house.form(f"/command/{task}", progress=1, printer_status="ready", data=data)
    told = house.member.get(f"/api/v1/print/printers/command/{task}").json()

    assert 204 == answer.status_code, answer.text
    assert "canceled" == house.told(job_id)["job_status"]["job_status"]
    assert data == told["data"]


@pytest.mark.parametrize(
    ("command", "code", "text"),
    [
        ("pause", 400, "no running print job"),
        ("calibrate", 400, "Incorrect Calibration Settings"),
        ("firmware_upgrade", 404, "firmware_upgrade not supported"),
    ],
)
def test_the_simulator_refuses_commands(house: House, command: str, code: int, text: str) -> None:
    task = house.command(name=command)
    answer = house.form(f"/command/{task}", progress=0, error_code=code, error_message=text, printer_status="ready")
    told = house.member.get(f"/api/v1/print/printers/command/{task}").json()

    assert 204 == answer.status_code
    assert (str(code), text) == (str(told["error_code"]), told["error_message"])


# --- Ember ---------------------------------------------------------------------------------------------------------


def test_ember_registers_anew_when_its_token_is_dead(server: Server) -> None:
    """403 is its only way home."""
    body = {"firmware": "2.0", "type_id": EMBER, "serial_number": "x"}
    address = f"{server.address}/api/v1/print/printers/registration_code"
    dead = httpx.post(address, json=body, headers={"X-Printer-Auth-Token": "x" * 43}, timeout=PATIENCE_S)
    anew = httpx.post(address, json=body, timeout=PATIENCE_S)

    assert [403, 200] == [dead.status_code, anew.status_code]


def test_ember_keeps_its_number_and_token(server: Server) -> None:
    body = {"firmware": "2.0", "type_id": EMBER, "serial_number": "x"}
    address = f"{server.address}/api/v1/print/printers/registration_code"
    first = httpx.post(address, json=body, timeout=PATIENCE_S).json()
    proof = {"X-Printer-Auth-Token": first["auth_token"]}
    again = httpx.post(address, json=body, headers=proof, timeout=PATIENCE_S).json()

    assert (first["printer_id"], first["auth_token"]) == (again["printer_id"], again["auth_token"])


@pytest.mark.parametrize("command", ["pause", "resume", "reset", "park", "blink"])
def test_ember_says_twice_that_it_has_done_something(house: House, command: str) -> None:
    """Received, then completed; names that it does not know too."""
    task = house.command(name=command)
    for progress, state in ((0, "received"), (1, "completed")):
        body = {"progress": progress, "error_code": 0, "error_message": None, "data": {"state": state}}
        house.printer.acknowledge(task, **body)
    told = house.member.get(f"/api/v1/print/printers/command/{task}").json()

    assert (1, "completed") == (told["progress"], told["data"]["state"])
    assert command == told["command"]


def test_ember_tells_of_a_print_that_it_began_itself(house: House) -> None:
    """Its name is no UUID; the owner of the printer has it among the jobs."""
    status = {"printer_status": "printing", "job_id": "local_", "job_status": "printing", "job_progress": 0.5}
    answer = house.printer.calls("/status", **status, error_code=0, error_message=None, data={"layer": 3})
    jobs = house.member.get(f"/api/v1/print/printers/{house.printer.id}/jobs").json()["jobs"]

    assert 200 == answer.status_code
    assert [("local_", True)] == [(job["job_id"], job["local_job"]) for job in jobs]


def test_ember_fails_to_fetch_a_print(house: House) -> None:
    job_id = house.job()["job_id"]
    house.printer.acknowledge(job_id, progress=0, job_id=job_id, job_status="received", job_progress=0)
    end = {"progress": 1, "error_code": 500, "error_message": "no file", "job_status": "failed", "job_progress": 0}
    house.printer.acknowledge(job_id, job_id=job_id, **end)

    assert "failed" == house.told(job_id)["job_status"]["job_status"]


# --- The SDK -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_the_sdk_claims_a_printer(server: Server, client: Client, content_type: str) -> None:
    """In JSON; samples post a form."""
    printer = PrinterAt.registered(server.address)
    fields = {"printer_name": "Ember 3", "registration_code": printer.code}
    content = json.dumps(fields) if content_type == "application/json" else urlencode(fields)
    headers = {"Content-Type": content_type}
    answer = client.post("/api/v1/print/printers/register", content=content, headers=headers)
    found = client.get(f"/api/v1/print/printers/{printer.id}").json()

    assert {"registered": True, "printer_id": printer.id} == answer.json()
    assert ("Ember 3", EMBER, True) == (found["printer_name"], found["type_id"], found["is_primary"])
    assert "Offline" == found["printer_last_health"]


def test_the_sdk_makes_a_job_without_a_printer_and_gives_it_one(house: House) -> None:
    file = house.member.upload_file("print.tar.gz", b"layers")
    made = house.member.post("/api/v1/print/printers/0/jobs", json={"settings": {"profile_id": NO_ID}}).json()
    path = f"/api/v1/print/jobs/{made['job_id']}"
    printable = house.member.post(f"{path}/printable", json={"printable_id": file})
    printer = house.member.post(f"{path}/printer", json={"printer_id": str(house.printer.id)})

    assert "created" == made["status"]
    assert 200 == printable.status_code, printable.text
    assert 200 == printer.status_code, printer.text
    assert str(house.printer.id) == str(printer.json()["printer_id"])
    assert made["job_id"] == house.hears("print_data")["job_id"]


def test_the_sdk_judges_a_print_in_the_query_and_keeps_its_data_in_the_body(house: House) -> None:
    job_id = house.job()["job_id"]
    house.printer.acknowledge(job_id, progress=1, job_id=job_id, job_status="completed", job_progress=1)
    path = f"/api/v1/print/jobs/{job_id}"
    judged = house.member.put(f"{path}?status=success&comment=fine%20print")
    kept = house.member.put(f"{path}?status=&comment=", json={"batch": 7})
    told = house.told(job_id)

    assert [200, 200] == [judged.status_code, kept.status_code], judged.text + kept.text
    assert isinstance(judged.json(), dict)
    assert {"batch": 7} == told["job_custom_data"]


def test_the_sdk_posts_the_name_of_an_object_as_a_callback(house: House) -> None:
    """Its own fault: the address never leaves it, and it is told that there is none."""
    job_id = house.job()["job_id"]
    headers = {"Content-Type": "text/plain;charset=UTF-8"}
    answer = house.member.post(f"/api/v1/print/jobs/{job_id}/register", content="[object Object]", headers=headers)

    assert 400 == answer.status_code
    assert {"error_id", "code", "message"} <= set(answer.json())


def test_the_sdk_lets_a_member_in_and_removes_it_with_a_body(server: Server, house: House) -> None:
    path = f"/api/v1/print/printers/{house.printer.id}"
    invited = house.member.post(f"{path}/secondary_registration", json={"secondary_member_email": "sdk@example.com"})
    code = {"registration_code": invited.json()["registration_code"], "printer_name": "shared"}
    with server.client("sdk@example.com") as other:
        joined = other.post("/api/v1/print/printers/register", json=code)
        members = house.member.get(f"{path}/members", params={"limit": 10, "offset": 0}).json()
        gone = {"secondary_member_id": members["members"][1]["member_id"]}
        removed = house.member.request("DELETE", path, json=gone)
        left = other.get(path)

    assert [200, 204, 404] == [joined.status_code, removed.status_code, left.status_code]
    assert 2 == members["count"]
    assert 1 == house.member.get(f"{path}/members").json()["count"]


def test_the_sdk_pages_through_printers_and_jobs(house: House) -> None:
    """It follows the links, which are relative to the address of the API."""
    for _ in range(3):
        house.job()
    path = f"/print/printers/{house.printer.id}/jobs"
    first = house.member.get(f"/api/v1{path}?limit=2").json()
    second = house.member.get(f"/api/v1{first['_link_next']}").json()
    mine = house.member.get("/api/v1/print/jobs?limit=-1").json()

    assert (3, 2, 1) == (first["count"], len(first["jobs"]), len(second["jobs"]))
    assert "" == second["_link_next"]
    assert mine["count"] == len(mine["jobs"])


def test_jobs_behind_the_first_wait_for_somebody_to_start_them(house: House) -> None:
    first, second = house.job(), house.job()
    path = f"/api/v1/print/printers/{house.printer.id}/jobs"
    early = house.member.put(path, json={"job_id": second["job_id"]})
    house.printer.acknowledge(
        first["job_id"], progress=1, job_id=first["job_id"], job_status="completed", job_progress=1
    )
    started = house.member.put(path, json={"job_id": second["job_id"]})
    wait_for(lambda: house.hears("print_data")["task_id"] == second["job_id"])
    sent = [one["data"]["task_id"] for one in house.session.deliveries]

    assert ("sent", "queued") == (first["status"], second["status"])
    assert [422, 200] == [early.status_code, started.status_code], early.text + started.text
    assert [first["job_id"], second["job_id"]] == list(dict.fromkeys(sent))

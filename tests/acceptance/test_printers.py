"""Printers and their members at a real server: what was answered outlives the server, and many may call at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from acceptance.harness import PATIENCE_S, Client, Server
from acceptance.printers_at import EMBER

PRINT: Final = "/v1/print/printers"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """Return a server that may be killed; it runs no worker."""
    with Server(tmp_path / "data", arguments=("--no-worker",)) as running:
        yield running


@pytest.fixture
def owner(own_server: Server) -> Iterator[Client]:
    """Return a client of that server."""
    with own_server.client() as signed_in:
        yield signed_in


def as_printer(server: Server, path: str, *, token: str = "", **given: Any) -> httpx.Response:
    """POST as a printer, which knows the server by its address alone."""
    headers = {"X-Printer-Auth-Token": token} if token else {}
    return httpx.post(f"{server.address}{PRINT}{path}", headers=headers, timeout=PATIENCE_S, **given)


def registered(server: Server) -> dict[str, Any]:
    """Return what a new Ember is told."""
    body = {"firmware": "1.2.3", "type_id": EMBER, "serial_number": "0123"}
    told: dict[str, Any] = as_printer(server, "/registration_code", json=body).raise_for_status().json()
    return told


def again(server: Server, client: Client) -> None:
    """Kill the server and start it anew; its clients follow."""
    server.kill()
    client.base_url = server.start().address


def test_what_a_printer_and_its_owner_were_told_outlives_a_kill(own_server: Server, owner: Client) -> None:
    told = registered(own_server)
    again(own_server, owner)
    claimed = owner.post(f"{PRINT}/register", data={"registration_code": told["registration_code"]})
    again(own_server, owner)
    task_id = owner.post(f"{PRINT}/{told['printer_id']}/command", json={"command": "home"}).json()["task_id"]
    again(own_server, owner)
    form = {"progress": "1", "data[state]": "completed"}
    answered = as_printer(own_server, f"/command/{task_id}", token=told["auth_token"], data=form)
    again(own_server, owner)
    shown = owner.get(f"{PRINT}/command/{task_id}").json()
    owner.delete(f"{PRINT}/{told['printer_id']}").raise_for_status()
    again(own_server, owner)
    dead = as_printer(own_server, "/status", token=told["auth_token"], json={"printer_status": "ready"})

    assert {"registered": True, "printer_id": told["printer_id"]} == claimed.json()
    assert (204, "1", {"state": "completed"}) == (answered.status_code, shown["progress"], shown["data"])
    assert 403 == dead.status_code


def test_many_printers_come_in_at_once(own_server: Server, owner: Client) -> None:
    def come_in(number: int) -> int:
        told = registered(own_server)
        claim = {"registration_code": told["registration_code"], "printer_name": f"P{number}"}
        owner.post(f"{PRINT}/register", json=claim).raise_for_status()
        for _ in range(3):
            status = {"printer_status": "ready", "data": {"number": number}}
            as_printer(own_server, "/status", token=told["auth_token"], json=status).raise_for_status()
        return int(told["printer_id"])

    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(come_in, range(60)))
    page = owner.get(f"{PRINT}?limit=-1").json()

    assert (60, sorted(numbers)) == (page["count"], [printer["printer_id"] for printer in page["printers"]])
    assert {"Online"} == {printer["printer_last_health"] for printer in page["printers"]}
    for index, number in enumerate(numbers):
        state = owner.get(f"{PRINT}/status/{number}").json()["last_reported_state"]
        assert {"number": index} == state["data"]


def test_a_simulator_that_is_opened_from_disk_may_call_with_its_token(server: Server) -> None:
    asked = {
        "Origin": "null",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-printer-auth-token,content-type",
    }
    answer = httpx.options(f"{server.address}{PRINT}/status", headers=asked)
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}

    assert answer.status_code < 300
    assert answer.headers["access-control-allow-origin"] in {"*", "null"}
    assert "*" in allowed or {"x-printer-auth-token", "content-type"} <= allowed

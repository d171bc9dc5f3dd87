"""Printers send their logs to an address that works for one command, and the member who asked has them as a file."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from outfeed.dialects.spark.printer_logs import TTL_MS, log_address
from unit.printer_door import PrinterDoor, a_printer_door, refusal

LOGS = gzip.compress(b"it printed\n" * 1000, mtime=0)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[PrinterDoor]:
    with a_printer_door(tmp_path, max_log_bytes=1000) as opened:
        yield opened


def asked(door: PrinterDoor, *, by: str = "ann", printer_id: int = 1) -> str:
    """Return the task of a command that asks for the logs."""
    answer = door.call("POST", f"/print/printers/{printer_id}/command", by=by, json={"command": "logs"})
    assert answer.status_code == 200, answer.text
    task_id: str = answer.json()["task_id"]
    return task_id


def address(door: PrinterDoor, task_id: str, *, printer_id: int = 1) -> str:
    """Return where the printer sends its logs."""
    return log_address(door.site.fleet.services.links, "", task_id, printer_id, door.site.fleet.clock())


def file_of(door: PrinterDoor, task_id: str, *, by: str = "ann") -> str:
    """Return the file that a command shows."""
    found: str = door.call("GET", f"/print/printers/command/{task_id}", by=by).json()["file_id"]
    return found


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("prefix", ["", "/v1", "/api/v1", "/ps/v1"])
def test_the_member_who_asked_downloads_what_the_printer_sent(door: PrinterDoor, method: str, prefix: str) -> None:
    task_id = asked(door)
    headers = {"content-type": "application/gzip"}

    answer = door.client.request(method, prefix + address(door, task_id), content=LOGS, headers=headers)
    file = door.call("GET", f"/files/{file_of(door, task_id)}")

    assert (204, b"") == (answer.status_code, answer.content)
    assert (200, LOGS, "application/gzip") == (file.status_code, file.content, file.headers["content-type"])
    assert "printer-1-logs.gz" in file.headers["content-disposition"]


def test_the_file_is_nobody_elses(door: PrinterDoor) -> None:
    task_id = asked(door)
    door.client.put(address(door, task_id), content=LOGS)

    answer = door.call("GET", f"/files/{file_of(door, task_id)}", by="bob")

    assert 404 == answer.status_code


def test_logs_that_come_twice_are_kept_once(door: PrinterDoor) -> None:
    task_id = asked(door)
    door.client.put(address(door, task_id), content=b"first")
    before = file_of(door, task_id)

    door.client.put(address(door, task_id), content=LOGS)

    assert 404 == door.call("GET", f"/files/{before}").status_code
    assert LOGS == door.call("GET", f"/files/{file_of(door, task_id)}").content


def test_what_is_too_large_is_refused_and_nothing_is_left(door: PrinterDoor, tmp_path: Path) -> None:
    task_id = asked(door)

    announced = door.client.put(address(door, task_id), content=b"x" * 1001)
    chunked = door.client.put(address(door, task_id), content=iter([b"x" * 600] * 2))

    assert [413, 413] == [announced.status_code, chunked.status_code]
    assert "file_id" not in door.call("GET", f"/print/printers/command/{task_id}").json()
    assert [] == list((tmp_path / "staging").iterdir())


def test_an_address_works_for_its_own_command_and_printer(door: PrinterDoor) -> None:
    one, other = asked(door), asked(door, by="bob", printer_id=2)
    query = urlsplit(address(door, one)).query

    answers = [
        door.client.put(f"/print/logs/{other}?{query}", content=LOGS),
        door.client.put(f"/print/logs/{one}?{query.replace('printer=1', 'printer=2')}", content=LOGS),
        door.client.put(f"/print/logs/{one}", content=LOGS),
        door.client.put(f"/print/logs/{one}?{query}&printer=2", content=LOGS),
    ]

    assert [403] * 4 == [answer.status_code for answer in answers]


def test_an_address_of_a_command_that_the_printer_never_got_leads_nowhere(door: PrinterDoor) -> None:
    task_id = asked(door)

    answer = door.client.put(address(door, task_id, printer_id=2), content=LOGS)

    assert (404, 125_302) == refusal(answer)


def test_an_address_stops_working_after_a_day(door: PrinterDoor) -> None:
    task_id = asked(door)
    old = address(door, task_id)
    door.site.fleet.clock.now += TTL_MS

    assert 403 == door.client.put(old, content=LOGS).status_code
    assert 204 == door.client.put(address(door, task_id), content=LOGS).status_code


def test_an_address_names_the_server_that_the_printer_knows(door: PrinterDoor) -> None:
    links = door.site.fleet.services.links

    found = urlsplit(log_address(links, "http://printers.example:81", "task", 58, 1000))

    assert ("printers.example:81", "/print/logs/task") == (found.netloc, found.path)
    assert {"printer", "expires", "signature"} == set(parse_qs(found.query))

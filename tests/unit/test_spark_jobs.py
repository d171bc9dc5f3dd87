"""The calls about print jobs, of members and of printers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outfeed.blobs.store import FileBlobs
from outfeed.database import writing
from outfeed.fleet.printer_queries import delete_member
from unit.fleet_site import SOMEWHERE
from unit.helpers import staged
from unit.printer_door import PrinterDoor, a_printer_door, golden, refusal

MINE = "/print/printers/1/jobs"
URL = SOMEWHERE.url


@pytest.fixture
def door(tmp_path: Path) -> Iterator[PrinterDoor]:
    with a_printer_door(tmp_path) as opened:
        yield opened


def made(door: PrinterDoor, path: str = MINE, **fields: Any) -> dict[str, Any]:
    """Make a job of Ann's and return what she is told."""
    answer = door.call("POST", path, json={"printable_url": URL} | fields)
    assert 200 == answer.status_code, answer.text
    told: dict[str, Any] = answer.json()
    return told


def shown(door: PrinterDoor, job_id: str) -> dict[str, Any]:
    """Return a job as Ann sees it."""
    found: dict[str, Any] = door.call("GET", f"/print/jobs/{job_id}").json()
    return found


# --- Making -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/ps/v1", "/v1", "/api/v1", ""])
def test_a_job_is_sent_to_a_printer_that_is_free(door: PrinterDoor, prefix: str) -> None:
    told = made(door, prefix + MINE)

    assert {"printer_id": 1, "job_id": told["job_id"], "status": "sent"} == told


@pytest.mark.parametrize(
    ("kind", "settings", "interval"),
    [
        ("json", {"ModelExposureSec": 2}, 20),
        ("json", '{"ModelExposureSec": 2}', "20"),
        ("data", '{"ModelExposureSec": 2}', "20"),
    ],
)
def test_a_job_is_made_of_json_or_of_a_form(door: PrinterDoor, kind: str, settings: Any, interval: Any) -> None:
    fields = {"printable_url": URL, "job_name": "bear", "settings": settings, "callback_interval": interval}
    said: dict[str, Any] = {kind: fields}
    told = door.call("POST", MINE, **said).json()

    job = door.site.fleet.jobs.get(door.site.fleet.ann, told["job_id"])
    assert ("bear", {"ModelExposureSec": 2}, 20) == (job.name, job.settings, job.callback_interval_s)
    assert URL == job.printable_url


def test_a_file_is_printed_by_its_id(door: PrinterDoor) -> None:
    fleet = door.site.fleet
    data = staged(FileBlobs(fleet.services.settings.data), b"slices")
    file = fleet.services.files.put(fleet.ann, "bear.tar.gz", staged=data, content_type="application/gzip")

    told = made(door, printable_url="", printable_id=file.id)

    job = fleet.jobs.get(fleet.ann, told["job_id"])
    assert (file.blob, "bear.tar.gz", None) == (job.printable_blob, job.printable_name, job.printable_url)


def test_a_job_may_lack_its_printer_and_its_printable_at_first(door: PrinterDoor) -> None:
    """The vendor's SDK makes a job for printer 0 where there is none yet."""
    job_id = made(door, "/print/printers/0/jobs", printable_url=None)["job_id"]

    states = [shown(door, job_id)["status"]]
    for path, body in (("printer", {"printer_id": "1"}), ("printable", {"printable_url": URL})):
        told = door.call("POST", f"/print/jobs/{job_id}/{path}", json=body).json()
        states.append(told["status"])
        assert {"printer_id": 1, "job_id": job_id, "status": told["status"]} == told

    assert ["created", "created", "sent"] == states


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"printable_id": "x"}, (400, 125501)),
        ({"printable_id": "11111111-2222-4333-8444-555555555555"}, (400, 125502)),
        ({"printable_id": "urn:adsk.objects:os.object:nobodys/x.zip"}, (400, 125502)),
        ({"printable_id": "11111111-2222-4333-8444-555555555555", "printable_url": URL}, (400, 125501)),
        ({"printable_url": "ftp://files.test/x"}, (400, 125501)),
        ({"printable_url": "file:///etc/passwd"}, (400, 125501)),
        ({"printable_url": [1, 2]}, (400, 125501)),
        ({"callback_url": "[object Object]"}, (400, 125501)),
        ({"settings": "fast"}, (400, 125501)),
        ({"settings": "[1]"}, (400, 125501)),
        ({"settings": [1]}, (400, 125501)),
        ({"callback_interval": "soon"}, (400, 125501)),
        ({"callback_interval": -1}, (422, 125509)),
        ({"callback_interval": 10**12}, (422, 125509)),
        ({"job_name": "n" * 257}, (400, 125501)),
        ({"job_name": " "}, (400, 125501)),
        ({"job_name": "zg.rat\u2066"}, (400, 125501)),
    ],
)
def test_a_job_that_cannot_be_is_refused(door: PrinterDoor, fields: dict[str, Any], told: tuple[int, int]) -> None:
    assert told == refusal(door.call("POST", MINE, json=fields))
    assert 0 == door.call("GET", "/print/jobs").json()["count"]


@pytest.mark.parametrize("number", ["2", "99", "x", "-1", "1e3"])
def test_no_job_is_made_for_a_printer_of_somebody_elses(door: PrinterDoor, number: str) -> None:
    path = f"/print/printers/{number}/jobs"
    refusals = [refusal(door.call(method, path, json={"printable_url": URL})) for method in ("GET", "POST", "PUT")]

    assert {404} == {status for status, _ in refusals}


# --- Looking ----------------------------------------------------------------------------------------------------------


def test_a_job_looks_like_the_reference(door: PrinterDoor) -> None:
    """What the printer has sent as text stays text."""
    job_id = made(door, job_name="bear", settings={"ModelExposureSec": 2})["job_id"]
    data = {"job_status": "printing", "total_layers": "50", "layer": "31", "seconds_left": "380"}
    door.site.fleet.clock.now += 53_000
    door.site.fleet.says(job_id, "printing", printer_status="printing", job_progress="0.62", data=data)

    answer = shown(door, job_id)

    assert {"job_id": job_id, "member_id": door.site.fleet.ann.principal_id} == {
        name: answer[name] for name in ("job_id", "member_id")
    }
    assert job_id == answer["job_status"].pop("job_id")
    names = {"job_id": "44964c43-176e-43a5-b36c-7694054fe028", "member_id": "c1a41f9e-5f0e-4d1c-9b0e-5a5f0a0f7d11"}
    answer["job_status"]["job_id"] = names["job_id"]
    assert golden("print_job.json") == answer | names


def test_times_of_jobs_are_as_the_api_writes_them(door: PrinterDoor) -> None:
    job_id = made(door)["job_id"]

    assert {"November 14, 2023 22:13:20"} == {
        shown(door, job_id)[name] for name in ("job_date_time", "job_status_time")
    }


def test_a_state_that_a_member_has_changed_stands_in_the_status_too(door: PrinterDoor) -> None:
    job_id = made(door)["job_id"]
    door.site.fleet.says(job_id, "completed", job_progress=1)
    door.call("PUT", f"/print/jobs/{job_id}?status=success")

    answer = shown(door, job_id)

    assert ("successful", "successful", 1) == (
        answer["status"],
        answer["job_status"]["job_status"],
        answer["job_status"]["job_progress"],
    )


@pytest.mark.parametrize("path", ["/print/jobs", MINE])
def test_jobs_are_listed_in_pages_by_their_states(door: PrinterDoor, path: str) -> None:
    sent, first, second = (made(door)["job_id"] for _ in range(3))

    def listed(query: str) -> tuple[list[str], int]:
        page = door.call("GET", f"{path}?{query}").json()
        return [job["job_id"] for job in page["jobs"]], page["count"]

    assert ([second, first, sent], 3) == listed("")
    assert ([first], 2) == listed("status=queued,completed&limit=1&offset=1")
    assert ([second, first, sent], 3) == listed("status=queued&status=sent")
    assert ([], 0) == listed("status=success")
    assert "/print/" in door.call("GET", f"{path}?limit=1&status=queued").json()["_link_next"]
    assert (400, 125501) == refusal(door.call("GET", f"{path}?status=done"))


def test_a_job_is_not_there_for_others(door: PrinterDoor) -> None:
    job_id = made(door)["job_id"]
    calls = [
        ("GET", ""),
        ("PUT", "?status=success"),
        ("POST", "/printable"),
        ("POST", "/printer"),
        ("POST", "/register"),
    ]

    told = {refusal(door.call(method, f"/print/jobs/{job_id}{rest}", by="bob", json={})) for method, rest in calls}

    assert {(404, 125502)} == told
    assert [] == door.call("GET", "/print/jobs", by="bob").json()["jobs"]


def test_a_token_that_may_only_read_makes_no_job(door: PrinterDoor) -> None:
    assert (403, 100004) == refusal(door.call("POST", MINE, by="reader", json={"printable_url": URL}))


def test_a_job_of_a_printers_own_has_any_name(door: PrinterDoor) -> None:
    door.site.fleet.says("local_ü/1", "printing")

    answer = door.call("GET", "/print/jobs/local_%C3%BC%2F1").json()

    assert ("local_ü/1", True, "printing") == (answer["job_id"], answer["local_job"], answer["status"])


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_the_caller_starts_the_next_job(door: PrinterDoor) -> None:
    first, second = made(door)["job_id"], made(door)["job_id"]
    assert (422, 125509) == refusal(door.call("PUT", MINE, json={"job_id": second}))
    door.site.fleet.says(first, "completed")

    told = door.call("PUT", MINE, data={"job_id": second, "printer_id": "1"}).json()

    assert {"printer_id": 1, "job_id": second, "status": "sent"} == told
    assert (400, 125502) == refusal(door.call("PUT", MINE, json={"job_id": "none"}))
    assert (400, 125500) == refusal(door.call("PUT", MINE, json={}))


@pytest.mark.parametrize(
    ("query", "body", "told"),
    [
        ("?status=success&comment=fine", {}, ("successful", "fine", None)),
        ("?status=FAILED", {}, ("failed", None, None)),
        ("?status=&comment=", {"json": {"mark": [1]}}, ("completed", None, {"mark": [1]})),
        ("?status=success&comment=two%0Alines", {"json": {}}, ("successful", "two\nlines", {})),
        ("", {"data": {"status": "success", "comment": "fine"}}, ("successful", "fine", None)),
    ],
)
def test_a_member_says_whether_a_print_was_good(
    door: PrinterDoor, query: str, body: dict[str, Any], told: tuple[Any, ...]
) -> None:
    job_id = made(door)["job_id"]
    door.site.fleet.says(job_id, "completed")

    answer = door.call("PUT", f"/print/jobs/{job_id}{query}", **body)

    assert 200 == answer.status_code, answer.text
    assert told == tuple(answer.json().get(name) for name in ("status", "job_comment", "job_custom_data"))
    assert answer.json() == shown(door, job_id)


@pytest.mark.parametrize(
    ("query", "body", "told"),
    [
        ("", {}, (400, 125500)),
        ("?status=good", {}, (400, 125501)),
        ("?comment=good", {}, (400, 125500)),
        ("?status=success&comment=" + "x" * 1025, {}, (400, 125501)),
        ("", {"json": [1]}, (400, 100001)),
        ("", {"content": b"{", "headers": {"content-type": "application/json"}}, (400, 100001)),
        ("?status=success", {}, (422, 125509)),
    ],
)
def test_what_cannot_be_said_of_a_print_is_refused(
    door: PrinterDoor, query: str, body: dict[str, Any], told: tuple[int, int]
) -> None:
    job_id = made(door)["job_id"]
    body = body | {"headers": body.get("headers", {}) | {"authorization": "ann"}}

    assert told == refusal(door.client.request("PUT", f"/print/jobs/{job_id}{query}", **body))


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("printable", {}, (400, 125500)),
        ("printer", {}, (400, 125500)),
        ("printer", {"printer_id": 0}, (400, 125502)),
        ("printer", {"printer_id": 1}, (422, 125509)),
        ("printable", {"printable_url": URL}, (422, 125509)),
        ("register", {}, (400, 125500)),
        ("register", {"callback_url": "[object Object]"}, (400, 125501)),
        ("register", {"callback_url": "http://127.0.0.1:1/"}, (422, 125509)),
    ],
)
def test_what_cannot_be_done_with_a_job_is_refused(
    door: PrinterDoor, path: str, body: dict[str, Any], told: tuple[int, int]
) -> None:
    job_id = made(door)["job_id"]

    assert told == refusal(door.call("POST", f"/print/jobs/{job_id}/{path}", json=body))


def test_what_is_not_there_is_said_by_its_name(door: PrinterDoor) -> None:
    """A member who was taken off a printer lacks the printer, and not the printable."""
    door.site.fleet.add_member(door.site.fleet.ann, 2, "secondary")
    made(door, "/print/printers/2/jobs")
    job_id = made(door, "/print/printers/2/jobs")["job_id"]
    with writing(door.site.fleet.services.database) as connection:
        delete_member(connection, 2, door.site.fleet.ann.principal_id)
    no_printer = door.call("POST", f"/print/jobs/{job_id}/printable", json={"printable_url": URL})
    no_file = door.call("POST", MINE, json={"printable_id": "11111111-2222-4333-8444-555555555555"})

    assert [(400, 125502), (400, 125502)] == [refusal(no_printer), refusal(no_file)]
    assert no_printer.json()["message"].endswith(" Printer 2.")
    assert no_file.json()["message"].endswith(" File 11111111-2222-4333-8444-555555555555.")


def test_a_job_does_not_move_to_a_printer_of_somebody_elses(door: PrinterDoor) -> None:
    job_id = made(door, "/print/printers/0/jobs")["job_id"]

    assert (400, 125502) == refusal(door.call("POST", f"/print/jobs/{job_id}/printer", json={"printer_id": 2}))
    assert shown(door, job_id)["printer_id"] is None


def test_a_job_tells_its_changes_where_its_member_says(tmp_path: Path) -> None:
    with a_printer_door(tmp_path, callback_hosts="clients.test") as door:
        job_id = made(door)["job_id"]
        url = "http://clients.test/prints"
        answer = door.call("POST", f"/print/jobs/{job_id}/register", data={"callback_url": url})
        job = door.site.fleet.jobs.get(door.site.fleet.ann, job_id)

    assert (200, job_id) == (answer.status_code, answer.json()["job_id"])
    assert url == job.callback_url


# --- Printers ---------------------------------------------------------------------------------------------------------


def test_a_printer_sees_its_own_queue_only(door: PrinterDoor) -> None:
    printer, token = door.owned()
    made(door)
    jobs = [made(door, f"/print/printers/{printer.id}/jobs")["job_id"] for _ in range(3)]
    headers = {"X-Printer-Auth-Token": token}

    page = door.client.get("/print/printers/jobs?limit=2", headers=headers).json()

    assert (jobs[:2], 3) == ([job["job_id"] for job in page["jobs"]], page["count"])
    assert "/print/printers/jobs?limit=2&offset=2" == page["_link_next"]


@pytest.mark.parametrize("kind", ["json", "data"])
def test_a_printer_tells_of_a_job_that_it_has_begun(door: PrinterDoor, kind: str) -> None:
    printer, token = door.owned()
    fields = {"job_id": "local_7", "job_name": "ring", "job_status": "printing", "job_progress": "0.5"}
    said: dict[str, Any] = {kind: fields}

    answer = door.printer_calls("/print/printers/jobs", token=token, **said)

    assert {"printer_id": printer.id, "job_id": "local_7", "status": "printing"} == answer.json()
    seen = shown(door, "local_7")
    assert ("ring", True, "0.5") == (seen["job_name"], seen["local_job"], seen["job_status"]["job_progress"])
    again = door.printer_calls(
        "/print/printers/jobs", token=token, json={"job_id": "local_7", "job_status": "completed"}
    )
    assert "completed" == again.json()["status"]


def test_a_printer_drops_a_job_that_waits(door: PrinterDoor) -> None:
    printer, token = door.owned()
    sent, waiting = (made(door, f"/print/printers/{printer.id}/jobs")["job_id"] for _ in range(2))
    headers = {"X-Printer-Auth-Token": token}

    assert 204 == door.client.delete(f"/print/printers/jobs/{waiting}", headers=headers).status_code
    assert "canceled" == shown(door, waiting)["status"]
    assert (422, 125509) == refusal(door.client.delete(f"/print/printers/jobs/{sent}", headers=headers))
    assert (404, 125502) == refusal(door.client.delete("/print/printers/jobs/none", headers=headers))


@pytest.mark.parametrize(("token", "told"), [(None, (401, 100003)), ("x", (403, 100010))])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/print/printers/jobs"), ("POST", "/print/printers/jobs"), ("DELETE", "/print/printers/jobs/1")],
)
def test_a_printer_without_its_token_is_told_nothing(
    door: PrinterDoor, method: str, path: str, token: str | None, told: tuple[int, int]
) -> None:
    headers = {"X-Printer-Auth-Token": token} if token else {}

    assert told == refusal(door.client.request(method, path, headers=headers))


def test_a_printer_must_name_its_job(door: PrinterDoor) -> None:
    _, token = door.owned()

    assert (400, 125500) == refusal(door.printer_calls("/print/printers/jobs", token=token, json={}))
    long = {"job_id": "1", "data": json.dumps("x" * 5000)}
    assert (422, 125509) == refusal(door.printer_calls("/print/printers/jobs", token=token, json=long))

"""Where printers fetch what they print."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

from one_app import application_over
from outfeed.blobs.store import FileBlobs
from outfeed.dialects.spark.printables import file_name, printable_address
from outfeed.fleet.print_jobs import Printable
from outfeed.fleet.records import PrintJob
from unit.fleet_site import once_at
from unit.helpers import staged
from unit.printer_door import PrinterDoor, a_printer_door, refusal

SLICES = b"slices of a bear"
DIGEST = hashlib.sha256(SLICES).hexdigest()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[PrinterDoor]:
    with a_printer_door(tmp_path) as opened:
        yield opened


def a_file(door: PrinterDoor, name: str = "bär 1.tar.gz", content: bytes = SLICES) -> Printable:
    """Return an uploaded file of Ann's, to be printed."""
    fleet = door.site.fleet
    data = staged(FileBlobs(fleet.services.settings.data), content)
    return Printable(file_id=fleet.services.files.put(fleet.ann, name, staged=data, content_type="x/y").id)


def address(door: PrinterDoor, job: PrintJob, *, life_s: int = 60) -> str:
    """Return where the printer of a job fetches its file."""
    fleet = door.site.fleet
    expires_at = fleet.clock.now + 1000 * life_s
    return printable_address(fleet.services.links, "http://testserver.local", job, expires_at_ms=expires_at)


def fetched(door: PrinterDoor, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Fetch without any token."""
    return door.client.request(method, url, headers=headers)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bear.tar.gz", "bear-0123456789ab.tar.gz"),
        ("bear.zip", "bear-0123456789ab.zip"),
        ("../../etc/pässwd.gcode", "etc_p_sswd-0123456789ab.gcode"),
        ("a b?c#d%2F.g3drem", "a_b_c_d_2F-0123456789ab.g3drem"),
        (".tar.gz", "printable-0123456789ab.tar.gz"),
        ("", "printable-0123456789ab"),
        ("x" * 1024, "x" * 64 + "-0123456789ab"),
        ("a.tar.gz\n", "a_tar_gz-0123456789ab"),
    ],
)
def test_a_printable_has_a_name_that_any_printer_takes(name: str, told: str) -> None:
    assert told == file_name(name, "0123456789abcdef" * 4)


def test_a_printer_fetches_its_file_without_a_token(door: PrinterDoor) -> None:
    """The address ends in the name of the file, as an Ember reads it."""
    url = address(door, door.site.fleet.job(printable=a_file(door)))

    answer = fetched(door, url)

    assert f"b_r_1-{DIGEST[:12]}.tar.gz" == url.rpartition("/")[2]
    assert (200, SLICES, f'"{DIGEST}"') == (answer.status_code, answer.content, answer.headers["etag"])
    assert (
        "attachment; filename=\"b_r 1.tar.gz\"; filename*=UTF-8''b%C3%A4r%201.tar.gz"
        == answer.headers["content-disposition"]
    )


def test_a_printer_asks_before_it_fetches_and_fetches_the_rest(door: PrinterDoor) -> None:
    url = address(door, door.site.fleet.job(printable=a_file(door)))

    head, rest = fetched(door, url, "HEAD"), fetched(door, url, Range="bytes=10-")

    assert (200, b"", str(len(SLICES))) == (head.status_code, head.content, head.headers["content-length"])
    assert (206, SLICES[10:]) == (rest.status_code, rest.content)
    assert 304 == fetched(door, url, **{"If-None-Match": head.headers["etag"]}).status_code


def test_an_address_works_for_its_time_only(door: PrinterDoor) -> None:
    url = address(door, door.site.fleet.job(printable=a_file(door)), life_s=60)
    door.site.fleet.clock.now += 59_999
    before = fetched(door, url).status_code
    door.site.fleet.clock.now += 1

    assert (200, 403) == (before, fetched(door, url).status_code)


def test_no_other_address_works(door: PrinterDoor) -> None:
    first, second = (address(door, door.site.fleet.job(printable=a_file(door))) for _ in range(2))
    base, key, grant, name = first.rsplit("/", 3)
    expires, _, signature = grant.partition("-")
    others: list[tuple[Any, ...]] = [
        (second.split("/")[-3], grant, name),
        (key, grant, name.replace("b_r", "c_r")),
        (key, f"{int(expires) + 1}-{signature}", name),
        (key, f"{expires}-{signature[:-1]}{'0' if signature[-1] != '0' else '1'}", name),
        (key, expires, name),
        (key, "", name),
        (key, f"{expires}-{'é' * 64}", name),
    ]

    told = {fetched(door, "/".join([base, *other])).status_code for other in others}

    assert told <= {403, 404}
    assert (403, 100009) == refusal(fetched(door, "/".join([base, *others[3]])))


def test_a_job_that_is_over_has_let_go_of_its_file(door: PrinterDoor) -> None:
    job = door.site.fleet.job(printable=a_file(door))
    url = address(door, job)
    door.site.fleet.says(job.id, "completed")

    assert (404, 100009) == refusal(fetched(door, url))


def test_an_address_of_what_a_job_printed_before_is_dead(door: PrinterDoor) -> None:
    fleet = door.site.fleet
    job = fleet.job(None, printable=a_file(door))
    url = address(door, job)
    again = fleet.jobs.set_printable(fleet.ann, job.id, a_file(door, content=b"another bear"))

    assert 404 == fetched(door, url).status_code
    assert b"another bear" == fetched(door, address(door, again)).content


def test_a_file_of_the_same_name_has_another_address(door: PrinterDoor) -> None:
    """An Ember does not fetch a file whose name it has already."""
    job = door.site.fleet.job(printable=a_file(door))
    other = replace(job, printable_blob="f" * 64)

    assert address(door, job).rpartition("/")[2] != address(door, other).rpartition("/")[2]


def test_the_log_of_what_went_wrong_has_no_address_in_it(door: PrinterDoor) -> None:
    url = address(door, door.site.fleet.job(printable=a_file(door)))

    def fail() -> None:
        raise RuntimeError("broken")

    services = door.site.fleet.services
    once_at(services.database, "SELECT print_jobs.", fail)
    with capture_logs() as logs:
        assert 500 == TestClient(application_over(services)).get(url).status_code

    (entry,) = logs
    assert ("request_broke", "/print/printables/{key}/{grant}/{name}") == (entry["event"], entry["route"])
    assert url.rsplit("/", 2)[1] not in str(entry)

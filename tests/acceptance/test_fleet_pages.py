"""Long lists: one answer holds so much and no more, and its link goes on with the rest."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from outfeed.database import writing
from outfeed.fleet.pages import MAX_WRITTEN_BYTES, MOST_ENTRIES
from outfeed.schema import print_jobs, printer_members, printers
from unit.fleet_site import SOMEWHERE
from unit.printer_door import PrinterDoor, a_printer_door

#: As much as a body may have.
MUCH = 60_000


def followed(door: PrinterDoor, path: str, name: str) -> list[list[Any]]:
    """Return the entries of each page, from one page to the next."""
    pages = []
    while path:
        body = door.call("GET", path).json()
        pages.append(body[name])
        path = body["_link_next"]
    return pages


def with_jobs(door: PrinterDoor, count: int) -> None:
    """Give Ann jobs with much data of their own."""
    job = door.site.fleet.job()
    with writing(door.site.fleet.services.database) as connection:
        row = dict(connection.execute(sa.select(print_jobs).where(print_jobs.c.id == job.id)).mappings().one())
        row |= {"custom_data": {"x": "x" * MUCH}}
        del row["key"]
        connection.execute(sa.insert(print_jobs), [row | {"id": str(number)} for number in range(count)])


def with_printers(door: PrinterDoor, count: int) -> None:
    """Give Ann printers, beside the one that she has."""
    with writing(door.site.fleet.services.database) as connection:
        row = dict(connection.execute(sa.select(printers).where(printers.c.id == 1)).mappings().one())
        member = dict(connection.execute(sa.select(printer_members)).mappings().first() or {})
        numbers = range(100, 100 + count)
        connection.execute(sa.insert(printers), [row | {"id": n, "token_digest": f"{n:064}"} for n in numbers])
        connection.execute(sa.insert(printer_members), [member | {"printer_id": n} for n in numbers])


def test_all_jobs_come_in_answers_of_bounded_size(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        with_jobs(door, 150)
        pages = followed(door, "/print/jobs?limit=-1", "jobs")
        first = door.call("GET", "/print/jobs?limit=-1")

    assert [MAX_WRITTEN_BYTES // MUCH, 151 - MAX_WRITTEN_BYTES // MUCH] == [len(page) for page in pages]
    assert 151 == len({job["job_id"] for page in pages for job in page})
    assert (151, -1) == (first.json()["count"], first.json()["limit"])
    assert len(first.content) < 1.1 * MAX_WRITTEN_BYTES


def test_who_asks_for_more_than_a_page_holds_gets_the_rest_by_its_link(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        with_printers(door, MOST_ENTRIES)
        pages = {limit: followed(door, f"/print/printers?limit={limit}", "printers") for limit in (-1, 10**9)}

    assert {-1: [MOST_ENTRIES, 1], 10**9: [MOST_ENTRIES, 1]} == {
        limit: [len(page) for page in found] for limit, found in pages.items()
    }


def test_one_entry_is_always_there(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        job = door.site.fleet.job(printable=SOMEWHERE)
        with writing(door.site.fleet.services.database) as connection:
            connection.execute(sa.update(print_jobs).values(custom_data={"x": "x" * MAX_WRITTEN_BYTES}))
        found = door.call("GET", "/print/jobs?limit=-1").json()["jobs"]

    assert [job.id] == [one["job_id"] for one in found]

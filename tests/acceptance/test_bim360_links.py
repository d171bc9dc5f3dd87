"""Links to exported pages: they need no token, live two minutes, and every answer has one of its own."""

import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from unit.sheets_door import Json, SheetsDoor, a_sheets_door, local


@pytest.fixture
def door(tmp_path: Path) -> Iterator[SheetsDoor]:
    with a_sheets_door(tmp_path) as door:
        yield door


def asked(door: SheetsDoor) -> Json:
    """Return the answer to a start of the first sheet."""
    answer = door.client.post(door.versions_of(door.sheets[0]) + "/exports", headers=door.headers())
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def link_of(door: SheetsDoor) -> str:
    """Return a new signed address of the first sheet."""
    asked(door)
    door.site.run()
    return local(asked(door)["data"]["signedUrl"])


def test_a_link_works_for_two_minutes_and_the_next_one_for_its_own(door: SheetsDoor) -> None:
    first = link_of(door)
    door.site.clock.now += 119_000
    assert 200 == door.client.get(first).status_code
    second = link_of(door)

    door.site.clock.now += 2_000

    assert [403, 200] == [door.client.get(link).status_code for link in (first, second)]
    door.site.clock.now += 117_999
    assert 200 == door.client.get(second).status_code
    door.site.clock.now += 1
    assert 403 == door.client.get(second).status_code


def test_a_link_gives_the_page_without_a_token(door: SheetsDoor) -> None:
    link = link_of(door)

    whole = door.client.get(link)
    part = door.client.get(link, headers={"Range": "bytes=0-4"})
    head = door.client.head(link)

    assert (200, "application/pdf") == (whole.status_code, whole.headers["content-type"])
    with pikepdf.open(io.BytesIO(whole.content)) as pdf:
        assert 1 == len(pdf.pages)
    assert (206, b"%PDF-") == (part.status_code, part.content)
    assert (200, b"", str(len(whole.content))) == (head.status_code, head.content, head.headers["content-length"])


def test_a_link_that_was_changed_anywhere_is_refused(door: SheetsDoor) -> None:
    link = link_of(door)
    query = link.index("?")

    for place in range(1, len(link)):
        changed = link[:place] + ("y" if link[place] == "x" else "x") + link[place + 1 :]
        # A path that is of another form is none.
        assert door.client.get(changed).status_code in ({403} if place > query else {403, 404}), changed

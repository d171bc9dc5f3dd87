"""Names for bytes: put, replaced, listed, uploaded in parts, and swept when nobody needs them."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from a_library import ADA, NOON_MS, Library, a_library
from outfeed.database import reading, writing
from outfeed.errors import BlobLost, BodyTooLarge, CheckedPart, InvalidField, NotFound, UploadMismatch
from outfeed.library.objects import object_exists
from outfeed.library.rights import CallersRight
from outfeed.library.sweep import sweep
from outfeed.library.uploads import Part, part_states
from outfeed.schema import jobs

DAY_MS = 24 * 3_600_000


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket()
    yield made
    made.close()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


# --- Objects ----------------------------------------------------------------------------------------------------------


def test_an_object_has_the_facts_of_its_bytes(library: Library) -> None:
    library.an_object("gear", b"solid gear")

    found = library.objects.get(ADA, "parts", "gear")

    assert hashlib.sha1(b"solid gear", usedforsecurity=False).hexdigest() == found.sha1
    assert (10, "model/stl", NOON_MS) == (found.size, found.content_type, found.created_at)
    assert library.content(found.blob) == b"solid gear"


def test_an_object_of_the_same_name_is_replaced(library: Library) -> None:
    library.an_object("gear", b"old")
    library.an_object("gear", b"new")

    found, more = library.objects.list(ADA, "parts", limit=10)

    assert [b"new"] == [library.content(item.blob) for item in found]
    assert not more


def test_a_deleted_object_is_gone_and_its_twin_stays(library: Library) -> None:
    library.an_object("gear")
    library.an_object("twin")
    library.objects.delete(ADA, "parts", "gear")

    with pytest.raises(NotFound):
        library.objects.get(ADA, "parts", "gear")
    assert library.content(library.objects.get(ADA, "parts", "twin").blob) == b"solid"
    with reading(library.database) as connection:
        there = [object_exists(connection, "parts", name) for name in ("gear", "twin")]
    assert there == [False, True]


def test_a_list_goes_on_behind_the_last_name(library: Library) -> None:
    for name in ("b", "a", "ca", "cb", "%a", "_a"):
        library.an_object(name)

    first, more = library.objects.list(ADA, "parts", limit=2)
    rest, no_more = library.objects.list(ADA, "parts", limit=9, after=first[-1].name)

    assert (["%a", "_a"], True) == ([item.name for item in first], more)
    assert (["a", "b", "ca", "cb"], False) == ([item.name for item in rest], no_more)


@pytest.mark.parametrize(("begins_with", "names"), [("c", ["ca", "cb"]), ("C", []), ("%", ["%a"]), ("_", ["_a"])])
def test_a_list_can_be_of_names_that_begin_alike(library: Library, begins_with: str, names: list[str]) -> None:
    """Case counts, and what SQL takes for a wildcard is a letter like any other."""
    for name in ("b", "ca", "cb", "%a", "_a"):
        library.an_object(name)

    found, _more = library.objects.list(ADA, "parts", limit=9, begins_with=begins_with)

    assert names == [item.name for item in found]


@pytest.mark.parametrize("name", ["", ".", "..", "a\0", "a\r\nb", "\x7f", "\x85", "x" * 1025, "ä" * 513])
def test_a_bad_name_is_refused(library: Library, name: str) -> None:
    with pytest.raises(InvalidField):
        library.objects.check_right(CallersRight(ADA, "parts", name))
    with pytest.raises(InvalidField):
        library.uploads.begin(ADA, "parts", name)


@pytest.mark.parametrize("name", ["a/b", " ", "...", "ä" * 512, "../../etc/passwd", "'; drop table objects;--", "😀"])
def test_any_other_name_is_a_name(library: Library, name: str) -> None:
    library.an_object(name)

    assert library.objects.get(ADA, "parts", name).name == name


# --- Uploads ----------------------------------------------------------------------------------------------------------


def with_parts(library: Library, *contents: bytes, numbers: tuple[int, ...] = (1, 2, 3)) -> str:
    upload = library.uploads.begin(ADA, "parts", "gear")
    for number, content in zip(numbers, contents, strict=False):
        library.uploads.put_part(upload.key, number, library.staged(content))
    return upload.key


def completed(library: Library, key: str, size: int | None = None, etags: list[str] | None = None) -> bytes:
    found = library.uploads.complete(ADA, "parts", "gear", key, size=size, etags=etags, content_type="model/stl")
    return library.content(found.blob)


def test_parts_become_the_object_in_the_order_of_their_numbers(library: Library) -> None:
    key = with_parts(library, b"3", b"11111111", b"22222222", numbers=(3, 1, 2))

    content = completed(library, key, 17, [md5(b"11111111"), md5(b"22222222"), md5(b"3")])

    assert content == b"11111111222222223"


def test_a_part_sent_again_replaces_the_first(library: Library) -> None:
    key = with_parts(library, b"wrong", b"right", numbers=(1, 1))

    assert completed(library, key) == b"right"


def test_an_empty_object_can_be_uploaded(library: Library) -> None:
    assert completed(library, with_parts(library, b""), 0, [md5(b"")]) == b""


def test_completing_twice_gives_the_same_object(library: Library) -> None:
    key = with_parts(library, b"solid")
    first = library.uploads.complete(ADA, "parts", "gear", key, content_type="model/stl")
    library.clock.now += 1000

    assert first == library.uploads.complete(ADA, "parts", "gear", key, content_type="model/stl")


def test_completing_again_does_not_bring_a_deleted_object_back(library: Library) -> None:
    key = with_parts(library, b"solid")
    completed(library, key)
    library.objects.delete(ADA, "parts", "gear")

    with pytest.raises(NotFound):
        completed(library, key)


def test_a_completed_upload_takes_no_more_parts(library: Library) -> None:
    key = with_parts(library, b"solid")
    completed(library, key)

    with pytest.raises(NotFound):
        library.uploads.put_part(key, 1, library.staged(b"other"))


def test_an_upload_is_for_one_object(library: Library) -> None:
    key = with_parts(library, b"solid")

    with pytest.raises(NotFound):
        library.uploads.complete(ADA, "parts", "shaft", key, content_type="model/stl")


def test_an_expired_upload_is_gone(library: Library) -> None:
    key = with_parts(library, b"solid")
    library.clock.now += DAY_MS

    with pytest.raises(NotFound):
        completed(library, key)


def test_a_wrong_size_is_a_mismatch_of_good_parts(library: Library) -> None:
    key = with_parts(library, b"solid")

    with pytest.raises(UploadMismatch) as caught:
        completed(library, key, 6)

    assert {1: CheckedPart(status="Ok", size=5, etag=md5(b"solid"))} == caught.value.parts
    assert (6, key) == (caught.value.size, caught.value.upload_key)


def test_parts_that_are_too_much_together_are_refused(tmp_path: Path) -> None:
    library = a_library(tmp_path, max_upload_bytes=10)
    library.a_bucket()
    key = with_parts(library, b"12345678", b"123")

    with pytest.raises(BodyTooLarge):
        completed(library, key)
    library.close()


@pytest.mark.parametrize(
    ("arrived", "etags", "states"),
    [
        ({}, None, {1: "Pending"}),
        ({}, [], {}),
        ({1: (8, "a"), 3: (1, "c")}, None, {1: "Ok", 2: "Pending", 3: "Ok"}),
        ({1: (7, "a"), 2: (1, "b")}, ["a", "b"], {1: "TooSmall", 2: "Ok"}),
        ({1: (7, "x"), 2: (8, "x")}, ["a", "b"], {1: "Unexpected+TooSmall", 2: "Unexpected"}),
        ({1: (8, "a"), 2: (8, "b")}, ["a"], {1: "Ok", 2: "Unexpected"}),
        ({1: (8, "a")}, ["a", "b"], {1: "Ok", 2: "Pending"}),
    ],
)
def test_each_part_is_told_what_is_wrong_with_it(
    arrived: dict[int, tuple[int, str]], etags: list[str] | None, states: dict[int, str]
) -> None:
    parts = {number: Part(blob="", size=size, etag=etag) for number, (size, etag) in arrived.items()}

    assert states == part_states(parts, etags=etags, min_bytes=8)


# --- Sweep ------------------------------------------------------------------------------------------------------------


def aged(library: Library) -> None:
    """Make every blob two hours old, and let the library's clock be the real one."""
    library.clock.now = time.time_ns() // 1_000_000
    for path in library.folder.glob("blobs/??/??/*"):
        os.utime(path, (time.time() - 7200, time.time() - 7200))


def test_the_sweep_takes_only_bytes_without_a_name(library: Library) -> None:
    kept, lost = library.an_object("gear", b"kept"), library.an_object("shaft", b"lost")
    library.an_object("shaft", b"kept")
    aged(library)

    swept = sweep(library.database, library.blobs, library.clock)

    assert (1, 0, 0) == (swept.blobs, swept.staged, swept.uploads)
    assert library.content(kept) == b"kept"
    with pytest.raises(BlobLost):
        library.content(lost)


def test_the_sweep_leaves_what_is_younger_than_an_hour(library: Library) -> None:
    blob = library.an_object("gear")
    library.objects.delete(ADA, "parts", "gear")
    library.clock.now = time.time_ns() // 1_000_000

    assert sweep(library.database, library.blobs, library.clock).blobs == 0
    assert library.content(blob) == b"solid"


def test_parts_of_an_open_upload_stay_and_those_of_an_expired_one_go(library: Library) -> None:
    library.clock.now = time.time_ns() // 1_000_000
    key = with_parts(library, b"11111111", b"2")
    aged(library)
    first = sweep(library.database, library.blobs, library.clock)
    content = completed(library, key)
    aged(library)
    library.clock.now += DAY_MS
    second = sweep(library.database, library.blobs, library.clock)

    assert content == b"111111112"
    assert (0, 0) == (first.blobs, first.uploads)
    assert (2, 1) == (second.blobs, second.uploads)


@pytest.mark.parametrize(("finished_at", "removed"), [(None, 0), (1, 1)])
def test_the_input_of_a_job_stays_until_the_job_is_over(
    library: Library, finished_at: int | None, removed: int
) -> None:
    """Who deletes the source after asking for an export still gets the export."""
    blob = library.an_object("gear")
    with writing(library.database) as connection:
        connection.execute(
            sa.insert(jobs).values(
                id="j",
                principal_id=ADA.principal_id,
                kind="mesh_import",
                state="queued",
                turn=1,
                progress=0.0,
                spec={"inputs": {"source": blob}},
                attempts=0,
                created_at=0,
                updated_at=0,
                finished_at=finished_at,
            )
        )
    library.objects.delete(ADA, "parts", "gear")
    aged(library)

    assert removed == sweep(library.database, library.blobs, library.clock).blobs

"""How long objects live, what is remembered of them, and that the sweep goes on whatever happens."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from a_library import ADA, CREATOR, NOON_MS, Library, a_library
from outfeed.database import reading
from outfeed.errors import InvalidField, NotAllowed, NotFound, PreconditionFailed, ScopeMissing
from outfeed.jobs import worker
from outfeed.library.buckets import Region
from outfeed.library.conditions import Conditions
from outfeed.library.objects import Extras
from outfeed.library.sweep import sweep
from outfeed.schema import objects, resumables, signed_resources, uploads

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ONLY_NEW = Conditions(none_match=frozenset({"*"}))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket()
    yield made
    made.close()


def names(library: Library, bucket: str) -> list[str]:
    return [item.name for item in library.objects.list(ADA, bucket, limit=100)[0]]


def rows(library: Library, table: sa.Table) -> int:
    with reading(library.database) as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


# --- Policies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "life_ms"), [("transient", DAY_MS), ("temporary", 30 * DAY_MS)])
def test_an_object_is_gone_when_its_time_is_over_before_any_sweep(library: Library, policy: str, life_ms: int) -> None:
    library.a_bucket("brief", policy=policy)
    blob = library.an_object("gear", bucket="brief")
    library.clock.now += life_ms - 1
    last_moment = names(library, "brief")
    library.clock.now += 1

    assert (["gear"], []) == (last_moment, names(library, "brief"))
    with pytest.raises(NotFound):
        library.objects.get(ADA, "brief", "gear")
    with pytest.raises(NotFound):
        library.objects.linked("brief", "gear", blob)
    with pytest.raises(NotFound):
        library.objects.delete(ADA, "brief", "gear")


def test_a_persistent_bucket_keeps_its_objects(library: Library) -> None:
    library.an_object("gear")
    library.clock.now += 1000 * DAY_MS

    assert sweep(library.database, library.blobs, library.clock, age_ms=-(10**15)).objects == 0
    assert ["gear"] == names(library, "parts")


def test_new_bytes_begin_a_new_time(library: Library) -> None:
    library.a_bucket("brief", policy="transient")
    library.an_object("gear", bucket="brief")
    library.clock.now += DAY_MS - 1
    library.an_object("gear", b"newer", bucket="brief")
    library.clock.now += DAY_MS - 1

    found = library.objects.get(ADA, "brief", "gear")
    assert (NOON_MS, NOON_MS + DAY_MS - 1) == (found.created_at, found.modified_at)


def test_an_object_in_the_place_of_an_expired_one_is_new(library: Library) -> None:
    library.a_bucket("brief", policy="transient")
    library.an_object("gear", bucket="brief")
    library.clock.now += DAY_MS
    made = library.objects.put(
        CREATOR, "brief", "gear", staged=library.staged(b"x"), content_type="x/y", conditions=ONLY_NEW
    )

    assert NOON_MS + DAY_MS == made.created_at
    assert ["gear"] == names(library, "brief")


def test_the_sweep_takes_expired_objects_in_batches_and_their_bytes(library: Library) -> None:
    library.a_bucket("brief", policy="transient")
    for number in range(3):
        library.an_object(f"gear{number}", bucket="brief")
    library.an_object("kept", b"kept")
    with reading(library.database) as connection:
        row = dict(connection.execute(sa.select(objects).where(objects.c.name == "gear0")).mappings().one())
    with library.database.begin() as connection:
        connection.execute(sa.insert(objects), [row | {"name": f"many{number}"} for number in range(1_000)])
    library.clock.now += DAY_MS
    swept = sweep(library.database, library.blobs, library.clock, age_ms=-(10**15))

    assert (1_003, 1) == (swept.objects, swept.blobs)
    assert 1 == rows(library, objects)


def test_a_sweep_of_nothing_removes_nothing(library: Library) -> None:
    library.an_object("gear")
    library.uploads.begin(ADA, "parts", "shaft")

    swept = sweep(library.database, library.blobs, library.clock)

    assert (0, 0, 0, 0) == (swept.objects, swept.uploads, swept.links, swept.blobs)
    assert (1, 1, 0, 0) == tuple(rows(library, table) for table in (objects, uploads, resumables, signed_resources))


class Hours:
    """Lets so many hours pass, and then stops."""

    def __init__(self, hours: int) -> None:
        self.left = hours

    def wait(self, _seconds: float) -> bool:
        self.left -= 1
        return self.left == 0


def test_a_sweep_that_fails_does_not_end_the_sweeping() -> None:
    """The disk may be full, or the database held; the next hour is another one."""
    outcomes: list[Exception | None] = [OSError("full"), KeyError("a mistake of ours"), None]

    def swept() -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    with capture_logs() as logged:
        worker._keep_house(swept, Hours(3))  # type: ignore[arg-type]  # it waits as an event does

    assert outcomes == []
    assert ["sweep_failed"] * 2 == [entry["event"] for entry in logged]


def test_the_sweeping_ends_when_the_worker_does() -> None:
    stop, runs = threading.Event(), []
    stop.set()
    worker._keep_house(lambda: runs.append(1), stop)

    assert [1] == runs


# --- What is remembered -----------------------------------------------------------------------------------------------


def test_an_object_keeps_what_its_downloads_shall_say(library: Library) -> None:
    extras = Extras(
        content_disposition="inline", content_encoding="gzip", cache_control="no-store", user_metadata='{"a":1}'
    )
    library.objects.put(ADA, "parts", "gear", staged=library.staged(b"x"), content_type="x/y", extras=extras)

    assert extras == library.objects.get(ADA, "parts", "gear").extras
    library.an_object("gear", b"other")
    assert Extras() == library.objects.get(ADA, "parts", "gear").extras


def test_a_reading_is_noted_once_a_minute(library: Library) -> None:
    library.an_object("gear")
    library.clock.now += 1
    seen = []
    for pause_ms in (0, 59_999, 1):
        library.clock.now += pause_ms
        library.objects.note_access(library.objects.get(ADA, "parts", "gear"))
        seen.append(library.objects.get(ADA, "parts", "gear").accessed_at)

    assert [NOON_MS + 1, NOON_MS + 1, NOON_MS + 60_001] == seen


def test_a_reading_is_answered_though_it_cannot_be_noted(library: Library) -> None:
    library.an_object("gear")
    record = library.objects.get(ADA, "parts", "gear")
    sa.event.listen(library.database, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))
    library.database.dispose()

    library.objects.note_access(record)

    assert library.objects.get(ADA, "parts", "gear").accessed_at is None


# --- Copies -----------------------------------------------------------------------------------------------------------


def test_a_copy_is_a_second_name_with_all_that_was_said(library: Library) -> None:
    extras = Extras(content_disposition="inline", user_metadata="{}")
    library.objects.put(ADA, "parts", "gear", staged=library.staged(b"x"), content_type="x/y", extras=extras)
    library.clock.now += 1
    copied = library.objects.copy(ADA, "parts", "gear", "twin")
    library.objects.delete(ADA, "parts", "gear")

    found = library.objects.get(ADA, "parts", "twin")
    assert copied == found
    assert (b"x", "x/y", extras) == (library.content(found.blob), found.content_type, found.extras)
    assert NOON_MS + 1 == found.created_at


def test_a_copy_replaces_what_is_there_if_it_may(library: Library) -> None:
    library.an_object("gear", b"new")
    library.an_object("twin", b"old")
    with pytest.raises(PreconditionFailed):
        library.objects.copy(ADA, "parts", "gear", "twin", ONLY_NEW)
    with pytest.raises(ScopeMissing):
        library.objects.copy(CREATOR, "parts", "gear", "twin")
    library.objects.copy(ADA, "parts", "gear", "twin")

    assert library.content(library.objects.get(ADA, "parts", "twin").blob) == b"new"


def test_a_copy_onto_itself_changes_nothing_but_the_time(library: Library) -> None:
    library.an_object("gear")
    library.clock.now += 5
    copied = library.objects.copy(ADA, "parts", "gear", "gear")

    assert (NOON_MS, NOON_MS + 5) == (copied.created_at, copied.modified_at)
    assert ["gear"] == names(library, "parts")


@pytest.mark.parametrize("name", ["", "..", "a\n", "x" * 1025])
def test_a_copy_has_a_name(library: Library, name: str) -> None:
    library.an_object("gear")

    with pytest.raises(InvalidField):
        library.objects.copy(ADA, "parts", "gear", name)


def test_nobody_copies_into_a_bucket_for_reading(library: Library) -> None:
    library.a_bucket("shown", mill="read")
    library.an_object("gear", bucket="shown")
    reader = type(ADA)(principal_id=ADA.principal_id, app_id="mill", scopes=ADA.scopes)

    with pytest.raises(NotAllowed):
        library.objects.copy(reader, "shown", "gear", "twin")


# --- Regions ----------------------------------------------------------------------------------------------------------


def test_buckets_are_listed_by_region(library: Library) -> None:
    for key, region in {"berlin": "emea", "sydney": "AUS", "perth": "APAC"}.items():
        library.buckets.create(ADA, key, policy="persistent", allowed={}, region=region)

    def listed(region: Region | None) -> list[str]:
        return [bucket.key for bucket in library.buckets.list(ADA, limit=9, region=region)[0]]

    assert ["berlin", "parts", "perth", "sydney"] == listed(None)
    assert [["parts"], ["berlin"], ["perth", "sydney"], []] == [
        listed(region) for region in (Region.US, Region.EMEA, Region.APAC, Region.JPN)
    ]


def test_a_region_that_is_none_is_refused(library: Library) -> None:
    with pytest.raises(InvalidField):
        library.buckets.create(ADA, "mars", policy="persistent", allowed={}, region="MARS")

"""Uploads in chunks: any order, repeated, overlapping, lying, at the same time, and after a fresh start."""

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from a_library import ADA, BEN, CREATOR, CYD, NOON_MS, Library, a_library
from outfeed import schema as tables
from outfeed.blobs.store import Staged
from outfeed.database import writing
from outfeed.errors import (
    ChunkRefused,
    InvalidField,
    NotAllowed,
    NotFound,
    PreconditionFailed,
    ScopeMissing,
)
from outfeed.identity.caller import Caller
from outfeed.library import resumables, uploads
from outfeed.library.conditions import UNCONDITIONAL, Conditions
from outfeed.library.objects import ObjectRecord
from outfeed.library.resumables import Chunk, Place, Progress, Resumables
from outfeed.library.rights import CallersRight
from outfeed.library.sweep import sweep

CONTENT = bytes(range(100))
DAY_MS = 24 * 3_600_000


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket(mill="full")
    yield made
    made.close()


def sent(
    library: Library,
    start: int,
    stop: int,
    *,
    content: bytes = CONTENT,
    caller: Caller = ADA,
    session: str = "s",
    name: str = "gear",
    conditions: Conditions = UNCONDITIONAL,
) -> ObjectRecord | None:
    """Send the bytes from `start` to `stop` of some content."""
    place = Place(start, stop, len(content))
    right = CallersRight(caller, "parts", name)
    library.resumables.check(right, session, place)
    staged = library.staged(content[start:stop])
    chunk = Chunk(session=session, place=place, staged=staged, content_type="model/stl", conditions=conditions)
    return library.resumables.put(right, chunk)


def progress(library: Library, caller: Caller = ADA, session: str = "s") -> Progress:
    return library.resumables.progress(caller, "parts", "gear", session)


def content_of(library: Library, caller: Caller = ADA, name: str = "gear") -> bytes:
    return library.content(library.objects.get(caller, "parts", name).blob)


# --- Whole uploads ----------------------------------------------------------------------------------------------------


def test_the_chunk_that_makes_it_whole_makes_the_object(library: Library) -> None:
    first = sent(library, 0, 60)
    with pytest.raises(NotFound):
        library.objects.get(ADA, "parts", "gear")
    last = sent(library, 60, 100)

    assert first is None
    assert last == library.objects.get(ADA, "parts", "gear")
    assert (CONTENT, "model/stl") == (content_of(library), last.content_type)
    assert hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest() == last.sha1


@pytest.mark.parametrize("seed", range(5))
def test_chunks_of_any_size_come_in_any_order_and_again(library: Library, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - nothing here is secret
    cuts = sorted({0, 100, *dice.sample(range(1, 100), 9)})
    places = list(itertools.pairwise(cuts))
    shuffled = dice.sample(places, len(places))
    answers = [sent(library, start, stop) for place in shuffled for start, stop in (place, place)]

    whole = [answer for answer in answers if answer]
    assert [None] * (2 * len(places) - 2) == answers[:-2]
    assert (2, CONTENT) == (len(whole), content_of(library))
    assert whole[0] == whole[1]


def test_what_has_arrived_is_told_in_order(library: Library) -> None:
    sent(library, 50, 60)
    sent(library, 0, 1)
    sent(library, 1, 50)

    assert Progress(100, [(0, 1), (1, 50), (50, 60)], is_whole=False) == progress(library)
    sent(library, 60, 100)
    assert progress(library).is_whole


def test_another_process_goes_on_where_one_was_killed(library: Library) -> None:
    """All that was answered is in the database and among the blobs: a new process needs nothing else."""
    sent(library, 0, 60)
    library.resumables = Resumables(library.database, library.clock, library.blobs, library.settings)

    assert Progress(100, [(0, 60)], is_whole=False) == progress(library)
    assert sent(library, 60, 100)
    assert CONTENT == content_of(library)


def test_a_kill_between_the_last_chunk_and_the_object_is_made_good_by_sending_it_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(library, 0, 60)
    with monkeypatch.context() as patched:
        patched.setattr(resumables, "joined", killed)
        with pytest.raises(KeyboardInterrupt):
            sent(library, 60, 100)

    assert Progress(100, [(0, 60), (60, 100)], is_whole=False) == progress(library)
    assert sent(library, 60, 100)
    assert CONTENT == content_of(library)


def killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def while_joining(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen between the moment when an upload is seen to be whole and its object."""
    join = uploads.joined

    def joined(*arguments: Any) -> Staged:
        monkeypatch.setattr(resumables, "joined", join)
        act()
        return join(*arguments)

    monkeypatch.setattr(resumables, "joined", joined)


def test_two_requests_that_see_it_whole_make_one_object(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = []

    def twin() -> None:
        twins.append(sent(library, 60, 100))
        library.clock.now += 1

    sent(library, 0, 60)
    while_joining(monkeypatch, twin)

    assert [sent(library, 60, 100)] == twins == [library.objects.get(ADA, "parts", "gear")]


def test_an_object_that_a_twin_made_and_somebody_deleted_is_not_brought_back(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twin() -> None:
        sent(library, 60, 100)
        library.objects.delete(ADA, "parts", "gear")

    sent(library, 0, 60)
    while_joining(monkeypatch, twin)

    with pytest.raises(NotFound):
        sent(library, 60, 100)
    assert library.objects.list(ADA, "parts", limit=9) == ([], False)


def with_many_chunks(library: Library, count: int) -> bytes:
    """Begin an upload and write down `count` chunks of a byte each, behind the first; return what it will be."""
    content = bytes(count + 2)
    sent(library, 0, 1, content=content)
    blob = hashlib.sha256(b"\0").hexdigest()
    with writing(library.database) as connection:
        upload = connection.execute(sa.select(tables.resumables)).one()
        rows = [{"resumable_id": upload.id, "start": at, "stop": at + 1, "blob": blob} for at in range(1, count + 1)]
        connection.execute(sa.insert(tables.resumable_chunks), rows)
        connection.execute(sa.update(tables.resumables).values(received=count + 1, chunks=count + 1))
    return content


def test_ten_thousand_chunks_are_one_object(library: Library) -> None:
    content = with_many_chunks(library, 9_998)

    assert sent(library, 9_999, 10_000, content=content)
    assert content == content_of(library)


def test_one_chunk_more_is_too_many_and_one_that_is_there_is_not(library: Library) -> None:
    content = with_many_chunks(library, 9_999)

    with pytest.raises(InvalidField):
        sent(library, 10_000, 10_001, content=content)
    assert sent(library, 5, 6, content=content) is None


def test_chunks_at_the_same_time_are_all_kept_and_make_one_object(library: Library) -> None:
    places = [(start, start + 10) for start in range(0, 100, 10)] * 2
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda place: sent(library, *place), places))

    whole = [answer for answer in answers if answer]
    assert CONTENT == content_of(library)
    assert whole
    assert {library.objects.get(ADA, "parts", "gear").blob} == {answer.blob for answer in whole}


# --- Lies -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [(0, 11), (9, 11), (10, 12), (19, 100), (0, 100), (11, 12), (10, 21)],
)
def test_a_chunk_over_another_one_is_refused(library: Library, place: tuple[int, int]) -> None:
    sent(library, 10, 20)

    with pytest.raises(ChunkRefused):
        sent(library, *place)
    assert [(10, 20)] == progress(library).ranges


@pytest.mark.parametrize("place", [(0, 10), (20, 100)])
def test_a_chunk_beside_another_one_is_taken(library: Library, place: tuple[int, int]) -> None:
    sent(library, 10, 20)
    sent(library, *place)

    assert sorted([(10, 20), place]) == progress(library).ranges


def test_other_bytes_in_the_same_place_are_refused_and_the_first_stay(library: Library) -> None:
    sent(library, 0, 60)
    with pytest.raises(ChunkRefused):
        sent(library, 0, 60, content=bytes(100))
    sent(library, 60, 100)

    assert CONTENT == content_of(library)


def test_a_second_total_is_a_lie(library: Library) -> None:
    sent(library, 0, 60)

    with pytest.raises(ChunkRefused):
        sent(library, 60, 80, content=CONTENT[:80])
    assert Progress(100, [(0, 60)], is_whole=False) == progress(library)


def test_a_body_of_another_length_than_its_place_is_refused_and_leaves_nothing(library: Library) -> None:
    right = CallersRight(ADA, "parts", "gear")
    chunk = Chunk(session="s", place=Place(0, 6, 10), staged=library.staged(b"12345"), content_type="x/y")

    with pytest.raises(ChunkRefused, match="found: 5, required: 6"):
        library.resumables.put(right, chunk)
    assert list((library.folder / "staging").iterdir()) == []


# --- Whose, and how long ----------------------------------------------------------------------------------------------


def test_two_apps_with_one_word_have_two_uploads(library: Library) -> None:
    sent(library, 0, 60, content=bytes(100), caller=CYD)
    sent(library, 0, 60)
    sent(library, 60, 100, caller=BEN)

    assert CONTENT == content_of(library)
    assert Progress(100, [(0, 60)], is_whole=False) == progress(library, CYD)


def test_one_word_for_two_objects_is_two_uploads(library: Library) -> None:
    sent(library, 0, 60)

    assert sent(library, 60, 100, name="shaft") is None


def test_who_may_not_write_sends_no_chunk(library: Library) -> None:
    library.a_bucket("shown", mill="read")

    with pytest.raises(NotAllowed):
        library.resumables.check(CallersRight(CYD, "shown", "gear"), "s", Place(0, 1, 2))
    with pytest.raises(NotFound):
        library.resumables.progress(CYD, "none", "gear", "s")


def test_a_token_for_new_objects_replaces_none_in_chunks(library: Library) -> None:
    library.an_object("gear", b"old")

    with pytest.raises(ScopeMissing):
        sent(library, 0, 100, caller=CREATOR)
    assert sent(library, 0, 100, caller=CREATOR, name="new")


def test_conditions_hold_for_the_last_chunk_and_the_upload_goes_on(library: Library) -> None:
    only_new = Conditions(none_match=frozenset({"*"}))
    sent(library, 0, 60, conditions=only_new)
    library.an_object("gear", b"somebody was faster")
    with pytest.raises(PreconditionFailed):
        sent(library, 60, 100, conditions=only_new)

    assert content_of(library) == b"somebody was faster"
    assert sent(library, 60, 100)
    assert CONTENT == content_of(library)


def test_an_upload_ends_a_day_after_its_last_chunk(library: Library) -> None:
    sent(library, 0, 60)
    library.clock.now += DAY_MS - 1
    sent(library, 60, 61)
    library.clock.now += DAY_MS - 1
    still = progress(library)
    library.clock.now += 1

    assert [(0, 60), (60, 61)] == still.ranges
    with pytest.raises(NotFound):
        progress(library)


def test_a_word_can_be_used_again_after_its_upload_has_ended(library: Library) -> None:
    sent(library, 0, 60)
    library.clock.now += DAY_MS

    assert sent(library, 60, 100) is None
    assert Progress(100, [(60, 100)], is_whole=False) == progress(library)


def test_the_same_word_for_other_bytes_is_a_new_upload(library: Library) -> None:
    sent(library, 0, 100)
    other = CONTENT[::-1]
    first = sent(library, 0, 60, content=other)
    last = sent(library, 60, 100, content=other)

    assert first is None
    assert last
    assert other == content_of(library)


def test_after_the_object_was_deleted_the_same_chunk_makes_it_again(library: Library) -> None:
    """Its bytes are in the request, so nothing is brought back that the client did not send."""
    sent(library, 0, 100)
    library.objects.delete(ADA, "parts", "gear")

    assert sent(library, 0, 100)
    assert CONTENT == content_of(library)


def test_a_deleted_bucket_takes_its_chunks_along(library: Library) -> None:
    sent(library, 0, 60)
    library.buckets.delete(ADA, "parts")
    library.a_bucket()

    with pytest.raises(NotFound):
        progress(library)


def test_the_sweep_keeps_chunks_of_an_open_upload_and_takes_the_rest(library: Library) -> None:
    sent(library, 0, 60)
    sent(library, 0, 100, session="whole", name="other")
    before = sweep(library.database, library.blobs, library.clock, age_ms=-(10**15))
    library.clock.now += DAY_MS
    after = sweep(library.database, library.blobs, library.clock, age_ms=-(10**15))

    assert (0, 0) == (before.uploads, before.blobs)
    assert (2, 1) == (after.uploads, after.blobs)
    assert CONTENT == content_of(library, name="other")


def test_an_upload_that_is_whole_needs_its_chunks_no_more(library: Library) -> None:
    sent(library, 0, 60)
    sent(library, 60, 100)

    assert 2 == sweep(library.database, library.blobs, library.clock, age_ms=-(10**15)).blobs
    assert CONTENT == content_of(library)
    assert sent(library, 60, 100) == library.objects.get(ADA, "parts", "gear")
    assert library.objects.get(ADA, "parts", "gear").created_at == NOON_MS

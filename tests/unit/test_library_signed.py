"""Signed resources: who may make them, what they are good for, for how long and how often."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from a_library import ADA, CYD, Library, a_library
from outfeed import schema as tables
from outfeed.database import reading, writing
from outfeed.errors import InvalidField, LinkExpired, NotAllowed, NotFound
from outfeed.identity.caller import Caller
from outfeed.library.buckets import ensure_result_bucket
from outfeed.library.objects import insert_object
from outfeed.library.resumables import Chunk, Place
from outfeed.library.signed import SignedAccess, SignedResource, Terms
from outfeed.library.sweep import sweep

MINUTE_MS = 60_000
DAY_MS = 24 * 3_600_000
HERE = "10.0.0.7"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket(mill="read")
    made.an_object("gear")
    yield made
    made.close()


def signed(
    library: Library,
    access: SignedAccess = SignedAccess.READWRITE,
    *addresses: str,
    single_use: bool = False,
    caller: Caller = ADA,
    name: str = "gear",
    bucket: str = "parts",
) -> str:
    terms = Terms(access=access, life_ms=2 * MINUTE_MS, single_use=single_use, addresses=addresses or None)
    return library.signed.create(caller, bucket, name, terms)[0]


def opened(library: Library, key: str, access: SignedAccess = SignedAccess.READ, address: str = HERE) -> SignedResource:
    return library.signed.open(key, address=address, access=access)


def written(library: Library, key: str, content: bytes = b"new") -> None:
    right = library.signed.right(opened(library, key, SignedAccess.WRITE))
    library.objects.write(right, staged=library.staged(content), content_type="text/plain")


def content_of(library: Library) -> bytes:
    return library.content(library.objects.get(ADA, "parts", "gear").blob)


def test_it_leads_to_its_object_and_follows_it(library: Library) -> None:
    key = signed(library)
    before = library.signed.record(opened(library, key))
    library.an_object("gear", b"newer")

    assert library.content(before.blob) == b"solid"
    assert library.content(library.signed.record(opened(library, key)).blob) == b"newer"


def test_the_database_does_not_know_its_id(library: Library) -> None:
    key = signed(library)
    with reading(library.database) as connection:
        rows = connection.execute(sa.select(tables.signed_resources)).all()

    assert 1 == len(rows)
    assert key not in json.dumps([list(map(str, row)) for row in rows])


@pytest.mark.parametrize("key", ["", "none", "0" * 64, "ä", "'; drop table objects;--"])
def test_an_id_that_nobody_made_is_not_there(library: Library, key: str) -> None:
    with pytest.raises(NotFound):
        opened(library, key)


def test_its_digest_is_not_its_id(library: Library) -> None:
    """Who has read the database can use nothing of it."""
    digest = opened(library, signed(library)).digest

    with pytest.raises(NotFound):
        opened(library, digest)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (SignedAccess.READ, SignedAccess.READ),
        (SignedAccess.WRITE, SignedAccess.WRITE),
        (SignedAccess.READWRITE, SignedAccess.READ),
        (SignedAccess.READWRITE, SignedAccess.WRITE),
    ],
)
def test_it_is_good_for_what_it_was_made_for(library: Library, given: SignedAccess, asked: SignedAccess) -> None:
    assert given == opened(library, signed(library, given), asked).access


@pytest.mark.parametrize(
    ("given", "asked"), [(SignedAccess.READ, SignedAccess.WRITE), (SignedAccess.WRITE, SignedAccess.READ)]
)
def test_it_is_good_for_nothing_else(library: Library, given: SignedAccess, asked: SignedAccess) -> None:
    with pytest.raises(NotAllowed, match=f"does not grant {asked} permissions"):
        opened(library, signed(library, given), asked)


def test_it_ends_to_the_millisecond_and_is_forgotten_a_day_later(library: Library) -> None:
    key = signed(library)
    library.clock.now += 2 * MINUTE_MS - 1
    opened(library, key)
    library.clock.now += 1
    with pytest.raises(LinkExpired):
        opened(library, key)
    library.clock.now += DAY_MS - 1
    early = sweep(library.database, library.blobs, library.clock).links
    library.clock.now += 1

    assert (0, 1) == (early, sweep(library.database, library.blobs, library.clock).links)
    with pytest.raises(NotFound):
        opened(library, key)


def test_a_right_that_ends_while_bytes_are_on_their_way_writes_nothing(library: Library) -> None:
    right = library.signed.right(opened(library, signed(library), SignedAccess.WRITE))
    library.clock.now += 2 * MINUTE_MS

    with pytest.raises(LinkExpired):
        library.objects.write(right, staged=library.staged(b"late"), content_type="text/plain")
    assert content_of(library) == b"solid"


@pytest.mark.parametrize(
    "end",
    [
        lambda library: library.objects.delete(ADA, "parts", "gear"),
        lambda library: library.buckets.delete(ADA, "parts"),
    ],
)
def test_it_ends_with_its_object_and_does_not_come_back(library: Library, end: Callable[[Library], None]) -> None:
    """Whoever has the name next is somebody else, perhaps."""
    key = signed(library)
    end(library)
    if not library.buckets.list(ADA, limit=1)[0]:
        library.a_bucket()
    library.an_object("gear", b"somebody else's")

    with pytest.raises(NotFound):
        opened(library, key)


def test_it_ends_when_its_object_expires_and_does_not_come_back(library: Library) -> None:
    library.a_bucket("brief", policy="transient")
    library.an_object("gear", bucket="brief")
    library.clock.now += DAY_MS - MINUTE_MS
    key = signed(library, bucket="brief")
    library.clock.now += MINUTE_MS
    with pytest.raises(NotFound):
        library.signed.record(opened(library, key))
    library.an_object("gear", b"another day's", bucket="brief")

    with pytest.raises(NotFound):
        opened(library, key)


# --- Single use -------------------------------------------------------------------------------------------------------


def test_a_single_use_is_one(library: Library) -> None:
    key = signed(library, single_use=True)
    library.signed.spend(opened(library, key))

    with pytest.raises(LinkExpired):
        opened(library, key)


def test_of_many_at_the_same_time_one_gets_the_single_use(library: Library) -> None:
    resource = opened(library, signed(library, single_use=True))

    def spend(_number: int) -> bool:
        try:
            library.signed.spend(resource)
        except LinkExpired:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert [True] == [won for won in pool.map(spend, range(8)) if won]


def test_of_two_uploads_with_a_single_use_the_second_writes_nothing(library: Library) -> None:
    right = library.signed.right(opened(library, signed(library, single_use=True), SignedAccess.WRITE))
    library.objects.write(right, staged=library.staged(b"first"), content_type="text/plain")

    with pytest.raises(LinkExpired):
        library.objects.write(right, staged=library.staged(b"second"), content_type="text/plain")
    assert content_of(library) == b"first"


def test_one_for_many_uses_is_for_many(library: Library) -> None:
    key = signed(library)
    for content in (b"first", b"second"):
        library.signed.spend(opened(library, key))
        written(library, key, content)

    assert content_of(library) == b"second"


def test_chunks_share_a_single_use_until_they_are_whole(library: Library) -> None:
    right = library.signed.right(opened(library, signed(library, single_use=True), SignedAccess.WRITE))

    def send(start: int, stop: int, session: str = "s") -> object:
        staged = library.staged(b"0123456789"[start:stop])
        place = Place(start, stop, 10)
        return library.resumables.put(right, Chunk(session=session, place=place, staged=staged, content_type="x/y"))

    answers = [send(0, 5), send(0, 5), send(5, 10)]
    with pytest.raises(LinkExpired):
        send(0, 5, "another")

    assert [True, True, False] == [answer is None for answer in answers]
    assert content_of(library) == b"0123456789"


def test_chunks_sent_with_a_link_do_not_mix_with_the_owners(library: Library) -> None:
    right = library.signed.right(opened(library, signed(library), SignedAccess.WRITE))
    chunk = Chunk(session="s", place=Place(0, 5, 10), staged=library.staged(b"evil!"), content_type="x/y")
    library.resumables.put(right, chunk)

    with pytest.raises(NotFound):
        library.resumables.progress(ADA, "parts", "gear", "s")


# --- Internet addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("10.0.0.7", ["10.0.0.7"]),
        ("::ffff:10.0.0.7", ["10.0.0.7"]),
        ("10.1.2.3", ["192.168.0.1", "10.0.0.0/8"]),
        ("10.1.2.3", ["10.0.0.7/8"]),
        ("2001:db8::1", ["2001:0db8:0000::1"]),
        ("2001:db8::1", ["2001:db8::/32"]),
    ],
)
def test_a_client_whose_address_is_named_gets_in(library: Library, address: str, allowed: list[str]) -> None:
    key = signed(library, SignedAccess.READ, *allowed)

    assert allowed == opened(library, key, address=address).addresses


@pytest.mark.parametrize("address", ["10.0.0.8", "::1", "", "testclient", "10.0.0.7, 10.0.0.8", "::10.0.0.7"])
def test_a_client_at_another_address_stays_out(library: Library, address: str) -> None:
    key = signed(library, SignedAccess.READ, "10.0.0.7")

    with pytest.raises(NotAllowed):
        opened(library, key, address=address)


@pytest.mark.parametrize("addresses", [[""], ["nowhere"], ["10.0.0.300"], ["10.0.0.1/33"], ["10.0.0.1"] * 101, []])
def test_what_is_no_address_is_refused(library: Library, addresses: list[str]) -> None:
    terms = Terms(access=SignedAccess.READ, life_ms=1, addresses=addresses)

    with pytest.raises(InvalidField):
        library.signed.create(ADA, "parts", "gear", terms)


# --- Whose ------------------------------------------------------------------------------------------------------------


def test_who_may_only_read_hands_nothing_out(library: Library) -> None:
    for access in SignedAccess:
        with pytest.raises(NotAllowed):
            signed(library, access, caller=CYD)


def test_what_is_not_there_has_no_signed_resource(library: Library) -> None:
    library.a_bucket("hidden")
    library.an_object("gear", bucket="hidden")

    with pytest.raises(NotFound):
        signed(library, name="none")
    with pytest.raises(NotFound):
        signed(library, caller=CYD, bucket="hidden")


def test_a_principal_shares_its_results_for_reading_only(library: Library) -> None:
    staged = library.staged(b"glTF")
    library.blobs.publish(staged)
    with writing(library.database) as connection:
        bucket = ensure_result_bucket(connection, ADA.principal_id, 0)
        insert_object(connection, bucket_key=bucket, name="1.glb", staged=staged, content_type="model/x", now=0)
    key = signed(library, SignedAccess.READ, name="1.glb", bucket=bucket)

    assert library.content(library.signed.record(opened(library, key)).blob) == b"glTF"
    with pytest.raises(NotAllowed):
        signed(library, SignedAccess.READWRITE, name="1.glb", bucket=bucket)


def test_its_owner_ends_it_and_another_app_does_not(library: Library) -> None:
    key = signed(library)
    with pytest.raises(NotAllowed):
        library.signed.revoke(CYD, key)
    library.signed.revoke(ADA, key)

    with pytest.raises(NotFound):
        opened(library, key)
    with pytest.raises(NotFound):
        library.signed.revoke(ADA, key)
    assert content_of(library) == b"solid"

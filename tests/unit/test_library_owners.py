"""Whose buckets and files are whose: what is not yours is not there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from a_library import ADA, BEN, CYD, Library, a_library
from outfeed.database import writing
from outfeed.errors import AlreadyExists, InvalidField, NotAllowed, NotFound
from outfeed.identity.caller import Caller
from outfeed.library.buckets import Access, ensure_result_bucket
from outfeed.library.objects import insert_object
from outfeed.library.rights import CallersRight

OWN_RESULTS = f"outfeed-{ADA.principal_id}"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    yield made
    made.close()


def with_result(library: Library) -> str:
    """Make Ada's result bucket as a finished export does; return the object's name."""
    staged = library.staged(b"glTF")
    library.blobs.publish(staged)
    with writing(library.database) as connection:
        key = ensure_result_bucket(connection, ADA.principal_id, library.clock())
        insert_object(connection, bucket_key=key, name="1.glb", staged=staged, content_type="model/gltf-binary", now=0)
    return "1.glb"


def test_all_who_use_an_app_share_its_buckets(library: Library) -> None:
    library.a_bucket("parts", ADA)
    library.an_object("gear", caller=BEN)

    assert library.objects.get(ADA, "parts", "gear").sha1 == library.objects.get(BEN, "parts", "gear").sha1


@pytest.mark.parametrize(
    "use",
    [
        lambda library: library.buckets.get(CYD, "parts"),
        lambda library: library.buckets.delete(CYD, "parts"),
        lambda library: library.objects.get(CYD, "parts", "gear"),
        lambda library: library.objects.list(CYD, "parts", limit=10),
        lambda library: library.objects.delete(CYD, "parts", "gear"),
        lambda library: library.an_object("gear", caller=CYD),
        lambda library: library.objects.check_right(CallersRight(CYD, "parts", "gear")),
        lambda library: library.uploads.begin(CYD, "parts", "gear"),
    ],
)
def test_another_apps_bucket_is_not_there(library: Library, use: Callable[[Library], object]) -> None:
    library.a_bucket()
    library.an_object("gear")

    with pytest.raises(NotFound):
        use(library)


def test_a_key_that_another_app_has_is_taken_all_the_same(library: Library) -> None:
    library.a_bucket()

    with pytest.raises(AlreadyExists):
        library.a_bucket(caller=CYD)


def test_who_is_allowed_full_access_uses_the_bucket_and_does_not_own_it(library: Library) -> None:
    library.a_bucket(mill="full")
    library.an_object("gear", caller=CYD)
    library.objects.delete(CYD, "parts", "gear")

    with pytest.raises(NotAllowed):
        library.buckets.delete(CYD, "parts")
    assert library.buckets.list(CYD, limit=10) == ([], False)


@pytest.mark.parametrize(
    "change",
    [
        lambda library: library.an_object("gear", caller=CYD),
        lambda library: library.objects.delete(CYD, "parts", "gear"),
        lambda library: library.uploads.begin(CYD, "parts", "gear"),
    ],
)
def test_who_is_allowed_to_read_may_not_change(library: Library, change: Callable[[Library], object]) -> None:
    library.a_bucket(mill="read")
    library.an_object("gear")
    seen = library.objects.get(CYD, "parts", "gear")

    with pytest.raises(NotAllowed):
        change(library)
    assert seen == library.objects.get(ADA, "parts", "gear")


def test_results_are_their_principals_to_read_to_list_and_to_delete(library: Library) -> None:
    name = with_result(library)
    read = library.content(library.objects.get(ADA, OWN_RESULTS, name).blob)
    listed, _more = library.buckets.list(ADA, limit=10)
    library.objects.delete(ADA, OWN_RESULTS, name)

    assert read == b"glTF"
    assert [OWN_RESULTS] == [bucket.key for bucket in listed]
    assert library.objects.list(ADA, OWN_RESULTS, limit=10) == ([], False)


@pytest.mark.parametrize("caller", [BEN, CYD])
def test_results_are_nobody_elses_not_even_of_the_same_app(library: Library, caller: Caller) -> None:
    name = with_result(library)

    with pytest.raises(NotFound):
        library.objects.get(caller, OWN_RESULTS, name)
    assert library.buckets.list(caller, limit=10) == ([], False)


def test_nobody_uploads_among_results(library: Library) -> None:
    with_result(library)

    with pytest.raises(NotAllowed):
        library.an_object("mine.glb", bucket=OWN_RESULTS, caller=ADA)
    with pytest.raises(NotAllowed):
        library.uploads.begin(ADA, OWN_RESULTS, "mine.glb")


def test_nobody_takes_the_key_of_somebodys_results(library: Library) -> None:
    """Whoever had it first could keep that principal from its exports, or read them."""
    with pytest.raises(AlreadyExists):
        library.a_bucket(OWN_RESULTS, CYD)


def test_the_bucket_for_results_is_made_once(library: Library) -> None:
    with writing(library.database) as connection:
        keys = {ensure_result_bucket(connection, ADA.principal_id, now) for now in (1, 2)}

    assert keys == {OWN_RESULTS}
    assert library.buckets.get(ADA, OWN_RESULTS).created_at == 1


def test_a_bucket_remembers_whom_it_allows(library: Library) -> None:
    made = library.buckets.create(ADA, "parts", policy="Transient", allowed={"mill": "Read"})

    assert made == library.buckets.get(ADA, "parts")
    assert made.allowed == {"mill": Access.READ}


@pytest.mark.parametrize("key", ["", "ab", "a" * 129, "Parts", "a/b", "päck", "parts\n", "..%2f"])
def test_a_bad_key_is_refused(library: Library, key: str) -> None:
    with pytest.raises(InvalidField):
        library.a_bucket(key)


def test_a_deleted_bucket_takes_its_objects_and_uploads_along(library: Library) -> None:
    library.a_bucket()
    library.an_object("gear")
    upload = library.uploads.begin(ADA, "parts", "shaft")
    library.buckets.delete(ADA, "parts")
    library.a_bucket(caller=CYD)

    assert library.objects.list(CYD, "parts", limit=10) == ([], False)
    with pytest.raises(NotFound):
        library.uploads.check_open(upload.key)


@pytest.mark.parametrize("caller", [BEN, CYD])
def test_a_file_is_its_principals_alone(library: Library, caller: Caller) -> None:
    file = library.files.put(ADA, "gear.stl", staged=library.staged(b"solid"), content_type="model/stl")

    assert library.files.get(ADA, file.id) == file
    with pytest.raises(NotFound):
        library.files.get(caller, file.id)
    with pytest.raises(NotFound):
        library.files.delete(caller, file.id)


def test_a_deleted_file_is_gone(library: Library) -> None:
    file = library.files.put(ADA, "gear.stl", staged=library.staged(b"solid"), content_type="model/stl")
    library.files.delete(ADA, file.id)

    with pytest.raises(NotFound):
        library.files.get(ADA, file.id)

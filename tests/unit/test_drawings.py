"""A drawing among the plans becomes sheets, each an item with versions; files elsewhere stay what they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.database import reading
from outfeed.errors import AlreadyExists, NotAllowed, NotFound, NotMeaningful
from outfeed.jobs.states import State
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.folders import FolderKind
from outfeed.library.signed import SignedAccess, Terms
from outfeed.schema import jobs
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf
from unit.helpers import staged

TWO = a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DrawingSite]:
    with a_drawing_site(tmp_path) as site:
        yield site


def test_each_page_of_a_plan_becomes_an_item_beside_it(site: DrawingSite) -> None:
    source = site.added("set.pdf", TWO)
    assert source.reading is State.QUEUED

    site.run()

    found = site.services.items.inside(site.ann, site.project.id, site.folder(FolderKind.PLANS))
    sheets = [(item.model.name, item.page.index, item.page.source_id) for item in found if item.page]
    assert [("A-101", 0, source.version.id), ("A-102", 1, source.version.id)] == sheets
    assert {"set.pdf"} == {item.source_name for item in found}
    assert 1 == len({item.storage for item in found})


def test_a_pdf_among_other_files_is_not_split(site: DrawingSite) -> None:
    added = site.added("set.pdf", TWO, kind=FolderKind.FILES)

    site.run()

    assert added.reading is None
    assert [] == site.services.items.pages_of(site.ann, added.version.id)


def test_sheets_of_the_next_version_are_versions_of_the_same_items(site: DrawingSite) -> None:
    before = {sheet.model.name: sheet.model.id for sheet in site.split("set.pdf", TWO)}
    model_id = site.services.items.inside(site.ann, site.project.id, site.folder(FolderKind.PLANS))[-1].model.id
    storage = site.uploaded("set.pdf", a_pdf(["first", "roof"], labels=["A-102", "A-103"]))

    added = site.services.drawings.add_version(site.ann, site.project.id, model_id, storage)
    site.run()

    after = site.services.items.pages_of(site.ann, added.version.id)
    assert [("A-102", 1), ("A-103", 0)] == [(sheet.model.name, sheet.version.index) for sheet in after]
    assert before["A-102"] == after[0].model.id


def test_pages_without_names_are_named_after_their_file(site: DrawingSite) -> None:
    one = site.split("roof.pdf", a_pdf(["roof"]))
    two = site.split("set.pdf", a_pdf(["ground", "first"]))

    assert ["roof", "set - Page 1", "set - Page 2"] == [sheet.model.name for sheet in (*one, *two)]


def test_a_damaged_drawing_says_so_and_stays_a_file(site: DrawingSite) -> None:
    added = site.added("set.pdf", b"%PDF-1.7 and nothing else")

    site.run()

    found = site.services.items.get(site.ann, site.project.id, added.model.id)
    assert found.reading is State.FAILED
    assert found.reading_error


def test_a_name_is_taken_once_in_a_folder(site: DrawingSite) -> None:
    site.added("set.pdf", TWO)

    with pytest.raises(AlreadyExists):
        site.added("set.pdf", TWO)

    assert site.added("set.pdf", TWO, kind=FolderKind.FILES).model.name == "set.pdf"


def test_a_storage_makes_one_version(site: DrawingSite) -> None:
    storage = site.uploaded("set.pdf", TWO)
    folder = site.folder(FolderKind.PLANS)
    site.services.drawings.add_file(site.ann, site.project.id, folder, "set.pdf", storage)

    with pytest.raises(AlreadyExists):
        site.services.drawings.add_file(site.ann, site.project.id, folder, "other.pdf", storage)


def test_what_a_version_is_made_of_is_not_written_any_more(site: DrawingSite) -> None:
    storage = site.added("set.pdf", TWO).storage
    assert storage is not None

    with pytest.raises(NotAllowed):
        site.services.objects.put(
            site.ann,
            STORAGE_BUCKET,
            storage,
            staged=staged(site.services.blobs, b"other"),  # type: ignore[arg-type] # these are files
            content_type="application/pdf",
        )


def test_who_is_no_member_sees_neither_item_nor_bytes(site: DrawingSite) -> None:
    added = site.added("set.pdf", TWO)
    assert added.storage is not None

    with pytest.raises(NotFound):
        site.services.items.get(site.bob, site.project.id, added.model.id)
    with pytest.raises(NotFound):
        site.services.objects.get(site.bob, STORAGE_BUCKET, added.storage)
    assert added.version.blob == site.services.objects.get(site.ann, STORAGE_BUCKET, added.storage).blob


def test_versions_of_a_sheet_come_from_its_file(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]

    with pytest.raises(NotMeaningful):
        site.services.drawings.add_version(site.ann, site.project.id, sheet.model.id, site.uploaded("other.pdf", TWO))


def test_sheets_are_no_models_of_the_other_platform(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]

    with pytest.raises(NotFound):
        site.services.models.get(site.ann, sheet.model.id)


def test_deleting_a_file_takes_its_sheets_along(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    file = site.services.items.source_of(site.ann, sheet.page) if sheet.page else None
    assert file is not None

    site.services.model_exports.delete_model(site.ann, file.model.id)

    assert [] == site.services.items.inside(site.ann, site.project.id, site.folder(FolderKind.PLANS))


def test_no_signed_address_writes_what_a_version_is_made_of(site: DrawingSite) -> None:
    storage, signed = site.uploaded("set.pdf", TWO), site.services.signed
    address, writes = signed.create(
        site.ann, STORAGE_BUCKET, storage, Terms(access=SignedAccess.READWRITE, life_ms=60_000)
    )
    site.services.drawings.add_file(site.ann, site.project.id, site.folder(FolderKind.PLANS), "set.pdf", storage)

    with pytest.raises(NotFound):
        signed.open(address, address="127.0.0.1", access=SignedAccess.WRITE)
    with pytest.raises(NotFound):
        site.services.objects.check_right(signed.right(writes))


def test_an_older_version_that_is_read_late_is_not_the_newest_of_its_sheets(site: DrawingSite) -> None:
    first = site.added("set.pdf", TWO)
    with reading(site.services.database) as connection:
        [late] = connection.scalars(sa.select(jobs.c.id)).all()
    other = a_pdf(["ground floor, again"], labels=["A-101"])
    second = site.services.drawings.add_version(
        site.ann, site.project.id, first.model.id, site.uploaded("set.pdf", other)
    )
    with reading(site.services.database) as connection:
        [soon] = connection.scalars(sa.select(jobs.c.id).where(jobs.c.id != late)).all()

    site.runner.run(soon)
    site.runner.run(late)

    [sheet] = site.services.items.pages_of(site.ann, second.version.id)
    assert sheet == site.services.items.get(site.ann, site.project.id, sheet.model.id)
    assert [] == site.services.items.pages_of(site.ann, first.version.id)


def test_what_reads_or_exports_a_deleted_drawing_is_cancelled(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    assert sheet.page is not None
    export = site.services.sheet_exports.start_page(
        site.ann, site.project.id, sheet.model.id, 0, markups=False, hyperlinks=False
    )
    file = site.services.items.source_of(site.ann, sheet.page).model
    site.services.drawings.add_version(site.ann, site.project.id, file.id, site.uploaded("set.pdf", TWO))
    with reading(site.services.database) as connection:
        live = connection.scalars(sa.select(jobs.c.id).where(jobs.c.state == "queued")).all()

    site.services.model_exports.delete_model(site.ann, file.id)

    assert (2, True) == (len(live), export.job_id in live)
    assert [State.CANCELLED] * 2 == [site.job(job_id).state for job_id in live]


def test_a_part_of_a_folder_is_that_part_of_its_list(site: DrawingSite) -> None:
    site.split("set.pdf", TWO)
    where = site.ann, site.project.id, site.folder(FolderKind.PLANS)
    whole = site.services.items.inside(*where)

    parts = [site.services.items.inside(*where, part=slice(first, first + 2)) for first in (0, 2, 4)]

    assert [whole[:2], whole[2:], []] == parts

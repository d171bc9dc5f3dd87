"""What of drawings goes with time, and what stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.database import reading
from outfeed.errors import NotFound
from outfeed.jobs.states import State
from outfeed.library.sweep import SHEET_EXPORTS_MS, sweep
from outfeed.schema import artifact_files
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf

ONE = a_pdf(["ground floor"], labels=["A-101"])
DAY_MS = 24 * 3_600_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DrawingSite]:
    with a_drawing_site(tmp_path) as site:
        yield site


def swept(site: DrawingSite) -> None:
    sweep(site.services.database, site.services.blobs, site.clock, age_ms=0)


def test_an_export_of_a_sheet_is_kept_for_a_week_and_the_sheet_for_good(site: DrawingSite) -> None:
    [sheet] = site.split("set.pdf", ONE)
    export = site.services.sheet_exports.start_page(
        site.ann, site.project.id, sheet.model.id, 0, markups=False, hyperlinks=False
    )
    site.run()
    artifact = site.services.sheet_exports.artifact(export.id)

    site.clock.now += SHEET_EXPORTS_MS - DAY_MS
    swept(site)
    assert artifact.size == len(site.bytes_of(artifact.blob))
    site.clock.now += 2 * DAY_MS
    swept(site)

    with pytest.raises(NotFound):
        site.services.sheet_exports.artifact(export.id)
    with reading(site.services.database) as connection:
        assert [] == connection.execute(sa.select(artifact_files)).all()
    assert ONE == site.bytes_of(sheet.version.blob)


def test_a_storage_that_nothing_came_to_is_forgotten(site: DrawingSite) -> None:
    storage = site.uploaded("set.pdf", ONE)

    site.clock.now += 2 * DAY_MS
    swept(site)

    with pytest.raises(NotFound):
        site.services.drawings.add_file(
            site.ann, site.project.id, site.services.folders.top(site.ann, site.project.id)[0].id, "set.pdf", storage
        )


def test_bytes_of_a_version_stay_when_its_storage_would_have_gone(site: DrawingSite) -> None:
    added = site.added("set.pdf", ONE)

    site.clock.now += 60 * DAY_MS
    swept(site)
    site.run()

    assert State.SUCCEEDED == site.services.items.get(site.ann, site.project.id, added.model.id).reading
    assert added.storage is not None
    assert added.version.blob == site.services.objects.get(site.ann, "wip.dm.prod", added.storage).blob

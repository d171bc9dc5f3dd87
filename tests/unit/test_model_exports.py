"""Exports of versions: one piece of work for equal requests, members only, files that go with the last export."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from outfeed.blobs.store import FileBlobs
from outfeed.database import writing
from outfeed.errors import NotFound, NotMeaningful, SourceDamaged, Unauthenticated
from outfeed.exports.kinds import MODEL_EXPORT, kinds
from outfeed.exports.models import ExportQuery, ModelExport, ModelExportRequest, ModelExports, Order
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.runner import Runner
from outfeed.jobs.states import State
from outfeed.jobs.work import Work
from outfeed.library.folders import FolderKind, folder_of_kind, insert_folders
from outfeed.library.shares import SharedModel, Shares
from outfeed.library.versions import VersionRecord, changeset_id_of, insert_version
from outfeed.mesh.formats.source import ReadLimits
from outfeed.schema import artifact_files, jobs, models, project_members, projects
from outfeed.settings import Settings
from outfeed.tiles.options import Compression, TileOptions
from unit.export_helpers import ANN, BOB
from unit.helpers import NOW, InProcessSandbox, a_database, staged

REQUEST = ModelExportRequest(model_id="bridge", type="3DTiles")


@dataclass
class Site:
    """A model of Ann's, and what makes its exports; each look at the clock is a second later than the one before."""

    database: sa.Engine
    blobs: FileBlobs
    exports: ModelExports
    runner: Runner
    sandbox: InProcessSandbox
    clock: Callable[[], int]

    def add_version(self, content: bytes, index: int) -> VersionRecord:
        data = staged(self.blobs, content)
        self.blobs.publish(data)
        with writing(self.database) as connection:
            version = VersionRecord(
                id=f"v{index}",
                model_id="bridge",
                index=index,
                changeset_id=changeset_id_of(connection, "bridge", index, data.digest),
                blob=data.digest,
                sha1=data.sha1,
                size=data.size,
                format="obj",
                file_name="bridge.obj",
                description="",
                created_by="ann",
                created_at=NOW,
            )
            insert_version(connection, version)
        return version

    def made(self, request: ModelExportRequest = REQUEST) -> ModelExport:
        """Ask for an export and let it run."""
        export = self.exports.start(ANN, request)
        self.runner.run(export.job_id)
        return self.exports.get(ANN, export.id)

    def count(self, table: sa.Table) -> int:
        with self.database.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def convert(work: Work, _report: Callable[[float], None]) -> dict[str, Any]:
    """Make two files of a source, unless it is a damaged one."""
    source = (work.folder / "in" / "source").read_bytes()
    if source == b"damaged":
        raise SourceDamaged("It is.")
    (work.folder / "out" / "tileset.json").write_text(json.dumps(work.options["tiles"]))
    (work.folder / "out" / "0.glb").write_bytes(source)
    return {"tiles": 1}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    seconds = itertools.count(NOW, 1000)
    database, blobs = a_database(tmp_path), FileBlobs(tmp_path, sync=lambda _path: None)
    engine, sandbox = Engine(database, clock=lambda: next(seconds)), InProcessSandbox(convert)
    by = {"created_by": "ann", "created_at": NOW, "modified_at": NOW}
    about = {"class_name": "Endeavor", "sub_class": "Project", "status": "Active", "details": {}, "number": "1"}
    with writing(database) as connection:
        connection.execute(projects.insert().values(id="river", name="River", modified_by="ann", **about, **by))
        member = {"project_id": "river", "principal_id": "ann", "role": "owner", "favorite": False}
        connection.execute(project_members.insert().values(**member))
        insert_folders(connection, "river", "ann", new_id=lambda: str(uuid.uuid4()), now=NOW)
        place = {"folder_id": folder_of_kind(connection, "river", FolderKind.FILES).id, "kind": "file", "hidden": False}
        row = {"id": "bridge", "project_id": "river", "name": "Bridge", "state": "ready"}
        connection.execute(models.insert().values(**row, **place, **by))
    yield Site(
        database=database,
        blobs=blobs,
        exports=ModelExports(database, engine, clock=lambda: next(seconds), limits=ReadLimits()),
        runner=Runner(
            database=database,
            blobs=blobs,
            sandbox=sandbox,  # type: ignore[arg-type] # has the one method that is called
            kinds=kinds(Settings()),
            folder=tmp_path / "work",
            clock=lambda: next(seconds),
            max_attempts=3,
        ),
        sandbox=sandbox,
        clock=lambda: next(seconds),
    )
    engine.close()
    database.dispose()


def test_an_export_has_its_files_when_it_has_succeeded(site: Site) -> None:
    version = site.add_version(b"one", 0)

    export = site.made()

    assert (State.SUCCEEDED, "Bridge", "river", version.changeset_id) == (
        export.state,
        export.model_name,
        export.project_id,
        export.changeset_id,
    )
    files = site.exports.files(export.id, after="", prefix="", limit=10)
    assert ["0.glb", "tileset.json"] == [file.path for file in files]
    assert b"one" == b"".join(site.blobs.read(site.exports.file(export.id, "0.glb").blob))
    assert ["model/gltf-binary", "application/json"] == [file.content_type for file in files]


def test_files_are_listed_in_pages_and_by_how_they_begin(site: Site) -> None:
    site.add_version(b"one", 0)
    export = site.made()

    pages = [
        [file.path for file in site.exports.files(export.id, after=after, prefix=prefix, limit=1)]
        for after, prefix in (("", ""), ("0.glb", ""), ("", "t"), ("tileset.json", ""), ("", "T"))
    ]

    assert [["0.glb"], ["tileset.json"], ["tileset.json"], [], []] == pages


def test_equal_requests_are_one_export_and_other_types_share_its_work(site: Site) -> None:
    site.add_version(b"one", 0)

    first, again = site.exports.start(ANN, REQUEST), site.exports.start(ANN, REQUEST)
    done = site.made()
    other = site.exports.start(ANN, replace(REQUEST, type="CESIUM"))

    assert first.id == again.id == done.id != other.id
    assert (State.SUCCEEDED, 1) == (other.state, site.sandbox.runs)


def test_options_that_change_nothing_are_an_export_of_their_own_that_shares_the_work(site: Site) -> None:
    """Its answers repeat what was asked for."""
    site.add_version(b"one", 0)
    fine = replace(REQUEST, options={"geometryOptions": {"chordTol": 1}})

    plain, first, again = (site.exports.start(ANN, request) for request in (REQUEST, fine, fine))

    assert plain.id != first.id == again.id
    assert (plain.job_id, fine.options) == (first.job_id, first.options)


@pytest.mark.parametrize(
    "tiles", [TileOptions(compression=Compression.NONE), TileOptions(triangles_per_tile=9), TileOptions(bentley=True)]
)
def test_other_options_are_another_export(site: Site, tiles: TileOptions) -> None:
    site.add_version(b"one", 0)

    ids = {site.exports.start(ANN, request).job_id for request in (REQUEST, replace(REQUEST, tiles=tiles))}

    assert len(ids) == 2


def test_an_export_that_failed_says_why_and_is_tried_anew(site: Site) -> None:
    site.add_version(b"damaged", 0)

    failed = site.made()
    again = site.exports.start(ANN, REQUEST)

    assert (State.FAILED, True) == (failed.state, "damaged" in (failed.error or ""))
    assert (State.QUEUED, None, True) == (again.state, again.error, again.id != failed.id)


def test_the_newest_version_is_meant_unless_one_is_named(site: Site) -> None:
    old, new = site.add_version(b"one", 0), site.add_version(b"two", 1)

    meant = [
        site.exports.start(ANN, replace(REQUEST, changeset_id=changeset)).version_index
        for changeset in ("", old.changeset_id, new.changeset_id)
    ]

    assert [1, 0, 1] == meant


def test_a_version_with_the_bytes_of_an_older_one_has_an_id_of_its_own(site: Site) -> None:
    versions = [site.add_version(b"one", 0), site.add_version(b"two", 1), site.add_version(b"one", 2)]

    assert len({version.changeset_id for version in versions}) == 3
    assert versions[0].changeset_id == versions[0].blob[:40]


def test_exports_come_newest_version_first_or_by_their_last_change(site: Site) -> None:
    old, new = site.add_version(b"one", 0), site.add_version(b"two", 1)
    second = site.exports.start(ANN, replace(REQUEST, changeset_id=new.changeset_id)).id
    first = site.exports.start(ANN, replace(REQUEST, changeset_id=old.changeset_id)).id

    found = {order: [export.id for export in site.exports.find(ANN, ExportQuery(order=order))] for order in Order}

    assert {
        Order.NEWEST_VERSION: [second, first],
        Order.NEWEST: [first, second],
        Order.OLDEST: [second, first],
    } == found


def test_a_page_holds_what_is_asked_for_and_one_more(site: Site) -> None:
    version = site.add_version(b"one", 0)
    for name in ("3DTiles", "CESIUM", "IMODEL"):
        site.exports.start(ANN, replace(REQUEST, type=name))
    query = ExportQuery(model_id="bridge", changeset_id=version.changeset_id)

    sizes = [
        len(site.exports.find(ANN, asked))
        for asked in (
            replace(query, top=1),
            replace(query, top=2, skip=2),
            replace(query, type="CESIUM"),
            replace(query, changeset_id="0" * 40),
            replace(query, model_id="other"),
        )
    ]

    assert [2, 1, 1, 0, 0] == sizes


@pytest.mark.parametrize("reader", [BOB, SharedModel(model_id="other")])
def test_what_is_not_yours_is_not_there(site: Site, reader: Caller | SharedModel) -> None:
    site.add_version(b"one", 0)
    export = site.exports.start(ANN, REQUEST)

    with pytest.raises(NotFound):
        site.exports.get(reader, export.id)
    assert [] == site.exports.find(reader, ExportQuery())


def test_strangers_neither_start_nor_delete(site: Site) -> None:
    site.add_version(b"one", 0)
    export = site.made()

    with pytest.raises(NotFound):
        site.exports.start(BOB, REQUEST)
    with pytest.raises(NotFound):
        site.exports.delete(BOB, export.id)


def test_a_running_export_is_not_deleted_and_files_go_with_the_last_one(site: Site) -> None:
    site.add_version(b"one", 0)
    waiting = site.exports.start(ANN, REQUEST)
    with pytest.raises(NotMeaningful):
        site.exports.delete(ANN, waiting.id)
    first, second = site.made(), site.made(replace(REQUEST, type="CESIUM"))

    site.exports.delete(ANN, first.id)
    with pytest.raises(NotFound):
        site.exports.file(first.id, "tileset.json")
    assert site.exports.file(second.id, "tileset.json").size
    site.exports.delete(ANN, second.id)

    assert 0 == site.count(artifact_files)


def test_looking_for_what_is_not_there_starts_it_once(site: Site) -> None:
    site.add_version(b"one", 0)

    for _ in range(2):
        site.exports.start_if_none(ANN, REQUEST)
        site.exports.start_if_none(BOB, REQUEST)
    site.exports.start_if_none(ANN, replace(REQUEST, model_id="other"))

    with site.database.connect() as connection:
        assert [MODEL_EXPORT] == list(connection.scalars(sa.select(jobs.c.kind)))


def test_five_automatic_exports_of_a_model_are_kept(site: Site) -> None:
    """A sixth takes the oldest away; what somebody asked for stays."""
    site.add_version(b"zero", 0)
    asked = site.made()
    for index in range(1, 8):
        version = site.add_version(b"%d" % index, index)
        site.exports.start_if_none(ANN, replace(REQUEST, changeset_id=version.changeset_id))
        site.runner.run(site.exports.find(ANN, ExportQuery(changeset_id=version.changeset_id))[0].job_id)

    kept = site.exports.find(ANN, ExportQuery())

    assert [7, 6, 5, 4, 3, 0] == [export.version_index for export in kept]
    assert asked.id == kept[-1].id


def test_an_automatic_export_that_somebody_asks_for_is_kept(site: Site) -> None:
    """Exports that were asked for stay until somebody deletes them."""
    wanted = [replace(REQUEST, changeset_id=site.add_version(b"%d" % index, index).changeset_id) for index in range(8)]
    for request in wanted:
        site.exports.start_if_none(ANN, request)
        site.runner.run(site.exports.start(ANN, wanted[0]).job_id)
        site.runner.run(site.exports.find(ANN, ExportQuery(changeset_id=request.changeset_id))[0].job_id)

    assert [7, 6, 5, 4, 3, 0] == [export.version_index for export in site.exports.find(ANN, ExportQuery())]


def test_an_export_that_shares_older_work_is_newer_than_it(site: Site) -> None:
    """The order by change is the order of the times that are shown."""
    old, new = site.add_version(b"one", 0), site.add_version(b"two", 1)
    for version in (old, new):
        site.made(replace(REQUEST, changeset_id=version.changeset_id))
    site.exports.start(ANN, replace(REQUEST, changeset_id=old.changeset_id, type="IMODEL"))

    found = site.exports.find(ANN, ExportQuery(order=Order.NEWEST))

    assert [0, 1, 0] == [export.version_index for export in found]
    assert found == sorted(found, key=lambda export: export.modified_at, reverse=True)
    assert found[::-1] == site.exports.find(ANN, ExportQuery(order=Order.OLDEST))


def test_a_key_opens_one_model_until_it_ends_or_is_deleted(site: Site) -> None:
    site.add_version(b"one", 0)
    export, shares = site.exports.start(ANN, REQUEST), Shares(site.database, site.clock)
    record, key = shares.create("bridge")
    _, short = shares.create("bridge", ttl_s=1)

    assert export.id == site.exports.get(shares.open(key), export.id).id
    assert 2 == len(shares.all())
    with pytest.raises(Unauthenticated):
        shares.open(short)
    shares.delete(record.id)
    with pytest.raises(Unauthenticated):
        shares.open(key)
    with pytest.raises(NotFound):
        shares.delete(record.id)
    with pytest.raises(NotFound):
        shares.create("other")

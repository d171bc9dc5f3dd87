"""Projects, models, their versions and the names of versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from a_library import ADA, BEN, CYD, Library, a_library
from outfeed.database import writing
from outfeed.errors import (
    AlreadyExists,
    BodyTooLarge,
    InvalidField,
    NotFound,
    NotMeaningful,
    ProjectExists,
)
from outfeed.library.model_files import file_name_of, format_of
from outfeed.library.models import ModelFilter, ModelState, VersionFilter, delete_model
from outfeed.library.projects import ProjectFilter, Status
from outfeed.library.sweep import sweep

IFC = b"ISO-10303-21;\nHEADER;FILE_SCHEMA(('IFC4'));"
STL = b"solid x\nendsolid x\n"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = a_library(tmp_path)
    yield library
    library.close()


def a_model(library: Library, name: str = "Plant") -> str:
    project = library.projects.create(ADA, f"Project of {name}")
    return library.models.create(ADA, project.id, name).id


def a_version(library: Library, content: bytes, *, project: str = "Site", model: str = "Plant") -> tuple[int, str]:
    """Add a version and return its index and changeset id."""
    staged = library.staged(content)
    _, _, version = library.models.add_version(ADA, project=project, model=model, file=staged, file_name="plant.ifc")
    return version.index, version.changeset_id


# --- Projects ---------------------------------------------------------------------------------------------------------


def test_a_project_is_seen_by_its_members_only(library: Library) -> None:
    project = library.projects.create(ADA, "Site")

    assert [project] == library.projects.find(ADA, ProjectFilter())
    assert [] == library.projects.find(BEN, ProjectFilter())
    for call in (library.projects.get, library.projects.delete, library.projects.note_use, library.projects.members):
        with pytest.raises(NotFound):
            call(BEN, project.id)


@pytest.mark.parametrize(("name", "number", "field"), [("Site", "2", "name"), ("Other", "1", "number")])
def test_name_and_number_are_one_members_once_per_kind(library: Library, name: str, number: str, field: str) -> None:
    library.projects.create(ADA, "Site", number="1")
    library.projects.create(ADA, "Site", number="1", sub_class="Asset")
    library.projects.create(BEN, "Site", number="1")

    with pytest.raises(ProjectExists) as caught:
        library.projects.create(ADA, name, number=number)

    assert field == caught.value.field


def test_projects_are_filtered(library: Library) -> None:
    for name, given in (
        ("100% steel", {"number": "A-1", "details": {"type": "Bridge", "parentId": "p"}}),
        ("Wood", {"number": "B-1", "sub_class": "Asset"}),
        ("Old", {"number": "C-1", "status": Status.INACTIVE}),
    ):
        library.projects.create(ADA, name, **given)
    asked = {
        "plain": ProjectFilter(),
        "search": ProjectFilter(search="0% S"),
        "number": ProjectFilter(search="b-"),
        "everything": ProjectFilter(search="_", include_inactive=True),
        "inactive": ProjectFilter(status="Inactive"),
        "all": ProjectFilter(include_inactive=True, order=(("number", True),)),
        "asset": ProjectFilter(sub_classes=("Asset", "Program")),
        "type": ProjectFilter(type="Bridge", parent_id="p"),
        "page": ProjectFilter(skip=1, top=1),
    }

    found = {name: [project.name for project in library.projects.find(ADA, one)] for name, one in asked.items()}

    assert {
        "plain": ["100% steel", "Wood"],
        "search": ["100% steel"],
        "number": ["Wood"],
        "everything": [],
        "inactive": ["Old"],
        "all": ["Old", "Wood", "100% steel"],
        "asset": ["Wood"],
        "type": ["100% steel"],
        "page": ["Wood"],
    } == found


def test_favorites_and_recents_are_ones_own(library: Library) -> None:
    first, second, third = (library.projects.create(ADA, name) for name in "abc")
    library.projects.note_use(ADA, second.id)
    library.clock.now += 1
    library.projects.note_use(ADA, third.id)
    library.projects.set_favorite(ADA, first.id, favorite=True)

    recents = library.projects.find(ADA, ProjectFilter(recent_first=True))

    assert [third, second, first] == recents
    assert [first] == library.projects.find(ADA, ProjectFilter(favorites=True))


def test_a_project_is_changed_and_goes_when_it_is_empty(library: Library) -> None:
    project = library.projects.create(ADA, "Site", details={"type": "Bridge", "image": "x"})
    model = library.models.create(ADA, project.id, "Plant")

    changed = library.projects.update(ADA, project.id, name="Field", details={"type": None})
    with pytest.raises(NotMeaningful):
        library.projects.delete(ADA, project.id)
    with writing(library.database) as connection:
        delete_model(connection, model.id)
    library.projects.delete(ADA, project.id)

    assert ("Field", {"type": None, "image": "x"}) == (changed.name, changed.details)
    with pytest.raises(NotFound):
        library.projects.get(ADA, project.id)


# --- Models and versions ----------------------------------------------------------------------------------------------


def test_a_model_is_seen_by_the_members_of_its_project_only(library: Library) -> None:
    model = a_model(library)

    assert "Plant" == library.models.get(ADA, model).name
    with pytest.raises(NotFound):
        library.models.get(BEN, model)
    with pytest.raises(NotFound):
        library.models.versions(BEN, model, VersionFilter())


def test_names_of_models_are_taken_once_in_a_project(library: Library) -> None:
    project = library.projects.create(ADA, "Site")
    plant = library.models.create(ADA, project.id, "Plant")
    other = library.models.create(ADA, project.id, "Other", description="a plant too")

    with pytest.raises(AlreadyExists):
        library.models.create(ADA, project.id, "Plant")
    with pytest.raises(AlreadyExists):
        library.models.update(ADA, other.id, name="Plant")

    assert "Plant" == library.models.update(ADA, plant.id, name="Plant", description="x").name
    found = library.models.find(ADA, project.id, ModelFilter(search="PLANT", order=(("name", True),)))
    assert ["Plant", "Other"] == [model.name for model in found]


def test_files_become_versions_of_a_model_that_is_made_by_name(library: Library) -> None:
    first, again, second = (a_version(library, content) for content in (IFC, IFC, STL))
    back = a_version(library, IFC)

    assert [0, 0, 1, 2] == [index for index, _ in (first, again, second, back)]
    assert first == again
    assert 3 == len({first[1], second[1], back[1]})
    assert {40} == {len(changeset) for _, changeset in (first, second, back)}


def test_a_model_begins_with_an_object(library: Library) -> None:
    library.a_bucket()
    digest, project = library.an_object("a/plant.stl", STL), library.projects.create(ADA, "Site").id

    model = library.models.create_of_object(ADA, project, "Plant", ("parts", "a/plant.stl"), description="x")
    version = library.models.baseline(model.id)

    assert version is not None
    assert (digest, "stl", "a/plant.stl") == (version.blob, version.format, version.file_name)
    assert (ModelState.READY, "x") == (model.state, model.description)
    with pytest.raises(NotFound):
        library.models.create_of_object(ADA, project, "Other", ("parts", "nothing"))
    with pytest.raises(NotFound):
        library.models.create_of_object(CYD, project, "Other", ("parts", "a/plant.stl"))


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "a\nb"])
def test_a_name_that_is_none_is_refused(library: Library, name: str) -> None:
    for project, model in ((name, "Plant"), ("Site", name)):
        with pytest.raises(InvalidField):
            a_version(library, STL, project=project, model=model)


def test_a_version_is_found_by_its_index_and_by_its_id(library: Library) -> None:
    a_version(library, IFC)
    _, changeset = a_version(library, STL)
    model = library.models.find(ADA, library.projects.find(ADA, ProjectFilter())[0].id, ModelFilter())[0].id

    assert {1} == {library.models.version(ADA, model, asked).index for asked in ("1", changeset, changeset.upper())}
    for asked in ("0", "2", "", "-1", "x", "9" * 12, "f" * 40):
        with pytest.raises(NotFound):
            library.models.version(ADA, model, asked)
    assert [1] == [version.index for version in library.models.versions(ADA, model, VersionFilter())]


@pytest.mark.parametrize(
    ("head", "name", "format_name", "file_name"),
    [
        (STL, "Plant", "stl", "Plant.stl"),
        (STL, "Plant.STL", "stl", "Plant.STL"),
        (b"SQLite format 3\0" + b"\0" * 100, "Plant", "bim", "Plant.bim"),
        (b"SQLite format 3\0" + b"\0" * 100, "Plant.bim", "bim", "Plant.bim"),
        (b"hello", "Plant", "", "Plant"),
        (b"hello", "Plant.obj", "obj", "Plant.obj"),
    ],
)
def test_the_format_is_what_the_bytes_are_or_what_the_name_says(
    head: bytes, name: str, format_name: str, file_name: str
) -> None:
    assert (format_name, file_name) == (format_of(head, name), file_name_of(head, name))


# --- Uploads ----------------------------------------------------------------------------------------------------------


def an_upload(library: Library, size: int) -> str:
    project = library.projects.create(ADA, "Site")
    return library.model_uploads.begin(ADA, project.id, "Plant", size=size)[0].id


def test_what_was_put_last_becomes_the_baseline(library: Library) -> None:
    model = an_upload(library, len(STL))
    library.model_uploads.put(model, library.staged(b"other"))
    library.model_uploads.put(model, library.staged(STL))

    waiting = library.models.get(ADA, model).state
    version = library.model_uploads.complete(ADA, model)

    assert (ModelState.WAITING, ModelState.READY) == (waiting, library.models.get(ADA, model).state)
    assert (0, "stl", "Plant.stl") == (version.index, version.format, version.file_name)
    assert STL == library.content(version.blob)
    assert (version, None) == (library.models.baseline(model), library.model_uploads.find(model))


def test_an_upload_is_completed_once_however_often_it_is_asked(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if another one completes it meanwhile."""
    model, uploads = an_upload(library, len(STL)), library.model_uploads
    uploads.put(model, library.staged(STL))
    made, head = [], library.models.head

    def meanwhile(blob: str) -> bytes:
        monkeypatch.undo()
        made.append(uploads.complete(ADA, model))
        return head(blob)

    monkeypatch.setattr(library.models, "head", meanwhile)

    assert [uploads.complete(ADA, model)] * 2 == [*made, uploads.complete(ADA, model)]


def test_blocks_become_the_file_in_the_order_of_their_list(library: Library) -> None:
    model = an_upload(library, 6)
    for block_id, content in (("Mw==", b"ef"), ("MQ==", b"xx"), ("Mg==", b"cd"), ("MQ==", b"ab")):
        library.model_uploads.put_block(model, block_id, library.staged(content))

    library.model_uploads.commit(model, ["MQ==", "Mg==", "Mw=="])

    assert b"abcdef" == library.content(library.model_uploads.complete(ADA, model).blob)


def test_blocks_that_do_not_fit_are_refused(library: Library) -> None:
    model = an_upload(library, 2)
    library.model_uploads.put_block(model, "a", library.staged(b"xx"))
    library.model_uploads.put_block(model, "b", library.staged(b"yy"))

    with pytest.raises(BodyTooLarge):
        library.model_uploads.put_block(model, "c", library.staged(b"z"))
    with pytest.raises(BodyTooLarge):
        library.model_uploads.commit(model, ["a", "b"])
    for wrong in (["d"], []):
        with pytest.raises(InvalidField):
            library.model_uploads.commit(model, wrong)


@pytest.mark.parametrize(("content", "error"), [(None, NotFound), (b"four", NotMeaningful)])
def test_an_upload_is_not_completed_before_it_is_whole(
    library: Library, content: bytes | None, error: type[Exception]
) -> None:
    model = an_upload(library, 5)
    if content:
        library.model_uploads.put(model, library.staged(content))

    with pytest.raises(error):
        library.model_uploads.complete(ADA, model)
    with pytest.raises(NotFound):
        library.model_uploads.complete(BEN, model)


def test_an_upload_ends_with_its_time_and_the_sweep_takes_it(library: Library) -> None:
    model = an_upload(library, 5)
    library.model_uploads.put(model, library.staged(b"four"))
    library.clock.now += library.settings.upload_ttl_s * 1000

    swept = sweep(library.database, library.blobs, library.clock)

    assert (1, None) == (swept.uploads, library.model_uploads.find(model))
    with pytest.raises(NotFound):
        library.model_uploads.put(model, library.staged(b"later"))
    assert ModelState.WAITING == library.models.get(ADA, model).state


# --- Names of versions ------------------------------------------------------------------------------------------------


def test_a_version_has_one_name_and_a_name_one_version(library: Library) -> None:
    model = a_model(library)
    first = library.named_versions.create(ADA, model, "Draft", description=None, index=0)

    with pytest.raises(AlreadyExists):
        library.named_versions.create(ADA, model, "Draft", description=None, index=1)
    with pytest.raises(NotMeaningful):
        library.named_versions.create(ADA, model, "Other", description=None, index=0)
    with pytest.raises(NotFound):
        library.named_versions.get(BEN, model, first.id)
    assert "Final" == library.named_versions.update(ADA, model, first.id, name="Final").name

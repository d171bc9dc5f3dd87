"""Trees of folders: what lies under them, their facts, and names for copies of bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from a_library import ADA, CYD, Library, a_library
from outfeed.errors import NotFound
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.folders import FolderRecord, Folders
from outfeed.library.items import Items
from outfeed.library.storages import Storages
from outfeed.library.trees import FolderFacts, Trees


class Wood:
    """A project of Ada's with one file at the top of its files, and a folder inside a folder there."""

    def __init__(self, folder: Path) -> None:
        self.library: Library = a_library(folder)
        database, clock = self.library.database, self.library.clock
        self.folders, self.items, self.trees = Folders(database, clock), Items(database, clock), Trees(database)
        self.storages = Storages(database, clock, self.library.settings)
        self.started = clock.now
        staged = self.library.staged(b"solid")
        project, self.model, self.version = self.library.models.add_version(
            ADA, project="Bridge", model="Part", file=staged, file_name="part.stl"
        )
        self.project = project.id
        self.plans, self.files = self.folders.top(ADA, self.project)
        clock.now += 1000
        self.outer = self.a_folder(self.files, "Outer")
        clock.now += 1000
        self.inner = self.a_folder(self.outer, "Inner")

    def a_folder(self, parent: FolderRecord, name: str) -> FolderRecord:
        return self.folders.create(ADA, self.project, parent.id, name)


@pytest.fixture
def wood(tmp_path: Path) -> Iterator[Wood]:
    made = Wood(tmp_path)
    yield made
    made.library.close()


def test_a_folder_knows_what_is_in_it_and_when_anything_under_it_changed(wood: Wood) -> None:
    found = wood.trees.facts([wood.files, wood.outer, wood.plans])

    assert {
        wood.files.id: FolderFacts(objects=2, changed_at=wood.started + 2000),
        wood.outer.id: FolderFacts(objects=1, changed_at=wood.started + 2000),
        wood.plans.id: FolderFacts(objects=0, changed_at=wood.started),
    } == found


def test_what_is_hidden_is_not_counted_and_what_lies_in_a_hidden_folder_is_not_under_it(wood: Wood) -> None:
    wood.library.clock.now += 1000
    wood.folders.rename(ADA, wood.project, wood.inner.id, "Renamed")
    wood.folders.hide(ADA, wood.project, wood.outer.id)
    wood.items.hide(ADA, wood.project, wood.model.id)

    assert wood.trees.facts([wood.files])[wood.files.id].objects == 0
    assert wood.items.under(ADA, wood.project, wood.files.id) == []


def test_the_roots_of_projects_are_found_at_once(wood: Wood) -> None:
    other = wood.library.projects.create(ADA, "Tower").id

    found = wood.trees.roots([wood.project, other])

    assert {one: wood.folders.root(ADA, one).id for one in (wood.project, other)} == found


def test_all_under_a_folder_is_found_by_members_of_its_project_alone(wood: Wood) -> None:
    root = wood.folders.root(ADA, wood.project).id

    assert [item.model.id for item in wood.items.under(ADA, wood.project, root)] == [wood.model.id]
    assert wood.items.under(ADA, wood.project, wood.outer.id) == []
    with pytest.raises(NotFound):
        wood.items.under(CYD, wood.project, root)


def test_a_folder_tells_its_path_from_the_root(wood: Wood) -> None:
    path = wood.folders.path(ADA, wood.project, wood.inner.id)

    assert ["Project Root Folder", "Project Files", "Outer", "Inner"] == [folder.name for folder in path]


def test_a_hidden_folder_is_listed_as_hidden(wood: Wood) -> None:
    wood.folders.hide(ADA, wood.project, wood.outer.id)

    found = wood.folders.inside(ADA, wood.project, wood.files.id)

    assert [(wood.outer.id, True)] == [(folder.id, folder.hidden) for folder in found]


def test_a_file_and_its_newest_version_get_a_new_name_together(wood: Wood) -> None:
    renamed = wood.items.rename(ADA, wood.project, wood.model.id, "gear.stl")

    assert ("gear.stl", "gear.stl", "gear.stl") == (
        renamed.model.name,
        renamed.version.file_name,
        renamed.source_name,
    )


def test_a_copy_is_an_object_with_the_bytes_of_a_version(wood: Wood) -> None:
    copied = wood.storages.filled(ADA, wood.project, "part.stl", wood.version)

    made = wood.library.objects.linked(STORAGE_BUCKET, copied.name, wood.version.blob)
    assert (wood.version.sha1, 5) == (made.sha1, made.size)
    assert copied.name.endswith(".stl")
    assert copied.version_id is None
    with pytest.raises(NotFound):
        wood.storages.filled(CYD, wood.project, "part.stl", wood.version)

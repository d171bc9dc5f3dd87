"""Data Management's JSON: every resource against a golden file, and what depends on its state."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.aps import dm_items_wire as items
from outfeed.dialects.aps import dm_projects_wire as projects
from outfeed.dialects.aps.dm_errors import error_json
from outfeed.dialects.aps.dm_frame import document, iso
from outfeed.dialects.autodesk.names import folder_urn
from outfeed.jobs.states import State
from outfeed.library.folders import FolderKind
from outfeed.library.projects import Platform, ProjectRecord
from outfeed.library.trees import FolderFacts
from unit.dm_door import FRAME, PROJECT_ID, a_file, a_folder, a_sheet, uid
from unit.helpers import NOW

GOLDEN = Path(__file__).parents[1] / "golden" / "dm"
BASE = FRAME.base
FACTS = FolderFacts(objects=4, changed_at=NOW + 120_000)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def a_project(**details: Any) -> ProjectRecord:
    by: dict[str, Any] = {"created_by": uid(7), "created_at": NOW, "modified_by": uid(7), "modified_at": NOW}
    return ProjectRecord(id=PROJECT_ID, name="Tower", number=PROJECT_ID, details=details, **by)


CASES = {
    "hub": lambda: projects.hub_json(BASE),
    "project": lambda: projects.project_json(a_project(), uid(3), base=BASE),
    "folder": lambda: projects.folder_json(a_folder(), FACTS, FRAME),
    "file_item": lambda: items.item_json(a_file(), FRAME, path="/Plans/Floors"),
    "document_item": lambda: items.item_json(a_sheet(), FRAME),
    "file_version": lambda: items.version_json(a_file(), FRAME),
    "document_version": lambda: items.version_json(a_sheet(), FRAME),
    "reference": lambda: items.ref_json(items.Ref(a_sheet(), a_file()), BASE),
    "storage": lambda: items.storage_json(
        "6e1e3dcd-22cc-4a0c-8a71-6c3eb3f6c6a4.pdf", {"type": "folders", "id": folder_urn(uid(2))}, FRAME
    ),
    "formats": lambda: items.formats_json(a_file()),
    "download": lambda: items.download_json(a_file(), "6e1e3dcd-22cc-4a0c-8a71-6c3eb3f6c6a4.pdf", FRAME),
    "error": lambda: error_json(uid(9), 404, "NOT_FOUND", "There is nothing here under this name, or it is not yours."),
    "document": lambda: document([], links={"self": f"{BASE}/project/v1/hubs"}, included=[]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_resource_looks_like_the_reference(name: str) -> None:
    assert golden(name) == CASES[name]()


def test_every_golden_file_has_its_test() -> None:
    assert set(CASES) == {path.stem for path in GOLDEN.iterdir()}


@pytest.mark.parametrize(
    ("platform", "said"), [({}, "BIM360"), ({"platform": "acc"}, "ACC"), ({"platform": 7}, "BIM360")]
)
def test_a_project_says_which_product_it_stands_in_for(platform: dict[str, Any], said: str) -> None:
    shown = projects.project_json(a_project(**platform), uid(3), base=BASE)

    assert {"projectType": said} == shown["attributes"]["extension"]["data"]


def test_an_unknown_platform_is_the_first_one() -> None:
    assert Platform.BIM360 is projects.platform_of(a_project(platform="other"))


def test_the_root_of_a_project_has_no_parent_and_folders_of_files_are_not_split() -> None:
    root = projects.folder_json(a_folder(parent_id=None, kind=FolderKind.ROOT), FACTS, FRAME)
    files = projects.folder_json(a_folder(kind=FolderKind.FILES), FACTS, FRAME)

    assert {"refs", "links", "contents"} == set(root["relationships"])
    assert ([], ["items:autodesk.bim360:File"]) == (
        files["attributes"]["extension"]["data"]["actions"],
        files["attributes"]["extension"]["data"]["visibleTypes"],
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, ("NOT_SPLIT", "SUCCESS", "PROCESSING_COMPLETE")),
        (State.QUEUED, ("PENDING", "PENDING", "PROCESSING")),
        (State.RUNNING, ("PENDING", "PENDING", "PROCESSING")),
        (State.SUCCEEDED, ("SPLIT", "SUCCESS", "PROCESSING_COMPLETE")),
        (State.FAILED, ("FAILED", "FAILED", "PROCESSING_FAILED")),
        (State.CANCELLED, ("FAILED", "FAILED", "PROCESSING_FAILED")),
    ],
)
def test_a_version_says_how_its_reading_as_sheets_stands(state: State | None, said: tuple[str, str, str]) -> None:
    data = items.version_json(a_file(reading=state), FRAME)["attributes"]["extension"]["data"]

    assert said == (data["splittingState"], data["extractionState"], data["processState"])
    assert "errorMessage" not in data


def test_a_version_says_why_it_could_not_be_read() -> None:
    shown = items.version_json(a_file(reading=State.FAILED, error="The source file is damaged."), FRAME)

    assert shown["attributes"]["extension"]["data"]["errorMessage"] == "The source file is damaged."


def test_a_deleting_version_is_the_newest_one_under_another_type() -> None:
    shown = items.deleted_json(a_file(), FRAME)

    assert "versions:autodesk.core:Deleted" == shown["attributes"]["extension"]["type"]
    assert items.version_json(a_file(), FRAME)["id"] == shown["id"]


def test_a_reference_is_the_same_from_both_ends_but_for_its_direction() -> None:
    from_page = items.ref_json(items.Ref(a_sheet(), a_file()), BASE)
    from_file = items.ref_json(items.Ref(a_file(), a_sheet()), BASE)

    assert (from_page["meta"]["toId"], from_page["meta"]["fromId"]) == (from_file["id"], from_page["id"])
    assert ("to", "from") == (from_page["meta"].pop("direction"), from_file["meta"].pop("direction"))
    assert from_page["meta"] == from_file["meta"]


def test_versions_without_bytes_of_their_own_name_no_storage() -> None:
    shown = items.version_json(replace(a_file(), storage=None), FRAME)

    assert "storage" not in shown["relationships"]


def test_a_name_without_an_end_has_no_file_type() -> None:
    version = replace(a_file().version, file_name="README")
    shown = items.version_json(replace(a_file(), version=version, source_name="README"), FRAME)

    assert ("", "application/octet-stream") == (shown["attributes"]["fileType"], shown["attributes"]["mimeType"])


def test_times_have_seven_digits() -> None:
    assert "2023-11-14T22:13:20.0070000Z" == iso(NOW + 7)

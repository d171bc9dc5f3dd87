"""The list of a project's sheets: fields, pages, filters, and who may."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.autodesk.names import version_urn
from unit.sheets_door import BASE, NOBODY, Json, SheetsDoor, a_sheets_door, local

GOLDEN = Path(__file__).parents[1] / "golden" / "acc"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[SheetsDoor]:
    with a_sheets_door(tmp_path) as door:
        yield door


def listed(door: SheetsDoor, query: str = "", headers: dict[str, str] | None = None) -> Any:
    path = f"/construction/sheets/v1/projects/{door.project}/sheets"
    return door.client.get(f"{path}?{query}", headers=headers or door.headers())


def found(door: SheetsDoor, query: str = "") -> Json:
    answer = listed(door, query)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def numbers(door: SheetsDoor, query: str = "") -> list[str]:
    return [sheet["number"] for sheet in found(door, query)["results"]]


def test_a_sheet_has_the_documented_fields(door: SheetsDoor) -> None:
    """Every field of the reference, in its type; ids are those of this test."""
    sheet, file = door.sheets[0], door.file
    ours = {
        "<version>": sheet.version.id,
        "<file>": file.version.id,
        "<user>": door.site.ann.principal_id,
        "<urn>": version_urn(sheet.model.id, 0),
    }
    text = (GOLDEN / "sheets.json").read_text()
    for name, value in ours.items():
        text = text.replace(name, value)

    assert json.loads(text) == found(door, "limit=1")["results"]


def test_a_list_has_pages(door: SheetsDoor) -> None:
    first = found(door, "limit=1&currentOnly=true")
    second = door.client.get(local(first["pagination"]["nextUrl"]), headers=door.headers()).json()

    assert [["A-101"], ["A-102"]] == [[sheet["number"] for sheet in page["results"]] for page in (first, second)]
    root = f"{BASE}/construction/sheets/v1/projects/{door.project}/sheets?currentOnly=true&limit=1&offset="
    assert {
        "limit": 1,
        "offset": 0,
        "previousUrl": "",
        "nextUrl": f"{root}1",
        "totalResults": 2,
    } == first["pagination"]
    assert ("", f"{root}0") == (second["pagination"]["nextUrl"], second["pagination"]["previousUrl"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["A-101", "A-102"]),
        ("searchText=102", ["A-102"]),
        ("searchText=a-1", []),
        ("searchText=%25", []),
        ("offset=2", []),
        ("filter[versionSetId]=x", []),
        ("filter[tags]=north", []),
        ("filter[tags]=__UNTAGGED", ["A-101", "A-102"]),
        ("collectionId=*", ["A-101", "A-102"]),
        (f"collectionId={NOBODY}", []),
        ("isDeleted=false", ["A-101", "A-102"]),
    ],
)
def test_a_list_can_be_narrowed(door: SheetsDoor, query: str, expected: list[str]) -> None:
    assert expected == numbers(door, query)


def test_only_some_fields_may_be_asked_for(door: SheetsDoor) -> None:
    assert [{"id", "number"}] * 2 == [set(sheet) for sheet in found(door, "fields=id&fields=number")["results"]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=9" + "9" * 30, "limit=²"])
def test_a_number_that_is_none_is_refused(door: SheetsDoor, query: str) -> None:
    assert 400 == listed(door, query).status_code


def test_deleted_sheets_are_not_listed(door: SheetsDoor) -> None:
    door.site.services.items.hide(door.site.ann, door.project, door.sheets[0].model.id)

    assert ["A-102"] == numbers(door)
    assert 501 == listed(door, "isDeleted=true").status_code


def test_sheets_are_found_by_their_ids_in_their_order(door: SheetsDoor) -> None:
    path = f"/construction/sheets/v1/projects/{door.project}/sheets:batch-get"
    ids = [sheet.version.id for sheet in door.sheets]
    body = {"ids": [ids[1], NOBODY, ids[0], door.file.version.id]}

    answer = door.client.post(path, json=body, headers=door.headers())

    assert (200, ids[::-1]) == (answer.status_code, [sheet["id"] for sheet in answer.json()["results"]])
    assert [400, 400] == [
        door.client.post(path, json={"ids": wrong}, headers=door.headers()).status_code
        for wrong in ([], [NOBODY] * 201)
    ]


def test_who_is_no_member_sees_no_list(door: SheetsDoor) -> None:
    stranger = door.headers("cyd@example.org")
    path = f"/construction/sheets/v1/projects/{door.project}/sheets:batch-get"

    assert [404, 404] == [
        listed(door, headers=stranger).status_code,
        door.client.post(path, json={"ids": [door.sheets[0].version.id]}, headers=stranger).status_code,
    ]

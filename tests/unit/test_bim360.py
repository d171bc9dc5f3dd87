"""Page exports over the application: starts, states, links, and who may."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pikepdf
import pytest

from outfeed.dialects.autodesk.names import version_urn
from outfeed.errors import SourceDamaged
from outfeed.jobs.states import State
from unit.sheets_door import NOBODY, Json, SheetsDoor, a_sheets_door, local


@pytest.fixture
def door(tmp_path: Path) -> Iterator[SheetsDoor]:
    with a_sheets_door(tmp_path) as door:
        yield door


def start(door: SheetsDoor, sheet: int = 0, headers: dict[str, str] | None = None, **fields: Any) -> Json:
    """Return the answer to a start, by Ann unless somebody else is named."""
    path = door.versions_of(door.sheets[sheet]) + "/exports"
    answer = door.client.post(path, json=fields, headers=headers or door.headers())
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def status(door: SheetsDoor, export_id: str, sheet: int = 0, headers: dict[str, str] | None = None) -> Any:
    path = f"{door.versions_of(door.sheets[sheet])}/exports/{export_id}"
    return door.client.get(path, headers=headers or door.headers())


def done(door: SheetsDoor, **fields: Any) -> Json:
    """Return a finished export of the first sheet."""
    started = start(door, **fields)
    door.site.run()
    found: Json = status(door, started["id"]).json()
    assert found["status"] == "completed"
    return found


def texts_of(data: bytes) -> list[str]:
    """Return the texts of a page's annotations."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [str(one.get("/Contents", "")) for one in pdf.pages[0].get("/Annots", [])]


# --- Starts and states ------------------------------------------------------------------------------------------------


def test_an_export_is_committed_and_then_completed(door: SheetsDoor) -> None:
    started = start(door, includeMarkups=False, includeHyperlinks=True)
    assert {"id", "status"} == set(started)
    before = status(door, started["id"]).json()
    door.site.run()

    after = status(door, started["id"]).json()

    assert {"id": started["id"], "status": "committed"} == started == before
    assert (started["id"], "completed") == (after["id"], after["status"])
    assert ["versionUrn", "resourceId", "link", "signedUrl"] == list(after["data"])


def test_the_same_again_is_the_same_export_with_a_new_link(door: SheetsDoor) -> None:
    first = done(door, includeMarkups=True)
    door.site.clock.now += 1000

    again = start(door, includeMarkups=True)

    assert (first["id"], "completed") == (again["id"], again["status"])
    assert first["data"]["resourceId"] == again["data"]["resourceId"]
    assert first["data"]["signedUrl"] != again["data"]["signedUrl"]


def test_other_options_and_other_sheets_are_other_exports(door: SheetsDoor) -> None:
    plain, marked = start(door), start(door, includeMarkups=True)
    linked, second = start(door, includeHyperlinks=True), start(door, sheet=1)

    assert 4 == len({export["id"] for export in (plain, marked, linked, second)})
    assert plain["id"] == start(door, includeMarkups=False, includeHyperlinks=False)["id"]
    assert linked["id"] == start(door, includeCallouts=True)["id"]


@pytest.mark.parametrize("body", [b"", b"{}", b" \n"])
def test_a_start_needs_no_body(door: SheetsDoor, body: bytes) -> None:
    path = door.versions_of(door.sheets[0]) + "/exports"

    answer = door.client.post(path, content=body, headers=door.headers())

    assert (200, start(door)["id"]) == (answer.status_code, answer.json()["id"])


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"includeMarkups": 1}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_wrong_is_refused(door: SheetsDoor, body: bytes) -> None:
    path = door.versions_of(door.sheets[0]) + "/exports"

    answer = door.client.post(path, content=body, headers=door.headers(Content_Type="application/json"))

    assert 400 == answer.status_code
    assert [{"code", "title", "detail"}] == [set(error) for error in answer.json()["errors"]]


def test_an_export_that_failed_says_why_and_is_made_anew(door: SheetsDoor) -> None:
    started = start(door)
    job = door.site.services.sheet_exports.by_link(started["id"]).job_id
    door.ended_badly(job, SourceDamaged.code)

    found = status(door, started["id"]).json()

    assert (started["id"], "failed", "source_damaged") == (found["id"], found["status"], found["error"]["code"])
    assert str(SourceDamaged("So it is.")) == found["error"]["detail"]
    assert started["id"] != start(door)["id"]


def test_a_project_may_be_called_by_its_longer_name(door: SheetsDoor) -> None:
    path = door.versions_of(door.sheets[0], project=f"b.{door.project}") + "/exports"

    assert start(door)["id"] == door.client.post(path, headers=door.headers()).json()["id"]


def test_a_version_that_is_not_encoded_is_understood(door: SheetsDoor) -> None:
    """A raw question mark ends the path: the rest of the address is then in the query."""
    sheet = door.sheets[0]
    raw = f"/bim360/docs/v1/projects/{door.project}/versions/{version_urn(sheet.model.id, sheet.version.index)}"
    moved = raw.replace("?version=1", "/exports{}?version=1")
    export = start(door)["id"]
    headers = door.headers()

    answers = [
        door.client.post(f"{raw}/exports", headers=headers),
        door.client.get(f"{raw}/exports/{export}", headers=headers),
        door.client.post(moved.format(""), headers=headers),
        door.client.get(moved.format(f"/{export}"), headers=headers),
    ]

    assert [export] * 4 == [answer.json()["id"] for answer in answers]
    assert [404, 404] == [
        door.client.post(raw, headers=headers).status_code,
        door.client.get(f"{raw}/imports/{export}", headers=headers).status_code,
    ]


# --- What cannot be exported ------------------------------------------------------------------------------------------


def test_a_file_is_refused_with_the_names_of_its_sheets(door: SheetsDoor) -> None:
    answer = door.client.post(door.versions_of(door.file) + "/exports", headers=door.headers())
    detail = answer.json()["errors"][0]["detail"]

    assert 400 == answer.status_code
    assert [True, True] == [version_urn(sheet.model.id, 0) in detail for sheet in door.sheets]


def test_a_project_of_acc_is_refused(door: SheetsDoor) -> None:
    door.site.services.projects.update(door.site.ann, door.project, details={"platform": "acc"})
    path = door.versions_of(door.sheets[0]) + "/exports"

    answers = [
        door.client.post(path, headers=door.headers()),
        door.client.get(f"{path}/{NOBODY}", headers=door.headers()),
    ]

    assert [400, 400] == [answer.status_code for answer in answers]
    assert "/construction/files/v1" in answers[0].json()["errors"][0]["detail"]


def test_an_export_belongs_to_one_version_of_one_project(door: SheetsDoor) -> None:
    export, other = start(door)["id"], door.site.services.projects.create(door.site.ann, "Other")
    path = f"{door.versions_of(door.sheets[0], project=other.id)}/exports/{export}"

    assert [200, 404, 404, 404, 404] == [
        status(door, export).status_code,
        status(door, export, sheet=1).status_code,
        door.client.get(path, headers=door.headers()).status_code,
        status(door, NOBODY).status_code,
        status(door, "x").status_code,
    ]


@pytest.mark.parametrize(
    "version", ["x", "urn:adsk.wipprod:fs.file:vf.AAAAAAAAAAAAAAAAAAAAAA?version=1", "urn:adsk.wipprod:fs.file:vf.x"]
)
def test_a_version_that_is_not_there_is_not_found(door: SheetsDoor, version: str) -> None:
    path = f"/bim360/docs/v1/projects/{door.project}/versions/{quote(version, safe='')}/exports"

    assert 404 == door.client.post(path, headers=door.headers()).status_code


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("app_in", [True, False])
@pytest.mark.parametrize("user_in", [True, False])
def test_acting_for_a_user_narrows_and_never_widens(door: SheetsDoor, app_in: bool, user_in: bool) -> None:  # noqa: FBT001 - columns of the table
    app, user = door.app(member=app_in), door.user("bob@example.org", member=user_in)
    path = door.versions_of(door.sheets[0]) + "/exports"

    alone = door.client.post(path, headers=app).status_code
    together = door.client.post(path, headers=app | {"x-user-id": user}).status_code
    nobody = door.client.post(path, headers=app | {"x-user-id": "nobody"}).status_code

    assert [200 if app_in else 404, 200 if app_in and user_in else 404] == [alone, together]
    assert nobody == (403 if app_in else 404)


def test_a_users_own_token_acts_for_nobody_else(door: SheetsDoor) -> None:
    member = door.user("bob@example.org", member=True)
    path = door.versions_of(door.sheets[0]) + "/exports"

    stranger = door.client.post(path, headers=door.headers("cyd@example.org", x_user_id=member))

    assert 404 == stranger.status_code


def test_members_who_see_the_same_get_the_same_export(door: SheetsDoor) -> None:
    door.user("bob@example.org", member=True)
    bob = door.headers("bob@example.org")

    plain = [start(door, headers=who)["id"] for who in (None, bob)]
    marked = [start(door, headers=who, includeMarkups=True)["id"] for who in (None, bob)]

    assert [1, 1] == [len(set(plain)), len(set(marked))]
    assert [200, 200] == [status(door, export, headers=bob).status_code for export in (plain[0], marked[0])]


def test_unpublished_markups_are_in_nobody_elses_export(door: SheetsDoor) -> None:
    bob, sheet = door.user("bob@example.org", member=True), door.sheets[0]
    as_bob, exports = door.headers("bob@example.org"), door.site.services.sheet_exports
    before = start(door, headers=as_bob, includeMarkups=True)["id"]
    door.marked(sheet, door.site.ann.principal_id, published=False, text="only Ann")
    door.marked(sheet, bob, published=True, text="for all")

    anns, bobs = (start(door, headers=who, includeMarkups=True)["id"] for who in (None, as_bob))
    door.site.run()

    assert 3 == len({before, anns, bobs})
    files = [exports.artifact(export).blob for export in (anns, bobs)]
    assert [["for all", "only Ann"], ["for all"]] == [sorted(texts_of(door.site.bytes_of(blob))) for blob in files]
    assert [200, 200, 404] == [status(door, export, headers=as_bob).status_code for export in (before, bobs, anns)]
    link = local(status(door, anns).json()["data"]["link"])
    assert [200, 404] == [door.client.get(link, headers=who).status_code for who in (door.headers(), as_bob)]


def test_nobody_is_answered_without_a_token_or_its_scope(door: SheetsDoor) -> None:
    path = door.versions_of(door.sheets[0]) + "/exports"

    none = door.client.post(path)
    bad = door.client.post(path, headers={"Authorization": "Bearer x"})
    other = door.client.post(path, headers=door.headers("ann@example.org", "data:write"))

    assert [(401, "AUTH-012"), (401, "AUTH-006"), (403, "AUTH-010")] == [
        (answer.status_code, answer.json()["errorCode"]) for answer in (none, bad, other)
    ]


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with a_sheets_door(tmp_path, rate_per_s=1, rate_burst_s=2) as door:
        answers = [status(door, NOBODY) for _ in range(3)]

    assert [404, 404, 429] == [answer.status_code for answer in answers]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2


def test_no_cache_keeps_an_answer_with_a_link(door: SheetsDoor) -> None:
    export = done(door)["id"]

    assert "no-store" == status(door, export).headers["cache-control"]


def test_calls_that_are_not_built_say_so(door: SheetsDoor) -> None:
    path = f"/bim360/docs/v1/projects/{door.project}/versions:batch-get"

    answers = [door.client.post(path, headers=door.headers()), door.client.post(path)]

    assert [501, 401] == [answer.status_code for answer in answers]
    assert "not_built" == answers[0].json()["errors"][0]["code"]


def test_a_cancelled_export_has_failed(door: SheetsDoor) -> None:
    started = start(door)
    job = door.site.services.sheet_exports.by_link(started["id"]).job_id
    door.ended_badly(job, "job_cancelled", State.CANCELLED)

    assert ("failed", "job_cancelled") == (
        status(door, started["id"]).json()["status"],
        status(door, started["id"]).json()["error"]["code"],
    )

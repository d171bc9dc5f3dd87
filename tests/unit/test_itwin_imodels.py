"""The iModels API, over the whole application."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from outfeed.database import reading
from outfeed.jobs.states import State
from outfeed.schema import jobs
from unit.itwin_door import Door, a_door

NOBODY = "00000000-0000-4000-8000-000000000000"
BOB = "bob@example.org"
STL = b"solid x\nendsolid x\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("door"), upload_ttl_s=60) as opened:
        yield opened


@pytest.fixture
def itwin(door: Door) -> str:
    """Return the id of an iTwin with one model."""
    return door.a_model().project_id


def told(answer: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """Return status, code, and the details' codes with their targets."""
    error = answer.json()["error"]
    details = [(detail["code"], detail["target"]) for detail in error.get("details", [])]
    return answer.status_code, error["code"], details


def an_imodel(door: Door, itwin: str, **fields: Any) -> dict[str, Any]:
    body = {"iTwinId": itwin, "name": "Plant", **fields}
    answer = door.client.post("/imodels", json=body, headers=door.headers())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["iModel"]
    return made


def completed(door: Door, model: dict[str, Any]) -> Any:
    return door.client.post(model["_links"]["complete"]["href"], json={}, headers=door.headers())


# --- Models -----------------------------------------------------------------------------------------------------------


def test_an_empty_imodel_is_ready_at_once(door: Door, itwin: str) -> None:
    extent = {"southWest": {"latitude": 1, "longitude": 2}, "northEast": {"latitude": 3, "longitude": 4}}
    made = an_imodel(door, itwin, creationMode="empty", description="All of it", extent=extent)
    own = f"http://outfeed.example/imodels/{made['id']}"
    creator = door.client.get("/users/me", headers=door.headers()).json()["user"]["id"]

    assert made == door.client.get(f"/iModels/{made['id'].upper()}/", headers=door.headers()).json()["iModel"]
    assert {
        "id": made["id"],
        "displayName": "Plant",
        "name": "Plant",
        "description": "All of it",
        "state": "initialized",
        "createdDateTime": made["createdDateTime"],
        "lastChangesetPushDateTime": None,
        "iTwinId": itwin,
        "isSecured": False,
        "extent": extent,
        "containersEnabled": 0,
        "dataCenterLocation": "East US",
        "_links": {
            "creator": {"href": f"{own}/users/{creator}"},
            "changesets": {"href": f"{own}/changesets"},
            "namedVersions": {"href": f"{own}/namedversions"},
        },
    } == made
    operation = door.client.get(f"/imodels/{made['id']}/operations/create", headers=door.headers()).json()
    assert {"createOperation": {"state": "successful", "clonedFrom": None, "forkedFrom": None}} == operation


def test_lists_find_what_they_ask_for(door: Door, itwin: str) -> None:
    an_imodel(door, itwin, description="of steel")
    an_imodel(door, itwin, name="Waits", baselineFile={"size": 5})

    def found(query: str) -> list[str]:
        answer = door.get(f"/imodels/?iTwinId={itwin}&{query}")
        assert answer.status_code == 200, answer.text
        return [model["displayName"] for model in answer.json()["iModels"]]

    assert ["Bridge", "Plant", "Waits"] == found("") == found("$orderBy=name")
    assert ["Waits"] == found("state=notInitialized") == found("$top=1&$skip=2")
    assert ["Plant"] == found("name=Plant") == found("%24search=STEEL")
    assert ["Waits", "Plant", "Bridge"] == found("$orderBy=name%20desc")


def test_a_list_is_short_and_has_all_its_links(door: Door, itwin: str) -> None:
    answer = door.client.get(f"/imodels?iTwinId={itwin}", headers=door.headers()).json()

    assert [{"id", "displayName"}] == [set(model) for model in answer["iModels"]]
    assert {"self", "prev", "next"} == set(answer["_links"])
    assert (None, None) == (answer["_links"]["prev"], answer["_links"]["next"])


def test_an_imodel_is_changed_and_deleted_with_its_exports(door: Door) -> None:
    model = door.a_model(versions=2)
    export = door.start(model)["id"]
    own = f"/imodels/{model.id}"
    with reading(door.services.database) as connection:
        job = connection.execute(sa.select(jobs.c.id).order_by(jobs.c.created_at.desc())).scalars().first()

    changed = door.client.patch(own, json={"name": "Dam", "description": None}, headers=door.headers())
    deleted = door.client.delete(own, headers=door.headers())

    assert (200, "Dam") == (changed.status_code, changed.json()["iModel"]["name"])
    assert (204, b"", False) == (deleted.status_code, deleted.content, "content-type" in deleted.headers)
    assert (404, "iModelNotFound", []) == told(door.get(own))
    assert (404, "ExportNotFound", []) == told(door.get(f"/mesh-export/{export}"))
    assert State.CANCELLED == door.services.jobs.find(str(job)).state  # type: ignore[union-attr] # it is there


def test_who_is_no_member_finds_no_imodel(door: Door) -> None:
    model, headers = door.a_model(versions=2), door.headers(BOB)
    own = f"/imodels/{model.id}"
    reads = ("", "/baselinefile", "/operations/create", "/changesets", "/changesets/1", "/namedversions", "/users")
    answers = [door.client.get(own + path, headers=headers) for path in reads]
    answers += [
        door.client.get(f"{own}/namedversions/{NOBODY}", headers=headers),
        door.client.get(f"{own}/users/{NOBODY}", headers=headers),
        door.client.get(f"{own}/permissions", headers=headers),
        door.client.get(f"{own}/changesets/1/checkpoint", headers=headers),
        door.client.patch(own, json={"name": "Mine"}, headers=headers),
        door.client.delete(own, headers=headers),
        door.client.post(f"{own}/baselinefile", json={}, headers=headers),
        door.client.post(f"{own}/changesets", json={}, headers=headers),
        door.client.post(f"{own}/namedversions", json={"name": "x"}, headers=headers),
        door.client.patch(f"{own}/namedversions/{NOBODY}", json={"name": "x"}, headers=headers),
    ]
    project = door.client.get(f"/imodels?iTwinId={model.project_id}", headers=headers)
    new = door.client.post("/imodels", json={"iTwinId": model.project_id, "name": "x"}, headers=headers)

    assert [(404, "iModelNotFound", [])] * len(answers) == [told(answer) for answer in answers]
    assert [(404, "iTwinNotFound", [])] * 2 == [told(project), told(new)]


def test_a_name_that_is_taken_is_told(door: Door, itwin: str) -> None:
    made = an_imodel(door, itwin)

    again = door.client.post("/imodels", json={"iTwinId": itwin, "name": "Plant"}, headers=door.headers())
    renamed = door.client.patch(f"/imodels/{made['id']}", json={"name": "Bridge"}, headers=door.headers())

    assert [(409, "iModelExists", [])] * 2 == [told(again), told(renamed)]


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"iTwinId": None}, ("MissingRequiredProperty", "iTwinId")),
        ({"iTwinId": "toto"}, ("InvalidValue", "iTwinId")),
        ({"iTwinId": 7}, ("InvalidValue", "iTwinId")),
        ({"name": ""}, ("MissingRequiredProperty", "name")),
        ({"name": "x" * 256}, ("InvalidValue", "name")),
        ({"description": "x" * 256}, ("InvalidValue", "description")),
        ({"extent": {"southWest": {"latitude": 1}}}, ("InvalidValue", "extent")),
        ({"extent": "x"}, ("InvalidValue", "extent")),
        ({"creationMode": "magic"}, ("InvalidValue", "creationMode")),
        ({"creationMode": "fromBaseline"}, ("MissingRequiredProperty", "baselineFile")),
        ({"creationMode": "fromiModelVersion"}, ("InvalidValue", "creationMode")),
        ({"template": {"iModelId": NOBODY}}, ("InvalidValue", "template")),
        (
            {"creationMode": "empty", "baselineFile": {"size": 5}},
            ("MutuallyExclusivePropertiesProvided", "baselineFile"),
        ),
        ({"baselineFile": {"size": 0}}, ("InvalidValue", "baselineFile")),
        ({"baselineFile": {"size": 1e400}}, ("InvalidRequestBody", "body")),
        ({"baselineFile": 5}, ("InvalidValue", "baselineFile")),
        ({"baselineFile": {"urn": "urn:adsk.objects:os.object:parts"}}, ("InvalidValue", "baselineFile")),
        ({"baselineFile": {"urn": 5}}, ("InvalidValue", "baselineFile")),
    ],
)
def test_what_is_wrong_with_a_new_imodel_is_told(
    door: Door, itwin: str, fields: dict[str, Any], detail: tuple[str, str]
) -> None:
    body = json.dumps({"iTwinId": itwin, "name": "Plant", **fields})

    answer = door.client.post("/imodels/", content=body, headers=door.headers())

    assert (422, "InvalidiModelsRequest", [detail]) == told(answer)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/imodels", ("MissingRequiredParameter", "iTwinId")),
        ("/imodels?iTwinId=toto", ("InvalidValue", "iTwinId")),
        ("/imodels?iTwinId={itwin}&state=x", ("InvalidValue", "state")),
        ("/imodels?iTwinId={itwin}&$orderBy=name sideways", ("InvalidValue", "$orderBy")),
        ("/imodels/{model}/changesets?afterIndex=x", ("InvalidValue", "afterIndex")),
        ("/imodels/{model}/changesets?lastIndex=99999999999", ("InvalidValue", "lastIndex")),
        ("/imodels/{model}/namedversions?state=x", ("InvalidValue", "state")),
        ("/imodels/{model}/users?$top=0", ("InvalidValue", "$top")),
    ],
)
def test_a_parameter_that_cannot_be_is_told(door: Door, path: str, detail: tuple[str, str]) -> None:
    model = door.a_model()

    answer = door.get(path.format(itwin=model.project_id, model=model.id))

    assert (422, "InvalidiModelsRequest", [detail]) == told(answer)


def test_the_members_of_the_itwin_are_the_users_of_its_models(door: Door) -> None:
    model = door.a_model()
    users = door.get(f"/imodels/{model.id}/users").json()["users"]
    href = users[0]["_links"]["self"]["href"]

    assert ["ann@example.org"] == [user["email"] for user in users]
    assert {"user": users[0]} == door.get(href).json()
    assert (404, "UserNotFound", []) == told(door.get(f"/imodels/{model.id}/users/{NOBODY}"))
    assert {"imodels_read", "imodels-delete"} < set(door.get(f"/imodels/{model.id}/permissions").json()["permissions"])


@pytest.mark.parametrize("path", ["locks", "briefcases", "thumbnail", "changesetgroups", "operations/fork"])
def test_what_is_not_served_is_no_operation(door: Door, path: str) -> None:
    model = door.a_model()

    answer = door.get(f"/imodels/{model.id}/{path}")

    assert (404, "ResourceNotFound", [("OperationNotFound", "operation")]) == told(answer)


@pytest.mark.parametrize(
    "path", ["/storage/", "/Synchronization/imodels", "/reality-management/reality-data/x?iTwinId=x"]
)
def test_an_area_that_is_not_served_is_told_in_the_platforms_words(door: Door, path: str) -> None:
    assert (404, "ResourceNotFound", [("OperationNotFound", "operation")]) == told(door.get(path))


# --- The file that a model begins with --------------------------------------------------------------------------------


def test_a_file_becomes_the_baseline_as_stock_clients_send_it(door: Door, itwin: str) -> None:
    made = an_imodel(door, itwin, baselineFile={"size": len(STL)})
    upload, own = made["_links"]["upload"], f"/imodels/{made['id']}"
    before = door.get(f"{own}/baselinefile").json()["baselineFile"]
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2024-11-04", "Content-Type": "application/octet-stream"}

    put = door.client.put(upload["href"], content=STL, headers=headers)
    after = [completed(door, made).json()["baselineFile"] for _ in range(2)]
    model = door.get(own).json()["iModel"]

    assert ("notInitialized", "azure", 3) == (made["state"], upload["storageType"], upload["href"].count("/") - 2)
    assert ("waitingForFile", None) == (before["state"], before["_links"]["download"])
    assert (201, b"") == (put.status_code, put.content)
    assert ["initialized"] * 2 == [file["state"] for file in after]
    assert ("Plant.stl", len(STL)) == (after[0]["displayName"], after[0]["fileSize"])
    assert ("initialized", {"creator", "changesets", "namedVersions"}) == (model["state"], set(model["_links"]))
    assert (404, "FileNotFound", []) == told(door.client.put(upload["href"], content=STL))


def test_who_may_only_look_is_not_told_where_a_file_goes(door: Door, itwin: str) -> None:
    """The address takes a file from whoever has it."""
    own = f"/imodels/{an_imodel(door, itwin, baselineFile={'size': 5})['id']}"

    links = {
        scope: set(door.client.get(own, headers=door.headers("ann@example.org", scope)).json()["iModel"]["_links"])
        for scope in ("imodels:read", "imodels:modify")
    }

    assert {"upload", "complete"} == links["imodels:modify"] - links["imodels:read"]


def test_a_baseline_is_downloaded_by_its_link(door: Door, itwin: str) -> None:
    made = an_imodel(door, itwin, baselineFile={"size": len(STL)})
    door.client.put(made["_links"]["upload"]["href"], content=STL)
    href = completed(door, made).json()["baselineFile"]["_links"]["download"]["href"]

    whole = door.client.get(href)
    first = door.client.get(href, headers={"Range": "bytes=0-0"})
    head = door.client.head(href)
    changed = door.client.get(href.replace("expires=", "expires=9"))
    written = door.client.put(href, content=STL)

    assert (200, STL, str(len(STL))) == (whole.status_code, whole.content, whole.headers["content-length"])
    assert (206, b"s", f"bytes 0-0/{len(STL)}") == (first.status_code, first.content, first.headers["content-range"])
    assert whole.headers["etag"] == head.headers["etag"]
    assert [403, 405] == [changed.status_code, written.status_code]


def test_a_page_may_send_a_file_from_another_origin(door: Door, itwin: str) -> None:
    made = an_imodel(door, itwin, baselineFile={"size": 5})
    asked = {
        "Origin": "https://app.example.org",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-ms-blob-type,x-ms-version,content-type,authorization",
    }

    answer = door.client.options(made["_links"]["upload"]["href"], headers=asked)

    assert (204, "*") == (answer.status_code, answer.headers["access-control-allow-origin"])
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in asked["Access-Control-Request-Headers"].split(","))


def test_a_file_in_blocks_becomes_the_baseline(door: Door, itwin: str) -> None:
    made = an_imodel(door, itwin, baselineFile={"size": len(STL)})
    href = made["_links"]["upload"]["href"]
    ids = [base64.b64encode(b"block-%05d" % number).decode() for number in range(3)]
    blocks = dict(zip(ids, (STL[:7], STL[7:9], STL[9:]), strict=True))

    sent = [
        door.client.put(f"{href}&comp=block&blockid={one.replace('=', '%3D')}", content=blocks[one]).status_code
        for one in reversed(ids)
    ]
    listed = "".join(f"<Latest>{one}</Latest>" for one in ids)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
    committed = door.client.put(f"{href}&comp=blocklist", content=body)
    file = completed(door, made).json()["baselineFile"]

    assert [201] * 4 == [*sent, committed.status_code]
    assert STL == door.client.get(file["_links"]["download"]["href"]).content


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", b"123456", 413),
        ("&comp=block&blockid=MQ==", b"123456", 413),
        ("&comp=block&blockid=*", b"1", 422),
        ("&comp=block", b"1", 422),
        ("&comp=metadata", b"1", 422),
        ("&comp=blocklist", b"<BlockList><Latest>MQ==</Latest></BlockList>", 422),
        ("&comp=blocklist", b"<BlockList/>", 422),
        ("&comp=blocklist", b"<List/>", 422),
        ("&comp=blocklist", b"nothing", 422),
        ("&comp=blocklist", b"<BlockList>" + b"<a/>" * 100_010 + b"</BlockList>", 422),
        ("&comp=blocklist", b'<!DOCTYPE x [<!ENTITY a "b">]><BlockList>&a;</BlockList>', 422),
        ("&more=1", b"12345", 403),
    ],
)
def test_bytes_that_cannot_be_are_refused(door: Door, itwin: str, query: str, body: bytes, status: int) -> None:
    made = an_imodel(door, itwin, baselineFile={"size": 5})

    answer = door.client.put(made["_links"]["upload"]["href"] + query, content=body)

    assert status == answer.status_code, answer.text
    assert "waitingForFile" == door.get(f"/imodels/{made['id']}/baselinefile").json()["baselineFile"]["state"]


def test_an_imodel_begins_with_an_object_that_the_token_may_read(door: Door, itwin: str) -> None:
    scopes = ("itwin-platform", "data:read", "data:write", "bucket:create")
    both, headers = door.headers("ann@example.org", *scopes), door.headers()
    door.client.post("/oss/v2/buckets", json={"bucketKey": "parts", "policyKey": "persistent"}, headers=both)
    door.client.put("/oss/v2/buckets/parts/objects/a%2Fx.stl", content=STL, headers=both)
    body = {"iTwinId": itwin, "name": "Plant", "baselineFile": {"urn": "urn:adsk.objects:os.object:parts/a/x.stl"}}
    nothing = body | {"baselineFile": {"urn": "urn:adsk.objects:os.object:parts/nothing"}}

    refused = door.client.post("/imodels", json=body, headers=headers)
    missing = door.client.post("/imodels", json=nothing, headers=both)
    made = door.client.post("/imodels", json=body, headers=both).json()["iModel"]
    file = door.get(f"/imodels/{made['id']}/baselinefile").json()["baselineFile"]

    assert (403, "InsufficientPermissions", []) == told(refused)
    assert (404, "FileNotFound", []) == told(missing)
    assert ("initialized", "a/x.stl", len(STL)) == (made["state"], file["displayName"], file["fileSize"])
    assert STL == door.client.get(file["_links"]["download"]["href"]).content


def test_an_upload_that_is_not_whole_is_not_completed(door: Door, itwin: str) -> None:
    made, empty = an_imodel(door, itwin, baselineFile={"size": 5}), an_imodel(door, itwin, name="Empty")

    nothing = completed(door, made)
    door.client.put(made["_links"]["upload"]["href"], content=b"1234")
    short = completed(door, made)
    none = door.client.post(f"/imodels/{empty['id']}/baselinefile", json={}, headers=door.headers())

    assert (404, "FileNotFound", []) == told(nothing)
    assert (409, "DataConflict", []) == told(short)
    assert (422, "InvalidiModelsRequest", [("InvalidChange", "baselineFile")]) == told(none)
    assert (404, "BaselineFileNotFound", []) == told(door.get(f"/imodels/{empty['id']}/baselinefile"))


def test_an_upload_ends_with_its_time(door: Door, itwin: str) -> None:
    made = an_imodel(door, itwin, baselineFile={"size": 5})
    door.clock.now += 61_000
    own = f"/imodels/{made['id']}"

    answer = door.client.put(made["_links"]["upload"]["href"], content=b"12345")

    assert (403, "InsufficientPermissions", []) == told(answer)
    assert "failed" == door.get(f"{own}/operations/create").json()["createOperation"]["state"]
    assert "upload" not in door.get(own).json()["iModel"]["_links"]


# --- Versions ---------------------------------------------------------------------------------------------------------


def test_changesets_are_the_versions_behind_the_baseline(door: Door) -> None:
    model = door.a_model(versions=4)
    own = f"/imodels/{model.id}/changesets"
    rising, falling = door.get(own).json()["changesets"], door.get(f"{own}?&$top=1&$orderBy=index+desc").json()

    assert list(model.changesets[1:]) == [changeset["id"] for changeset in rising]
    assert ["", *model.changesets[1:3]] == [changeset["parentId"] for changeset in rising]
    assert [model.changesets[3]] == [changeset["id"] for changeset in falling["changesets"]]
    assert model.changesets[2] == falling["changesets"][0]["parentId"]
    assert falling["_links"]["next"]["href"].endswith("&$skip=1&$top=1")
    between = door.get(f"{own}?afterIndex=1&lastIndex=2").json()["changesets"]
    assert [2] == [changeset["index"] for changeset in between]
    one = door.get(f"{own}/{model.changesets[2].upper()}").json()["changeset"]
    assert one == door.get(f"{own}/2").json()["changeset"]
    assert (None, None) == (one["application"], one["_links"]["download"])
    assert one["_links"]["self"]["href"].endswith(f"{own}/2")


@pytest.mark.parametrize("changeset", ["0", "9", "x", "a" * 40, "9" * 39])
def test_a_changeset_that_is_not_there_is_not_found(door: Door, changeset: str) -> None:
    model = door.a_model(versions=2)

    answer = door.get(f"/imodels/{model.id}/changesets/{changeset}")

    assert (404, "ChangesetNotFound", []) == told(answer)


def test_checkpoints_and_pushes_are_refused_in_the_words_that_clients_know(door: Door) -> None:
    model = door.a_model(versions=2)
    own = f"/imodels/{model.id}"

    missing = [door.get(f"{own}/changesets/1/checkpoint"), door.get(f"{own}/briefcases/checkpoint")]
    pushed = door.client.post(f"{own}/changesets", json={"id": "0" * 40}, headers=door.headers())

    assert [(404, "CheckpointNotFound", [])] * 2 == [told(answer) for answer in missing]
    assert (403, "InsufficientPermissions", []) == told(pushed)


def test_versions_get_names(door: Door) -> None:
    model = door.a_model(versions=3)
    own, headers = f"/imodels/{model.id}/namedversions", door.headers()

    first = door.client.post(own, json={"name": "Start"}, headers=headers)
    second = door.client.post(
        own, json={"name": "Final", "description": "x", "changesetId": model.changesets[2]}, headers=headers
    )
    hidden = door.client.patch(
        f"{own}/{second.json()['namedVersion']['id']}", json={"state": "hidden"}, headers=headers
    )
    listed = door.client.get(f"{own}/", headers=headers).json()["namedVersions"]

    assert (201, None, 0) == (first.status_code, *list(first.json()["namedVersion"].values())[2:4])
    assert (model.changesets[2], 2) == tuple(list(second.json()["namedVersion"].values())[2:4])
    assert "hidden" == hidden.json()["namedVersion"]["state"]
    assert hidden.json() == door.get(f"{own}/{hidden.json()['namedVersion']['id']}").json()
    assert [("Final", 4), ("Start", 4)] == [(named["displayName"], len(named)) for named in listed]
    assert ["Start"] == [named["name"] for named in door.get(f"{own}?state=visible").json()["namedVersions"]]


def test_a_changeset_links_to_its_name(door: Door) -> None:
    model = door.a_model(versions=3)
    body = {"name": "Final", "changesetId": model.changesets[2]}
    named = door.client.post(f"/imodels/{model.id}/namedversions", json=body, headers=door.headers()).json()

    one = door.get(f"/imodels/{model.id}/changesets/2").json()["changeset"]
    listed = door.get(f"/imodels/{model.id}/changesets").json()["changesets"]

    href = f"http://outfeed.example/imodels/{model.id}/namedversions/{named['namedVersion']['id']}"
    assert {"href": href} == one["_links"]["namedVersion"]
    assert [None, {"href": href}] == [changeset["_links"]["namedVersion"] for changeset in listed]


def test_names_of_versions_that_cannot_be_are_refused(door: Door) -> None:
    model = door.a_model(versions=3)
    own, headers = f"/imodels/{model.id}/namedversions", door.headers()
    door.client.post(own, json={"name": "Start", "changesetId": model.changesets[1]}, headers=headers)
    bodies: list[dict[str, Any]] = [
        {"name": "Start"},
        {"name": "Other", "changesetId": model.changesets[1]},
        {"name": "Other", "changesetId": "f" * 40},
        {},
    ]

    answers = [door.client.post(own, json=body, headers=headers) for body in bodies]

    assert [
        (409, "NamedVersionExists", []),
        (409, "NamedVersionOnChangesetExists", []),
        (404, "ChangesetNotFound", []),
        (422, "InvalidiModelsRequest", [("MissingRequiredProperty", "name")]),
    ] == [told(answer) for answer in answers]
    assert (404, "NamedVersionNotFound", []) == told(door.get(f"{own}/{NOBODY}"))

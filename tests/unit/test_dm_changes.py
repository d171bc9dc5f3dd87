"""Making and changing folders, items and versions over HTTP, and commands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.autodesk.names import folder_urn, lineage_urn, version_urn
from outfeed.library.folders import FolderKind
from unit.dm_door import BOB, SET, Door, Json, a_door, item_body, quoted, version_body
from unit.drawing_site import a_pdf


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with a_door(tmp_path) as door:
        yield door


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Return a door that tests share which change nothing."""
    with a_door(tmp_path_factory.mktemp("dm")) as door:
        yield door


def a_folder_body(parent: str, name: str = "Floors") -> Json:
    extension = {"type": "folders:autodesk.bim360:Folder", "version": "1.0"}
    above = {"parent": {"data": {"type": "folders", "id": parent}}}
    attributes = {"name": name, "extension": extension}
    return {"data": {"type": "folders", "attributes": attributes, "relationships": above}}


def a_command(name: str, resources: list[tuple[str, str]], **data: Any) -> Json:
    extension = {"type": f"commands:autodesk.{name}", "version": "1.0.0", "data": data}
    named = [{"type": kind, "id": id_} for kind, id_ in resources]
    about = {"resources": {"data": named}}
    return {"data": {"type": "commands", "attributes": {"extension": extension}, "relationships": about}}


def an_item(door: Door, name: str = "set.pdf", content: bytes = SET) -> Json:
    return door.post("items", item_body(door.uploaded(name, content), door.folder(), name))


# --- Files ------------------------------------------------------------------------------------------------------------


def test_a_file_comes_in_by_storage_upload_and_item(door: Door) -> None:
    target = {"target": {"data": {"type": "folders", "id": door.folder()}}}
    body = {"data": {"type": "objects", "attributes": {"name": "set.pdf"}, "relationships": target}}
    storage = door.post("storage", body)["data"]
    object_path = f"/oss/v2/buckets/wip.dm.prod/objects/{storage['id'].rpartition('/')[2]}"
    assert door.client.put(object_path, content=SET, headers=door.headers()).status_code == 200

    made = door.post("items", item_body(storage["id"], door.folder()))

    assert target["target"]["data"] == storage["relationships"]["target"]["data"]
    assert storage["id"].endswith(".pdf")
    tip = made["included"][0]
    assert (made["data"]["relationships"]["tip"]["data"]["id"], storage["id"]) == (
        tip["id"],
        tip["relationships"]["storage"]["data"]["id"],
    )
    assert "PENDING" == tip["attributes"]["extension"]["data"]["splittingState"]
    door.site.run()
    assert ["A-101", "A-102", "A-103"] == [
        door.get(f"items/{quoted(one['id'])}/tip")["data"]["attributes"]["name"] for one in door.plans()[:3]
    ]
    assert (
        "SPLIT"
        == door.get(f"versions/{quoted(tip['id'])}")["data"]["attributes"]["extension"]["data"]["splittingState"]
    )


def test_a_storage_is_filled_by_calls_on_many_objects_too(door: Door) -> None:
    """Npm `forge-apis` uploads this way."""
    storage = door.site.services.storages.create(
        door.site.ann, door.site.project.id, door.site.folder(FolderKind.PLANS), "set.pdf"
    ).name
    foreign = "6e1e3dcd-22cc-4a0c-8a71-6c3eb3f6c6a4.pdf"
    wanted = {"requests": [{"objectKey": storage}, {"objectKey": foreign}]}
    path = "/oss/v2/buckets/wip.dm.prod/objects/batchsigneds3upload"

    results = door.client.post(path, json=wanted, headers=door.headers()).json()["results"]

    assert (1, "error") == (len(results[storage]["urls"]), results[foreign]["status"])
    others = door.client.post(path, json=wanted, headers=door.headers(BOB)).json()["results"]
    assert {"error"} == {one["status"] for one in others.values()}


def test_a_file_that_cannot_be_read_says_why(door: Door) -> None:
    made = an_item(door, "set.pdf", b"%PDF-1.7 and nothing else")
    door.site.run()

    data = door.get(f"items/{quoted(made['data']['id'])}/tip")["data"]["attributes"]["extension"]["data"]

    assert "FAILED" == data["splittingState"]
    assert data["errorMessage"].startswith("The source file")


def test_a_name_is_taken_once_in_a_folder(door: Door) -> None:
    an_item(door)

    told = door.post("items", item_body(door.uploaded(), door.folder()), status=409)

    assert "CONFLICT" == told["errors"][0]["code"]


def test_a_storage_of_an_item_lies_where_the_item_does(door: Door) -> None:
    made = an_item(door)["data"]
    target = {"target": {"data": {"type": "items", "id": made["id"]}}}
    body = {"data": {"type": "objects", "attributes": {"name": "new.pdf"}, "relationships": target}}

    storage = door.post("storage", body)["data"]

    assert target["target"]["data"] == storage["relationships"]["target"]["data"]
    assert storage["relationships"]["target"]["links"]["related"]["href"].endswith(quoted(made["id"]))


def test_a_next_version_is_the_tip_of_its_item(door: Door) -> None:
    item = an_item(door)["data"]["id"]

    made = door.post("versions", version_body(item, door.uploaded("b.pdf", a_pdf(["new"])), "b.pdf"))

    assert (2, "b.pdf") == (made["data"]["attributes"]["versionNumber"], made["data"]["attributes"]["name"])
    assert made["data"] == door.get(f"items/{quoted(item)}/tip")["data"]
    assert [item] == [one["id"] for one in made["included"]]
    listed = door.get(f"items/{quoted(item)}/versions")["data"]
    assert [2, 1] == [version["attributes"]["versionNumber"] for version in listed]
    first = door.get(f"items/{quoted(item)}/versions", {"filter[versionNumber]": "1"})["data"]
    assert [listed[1]] == first


def test_a_deleting_version_hides_an_item_and_a_new_one_brings_it_back(door: Door) -> None:
    item = an_item(door)["data"]["id"]

    deleted = door.post("versions", version_body(item, None, kind="core:Deleted"))

    assert "versions:autodesk.core:Deleted" == deleted["data"]["attributes"]["extension"]["type"]
    assert [] == door.plans()
    contents = f"folders/{quoted(door.folder())}/contents"
    assert [item] == [one["id"] for one in door.get(contents, {"includeHidden": "true"})["data"]]
    assert [item] == [one["id"] for one in door.get(contents, {"filter[hidden]": "true"})["data"]]
    assert door.get(f"items/{quoted(item)}")["data"]["attributes"]["hidden"] is True
    tip = door.get(f"items/{quoted(item)}/tip")["data"]["id"]
    back = door.post("versions", version_body(item, None), {"copyFrom": tip})
    assert 2 == back["data"]["attributes"]["versionNumber"]
    assert [item] == [one["id"] for one in door.plans()]


def test_a_copy_of_a_version_is_an_item_with_the_same_bytes(door: Door) -> None:
    first = an_item(door)
    body = item_body(None, door.folder(FolderKind.FILES), "copy.pdf")

    made = door.post("items", body, {"copyFrom": first["included"][0]["id"]})["included"][0]

    old, new = first["included"][0]["relationships"]["storage"]["data"], made["relationships"]["storage"]["data"]
    assert old["id"] != new["id"]
    path = "/oss/v2/buckets/wip.dm.prod/objects/"
    got = [door.client.get(path + one["id"].rpartition("/")[2], headers=door.headers()).content for one in (old, new)]
    assert [SET, SET] == got
    assert ("copy.pdf", "NOT_SPLIT") == (
        made["attributes"]["name"],
        made["attributes"]["extension"]["data"]["splittingState"],
    )


def test_a_page_is_not_copied_alone(door: Door) -> None:
    sheet = door.site.split("set.pdf", SET)[0]
    body = item_body(None, door.folder(FolderKind.FILES), "copy.pdf")

    door.post("items", body, {"copyFrom": version_urn(sheet.model.id, 0)}, status=501)


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("data.type", "folders", 400),
        ("data.attributes.extension.type", "items:autodesk.core:File", 400),
        ("included.0.attributes.extension.type", "versions:autodesk.bim360:Document", 400),
        ("included.0.attributes.name", "a/b.pdf", 400),
        ("included.0.attributes.name", 7, 400),
        ("included.0.relationships.storage.data.id", "", 400),
        ("included.0.relationships.storage.data.id", "urn:adsk.objects:os.object:wip.dm.prod/none.pdf", 404),
        ("included.0.relationships.storage.data.id", "urn:adsk.objects:os.object:other/none.pdf", 404),
        ("data.relationships.parent.data.id", "urn:adsk.wipprod:fs.folder:co.AAAAAAAAAAAAAAAAAAAAAA", 404),
        ("data.relationships.parent.data.id", {}, 400),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(shared: Door, path: str, value: Any, status: int) -> None:
    body = item_body(shared.uploaded(), shared.folder())
    *steps, last = path.split(".")
    here: Any = body
    for step in steps:
        here = here[int(step)] if step.isdecimal() else here[step]
    here[last] = value

    shared.post("items", body, status=status)

    assert [] == shared.plans()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b'{"data": []}', b'{"data": {"attributes": 7}}'])
@pytest.mark.parametrize("path", ["items", "versions", "storage", "folders", "commands"])
def test_a_body_that_is_none_is_refused(shared: Door, path: str, body: bytes) -> None:
    assert "BAD_INPUT" == shared.ask("POST", path, status=400, content=body)["errors"][0]["code"]


# --- Changes ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_made_renamed_moved_deleted_and_brought_back(door: Door) -> None:
    made = door.post("folders", a_folder_body(door.folder()))["data"]
    other = door.post("folders", a_folder_body(door.folder(), "Roofs"))["data"]["id"]
    path, parent = f"folders/{quoted(made['id'])}", {"parent": {"data": {"type": "folders", "id": other}}}

    renamed = door.patch(path, "folders", {"name": "Levels"})["data"]
    moved = door.patch(path, "folders", {}, relationships=parent)["data"]
    hidden = door.patch(path, "folders", {"hidden": True})["data"]

    assert ("Floors", "Levels") == (made["attributes"]["name"], renamed["attributes"]["name"])
    assert (other, True) == (moved["relationships"]["parent"]["data"]["id"], hidden["attributes"]["hidden"])
    assert [] == door.get(f"folders/{quoted(other)}/contents")["data"]
    door.patch(path, "folders", {"hidden": False})
    assert [made["id"]] == [one["id"] for one in door.get(f"folders/{quoted(other)}/contents")["data"]]


@pytest.mark.parametrize(
    ("attributes", "status"),
    [({"name": "Roofs"}, 409), ({"name": "a?b"}, 400), ({"hidden": "yes"}, 400), ({}, 400)],
)
def test_a_folder_does_not_become_what_it_cannot_be(door: Door, attributes: Json, status: int) -> None:
    made = door.post("folders", a_folder_body(door.folder()))["data"]["id"]
    door.post("folders", a_folder_body(door.folder(), "Roofs"))

    door.patch(f"folders/{quoted(made)}", "folders", attributes, status=status)

    assert "Floors" == door.get(f"folders/{quoted(made)}")["data"]["attributes"]["name"]


def test_the_folders_at_the_top_stay(door: Door) -> None:
    door.patch(f"folders/{quoted(door.folder())}", "folders", {"hidden": True}, status=403)
    root = folder_urn(door.site.services.folders.root(door.site.ann, door.site.project.id).id)
    door.post("folders", a_folder_body(root), status=400)
    door.post("folders", a_folder_body(door.folder(), ""), status=400)


def test_an_item_is_renamed_with_its_newest_version_and_deleted(door: Door) -> None:
    item = an_item(door)["data"]["id"]
    path = f"items/{quoted(item)}"

    told = door.patch(path, "items", {"displayName": "plan.pdf"})

    assert ["plan.pdf", "plan.pdf"] == [
        told["data"]["attributes"]["displayName"],
        told["included"][0]["attributes"]["name"],
    ]
    assert door.patch(path, "items", {"hidden": True})["data"]["attributes"]["hidden"] is True
    assert [] == door.plans()
    door.patch(path, "items", {}, status=400)


def test_only_the_newest_version_is_renamed(door: Door) -> None:
    item = an_item(door)
    first = f"versions/{quoted(item['included'][0]['id'])}"

    assert "x.pdf" == door.patch(first, "versions", {"name": "x.pdf"})["data"]["attributes"]["name"]
    door.post("versions", version_body(item["data"]["id"], door.uploaded("b.pdf", b"%PDF-"), "b.pdf"))

    door.patch(first, "versions", {"name": "y.pdf"}, status=400)
    assert "x.pdf" == door.get(first)["data"]["attributes"]["name"]


def test_a_page_gets_a_name_of_its_own(door: Door) -> None:
    sheet = door.site.split("set.pdf", SET)[0]
    path = f"items/{quoted(lineage_urn(sheet.model.id))}"

    told = door.patch(path, "items", {"displayName": "Lobby"})

    assert ("", "Lobby") == (
        told["data"]["attributes"]["displayName"],
        told["included"][0]["attributes"]["name"],
    )


# --- Commands ---------------------------------------------------------------------------------------------------------


def test_members_may_all_but_administer(door: Door) -> None:
    item = an_item(door)
    resources = [("folders", door.folder()), ("items", item["data"]["id"]), ("versions", item["included"][0]["id"])]
    gone = ("folders", "urn:adsk.wipprod:fs.folder:co.AAAAAAAAAAAAAAAAAAAAAA")

    told = door.post(
        "commands",
        a_command("core:CheckPermission", [*resources, gone], requiredActions=["view", "upload"]),
        status=200,
    )["data"]

    found = told["attributes"]["extension"]["data"]["permissions"]
    assert [True, True, True, False] == [one["permission"] for one in found]
    assert {"view": True, "upload": True} == found[0]["details"]
    assert [{"type": kind, "id": id_} for kind, id_ in [*resources, gone]] == told["relationships"]["resources"]["data"]
    admin = a_command("core:CheckPermission", [resources[0]], requiredActions=["view", "admin"])
    said = door.post("commands", admin, status=200)["data"]["attributes"]["extension"]["data"]["permissions"][0]
    assert ({"view": True, "admin": False}, False) == (said["details"], said["permission"])


def test_items_are_listed_with_their_paths_and_newest_versions(door: Door) -> None:
    made = an_item(door)
    item = made["data"]["id"]

    told = door.post("commands", a_command("core:ListItems", [("items", item)], includePathInProject=True), status=200)

    meta = told["data"]["relationships"]["resources"]["data"][0]["meta"]
    assert ("complete", item, "/Plans") == (
        told["data"]["attributes"]["status"],
        meta["id"],
        meta["attributes"]["pathInProject"],
    )
    assert made["included"] == told["included"]


def test_references_of_many_versions_are_listed_with_both_ends(door: Door) -> None:
    sheets = door.site.split("set.pdf", SET)
    names = [version_urn(sheet.model.id, 0) for sheet in sheets]

    told = door.post("commands", a_command("core:ListRefs", [("versions", name) for name in names]), status=200)

    refs = told["data"]["relationships"]["resources"]["data"]
    assert names == [ref["meta"]["toId"] for ref in refs]
    assert 1 == len({ref["id"] for ref in refs})
    assert (4, 4) == tuple(sum(one["type"] == kind for one in told["included"]) for kind in ("items", "versions"))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("bim360:C4RModelPublish", 400),
        ("bim360:C4RPublishWithoutLinks", 400),
        ("bim360:C4RModelGetPublishJob", 400),
        ("core:CreateFolder", 501),
        ("core:Other", 400),
        ("core:ListItems", 404),
    ],
)
def test_other_commands_are_refused_with_a_reason(shared: Door, name: str, status: int) -> None:
    missing = ("items", "urn:adsk.wipprod:dm.lineage:AAAAAAAAAAAAAAAAAAAAAA")

    assert shared.post("commands", a_command(name, [missing]), status=status)["errors"][0]["detail"]


@pytest.mark.parametrize(
    "body",
    [
        a_command("core:ListItems", []),
        a_command("core:ListItems", [("items", "x")] * 51),
        a_command("core:ListItems", [("folders", "x")]),
        a_command("core:ListItems", [("items", "")]),
        a_command("core:CheckPermission", [("folders", "x")], requiredActions=["fly"]),
        a_command("core:CheckPermission", [("folders", "x")], requiredActions=[7]),
        a_command("core:CheckPermission", [("folders", "x")], requiredActions=[]),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(shared: Door, body: Json) -> None:
    shared.post("commands", body, status=400)

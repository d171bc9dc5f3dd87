"""Looking at hubs, projects, folders, items and versions over HTTP. Nothing here changes anything."""

from collections.abc import Iterator
from typing import Any

import pytest

from outfeed.dialects.autodesk.names import HUB_ID, folder_urn, lineage_urn, version_urn
from outfeed.library.folders import FolderKind
from outfeed.library.items import ItemVersion
from unit.dm_door import SET, Door, Query, a_door, quoted, uid

FILE, DOCUMENT = "items:autodesk.bim360:File", "items:autodesk.bim360:Document"


class Shelf:
    """A set of three sheets among the drawings, with a folder; a text among the other files; a second project."""

    def __init__(self, door: Door) -> None:
        self.door, site = door, door.site
        self.other = site.services.projects.create(site.ann, "Zoo", details={"platform": "acc"})
        self.sheets = site.split("set.pdf", SET)
        self.file: ItemVersion = site.services.items.source_of(site.ann, _page(self.sheets[0]))
        site.clock.now += 60_000
        plans = site.folder(FolderKind.PLANS)
        self.inner = site.services.folders.create(site.ann, site.project.id, plans, "Floors")
        self.text = site.added("notes.txt", b"read me", kind=FolderKind.FILES)

    @property
    def plans(self) -> str:
        return f"folders/{quoted(self.door.folder())}"

    def names(self, path: str, query: Query = None) -> list[str]:
        """Return the names of what a list has: items' own, or their newest versions'."""
        told = self.door.get(path, query)
        tips = {tip["relationships"]["item"]["data"]["id"]: tip["attributes"]["name"] for tip in told["included"]}
        return [tips.get(one["id"]) or one["attributes"]["displayName"] for one in told["data"]]


def _page(sheet: ItemVersion) -> Any:
    return sheet.page


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with a_door(tmp_path_factory.mktemp("dm")) as door:
        yield Shelf(door)


# --- Hubs and projects ------------------------------------------------------------------------------------------------


def test_there_is_one_hub(shelf: Shelf) -> None:
    listed, one = shelf.door.get("/project/v1/hubs"), shelf.door.get(shelf.door.hub_path)

    assert [HUB_ID] == [hub["id"] for hub in listed["data"]]
    assert listed["data"][0] == one["data"]
    assert {"self": {"href": "http://outfeed.test/project/v1/hubs"}} == listed["links"]


@pytest.mark.parametrize(("name", "count"), [("filter[id]", 0), ("filter[name]", 0), ("filter[extension.type]", 0)])
def test_hubs_are_filtered(shelf: Shelf, name: str, count: int) -> None:
    assert count == len(shelf.door.get("/project/v1/hubs", {name: "other"})["data"])
    assert len(shelf.door.get("/project/v1/hubs", {"filter[name]": "Outfeed"})["data"]) == 1


def test_a_project_is_the_same_in_the_list_and_alone(shelf: Shelf) -> None:
    listed = shelf.door.get(f"{shelf.door.hub_path}/projects")["data"]
    one = shelf.door.get(f"{shelf.door.hub_path}/projects/{shelf.door.project}")["data"]

    assert ["Tower", "Zoo"] == [project["attributes"]["name"] for project in listed]
    assert listed[0] == one
    root = shelf.door.get(f"folders/{quoted(one['relationships']['rootFolder']['data']['id'])}")
    assert root["data"]["attributes"]["name"] == "Project Root Folder"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"filter[name]": "Zoo"}, ["Zoo"]),
        ({"filter[attributes.extension.data.projectType]": "ACC"}, ["Zoo"]),
        ({"filter[extension.type]": "projects:autodesk.core:Project"}, []),
        ({"filter[id]": "b.none,b.neither"}, []),
        ({"page[limit]": "1", "page[number]": "1"}, ["Zoo"]),
    ],
)
def test_projects_are_filtered_and_paged(shelf: Shelf, query: dict[str, str], names: list[str]) -> None:
    told = shelf.door.get(f"{shelf.door.hub_path}/projects", query)

    assert names == [project["attributes"]["name"] for project in told["data"]]


def test_a_projects_hub_is_the_one_hub(shelf: Shelf) -> None:
    path = f"{shelf.door.hub_path}/projects/{shelf.door.project}/hub"

    assert HUB_ID == shelf.door.get(path)["data"]["id"]


def test_top_folders_are_plans_and_project_files(shelf: Shelf) -> None:
    path = f"{shelf.door.hub_path}/projects/{shelf.door.project}/topFolders"
    told = shelf.door.get(path)["data"]

    shown = [(one["attributes"]["name"], one["attributes"]["objectCount"]) for one in told]
    assert [("Plans", 5), ("Project Files", 1)] == shown
    assert ["CONVERT", "SPLIT", "OCR"] == told[0]["attributes"]["extension"]["data"]["actions"]
    assert ["Project Files"] == [
        one["attributes"]["name"] for one in shelf.door.get(path, {"projectFilesOnly": "true"})["data"]
    ]


# --- Folders ----------------------------------------------------------------------------------------------------------


def test_contents_are_folders_then_items_with_their_newest_versions(shelf: Shelf) -> None:
    told = shelf.door.get(f"{shelf.plans}/contents")

    assert ["Floors", "A-101", "A-102", "A-103", "set.pdf"] == shelf.names(f"{shelf.plans}/contents")
    assert ["folders", "items", "items", "items", "items"] == [one["type"] for one in told["data"]]
    tips = [one["relationships"]["tip"]["data"]["id"] for one in told["data"][1:]]
    assert tips == [tip["id"] for tip in told["included"]]
    assert {"", "set.pdf"} == {one["attributes"]["displayName"] for one in told["data"][1:]}
    assert {"set.pdf"} == {one["attributes"]["extension"]["data"]["sourceFileName"] for one in told["data"][1:]}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"filter[type]": "folders"}, ["Floors"]),
        ({"filter[type]": "item", "filter[extension.type]": FILE}, ["set.pdf"]),
        ({"filter[attributes.extension.type]": DOCUMENT}, ["A-101", "A-102", "A-103"]),
        ({"filter[attributes.displayName]-contains": "FLOOR"}, ["Floors"]),
        ({"filter[attributes.displayName]-starts": "set"}, ["set.pdf"]),
        ({"filter[attributes.displayName]-ends": ".pdf"}, ["set.pdf"]),
        ({"filter[displayName]-not": ",set.pdf"}, ["Floors"]),
        ({"filter[lastModifiedTimeRollup]-gt": "2023-11-14T22:13:30"}, ["Floors"]),
        ({"filter[lastModifiedTimeRollup]-le": "2023-11-15T00:13:20+02:00"}, ["A-101", "A-102", "A-103", "set.pdf"]),
        ({"filter[attributes.objectCount]-lt": "1"}, ["Floors"]),
        ({"filter[hidden]": "true"}, []),
        ({"filter[id]": "urn:adsk.wipprod:dm.lineage:nothing"}, []),
    ],
)
def test_contents_are_filtered(shelf: Shelf, query: dict[str, str], names: list[str]) -> None:
    assert names == shelf.names(f"{shelf.plans}/contents", query)


def test_a_filter_may_be_repeated(shelf: Shelf) -> None:
    answer = shelf.door.client.get(
        f"/data/v1/projects/{shelf.door.project}/{shelf.plans}/contents",
        params=[("filter[type]", "folders"), ("filter[type]", "items")],
        headers=shelf.door.headers(),
    )

    assert len(answer.json()["data"]) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"filter[type]-like": "items"},
        {"filter[objectCount]-lt": "many"},
        {"filter[createTime]-ge": "yesterday"},
        {"filter[id]": "," * 1000},
        {"page[limit]": "0"},
        {"page[limit]": "201"},
        {"page[number]": "-1"},
        {"page[number]": "9" * 30},
        {"page[number]": "\u00b2"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(shelf: Shelf, query: dict[str, str]) -> None:
    told = shelf.door.get(f"{shelf.plans}/contents", query, status=400)

    assert ["BAD_INPUT"] == [error["code"] for error in told["errors"]]


@pytest.mark.parametrize("query", [{}, {"filter[type]": "folders,items"}])
def test_the_pages_of_a_list_are_the_list(shelf: Shelf, query: dict[str, str]) -> None:
    whole = shelf.door.get(f"{shelf.plans}/contents", query)["data"]
    pages, address = [], f"{shelf.plans}/contents"
    told = shelf.door.get(address, query | {"page[limit]": "2"})
    while True:
        pages.append(told)
        following = told["links"].get("next")
        if following is None:
            break
        told = shelf.door.get(following["href"].removeprefix("http://outfeed.test"))

    assert [2, 2, 1] == [len(page["data"]) for page in pages]
    assert whole == [one for page in pages for one in page["data"]]
    assert [{"self", "first", "next"}, {"self", "first", "prev", "next"}, {"self", "first", "prev"}] == [
        set(page["links"]) for page in pages
    ]
    back = shelf.door.get(pages[1]["links"]["prev"]["href"].removeprefix("http://outfeed.test"))
    assert pages[0]["data"] == back["data"]


def test_a_folder_is_in_its_parent_up_to_the_root(shelf: Shelf) -> None:
    inner = quoted(folder_urn(shelf.inner.id))
    parent = shelf.door.get(f"folders/{inner}/parent")["data"]
    root = shelf.door.get(f"folders/{quoted(parent['id'])}/parent")["data"]

    assert ("Plans", "Project Root Folder") == (parent["attributes"]["name"], root["attributes"]["name"])
    assert ["Plans", "Project Files"] == shelf.names(f"folders/{quoted(root['id'])}/contents")
    shelf.door.get(f"folders/{quoted(root['id'])}/parent", status=404)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["A-101", "A-102", "A-103", "notes.txt", "set.pdf"]),
        ({"filter[fileType]": "txt,pdf"}, ["notes.txt", "set.pdf"]),
        ({"filter[extension.type]": "versions:autodesk.bim360:Document", "page[limit]": "2"}, ["A-101", "A-102"]),
        ({"filter[attributes.displayName]": "A-103"}, ["A-103"]),
        ({"filter[storageSize]-ge": "8"}, ["set.pdf"]),
    ],
)
def test_a_search_goes_through_the_whole_tree(shelf: Shelf, query: dict[str, str], names: list[str]) -> None:
    root = quoted(folder_urn(shelf.door.site.services.folders.root(shelf.door.site.ann, shelf.door.site.project.id).id))
    told = shelf.door.get(f"folders/{root}/search", query)

    assert names == [version["attributes"]["name"] for version in told["data"]]
    assert [one["relationships"]["item"]["data"]["id"] for one in told["data"]] == [
        item["id"] for item in told["included"]
    ]


@pytest.mark.parametrize("tail", ["refs", "relationships/refs", "relationships/links"])
def test_folders_have_no_references(shelf: Shelf, tail: str) -> None:
    assert [] == shelf.door.get(f"{shelf.plans}/{tail}")["data"]


# --- Items and versions -----------------------------------------------------------------------------------------------


def test_an_item_comes_with_its_newest_version(shelf: Shelf) -> None:
    item = f"items/{quoted(lineage_urn(shelf.sheets[1].model.id))}"
    told, tip = shelf.door.get(item), shelf.door.get(f"{item}/tip")

    assert (DOCUMENT, "") == (
        told["data"]["attributes"]["extension"]["type"],
        told["data"]["attributes"]["displayName"],
    )
    assert [tip["data"]] == told["included"] == shelf.door.get(f"{item}/versions")["data"]
    assert "pathInProject" not in told["data"]["attributes"]
    assert tip["data"] == shelf.door.get(f"versions/{quoted(tip['data']['id'])}")["data"]
    assert told["data"] == shelf.door.get(f"versions/{quoted(tip['data']['id'])}/item")["data"]


def test_an_item_tells_its_path_if_asked(shelf: Shelf) -> None:
    item = f"items/{quoted(lineage_urn(shelf.text.model.id))}"

    told = shelf.door.get(item, {"includePathInProject": "true"})["data"]
    assert told["attributes"]["pathInProject"] == "/Project Files"
    assert shelf.door.get(f"{item}/parent")["data"]["attributes"]["name"] == "Project Files"


def test_a_version_is_found_by_a_client_that_does_not_encode_its_name(shelf: Shelf) -> None:
    urn = version_urn(shelf.sheets[0].model.id, 0)
    encoded = shelf.door.get(f"versions/{quoted(urn)}")["data"]

    assert encoded == shelf.door.get(f"versions/{urn}")["data"]
    assert encoded == shelf.door.get(f"versions/{urn.partition('?')[0]}", {"version": "1"})["data"]


@pytest.mark.parametrize("tail", ["version=0", "version=2", "version=01x", "", "version=1&version=2"])
def test_a_version_that_is_not_there_is_not_found(shelf: Shelf, tail: str) -> None:
    name = version_urn(shelf.sheets[0].model.id, 0).partition("?")[0]

    shelf.door.get(f"versions/{name}?{tail}", status=404)


def test_a_page_refers_to_its_file_and_the_file_to_its_pages(shelf: Shelf) -> None:
    page, file = (quoted(version_urn(one.model.id, 0)) for one in (shelf.sheets[1], shelf.file))
    up, down = (shelf.door.get(f"versions/{one}/relationships/refs") for one in (page, file))

    assert [("to", version_urn(shelf.file.model.id, 0))] == [
        (ref["meta"]["direction"], ref["id"]) for ref in up["data"]
    ]
    assert [version_urn(sheet.model.id, 0) for sheet in shelf.sheets] == [ref["id"] for ref in down["data"]]
    assert [ref["id"] for ref in down["data"]] == [version["id"] for version in down["included"]]
    assert {"derived:autodesk.bim360:FileToDocument"} == {
        ref["meta"]["extension"]["type"] for ref in up["data"] + down["data"]
    }
    assert up["included"] == shelf.door.get(f"versions/{page}/refs")["data"]
    assert up["links"]["related"]["href"].endswith(f"versions/{page}/refs")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"filter[direction]": "from"}, 3),
        ({"filter[direction]": "to"}, 0),
        ({"filter[refType]": "derived"}, 3),
        ({"filter[meta.refType]": "xrefs"}, 0),
        ({"filter[type]": "versions"}, 3),
        ({"filter[extension.type]": "versions:autodesk.bim360:Document"}, 3),
    ],
)
@pytest.mark.parametrize("tail", ["refs", "relationships/refs"])
def test_references_are_filtered(shelf: Shelf, tail: str, query: dict[str, str], count: int) -> None:
    file = quoted(version_urn(shelf.file.model.id, 0))

    assert count == len(shelf.door.get(f"versions/{file}/{tail}", query)["data"])
    item = quoted(lineage_urn(shelf.file.model.id))
    assert count == len(shelf.door.get(f"items/{item}/{tail}", query)["data"])


def test_a_version_is_downloaded_as_it_is(shelf: Shelf) -> None:
    version = f"versions/{quoted(version_urn(shelf.text.model.id, 0))}"
    storage = shelf.door.get(version)["data"]["relationships"]["storage"]

    assert [{"fileType": "txt"}] == shelf.door.get(f"{version}/downloadFormats")["data"]["attributes"]["formats"]
    assert [storage] == [one["relationships"]["storage"] for one in shelf.door.get(f"{version}/downloads")["data"]]
    assert [] == shelf.door.get(f"{version}/downloads", {"filter[format.fileType]": "rvt"})["data"]
    path = storage["meta"]["link"]["href"].removeprefix("http://outfeed.test")
    assert b"read me" == shelf.door.client.get(path, headers=shelf.door.headers()).content
    assert [] == shelf.door.get(f"{version}/relationships/links")["data"]


def test_head_answers_like_get_without_a_body(shelf: Shelf) -> None:
    answer = shelf.door.client.head(shelf.door.hub_path, headers=shelf.door.headers())

    assert (200, b"") == (answer.status_code, answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "/project/v1/hubs/b.other",
        "/project/v1/hubs/b.other/projects",
        "/project/v1/nothing",
        f"/data/v1/projects/b.{uid(99)}/folders/x",
        "/data/v1/projects/none/items/x",
        "folders/x",
        "folders/urn%3Aadsk.wipprod%3Afs.folder%3Aco.AAAAAAAAAAAAAAAAAAAAAA",
        "items/urn%3Aadsk.wipprod%3Adm.lineage%3AAAAAAAAAAAAAAAAAAAAAAA",
        "items/a%2Fb",
        "versions/x",
    ],
)
def test_what_is_not_there_is_404_in_the_words_of_the_api(shelf: Shelf, path: str) -> None:
    told = shelf.door.get(path, status=404)

    assert {"version": "1.0"} == told["jsonapi"]
    assert [("404", "NOT_FOUND")] == [(error["status"], error["code"]) for error in told["errors"]]


def test_a_name_that_is_no_text_is_refused(shelf: Shelf) -> None:
    assert shelf.door.get("items/%ff", status=400)["errors"][0]["code"] == "BAD_INPUT"


def test_a_project_is_known_with_and_without_its_prefix(shelf: Shelf) -> None:
    plain = shelf.door.project.removeprefix("b.")

    assert shelf.door.get(f"/data/v1/projects/{plain}/{shelf.plans}")["data"]["attributes"]["name"] == "Plans"

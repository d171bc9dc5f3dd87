"""Who may call Data Management, for whom, and with which scopes."""

from collections.abc import Iterator
from typing import Any

import pytest

from outfeed.dialects.autodesk.names import lineage_urn, version_urn
from unit.dm_door import ANN, BOB, SET, Door, a_door, quoted


class House:
    """A set of sheets of Ann's, a program that is a member of her project, and one that is none."""

    def __init__(self, door: Door) -> None:
        self.door, site = door, door.site
        self.sheet = site.split("set.pdf", SET)[0]
        self.member_id, self.member = door.program("member")
        self.stranger_id, self.stranger = door.program("stranger")
        site.services.projects.add_member(site.project.id, self.member_id)
        self.ann, self.bob = site.ann.principal_id, site.bob.principal_id

    def paths(self) -> dict[str, str]:
        """Return an address of each kind within the project."""
        project, data = f"{self.door.hub_path}/projects/{self.door.project}", f"/data/v1/projects/{self.door.project}"
        folder = f"{data}/folders/{quoted(self.door.folder())}"
        item = f"{data}/items/{quoted(lineage_urn(self.sheet.model.id))}"
        version = f"{data}/versions/{quoted(version_urn(self.sheet.model.id, 0))}"
        return {
            "project": project,
            "topFolders": f"{project}/topFolders",
            "folder": folder,
            "contents": f"{folder}/contents",
            "search": f"{folder}/search",
            "item": item,
            "tip": f"{item}/tip",
            "version": version,
            "refs": f"{version}/relationships/refs",
        }

    def statuses(self, headers: dict[str, str]) -> set[int]:
        """Return what somebody is answered wherever the project is."""
        return {self.door.client.get(path, headers=headers).status_code for path in self.paths().values()}

    def projects(self, headers: dict[str, str]) -> list[str]:
        """Return the names of the projects that somebody sees."""
        told = self.door.get(f"{self.door.hub_path}/projects", headers=headers)
        return [project["attributes"]["name"] for project in told["data"]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_door(tmp_path_factory.mktemp("dm")) as door:
        yield House(door)


@pytest.mark.parametrize(
    ("who", "acts_for", "status"),
    [
        ("member", None, 200),
        ("stranger", None, 404),
        ("member", "ann", 200),
        ("member", "bob", 404),
        ("stranger", "ann", 404),
        ("stranger", "bob", 404),
    ],
)
def test_a_user_to_act_for_narrows_and_never_widens(house: House, who: str, acts_for: str | None, status: int) -> None:
    headers = dict(getattr(house, who))
    if acts_for:
        headers["x-user-id"] = getattr(house, acts_for)

    assert {status} == house.statuses(headers)
    assert (["Tower"] if status == 200 else []) == house.projects(headers)


@pytest.mark.parametrize(("email", "status"), [(ANN, 200), (BOB, 404)])
@pytest.mark.parametrize("named", ["", "ann", "bob"])
def test_a_users_own_token_acts_for_nobody_else(house: House, email: str, status: int, named: str) -> None:
    headers = house.door.headers(email) | ({"x-user-id": getattr(house, named)} if named else {})

    assert {status} == house.statuses(headers)


def test_an_app_cannot_act_for_nobody(house: House) -> None:
    headers = house.member | {"x-user-id": "nobody"}

    assert {403} == house.statuses(headers)
    told = house.door.get(f"{house.door.hub_path}/projects", status=403, headers=headers)
    assert "FORBIDDEN" == told["errors"][0]["code"]


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [({}, "AUTH-012", 401), ({"Authorization": "Bearer x"}, "AUTH-006", 401)],
)
@pytest.mark.parametrize("path", ["/project/v1/hubs", "/data/v1/projects/b.x/folders/y"])
def test_the_gateway_answers_who_is_not_signed_in(
    house: House, path: str, headers: dict[str, str], code: str, status: int
) -> None:
    answer = house.door.client.get(path, headers=headers)

    assert (status, code) == (answer.status_code, answer.json()["errorCode"])


CHANGES: list[tuple[str, str, tuple[str, ...], int]] = [
    ("GET", "folders/x", ("data:write",), 403),
    ("GET", "folders/x", ("data:read",), 404),
    ("POST", "storage", ("data:read",), 403),
    ("POST", "storage", ("data:create",), 400),
    ("POST", "items", ("data:write",), 400),
    ("POST", "versions", ("data:read",), 403),
    ("POST", "folders", ("data:create",), 400),
    ("PATCH", "folders/x", ("data:read", "data:create"), 403),
    ("PATCH", "items/x", ("data:write",), 404),
    ("PATCH", "versions/x", ("data:create",), 403),
    ("POST", "commands", ("data:write",), 403),
    ("POST", "commands", ("data:read",), 400),
]


@pytest.mark.parametrize(("method", "path", "scopes", "status"), CHANGES)
def test_a_call_needs_its_scope(house: House, method: str, path: str, scopes: tuple[str, ...], status: int) -> None:
    answer = house.door.client.request(
        method,
        f"/data/v1/projects/{house.door.project}/{path}",
        headers=house.door.headers(ANN, *scopes),
        json={},
    )

    assert status == answer.status_code
    assert (status == 403) == (answer.json().get("errorCode") == "AUTH-010")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_whoever_is_no_member_changes_nothing(house: House, method: str) -> None:
    paths = {"POST": ["storage", "items", "versions", "folders", "commands"], "PATCH": ["folders/x", "items/x"]}
    for path in paths[method]:
        told: Any = house.door.ask(
            method,
            f"/data/v1/projects/{house.door.project}/{path}",
            status=404,
            headers=house.door.headers(BOB),
            json={},
        )
        assert "NOT_FOUND" == told["errors"][0]["code"]


def test_things_of_one_project_are_not_found_in_another(house: House) -> None:
    other = house.door.site.services.projects.create(house.door.site.ann, "Zoo").id

    for path in list(house.paths().values())[2:]:
        house.door.get(path.replace(house.door.project, f"b.{other}"), status=404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "downloads"),
        ("GET", "downloads/x"),
        ("GET", "jobs/x"),
        ("POST", "versions/x/relationships/refs"),
    ],
)
def test_what_is_not_built_says_so(house: House, method: str, path: str) -> None:
    assert "NOT_IMPLEMENTED" == house.door.ask(method, path, status=501)["errors"][0]["code"]

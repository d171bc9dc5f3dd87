"""The iTwins and Users APIs, over the whole application."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.itwin_door import Door, a_door

NOBODY = "00000000-0000-4000-8000-000000000000"
NEW = {"class": "Endeavor", "subClass": "Project"}
ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


def an_itwin(door: Door, name: str, email: str = ANN, **fields: Any) -> dict[str, Any]:
    answer = door.client.post("/itwins/", json={**NEW, "displayName": name, **fields}, headers=door.headers(email))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["iTwin"]
    return made


def names(door: Door, address: str, email: str, **headers: str) -> list[str]:
    answer = door.client.get(address, headers=door.headers(email, **headers))
    assert answer.status_code == 200, answer.text
    return [itwin["displayName"] for itwin in answer.json()["iTwins"]]


def told(answer: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """Return status, code, and the details' codes with their targets."""
    error = answer.json()["error"]
    details = [(detail["code"], detail["target"]) for detail in error.get("details", [])]
    return answer.status_code, error["code"], details


def test_an_itwin_has_the_documented_fields(door: Door) -> None:
    made = an_itwin(door, "White River", number="WR-1", latitude=51, geographicLocation="Exton, PA")
    got = door.client.get(f"/iTwins/{made['id'].upper()}/", headers=door.headers()).json()["iTwin"]

    assert made == got
    assert {
        "class": "Endeavor",
        "subClass": "Project",
        "type": None,
        "number": "WR-1",
        "displayName": "White River",
        "geographicLocation": "Exton, PA",
        "latitude": 51.0,
        "longitude": None,
        "ianaTimeZone": None,
        "dataCenterLocation": "East US",
        "status": "Active",
        "parentId": None,
        "imageName": None,
        "image": None,
    }.items() <= made.items()
    assert "2023-11-14T22:13:20.0000000Z" == made["createdDateTime"]
    assert 20 == len(made)


def test_lists_are_short_unless_the_full_form_is_preferred(door: Door) -> None:
    mail = "lists@example.org"
    an_itwin(door, "One", mail)
    short = door.client.get("/itwins", headers=door.headers(mail))
    full = door.client.get("/itwins/?&$top=5", headers=door.headers(mail, prefer="return=representation"))
    chosen = door.client.get("/itwins?$select=id,displayname", headers=door.headers(mail))

    assert {"id", "class", "subClass", "type", "number", "displayName"} == set(short.json()["iTwins"][0])
    assert (20, ["self"]) == (len(full.json()["iTwins"][0]), list(full.json()["_links"]))
    assert [{"id", "displayName"}] == [set(itwin) for itwin in chosen.json()["iTwins"]]
    assert "1000" == short.headers["x-max-return"]


def test_lists_are_filtered_sorted_and_cut(door: Door) -> None:
    mail = "filters@example.org"
    for name, fields in (
        ("Bridge", {"number": "1", "type": "Steel", "parentId": NOBODY}),
        ("Asset", {"number": "2", "subClass": "Asset", "class": "Thing"}),
        ("Old", {"number": "3", "status": "Inactive"}),
    ):
        an_itwin(door, name, mail, **fields)

    def found(query: str, **headers: str) -> list[str]:
        return names(door, f"/itwins/?{query}", mail, **headers)

    assert ["Asset", "Bridge"] == found("") == found("unknown=1&status=")
    assert ["Bridge"] == found("subclass=Project,Program") == found("type=Steel") == found(f"parentId={NOBODY}")
    assert ["Old"] == found("status=inactive") == found("number=3&includeInactive=true")
    assert ["Asset"] == found("%24search=ass") == found("displayName=Asset") == found("$top=1")
    assert ["Bridge"] == found("$skip=1") == found("$skip=1", x_max_return="1")
    assert ["Old", "Asset", "Bridge"] == found("includeInactive=true&$orderBy=number+desc")
    assert [] == found(f"iTwinAccountId={NOBODY}")


def test_recents_come_first_and_favorites_alone(door: Door) -> None:
    mail = "marks@example.org"
    first, second = an_itwin(door, "First", mail), an_itwin(door, "Second", mail)
    headers = door.headers(mail)

    marked = [
        door.client.post(f"/itwins/recents/{second['id']}", headers=headers),
        door.client.post(f"/itwins/favorites/{first['id']}", headers=headers),
    ]

    assert [(204, b"", False)] * 2 == [
        (answer.status_code, answer.content, "content-type" in answer.headers) for answer in marked
    ]
    assert ["Second", "First"] == names(door, "/itwins/recents?subClass=Project&status=Active&$top=1000", mail)
    assert ["First"] == names(door, "/itwins/favorites", mail)
    assert 204 == door.client.delete(f"/itwins/favorites/{first['id']}", headers=headers).status_code
    assert [] == names(door, "/itwins/favorites/", mail)


def test_an_itwin_is_changed_and_deleted(door: Door) -> None:
    made = an_itwin(door, "Before")
    address, headers = f"/itwins/{made['id']}", door.headers()

    changed = door.client.patch(address, json={"displayName": "After", "type": "Dam"}, headers=headers)
    deleted = door.client.delete(address, headers=headers | {"Content-Type": "application/json"})

    assert (200, "After", "Dam") == (
        changed.status_code,
        changed.json()["iTwin"]["displayName"],
        changed.json()["iTwin"]["type"],
    )
    assert (204, b"", False) == (deleted.status_code, deleted.content, "content-type" in deleted.headers)
    assert (404, "iTwinNotFound", []) == told(door.client.get(address, headers=headers))


def test_an_itwin_with_models_stays(door: Door) -> None:
    model = door.a_model()

    answer = door.client.delete(f"/itwins/{model.project_id}", headers=door.headers())

    assert (409, "DataConflict", []) == told(answer)


@pytest.mark.parametrize(("fields", "target"), [({"number": "7"}, "number"), ({"number": "8"}, "displayName")])
def test_a_number_or_a_name_that_is_taken_is_told(door: Door, fields: dict[str, str], target: str) -> None:
    mail = f"{target}@example.org"
    an_itwin(door, "Taken", mail, number="7")
    name = "Other" if target == "number" else "Taken"

    answer = door.client.post("/itwins", json=NEW | {"displayName": name} | fields, headers=door.headers(mail))

    assert (409, "iTwinExists", [("InvalidValue", target)]) == told(answer)


def test_who_is_no_member_finds_nothing(door: Door) -> None:
    made, headers = an_itwin(door, "Secret"), door.headers(BOB)
    own = f"/itwins/{made['id']}"
    answers = [
        door.client.get(own, headers=headers),
        door.client.get(f"{own}/account", headers=headers),
        door.client.get(f"{own}/repositories", headers=headers),
        door.client.patch(own, json={"displayName": "Mine"}, headers=headers),
        door.client.delete(own, headers=headers),
        door.client.post(f"/itwins/favorites/{made['id']}", headers=headers),
        door.client.delete(f"/itwins/favorites/{made['id']}", headers=headers),
        door.client.post(f"/itwins/recents/{made['id']}", headers=headers),
        door.client.get("/itwins/toto", headers=headers),
        door.client.get("/itwins/%00%ff", headers=headers),
    ]

    assert [(404, "iTwinNotFound", [])] * 10 == [told(answer) for answer in answers]
    assert [] == names(door, "/itwins", BOB)


def test_there_is_one_account_and_there_are_no_repositories(door: Door) -> None:
    made = an_itwin(door, "Accounted")

    accounts = [
        door.client.get(path, headers=door.headers()).json()["iTwin"]
        for path in ("/itwins/myprimaryaccount", f"/itwins/{made['id']}/account")
    ]
    repositories = door.client.get(f"/itwins/{made['id']}/repositories?class=iModels", headers=door.headers())

    assert accounts[0] == accounts[1]
    assert ("Account", "Account", made["iTwinAccountId"]) == (
        accounts[0]["class"],
        accounts[0]["subClass"],
        accounts[0]["id"],
    )
    assert {"repositories": []} == repositories.json()


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, [("MissingRequiredProperty", name) for name in ("class", "subClass", "displayName")]),
        (NEW | {"displayName": "x" * 256}, [("InvalidValue", "displayName")]),
        (NEW | {"displayName": "x", "status": "Gone"}, [("InvalidValue", "status")]),
        (NEW | {"displayName": ["x"], "subClass": 7}, [("InvalidValue", "subClass"), ("InvalidValue", "displayName")]),
        (
            NEW | {"displayName": "x", "latitude": 90.5, "longitude": "1"},
            [("InvalidValue", "latitude"), ("InvalidValue", "longitude")],
        ),
        (NEW | {"displayName": "x", "parentId": "toto"}, [("InvalidValue", "parentId")]),
        (NEW | {"displayName": "x", "class": "Account"}, [("InvalidValue", "class")]),
        (NEW | {"displayName": "x\x1b[2J"}, [("InvalidValue", "displayName")]),
    ],
)
def test_all_that_is_wrong_with_a_new_itwin_is_told(
    door: Door, body: dict[str, Any], details: list[tuple[str, str]]
) -> None:
    answer = door.client.post("/itwins/", json=body, headers=door.headers())

    assert (422, "InvalidiTwinsRequest", details) == told(answer)


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("$top=0", "$top"),
        ("$skip=-1", "$skip"),
        ("subClass=Soap", "subClass"),
        ("status=Gone", "status"),
        ("$filter=number eq 1", "$filter"),
        ("status=Active&includeInactive=true", "includeInactive"),
        ("$search=x&number=1", "$search"),
        ("$orderBy=soap", "$orderBy"),
        ("includeInactive=perhaps", "includeInactive"),
    ],
)
def test_a_parameter_that_cannot_be_is_told(door: Door, query: str, target: str) -> None:
    answer = door.client.get(f"/itwins/?{query}", headers=door.headers())

    assert (422, "InvalidiTwinsRequest", [("InvalidValue", target)]) == told(answer)


# --- Users ------------------------------------------------------------------------------------------------------------


def test_a_caller_learns_who_it_is(door: Door) -> None:
    user = door.client.get("/users/me", headers=door.headers(ANN)).json()["user"]

    assert (ANN, ANN, "ann", "") == (user["displayName"], user["email"], user["givenName"], user["surname"])
    assert 12 == len(user)


def test_users_are_found_by_their_addresses_and_ids(door: Door) -> None:
    found = {mail: door.client.get("/users/me", headers=door.headers(mail)).json()["user"]["id"] for mail in (ANN, BOB)}
    headers = door.headers()

    search = door.client.get("/users/?$search=BOB@ex", headers=headers).json()["users"]
    listed = door.client.post("/users/getbyidlist", json=[found[BOB], NOBODY], headers=headers).json()["users"]
    nobody = door.client.get("/users?$search=%00%00%00", headers=headers).json()["users"]
    one = door.client.get(f"/users/{found[BOB].upper()}", headers=headers).json()["user"]

    assert [one] == search == listed
    assert {"id", "email", "givenName", "surname", "organizationName"} == set(one)
    assert (404, "UserNotFound", []) == told(door.client.get(f"/users/{NOBODY}", headers=headers))
    assert [] == nobody


@pytest.mark.parametrize(
    ("method", "address", "body", "detail"),
    [
        ("GET", "/users", None, ("MissingRequiredParameter", "$search")),
        ("GET", "/users?$search=ab", None, ("InvalidValue", "$search")),
        ("POST", "/users/getbyidlist", "", ("InvalidRequestBody", "body")),
        ("POST", "/users/getbyidlist", "{}", ("InvalidRequestBody", "body")),
        ("POST", "/users/getbyidlist", '["x"]', ("InvalidRequestBody", "body")),
        ("POST", "/users/getbyidlist", '[],"x":1', ("InvalidRequestBody", "body")),
        ("POST", "/users/getbyidlist", "[", ("InvalidRequestBody", "body")),
    ],
)
def test_a_question_for_users_that_cannot_be_is_refused(
    door: Door, method: str, address: str, body: str | None, detail: tuple[str, str]
) -> None:
    answer = door.client.request(method, address, content=body, headers=door.headers())

    assert (422, "InvalidUsersRequest", [detail]) == told(answer)


# --- Rates ------------------------------------------------------------------------------------------------------------


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with a_door(tmp_path, rate_per_s=1, rate_burst_s=3) as door:
        answers = [door.client.get("/itwins", headers=door.headers()) for _ in range(4)]

    assert [200, 200, 200, 429] == [answer.status_code for answer in answers]
    assert (429, "RateLimitExceeded", []) == told(answers[-1])
    assert "3" == answers[-1].headers["retry-after"]


@pytest.mark.parametrize("name", ["a\u202eb", "\u200d", "\u200bx"])
def test_a_name_that_is_not_seen_as_it_is_is_none(door: Door, name: str) -> None:
    made = an_itwin(door, f"Seen {ord(name[0])}")
    new = door.client.post("/itwins/", json={**NEW, "displayName": name}, headers=door.headers())
    changed = door.client.patch(f"/itwins/{made['id']}", json={"displayName": name}, headers=door.headers())

    expected = (422, [("InvalidValue", "displayName")])
    assert [expected] * 2 == [(status, details) for status, _, details in map(told, (new, changed))]


def test_an_itwin_may_have_a_persian_name(door: Door) -> None:
    assert "\u0645\u06cc\u200c\u062e" == an_itwin(door, "\u0645\u06cc\u200c\u062e")["displayName"]

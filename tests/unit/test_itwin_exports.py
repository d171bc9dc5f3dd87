"""The four calls of Mesh Export, over the whole application."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from outfeed.jobs.states import State
from unit.itwin_door import Door, a_door

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("door"), auto_exports=False) as opened:
        yield opened


def ids(door: Door, address: str) -> list[str]:
    return [export["id"] for export in door.listed(address)]


def links(answer: Any) -> dict[str, list[tuple[str, str]]]:
    """Return the queries of a list's links."""
    found = answer.json()["_links"]
    return {name: parse_qsl(urlsplit(link["href"]).query) for name, link in found.items()}


# --- Lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/mesh-export", "/mesh-export/", "http://outfeed.example//mesh-export/", "/Mesh-Export?&"]
)
def test_a_list_is_there_with_and_without_a_slash(door: Door, path: str) -> None:
    answer = door.client.get(path, headers=door.headers("new@example.org"))

    assert (200, []) == (answer.status_code, answer.json()["exports"])
    assert {"self": [("$skip", "0"), ("$top", "100")]} == links(answer)


def test_a_list_is_short_unless_the_full_form_is_preferred(door: Door) -> None:
    model = door.a_model()
    door.start(model)
    address = f"/mesh-export?iModelId={model.id}"

    plain = door.client.get(address, headers=door.headers())
    minimal = door.client.get(address, headers=door.headers(Prefer="return=minimal"))
    full = door.client.get(address, headers=door.headers(prefer="respond-async, RETURN=representation"))

    short = {"id", "displayName", "status", "lastModified"}
    assert [short, short, short | {"request"}] == [
        set(answer.json()["exports"][0]) for answer in (plain, minimal, full)
    ]
    assert ["return=minimal", "return=minimal", "return=representation"] == [
        answer.headers["preference-applied"] for answer in (plain, minimal, full)
    ]


def test_the_newest_version_is_first_whatever_was_asked_for_last(door: Door) -> None:
    """Viewers take the first."""
    model = door.a_model(versions=3)
    started = [door.start(model, changesetId=model.changesets[index])["id"] for index in (2, 0, 1)]
    address = f"/mesh-export/?iModelId={model.id}"

    assert [started[0], started[2], started[1]] == ids(door, address)
    assert started[::-1] == ids(door, f"{address}&$orderBy=date:desc")
    assert started == ids(door, f"{address}&%24orderBy=date%3Aasc")


def test_filters_find_what_they_name(door: Door) -> None:
    model = door.a_model(versions=2)
    tiles = door.start(model, changesetId=model.changesets[0])["id"]
    cesium = door.start(model, exportType="CESIUM")["id"]
    own = f"/mesh-export?iModelId={model.id.upper()}"

    assert [cesium, tiles] == ids(door, own)
    assert [tiles] == ids(door, f"{own}&exportType=3DTILES")
    assert [cesium] == ids(door, f"{own}&exportType=cesium&changesetId={model.changesets[1].upper()}")
    assert [] == ids(door, f"{own}&exportType=cesium&changesetId={model.changesets[0]}")
    assert [] == ids(door, f"{own}&exportType=3DFT")
    assert [] == ids(door, f"{own}&changesetId={'0' * 40}")
    assert [cesium, tiles] == ids(door, f"{own}&changesetId=&cdn=1&tileVersion=37&iTwinJS=5.1.9&client=Unreal&x=y")


def test_a_list_answers_in_the_spelling_of_its_filter(door: Door) -> None:
    model = door.a_model()
    door.start(model)
    own, changeset = f"/mesh-export?iModelId={model.id}", model.changesets[0]

    asked = [
        door.listed(f"{own}{more}")[0]["request"] for more in ("", "&exportType=3DTILES", f"&changesetId={changeset}")
    ]

    assert [("3DTiles", ""), ("3DTILES", ""), ("3DTiles", changeset)] == [
        (request["exportType"], request["changesetId"]) for request in asked
    ]
    assert {model.project_id} == {request["contextId"] for request in asked}


def test_pages_lead_to_each_other_and_keep_their_filters(door: Door) -> None:
    model = door.a_model(versions=5)
    for changeset in model.changesets:
        door.start(model, changesetId=changeset)
    whole = ids(door, f"/mesh-export?iModelId={model.id}")

    first = door.get(f"/mesh-export/?iModelId={model.id}&%24top=2&exportType=3DTILES&cdn=1")
    second = door.get(first.json()["_links"]["next"]["href"])
    third = door.get(second.json()["_links"]["next"]["href"])
    back = door.get(third.json()["_links"]["prev"]["href"])

    assert [{"self", "next"}, {"self", "prev", "next"}, {"self", "prev"}] == [
        set(answer.json()["_links"]) for answer in (first, second, third)
    ]
    assert whole == [export["id"] for answer in (first, second, third) for export in answer.json()["exports"]]
    assert second.json() == back.json()
    assert {"iModelId": model.id, "exportType": "3DTILES", "cdn": "1", "$skip": "4", "$top": "2"} == dict(
        links(second)["next"]
    )


def test_a_page_that_ends_the_list_has_no_next(door: Door) -> None:
    model = door.a_model(versions=2)
    for changeset in model.changesets:
        door.start(model, changesetId=changeset)

    assert {"self"} == set(links(door.get(f"/mesh-export?iModelId={model.id}&$top=2")))
    assert {"self", "prev"} == set(links(door.get(f"/mesh-export?iModelId={model.id}&$top=2&$skip=9007199254740992")))


def test_of_a_parameter_that_comes_twice_the_last_counts(door: Door) -> None:
    model = door.a_model()
    export = door.start(model)["id"]

    assert [export] == ids(door, f"/mesh-export?iModelId={NOBODY}&iModelId={model.id}&$top=1&%24top=7")


def test_a_list_is_of_all_models_that_the_caller_sees(door: Door) -> None:
    mine, other = door.a_model(), door.a_model("bob@example.org")
    export = door.start(mine)["id"]

    found = door.client.get("/mesh-export?$top=1000", headers=door.headers("bob@example.org")).json()["exports"]
    not_his = door.client.get(f"/mesh-export?iModelId={mine.id}", headers=door.headers("bob@example.org"))

    assert ([], 200, []) == (found, not_his.status_code, not_his.json()["exports"])
    assert export in ids(door, "/mesh-export?$top=1000")
    assert [] == ids(door, f"/mesh-export?iModelId={other.id}")


@pytest.mark.parametrize(
    "query", ["iModelId=undefined", "$top=0", "%24top=1001", "$top=abc", "$skip=-1", "exportType=%00"]
)
def test_a_query_that_is_wrong_is_told_in_the_words_of_the_reference(door: Door, query: str) -> None:
    answer = door.get(f"/mesh-export?{query}")
    error = answer.json()["error"]

    assert (422, "InvalidMeshExportRequest", "Cannot retrieve export.") == (
        answer.status_code,
        error["code"],
        error["message"],
    )
    assert [query.partition("=")[0].replace("%24", "$")] == [detail["target"] for detail in error["details"]]


# --- One export -------------------------------------------------------------------------------------------------------


def test_an_export_is_shown_in_full_with_its_link_when_complete(door: Door) -> None:
    export = door.start(door.a_model())["id"]
    before = door.client.get(f"/mesh-export/{export}", headers=door.headers()).json()["export"]
    door.ended(export)

    after = door.client.get(f"/mesh-export/{export.upper()}/?cdn=1", headers=door.headers()).json()["export"]

    assert ("NotStarted", False) == (before["status"], "_links" in before)
    assert "Complete" == after["status"]
    directory, _, query = after["_links"]["mesh"]["href"].partition("?")
    assert f"http://outfeed.example/blobs/exports/{export}" == directory
    assert ["expires", "signature"] == [name for name, _ in parse_qsl(query)]


def test_an_export_that_failed_is_invalid_and_says_why(door: Door) -> None:
    export = door.start(door.a_model())["id"]
    door.ended(export, State.FAILED, "The source is damaged.")

    found = door.get(f"/mesh-export/{export}").json()["export"]

    assert ("Invalid", "The source is damaged.", False) == (found["status"], found["error"], "_links" in found)


def test_an_export_answers_in_the_spelling_that_stands_in_its_address(door: Door) -> None:
    export = door.start(door.a_model())["id"]

    types = [
        door.get(f"/mesh-export/{export}{query}").json()["export"]["request"]["exportType"]
        for query in ("", "?exportType=3DTILES", "?exportType=CESIUM")
    ]

    assert ["3DTiles", "3DTILES", "3DTiles"] == types


@pytest.mark.parametrize("export_id", [NOBODY, "x", "%00", "a%2Fb", NOBODY.replace("-", "")])
def test_an_export_that_is_not_there_is_not_found(door: Door, export_id: str) -> None:
    answer = door.get(f"/mesh-export/{export_id}")

    assert (404, "ExportNotFound", "Requested export is not available.") == (
        answer.status_code,
        answer.json()["error"]["code"],
        answer.json()["error"]["message"],
    )


def test_what_is_not_yours_is_not_there(door: Door) -> None:
    model = door.a_model()
    export = door.start(model)["id"]
    bob = door.headers("bob@example.org")

    answers = [
        door.client.get(f"/mesh-export/{export}", headers=bob),
        door.client.delete(f"/mesh-export/{export}", headers=bob),
        door.client.post("/mesh-export", json={"iModelId": model.id}, headers=bob),
    ]

    assert [(404, "ExportNotFound"), (404, "ExportNotFound"), (404, "iModelNotFound")] == [
        (answer.status_code, answer.json()["error"]["code"]) for answer in answers
    ]


# --- Starts -----------------------------------------------------------------------------------------------------------


def test_a_start_is_of_the_newest_version_and_is_made_once(door: Door) -> None:
    model = door.a_model(versions=2)

    first = door.start(model)
    again = door.start(model, changesetId=model.changesets[1].upper(), exportType="3DTILES")
    other = door.start(model, exportType="CESIUM")

    assert ("NotStarted", model.changesets[1], "3DTiles") == (
        first["status"],
        first["request"]["changesetId"],
        first["request"]["exportType"],
    )
    assert (first["id"], model.changesets[1].upper(), "3DTILES") == (
        again["id"],
        again["request"]["changesetId"],
        again["request"]["exportType"],
    )
    assert first["id"] != other["id"]


def test_an_export_that_failed_is_started_anew(door: Door) -> None:
    model = door.a_model()
    failed = door.start(model)["id"]
    door.ended(failed, State.FAILED, "No.")

    assert failed != door.start(model)["id"]


def test_a_start_of_what_is_there_has_its_link(door: Door) -> None:
    """A client that reads `Complete` in the answer reads the link there too."""
    model = door.a_model()
    new = door.start(model)
    door.ended(new["id"])

    same, shared = door.start(model), door.start(model, exportType="CESIUM")

    assert ["NotStarted", "Complete", "Complete"] == [export["status"] for export in (new, same, shared)]
    assert [False, True, True] == ["_links" in export for export in (new, same, shared)]


def test_other_options_are_another_export(door: Door) -> None:
    model = door.a_model()
    config = [{"key": "compression", "value": "none"}]

    plain, own = door.start(model), door.start(model, tilerConfig=config)

    assert plain["id"] != own["id"]
    assert config == own["request"]["tilerConfig"]
    assert "tilerConfig" not in plain["request"]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"iModelId=1", "body"),
        (b'{"iModelId": "\xff"}', "body"),
        (b'{"a": 1e999}', "body"),
        (b"[" * 100_000, "body"),
        (b"{}", "iModelId"),
        (b'{"iModelId": "undefined"}', "iModelId"),
    ],
)
def test_a_body_that_is_wrong_is_refused(door: Door, body: bytes, target: str) -> None:
    headers = door.headers(Content_Type="application/json")

    answer = door.client.post("/mesh-export", content=body, headers=headers)
    error = answer.json()["error"]

    assert (422, "InvalidMeshExportRequest", "Cannot create export job.", [target]) == (
        answer.status_code,
        error["code"],
        error["message"],
        [detail["target"] for detail in error["details"]],
    )


def test_a_start_says_whether_the_model_or_its_version_is_not_there(door: Door) -> None:
    full, empty = door.a_model(), door.a_model(versions=0)
    bodies = [
        {"iModelId": NOBODY, "changesetId": full.changesets[0]},
        {"iModelId": full.id, "changesetId": "0" * 40},
        {"iModelId": empty.id},
    ]

    answers = [door.client.post("/mesh-export", json=body, headers=door.headers()) for body in bodies]

    assert [(404, "iModelNotFound"), (404, "ChangesetNotFound"), (404, "ChangesetNotFound")] == [
        (answer.status_code, answer.json()["error"]["code"]) for answer in answers
    ]


# --- Deletion ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
def test_an_export_that_has_ended_can_be_deleted(door: Door, state: State) -> None:
    export = door.start(door.a_model())["id"]
    door.ended(export, state)

    answer = door.client.delete(f"/mesh-export/{export}", headers=door.headers())

    assert (204, b"", None) == (answer.status_code, answer.content, answer.headers.get("content-type"))
    assert 404 == door.get(f"/mesh-export/{export}").status_code


@pytest.mark.parametrize("live", [State.QUEUED, State.RUNNING])
def test_an_export_that_runs_cannot_be_deleted(door: Door, live: State) -> None:
    export = door.start(door.a_model())["id"]
    door.ended(export, live)

    answer = door.client.delete(f"/mesh-export/{export}", headers=door.headers())
    error = answer.json()["error"]

    assert (422, "InvalidMeshExportRequest", "Cannot delete exported job.") == (
        answer.status_code,
        error["code"],
        error["message"],
    )
    assert [("InvalidParameter", "id")] == [(detail["code"], detail["target"]) for detail in error["details"]]


@pytest.mark.parametrize(
    ("export_id", "status", "code"), [(NOBODY, 404, "ExportNotFound"), ("x", 422, "InvalidMeshExportRequest")]
)
def test_what_is_no_export_cannot_be_deleted(door: Door, export_id: str, status: int, code: str) -> None:
    answer = door.client.delete(f"/mesh-export/{export_id}", headers=door.headers())

    assert (status, code) == (answer.status_code, answer.json()["error"]["code"])


# --- Who may ----------------------------------------------------------------------------------------------------------

CALLS = [
    ("GET", "/mesh-export"),
    ("GET", f"/mesh-export/{NOBODY}"),
    ("POST", "/mesh-export"),
    ("DELETE", f"/mesh-export/{NOBODY}"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_is_answered_without_a_token(door: Door, method: str, path: str) -> None:
    none = door.client.request(method, path)
    bad = door.client.request(method, path, headers={"Authorization": "Bearer x"})
    no_key = door.client.request(method, path, headers={"Authorization": "Basic unknownsharekey"})

    assert [(401, "HeaderNotFound"), (401, "InvalidToken"), (401, "InvalidToken")] == [
        (answer.status_code, answer.json()["error"]["details"][0]["code"]) for answer in (none, bad, no_key)
    ]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("itwin-platform", [True] * 4),
        ("mesh-export:modify", [True] * 4),
        ("mesh-export:read", [True, True, False, False]),
        ("data:read", [False] * 4),
    ],
)
def test_a_token_needs_a_scope_of_the_api(door: Door, scope: str, allowed: list[bool]) -> None:
    headers = door.headers("cyd@example.org", scope)

    answers = [door.client.request(method, path, headers=headers) for method, path in CALLS]

    assert allowed == [answer.status_code != 403 for answer in answers]
    assert all(
        answer.json()["error"]["code"] == "InsufficientPermissions" for answer in answers if answer.status_code == 403
    )


def test_a_share_key_reads_one_model_and_changes_nothing(door: Door) -> None:
    shared, other = door.a_model(), door.a_model()
    export, hidden = door.start(shared)["id"], door.start(other)["id"]
    _, key = door.services.shares.create(shared.id)
    guest = {"Authorization": f"Basic {key}"}

    def ask(method: str, path: str, **more: Any) -> Any:
        return door.client.request(method, path, headers=guest, **more)

    everything = ask("GET", "/mesh-export").json()["exports"]
    assert [export] == [found["id"] for found in everything]
    assert [] == ask("GET", f"/mesh-export?iModelId={other.id}").json()["exports"]
    assert [200, 404, 403, 403] == [
        ask("GET", f"/mesh-export/{export}").status_code,
        ask("GET", f"/mesh-export/{hidden}").status_code,
        ask("POST", "/mesh-export", json={"iModelId": shared.id}).status_code,
        ask("DELETE", f"/mesh-export/{export}").status_code,
    ]


# --- Around the calls -------------------------------------------------------------------------------------------------


def test_every_read_answers_head(door: Door) -> None:
    model = door.a_model()
    export = door.start(model)["id"]

    for path in (f"/mesh-export?iModelId={model.id}", f"/mesh-export/{export}"):
        answer = door.client.head(path, headers=door.headers())

        assert (200, b"") == (answer.status_code, answer.content)


@pytest.mark.parametrize("path", ["/mesh-export", "/mesh-export/", f"/mesh-export/{NOBODY}"])
def test_a_browser_may_ask_from_any_page(door: Door, path: str) -> None:
    names = "authorization,prefer,accept"
    asked = {"Origin": "null", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": names}

    allowed = door.client.options(path, headers=asked)
    refused = door.client.get(path, headers={"Origin": "null"})

    assert {"authorization", "prefer", "accept"} <= set(
        allowed.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    )
    assert (401, "*") == (refused.status_code, refused.headers["access-control-allow-origin"])


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PATCH", "/mesh-export", 405), ("GET", "/mesh-export/a/b", 404)]
)
def test_what_is_no_call_is_not_found(door: Door, method: str, path: str, status: int) -> None:
    answer = door.client.request(method, path, headers=door.headers())
    error = answer.json()["error"]

    assert (status, "ResourceNotFound", "OperationNotFound") == (
        answer.status_code,
        error["code"],
        error["details"][0]["code"],
    )


def test_no_cache_keeps_an_answer_with_links(door: Door) -> None:
    export = door.start(door.a_model())["id"]

    assert ["no-store"] * 2 == [
        door.get(path).headers["cache-control"] for path in ("/mesh-export", f"/mesh-export/{export}")
    ]

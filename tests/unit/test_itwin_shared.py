"""What every area of the iTwin platform shares: errors, queries, pages and the links between them."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.testing import TestClient

from a_library import FakeIdentity
from outfeed import errors
from outfeed.dialects import itwin
from outfeed.dialects.itwin.callers import caller_for
from outfeed.dialects.itwin.checks import Check, body_of, id_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import absent_as
from outfeed.dialects.itwin.paging import is_full, links_json, parse_page, query_of, selected
from outfeed.errors import OutfeedError
from outfeed.http.context import Incoming
from outfeed.http.paths import on_raw_path
from outfeed.identity.caller import Caller
from outfeed.settings import Settings

CLIENT = TestClient[Any]
PROBLEMS: dict[str, Callable[[], Exception]] = {
    "limit": lambda: errors.RateLimited(7),
    "full": errors.StorageFull,
    "late": errors.LinkExpired,
    "wrong": lambda: errors.InvalidField("No."),
    "broken": lambda: ZeroDivisionError("secret"),
}


@get("/imodels")
async def a_list(request: Incoming) -> dict[str, Any]:
    check = Check(Area.IMODELS, "Cannot get iModels.")
    query = query_of(request)
    page = parse_page(query, check)
    check.done()
    return {"full": is_full(request), "_links": links_json(request, page, more=page.skip < 20, nulls="nulls" in query)}


@get("/itwins/{name:str}")
async def a_thing(request: Incoming, name: FromPath[str]) -> None:
    await caller_for(request, "itwins:read")
    with absent_as("iTwinNotFound"):
        error = PROBLEMS.get(name, errors.NotFound)()
        raise error


@post("/itwins", status_code=201)
async def a_body(request: Incoming) -> dict[str, Any]:
    return await body_of(request, Area.ITWINS, "Cannot create iTwin.")


class Everybody(FakeIdentity):
    """Lets people in with the scopes that their tokens name."""

    def caller(self, authorization: str | None, *, client_host: str) -> Any:
        known = super().caller("Bearer ada" if authorization else None, client_host=client_host)
        scopes = frozenset(str(authorization).split()[1:])
        return Caller(principal_id=known.principal_id, app_id=known.app_id, scopes=scopes)


@pytest.fixture(scope="module")
def client() -> Iterator[CLIENT]:
    services = SimpleNamespace(settings=Settings(max_body_bytes=1000), identity=Everybody())
    app = Litestar(
        [a_list, a_thing, a_body],
        state=State({"services": services}),
        exception_handlers=dict.fromkeys((HTTPException, OutfeedError, Exception), itwin.respond),
        openapi_config=None,
        logging_config=None,
    )
    wrapped = on_raw_path(app, any_case=itwin.FIRST_SEGMENTS)
    with TestClient(wrapped, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        client.headers["authorization"] = "Bearer itwin-platform"
        yield client


def hrefs(answer: Any) -> dict[str, str | None]:
    return {name: link and link["href"] for name, link in answer.json()["_links"].items()}


@pytest.mark.parametrize("path", ["/imodels", "/imodels/", "/iModels", "/IMODELS/?", "/imodels?&$top=5"])
def test_a_collection_has_one_answer_however_it_is_spelt(client: CLIENT, path: str) -> None:
    assert 200 == client.get(path, follow_redirects=False).status_code


def test_pages_are_linked_and_other_parameters_kept(client: CLIENT) -> None:
    answer = client.get("/imodels?iTwinId=a+b&%24TOP=10&$skip=15&nulls=1")
    base = "http://127.0.0.1/imodels?iTwinId=a%20b&nulls=1"

    assert {
        "self": f"{base}&$skip=15&$top=10",
        "prev": f"{base}&$skip=5&$top=10",
        "next": f"{base}&$skip=25&$top=10",
    } == hrefs(answer)


def test_pages_that_are_not_there_are_null_or_left_out(client: CLIENT) -> None:
    nulls, short = client.get("/imodels?nulls=1&$skip=0"), client.get("/imodels?$skip=99&$top=1000")

    assert ["self", "prev", "next"] == list(nulls.json()["_links"])
    assert None is nulls.json()["_links"]["prev"]
    assert ["self", "prev"] == list(short.json()["_links"])


@pytest.mark.parametrize("query", ["$top=0", "$top=1001", "$top=x", "$skip=-1", "$skip=9e9", "%24top=1.5", "$top=٣"])
def test_a_page_that_cannot_be_is_refused_by_name(client: CLIENT, query: str) -> None:
    answer = client.get(f"/imodels?{query}")
    (detail,) = answer.json()["error"]["details"]

    assert (422, "InvalidiModelsRequest") == (answer.status_code, answer.json()["error"]["code"])
    assert ("InvalidValue", query.replace("%24", "$").split("=")[0]) == (detail["code"], detail["target"])


@pytest.mark.parametrize("header", ["return=representation", "respond-async, Return = Representation"])
def test_whole_entries_come_to_whom_prefers_them(client: CLIENT, header: str) -> None:
    found = [client.get("/imodels", headers={"prefer": value}).json()["full"] for value in (header, "return=minimal")]

    assert [True, False] == found


def test_fields_are_selected_in_any_case() -> None:
    assert [{"displayName": "x"}] == selected([{"id": "1", "displayName": "x"}], " displayname,nothing")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("nobody", 404, "iTwinNotFound"),
        ("limit", 429, "RateLimitExceeded"),
        ("full", 507, "InternalServerError"),
        ("late", 403, "InsufficientPermissions"),
        ("wrong", 422, "InvalidiTwinsRequest"),
        ("broken", 500, "InternalServerError"),
    ],
)
def test_an_error_has_the_platforms_envelope(client: CLIENT, name: str, status: int, code: str) -> None:
    answer = client.get(f"/iTwins/{name}")

    assert (status, code, {"error"}) == (answer.status_code, answer.json()["error"]["code"], set(answer.json()))
    assert "application/json" == answer.headers["content-type"]
    assert [] != answer.json()["error"].get("details")
    assert "secret" not in answer.text


def test_who_calls_too_often_is_told_when_to_come_again(client: CLIENT) -> None:
    headers = client.get("/itwins/limit").headers
    names = [f"itwinplatform-ratelimited-{name}" for name in ("tier", "api", "operation", "application")]

    assert "7" == headers["retry-after"]
    assert [True] * 4 == [name in headers for name in names]


@pytest.mark.parametrize("path", ["/itwins", "/imodels/x/locks", "/users/a/b/c"])
def test_an_operation_that_is_none_is_not_there(client: CLIENT, path: str) -> None:
    answer = client.delete(path)

    assert (405 if path == "/itwins" else 404) == answer.status_code
    assert "ResourceNotFound" == answer.json()["error"]["code"]
    assert "OperationNotFound" == answer.json()["error"]["details"][0]["code"]


def test_the_answer_to_a_missing_token_says_so_in_a_detail(client: CLIENT) -> None:
    """An older CesiumJS reads the first detail without asking whether there is one."""
    del client.headers["authorization"]
    try:
        answer = client.get("/itwins/x")
    finally:
        client.headers["authorization"] = "Bearer itwin-platform"

    assert (401, "Bearer") == (answer.status_code, answer.headers["www-authenticate"])
    assert ["HeaderNotFound"] * 2 == [answer.json()["error"]["code"], answer.json()["error"]["details"][0]["code"]]


@pytest.mark.parametrize(
    ("scopes", "status"), [("itwin-platform", 404), ("itwins:read", 404), ("data:read", 403), ("itwins:modify", 403)]
)
def test_a_call_needs_the_platforms_scope_or_an_older_one(client: CLIENT, scopes: str, status: int) -> None:
    assert status == client.get("/itwins/x", headers={"authorization": f"Bearer {scopes}"}).status_code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MissingRequestBody"),
        ("  ", "MissingRequestBody"),
        ("[]", "InvalidRequestBody"),
        ("{", "InvalidRequestBody"),
        ('{"a":1,"a":2}', "InvalidRequestBody"),
        ("a=1", "InvalidRequestBody"),
        ("[" * 900, "InvalidRequestBody"),
    ],
)
def test_a_body_that_is_no_object_is_refused(client: CLIENT, body: str, code: str) -> None:
    answer = client.post("/itwins", content=body)

    assert (422, code) == (answer.status_code, answer.json()["error"]["details"][0]["code"])


def test_a_long_body_is_too_large(client: CLIENT) -> None:
    answer = client.post("/itwins", content=json.dumps({"a": "b" * 1000}))

    assert (413, "RequestTooLarge") == (answer.status_code, answer.json()["error"]["code"])


def test_every_wrong_field_is_told_at_once() -> None:
    check = Check(Area.ITWINS, "Cannot create iTwin.")
    params = {"class": "Soap", "displayName": "x" * 256, "number": 3, "latitude": 91, "longitude": float("inf")}

    read = [
        check.word(params, "class", ["Endeavor"], required=True),
        check.word(params, "subClass", ["Project"], required=True),
        check.text(params, "displayName", required=True),
        check.text(params, "number"),
        check.number(params, "latitude", most=90),
        check.number(params, "longitude", most=180),
    ]

    assert [None] * 6 == read
    assert ["class", "subClass", "displayName", "number", "latitude", "longitude"] == [
        detail.target for detail in check.problem().details
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("DC914A84-E0C9-40E2-9D14-FAF5ED84147F", "dc914a84-e0c9-40e2-9d14-faf5ed84147f"), ("toto", None), ("", None)],
)
def test_an_id_is_a_uuid_in_any_case(sent: str, kept: str | None) -> None:
    assert kept == id_of(sent)

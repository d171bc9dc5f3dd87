"""Sign-in for programs, under `/authentication`."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import TestClient

import outfeed.dialects.aps.auth_routes
from identities import NEW_YEAR_MS, StandingClock, an_identity
from outfeed.dialects.aps import auth_errors, auth_wire
from outfeed.dialects.aps.auth_routes import HANDLERS
from outfeed.errors import ClientUnknown
from outfeed.http import oauth
from outfeed.identity.apps import App, Credentials
from outfeed.identity.service import Grant, Identity
from outfeed.identity.tokens import Claims
from outfeed.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "auth"
README = Path(outfeed.dialects.aps.auth_routes.__file__).with_name("README.md")
V1 = "/authentication/v1/authenticate"
V2 = "/authentication/v2/token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CLIENT = TestClient[Litestar]


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def a_client(identity: Identity, **settings: Any) -> CLIENT:
    """Return a client of a server with the sign-in calls."""
    services = SimpleNamespace(identity=identity, settings=Settings(**settings))
    app = Litestar(HANDLERS, state=State({"services": services}), exception_handlers={Exception: auth_errors.respond})
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return an_identity(tmp_path_factory.mktemp("data"), StandingClock())


@pytest.fixture(scope="module")
def robot(identity: Identity) -> Credentials:
    return identity.create_app("Robot")


@pytest.fixture(scope="module")
def client(identity: Identity) -> Iterator[CLIENT]:
    with a_client(identity) as client:
        yield client


def fields(robot: Credentials, **changes: Any) -> dict[str, Any]:
    """Return the fields of a sign-in in the body, changed as asked; None leaves one out."""
    given = {
        "client_id": robot.app.id,
        "client_secret": robot.client_secret,
        "grant_type": "client_credentials",
        "scope": "data:read bucket:create",
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def basic(name: str, secret: str) -> dict[str, str]:
    """Return a Basic header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def scopes_of(client: CLIENT, answer: httpx.Response) -> list[str]:
    """Return the scopes in a token, verified with the published keys."""
    keys = KeySet.import_key_set(client.get("/authentication/v2/keys").json())
    found: list[str] = jwt.decode(answer.json()["access_token"], keys, ["RS256"]).claims["scope"]
    return found


# --- Tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("encoding", ["data", "json"])
def test_credentials_in_a_form_or_in_json_give_a_token(
    client: CLIENT, robot: Credentials, path: str, encoding: str
) -> None:
    answer = client.post(path, **{encoding: fields(robot)})  # type: ignore[arg-type] # one of two names of a body

    shape = golden("token_v1" if path == V1 else "token_v2")
    assert (200, list(shape), "Bearer", 3600) == (
        answer.status_code,
        list(answer.json()),
        answer.json()["token_type"],
        answer.json()["expires_in"],
    )
    assert ["data:read", "bucket:create"] == scopes_of(client, answer)


@pytest.mark.parametrize("path", [V1, V2])
def test_nobody_on_the_way_keeps_a_token(client: CLIENT, robot: Credentials, path: str) -> None:
    answer = client.post(path, data=fields(robot))

    assert "no-store" == answer.headers["cache-control"]


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_a_basic_header_gives_a_token(client: CLIENT, robot: Credentials, scheme: str) -> None:
    headers = basic(robot.app.id, robot.client_secret)
    headers["Authorization"] = headers["Authorization"].replace("Basic", scheme)

    answer = client.post(V2, data={"grant_type": "client_credentials", "scope": "data:read"}, headers=headers)

    assert ["data:read"] == scopes_of(client, answer)


def test_a_percent_encoded_basic_header_is_decoded_once() -> None:
    header = basic("a%2Db+c", "%2541")["Authorization"]

    assert ("a-b c", "%41") == oauth.parse_basic(header)


def test_header_counts_where_the_body_has_credentials_too(client: CLIENT, robot: Credentials) -> None:
    body = fields(robot, client_secret="wrong")

    answer = client.post(V2, data=body, headers=basic(robot.app.id, robot.client_secret))

    assert 200 == answer.status_code


def test_forge_apis_may_leave_the_blank_between_scopes_unencoded(client: CLIENT, robot: Credentials) -> None:
    body = "grant_type=client_credentials&scope=data:read data:write"

    answer = client.post(V2, content=body, headers=FORM | basic(robot.app.id, robot.client_secret))

    assert ["data:read", "data:write"] == scopes_of(client, answer)


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize(
    ("asked", "given"), [(None, []), ("", []), (["data:read", "data:write"], ["data:read", "data:write"])]
)
def test_a_client_gets_the_scopes_that_it_asks_for_and_no_more(
    client: CLIENT, robot: Credentials, path: str, asked: Any, given: list[str]
) -> None:
    answer = client.post(path, json=fields(robot, scope=asked))

    assert given == scopes_of(client, answer)


def test_open_mode_gives_any_client_a_token_of_the_local_user(tmp_path: Path) -> None:
    identity = an_identity(tmp_path, open=True)

    with a_client(identity, open=True) as client:
        v1 = client.post(V1, data={"client_id": "x", "client_secret": "y", "grant_type": "client_credentials"})
        v2 = client.post(V2, data={"grant_type": "client_credentials", "scope": "data:read"}, headers=basic("x", "y"))

    assert [200, 200] == [v1.status_code, v2.status_code]


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status", "v1", "v2"),
    [
        ({"client_secret": "wrong"}, 401, "AUTH-003", "invalid_client"),
        ({"client_id": "nobody"}, 401, "AUTH-003", "invalid_client"),
        ({"client_id": "cli", "client_secret": "x"}, 401, "AUTH-003", "invalid_client"),
        ({"client_id": "\x00'\"\ud7ff"}, 401, "AUTH-003", "invalid_client"),
        ({"scope": "data:read everything"}, 400, "AUTH-004", "invalid_scope"),
        ({"scope": 7}, 400, "AUTH-008", "invalid_request"),
        ({"scope": ["data:read", 7]}, 400, "AUTH-008", "invalid_request"),
        ({"client_id": 7}, 400, "AUTH-008", "invalid_request"),
        ({"grant_type": None}, 400, "AUTH-008", "invalid_request"),
        ({"grant_type": ""}, 400, "AUTH-008", "invalid_request"),
        ({"grant_type": ["client_credentials"]}, 400, "AUTH-008", "invalid_request"),
        ({"grant_type": "password"}, 400, "AUTH-009", "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 501, "not_built", "not_built"),
        ({"grant_type": "refresh_token"}, 501, "not_built", "not_built"),
    ],
)
def test_a_wrong_sign_in_is_told_why_in_each_versions_words(
    client: CLIENT, robot: Credentials, changes: dict[str, Any], status: int, v1: str, v2: str
) -> None:
    first = client.post(V1, json=fields(robot, **changes))
    second = client.post(V2, json=fields(robot, **changes))

    assert (status, v1) == (first.status_code, first.json()["errorCode"])
    assert (status, v2) == (second.status_code, second.json()["error"])
    assert {"developerMessage", "userMessage", "errorCode", "more info"} == set(first.json())
    assert {"error", "error_description"} == set(second.json())


@pytest.mark.parametrize(
    ("name", "v1", "v2"),
    [
        ("client_id", (400, "AUTH-008"), (401, "invalid_client")),
        ("client_secret", (400, "AUTH-008"), (401, "invalid_client")),
    ],
)
def test_missing_credentials_are_told_in_each_versions_words(
    client: CLIENT, robot: Credentials, name: str, v1: tuple[int, str], v2: tuple[int, str]
) -> None:
    first = client.post(V1, data=fields(robot, **{name: None}))
    second = client.post(V2, data=fields(robot, **{name: None}))

    assert v1 == (first.status_code, first.json()["errorCode"])
    assert v2 == (second.status_code, second.json()["error"])


def test_a_client_that_fails_is_told_how_to_sign_in(client: CLIENT, robot: Credentials) -> None:
    answer = client.post(V2, data=fields(robot, client_secret="wrong"))

    assert 'Basic realm="outfeed"' == answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /////w==", "Bearer x", "Basic JWZmOiVmZg==", "é"]
)
def test_a_header_that_cannot_be_read_is_an_unknown_client(header: str) -> None:
    with pytest.raises(ClientUnknown):
        oauth.parse_basic(header)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'"text"', b'{"grant_type": NaN}'])
@pytest.mark.parametrize("path", [V1, V2])
def test_a_body_that_cannot_be_read_is_refused(client: CLIENT, path: str, body: bytes) -> None:
    assert 400 == client.post(path, content=body, headers={"Content-Type": "application/json"}).status_code


def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with a_client(an_identity(tmp_path), max_body_bytes=10) as client:
        answer = client.post(V2, content=b"grant_type=client_credentials", headers=FORM)

    assert (413, "invalid_request") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("path", [V1, V2])
def test_an_address_that_asks_too_often_is_told_when_to_come_again(tmp_path: Path, path: str) -> None:
    identity = an_identity(tmp_path, StandingClock(), rate_per_s=1, rate_burst_s=2)
    body = fields(identity.create_app("Robot"))

    with a_client(identity) as client:
        answers = [client.post(path, data=body) for _ in range(3)]

    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert ("2", golden("rate_limited")) == (answers[-1].headers["retry-after"], answers[-1].json())


def test_what_nobody_foresaw_shows_nothing_of_its_text(client: CLIENT, identity: Identity, monkeypatch: Any) -> None:
    def broken() -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(identity, "jwks", broken)

    answer = client.get("/authentication/v2/keys")

    assert (500, "unexpected", False) == (answer.status_code, answer.json()["errorCode"], "42" in answer.text)


# --- Around tokens ----------------------------------------------------------------------------------------------------


def test_an_app_learns_what_its_own_token_says(client: CLIENT, robot: Credentials) -> None:
    token = client.post(V2, data=fields(robot)).json()["access_token"]

    by_form = client.post("/authentication/v2/introspect", data=fields(robot, token=token))
    by_header = client.post(
        "/authentication/v2/introspect", data={"token": token}, headers=basic(robot.app.id, robot.client_secret)
    )

    expected = golden("introspection_of_an_app") | {"client_id": robot.app.id, "exp": NEW_YEAR_MS // 1000 + 3600}
    assert expected == by_form.json() == by_header.json()


def test_an_app_learns_nothing_of_anothers_token_nor_of_nonsense(
    client: CLIENT, identity: Identity, robot: Credentials
) -> None:
    other = client.post(V2, data=fields(identity.create_app("Other"))).json()["access_token"]

    answers = [
        client.post("/authentication/v2/introspect", data=fields(robot, token=token)) for token in (other, "nonsense")
    ]

    assert [(200, {"active": False})] * 2 == [(answer.status_code, answer.json()) for answer in answers]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [({"client_secret": "wrong"}, 401, "invalid_client"), ({"token": None}, 400, "invalid_request")],
)
def test_introspection_needs_a_client_and_a_token(
    client: CLIENT, robot: Credentials, changes: dict[str, Any], status: int, error: str
) -> None:
    answer = client.post("/authentication/v2/introspect", data=fields(robot, **{"token": "x"} | changes))

    assert (status, error) == (answer.status_code, answer.json()["error"])


def test_the_keys_are_published(client: CLIENT, identity: Identity) -> None:
    assert {"keys": identity.jwks()} == client.get("/authentication/v2/keys").json()


@pytest.mark.parametrize("path", sorted({path for one in HANDLERS if "GET" in one.http_methods for path in one.paths}))
def test_head_answers_as_get_does(client: CLIENT, path: str) -> None:
    assert client.get(path).status_code == client.head(path).status_code


def test_a_path_that_is_not_there_has_the_gateways_shape(client: CLIENT) -> None:
    missing = client.get("/authentication/v3/token")
    wrong_method = client.delete("/authentication/v2/keys")

    assert (404, "/docs") == (missing.status_code, missing.json()["more info"])
    assert (405, True) == (wrong_method.status_code, "GET" in wrong_method.headers["allow"])


# --- Coverage ---------------------------------------------------------------------------------------------------------


def rows() -> dict[str, str]:
    """Return the state of each call in the coverage table of sign-in."""
    section = README.read_text("utf-8").split("## Sign-in")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `((?:GET|POST) /[^`]+)` \| (done|partly|not) \|", section, re.MULTILINE))


def test_the_coverage_table_has_every_route() -> None:
    routes = {
        f"{method} {path}"
        for handler in HANDLERS
        for path in handler.paths
        for method in handler.http_methods - {"HEAD"}
    }

    assert routes == set(rows())


@pytest.mark.parametrize("call", sorted(call for call, state in rows().items() if state == "not"))
def test_what_is_not_covered_says_so(client: CLIENT, call: str) -> None:
    method, path = call.split(" ")

    answer = client.request(method, path)

    assert 501 == answer.status_code
    assert "not built yet" in answer.text


# --- Shapes -----------------------------------------------------------------------------------------------------------


def test_bodies_look_like_the_reference() -> None:
    grant = Grant(access_token="aaa.bbb.ccc", expires_in_s=3600, scopes=("data:read",))
    user = "7d9cdb5e-5e1c-4a43-9ed3-5c1a8c1f2b60"
    claims = Claims(
        principal_id=user, app_id="client-1", scopes=("data:read", "bucket:create"), expires_at_s=1767229200
    )
    app = App(id="client-1", name="Robot", service_id="service-1", owner_email=None, created_at=0)

    assert golden("token_v1") == auth_wire.token_v1_json(grant)
    assert golden("token_v2") == auth_wire.token_v2_json(grant)
    assert golden("introspection_of_a_user") == auth_wire.introspection_json(claims, app)

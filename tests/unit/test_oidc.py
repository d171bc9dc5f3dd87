"""Sign-in as OpenID Connect has it: discovery, tokens and keys."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import TestClient

from identities import StandingClock, an_identity
from outfeed.dialects import oidc
from outfeed.dialects.oidc import wire
from outfeed.identity.apps import Credentials
from outfeed.identity.service import Grant, Identity
from outfeed.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "oidc"
CLIENT = TestClient[Any]
ASKED = {"grant_type": "client_credentials", "scope": "itwin-platform offline_access"}


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return an_identity(tmp_path_factory.mktemp("data"), StandingClock(), public_url="https://models.example.org")


@pytest.fixture(scope="module")
def robot(identity: Identity) -> Credentials:
    return identity.create_app("Robot")


@pytest.fixture(scope="module")
def client(identity: Identity) -> Iterator[CLIENT]:
    services = SimpleNamespace(identity=identity, settings=Settings())
    app = Litestar(oidc.routers(), state=State({"services": services}), exception_handlers={Exception: oidc.respond})
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def basic(robot: Credentials, secret: str = "") -> dict[str, str]:
    text = f"{robot.app.id}:{secret or robot.client_secret}"
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_the_configuration_is_true(client: CLIENT) -> None:
    assert golden("configuration") == client.get("/.well-known/openid-configuration").json()


def test_bodies_look_like_the_reference() -> None:
    grant = Grant(access_token="aaa.bbb.ccc", expires_in_s=3600, scopes=("itwin-platform",))

    assert golden("token") == wire.token_json(grant)


@pytest.mark.parametrize("how", ["basic", "body", "slash"])
def test_a_program_gets_a_token_that_our_keys_verify(client: CLIENT, robot: Credentials, how: str) -> None:
    in_body = {"client_id": robot.app.id, "client_secret": robot.client_secret}
    path = "/connect/token/" if how == "slash" else "/connect/token"

    if how == "body":
        answer = client.post(path, data=ASKED | in_body)
    else:
        answer = client.post(path, data=ASKED, headers=basic(robot))
    keys = KeySet.import_key_set(client.get("/connect/jwks").json())
    claims = jwt.decode(answer.json()["access_token"], keys, ["RS256"]).claims

    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert ("Bearer", 3600, "itwin-platform") == tuple(list(answer.json().values())[1:])
    assert (["itwin-platform"], 60) == (claims["scope"], claims["iat"] - claims["nbf"])
    assert ("Robot", f"{robot.app.id}@apps.models.example.org") == (claims["name"], claims["email"])


@pytest.mark.parametrize(
    ("form", "secret", "status", "error"),
    [
        (ASKED, "wrong", 401, "invalid_client"),
        (ASKED | {"scope": "nothing"}, "", 400, "invalid_scope"),
        (ASKED | {"grant_type": "password"}, "", 400, "unsupported_grant_type"),
        ({}, "", 400, "invalid_request"),
        (ASKED | {"grant_type": "refresh_token"}, "", 501, "unsupported_response_type"),
    ],
)
def test_errors_are_oauths(
    client: CLIENT, robot: Credentials, form: dict[str, str], secret: str, status: int, error: str
) -> None:
    answer = client.post("/connect/token", data=form, headers=basic(robot, secret))

    assert (status, error) == (answer.status_code, answer.json()["error"])
    assert {"error", "error_description"} == set(answer.json())


def test_both_addresses_publish_the_same_keys(client: CLIENT, identity: Identity) -> None:
    answers = [client.get(path).json() for path in ("/connect/jwks", "/.well-known/jwks.json")]

    assert [{"keys": identity.jwks()}] * 2 == answers


@pytest.mark.parametrize("path", ["/connect/authorize", "/connect/userinfo", "/connect/endsession"])
def test_the_login_of_users_is_not_built(client: CLIENT, path: str) -> None:
    assert 501 == client.get(path).status_code == client.head(path).status_code

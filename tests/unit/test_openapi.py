"""What OpenAPI says of the calls is what they do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from outfeed.app import application
from outfeed.clock import now_ms
from outfeed.openapi import SCHEMES, security_of
from outfeed.services import Services
from outfeed.settings import Settings

#: What every call is asked with; a number where an id is none.
SOME_ID = "00000000-0000-4000-8000-000000000001"
NUMBERS = {"{version_id}": "1"}

#: How a call refuses who shows nothing, by what it says that signs it.
REFUSALS = {"token": (401, "Bearer"), "printer": (401, "X-Printer-Auth-Token"), "app": (401, 'Basic realm="outfeed"')}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    """Return a client of a new server who has no token."""
    settings = Settings(data=tmp_path_factory.mktemp("openapi"), rate_per_s=100_000)
    with TestClient(application(Services.build(settings, clock=now_ms))) as made:
        yield made


@pytest.mark.slow
def test_a_call_asks_for_what_it_says_that_signs_it(client: TestClient[Any]) -> None:
    """Each call is made without anything: who needs a token says so, and who needs none does not."""
    wrong, signed = [], dict.fromkeys(REFUSALS, 0)
    for path, calls in client.get("/openapi.json").json()["paths"].items():
        asked = re.sub(r"\{[^}]*\}", lambda name: NUMBERS.get(name[0], SOME_ID), path)
        for method, call in calls.items():
            answer = client.request(method.upper(), asked, follow_redirects=False)
            told = answer.status_code, answer.headers.get("www-authenticate")
            needed = [next(iter(one)) for one in call["security"]] if {} not in call["security"] else []
            signed |= {name: signed[name] + 1 for name in needed}
            is_right = told == REFUSALS[needed[0]] if needed else answer.status_code not in {401, 404}
            if not (is_right or answer.status_code == 501 or _is_no_id(path)):
                wrong.append((method, path, call["security"], told))

    assert [] == wrong
    assert all(signed.values())


def _is_no_id(path: str) -> bool:
    """Tell whether a call looks for what its address names before it asks for a token: 404."""
    return re.search(r"/printdb/\w+/\{|/oss/v2/signedresources/|/bim360/.*/versions/\{\w+\}$", path) is not None


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("POST /ps/v1/print/printers/status", [["printer"]]),
        ("POST /print/printers/command/{task_id}", [["printer"]]),
        ("GET /print/printers/command/{task_id}", [["token"]]),
        ("GET /print/printers/status/{printer_id}", [["token"]]),
        ("GET /v1/print/printers/{printer_id}/jobs", [["token"]]),
        ("GET /print/printers/jobs", [["printer"]]),
        ("POST /api/v1/print/printers/registration_code", [["printer"], []]),
        ("POST /authentication/v2/token", [["app"], []]),
        ("HEAD /printdb/materials", []),
        ("GET /itwins/{itwin_id}", [["token"]]),
    ],
)
def test_some_calls_are_signed_by_others_than_users(call: str, names: list[list[str]]) -> None:
    assert names == [list(one) for one in security_of(*call.split())]


def test_each_thing_that_signs_is_described(client: TestClient[Any]) -> None:
    described = client.get("/openapi.json").json()

    assert SCHEMES == described["components"]["securitySchemes"]
    assert set(SCHEMES) == {
        name
        for calls in described["paths"].values()
        for call in calls.values()
        for one in call["security"]
        for name in one
    }

"""Whatever is sent to a call of the iTwin platform, it answers in the platform's envelope and never breaks."""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

import pytest

from outfeed.dialects import itwin
from unit.itwin_door import Door, Json, Model, a_door

ROUTES: Final = sorted(
    (str(method), route.path_format)
    for router in itwin.routers()
    for route in router.routes
    for method in getattr(route, "methods", ())
    if method != "OPTIONS"
)
VALUES: Final[list[Any]] = [
    *(None, "", "x", "\0", "\ud800", "x\r\ny", "a" * 300, 0, -1, 1.5, 1e308, True, [], {}, [{}], [1] * 500),
    *({"size": 5}, {"size": -1}, {"size": 2**70}, "empty", "fromBaseline", "visible"),
    {"southWest": {"latitude": 1, "longitude": "x"}, "northEast": None},
]
FIELDS: Final = [
    "iTwinId",
    "projectId",
    "name",
    "displayName",
    "class",
    "subClass",
    "number",
    "status",
    "parentId",
    "description",
    "extent",
    "baselineFile",
    "latitude",
    "creationMode",
    "template",
    "changesetId",
    "state",
    "image",
    "type",
    "iModelId",
    "exportType",
]
PARAMETERS: Final = [
    "$top",
    "$skip",
    "$orderBy",
    "$search",
    "$select",
    "$filter",
    "name",
    "state",
    "iTwinId",
    "subClass",
    "status",
    "type",
    "number",
    "displayName",
    "parentId",
    "afterIndex",
    "lastIndex",
    "comp",
    "blockid",
    "includeInactive",
    "iTwinAccountId",
    "signature",
    "expires",
]
TEXTS: Final = (
    "",
    "x",
    "1",
    "-1",
    "9" * 30,
    "%00",
    "%ff",
    "name desc",
    "index+desc",
    ",,,",
    "true",
    "a" * 3000,
    "%25",
    "٣",
)
SEGMENTS: Final = ("x", "%00", "%ff", "a%2Fb", "0", "9" * 50, "me", "favorites", "%F0%9F%98%80")
BODIES: Final = (b"", b"\xff", b"[]", b"null", b"{", b"a=1")
PER_ROUTE: Final = 20


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("door"), rate_per_s=100_000) as opened:
        yield opened


@pytest.fixture
def model(door: Door) -> Model:
    return door.a_model(versions=3)


def an_address(chance: random.Random, path: str, model: Model) -> str:
    known = (model.id, model.project_id.upper(), model.changesets[1], *SEGMENTS)
    parts = [chance.choice(known) if part.startswith("{") else part for part in path.split("/")]
    query = "&".join(f"{chance.choice(PARAMETERS)}={chance.choice(TEXTS)}" for _ in range(chance.randint(0, 3)))
    return "/".join(parts) + (f"?{query}" if query else "")


def a_body(chance: random.Random, model: Model) -> bytes:
    if chance.random() < 0.2:
        return chance.choice(BODIES)
    whole: Json = {"class": "Thing", "subClass": "Asset", "displayName": "x", "name": "x", "iTwinId": model.project_id}
    body = whole if chance.random() < 0.5 else {}
    body |= {chance.choice(FIELDS): chance.choice(VALUES) for _ in range(chance.randint(0, 4))}
    return json.dumps(body).encode()


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_no_call_breaks(door: Door, model: Model, method: str, path: str) -> None:
    chance = random.Random(f"{method} {path}")  # noqa: S311 - the same calls each time, and no secret
    for _ in range(PER_ROUTE):
        address = an_address(chance, path, model)
        body = a_body(chance, model) if method in {"POST", "PATCH", "PUT"} else None

        answer = door.client.request(method, address, content=body, headers=door.headers())

        assert answer.status_code < 500, (address, body, answer.text)
        assert answer.status_code < 400 or method == "HEAD" or {"error"} == set(answer.json()), (address, answer.text)

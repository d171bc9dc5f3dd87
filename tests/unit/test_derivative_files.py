"""Names of derivatives' files, and addresses of them that work without a token for their time."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.testing import TestClient

from a_library import Time
from outfeed.blobs.links import Links
from outfeed.dialects.autodesk import derivative_files as files
from outfeed.dialects.autodesk.names import encoded, letters
from outfeed.errors import LinkExpired, NotFound
from outfeed.http.paths import decoded, on_raw_path
from outfeed.http.routing import get_and_head
from outfeed.settings import Settings

EXPORT, JOB = "fc3aa1e5-5196-4dd9-a73e-4cfda693e576", "0b8f7a52-9d5c-4d3c-8f57-1d2a3b4c5d6e"
VERSION = "urn:adsk.wipprod:fs.file:vf._DqhflGWTdmnPkz9ppPldg?version=1"
OBJECT = "urn:adsk.objects:os.object:parts/a gear.stl"
PAGE = files.page_path(VERSION, EXPORT, JOB)
DRAWN = files.derivative_path(OBJECT, EXPORT, "sheets/1.pdf")


@get_and_head("/{encoded_source:str}/output/{owner_id:str}/{name:path}")
async def get_file(request: Request[Any, Any, Any]) -> Response[Any]:
    """Tell what a signed address says; 403 for one that does not work."""
    path = decoded(request.url.path.removeprefix("/"))
    try:
        return Response(files.check_address(request, path))
    except LinkExpired:
        return Response({}, status_code=403)


@get_and_head("/link")
async def get_link(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a signed address."""
    return Response({"url": files.signed_url(request, request.query_params["path"], 120)})


@get_and_head("/policy")
async def get_policy(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a policy for five minutes, good for an address with the rest of the query."""
    said = dict(request.query_params)
    path, now_s = said.pop("path"), request.app.state.services.clock() // 1000
    return Response(files.sign_policy(request, path, expires_at_s=now_s + 300, said=said))


@dataclass
class Door:
    """An application with these routes, and its clock."""

    client: TestClient[Any]
    clock: Time

    def link(self, path: str) -> str:
        """Return a signed address as this client asks for it."""
        url = urlsplit(self.client.get("/link", params={"path": path}).json()["url"])
        return f"{url.path}?{url.query}"

    def policy(self, path: str, **said: str) -> dict[str, str]:
        """Return a policy."""
        made: dict[str, str] = self.client.get("/policy", params={"path": path, **said}).json()
        return made

    def status(self, address: str, **cookies: str) -> int:
        """Return what an address answers to a client with these cookies."""
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        return self.client.get(address, headers=headers).status_code


@pytest.fixture
def door() -> Iterator[Door]:
    clock = Time()
    services = SimpleNamespace(settings=Settings(), clock=clock, links=Links(b"secret"))
    app = Litestar(
        [get_file, get_link, get_policy], state=State({"services": services}), openapi_config=None, logging_config=None
    )
    with TestClient(on_raw_path(app)) as client:
        yield Door(client, clock)


# --- Names ------------------------------------------------------------------------------------------------------------


def test_the_id_of_an_exported_page_looks_like_the_reference() -> None:
    """The reference page: the encoded version, and twice 22 letters."""
    found = files.resource_id(PAGE)

    assert f"urn:adsk.viewing:fs.file:{encoded(VERSION)}/output/{letters(EXPORT)}/{letters(JOB)}.pdf" == found
    assert PAGE == files.resource_path(found)


def test_a_path_says_what_it_was_made_of() -> None:
    page, drawn = files.parse_path(PAGE), files.parse_path(DRAWN)

    assert (VERSION, EXPORT, JOB) == (page.source, page.owner_id, page.job_id)
    assert (OBJECT, EXPORT, "sheets/1.pdf", None) == (drawn.source, drawn.owner_id, drawn.name, drawn.job_id)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "output",
        PAGE.replace("/output/", "/input/"),
        PAGE.replace("/output/", "=/output/"),
        PAGE.replace("/output/", "/output/../output/"),
        PAGE.replace(letters(EXPORT), letters(EXPORT)[:-1]),
        "é" + PAGE,
        "____" + PAGE,
        f"/{PAGE}",
    ],
)
def test_what_is_no_path_of_ours_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        files.parse_path(path)


@pytest.mark.parametrize("id_", ["", PAGE, f"URN:adsk.viewing:fs.file:{PAGE}", f"urn:adsk.viewing:fs.file{PAGE}"])
def test_what_is_no_resource_id_is_not_found(id_: str) -> None:
    with pytest.raises(NotFound):
        files.resource_path(id_)


# --- Signed addresses -------------------------------------------------------------------------------------------------


def test_the_path_of_a_signed_address_is_the_resource_id_without_its_prefix(door: Door) -> None:
    """Specs/bim360.md, section 1.3: clients may rely on it."""
    path = urlsplit(door.link(PAGE)).path

    assert files.resource_id(PAGE) == "urn:adsk.viewing:fs.file:" + path.removeprefix("/")


def test_a_link_works_for_two_minutes_and_not_longer(door: Door) -> None:
    link, started = door.link(PAGE), door.clock.now
    statuses = []
    for door.clock.now in (started, started + 119_000, started + 119_999, started + 120_000, started + 121_000):
        statuses.append(door.status(link))

    assert [200, 200, 200, 403, 403] == statuses


def test_a_new_link_leaves_the_old_one_its_time(door: Door) -> None:
    first = door.link(PAGE)
    door.clock.now += 100_000
    second = door.link(PAGE)
    both = (door.status(first), door.status(second))
    door.clock.now += 100_000

    assert (first != second, (200, 200)) == (True, both)
    assert (403, 200) == (door.status(first), door.status(second))


def test_anything_changed_in_a_link_ends_it(door: Door) -> None:
    link = door.link(PAGE)
    path, _, query = link.partition("?")
    fields = dict(parse_qsl(query))
    later = urlencode({**fields, "expires": str(int(fields["expires"]) + 1)})
    other = files.page_path(VERSION, JOB, JOB)
    changed = [path, f"{path}?{later}", f"{link}0", f"{link}&x=1", f"/{other}?{query}", f"/{DRAWN}?{query}"]

    assert [403] * 6 == [door.status(address) for address in changed]


def test_a_link_works_however_a_client_encodes_its_path(door: Door) -> None:
    path = files.derivative_path(OBJECT, EXPORT, "sheets/A 1 é.pdf")
    link = door.link(path)

    assert " " not in link
    assert [200, 200] == [door.status(link), door.status(link.replace("sheets", "s%68eets"))]


# --- Policies ---------------------------------------------------------------------------------------------------------


def test_a_policy_is_made_of_letters_that_cookies_and_queries_carry(door: Door) -> None:
    policy = door.policy(PAGE)
    text = policy["Policy"].translate(str.maketrans("-_~", "+=/"))
    said = json.loads(base64.b64decode(text))

    assert ["Policy", "Key-Pair-Id", "Signature"] == list(policy)
    assert f"/{PAGE}" == said["Statement"][0]["Resource"]
    assert not set("".join(policy.values())) & set("+=/;, ")


def test_a_policy_opens_its_file_by_query_and_by_cookies(door: Door) -> None:
    policy = door.policy(PAGE)
    cookies = {f"CloudFront-{name}": value for name, value in policy.items()}
    started, statuses = door.clock.now, []
    for door.clock.now in (started, started + 299_999, started + 300_000):
        statuses.append((door.status(f"/{PAGE}?{urlencode(policy)}"), door.status(f"/{PAGE}", **cookies)))

    assert [(200, 200), (200, 200), (403, 403)] == statuses


def test_a_policy_is_for_one_file_and_for_what_it_shall_say(door: Door) -> None:
    said = {"response-content-disposition": 'attachment; filename="a b.pdf"'}
    policy = door.policy(PAGE, **said)
    answer = door.client.get(f"/{PAGE}", params={**said, **policy})
    others = [f"/{DRAWN}?{urlencode({**said, **policy})}", f"/{PAGE}?{urlencode(policy)}"]

    assert (200, said) == (answer.status_code, answer.json())
    assert [403, 403] == [door.status(address) for address in others]


def test_neither_signature_is_good_for_the_other(door: Door) -> None:
    policy = door.policy(PAGE)
    expires = str(door.clock.now + 300_000)
    link = dict(parse_qsl(urlsplit(door.link(PAGE)).query))
    signed_alike = {**policy, "Signature": link["signature"]}

    assert 403 == door.status(f"/{PAGE}?{urlencode({'expires': expires, 'signature': policy['Signature']})}")
    assert 403 == door.status(f"/{PAGE}?{urlencode(signed_alike)}")


def a_policy(end: Any) -> str:
    text = json.dumps({"Statement": [{"Condition": {"DateLessThan": {"AWS:EpochTime": end}}}]})
    return base64.b64encode(text.encode()).decode().translate(str.maketrans("+=/", "-_~"))


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "é",
        "!!!!",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b"[" * 5_000).decode(),
        base64.b64encode(b"9" * 5_000).decode(),
        a_policy("soon"),
        a_policy([]),
        a_policy(-1),
        a_policy(10**300),
        a_policy(9_999_999_999),
    ],
)
def test_what_is_no_policy_of_ours_opens_nothing(door: Door, policy: str) -> None:
    query = urlencode({"Policy": policy, "Key-Pair-Id": "OUTFEED", "Signature": "0" * 64})

    assert 403 == door.status(f"/{PAGE}?{query}")

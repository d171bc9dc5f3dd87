"""The markups API at the door, and its page in the docs."""

import io
import re
import shlex
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pikepdf
import pytest
from litestar.testing import TestClient

from one_app import application_over
from outfeed.database import writing
from outfeed.dialects.autodesk.names import version_urn
from outfeed.library import markups
from outfeed.library.items import ItemVersion
from outfeed.schema import project_members
from outfeed.sheets.markups.shapes import SHAPES, Shape
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf
from unit.markup_helpers import a_shape

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "markups.md"
ALL = ("data:read", "data:write")
SQUARE = {"kind": "rectangle", "rect": [10, 20, 110, 70]}
XFDF = "application/vnd.adobe.xfdf"


@dataclass
class Desk:
    """A sheet in a project of Ann's, whose member Bob is too, and the application over it."""

    site: DrawingSite
    client: TestClient[Any]
    sheet: ItemVersion

    @property
    def path(self) -> str:
        """Return the address of the sheet's markups."""
        urn = quote(version_urn(self.sheet.model.id, self.sheet.version.index), safe="")
        return f"/markups/v1/projects/b.{self.site.project.id}/versions/{urn}/markups"

    def call(
        self, method: str, path: str = "", *, who: str = "ann", scopes: tuple[str, ...] = ALL, **more: Any
    ) -> httpx.Response:
        """Return the answer to a call of somebody."""
        token = self.site.services.identity.token_for_user(f"{who}@example.org", scopes).access_token
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.client.request(method, self.path + path, headers=headers, **more)

    def drawn(self, *, who: str = "ann", **fields: Any) -> dict[str, Any]:
        """Return a markup that somebody has drawn."""
        answer = self.call("POST", who=who, json={"shapes": [SQUARE], **fields})
        assert 201 == answer.status_code, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def seen(self, who: str, query: str = "") -> list[str]:
        """Return the ids of the markups that somebody sees."""
        return [one["id"] for one in self.call("GET", query, who=who).json()["markups"]]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DrawingSite, TestClient[Any]]]:
    with a_drawing_site(tmp_path_factory.mktemp("desk")) as site:
        member = {"project_id": site.project.id, "role": "member", "favorite": False}
        with writing(site.services.database) as connection:
            connection.execute(project_members.insert().values(principal_id=site.bob.principal_id, **member))
        with TestClient(app=application_over(site.services)) as client:
            yield site, client


@pytest.fixture
def desk(door: tuple[DrawingSite, TestClient[Any]]) -> Desk:
    site, client = door
    return Desk(site, client, site.split(f"{uuid.uuid4()}.pdf", a_pdf(["plan"]))[0])


def test_what_is_drawn_comes_back_with_all_its_fields(desk: Desk) -> None:
    made = desk.drawn(shapes=[{**SQUARE, "link": "https://example.org"}])

    assert {
        "id": made["id"],
        "page": 0,
        "author": "ann@example.org",
        "mine": True,
        "published": False,
        "createdAt": made["createdAt"],
        "modifiedAt": made["createdAt"],
        "shapes": [a_shape("rectangle", rect=[10, 20, 110, 70], link="https://example.org").json()],
        "replies": [],
    } == made
    assert made == desk.call("GET", f"/{made['id']}").json()
    assert {"markups": [made]} == desk.call("GET").json()


def test_a_markup_is_its_owners_until_it_is_published(desk: Desk) -> None:
    name = desk.drawn()["id"]

    before = (desk.seen("bob"), desk.call("GET", f"/{name}", who="bob").status_code)
    desk.call("PATCH", f"/{name}", json={"published": True})
    after = (desk.seen("bob"), desk.call("GET", f"/{name}", who="bob").json()["mine"])
    desk.call("PATCH", f"/{name}", json={"published": False})

    assert ([], 404) == before
    assert ([name], False) == after
    assert ([], [name]) == (desk.seen("bob"), desk.seen("ann"))


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_only_who_has_drawn_it_changes_it(desk: Desk, method: str) -> None:
    hidden, shown = desk.drawn()["id"], desk.drawn(published=True)["id"]

    answers = [desk.call(method, f"/{name}", who="bob", json={}).status_code for name in (hidden, shown)]

    assert [404, 403] == answers
    assert [hidden, shown] == sorted(desk.seen("ann"), key=[hidden, shown].index)


def test_shapes_are_replaced_and_the_rest_stays(desk: Desk) -> None:
    made = desk.drawn(published=True)

    desk.site.clock.now += 1000
    changed = desk.call("PATCH", f"/{made['id']}", json={"shapes": [{"kind": "note", "at": [1, 2]}]}).json()

    assert ["note"] == [shape["kind"] for shape in changed["shapes"]]
    assert made["modifiedAt"] < changed["modifiedAt"]
    assert all(made[name] == changed[name] for name in ("id", "page", "author", "published", "createdAt"))
    assert changed == desk.call("GET", f"/{made['id']}").json()


def test_what_is_deleted_is_gone(desk: Desk) -> None:
    name = desk.drawn()["id"]

    answer = desk.call("DELETE", f"/{name}")

    assert (204, b"") == (answer.status_code, answer.content)
    assert [] == desk.seen("ann")
    assert 404 == desk.call("DELETE", f"/{name}").status_code


@pytest.mark.parametrize("who", ["eve"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("GET", "/x"), ("PATCH", "/x"), ("DELETE", "/x")]
)
def test_who_is_no_member_finds_nothing(desk: Desk, method: str, path: str, who: str) -> None:
    desk.drawn(published=True)

    answer = desk.call(method, path, who=who, json={"shapes": [SQUARE]} if method == "POST" else None)

    assert (404, "not_found") == (answer.status_code, answer.json()["error"]["code"])


def test_a_version_is_one_of_its_own_project(desk: Desk) -> None:
    other = desk.site.services.projects.create(desk.site.ann, "Other").id
    by_urn = desk.path.replace(desk.site.project.id, other)
    by_id = f"/markups/v1/projects/{other}/versions/{desk.sheet.version.id}/markups"
    token = desk.site.services.identity.token_for_user("ann@example.org", ALL).access_token

    found = [desk.client.get(path, headers={"Authorization": f"Bearer {token}"}) for path in (by_urn, by_id)]

    assert [404, 404] == [answer.status_code for answer in found]


def test_a_version_is_named_by_its_urn_or_its_id(desk: Desk) -> None:
    made = desk.drawn()
    token = desk.site.services.identity.token_for_user("ann@example.org", ALL).access_token

    path = f"/markups/v1/projects/{desk.site.project.id}/versions/{desk.sheet.version.id}/markups/{made['id']}"
    assert made == desk.client.get(path, headers={"Authorization": f"Bearer {token}"}).json()


@pytest.mark.parametrize(("method", "scopes"), [("GET", ("data:write",)), ("POST", ("data:read",))])
def test_scopes_are_asked_for(desk: Desk, method: str, scopes: tuple[str, ...]) -> None:
    answer = desk.call(method, scopes=scopes, json={"shapes": [SQUARE]} if method == "POST" else None)

    assert (403, "scope_missing") == (answer.status_code, answer.json()["error"]["code"])


def test_without_a_token_nothing_is_told(desk: Desk) -> None:
    answer = desk.client.get(desk.path)

    assert (401, "token_missing") == (answer.status_code, answer.json()["error"]["code"])
    assert "Bearer" == answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({}, "missing_field", "shapes"),
        ({"shapes": []}, "invalid_field", "shapes has 0 items"),
        ({"shapes": [{**SQUARE, "rect": [1, 2, 3]}]}, "invalid_field", "shapes[0].rect has 3 items"),
        ({"shapes": [SQUARE], "page": 1}, "invalid_field", "There is no page 1"),
        ({"shapes": [SQUARE], "page": -1}, "invalid_field", "page"),
        ({"shapes": [SQUARE], "page": True}, "invalid_field", "page"),
        ({"shapes": [SQUARE], "published": 1}, "invalid_field", "published"),
        ({"shapes": [SQUARE], "author": "Eve"}, "invalid_field", "author is not known"),
    ],
)
def test_what_is_malformed_is_refused_by_its_path(desk: Desk, body: dict[str, Any], code: str, where: str) -> None:
    answer = desk.call("POST", json=body)

    assert (400, code) == (answer.status_code, answer.json()["error"]["code"])
    assert where in answer.json()["error"]["message"]
    assert [] == desk.seen("ann")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[]", 400), (b"{", 400), (b'{"a":NaN}', 400), (b" " * (4 << 20) + b"{}", 413)],
    ids=["a list", "cut", "no number", "large"],
)
def test_what_is_no_object_is_refused(desk: Desk, body: bytes, status: int) -> None:
    assert status == desk.call("POST", content=body).status_code


def test_pages_of_a_file_are_asked_for_one_by_one(desk: Desk) -> None:
    file = desk.site.split(f"{uuid.uuid4()}.pdf", a_pdf(["one", "two"]))[0].page
    assert file is not None
    path = f"/markups/v1/projects/{desk.site.project.id}/versions/{file.source_id}/markups"
    headers = {
        "Authorization": f"Bearer {desk.site.services.identity.token_for_user('ann@example.org', ALL).access_token}"
    }
    posted = [desk.client.post(path, headers=headers, json={"shapes": [SQUARE], "page": page}) for page in (1, 0, 2)]

    found = [
        desk.client.get(f"{path}{query}", headers=headers).json()["markups"] for query in ("", "?page=1", "?page=7")
    ]
    assert [201, 201, 400] == [answer.status_code for answer in posted]
    assert [[0, 1], [1], []] == [[one["page"] for one in markups] for markups in found]
    assert 400 == desk.client.get(f"{path}?page=x", headers=headers).status_code


def test_xfdf_goes_in_and_comes_out(desk: Desk) -> None:
    sent = (
        b'<xfdf xmlns="http://ns.adobe.com/xfdf/"><annots><link page="0" rect="0,0,9,9"/>'
        b'<square page="0" rect="1,2,30,40" color="#ff0000" title="Cyd" name="a"><contents>Hm</contents></square>'
        b'<text page="0" rect="0,0,9,9" title="Dan" name="b" inreplyto="a"><contents>No</contents></text>'
        b"</annots></xfdf>"
    )

    answer = desk.call("POST", "?published=true", content=sent, headers={"Content-Type": XFDF})
    back = desk.call("GET", who="bob", headers={"Accept": XFDF})

    (made,) = answer.json()["markups"]
    assert (201, "Cyd", True, True) == (answer.status_code, made["author"], made["published"], made["mine"])
    assert [{"what": "link", "count": 1, "why": "It is nothing that is drawn."}] == answer.json()["lost"]
    assert XFDF == back.headers["content-type"]
    square, reply = ET.fromstring(back.content)[0]  # noqa: S314 what we wrote ourselves
    assert ("Cyd", "Dan", made["id"]) == (square.get("title"), reply.get("title"), reply.get("inreplyto"))


def test_what_is_imported_twice_is_there_twice(desk: Desk) -> None:
    desk.drawn()
    written = desk.call("GET", headers={"Accept": XFDF}).content

    desk.call("POST", content=written, headers={"Content-Type": XFDF})

    assert 2 == len(set(desk.seen("ann")))


@pytest.mark.parametrize("content", [b"", b"<fdf/>", b'<!DOCTYPE x [<!ENTITY a "a">]><xfdf/>'])
def test_what_is_no_xfdf_is_refused(desk: Desk, content: bytes) -> None:
    answer = desk.call("POST", content=content, headers={"Content-Type": XFDF})

    assert (400, "source_damaged") == (answer.status_code, answer.json()["error"]["code"])


def test_of_a_file_with_a_page_that_is_not_there_nothing_is_kept(desk: Desk) -> None:
    squares = "".join(f'<square page="{page}" rect="1,2,30,40"/>' for page in (0, 9))

    answer = desk.call("POST", content=f"<xfdf><annots>{squares}</annots></xfdf>", headers={"Content-Type": XFDF})

    assert (400, "invalid_field") == (answer.status_code, answer.json()["error"]["code"])
    assert [] == desk.seen("ann")


def test_an_app_acts_for_a_user_whose_markup_it_then_is(desk: Desk) -> None:
    identity = desk.site.services.identity
    robot = identity.create_app("Robot").app
    token = identity.grant(robot, ALL).access_token
    with writing(desk.site.services.database) as connection:
        member = {"project_id": desk.site.project.id, "role": "member", "favorite": False}
        connection.execute(project_members.insert().values(principal_id=robot.service_id, **member))

    headers = {"Authorization": f"Bearer {token}", "x-user-id": desk.site.bob.principal_id}
    made = desk.client.post(desk.path, headers=headers, json={"shapes": [SQUARE]})

    assert (201, "bob@example.org") == (made.status_code, made.json()["author"])
    assert ([made.json()["id"]], []) == (desk.seen("bob"), desk.seen("ann"))


def test_a_page_has_so_many_markups_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that the caller does not see count."""
    monkeypatch.setattr(markups, "MOST_MARKUPS", 2)
    desk.drawn()
    desk.drawn(who="bob")

    answer = desk.call("POST", json={"shapes": [SQUARE]})

    assert (422, "not_meaningful") == (answer.status_code, answer.json()["error"]["code"])
    assert 1 == len(desk.seen("ann"))


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_version_has_room_for_so_many_bytes(desk: Desk, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    made = desk.drawn()
    monkeypatch.setattr(markups, "MOST_BYTES", 2000)

    path = f"/{made['id']}" if method == "PATCH" else ""
    answer = desk.call(method, path, json={"shapes": [{**SQUARE, "text": "x" * 2000}]})

    assert (422, "not_meaningful") == (answer.status_code, answer.json()["error"]["code"])
    assert {"markups": [made]} == desk.call("GET").json()


def test_what_is_drawn_is_in_the_exported_page_of_who_sees_it(desk: Desk) -> None:
    shown, own = desk.drawn(published=True)["id"], desk.drawn(who="bob")["id"]
    found = {}
    for caller in (desk.site.ann, desk.site.bob):
        export = desk.site.services.sheet_exports.start_page(
            caller, desk.site.project.id, desk.sheet.model.id, 0, markups=True, hyperlinks=True
        )
        desk.site.run()
        artifact = desk.site.services.sheet_exports.artifact(export.id)
        with pikepdf.open(io.BytesIO(desk.site.bytes_of(artifact.blob))) as pdf:
            found[caller.principal_id] = {str(one.NM) for one in pdf.pages[0].Annots}

    assert {desk.site.ann.principal_id: {shown}, desk.site.bob.principal_id: {shown, own}} == found


def test_the_examples_of_the_page_work(desk: Desk) -> None:
    """In their order: each answer is a good one, and the markup of one is that of the next."""
    text = PAGE.read_text(encoding="utf-8")
    named = {"server": "", "project": desk.site.project.id, "markup": "", "token": ""}
    named["version"] = desk.path.split("/versions/")[1].removesuffix("/markups")
    named["token"] = desk.site.services.identity.token_for_user("ann@example.org", ALL).access_token
    statuses = []
    for example in re.findall(r"```\n(curl .*?)```", text, re.DOTALL):
        named["markup"] = named["markup"] or (desk.seen("ann") or [""])[0]
        method, path, headers, data = an_example(example, named)
        statuses.append(desk.client.request(method, path, headers=headers, content=data).status_code)

    assert [201, 200, 200, 204, 200, 200, 201] == statuses


def an_example(command: str, named: dict[str, str]) -> tuple[str, str, dict[str, str], str | None]:
    """Return what a line of curl sends."""
    words = shlex.split(re.sub(r"\$(\w+)", lambda found: named[found[1]], command.replace("\\\n", " ")))[1:]
    options = {flag: words[row + 1] for row, flag in enumerate(words) if flag in {"-X", "-d"}}
    headers = dict(words[row + 1].split(": ", 1) for row, flag in enumerate(words) if flag == "-H")
    path = next(word for word in words if word.startswith("/markups"))
    return options.get("-X", "GET"), path, headers, options.get("-d")


def test_the_page_has_every_shape_and_every_field() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    common = {field.name for field in fields(Shape)}
    every = {field.name for shape in SHAPES.values() for field in fields(shape)}

    assert {"kind", *common, *SHAPES} == set(rows)
    for kind, shape in SHAPES.items():
        needed, more = rows[kind].split(" | ")[:2]
        told = set(re.findall(r"`(\w+)`", needed + more)) & every
        assert {field.name for field in fields(shape)} - common == told - common, kind

"""Model Derivative over HTTP: what a client meets, with jobs that run here and now."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pikepdf
import pytest
import trimesh
from PIL import Image

from outfeed.dialects.autodesk import derivative_files as files
from outfeed.dialects.autodesk.names import encoded, letters, version_urn
from unit.drawing_site import a_pdf
from unit.md_door import ROOT, SOLID, MdDoor, an_md_door, children, local, urn_of

BOB = "bob@example.org"
STRANGER = "cyd@example.org"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MdDoor]:
    with an_md_door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


# --- Jobs and manifests -----------------------------------------------------------------------------------------------


def test_an_object_becomes_meshes(door: MdDoor) -> None:
    """Judged by trimesh."""
    urn = door.an_object("a gear.obj")
    manifest = door.made(urn, "stl", "OBJ", "glb")
    volumes = {}
    for type_ in ("stl", "obj", "glb"):
        [child] = children(manifest, type_)
        content = door.get(f"{urn}/manifest/{child['urn']}").content
        mesh = trimesh.load_mesh(io.BytesIO(content), file_type=type_)
        volumes[type_] = (
            len(mesh.faces),
            mesh.is_watertight,
            round(float(mesh.volume) * (1e9 if type_ == "glb" else 1), 3),
        )

    assert dict.fromkeys(("stl", "obj", "glb"), (4, True, 166.667)) == volumes


def test_the_same_job_again_is_201_and_makes_nothing(door: MdDoor) -> None:
    urn = door.an_object()
    first, before = door.start(urn, "stl"), None
    door.site.run()
    before = door.manifest(urn)
    again = door.start(urn, "stl")

    assert [(200, "success"), (201, "created")] == [
        (answer.status_code, answer.json()["result"]) for answer in (first, again)
    ]
    assert before == door.manifest(urn)


def test_force_makes_it_anew(door: MdDoor) -> None:
    urn = door.an_object()
    before = door.made(urn, "stl")
    again = door.start(urn, "stl", headers=door.headers(x_ads_force="True"))

    assert (200, "pending") == (again.status_code, door.manifest(urn)["status"])
    door.site.run()
    assert children(before, "stl")[0]["urn"] != children(door.manifest(urn), "stl")[0]["urn"]


def test_options_of_the_vendor_reach_the_files(door: MdDoor) -> None:
    """STL as text, and OBJ in metres."""
    urn = door.an_object()
    door.made(urn, "stl", format="ascii")
    manifest = door.made(urn, "obj", unit="meter")
    stl, obj = (door.get(f"{urn}/manifest/{children(manifest, type_)[0]['urn']}").text for type_ in ("stl", "obj"))

    assert stl.startswith("solid")
    assert "v 0.01 0 0" in obj


@pytest.mark.parametrize("spelling", ["plain", "padded", "other letters", "other realm"])
def test_a_source_is_known_by_every_spelling_of_its_name(door: MdDoor, spelling: str) -> None:
    [page] = door.pages("One")
    urn = urn_of(page)
    realm = encoded(version_urn(page.model.id, 0).replace("wipprod", "wipemea"))
    asked = {
        "plain": urn,
        "padded": urn + "=" * (-len(urn) % 4),
        "other letters": urn.replace("-", "+").replace("_", "/"),
        "other realm": realm,
    }[spelling]

    assert (200, urn) == (door.start(asked, "thumbnail").status_code, door.manifest(quote(asked, safe=""))["urn"])


def test_a_failure_is_told_with_its_reason(door: MdDoor) -> None:
    urn = door.an_object("gear.obj", b"v 0 0 0\nf 1 2 9\n")
    manifest = door.made(urn, "stl")
    [message] = manifest["derivatives"][0]["messages"]

    assert ("failed", "complete") == (manifest["status"], manifest["progress"])
    assert ("error", "index_out_of_range") == (message["type"], message["code"])
    assert message["message"].endswith(".")


def test_nothing_made_is_404_and_waiting_is_200(door: MdDoor) -> None:
    """forge-server-utils asks again at once, without a pause, when it is told 202."""
    urn = door.an_object()
    nothing = door.get(f"{urn}/manifest")
    door.start(urn, "stl")

    assert 404 == nothing.status_code
    assert ["diagnostic"] == list(nothing.json())
    assert ("pending", "0% complete") == (door.manifest(urn)["status"], door.manifest(urn)["progress"])


def test_a_manifest_can_be_deleted_and_again(door: MdDoor) -> None:
    urn = door.an_object()
    child = children(door.made(urn, "stl"), "stl")[0]["urn"]
    answers = [door.get(f"{urn}/manifest", "DELETE") for _ in range(2)]

    assert [(200, {"result": "success"})] * 2 == [(answer.status_code, answer.json()) for answer in answers]
    assert [404, 404] == [door.get(f"{urn}/{path}").status_code for path in ("manifest", f"manifest/{child}")]


@pytest.mark.parametrize(
    ("name", "data", "type_"), [("a.obj", SOLID, "pdf"), ("a.pdf", a_pdf(["One"]), "stl"), ("a.txt", b"hello", "stl")]
)
def test_what_is_not_made_of_such_a_source_is_406(door: MdDoor, name: str, data: bytes, type_: str) -> None:
    answer = door.start(door.an_object(name, data), type_)

    assert 406 == answer.status_code
    assert f"No {type_} is made of" in answer.json()["diagnostic"]


def test_regions_have_paths_of_their_own(door: MdDoor) -> None:
    urn = door.an_object()
    manifest = door.made(urn, "stl")
    headers, eu = door.headers(), ROOT.replace("designdata", "regions/eu/designdata")
    there = door.client.get(f"{eu}/{urn}/manifest", headers=headers).json()
    child = door.client.get(f"{eu}/{urn}/manifest/{children(there, 'stl')[0]['urn']}", headers=headers)
    said = door.get(f"{urn}/manifest", region="AUS").json()

    assert ("US", "EMEA", "AUS") == (manifest["region"], there["region"], said["region"])
    assert (200, 284) == (child.status_code, len(child.content))


# --- Pictures ---------------------------------------------------------------------------------------------------------


def test_a_thumbnail_comes_in_three_sizes(door: MdDoor) -> None:
    urn = door.an_object("a gear é.obj")
    before = door.get(f"{urn}/thumbnail")
    door.start(urn, "thumbnail")
    waiting = door.get(f"{urn}/thumbnail")
    door.site.run()
    answers = [door.get(f"{urn}/thumbnail{query}") for query in ("", "?width=100", "?height=400&width=400")]

    assert (404, 404) == (before.status_code, waiting.status_code)
    assert before.json() != waiting.json()
    assert [(200, 200), (100, 100), (400, 400)] == [Image.open(io.BytesIO(one.content)).size for one in answers]
    assert ["image/png"] * 3 == [one.headers["content-type"] for one in answers]
    assert ("[100,100]", "a gear _.obj") == (answers[1].headers["x-ads-size"], answers[1].headers["x-ads-name"])
    assert "true" == door.manifest(urn)["hasThumbnail"]


def test_a_thumbnail_of_another_size_is_refused(door: MdDoor) -> None:
    assert 400 == door.get(f"{door.an_object('gear.obj')}/thumbnail?width=300").status_code


# --- Files ------------------------------------------------------------------------------------------------------------


def spellings(urn: str) -> list[str]:
    """Return a derivative's URN as clients put it into a path: raw, encoded, and half of it encoded."""
    return [urn, quote(urn, safe=""), quote(urn, safe="/"), urn.replace("/", "%2f", 1)]


def test_a_file_is_found_however_its_name_is_encoded(door: MdDoor) -> None:
    source = door.an_object()
    [child] = children(door.made(source, "stl"), "stl")
    answers = [door.get(f"{source}/manifest/{name}") for name in spellings(child["urn"])]
    heads = [door.get(f"{source}/manifest/{name}", "HEAD") for name in spellings(child["urn"])]

    assert [(200, 284)] * 4 == [(answer.status_code, len(answer.content)) for answer in answers]
    assert [(200, "284", b"")] * 4 == [(one.status_code, one.headers["content-length"], one.content) for one in heads]


@pytest.mark.parametrize(
    ("asked", "status", "told", "length"),
    [
        ("bytes=0-63", 206, "bytes 0-63/284", 64),
        ("bytes=200-", 206, "bytes 200-283/284", 84),
        ("bytes=0-284", 206, "bytes 0-283/284", 284),
        ("bytes=283-9999", 206, "bytes 283-283/284", 1),
        ("bytes=284-300", 416, "bytes */284", None),
    ],
)
def test_a_range_is_cut_at_the_end(door: MdDoor, asked: str, status: int, told: str, length: int | None) -> None:
    """The npm client asks for one byte too many."""
    source = door.an_object()
    [child] = children(door.made(source, "stl"), "stl")
    answer = door.get(f"{source}/manifest/{child['urn']}", Range=asked)

    assert (status, told) == (answer.status_code, answer.headers["content-range"])
    assert length in {None, len(answer.content)}


def test_a_file_belongs_to_its_source_and_to_its_derivative(door: MdDoor) -> None:
    first, second = door.an_object("a.obj"), door.an_object("b.obj")
    mine = children(door.made(first, "stl"), "stl")[0]["urn"]
    other = children(door.made(second, "stl"), "stl")[0]["urn"]
    mixed = mine.replace(mine.split("/")[2], other.split("/")[2])
    statuses = [
        door.get(f"{source}/manifest/{urn}").status_code
        for source, urn in [(first, mine), (second, mine), (first, other), (first, mixed), (first, mine[:-1])]
    ]

    assert [200, 404, 404, 404, 404] == statuses


@pytest.mark.parametrize("name", ["x", "urn:adsk.viewing:fs.file:x", "signedcookies", "%FF", "x/signedcookies", "%00"])
def test_what_is_no_derivative_is_not_found(door: MdDoor, name: str) -> None:
    urn = door.an_object()
    answer = door.get(f"{urn}/manifest/{name}")

    assert answer.status_code in {400, 404}
    assert ["diagnostic"] == list(answer.json())


# --- Cookies and signed addresses -------------------------------------------------------------------------------------


def cookies_of(answer: Any) -> list[str]:
    """Return the values of cookies by position, cut as the npm client does."""
    found = answer.headers.get_list("set-cookie")
    assert ["CloudFront-Policy", "CloudFront-Key-Pair-Id", "CloudFront-Signature"] == [
        one.partition("=")[0] for one in found
    ]
    return [re.sub(r"^[^=]*=", "", one).partition(";")[0] for one in found]


@pytest.mark.parametrize("encode", [True, False])
def test_cookies_come_in_the_order_that_clients_take_them_in(door: MdDoor, *, encode: bool) -> None:
    """The npm client takes them by position and puts them into the query."""
    source = door.an_object("a gear.obj")
    [child] = children(door.made(source, "stl"), "stl")
    name = quote(child["urn"], safe="") if encode else child["urn"]
    asked = door.get(f"{source}/manifest/{name}/signedcookies")
    query = urlencode(dict(zip(files.POLICY_NAMES, cookies_of(asked), strict=True)))
    got = door.client.get(f"{local(asked.json()['url'])}?{query}", headers={"range": "bytes=80-83"})

    assert (206, b"\x04\0\0\0") == (got.status_code, got.content)
    assert (284, "model/stl") == (asked.json()["size"], asked.json()["content-type"])
    assert files.resource_id(urlsplit(asked.json()["url"]).path[1:]) == child["urn"]


def test_cookies_may_be_sent_as_cookies_for_their_time(door: MdDoor) -> None:
    source = door.an_object()
    [child] = children(door.made(source, "stl"), "stl")
    said = 'attachment; filename="part 1.stl"'
    query = urlencode({"minutes-expiration": 5, "response-content-disposition": said})
    asked = door.get(f"{source}/manifest/{child['urn']}/signedcookies?{query}")
    cookie = "; ".join(one.partition(";")[0] for one in asked.headers.get_list("set-cookie"))
    url, statuses, started = local(asked.json()["url"]), [], door.site.clock.now
    for door.site.clock.now in (started, started + 299_000, started + 300_000):
        statuses.append(door.client.get(url, headers={"cookie": cookie}).status_code)
    door.site.clock.now = started
    door.client.cookies.clear()  # it keeps them as a browser does

    assert [200, 200, 403] == statuses
    assert said == door.client.get(url, headers={"cookie": cookie}).headers["content-disposition"]
    assert 403 == door.client.get(url).status_code
    assert 403 == door.client.get(urlsplit(url).path, headers={"cookie": cookie}).status_code


@pytest.mark.parametrize("query", ["minutes-expiration=361", "minutes-expiration=0", "response-content-disposition=x"])
def test_cookies_with_other_terms_are_refused(door: MdDoor, query: str) -> None:
    source = door.an_object()
    [child] = children(door.made(source, "stl"), "stl")

    assert 400 == door.get(f"{source}/manifest/{child['urn']}/signedcookies?{query}").status_code


def test_the_store_answers_as_s3_does(door: MdDoor) -> None:
    """Without a token; what is wrong is said in XML."""
    path = files.derivative_path("urn:adsk.objects:os.object:parts/a", door.site.project.id, "model.stl")
    unsigned = door.client.get(f"/{path}")

    assert (403, "application/xml") == (unsigned.status_code, unsigned.headers["content-type"])
    assert "AccessDenied" == ET.fromstring(unsigned.content).findtext("Code")  # noqa: S314 - our own answer


def test_the_route_of_the_store_takes_over_no_other(door: MdDoor) -> None:
    statuses = {path: door.client.get(path).status_code for path in ("/oss/output/x/y", "/nothing/x/y/z", "/a/output")}

    assert {"/oss/output/x/y": 404, "/nothing/x/y/z": 404, "/a/output": 404} == statuses


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_an_exported_page_is_in_the_manifest_of_its_version(door: MdDoor) -> None:
    """And its file is there for members, by its URN."""
    [page] = door.pages("One")
    urn = urn_of(page)
    before = door.get(f"{urn}/manifest")
    export_id = door.exported(page)
    [child] = children(door.manifest(urn), "pdf")
    got = door.get(f"{urn}/manifest/{quote(child['urn'], safe='')}")
    with pikepdf.open(io.BytesIO(got.content)) as pdf:
        pages = len(pdf.pages)

    assert (404, 200, 1) == (before.status_code, got.status_code, pages)
    assert ("pdf-page", "application/pdf") == (child["role"], child["mime"])
    assert f"/output/{letters(export_id)}/" in child["urn"]
    assert got.headers["content-disposition"].startswith(f'inline; filename="{page.version.file_name}"')


def test_a_page_is_of_its_own_version_only(door: MdDoor) -> None:
    first, second = door.pages("One", "Two")
    door.exported(first)
    [child] = children(door.manifest(urn_of(first)), "pdf")
    forged = child["urn"].replace(urn_of(first), urn_of(second))

    assert [200, 404, 404] == [
        door.get(f"{urn_of(page)}/manifest/{urn}").status_code
        for page, urn in [(first, child["urn"]), (second, child["urn"]), (second, forged)]
    ]


def test_a_drawing_becomes_a_pdf_of_each_sheet(door: MdDoor) -> None:
    urn = door.an_object("set.pdf", a_pdf(["One", "Two", "Three"], labels=["A-1", "A-2", "A-3"]))
    found = children(door.made(urn, "pdf"), "pdf")
    sizes = []
    for child in found:
        with pikepdf.open(io.BytesIO(door.get(f"{urn}/manifest/{child['urn']}").content)) as pdf:
            sizes.append(len(pdf.pages))

    assert (["A-1", "A-2", "A-3"], [1, 1, 1]) == ([child["name"] for child in found], sizes)


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_what_is_not_yours_is_not_there(door: MdDoor) -> None:
    [page] = door.pages("One")
    door.exported(page)
    urn = urn_of(page)
    paths = [f"{urn}/manifest", f"{urn}/thumbnail", f"{urn}/manifest/{children(door.manifest(urn), 'pdf')[0]['urn']}"]
    strange = [door.client.get(f"{ROOT}/{path}", headers=door.headers(STRANGER)).status_code for path in paths]
    started = door.start(urn, "pdf", headers=door.headers(STRANGER)).status_code
    deleted = door.client.delete(f"{ROOT}/{urn}/manifest", headers=door.headers(STRANGER)).status_code

    assert ([404, 404, 404], 404, 404) == (strange, started, deleted)


def test_a_member_reads_what_another_has_made(door: MdDoor) -> None:
    [page] = door.pages("One")
    door.exported(page)
    site = door.site
    site.services.projects.add_member(site.project.id, site.bob.principal_id)
    answer = door.client.get(f"{ROOT}/{urn_of(page)}/manifest", headers=door.headers(BOB))

    assert (200, 1) == (answer.status_code, len(children(answer.json(), "pdf")))


@pytest.mark.parametrize(
    ("method", "path", "scopes", "status"),
    [
        ("GET", "formats", ("bucket:read",), 200),
        ("GET", "{urn}/manifest", ("viewables:read",), 200),
        ("GET", "{urn}/manifest", ("data:write",), 403),
        ("GET", "{urn}/thumbnail", ("viewables:read",), 404),
        ("DELETE", "{urn}/manifest", ("data:read",), 403),
        ("POST", "job", ("data:read", "data:write"), 403),
        ("GET", "{urn}/manifest/x/signedcookies", ("viewables:read",), 403),
    ],
)
def test_scopes_are_those_of_the_reference(
    door: MdDoor, method: str, path: str, scopes: tuple[str, ...], status: int
) -> None:
    urn = door.an_object()
    door.start(urn, "stl")
    headers = door.headers("ann@example.org", *scopes)
    answer = door.client.request(method, f"{ROOT}/{path.format(urn=urn)}", headers=headers)

    assert status == answer.status_code
    assert (status == 403) == (answer.json().get("errorCode") == "AUTH-010")


def test_without_a_token_the_gateway_answers(door: MdDoor) -> None:
    answers = [door.client.get(f"{ROOT}/{path}") for path in ("formats", "x/manifest", "x/thumbnail", "x/manifest/y")]

    assert [(401, "AUTH-012")] * 4 == [(answer.status_code, answer.json()["errorCode"]) for answer in answers]


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with an_md_door(tmp_path, rate_per_s=1, rate_burst_s=2) as door:
        answers = [door.get("formats") for _ in range(3)]

    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "x/references"),
        ("GET", "x/metadata"),
        ("GET", "x/metadata/y"),
        ("GET", "x/metadata/y/properties"),
        ("POST", "x/metadata/y/properties:query"),
    ],
)
def test_what_is_not_built_says_so(door: MdDoor, method: str, path: str) -> None:
    answer = door.get(path, method)

    assert (501, ["diagnostic"]) == (answer.status_code, list(answer.json()))


def test_names_of_no_source_are_not_found(door: MdDoor) -> None:
    names = ["x", encoded("urn:adsk.objects:os.object:parts"), encoded("urn:adsk.objects:os.object:parts0/none")]

    assert [404] * 3 == [door.get(f"{name}/manifest").status_code for name in names]

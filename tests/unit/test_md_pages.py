"""Exported pages in Model Derivative: who sees them in the manifest, and how they are downloaded."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pikepdf
import pytest

from outfeed.dialects.autodesk.names import encoded, version_urn
from unit.sheets_door import SheetsDoor, a_sheets_door, local

ROOT = "/modelderivative/v2/designdata"
ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[SheetsDoor]:
    with a_sheets_door(tmp_path) as opened:
        yield opened


def exported(door: SheetsDoor, email: str = ANN, **flags: bool) -> Any:
    """Return the answer to an export that is done."""
    path = door.versions_of(door.sheets[0]) + "/exports"
    started = door.client.post(path, json=flags, headers=door.headers(email)).json()
    door.site.run()
    return door.client.get(f"{path}/{started['id']}", headers=door.headers(email)).json()["data"]


def listed(door: SheetsDoor, headers: dict[str, str]) -> list[str]:
    """Return the URNs of the exported pages that somebody sees in the manifest of Ann's first sheet."""
    sheet = door.sheets[0]
    urn = encoded(version_urn(sheet.model.id, sheet.version.index))
    answer = door.client.get(f"{ROOT}/{urn}/manifest", headers=headers)
    assert answer.status_code in {200, 404}, answer.text
    found = answer.json().get("derivatives", [])
    return [child["urn"] for derivative in found for child in derivative["children"]]


def test_a_page_is_downloaded_in_three_ways(door: SheetsDoor) -> None:
    """Specs/bim360.md, section 1.4: signed, with a token, and with cookies."""
    data = exported(door)
    resource = quote(data["resourceId"], safe="")
    signed = door.client.get(local(data["signedUrl"]))
    bearer = door.client.get(data["link"], headers=door.headers())
    asked = door.client.get(f"{ROOT}/{data['versionUrn']}/manifest/{resource}/signedcookies", headers=door.headers())
    cookies = "; ".join(one.partition(";")[0] for one in asked.headers.get_list("set-cookie"))
    with_cookies = door.client.get(local(asked.json()["url"]), headers={"cookie": cookies})

    assert [200] * 4 == [answer.status_code for answer in (signed, bearer, asked, with_cookies)]
    assert signed.content == bearer.content == with_cookies.content
    with pikepdf.open(io.BytesIO(signed.content)) as pdf:
        assert 1 == len(pdf.pages)


def test_a_signed_page_behaves_as_in_a_store(door: SheetsDoor) -> None:
    """Range, HEAD, a name; 304 for who has it; readable from other origins."""
    url = local(exported(door)["signedUrl"])
    whole, head = door.client.get(url), door.client.head(url)
    part = door.client.get(url, headers={"range": "bytes=0-4"})
    same = door.client.get(url, headers={"if-none-match": whole.headers["etag"]})

    assert ("application/pdf", 'inline; filename="') == (
        whole.headers["content-type"],
        whole.headers["content-disposition"][:18],
    )
    assert (200, b"", str(len(whole.content))) == (head.status_code, head.content, head.headers["content-length"])
    assert (206, b"%PDF-") == (part.status_code, part.content)
    assert (304, b"") == (same.status_code, same.content)


def test_a_signed_page_ends_after_two_minutes_or_with_any_change(door: SheetsDoor) -> None:
    url = local(exported(door)["signedUrl"])
    path, fields = urlsplit(url).path, dict(parse_qsl(urlsplit(url).query))
    later = urlencode({**fields, "expires": str(int(fields["expires"]) + 60_000)})
    statuses = []
    for waited_s in (119, 2):
        door.site.clock.now += 1000 * waited_s
        statuses.append(door.client.get(url).status_code)

    assert [200, 403] == statuses
    assert [403, 403] == [door.client.get(f"{path}{query}").status_code for query in ("", f"?{later}")]


def test_a_page_is_gone_with_its_drawing(door: SheetsDoor) -> None:
    """A signed address says who may read, and not that there is something."""
    url = local(exported(door)["signedUrl"])
    door.site.services.model_exports.delete_model(door.site.ann, door.file.model.id)
    gone = door.client.get(url)

    assert (404, True) == (gone.status_code, b"<Code>NoSuchKey</Code>" in gone.content)


def test_what_only_its_owner_sees_is_in_nobody_elses_manifest(door: SheetsDoor) -> None:
    """An export with Ann's own markups is for her alone; one without is for every member."""
    door.user(BOB, member=True)
    plain = exported(door)["resourceId"]
    door.marked(door.sheets[0], door.site.ann.principal_id, published=False, text="only Ann")
    private = exported(door, includeMarkups=True)["resourceId"]

    assert sorted([plain, private]) == sorted(listed(door, door.headers()))
    assert [plain] == listed(door, door.headers(BOB))


def test_markups_that_all_see_hide_no_export(door: SheetsDoor) -> None:
    door.user(BOB, member=True)
    door.marked(door.sheets[0], door.site.ann.principal_id, published=True, text="for all")
    shown = exported(door, includeMarkups=True)["resourceId"]

    assert [[shown], [shown]] == [listed(door, door.headers(email)) for email in (ANN, BOB)]


@pytest.mark.parametrize("app_in", [True, False])
@pytest.mark.parametrize("user_in", [True, False])
def test_acting_for_a_user_narrows_and_never_widens(door: SheetsDoor, app_in: bool, user_in: bool) -> None:  # noqa: FBT001 - columns of the table
    page = exported(door)["resourceId"]
    app, user = door.app(member=app_in), door.user(BOB, member=user_in)

    assert [page] * app_in == listed(door, app)
    assert [page] * (app_in and user_in) == listed(door, app | {"x-user-id": user})

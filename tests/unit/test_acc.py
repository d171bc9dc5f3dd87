"""ACC's exports over the application: files and sheets, results, and who may."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pikepdf
import pytest
import sqlalchemy as sa

from outfeed.database import writing
from outfeed.dialects.autodesk.names import version_urn
from outfeed.library.folders import FolderKind
from outfeed.library.items import ItemVersion
from outfeed.schema import versions
from unit.sheets_door import NOBODY, TWO, Json, SheetsDoor, a_sheets_door, local

HOUR_MS = 3_600_000


@pytest.fixture
def door(tmp_path: Path) -> Iterator[SheetsDoor]:
    with a_sheets_door(tmp_path) as door:
        yield door


def address(door: SheetsDoor, module: str) -> str:
    return f"/construction/{module}/v1/projects/{door.project}/exports"


def start(door: SheetsDoor, module: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    return door.client.post(address(door, module), json=fields, headers=headers or door.headers())


def started(door: SheetsDoor, module: str, **fields: Any) -> str:
    """Return the id of an export that Ann has started."""
    answer = start(door, module, **fields)
    assert answer.status_code == 202, answer.text
    assert {"id": answer.json()["id"], "status": "processing"} == answer.json()
    found: str = answer.json()["id"]
    return found


def status(door: SheetsDoor, module: str, export: str, headers: dict[str, str] | None = None) -> Any:
    return door.client.get(f"{address(door, module)}/{export}", headers=headers or door.headers())


def done(door: SheetsDoor, module: str, **fields: Any) -> Json:
    """Return an export of Ann's that has ended."""
    export = started(door, module, **fields)
    assert {"id": export, "status": "processing"} == status(door, module, export).json()
    door.site.run()
    found: Json = status(door, module, export).json()
    return found


def files(*items: ItemVersion) -> list[str]:
    return [version_urn(item.model.id, item.version.index) for item in items]


def ids(door: SheetsDoor) -> list[str]:
    return [sheet.version.id for sheet in door.sheets]


def error_of(answer: Any) -> tuple[int, str, str]:
    body = answer.json()
    assert {"code", "title", "detail"} == set(body)
    return answer.status_code, body["code"], body["title"]


# --- Results ----------------------------------------------------------------------------------------------------------


def test_one_pdf_becomes_a_pdf(door: SheetsDoor) -> None:
    found = done(door, "files", fileVersions=files(door.file), options={"outputFileName": "Tower & yard"})
    answer = door.client.get(local(found["result"]["output"]["signedUrl"]))

    assert ("successful", 200, "application/pdf") == (
        found["status"],
        answer.status_code,
        answer.headers["content-type"],
    )
    assert 'filename="Tower & yard.pdf"' in answer.headers["content-disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert 2 == len(pdf.pages)


def test_several_files_become_a_zip_and_say_what_is_not_in_it(door: SheetsDoor) -> None:
    other = door.site.added("second.pdf", TWO, kind=FolderKind.FILES)
    broken = door.site.added("broken.pdf", b"%PDF-1.7\n%nothing", kind=FolderKind.FILES)

    found = done(door, "files", fileVersions=files(door.file, other, broken))
    answer = door.client.get(local(found["result"]["output"]["signedUrl"]))

    assert ("partialSuccess", "application/zip") == (found["status"], answer.headers["content-type"])
    assert ["set.pdf", "second.pdf"] == zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    [failed] = found["result"]["output"]["failedFiles"]
    assert (files(broken)[0], "ERR_NO_PROCESSABLE_FILES") == (failed["id"], failed["reason"])
    assert found["result"]["failedFiles"] == [failed]


def test_an_export_of_nothing_but_broken_files_has_failed(door: SheetsDoor) -> None:
    broken = door.site.added("broken.pdf", b"%PDF-1.7\n%nothing", kind=FolderKind.FILES)

    found = done(door, "files", fileVersions=files(broken))
    error = found["result"]["error"]

    assert ("failed", "400", "ERR_NO_PROCESSABLE_FILES") == (found["status"], error["code"], error["title"])
    assert error["detail"].endswith(".")


def test_sheets_are_joined_in_the_order_in_which_they_are_named(door: SheetsDoor) -> None:
    found = done(door, "sheets", sheets=ids(door)[::-1], options={"outputFileName": "Set"})

    with pikepdf.open(io.BytesIO(door.client.get(local(found["result"]["output"]["signedUrl"])).content)) as pdf:
        texts = [page.Contents.read_bytes() for page in pdf.pages]

    assert [True, False] == [b"first floor" in text for text in texts]


@pytest.mark.parametrize("name", ["Ground / yard #1, 100%?", "Erdgeschoß", "..", 'a "b"; c'])
def test_a_result_may_have_any_printable_name(door: SheetsDoor, name: str) -> None:
    ended = done(door, "sheets", sheets=ids(door), options={"outputFileName": name})
    link = local(ended["result"]["output"]["signedUrl"])

    answer = door.client.get(link)

    assert (200, f"filename*=UTF-8''{quote(name.replace('/', '_'), safe='')}.pdf") == (
        answer.status_code,
        answer.headers["content-disposition"].rpartition("; ")[2],
    )


def test_a_result_takes_ranges_and_no_token(door: SheetsDoor) -> None:
    link = local(done(door, "sheets", sheets=ids(door))["result"]["output"]["signedUrl"])

    part = door.client.get(link, headers={"Range": "bytes=0-4"})
    head = door.client.head(link)
    behind = door.client.get(link, headers={"Range": "bytes=99999999-"})

    assert (206, b"%PDF-") == (part.status_code, part.content)
    assert (200, b"") == (head.status_code, head.content)
    assert (416, f"bytes */{head.headers['content-length']}") == (behind.status_code, behind.headers["content-range"])


def test_a_result_is_there_for_an_hour_and_then_to_be_made_again(door: SheetsDoor) -> None:
    export = started(door, "sheets", sheets=ids(door))
    door.site.run()
    first = local(status(door, "sheets", export).json()["result"]["output"]["signedUrl"])

    door.site.clock.now += HOUR_MS - 1
    second = local(status(door, "sheets", export).json()["result"]["output"]["signedUrl"])
    assert [200, 200] == [door.client.get(link).status_code for link in (first, second)]
    door.site.clock.now += 1

    assert [403, 403] == [door.client.get(link).status_code for link in (first, second)]
    assert (404, "404", "ERR_RESOURCE_NOT_EXIST") == error_of(status(door, "sheets", export))
    again = started(door, "sheets", sheets=ids(door))
    assert "successful" == status(door, "sheets", again).json()["status"]


def test_a_link_that_was_changed_anywhere_is_refused(door: SheetsDoor) -> None:
    link = local(done(door, "sheets", sheets=ids(door))["result"]["output"]["signedUrl"])
    first = link.index("/exports/") + len("/exports/")

    for place in range(first, len(link)):
        changed = link[:place] + ("y" if link[place] == "x" else "x") + link[place + 1 :]
        assert door.client.get(changed).status_code in {403, 404}, changed
    assert 403 == door.client.get(link.partition("?")[0]).status_code


# --- Starts that are refused ------------------------------------------------------------------------------------------


def test_what_is_no_drawing_is_refused(door: SheetsDoor) -> None:
    letter = door.site.added("letter.txt", b"Dear Sir", kind=FolderKind.FILES)

    answer = start(door, "files", fileVersions=files(door.file, letter))

    assert (400, "400", "ERR_BAD_INPUT") == error_of(answer)
    assert "letter.txt" in answer.json()["detail"]


def test_more_than_ten_gigabytes_are_refused(door: SheetsDoor) -> None:
    with writing(door.site.services.database) as connection:
        mine = versions.c.id == door.file.version.id
        connection.execute(sa.update(versions).where(mine).values(size=10_000_000_001))

    answer = start(door, "files", fileVersions=files(door.file))

    assert (422, "422", "ERR_FILES_TOO_LARGE") == error_of(answer)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"fileVersions": []}', b'{"fileVersions": [null]}', b"[" * 9999])
def test_a_body_that_is_wrong_is_refused(door: SheetsDoor, body: bytes) -> None:
    answer = door.client.post(address(door, "files"), content=body, headers=door.headers())

    assert (400, "400", "ERR_BAD_INPUT") == error_of(answer)


def test_a_file_is_no_sheet(door: SheetsDoor) -> None:
    assert 400 == start(door, "sheets", sheets=[door.file.version.id]).status_code
    assert 404 == start(door, "sheets", sheets=[NOBODY]).status_code


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["files", "sheets"])
def test_only_who_has_started_an_export_sees_it(door: SheetsDoor, module: str) -> None:
    door.user("bob@example.org", member=True)
    export = started(door, module, fileVersions=files(door.file), sheets=ids(door))

    other = "sheets" if module == "files" else "files"
    answers = [
        status(door, module, export, door.headers("bob@example.org")),
        status(door, module, export, door.headers("cyd@example.org")),
        status(door, other, export),
        status(door, module, NOBODY),
    ]

    assert [(404, "404", "ERR_RESOURCE_NOT_EXIST")] * 4 == [error_of(answer) for answer in answers]


@pytest.mark.parametrize("app_in", [True, False])
@pytest.mark.parametrize("user_in", [True, False])
def test_acting_for_a_user_narrows_and_never_widens(door: SheetsDoor, app_in: bool, user_in: bool) -> None:  # noqa: FBT001 - columns of the table
    app, user = door.app(member=app_in), door.user("bob@example.org", member=user_in)
    body = {"fileVersions": files(door.file), "sheets": ids(door)}

    statuses = [
        start(door, module, headers, **body).status_code
        for module in ("files", "sheets")
        for headers in (app, app | {"x-user-id": user}, app | {"x-user-id": NOBODY})
    ]

    both, nobody = 202 if app_in and user_in else 404, 403 if app_in else 404
    alone = (400, 202) if app_in else (404, 404)
    assert [alone[0], both, nobody, alone[1], both, nobody] == statuses


def test_an_app_reads_what_it_has_started_for_a_user(door: SheetsDoor) -> None:
    app, user = door.app(member=True), door.user("bob@example.org", member=True)
    headers = app | {"x-user-id": user}
    export = start(door, "files", headers, fileVersions=files(door.file)).json()["id"]

    assert [200, 200, 400] == [
        status(door, "files", export, headers).status_code,
        status(door, "files", export, door.headers("bob@example.org")).status_code,
        status(door, "files", export, app).status_code,
    ]


def test_each_call_needs_its_scope(door: SheetsDoor) -> None:
    reader, writer = (door.headers("ann@example.org", scope) for scope in ("data:read", "data:write"))
    body = {"fileVersions": files(door.file), "sheets": ids(door)}

    answers = [
        *(start(door, module, reader, **body) for module in ("files", "sheets")),
        *(status(door, module, NOBODY, writer) for module in ("files", "sheets")),
        door.client.get(f"/construction/sheets/v1/projects/{door.project}/sheets", headers=writer),
    ]

    assert [(403, "AUTH-010")] * 5 == [(answer.status_code, answer.json()["errorCode"]) for answer in answers]
    assert 401 == door.client.post(address(door, "files")).status_code


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with a_sheets_door(tmp_path, rate_per_s=1, rate_burst_s=2) as door:
        answers = [status(door, "files", NOBODY) for _ in range(3)]

    assert [404, 404, 429] == [answer.status_code for answer in answers]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2


def test_calls_that_are_not_built_say_so(door: SheetsDoor) -> None:
    answer = door.client.get(f"/construction/sheets/v1/projects/{door.project}/version-sets", headers=door.headers())

    assert (501, "501", "ERR_INTERNAL_SERVER_ERROR") == error_of(answer)

"""Bodies of page exports: every field of the reference, with our own values."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from outfeed.dialects.autodesk import derivative_files as files
from outfeed.dialects.autodesk.names import VersionName, unencoded, version_urn
from outfeed.dialects.bim360 import wire
from outfeed.errors import InvalidField, NotFound, SourceLocked
from outfeed.exports.sheet_requests import SheetExportKind
from outfeed.exports.sheets import SheetExport
from outfeed.jobs.states import State

GOLDEN = Path(__file__).parents[1] / "golden" / "bim360"

MODEL = "a5f7f7ae-1d6f-4a6a-8f5d-1f3f6d1c2b3a"
URN = version_urn(MODEL, 0)
EXPORT = SheetExport(
    id="fc3aa1e5-5196-4dd9-a73e-4cfda693e576",
    kind=SheetExportKind.PAGE,
    project_id="c1e7a3d0-98a4-4d6e-8d33-2f1c8a6f7e55",
    version_id="7d0c5b0d-5dfe-4a0c-9d43-1a1a3a6f8f10",
    state=State.SUCCEEDED,
    error_code=None,
    error=None,
    failed=(),
    file_name="A-101.pdf",
    artifact=None,
    warnings=(),
    job_id="0b8f7a52-9d5c-4d3c-8f57-1d2a3b4c5d6e",
    created_by="ann",
    created_at=1_787_368_700_000,
    finished_at=1_787_368_701_000,
)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def a_download() -> wire.Download:
    """Return the addresses of the export, on a server of its own."""
    path = files.page_path(URN, EXPORT.id, EXPORT.job_id)
    encoded, resource = path.partition("/")[0], files.resource_id(path)
    return wire.Download(
        version_urn=encoded,
        resource_id=resource,
        link="https://plans.example" + wire.link_path(encoded, resource),
        signed_url=f"https://plans.example/{path}?expires=1787368821000&signature=00ff",
    )


def test_a_finished_export_looks_like_the_reference() -> None:
    """`GET exports/:id` answers with the documented fields, in the documented types."""
    assert golden("export_completed") == wire.export_json(EXPORT, a_download())


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_an_export_that_goes_on_has_no_data(state: State) -> None:
    assert golden("export_committed") == wire.export_json(replace(EXPORT, state=state), None)


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_a_failed_export_says_why(state: State) -> None:
    failed = replace(EXPORT, state=state, error_code=SourceLocked.code, error=str(SourceLocked("A-101.pdf.")))

    assert golden("export_failed") == wire.export_json(failed, None)


def test_what_a_page_lacks_is_said_only_where_there_is_something() -> None:
    lacks = {"what": "link", "count": 2, "why": "It leads to a page that is not in the file."}

    told = wire.export_json(replace(EXPORT, warnings=(lacks,)), a_download())

    assert golden("export_completed") | {"warnings": [lacks]} == told


def test_the_names_of_a_page_are_symmetric() -> None:
    """The link holds the resource id, that holds the name of the version, and the signed address is the rest of it."""
    download = a_download()
    prefix = "urn:adsk.viewing:fs.file:"

    assert URN == unencoded(download.version_urn)
    assert download.resource_id.removeprefix(prefix) == download.signed_url.partition("?")[0].split("/", 3)[3]
    assert download.resource_id.startswith(f"{prefix}{download.version_urn}/output/")
    link = download.link.removeprefix("https://plans.example/modelderivative/v2/designdata/")
    assert [download.version_urn, "manifest", download.resource_id] == [unquote(part) for part in link.split("/")]
    assert "=" not in download.version_urn


@pytest.mark.parametrize(
    ("body", "markups", "hyperlinks"),
    [
        ({}, False, False),
        ({"includeMarkups": True}, True, False),
        ({"includeHyperlinks": True}, False, True),
        ({"includeCallouts": True, "urlType": "x", "baseUrl": 3, "other": []}, False, True),
        ({"includeCallouts": True, "includeHyperlinks": False}, False, False),
        ({"includeMarkups": "True", "includeHyperlinks": "false"}, True, False),
        ({"includeMarkups": None}, False, False),
    ],
)
def test_what_is_not_asked_for_is_left_out(body: dict[str, Any], markups: bool, hyperlinks: bool) -> None:  # noqa: FBT001 - columns of the table
    assert wire.Choice(markups=markups, hyperlinks=hyperlinks) == wire.parse_start(body)


@pytest.mark.parametrize("value", [1, "yes", [], {}, 0.0])
def test_a_flag_is_true_or_false(value: Any) -> None:
    with pytest.raises(InvalidField, match="includeMarkups"):
        wire.parse_start({"includeMarkups": value})


def test_a_version_whose_question_mark_was_not_encoded_is_found() -> None:
    path, number = URN.split("?version=")

    assert [VersionName(MODEL, 0)] * 3 == [
        wire.version_of(URN, ""),
        wire.version_of(URN, "9"),
        wire.version_of(path, number),
    ]
    assert ("1", "exports/x") == wire.split_number("1/exports/x")
    with pytest.raises(NotFound):
        wire.version_of(path, "")

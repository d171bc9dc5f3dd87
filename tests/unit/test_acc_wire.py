"""Bodies of ACC's exports: every field of the reference, with our own values."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.acc import exports_wire as wire
from outfeed.dialects.acc.errors import Title, failure_of
from outfeed.dialects.autodesk.names import VersionName, version_urn
from outfeed.errors import InvalidField, MissingField, NotFound, OutfeedError, every_error
from outfeed.exports.sheet_requests import FailedVersion, MarkupChoice, SheetExportKind
from outfeed.exports.sheets import SheetExport
from outfeed.http.bodies import Params
from outfeed.jobs.states import State

GOLDEN = Path(__file__).parents[1] / "golden" / "acc"

MODEL = "a5f7f7ae-1d6f-4a6a-8f5d-1f3f6d1c2b3a"
SHEET = "7d0c5b0d-5dfe-4a0c-9d43-1a1a3a6f8f10"
URN = version_urn(MODEL, 1)
URL = "https://plans.example/construction/exports/fc3aa1e5-5196-4dd9-a73e-4cfda693e576/Tower.zip?expires=1&signature=0"
EXPORT = SheetExport(
    id="fc3aa1e5-5196-4dd9-a73e-4cfda693e576",
    kind=SheetExportKind.FILES,
    project_id="c1e7a3d0-98a4-4d6e-8d33-2f1c8a6f7e55",
    version_id=None,
    state=State.SUCCEEDED,
    error_code=None,
    error=None,
    failed=(),
    file_name="Tower.zip",
    artifact=None,
    warnings=(),
    job_id="j",
    created_by="ann",
    created_at=1_787_368_700_000,
    finished_at=1_787_368_701_000,
)
DEFAULT = MarkupChoice(published=True, unpublished=True, links=False)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def options(**given: Any) -> wire.Options:
    return wire.parse_sheets({"sheets": [SHEET], "options": given})[1]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("export_processing", {"state": State.QUEUED}),
        ("export_processing", {"state": State.RUNNING}),
        ("export_successful", {}),
        (
            "export_partial",
            {"failed": (FailedVersion(model_id=MODEL, index=1, code="format_unknown", why="It is not read."),)},
        ),
        (
            "export_failed",
            {"state": State.FAILED, "error_code": "conversion_timed_out", "error": "It took too long."},
        ),
    ],
)
def test_an_export_looks_like_the_reference(name: str, changes: dict[str, Any]) -> None:
    assert golden(name) == wire.export_json(replace(EXPORT, **changes), URL)


def test_what_a_result_lacks_is_said_only_where_there_is_something() -> None:
    lacks = {"what": "link", "count": 2, "why": "It leads to a page that is not in the file."}

    told = wire.export_json(replace(EXPORT, warnings=(lacks,)), URL)

    assert {"signedUrl": URL, "warnings": [lacks]} == told["result"]["output"]


def test_a_start_answers_that_work_goes_on() -> None:
    assert golden("export_processing") == wire.started_json(EXPORT)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("conversion_timed_out", (500, Title.TIMEOUT)),
        ("drawing_too_large", (422, Title.FILE_TOO_LARGE)),
        ("source_locked", (400, Title.NOT_PROCESSABLE)),
        ("no_sheets", (400, Title.NOT_PROCESSABLE)),
        ("conversion_crashed", (500, Title.INTERNAL)),
        ("job_cancelled", (500, Title.INTERNAL)),
        (None, (500, Title.INTERNAL)),
    ],
)
def test_every_failure_has_a_title_of_the_reference(code: str | None, expected: tuple[int, Title]) -> None:
    assert expected == failure_of(code)


def test_no_error_of_ours_is_without_a_title() -> None:
    kinds: list[type[OutfeedError]] = list(every_error())

    assert all(failure_of(kind.code)[1] in Title for kind in kinds)


# --- Starts -----------------------------------------------------------------------------------------------------------


def test_files_are_named_by_their_versions() -> None:
    urns = [URN, version_urn(SHEET, 0), URN]

    versions, found = wire.parse_files({"fileVersions": urns})

    assert [VersionName(MODEL, 1), VersionName(SHEET, 0)] == versions
    assert wire.Options(markups=DEFAULT, file_name=None) == found


@pytest.mark.parametrize(
    ("standard", "expected"),
    [
        ({}, DEFAULT),
        ({"includeMarkupLinks": True}, MarkupChoice(published=True, unpublished=True, links=True)),
        ({"includePublishedMarkups": False}, MarkupChoice(published=False, unpublished=True)),
        (
            {"includePublishedMarkups": False, "includeUnpublishedMarkups": False, "includeMarkupLinks": True},
            MarkupChoice(published=False, unpublished=False, links=False),
        ),
        (
            {"includePublishedMarkups": None, "includeUnpublishedMarkups": "false"},
            MarkupChoice(published=True, unpublished=False),
        ),
    ],
)
def test_markups_are_in_by_default_and_links_only_with_them(standard: Params, expected: MarkupChoice) -> None:
    assert expected == options(standardMarkups=standard).markups


@pytest.mark.parametrize(
    ("given", "name"),
    [("Tower", "Tower"), ("Tower.pdf", "Tower"), ("a.b.ZIP", "a.b"), ("", None), (None, None), ("x" * 255, "x" * 255)],
)
def test_the_name_of_the_result_has_no_end(given: str | None, name: str | None) -> None:
    assert name == options(outputFileName=given).file_name


@pytest.mark.parametrize(
    "wrong",
    [
        {"outputFileName": "x" * 256},
        {"outputFileName": "a\nb"},
        {"outputFileName": ".pdf"},
        {"outputFileName": 7},
        {"standardMarkups": []},
        {"standardMarkups": {"includePublishedMarkups": 1}},
        {"issueMarkups": {"includePublishedMarkups": "perhaps"}},
        {"photoMarkups": 3},
    ],
)
def test_an_option_of_another_type_is_refused(wrong: Params) -> None:
    with pytest.raises(InvalidField):
        options(**wrong)


def test_markups_of_issues_and_photos_change_nothing() -> None:
    both = {"includePublishedMarkups": True, "includeUnpublishedMarkups": True}

    assert options() == options(issueMarkups=both, photoMarkups=both, assetMarkups=both, other=1)


@pytest.mark.parametrize(
    ("parse", "body", "error"),
    [
        (wire.parse_files, {}, MissingField),
        (wire.parse_files, {"fileVersions": []}, MissingField),
        (wire.parse_files, {"fileVersions": "x"}, InvalidField),
        (wire.parse_files, {"fileVersions": [1]}, InvalidField),
        (wire.parse_files, {"fileVersions": ["urn:adsk.wipprod:fs.file:vf.x?version=1"]}, NotFound),
        (wire.parse_files, {"fileVersions": [URN] * 201}, InvalidField),
        (wire.parse_sheets, {"sheets": [SHEET] * 1001}, InvalidField),
        (wire.parse_sheets, {"sheets": ["A-101"]}, NotFound),
        (wire.parse_sheets, {"sheets": [SHEET], "options": []}, InvalidField),
    ],
)
def test_what_names_nothing_or_too_much_is_refused(
    parse: Callable[[Params], Any], body: Params, error: type[OutfeedError]
) -> None:
    with pytest.raises(error):
        parse(body)

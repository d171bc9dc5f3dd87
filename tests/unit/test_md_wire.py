"""Model Derivative's words: the documented fields and types with our own values, and what is refused at the door."""

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from outfeed.dialects.aps import md_wire as wire
from outfeed.dialects.aps.md_errors import STATUS, respond
from outfeed.dialects.aps.md_manifest import manifest_json
from outfeed.dialects.aps.md_sources import Source
from outfeed.errors import (
    ChildTimedOut,
    FormatUnknown,
    InvalidField,
    MissingField,
    NotBuilt,
    NotFound,
    OutfeedError,
    ReaderMissing,
    SourceUnsupported,
    TokenMissing,
)
from outfeed.exports.derivatives import Derivative, DerivativeFormat, DerivativeSource
from outfeed.exports.sheet_requests import SheetExportKind
from outfeed.exports.sheets import SheetExport
from outfeed.identity.caller import Caller
from outfeed.jobs.states import State
from outfeed.library.artifacts import ArtifactFile
from unit.helpers import NOW

GOLDEN = Path(__file__).parents[1] / "golden" / "md"
ADDRESS = "urn:adsk.objects:os.object:parts/gear.ifc"
ANN = Caller(principal_id="0f0b1c6e-2f3e-4a0d-8f4b-8d2d6c3a9b10", app_id="cli", scopes=frozenset({"data:read"}))
SOURCE = Source(
    caller=ANN, found=DerivativeSource(address=ADDRESS, blob="ab" * 32, format="ifc", file_name="gear.ifc"), item=None
)
IDS = {format_: f"00000000-0000-4000-8000-00000000000{row}" for row, format_ in enumerate(DerivativeFormat)}


def golden(name: str) -> Any:
    """Return a documented answer."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def a_file(path: str) -> ArtifactFile:
    return ArtifactFile(path=path, blob="cd" * 32, sha1="ef" * 20, size=284, modified_at=NOW)


def a_derivative(format_: DerivativeFormat, state: State = State.SUCCEEDED, *paths: str, **changes: Any) -> Derivative:
    made = Derivative(
        id=IDS[format_],
        source=ADDRESS,
        format=format_,
        options={},
        state=state,
        progress=1.0 if state is State.SUCCEEDED else 0.0,
        error_code=None,
        error=None,
        created_at=NOW,
        modified_at=NOW,
        job_id="0b8f7a52-9d5c-4d3c-8f57-1d2a3b4c5d6e",
        files=tuple(map(a_file, paths)),
        facts={},
    )
    return replace(made, **changes)


def an_export(**changes: Any) -> SheetExport:
    made = SheetExport(
        id="fc3aa1e5-5196-4dd9-a73e-4cfda693e576",
        kind=SheetExportKind.PAGE,
        project_id="2c9f2a34-4b0b-4d27-9d52-0c1c7d1c3f11",
        version_id="5f2d7a7b-5a06-4f7a-94a8-6f6dc4e0c7a2",
        state=State.SUCCEEDED,
        error_code=None,
        error=None,
        failed=(),
        file_name="A-101.pdf",
        artifact=a_file("export.pdf"),
        warnings=(),
        job_id="0b8f7a52-9d5c-4d3c-8f57-1d2a3b4c5d6e",
        created_by=ANN.principal_id,
        created_at=NOW,
        finished_at=NOW,
    )
    return replace(made, **changes)


def statuses(*states: State, **changes: Any) -> tuple[str, str]:
    """Return status and progress of a manifest whose parts are in these states."""
    parts = [a_derivative(format_, state) for format_, state in zip(DerivativeFormat, states, strict=False)]
    parts[0] = replace(parts[0], **changes)
    found = manifest_json(SOURCE, parts, [], "US")
    return found["status"], found["progress"]


# --- Manifests --------------------------------------------------------------------------------------------------------


def test_a_manifest_looks_like_the_reference() -> None:
    """Each kind of output, with what the reference has for it; booleans are strings."""
    lost = [{"what": "3DSOLID", "count": 2, "why": "Solids are not drawn."}]
    sheets = [{"name": "A-101"}, {"name": "A-102"}]
    found = manifest_json(
        SOURCE,
        [
            a_derivative(DerivativeFormat.GLB, State.SUCCEEDED, "model.glb"),
            a_derivative(DerivativeFormat.OBJ, State.SUCCEEDED, "model.obj"),
            a_derivative(
                DerivativeFormat.PDF,
                State.SUCCEEDED,
                "sheets/1.pdf",
                "sheets/2.pdf",
                facts={"sheets": sheets, "lost": lost},
            ),
            a_derivative(DerivativeFormat.STL, State.SUCCEEDED, "model.stl"),
            a_derivative(DerivativeFormat.THUMBNAIL, State.SUCCEEDED, "thumbnail/100.png", "thumbnail/400.png"),
        ],
        [],
        "EMEA",
    )

    assert golden("manifest") == found


def test_a_manifest_of_what_goes_on_looks_like_the_reference() -> None:
    why = str(ChildTimedOut())
    found = manifest_json(
        SOURCE,
        [
            a_derivative(DerivativeFormat.OBJ, State.RUNNING, progress=0.5),
            a_derivative(DerivativeFormat.STL, State.FAILED, error_code=ChildTimedOut.code, error=why),
        ],
        [],
        "US",
    )

    assert golden("manifest_running") == found


def test_exported_pages_are_children_of_a_pdf() -> None:
    """Specs/bim360.md, section 4, point 6."""
    found = manifest_json(SOURCE, [], [an_export()], "US")

    assert golden("manifest_page") == found


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([State.QUEUED, State.QUEUED], ("pending", "0% complete")),
        ([State.QUEUED, State.RUNNING], ("inprogress", "0% complete")),
        ([State.QUEUED, State.SUCCEEDED], ("inprogress", "50% complete")),
        ([State.RUNNING, State.FAILED], ("inprogress", "50% complete")),
        ([State.SUCCEEDED, State.SUCCEEDED], ("success", "complete")),
        ([State.SUCCEEDED, State.FAILED], ("failed", "complete")),
        ([State.SUCCEEDED, State.CANCELLED], ("failed", "complete")),
    ],
)
def test_the_whole_is_done_when_all_its_parts_are(states: list[State], expected: tuple[str, str]) -> None:
    assert expected == statuses(*states)


def test_a_job_that_took_too_long_has_a_status_of_its_own() -> None:
    assert ("timeout", "complete") == statuses(State.FAILED, error_code=ChildTimedOut.code)


def test_progress_never_says_complete_before_it_is() -> None:
    assert ("inprogress", "99% complete") == statuses(State.RUNNING, progress=0.9999)


def test_sheets_are_in_the_order_of_their_numbers() -> None:
    sheets = {"sheets": [{"name": f"S{number}"} for number in range(1, 12)]}
    paths = sorted(f"sheets/{number}.pdf" for number in range(1, 12))
    found = manifest_json(SOURCE, [a_derivative(DerivativeFormat.PDF, State.SUCCEEDED, *paths, facts=sheets)], [], "US")

    assert [f"S{number}" for number in range(1, 12)] == [one["name"] for one in found["derivatives"][0]["children"]]


# --- Jobs -------------------------------------------------------------------------------------------------------------


def a_job(*formats: Any, **source: Any) -> dict[str, Any]:
    return {"input": {"urn": "dXJu", **source}, "output": {"formats": list(formats)}}


def test_a_job_looks_like_the_reference() -> None:
    body = a_job({"type": "OBJ", "advanced": {"unit": "meter"}}, {"type": "thumbnail"}, checkReferences=True)
    body["output"]["destination"] = {"region": "us"}
    job = wire.parse_job(body)

    assert {DerivativeFormat.OBJ: {"unit": "m"}, DerivativeFormat.THUMBNAIL: {}} == job.wanted
    assert golden("job") == wire.job_json(job, "dXJu", made=True)
    assert "created" == wire.job_json(job, "dXJu", made=False)["result"]


@pytest.mark.parametrize(
    ("entry", "options"),
    [
        ({"type": "stl"}, {}),
        ({"type": "stl", "advanced": {"format": "ascii", "exportColor": True}}, {"ascii": True}),
        ({"type": "stl", "advanced": {"type": "stl", "advanced": {"format": "ascii"}}}, {"ascii": True}),
        ({"type": "stl", "advanced": {"format": "binary", "exportFileStructure": "single", "unit": "inch"}}, {}),
        ({"type": "obj", "advanced": {"unit": "Inch"}}, {"unit": "in"}),
        ({"type": "obj", "advanced": {"unit": "yard"}}, {}),
        ({"type": "obj", "advanced": {"modelGuid": "x", "objectIds": [-1]}}, {}),
        ({"type": "obj", "advanced": None, "views": ["2d"]}, {}),
        ({"type": "thumbnail", "advanced": {"width": 400, "height": 400}}, {}),
        ({"type": "pdf"}, {}),
    ],
)
def test_options_are_read_in_the_vendors_words(entry: dict[str, Any], options: dict[str, Any]) -> None:
    job = wire.parse_job(a_job(entry))

    assert {DerivativeFormat(entry["type"]): options} == job.wanted


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, MissingField),
        ({"input": {"urn": "x"}}, MissingField),
        ({"input": {"urn": "x"}, "output": {}}, MissingField),
        ({"input": {"urn": "x"}, "output": {"formats": []}}, MissingField),
        ({"input": "x", "output": {}}, InvalidField),
        ({"input": {}, "output": {"formats": [{"type": "obj"}]}}, MissingField),
        ({"input": {"urn": 7}, "output": {"formats": [{"type": "obj"}]}}, InvalidField),
        (a_job("obj"), InvalidField),
        (a_job({}), MissingField),
        (a_job({"type": ["obj"]}), InvalidField),
        (a_job({"type": "obj", "advanced": "all"}), InvalidField),
        (a_job(*[{"type": "obj"}] * 101), InvalidField),
        (a_job({"type": "thumbnail", "advanced": {"width": 300}}), InvalidField),
        (a_job({"type": "svf2", "views": ["2d", "3d"]}), FormatUnknown),
        (a_job({"type": "obj", "advanced": {"exportFileStructure": "multiple"}}), NotBuilt),
        (a_job({"type": "obj", "advanced": {"objectIds": [2, 3]}}), NotBuilt),
        (a_job({"type": "obj"}, compressedUrn=True, rootFilename="a.obj"), NotBuilt),
        (a_job({"type": "obj"}, compressedUrn="true"), NotBuilt),
    ],
)
def test_what_is_no_job_is_refused(body: dict[str, Any], error: type[OutfeedError]) -> None:
    with pytest.raises(error):
        wire.parse_job(body)


@pytest.mark.parametrize(
    ("asked", "region"),
    [(["", "US"], "US"), (["eu", "US"], "EMEA"), (["", "emea", ""], "EMEA"), (["mars"], "US"), ([], "US")],
)
def test_a_region_is_what_is_asked_for_first(asked: list[str], region: str) -> None:
    assert region == wire.parse_region(*asked)


# --- What can be made -------------------------------------------------------------------------------------------------


def test_formats_are_listed_by_what_is_made() -> None:
    found = wire.formats_json()["formats"]

    assert [format_.value for format_ in DerivativeFormat] == list(found)
    assert {"dxf", "pdf", "ifc"} <= set(found["pdf"])
    assert "obj" not in found["pdf"]
    assert {"ifc", "step", "obj", "glb"} <= set(found["stl"])
    assert not {"pdf", "bim"} & set(found["stl"])
    assert set(found["thumbnail"]) == set(found["pdf"]) | set(found["stl"])
    assert all(sorted(set(ends)) == ends for ends in found.values())


# --- Pictures and downloads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "side"),
    [({}, 200), ({"width": "100"}, 100), ({"height": "400"}, 400), ({"width": "400", "height": "400"}, 400)],
)
def test_one_side_of_a_picture_stands_for_both(query: dict[str, str], side: int) -> None:
    assert side == wire.parse_side(query)


@pytest.mark.parametrize("query", [{"width": "300"}, {"width": "x"}, {"width": "100", "height": "200"}])
def test_a_picture_that_is_not_made_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidField):
        wire.parse_side(query)


@pytest.mark.parametrize(("text", "minutes"), [("", 360), ("1", 1), ("360", 360)])
def test_cookies_live_six_hours_at_most(text: str, minutes: int) -> None:
    assert minutes == wire.parse_minutes({"minutes-expiration": text})


@pytest.mark.parametrize("text", ["0", "361", "-1", "1.5", "ten", "٣"])
def test_another_life_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        wire.parse_minutes({"minutes-expiration": text})


@pytest.mark.parametrize("text", ["inline", "attachment\r\nx: y", "attachment" + "a" * 1_024, "attachmenté"])
def test_a_disposition_that_is_no_attachment_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        wire.parse_disposition({"response-content-disposition": text})


def test_a_download_looks_like_the_reference() -> None:
    assert golden("download") == wire.download_json(
        a_file("model.stl"), "http://outfeed.test/x/output/y/model.stl", expires_at_s=NOW // 1000
    )


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (NotFound("Derivative x."), 404, {"diagnostic": str(NotFound("Derivative x."))}),
        (SourceUnsupported("No pdf."), 406, {"diagnostic": str(SourceUnsupported("No pdf."))}),
        (ReaderMissing(), 406, {"diagnostic": str(ReaderMissing())}),
        (NotBuilt("x"), 501, {"diagnostic": str(NotBuilt("x"))}),
        (InvalidField("x"), 400, {"diagnostic": str(InvalidField("x"))}),
        (TokenMissing(), 401, None),
    ],
)
def test_errors_are_a_diagnostic_or_the_gateways(error: OutfeedError, status: int, body: Any) -> None:
    answer = respond(None, error)  # type: ignore[arg-type] # these need no request

    assert status == answer.status_code
    assert body == answer.content if body else "AUTH-012" == answer.content["errorCode"]


def test_the_last_kind_of_error_is_every_error() -> None:
    assert OutfeedError is list(MappingProxyType(STATUS))[-1]

"""Queries and bodies of Mesh Export, both ways."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.dialects.itwin import exports_wire as wire
from outfeed.dialects.itwin.errors import Problem, error_json
from outfeed.dialects.itwin.exports_links import parse_root
from outfeed.dialects.itwin.exports_wire import Asked
from outfeed.exports.models import ExportQuery, ModelExport, ModelExportRequest, Order, Target
from outfeed.jobs.states import State
from outfeed.tiles.options import Compression, TileOptions

GOLDEN = Path(__file__).parents[1] / "golden" / "itwin"
MODEL_ID = "0f5e8a14-3d6b-4f5e-9a55-6d8f0f6f2b01"
CHANGESET = "0123456789abcdef0123456789abcdef01234567"
NAMES = [
    *("iModelId", "changesetId", "exportType", "geometryOptions", "viewDefinitionFilter", "tilerConfig"),
    *("chordTol", "includeLines", "models", "key", "value", "compression", "trianglesPerTile"),
]
QUERY = ["imodelid", "changesetid", "exporttype", "$top", "$skip", "$orderby"]
EXPORT = ModelExport(
    id="5b0d5dfe-7d0c-4a0c-9d43-1a1a3a6f8f10",
    model_id=MODEL_ID,
    project_id="c1e7a3d0-98a4-4d6e-8d33-2f1c8a6f7e55",
    model_name="Bridge",
    version_index=0,
    changeset_id=CHANGESET,
    type="3DTiles",
    options={},
    state=State.QUEUED,
    error=None,
    created_at=1_787_368_700_000,
    modified_at=1_787_368_723_999,
    job_id="j",
)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"exports_{name}.json").read_text())


def shown(asked: Asked | None = None, **changes: Any) -> dict[str, Any]:
    """Return an export in full, changed as asked."""
    export = replace(EXPORT, **changes)
    return wire.export_json(export, asked or Asked(), href=lambda it: f"https://tiles.example/{it.id}?signature=x")


def targets(problem: Problem) -> list[str]:
    assert {"InvalidParameter"} == {detail.code for detail in problem.details}
    assert (422, "InvalidMeshExportRequest") == (problem.status, problem.name)
    return [detail.target for detail in problem.details]


# --- What is answered -------------------------------------------------------------------------------------------------


def test_an_export_in_short_has_four_fields() -> None:
    assert golden("minimal") == wire.minimal_json(EXPORT)


def test_an_export_that_waits_repeats_what_was_asked_for() -> None:
    options = {"geometryOptions": {"chordTol": 0.1}, "tilerConfig": [{"key": "compression", "value": "draco"}]}

    assert golden("started") == shown(options=options)


def test_an_export_that_runs_has_no_links() -> None:
    asked = Asked(export_type="3DTILES", changeset_id=CHANGESET)

    assert golden("running") == shown(asked, state=State.RUNNING)


def test_an_export_that_is_complete_links_to_its_files() -> None:
    assert golden("complete") == shown(state=State.SUCCEEDED, version_index=3, type="CESIUM")


def test_an_export_that_failed_says_why() -> None:
    found = shown(state=State.FAILED, error="The source is damaged.", type="IMODEL")

    assert golden("invalid") == found


def test_every_state_has_a_word() -> None:
    words = {state: shown(state=state)["status"] for state in State}

    assert {
        State.QUEUED: "NotStarted",
        State.RUNNING: "InProgress",
        State.SUCCEEDED: "Complete",
        State.FAILED: "Invalid",
        State.CANCELLED: "Invalid",
    } == words


@pytest.mark.parametrize(
    ("index", "asked", "expected"),
    [(0, "", ""), (0, CHANGESET, CHANGESET), (2, "", CHANGESET), (2, CHANGESET.upper(), CHANGESET.upper())],
)
def test_a_baseline_has_no_changeset_unless_it_was_asked_for_by_its_id(index: int, asked: str, expected: str) -> None:
    request = shown(Asked(changeset_id=asked), version_index=index)["request"]

    assert expected == request["changesetId"]


def test_times_are_as_wide_as_each_other() -> None:
    """A client sorts them as text."""
    assert ["1970-01-01T00:00:00Z", "2026-08-22T03:18:43Z"] == [wire.iso(0), wire.iso(1_787_368_723_999)]


# --- What a list asks for ---------------------------------------------------------------------------------------------


def test_a_list_without_a_query_is_the_first_hundred_newest_versions_first() -> None:
    assert (ExportQuery(order=Order.NEWEST_VERSION, skip=0, top=100), Asked()) == wire.parse_list({})


def test_a_list_has_all_filters() -> None:
    query = {
        "imodelid": MODEL_ID.upper(),
        "changesetid": CHANGESET.upper(),
        "exporttype": "3dTILES",
        "$orderby": "DATE:asc",
        "$top": "1000",
        "$skip": "7",
        "tileversion": "37",
        "itwinjs": "5.1.9",
        "cdn": "1",
        "client": "CesiumJS",
    }
    wanted = ExportQuery(
        model_id=MODEL_ID, changeset_id=CHANGESET, type="3DTiles", order=Order.OLDEST, skip=7, top=1000
    )

    assert (wanted, Asked(export_type="3dTILES", changeset_id=CHANGESET.upper())) == wire.parse_list(query)


def test_what_is_empty_is_not_there() -> None:
    """Clients send `changesetId=` for iModels without changesets."""
    names = ("imodelid", "changesetid", "exporttype", "$orderby", "$top", "$skip")

    assert wire.parse_list({}) == wire.parse_list(dict.fromkeys(names, ""))


@pytest.mark.parametrize(
    ("name", "target", "values"),
    [
        ("$top", "$top", ["0", "1001", "-1", "abc", "1.5", "1e2", "९", "9" * 30]),
        ("$skip", "$skip", ["-1", "x", "9" * 30, "+1"]),
        ("imodelid", "iModelId", ["undefined", "null", MODEL_ID[1:], f"{{{MODEL_ID}}}", MODEL_ID.replace("-", "")]),
        ("changesetid", "changesetId", ["undefined", CHANGESET[1:], f"{CHANGESET}0", "g" * 40]),
        ("exporttype", "exportType", ["GLB", "3D Tiles", "\0"]),
        ("$orderby", "$orderBy", ["name", "date", "date desc", "date:desc,id"]),
    ],
)
def test_a_parameter_that_is_wrong_is_named(name: str, target: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(Problem) as refused:
            wire.parse_list({name: value})

        assert [target] == targets(refused.value), value


def test_all_parameters_that_are_wrong_are_named_at_once_in_the_words_of_the_reference() -> None:
    with pytest.raises(Problem) as refused:
        wire.parse_list({"changesetid": "x", "imodelid": "x", "$top": "1001"})

    assert golden("error_list") == error_json(refused.value)


# --- What a start asks for --------------------------------------------------------------------------------------------


def test_a_start_needs_a_model_only() -> None:
    expected = ModelExportRequest(model_id=MODEL_ID, type="3DTiles")

    assert (expected, Asked()) == wire.parse_start({"iModelId": MODEL_ID})
    nothing = ("changesetId", "exportType", "geometryOptions", "viewDefinitionFilter", "tilerConfig")
    assert (expected, Asked()) == wire.parse_start({"iModelId": MODEL_ID} | dict.fromkeys(nothing))
    assert (expected, Asked()) == wire.parse_start({"iModelId": MODEL_ID, "changesetId": "", "exportType": ""})


@pytest.mark.parametrize(
    ("sent", "type_", "target", "tiles"),
    [
        ("3DTILES", "3DTiles", Target.TILES, TileOptions()),
        ("cesium", "CESIUM", Target.TILES, TileOptions()),
        ("IMODEL", "IMODEL", Target.TILES, TileOptions(bentley=True)),
        ("GLTF", "GLTF", Target.GLTF, TileOptions()),
    ],
)
def test_a_type_is_made_in_any_case(sent: str, type_: str, target: Target, tiles: TileOptions) -> None:
    request, asked = wire.parse_start({"iModelId": MODEL_ID, "exportType": sent})

    assert (type_, target, tiles) == (request.type, request.target, request.tiles)
    assert Asked(export_type=sent) == asked


def test_options_are_read_and_repeated() -> None:
    body = {
        "iModelId": MODEL_ID,
        "changesetId": CHANGESET,
        "geometryOptions": {"includeLines": False, "chordTol": 0.1, "angleTol": 0, "maxEdgeLength": None, "x": [1]},
        "viewDefinitionFilter": {"models": [], "y": 1},
        "tilerConfig": [{"key": "compression", "value": "draco"}, {"key": "trianglesPerTile", "value": "5000"}],
        "lastModified": "2026-08-22T03:18:43Z",
    }

    request, _ = wire.parse_start(body)

    assert TileOptions(compression=Compression.DRACO, triangles_per_tile=5000) == request.tiles
    assert {
        "geometryOptions": {"chordTol": 0.1, "angleTol": 0, "includeLines": False},
        "viewDefinitionFilter": {"models": []},
        "tilerConfig": body["tilerConfig"],
    } == request.options


@pytest.mark.parametrize(
    ("field", "value", "target"),
    [
        ("iModelId", "undefined", "iModelId"),
        ("iModelId", None, "iModelId"),
        ("iModelId", 7, "iModelId"),
        ("changesetId", [], "changesetId"),
        ("changesetId", "latest", "changesetId"),
        ("exportType", {}, "exportType"),
        ("exportType", "3DFT", "exportType"),
        ("geometryOptions", [], "geometryOptions"),
        ("geometryOptions", {"chordTol": "0.1"}, "geometryOptions.chordTol"),
        ("geometryOptions", {"chordTol": -0.1}, "geometryOptions.chordTol"),
        ("geometryOptions", {"angleTol": float("nan")}, "geometryOptions.angleTol"),
        ("geometryOptions", {"decimationTol": float("inf")}, "geometryOptions.decimationTol"),
        ("geometryOptions", {"maxEdgeLength": 10**400}, "geometryOptions.maxEdgeLength"),
        ("geometryOptions", {"minBRepFeatureSize": True}, "geometryOptions.minBRepFeatureSize"),
        ("geometryOptions", {"includeLines": 1}, "geometryOptions.includeLines"),
        ("viewDefinitionFilter", "all", "viewDefinitionFilter"),
        ("viewDefinitionFilter", {"models": ["0x1"]}, "viewDefinitionFilter.models"),
        ("viewDefinitionFilter", {"categories": {}}, "viewDefinitionFilter.categories"),
        ("tilerConfig", {"key": "compression"}, "tilerConfig"),
        ("tilerConfig", ["compression"], "tilerConfig[0]"),
        ("tilerConfig", [{"key": "colour", "value": "red"}], "tilerConfig[0]"),
        ("tilerConfig", [{"key": ["compression"], "value": "none"}], "tilerConfig[0]"),
        ("tilerConfig", [{"key": "compression", "value": "none"}] * 2, "tilerConfig[1]"),
        ("tilerConfig", [{"key": "compression", "value": "zip"}], "tilerConfig.compression"),
        ("tilerConfig", [{"key": "compression", "value": {}}], "tilerConfig.compression"),
        ("tilerConfig", [{"key": "trianglesPerTile", "value": 999}], "tilerConfig.trianglesPerTile"),
        ("tilerConfig", [{"key": "trianglesPerTile", "value": 1_000_001}], "tilerConfig.trianglesPerTile"),
        ("tilerConfig", [{"key": "trianglesPerTile", "value": 5e3}], "tilerConfig.trianglesPerTile"),
        ("tilerConfig", [{"key": "trianglesPerTile", "value": True}], "tilerConfig.trianglesPerTile"),
        ("tilerConfig", [{"key": "trianglesPerTile", "value": "9" * 5000}], "tilerConfig.trianglesPerTile"),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: Any, target: str) -> None:
    with pytest.raises(Problem) as refused:
        wire.parse_start({"iModelId": MODEL_ID, field: value})

    assert [target] == targets(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner),
    max_leaves=20,
)


@given(body=st.dictionaries(st.sampled_from(NAMES), JSON), query=st.dictionaries(st.sampled_from(QUERY), st.text()))
def test_nothing_that_can_be_sent_breaks_the_parsers(body: dict[str, Any], query: dict[str, str]) -> None:
    with suppress(Problem):
        wire.parse_start({"iModelId": MODEL_ID} | body)
    with suppress(Problem):
        wire.parse_list(query)


def test_a_long_list_of_mistakes_has_a_short_answer() -> None:
    with pytest.raises(Problem) as refused:
        wire.parse_start({"iModelId": MODEL_ID, "tilerConfig": [None] * 100_000})

    assert 10 == len(refused.value.details)


# --- What starts by itself, and where links lead ----------------------------------------------------------------------


def test_a_list_of_a_model_starts_what_it_asks_for() -> None:
    wanted = wire.automatic(ExportQuery(model_id=MODEL_ID, type="IMODEL", changeset_id=CHANGESET))

    assert (
        ModelExportRequest(model_id=MODEL_ID, changeset_id=CHANGESET, type="IMODEL", tiles=TileOptions(bentley=True))
        == wanted
    )


def test_a_list_of_a_model_starts_tiles_if_it_asks_for_no_type() -> None:
    assert ModelExportRequest(model_id=MODEL_ID, type="3DTiles") == wire.automatic(ExportQuery(model_id=MODEL_ID))


@pytest.mark.parametrize(
    "query",
    [ExportQuery(), ExportQuery(model_id=MODEL_ID, type="3DFT"), ExportQuery(model_id=MODEL_ID, skip=100)],
)
def test_other_lists_start_nothing(query: ExportQuery) -> None:
    assert wire.automatic(query) is None


@pytest.mark.parametrize(
    ("sent", "root"),
    [
        ("https://api.example", "https://api.example"),
        ("http://api.example:8080/root/", "http://api.example:8080/root"),
        ("api.example/mesh-export", "https://api.example"),
        (" https://[::1]:8/mesh-export/ ", "https://[::1]:8"),
        ("", ""),
        ("ftp://api.example", ""),
        ("https://user@evil.example", ""),
        ("https://api.example?x=", ""),
        ("https://api.example\r\nx", ""),
        ("//evil.example", ""),
    ],
)
def test_a_root_is_an_address_and_nothing_else(sent: str, root: str) -> None:
    assert root == parse_root(sent)

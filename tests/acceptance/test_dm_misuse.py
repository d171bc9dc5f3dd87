"""Queries and bodies that nobody meant: each is answered, or refused with a reason; nothing breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.dialects.aps.dm_filters import fits, parse_filters
from outfeed.dialects.aps.dm_items_wire import item_json, version_json
from outfeed.errors import RequestError
from unit.dm_door import FRAME, Door, a_door, a_file, a_sheet, item_body, quoted, version_body
from unit.properties import examples

RESOURCES = [item_json(a_file(), FRAME), version_json(a_sheet(), FRAME)]
FIELDS = [
    "type",
    "id",
    "displayName",
    "attributes.createTime",
    "versionNumber",
    "hidden",
    "attributes",
    "attributes.extension",
    "extension.data.viewableOrder",
    "lastModifiedTimeRollup",
    "relationships.tip",
    "..",
]
HOWS = ["", "-eq", "-not", "-lt", "-le", "-ge", "-gt", "-starts", "-ends", "-contains"]
TIMES = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2024-05-03", "nan", "-inf", "1e999", "true"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("dm")) as door:
        yield door


@examples(300)
@given(st.sampled_from(FIELDS), st.sampled_from(HOWS), st.sampled_from(TIMES) | st.text(max_size=12))
def test_a_filter_fits_or_is_refused(field: str, how: str, value: str) -> None:
    for resource in RESOURCES:
        try:
            kept = fits(resource, parse_filters([(f"filter[{field}]{how}", value)]))
        except RequestError:
            continue
        assert kept in {True, False}


def test_not_keeps_what_its_opposite_leaves_out() -> None:
    for value in ("items", "set.pdf", "", "true"):
        for field in ("type", "displayName", "hidden", "nothing"):
            pairs = [[(f"filter[{field}]{how}", value)] for how in ("", "-not")]
            for resource in RESOURCES:
                assert {True, False} == {fits(resource, parse_filters(one)) for one in pairs}


def _places(body: Any) -> list[tuple[Any, Any]]:
    """Return each object or list of a body with each of its keys or indices."""
    keys = list(body) if isinstance(body, dict) else list(range(len(body))) if isinstance(body, list) else []
    return [(body, key) for key in keys] + [place for key in keys for place in _places(body[key])]


def a_body(call: str, folder: str) -> Any:
    """Return a body that would be in order, but for what it names."""
    urn = "urn:adsk.wipprod:dm.lineage:AAAAAAAAAAAAAAAAAAAAAA"
    about = {"target": {"data": {"type": "folders", "id": "x"}}, "parent": {"data": {"type": "folders", "id": "x"}}}
    resources = {"resources": {"data": [{"type": "folders", "id": folder}]}}
    plain = {"attributes": {"name": "a?", "hidden": None}, "relationships": about}
    extension = {"type": "commands:autodesk.core:CheckPermission", "data": {"requiredActions": ["view"]}}
    return {
        "items": item_body("x", folder, "a?"),
        "versions": version_body(urn, "x", "a?"),
        "storage": {"data": plain},
        "folders": {"data": plain},
        "commands": {"data": {"attributes": {"extension": extension}, "relationships": resources}},
    }[call]


@examples(120)
@given(st.sampled_from(["items", "versions", "storage", "folders", "commands"]), st.integers(0, 100), JSON)
def test_a_body_with_anything_anywhere_is_answered(door: Door, call: str, index: int, value: Any) -> None:
    body = a_body(call, door.folder())
    places = _places(body)
    inside, key = places[index % len(places)]
    inside[key] = value

    answer = door.client.post(f"/data/v1/projects/{door.project}/{call}", json=body, headers=door.headers())

    assert answer.status_code in {200, 400, 404}, answer.text


@pytest.mark.parametrize("path", ["folders", "items", "versions"])
@pytest.mark.parametrize("value", [None, 7, [], {}, "", "\u0000", "a" * 300, {"name": 7, "hidden": "x"}, [1]])
def test_a_change_to_anything_is_answered(door: Door, path: str, value: Any) -> None:
    names = {"folders": door.folder(), "items": "urn:adsk.wipprod:dm.lineage:AAAAAAAAAAAAAAAAAAAAAA", "versions": "x"}
    for body in ({"data": {"attributes": value}}, {"data": value}, {"data": {"attributes": {"name": value}}}):
        answer = door.client.patch(
            f"/data/v1/projects/{door.project}/{path}/{quoted(names[path])}", json=body, headers=door.headers()
        )
        assert answer.status_code in {400, 403, 404}, answer.text

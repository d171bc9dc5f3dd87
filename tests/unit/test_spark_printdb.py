"""The calls about printer types, materials and profiles: no token, any case, filters and pages."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.testing import TestClient

from one_app import over
from outfeed.printdb import PrintDb
from outfeed.settings import Settings
from unit.spark_door import spark_routes

GOLDEN = Path(__file__).parents[1] / "golden" / "spark"
EMBER = "7FAF097F-DB2E-45DC-9395-A30210E789AA"
PLA = "B27DE79C-0459-4B59-87FD-3093313126EF"
BUILT_IN = PrintDb.load()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    """Open the routes over what is built in, without a token."""
    services = SimpleNamespace(settings=Settings(data=tmp_path), printdb=BUILT_IN)
    with TestClient(over(spark_routes(), services)) as opened:
        yield opened


def golden(name: str) -> Any:
    """Return an example of the reference."""
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("prefix", ["/ps/v1", "/v1", "/api/v1", ""])
@pytest.mark.parametrize("path", ["printerTypes", "printertypes", "printertypes/"])
def test_printer_types_are_listed_under_each_spelling(client: TestClient[Any], prefix: str, path: str) -> None:
    answer = client.get(f"{prefix}/printdb/{path}")

    assert 200 == answer.status_code
    assert [machine.id for machine in BUILT_IN.printer_types] == [item["id"] for item in answer.json()["printerTypes"]]


def test_a_printer_type_looks_like_the_reference(client: TestClient[Any]) -> None:
    assert golden("printdb_printer_type.json") == client.get(f"/printdb/printerTypes/{EMBER}").json()


def test_a_material_looks_like_the_reference(client: TestClient[Any]) -> None:
    assert golden("printdb_material.json") == client.get(f"/printdb/materials/{PLA.lower()}").json()


def test_the_vendors_own_checks_hold(client: TestClient[Any]) -> None:
    """Every type's default material and profile are there and list it, as the vendor's acceptance suite asks."""
    machines = client.get("/printdb/printertypes").json()["printerTypes"]

    for machine in machines:
        for kind in ("material", "profile"):
            answer = client.get(f"/printdb/{kind}s/{machine[f'default_{kind}_id']}")
            assert 200 == answer.status_code
            assert machine["id"] in answer.json()["printer_types"]


@pytest.mark.parametrize("path", ["printerTypes/x", "printertypes/x", "materials/x", "profiles/x"])
def test_what_is_not_defined_is_not_there(client: TestClient[Any], path: str) -> None:
    answer = client.get(f"/printdb/{path}")

    assert (404, 125602) == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 13),
        ("?technology=FDM", 8),
        ("?technology=fdm&composition=PLA", 4),
        ("?composition=photoresin", 5),
        ("?color=f0f8ff", 13),
        ("?color=%23dde", 5),
        ("?color=000000", 0),
        ("?cost=40", 8),
        ("?cost=39.9", 0),
        ("?temp_extrude_default=210", 4),
        ("?temp_bed=110", 2),
        ("?temp_bed=warm", 0),
        ("?is_user=false", 13),
        ("?is_user=true", 0),
        (f"?printer_types={EMBER.lower()}", 4),
        ("?name=Custom", 1),
        ("?_=1425168000", 13),
    ],
)
def test_materials_are_those_that_the_query_asks_for(client: TestClient[Any], query: str, number: int) -> None:
    assert number == len(client.get(f"/printdb/materials{query}").json()["materials"])


@pytest.mark.parametrize("query", ["color=red", "cost=much", "cost=nan"])
def test_what_no_material_can_be_is_refused(client: TestClient[Any], query: str) -> None:
    answer = client.get(f"/printdb/materials?{query}")

    assert (400, 125601) == (answer.status_code, answer.json()["code"])


def test_profiles_come_in_pages_with_links_to_the_next(client: TestClient[Any]) -> None:
    answer = client.get("/api/v1/printdb/profiles/?limit=5").json()

    total = len(BUILT_IN.profiles)
    assert (total, 5, 0) == (answer["count"], answer["limit"], answer["offset"])
    assert ("", "/printdb/profiles?limit=5&offset=5") == (answer["_link_prev"], answer["_link_next"])
    seen, link = [], "/printdb/profiles?limit=7"
    while link:
        page = client.get(link).json()
        seen += [profile["id"] for profile in page["profiles"]]
        link = page["_link_next"]
    assert [profile.id for profile in BUILT_IN.profiles] == seen


def test_all_profiles_come_at_once_where_no_limit_is_wished(client: TestClient[Any]) -> None:
    answer = client.get("/printdb/profiles", params={"limit": -1, "printer_types": EMBER}).json()

    assert (10, 10) == (answer["count"], len(answer["profiles"]))
    assert "" == answer["_link_next"]

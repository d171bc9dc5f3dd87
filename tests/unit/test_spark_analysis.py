"""Analysis and reduction at the Spark door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.spark_door import Door, a_door

#: A tetrahedron without one of its faces, and away from it a face that stands twice.
DAMAGED = b"""v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4
v 5 0 0\nv 6 0 0\nv 5 1 0\nf 5 6 7\nf 5 6 7\n"""
MOVED = [[1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0]]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with a_door(tmp_path) as opened:
        yield opened


def post(door: Door, call: str, **body: Any) -> Any:
    return door.client.post(f"/geom/meshes/{call}", json=body)


def a_grid(side: int) -> bytes:
    """Return a bent square of 2 * side * side triangles."""
    points = [f"v {x} {y} {x * x / side}" for y in range(side + 1) for x in range(side + 1)]
    corners = [y * (side + 1) + x + 1 for y in range(side) for x in range(side)]
    faces = [f"f {a} {a + 1} {a + side + 2}\nf {a} {a + side + 2} {a + side + 1}" for a in corners]
    return "\n".join([*points, *faces]).encode()


def test_a_mesh_is_analysed_once(door: Door) -> None:
    mesh = door.imported()

    first = post(door, "analyze", id=mesh["id"])
    again = post(door, "analyze", id=mesh["id"])
    result = door.result(first.json())
    third = post(door, "analyze", id=mesh["id"])

    assert (202, 202, first.json()["id"]) == (first.status_code, again.status_code, again.json()["id"])
    assert mesh | {"analyzed": True, "problems": []} == result
    assert (200, result) == (third.status_code, third.json())
    assert result == door.client.get(f"/geom/meshes/{mesh['id']}").json()


def test_problems_stand_in_the_lists_of_the_api(door: Door) -> None:
    mesh = door.imported(DAMAGED)

    problems = door.result(post(door, "analyze", id=mesh["id"]).json())["problems"]

    triangle = {"v0": [5.0, 0.0, 0.0], "v1": [6.0, 0.0, 0.0], "v2": [5.0, 1.0, 0.0]}
    assert [
        {"type": "holes", "boundaries": [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]},
        {"type": "duplicate_triangles", "triangles": [triangle]},
        {"type": "inconsistently_oriented_triangles", "triangles": [triangle]},
    ] == problems


def test_what_was_found_goes_with_the_mesh_but_not_through_a_reduction(door: Door) -> None:
    mesh = door.result(post(door, "analyze", id=door.imported()["id"]).json())

    renamed = post(door, "rename", id=mesh["id"], name="new").json()
    moved = post(door, "transform", id=mesh["id"], transform=MOVED).json()
    reduced = door.result(post(door, "transform", id=mesh["id"], reduce=1).json())

    assert [True, True, False] == [each["analyzed"] for each in (renamed, moved, reduced)]
    assert (200, moved) == ((answer := post(door, "analyze", id=moved["id"])).status_code, answer.json())


def test_the_report_is_there_after_the_analysis(door: Door) -> None:
    mesh = door.imported()
    before = door.client.get(f"/geom/meshes/{mesh['id']}/analysis")
    door.result(post(door, "analyze", id=mesh["id"]).json())

    after = door.client.get(f"/geom/meshes/{mesh['id']}/analysis")

    assert (404, 100609) == (before.status_code, before.json()["code"])
    assert (200, 4, True) == (after.status_code, after.json()["triangles"], after.json()["closed"])


def test_an_import_may_reduce(door: Door) -> None:
    mesh = door.imported(a_grid(7), reduce=0.5)

    assert (98, 98) == (mesh["geom"]["reduced_from"], mesh["geom"]["num_stored_triangles"])
    assert 0 < mesh["geom"]["num_triangles"] <= 50


def test_a_transform_that_reduces_makes_another_mesh_and_takes_its_time(door: Door) -> None:
    mesh = door.imported(a_grid(7), name="sail")

    started = post(door, "transform", id=mesh["id"], reduce="0.5", transform=MOVED)
    reduced = door.result(started.json())

    assert 202 == started.status_code
    assert ("sail", MOVED) == (reduced["name"], reduced["transform"])
    assert reduced["id"] != mesh["id"]
    assert 98 == reduced["geom"]["reduced_from"]
    assert mesh == door.client.get(f"/geom/meshes/{mesh['id']}").json()


def test_a_reduction_alone_leaves_the_mesh_where_it_is(door: Door) -> None:
    moved = post(door, "transform", id=door.imported()["id"], transform=MOVED).json()

    reduced = door.result(post(door, "transform", id=moved["id"], reduce=1).json())

    assert MOVED == reduced["transform"]


@pytest.mark.parametrize("share", [0, -1, 1.01, "x", "nan", True, [], {}])
def test_a_share_that_is_none_is_refused(door: Door, share: Any) -> None:
    answer = post(door, "transform", id=door.imported()["id"], reduce=share)

    assert (400, 100501) == (answer.status_code, answer.json()["code"])


def test_a_mesh_of_others_is_not_there(door: Door) -> None:
    mesh = door.imported()
    door.client.headers["authorization"] = "bob"

    answers = [post(door, "analyze", id=mesh["id"]), post(door, "transform", id=mesh["id"], reduce=0.5)]
    report = door.client.get(f"/geom/meshes/{mesh['id']}/analysis")

    assert [(400, 100602), (400, 100502)] == [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert (404, 100602) == (report.status_code, report.json()["code"])

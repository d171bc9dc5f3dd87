"""Visuals and thumbnails at the Spark door."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from unit.export_helpers import ANN, TETRAHEDRON
from unit.helpers import staged
from unit.spark_door import Door, a_door

NOBODYS = "5b0d5dfe-7d0c-4a0c-9d43-1a1a3a6f8f10"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with a_door(tmp_path) as opened:
        yield opened


def test_a_visual_is_a_task_first_and_then_the_mesh(door: Door) -> None:
    """Under both of its names, in JSON and as a form."""
    mesh = door.imported()
    first = door.client.post("/geom/meshes/generateVisual", json={"id": mesh["id"]})
    result = door.result(first.json())
    second = door.client.post("/geom/meshes/generate-visual", data={"id": mesh["id"]})

    assert (202, 200) == (first.status_code, second.status_code)
    assert mesh | {"visual_file_id": result["visual_file_id"]} == result == second.json()
    assert door.client.get(f"/files/{result['visual_file_id']}").content.startswith(b"glTF")


def test_an_import_makes_a_visual_where_it_is_asked_to(door: Door) -> None:
    mesh = door.imported(generate_visual=True)

    assert "visual_file_id" in mesh
    assert 200 == door.client.post("/geom/meshes/generateVisual", json={"id": mesh["id"]}).status_code


def test_an_import_to_a_place_beyond_all_numbers_is_a_mesh_without_a_picture(door: Door) -> None:
    """As it is if the transform comes later; who asks for the picture hears why there is none."""
    columns = [[1e308, 1e308, 1e308, 1e308], [0, 1, 0, 0], [0, 0, 1, 0]]
    mesh = door.imported(transform=columns)
    task = door.client.get(f"/geom/meshes/{mesh['id']}/thumbnail").json()
    door.house.runner.run(task["id"])
    over = door.client.get(f"/print/tasks/{task['id']}").json()

    assert columns == mesh["transform"]
    assert (324104, "not_meaningful") == (over["error"]["code"], over["error"]["reason"])


def test_a_visual_that_was_deleted_is_not_named_any_more(door: Door) -> None:
    """Not by the mesh, nor by those that are made of it; who asks for it gets a new one."""
    mesh = door.imported(generate_visual=True)
    old = mesh.pop("visual_file_id")
    assert 204 == door.client.delete(f"/files/{old}").status_code
    renamed = door.client.post("/geom/meshes/rename", json={"id": mesh["id"], "name": "other"}).json()
    again = door.client.post("/geom/meshes/generateVisual", json={"id": mesh["id"]})

    assert mesh == door.client.get(f"/geom/meshes/{mesh['id']}").json()
    assert "visual_file_id" not in renamed
    assert (202, True) == (again.status_code, door.result(again.json())["visual_file_id"] != old)


@pytest.mark.parametrize(("name", "status", "number"), [("gear", 400, 100103), ("gear.step", 422, 100109)])
def test_an_uploaded_file_of_no_known_format_asks_for_its_type(door: Door, name: str, status: int, number: int) -> None:
    """As an object does, whose name is known before."""
    data = staged(door.house.blobs, TETRAHEDRON)
    file_id = door.house.files.put(ANN, name, staged=data, content_type="model/obj").id

    told = [
        door.client.post("/geom/meshes/import", json={"file_id": source})
        for source in (file_id, f"urn:adsk.objects:os.object:parts/{name}")
    ]

    assert [(status, number)] * 2 == [(answer.status_code, answer.json()["code"]) for answer in told]
    assert told[0].json()["message"] == told[1].json()["message"]


def test_an_object_that_is_not_there_is_named_as_it_was_asked_for(door: Door) -> None:
    """The mistake may be in the name of the bucket."""
    urn = "urn:adsk.objects:os.object:parst/gear.stl"

    answer = door.client.post("/geom/meshes/import", json={"file_id": urn})

    assert (400, 100102) == (answer.status_code, answer.json()["code"])
    assert f"File {urn} cannot be found" == answer.json()["message"]


def test_a_visual_of_no_mesh_has_the_number_of_the_mistake(door: Door) -> None:
    answer = door.client.post("/geom/meshes/generateVisual", json={"id": NOBODYS})

    assert (400, 100202) == (answer.status_code, answer.json()["code"])


def test_a_thumbnail_is_there_after_an_import(door: Door) -> None:
    """Under both of its names."""
    address = f"/geom/meshes/{door.imported()['id']}"
    answers = [door.client.get(f"{address}/{name}") for name in ("thumbnail", "thumbnail.png", "thumbnail?size=512")]

    assert [(200, "image/png")] * 3 == [(answer.status_code, answer.headers["content-type"]) for answer in answers]
    assert {answers[0].content} == {answer.content for answer in answers}
    assert (512, 512) == Image.open(io.BytesIO(answers[0].content)).size


def test_a_thumbnail_answers_head_ranges_and_conditions(door: Door) -> None:
    address = f"/geom/meshes/{door.imported()['id']}/thumbnail"
    whole = door.client.get(address)
    head = door.client.head(address)
    part = door.client.get(address, headers={"range": "bytes=1-3"})
    same = door.client.get(address, headers={"if-none-match": whole.headers["etag"]})
    other = door.client.get(address, headers={"if-match": '"another"'})

    assert (200, b"", whole.headers["etag"]) == (head.status_code, head.content, head.headers["etag"])
    assert (206, b"PNG") == (part.status_code, part.content)
    assert (304, b"") == (same.status_code, same.content)
    assert (412, 100009) == (other.status_code, other.json()["code"])


def test_a_thumbnail_of_another_size_is_a_task_first(door: Door) -> None:
    mesh = door.imported()
    address = f"/geom/meshes/{mesh['id']}/thumbnail?size=64"

    first = door.client.get(address)
    result = door.result(first.json())
    second = door.client.get(address)

    assert (202, mesh, 200) == (first.status_code, result, second.status_code)
    assert "1" == first.headers["Retry-After"]
    assert (64, 64) == Image.open(io.BytesIO(second.content)).size


def test_a_wrong_request_for_a_thumbnail_has_the_number_of_its_mistake(door: Door) -> None:
    asked = ("7/thumbnail", f"{NOBODYS}/thumbnail", f"{NOBODYS}/thumbnail?size=63")
    answers = [door.client.get(f"/geom/meshes/{path}") for path in asked]

    assert [(404, 124100), (404, 124102), (400, 124101)] == [
        (answer.status_code, answer.json()["code"]) for answer in answers
    ]


def test_a_thumbnail_of_somebody_elses_mesh_is_not_there(door: Door) -> None:
    address = f"/geom/meshes/{door.imported()['id']}/thumbnail"

    assert 404 == door.client.get(address, headers={"authorization": "bob"}).status_code

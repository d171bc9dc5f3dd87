"""A cube of ten millimetres stays one at the Spark door, where numbers without a unit are centimetres."""

from typing import Any

import pytest

from acceptance.harness import Client
from outfeed.mesh.formats.registry import WRITERS
from outfeed.mesh.units import Unit
from unit import judges
from unit.mesh_helpers import a_cube, written


@pytest.mark.parametrize("source", WRITERS)
def test_a_cube_of_ten_millimetres_stays_one_in_every_format(source: str, client: Client) -> None:
    writer = WRITERS[source]
    content = written(a_cube(10), source, unit=Unit.CENTIMETRE)
    file_id = client.upload_file(f"cube{writer.suffix}", content)

    mesh = client.result(client.import_task(file_id, file_type=writer.reader))
    tasks = {target: client.export_task(mesh["id"], target) for target in WRITERS}

    for target, task in tasks.items():
        seen = judges.judged(client.download(client.result(task)["file_id"]), target, unitless=10)
        assert [0, 0, 0, 10, 10, 10] == pytest.approx(seen.bounds.ravel().tolist(), rel=2.0**-22, abs=1e-9), target
        assert 1000 == pytest.approx(seen.volume, rel=1e-6), target
        assert 12 == len(seen.corners)


@pytest.mark.parametrize("source", ["3mf", "glb", "stl_binary"])
def test_extents_and_moves_are_centimetres_in_every_unit(source: str, client: Client) -> None:
    """A client sees one kind of numbers, whether the file counts in millimetres, in metres or in nothing."""
    writer = WRITERS[source]
    content = written(a_cube(10), source, unit=Unit.CENTIMETRE)
    file_id = client.upload_file(f"cube{writer.suffix}", content)
    mesh = client.result(client.import_task(file_id, file_type=writer.reader))
    by_five = {"id": mesh["id"], "transform": [[1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0]]}

    moved = client.post(f"{client.prefix}/geom/meshes/transform", json=by_five).json()
    done = client.result(client.export_task(moved["id"], "obj"))
    seen = judges.judged(client.download(done["file_id"]), "obj", unitless=10)

    assert [0, 0, 0, 1, 1, 1] == pytest.approx([*extents(mesh, "min"), *extents(mesh, "max")], abs=1e-6)
    assert [50, 0, 0, 60, 10, 10] == pytest.approx(seen.bounds.ravel().tolist(), abs=1e-5)


def extents(mesh: dict[str, Any], corner: str) -> list[float]:
    numbers: list[float] = mesh["geom"]["bounding_box"][corner]
    return numbers


@pytest.mark.parametrize("target", ["stl_ascii", "stl_binary"])
def test_an_stl_goes_through_without_a_change_of_any_number(target: str, client: Client) -> None:
    content = written(a_cube(1 / 3), target)

    mesh = client.result(client.import_task(client.upload_file("cube.stl", content), file_type="stl"))
    task = client.export_task(mesh["id"], target)

    assert content == client.download(client.result(task)["file_id"])

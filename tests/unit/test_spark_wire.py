"""Bodies of the 3D Print API, both ways."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.spark import wire
from outfeed.dialects.spark.errors import Problem
from outfeed.exports.kinds import MESH_EXPORT, MESH_IMPORT, MESH_THUMBNAIL, MESH_VISUAL
from outfeed.exports.request import Source
from outfeed.jobs.job import Job
from outfeed.jobs.states import State
from outfeed.library.meshes import IDENTITY, Door, MeshRecord
from outfeed.mesh.formats.registry import READERS, WRITERS
from outfeed.mesh.traits import Loss, Trait

GOLDEN = Path(__file__).parents[1] / "golden" / "spark"
JOB_ID = "5b0d5dfe-7d0c-4a0c-9d43-1a1a3a6f8f10"
MESH_ID = "0f5e8a14-3d6b-4f5e-9a55-6d8f0f6f2b01"
URN = "urn:adsk.objects:os.object:parts/gear.stl"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text())


def a_job(**changes: Any) -> Job:
    """Return an export's job that waits, changed as asked."""
    job = Job(
        id=JOB_ID,
        principal_id="p",
        kind=MESH_EXPORT,
        state=State.QUEUED,
        progress=0.0,
        spec={},
        result=None,
        error_code=None,
        error_message=None,
        attempts=0,
        peak_memory_bytes=None,
        created_at=1_465_139_774_273,
        started_at=None,
        updated_at=1_465_139_774_273,
        finished_at=None,
    )
    return replace(job, **changes)


def a_mesh(**changes: Any) -> MeshRecord:
    mesh = MeshRecord(
        id=MESH_ID,
        principal_id="p",
        name="gear",
        blob="ab" * 32,
        door=Door.OSS,
        transform=IDENTITY,
        facts={
            "num_vertices": 8,
            "num_triangles": 12,
            "has_uvs": False,
            "bounding_box": {"min": [0.0, 0.0, 0.0], "max": [1.0, 1.0, 1.0]},
            "unit": "cm",
        },
        created_at=0,
    )
    return replace(mesh, **changes)


def test_the_problems_of_a_mesh_are_told_in_centimetres_as_documented() -> None:
    triangle = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [20.0, 0.0, 0.0]]
    analysis = {
        "problems": [
            {"type": "holes", "count": 1, "places": [[[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0]]]},
            {"type": "degenerate_triangles", "count": 25_000, "places": [triangle]},
            {"type": "nonmanifold_vertices", "count": 1, "places": [[10.0, 0.0, 0.0]]},
        ]
    }
    mesh = a_mesh(facts=a_mesh().facts | {"unit": "mm"}, analysis="ef" * 32)

    told = wire.mesh_json(mesh, analysis)
    assert golden("mesh_problems.json") == {name: told[name] for name in ("analyzed", "problems")}


@pytest.mark.parametrize(("unit", "high"), [("mm", 0.1), ("cm", 1.0), ("m", 100.0), ("in", 2.54)])
def test_a_mesh_tells_its_extents_in_centimetres(unit: str, high: float) -> None:
    """Whatever its file counts in: there is no field that would say so."""
    told = wire.mesh_json(a_mesh(facts=a_mesh().facts | {"unit": unit}))

    assert {"min": [0.0] * 3, "max": [high] * 3} == told["geom"]["bounding_box"]


def test_extents_that_no_number_can_hold_are_the_largest_one() -> None:
    vast = {"unit": "m", "bounding_box": {"min": [-1e307, 0.0, 0.0], "max": [1e307, 0.0, 0.0]}}

    told = wire.mesh_json(a_mesh(facts=a_mesh().facts | vast))["geom"]["bounding_box"]

    assert told == json.loads(json.dumps(told, allow_nan=False))
    assert told["max"][0] == -told["min"][0] > 1e307


def test_a_new_task_looks_like_the_reference() -> None:
    """`POST meshes/export` answers with the documented fields, in the documented types."""
    assert golden("task_new.json") == wire.task_json(a_job())


def test_a_running_task_tells_its_share() -> None:
    assert golden("task_running.json") == wire.task_json(a_job(state=State.RUNNING, progress=0.25))


def test_a_finished_export_names_an_object() -> None:
    done = a_job(state=State.SUCCEEDED, progress=1.0, result={"bucket": "outfeed-p", "name": "e1.obj"})

    assert golden("task_done_export.json") == wire.task_json(done)


def test_a_finished_export_of_an_uploaded_file_names_a_file() -> None:
    done = a_job(state=State.SUCCEEDED, progress=1.0, result={"file": MESH_ID})

    assert {"file_id": MESH_ID} == wire.task_json(done)["result"]


def test_an_export_that_lost_something_says_so() -> None:
    lost = [Loss(what=Trait.UVS).json()]
    result = {"bucket": "outfeed-p", "name": "e1.stl", "lost": lost}

    assert golden("task_done_export_lost.json") == wire.task_json(
        a_job(state=State.SUCCEEDED, progress=1.0, result=result)
    )


def test_a_finished_visual_carries_its_mesh() -> None:
    place = {"bucket": "outfeed-p", "name": "v1.glb"}
    done = a_job(kind=MESH_VISUAL, state=State.SUCCEEDED, progress=1.0, result={"mesh_id": MESH_ID} | place)

    assert golden("task_done_visual.json") == wire.task_json(done, mesh=wire.mesh_json(a_mesh(visual=place)))


def test_a_mesh_says_what_its_file_had_besides() -> None:
    facts = a_mesh().facts | {"num_stored_triangles": 6, "lost": [Loss(what=Trait.STRUCTURE).json()]}

    assert golden("mesh_lost.json") == wire.mesh_json(a_mesh(facts=facts))


def test_a_mesh_that_lost_nothing_says_nothing() -> None:
    facts = a_mesh().facts | {"num_stored_triangles": 12, "lost": []}

    assert wire.mesh_json(a_mesh()) == wire.mesh_json(a_mesh(facts=facts))


@pytest.mark.parametrize(
    ("file_type", "form"), [("stl", "stl"), ("STL", "stl"), (".obj", "obj"), ("3mf", "3mf"), ("zip", "zip")]
)
def test_an_import_takes_every_name_and_extension_that_is_read(file_type: str, form: str) -> None:
    assert form == wire.parse_import({"file_id": URN, "file_type": file_type}).format


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (True, True),
        ("true", True),
        ("True", True),
        ("1", True),
        (1, True),
        (False, False),
        ("false", False),
        ("", False),
    ],
)
def test_a_truth_may_come_as_text(value: object, wanted: bool) -> None:  # noqa: FBT001 - a case of the table
    assert wanted == wire.parse_import({"file_id": URN, "generate_visual": value}).visual


@pytest.mark.parametrize(("body", "number"), [({}, 100200), ({"id": "7"}, 100201), ({"id": ["a", "b"]}, 100201)])
def test_a_wrong_request_for_a_visual_has_the_number_of_its_mistake(body: dict[str, Any], number: int) -> None:
    with pytest.raises(Problem) as caught:
        wire.parse_visual(body)

    assert (400, number) == (caught.value.status, caught.value.number)


@pytest.mark.parametrize(("text", "size"), [(None, 512), ("64", 64), ("1024", 1024), ("0256", 256)])
def test_a_thumbnail_has_a_size(text: str | None, size: int) -> None:
    assert size == wire.parse_thumbnail_size(text)


@pytest.mark.parametrize("text", ["63", "1025", "-64", "1e2", "", "\u0666\u0664", "9" * 5000, "64.0", " 64"])
def test_a_size_that_no_thumbnail_has_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        wire.parse_thumbnail_size(text)

    assert (400, 124101) == (caught.value.status, caught.value.number)


@pytest.mark.parametrize("extension", [end for reader in READERS.values() for end in reader.extensions])
def test_every_extension_that_is_read_is_a_file_type(extension: str) -> None:
    form = wire.parse_import({"file_id": URN, "file_type": extension}).format

    assert extension in READERS[form].extensions


@pytest.mark.parametrize("form", WRITERS)
def test_every_format_that_is_written_is_a_file_type(form: str) -> None:
    assert form == wire.parse_export({"id": MESH_ID, "file_type": form}).format


def test_a_finished_import_carries_its_mesh() -> None:
    done = a_job(kind=MESH_IMPORT, state=State.SUCCEEDED, progress=1.0, result={"mesh_id": MESH_ID})

    assert golden("task_done_import.json") == wire.task_json(done, mesh=wire.mesh_json(a_mesh()))


@pytest.mark.parametrize(
    ("kind", "state", "number"),
    [
        (MESH_EXPORT, State.FAILED, 300405),
        (MESH_IMPORT, State.FAILED, 300104),
        (MESH_VISUAL, State.FAILED, 300204),
        (MESH_THUMBNAIL, State.FAILED, 324104),
        (MESH_EXPORT, State.CANCELLED, 300405),
    ],
)
def test_a_failed_task_carries_an_error_and_no_result(kind: str, state: State, number: int) -> None:
    failed = a_job(kind=kind, state=state, progress=1.0, error_code="not_finite", error_message="Not a number.")

    task = wire.task_json(failed)

    assert ("error", 1, number) == (task["status"], task["progress"], task["error"]["code"])
    assert "result" not in task
    assert {"error_id", "code", "message", "reason"} == task["error"].keys()
    assert uuid.UUID(task["error"]["error_id"])


@pytest.mark.parametrize(
    ("file_id", "source"),
    [
        (URN, Source(door=Door.OSS, bucket="parts", name="gear.stl")),
        (URN + "/x.stl", Source(door=Door.OSS, bucket="parts", name="gear.stl/x.stl")),
        (MESH_ID.upper(), Source(door=Door.FILES, name=MESH_ID)),
    ],
)
def test_an_import_takes_an_object_or_an_uploaded_file(file_id: str, source: Source) -> None:
    assert source == wire.parse_import({"file_id": file_id}).source


def test_an_import_has_defaults() -> None:
    request = wire.parse_import({"file_id": URN})

    assert ("unknown", IDENTITY, "", "cm") == (request.name, request.transform, request.format, request.unitless.value)


@pytest.mark.parametrize(
    ("params", "status", "number"),
    [
        ({}, 400, 100100),
        ({"file_id": ""}, 400, 100100),
        ({"file_id": 7}, 400, 100101),
        ({"file_id": "gear.stl"}, 400, 100101),
        ({"file_id": "urn:adsk.objects:os.object:parts"}, 400, 100101),
        ({"file_id": URN, "file_type": "xyz"}, 400, 100103),
        ({"file_id": "urn:adsk.objects:os.object:parts/gear"}, 400, 100103),
        ({"file_id": URN, "file_type": "step"}, 422, 100109),
        ({"file_id": URN, "transform": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}, 400, 100101),
        ({"file_id": URN, "transform": "flat"}, 400, 100101),
        ({"file_id": URN, "transform": [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]}, 422, 100109),
        ({"file_id": URN, "name": "a\nb"}, 400, 100101),
        ({"file_id": URN, "name": " \u202e"}, 400, 100101),
        ({"file_id": URN, "name": {"a": 1}}, 400, 100101),
        ({"file_id": URN, "generate_visual": "perhaps"}, 400, 100101),
        ({"file_id": URN, "generate_visual": [True]}, 400, 100101),
    ],
)
def test_a_wrong_import_has_the_number_of_its_mistake(params: dict[str, Any], status: int, number: int) -> None:
    with pytest.raises(Problem) as caught:
        wire.parse_import(params)

    assert (status, number) == (caught.value.status, caught.value.number)


@pytest.mark.parametrize(
    ("params", "status", "number"),
    [
        ({}, 400, 100400),
        ({"id": MESH_ID}, 400, 100400),
        ({"id": "7", "file_type": "obj"}, 400, 100401),
        ({"id": MESH_ID, "file_type": "stl"}, 400, 100403),
        ({"id": MESH_ID, "file_type": "amf"}, 422, 100409),
        ({"id": MESH_ID, "file_type": ["obj", "obj"]}, 400, 100401),
    ],
)
def test_a_wrong_export_has_the_number_of_its_mistake(params: dict[str, Any], status: int, number: int) -> None:
    with pytest.raises(Problem) as caught:
        wire.parse_export(params)

    assert (status, number) == (caught.value.status, caught.value.number)


def test_a_list_of_one_is_its_member() -> None:
    """Old clients send `id` as a list of one in forms."""
    assert wire.parse_export({"id": [MESH_ID], "file_type": ["OBJ"]}).mesh_id == MESH_ID


def test_a_transform_may_come_as_text() -> None:
    columns = [["1", "0", "0", "5"], ["0", "1", "0", "0"], ["0", "0", "1", "0"]]

    assert (MESH_ID, [[1.0, 0.0, 0.0, 5.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]) == wire.parse_transform(
        {"id": MESH_ID, "transform": columns}
    )

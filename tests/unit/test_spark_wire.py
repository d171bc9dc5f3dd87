"""Bodies of the 3D Print API, both ways."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outfeed.dialects.spark import wire
from outfeed.dialects.spark.errors import Problem
from outfeed.exports.kinds import MESH_EXPORT, MESH_IMPORT
from outfeed.exports.request import Source
from outfeed.jobs.job import Job
from outfeed.jobs.states import State
from outfeed.library.meshes import IDENTITY, Door, MeshRecord

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


def test_a_finished_import_carries_its_mesh() -> None:
    done = a_job(kind=MESH_IMPORT, state=State.SUCCEEDED, progress=1.0, result={"mesh_id": MESH_ID})

    assert golden("task_done_import.json") == wire.task_json(done, mesh=a_mesh())


@pytest.mark.parametrize(
    ("kind", "state", "number"),
    [(MESH_EXPORT, State.FAILED, 300405), (MESH_IMPORT, State.FAILED, 300104), (MESH_EXPORT, State.CANCELLED, 300405)],
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
        ({"file_id": URN, "name": {"a": 1}}, 400, 100101),
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

    assert [1.0, 0.0, 0.0, 5.0] == wire.parse_transform({"id": MESH_ID, "transform": columns})[1][0]

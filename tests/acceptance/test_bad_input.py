"""What a caller gets wrong, told in the words of the API that was called, over real HTTP."""

import json
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from acceptance.harness import DATA, Client, Server
from acceptance.programs import Belongings, Program
from outfeed.dialects.spark.unbuilt import UNBUILT

PREFIXES: Final = ("/ps/v1", "/v1", "/api/v1", "")
NOBODY: Final = "00000000-0000-4000-8000-000000000000"
FLAT: Final = [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
URN: Final = "urn:adsk.objects:os.object:"
BODIES: Final = DATA / "hostile" / "requests" / "json_bodies.jsonl"
MESH_CALLS: Final = tuple(f"/geom/meshes/{call}" for call in ("import", "rename", "transform", "export", "analyze"))


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Two programs that do not know each other; the first has one of everything."""

    ann: Client
    bob: Client
    reader: Client
    owned: Belongings


@pytest.fixture(scope="module")
def stage(server: Server) -> Iterator[Stage]:
    """Return the stage; its meshes are made once for all tests of the module."""
    first, second = Program.made(server, "first"), Program.made(server, "second")
    with first.client() as ann, second.client() as bob, first.client("data:read") as reader:
        yield Stage(ann=ann, bob=bob, reader=reader, owned=Belongings.of(ann, f"bad-input-{uuid.uuid4().hex}"))


def flat(body: dict[str, Any]) -> dict[str, str]:
    """Return a body as the fields of a form, nested ones with brackets."""
    found: dict[str, str] = {}
    for name, value in body.items():
        inner = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(inner, dict):
            found |= flat({f"{name}[{key}]": item for key, item in inner.items()})
        else:
            found[name] = str(value)
    return found


def bad_bodies(owned: Belongings) -> list[tuple[str, dict[str, Any], tuple[int, int]]]:
    """Return calls on meshes that must be refused: call, body, status and code."""
    mesh, urn = {"id": owned.mesh}, {"file_id": owned.urn}
    return [
        ("import", {}, (400, 100100)),
        ("import", {"file_id": ""}, (400, 100100)),
        ("import", {"file_id": 5}, (400, 100101)),
        ("import", {"file_id": "urn:adsk.objects:os.object:bucket"}, (400, 100101)),
        ("import", {"file_id": NOBODY}, (400, 100102)),
        ("import", {"file_id": f"{URN}no-such-bucket/part.stl"}, (400, 100102)),
        ("import", {"file_id": owned.urn.replace("part", "other")}, (400, 100102)),
        ("import", urn | {"file_type": "xyz"}, (400, 100103)),
        ("import", urn | {"file_type": "step"}, (422, 100109)),
        ("import", urn | {"name": {"a": 1}}, (400, 100101)),
        ("import", urn | {"transform": [[1, 0, 0, 0]]}, (400, 100101)),
        ("import", urn | {"transform": FLAT}, (422, 100109)),
        ("rename", {"name": "new"}, (400, 100300)),
        ("rename", mesh, (400, 100300)),
        ("rename", {"id": "7", "name": "new"}, (400, 100301)),
        ("rename", mesh | {"name": "a\nb"}, (400, 100301)),
        ("rename", {"id": NOBODY, "name": "new"}, (400, 100302)),
        ("transform", mesh, (400, 100500)),
        ("transform", mesh | {"transform": "1"}, (400, 100501)),
        ("transform", mesh | {"transform": [["a", 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]}, (400, 100501)),
        ("transform", mesh | {"transform": FLAT}, (422, 100509)),
        ("transform", {"id": NOBODY, "transform": [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]}, (400, 100502)),
        ("transform", mesh | {"reduce": 0}, (400, 100501)),
        ("transform", {"id": NOBODY, "reduce": "0.5"}, (400, 100502)),
        ("import", urn | {"reduce": 1.5}, (400, 100101)),
        ("analyze", {}, (400, 100600)),
        ("analyze", {"id": "7"}, (400, 100601)),
        ("analyze", {"id": NOBODY}, (400, 100602)),
        ("export", {}, (400, 100400)),
        ("export", mesh, (400, 100400)),
        ("export", {"id": "7", "file_type": "obj"}, (400, 100401)),
        ("export", {"id": {"a": 1}, "file_type": "obj"}, (400, 100401)),
        ("export", {"id": NOBODY, "file_type": "obj"}, (400, 100402)),
        ("export", mesh | {"file_type": "banana"}, (400, 100403)),
        ("export", mesh | {"file_type": "step"}, (422, 100409)),
    ]


def spark_error(response: httpx.Response) -> tuple[int, int]:
    """Return status and code of an error, having checked that it is one in the API's words."""
    body = response.json()
    assert ["error_id", "code", "message"] == list(body)
    assert str(uuid.UUID(body["error_id"])) == body["error_id"]
    assert body["message"]
    assert not any(word in body["message"] for word in ("Traceback", "sqlite", tempfile.gettempdir()))
    return response.status_code, body["code"]


@pytest.mark.parametrize("encoding", ["json", "data"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_mistake_in_a_body_has_its_status_and_code(stage: Stage, prefix: str, encoding: str) -> None:
    table = bad_bodies(stage.owned)
    answers = [
        stage.ann.post(
            f"{prefix}/geom/meshes/{call}",
            json=body if encoding == "json" else None,
            data=flat(body) if encoding == "data" else None,
        )
        for call, body, _ in table
    ]

    assert [expected for _, _, expected in table] == [spark_error(answer) for answer in answers]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_wrong_path_has_its_status_and_code(stage: Stage, prefix: str) -> None:
    table = [
        ("GET", "/geom/meshes/7", (404, 120000)),
        ("GET", f"/geom/meshes/{NOBODY}", (404, 120001)),
        ("GET", "/print/tasks/7", (404, 122000)),
        ("GET", f"/print/tasks/{NOBODY}", (404, 122001)),
        ("GET", "/files/7", (404, 124000)),
        ("GET", f"/files/{NOBODY}", (404, 124002)),
        ("DELETE", f"/files/{NOBODY}", (404, 124002)),
        ("POST", "/geom/meshes/exports", (405, 100006)),
        ("POST", "/geom/mesh/export", (404, 100005)),
        ("PUT", "/geom/meshes/export", (405, 100006)),
        ("POST", "/geom/meshes/repair", (501, 100008)),
    ]
    answers = [stage.ann.request(method, prefix + path) for method, path, _ in table]

    assert [expected for _, _, expected in table] == [spark_error(answer) for answer in answers]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{", "application/json"),
        (b'{"id": "a", "id": "b"}', "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"\xff\xfe{}", "application/json"),
        (b"<mesh/>", "text/xml"),
        (b"id=7", "multipart/form-data; boundary=x"),
        (b"id=%ff", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_cannot_be_parsed_is_malformed(stage: Stage, content: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answers = [stage.ann.post(f"/ps/v1{path}", content=content, headers=headers) for path in MESH_CALLS]

    assert [(400, 100001)] * len(MESH_CALLS) == [spark_error(answer) for answer in answers]


def test_ids_may_be_in_upper_case(stage: Stage) -> None:
    """Samples of the vendor's pages mix both."""
    upper = stage.owned.mesh.upper()

    assert stage.owned.mesh == stage.ann.get(f"/geom/meshes/{upper}").json()["id"]
    assert stage.owned.task == stage.ann.get(f"/print/tasks/{stage.owned.task.upper()}").json()["id"]
    assert "done" == stage.ann.ended(stage.ann.export_task(upper, "obj"))["status"]


def test_what_belongs_to_others_is_not_there(stage: Stage) -> None:
    mine, objects = stage.owned, f"/oss/v2/buckets/{stage.owned.bucket}/objects"
    spark = [
        stage.bob.post("/geom/meshes/export", json={"id": mine.mesh, "file_type": "obj"}),
        stage.bob.post("/geom/meshes/rename", json={"id": mine.mesh, "name": "stolen"}),
        stage.bob.post("/geom/meshes/import", json={"file_id": mine.urn}),
        stage.bob.post("/geom/meshes/import", json={"file_id": mine.file}),
        stage.bob.get(f"/geom/meshes/{mine.mesh}"),
        stage.bob.get(f"/print/tasks/{mine.task}"),
        stage.bob.get(f"/files/{mine.file}"),
        stage.bob.delete(f"/files/{mine.file}"),
    ]
    storage = [
        stage.bob.get(f"/oss/v2/buckets/{mine.bucket}/details"),
        stage.bob.delete(f"/oss/v2/buckets/{mine.bucket}"),
        stage.bob.get(objects),
        stage.bob.get(f"{objects}/part.stl"),
        stage.bob.get(f"{objects}/part.stl/details"),
        stage.bob.get(f"{objects}/part.stl/signeds3download"),
        stage.bob.get(f"{objects}/part.stl/signeds3upload"),
        stage.bob.put(f"{objects}/part.stl", content=b"stolen"),
        stage.bob.delete(f"{objects}/part.stl"),
        stage.bob.post(f"{objects}/batchsigneds3download", json={"requests": [{"objectKey": "part.stl"}]}),
    ]

    numbers = [100402, 100302, 100102, 100102]
    hidden = [120001, 122001, 124002, 124002]
    assert [(400, code) for code in numbers] + [(404, code) for code in hidden] == [spark_error(one) for one in spark]
    assert [(404, ["reason"])] * len(storage) == [(answer.status_code, list(answer.json())) for answer in storage]


def test_export_answers_with_each_status_of_its_reference_page(stage: Stage) -> None:
    """429 is in `test_limits.py`, 500 in `test_broken_server.py`."""
    known = {"id": stage.owned.mesh, "file_type": "stl_binary"}
    statuses = [
        stage.ann.post("/ps/v1/geom/meshes/export", json=known).status_code,
        stage.ann.post("/ps/v1/geom/meshes/export", json=known).status_code,
        stage.ann.post("/ps/v1/geom/meshes/export", json={"id": stage.owned.mesh}).status_code,
        stage.ann.post("/ps/v1/geom/meshes/export", json=known, headers={"Authorization": "Bearer x"}).status_code,
        stage.ann.post("/ps/v1/geom/mesh/export", json=known).status_code,
        stage.ann.post("/ps/v1/geom/meshes/export", json=known | {"file_type": "step"}).status_code,
    ]

    assert [202, 202, 400, 401, 404, 422] == statuses


def test_each_mistake_at_object_storage_has_its_status(stage: Stage) -> None:
    bucket, objects = f"/oss/v2/buckets/{stage.owned.bucket}", f"/oss/v2/buckets/{stage.owned.bucket}/objects"
    unknown = {"uploadKey": "ab" * 32}
    table: list[tuple[str, str, dict[str, Any] | None, int]] = [
        ("POST", "/oss/v2/buckets", {}, 400),
        ("POST", "/oss/v2/buckets", {"bucketKey": "Not A Key", "policyKey": "transient"}, 400),
        ("POST", "/oss/v2/buckets", {"bucketKey": "some-key", "policyKey": "for ever"}, 400),
        ("POST", "/oss/v2/buckets", {"bucketKey": stage.owned.bucket, "policyKey": "transient"}, 409),
        ("GET", "/oss/v2/buckets?limit=101", None, 400),
        ("GET", "/oss/v2/buckets/no-such-bucket/details", None, 404),
        ("DELETE", "/oss/v2/buckets/no-such-bucket", None, 404),
        ("GET", f"{objects}/nothing/details", None, 404),
        ("DELETE", f"{objects}/nothing", None, 404),
        ("GET", f"{objects}/new.stl/signeds3upload?parts=26", None, 400),
        ("GET", f"{objects}/new.stl/signeds3upload?uploadKey={'ab' * 32}", None, 404),
        ("POST", f"{objects}/new.stl/signeds3upload", {}, 400),
        ("POST", f"{objects}/new.stl/signeds3upload", unknown, 404),
        ("POST", f"{objects}/batchsigneds3upload", {"requests": []}, 400),
        ("POST", f"{objects}/batchsigneds3upload", {"requests": ["new.stl"]}, 400),
        ("POST", f"{objects}/new.stl", {}, 404),
        ("PATCH", bucket, None, 405),
        ("GET", "/oss/v2/nothing", None, 404),
        ("PUT", f"{objects}/nothing/copyto/other.stl", None, 404),
        ("PUT", f"{objects}/part.stl/copyto/%2E%2E", None, 400),
        ("PUT", f"{objects}/part.stl/resumable", None, 400),
        ("GET", f"{objects}/part.stl/status/nothing", None, 404),
        ("POST", f"{objects}/nothing/signed", {}, 404),
        ("POST", f"{objects}/part.stl/signed?access=all", {}, 400),
        ("GET", "/oss/v2/signedresources/nothing", None, 404),
    ]
    answers = [stage.ann.request(method, path, json=body) for method, path, body, _ in table]

    assert [expected for *_, expected in table] == [answer.status_code for answer in answers]
    assert [["reason"]] * len(table) == [list(answer.json()) for answer in answers]


def test_one_object_that_fails_does_not_stop_the_others(stage: Stage) -> None:
    """Of a call on many objects, each has its own answer."""
    objects = f"/oss/v2/buckets/{stage.owned.bucket}/objects"
    wanted = [{"objectKey": "part.stl"}, {"objectKey": "nothing.stl"}]
    found = stage.ann.post(f"{objects}/batchsigneds3download", json={"requests": wanted}).json()["results"]
    done = stage.ann.post(
        f"{objects}/batchcompleteupload",
        json={"requests": [{"objectKey": "a", "uploadKey": "ab" * 32}, {"objectKey": ".."}]},
    ).json()["results"]

    assert ["complete", "error"] == [found[one["objectKey"]]["status"] for one in wanted]
    assert {"a": "error", "..": "error"} == {name: result["status"] for name, result in done.items()}
    assert all(result["reason"] for result in done.values())


@pytest.mark.skipif(not BODIES.exists(), reason="the shared test data is not beside the checkout")
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_hostile_bodies_break_no_call(stage: Stage, content_type: str) -> None:
    bodies = [json.loads(line) for line in BODIES.read_text(encoding="utf-8").splitlines()]
    objects = f"/oss/v2/buckets/{stage.owned.bucket}/objects"
    storage = [f"{objects}/{name}" for name in ("a/signeds3upload", "batchsigneds3upload", "batchcompleteupload")]
    sign_in = [f"/authentication/{call}" for call in ("v1/authenticate", "v2/token", "v2/introspect")]
    calls = (*MESH_CALLS, "/files/upload")
    built = [*(prefix + path for prefix in PREFIXES for path in calls), "/oss/v2/buckets", *storage]
    unbuilt = [path.replace("{id}", NOBODY) for method, path in UNBUILT if method == "POST"]
    headers = {"Content-Type": content_type}

    def outcomes(paths: list[str]) -> set[int]:
        return {
            stage.ann.post(path, content=body["body"].encode(), headers=headers).status_code
            for path in paths
            for body in bodies
        }

    assert {400} == outcomes(built)
    assert {400, 401} == outcomes(sign_in)
    assert {501} == outcomes(unbuilt)


@pytest.mark.skipif(not BODIES.exists(), reason="the shared test data is not beside the checkout")
@pytest.mark.parametrize(
    ("file", "reason"),
    [("nan_vertex", "not_finite"), ("empty", "source_empty"), ("html_not_stl", "source_damaged")],
)
def test_a_task_that_fails_says_why_in_a_plain_sentence(stage: Stage, file: str, reason: str) -> None:
    content = (DATA / "hostile" / "stl" / f"{file}.stl").read_bytes()
    task = stage.ann.ended(stage.ann.import_task(stage.ann.upload_file("part.stl", content)))
    error = task["error"]

    assert ("error", 1, False) == (task["status"], task["progress"], "result" in task)
    assert ["error_id", "code", "message", "reason"] == list(error)
    assert (300104, reason) == (error["code"], error["reason"])
    assert error["message"].endswith(".")
    assert not any(word in error["message"] for word in ("/", "Traceback", "Error", "File "))


def test_an_export_that_does_not_fit_its_format_says_so(stage: Stage) -> None:
    """Numbers beyond float32 fit into text, not into binary STL."""
    huge = [[1e39, 0, 0, 0], [0, 1e39, 0, 0], [0, 0, 1e39, 0]]
    mesh = stage.ann.post("/geom/meshes/transform", json={"id": stage.owned.mesh, "transform": huge}).json()
    tasks = {kind: stage.ann.ended(stage.ann.export_task(mesh["id"], kind)) for kind in ("obj", "stl_binary")}
    error = tasks["stl_binary"]["error"]

    assert {"obj": "done", "stl_binary": "error"} == {kind: task["status"] for kind, task in tasks.items()}
    assert (300405, "target_too_small") == (error["code"], error["reason"])
    assert "does not fit into the target format" in error["message"]

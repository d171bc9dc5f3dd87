"""The API's bodies, both ways: its fields to our requests, our records to its fields. Pure functions."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from outfeed.dialects.spark.constants import STATUS, TASK_CODE, THUMBNAIL_PX, Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem, error_json
from outfeed.dialects.spark.fields import MAX_NAME, Fields
from outfeed.dialects.spark.problems import problem_json, scaled
from outfeed.exports.kinds import (
    MESH_ANALYSIS,
    MESH_EXPORT,
    MESH_IMPORT,
    MESH_REDUCTION,
    MESH_THUMBNAIL,
    MESH_VISUAL,
)
from outfeed.exports.request import THUMBNAIL_PX as DEFAULT_PX
from outfeed.exports.request import UNNAMED, ExportRequest, ImportRequest, ReduceRequest, Source
from outfeed.jobs.job import Job
from outfeed.jobs.states import State
from outfeed.library.files import FileRecord
from outfeed.library.meshes import IDENTITY, Door, MeshRecord, Transform
from outfeed.mesh.formats.registry import KNOWN_UNREAD, KNOWN_UNWRITTEN, READERS, WRITERS, reader_for, reader_named
from outfeed.mesh.units import Unit

#: What the API counts in, and leaves to its callers to scale (design, section 1; specs/spark.md, section 5).
UNITLESS: Final = Unit.CENTIMETRE
URN: Final = "urn:adsk.objects:os.object:"

_OPERATIONS: Final = {
    MESH_IMPORT: Operation.IMPORT,
    MESH_EXPORT: Operation.EXPORT,
    MESH_VISUAL: Operation.VISUAL,
    MESH_THUMBNAIL: Operation.THUMBNAIL,
    MESH_ANALYSIS: Operation.ANALYZE,
    MESH_REDUCTION: Operation.TRANSFORM,
}


def parse_import(params: dict[str, Any]) -> ImportRequest:
    """Read the body of `POST meshes/import`."""
    fields = Fields(params, Operation.IMPORT)
    source = source_of(fields.text("file_id"), fields)
    file_type = fields.text("file_type", default="").lower().removeprefix(".")
    return ImportRequest(
        source=source,
        format=_readable(file_type, source),
        name=fields.name("name", longest=MAX_NAME, default="") or UNNAMED,
        transform=fields.transform(default=IDENTITY),
        unitless=UNITLESS,
        visual=fields.truth("generate_visual"),
        reduce=fields.share("reduce"),
    )


def unreadable(name: str) -> Problem:
    """Return what to tell about a file type, or about a file by its name, that nothing here reads."""
    ending = name.rpartition(".")[2].lower()
    if ending in KNOWN_UNREAD:
        number = caller_code(Operation.IMPORT, Reason.NOT_MEANINGFUL)
        return Problem(422, number, f"this server does not read {ending} yet")
    allowed = ", ".join(f"'{reader}'" for reader in READERS)
    number = caller_code(Operation.IMPORT, Reason.BAD_FILE_TYPE)
    return Problem(400, number, f"file_type is needed if the name does not tell it; it must be one of {allowed}")


def source_id(source: Source) -> str:
    """Return a source as the caller has named it."""
    return f"{URN}{source.bucket}/{source.name}" if source.door is Door.OSS else source.name


def parse_visual(params: dict[str, Any]) -> str:
    """Read the body of `POST meshes/generateVisual`: the mesh's id."""
    return Fields(params, Operation.VISUAL).uuid("id")


def parse_analyze(params: dict[str, Any]) -> str:
    """Read the body of `POST meshes/analyze`: the mesh's id."""
    return Fields(params, Operation.ANALYZE).uuid("id")


def parse_thumbnail_size(text: str | None) -> int:
    """Read the columns and rows of a picture."""
    if text is None:
        return DEFAULT_PX
    size = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(THUMBNAIL_PX.stop)) else 0
    if size not in THUMBNAIL_PX:
        number = caller_code(Operation.THUMBNAIL, Reason.INVALID)
        raise Problem(400, number, f"size should be a whole number from {THUMBNAIL_PX[0]} to {THUMBNAIL_PX[-1]}")
    return size


def parse_export(params: dict[str, Any]) -> ExportRequest:
    """Read the body of `POST meshes/export`."""
    fields = Fields(params, Operation.EXPORT)
    mesh_id = fields.uuid("id")
    file_type = fields.text("file_type").lower()
    if file_type in KNOWN_UNWRITTEN:
        raise fields.problem(Reason.NOT_MEANINGFUL, f"this server does not write {file_type} yet", status=422)
    if file_type not in WRITERS:
        allowed = ", ".join(f"'{name}'" for name in WRITERS)
        raise fields.problem(Reason.BAD_FILE_TYPE, f"file_type must be one of {allowed}")
    return ExportRequest(mesh_id=mesh_id, format=file_type, unitless=UNITLESS)


def parse_rename(params: dict[str, Any]) -> tuple[str, str]:
    """Read the body of `POST meshes/rename`: id and name."""
    fields = Fields(params, Operation.RENAME)
    return fields.uuid("id"), fields.name("name", longest=MAX_NAME)


def parse_transform(params: dict[str, Any]) -> tuple[str, Transform] | ReduceRequest:
    """Read the body of `POST meshes/transform`: id and the first three columns of the matrix; ours: `reduce`."""
    fields = Fields(params, Operation.TRANSFORM)
    mesh_id, share = fields.uuid("id"), fields.share("reduce")
    if share is None:
        return mesh_id, fields.transform()
    columns = fields.transform() if "transform" in params else None
    return ReduceRequest(mesh_id=mesh_id, share=share, transform=columns, unitless=UNITLESS)


def parse_path_id(text: str, operation: Operation) -> str:
    """Read an id that stands in a path: what is no UUID is not there (404)."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Problem(404, caller_code(operation, Reason.MISSING), "id should be a UUID") from error


def task_json(job: Job, *, mesh: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a task; `mesh` is the mesh object of one that has ended with a mesh."""
    body: dict[str, Any] = {
        "id": job.id,
        "progress": _number(job.progress),
        "status": STATUS[job.state],
        "task_update_time": iso(job.updated_at),
    }
    if job.state is State.SUCCEEDED:
        body["result"] = mesh or _export_json(job.result or {})
    elif job.state in {State.FAILED, State.CANCELLED}:
        body["error"] = _task_error(job)
    return body


def mesh_json(mesh: MeshRecord, analysis: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """
    Return a mesh object; what its source had and it has not stands under `lost`, where there is any.

    `analysis` is there exactly where the mesh was analysed.
    """
    geom = {name: mesh.facts[name] for name in ("num_vertices", "num_triangles", "has_uvs")}
    geom["bounding_box"] = _box(mesh.facts)
    stored = mesh.facts.get("num_stored_triangles", geom["num_triangles"])
    if stored != geom["num_triangles"]:
        geom["num_stored_triangles"] = stored
    if "reduced_from" in mesh.facts:
        geom["reduced_from"] = mesh.facts["reduced_from"]
    body = {
        "id": mesh.id,
        "name": mesh.name,
        "internal_file_id": mesh.blob,
        "transform": mesh.transform,
        "geom": geom,
        "analyzed": analysis is not None,
    }
    if analysis is not None:
        scale = Unit(mesh.facts["unit"]).to(UNITLESS)
        body["problems"] = [problem_json(problem, scale) for problem in analysis["problems"]]
    if mesh.visual:
        body["visual_file_id"] = file_id_of(mesh.visual)
    if mesh.facts.get("lost"):
        body["lost"] = mesh.facts["lost"]
    return body


def _box(facts: dict[str, Any]) -> dict[str, list[float]]:
    """Return the extents in the unit of the API."""
    scale = Unit(facts["unit"]).to(UNITLESS)
    return {corner: scaled(numbers, scale) for corner, numbers in facts["bounding_box"].items()}


def uploads_json(files: list[FileRecord]) -> dict[str, Any]:
    """Return the answer to `POST files/upload`."""
    return {"files": [{"file_id": file.id, "name": file.name} for file in files]}


def file_id_of(place: Mapping[str, Any]) -> str:
    """Return the address of an artifact, given its place as a job's result has it: an object's URN, or a file's id."""
    if "bucket" in place:
        return f"{URN}{place['bucket']}/{place['name']}"
    return str(place["file"])


def iso(time_ms: int) -> str:
    """Return a time as the API writes it: ISO 8601, milliseconds, `Z`."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _export_json(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of an export; what the mesh has and the file has not stands under `lost`."""
    return {"file_id": file_id_of(result)} | ({"lost": result["lost"]} if result.get("lost") else {})


def _task_error(job: Job) -> dict[str, Any]:
    """Return the error of a failed task: the API's three keys, and our own code for programs."""
    operation = _OPERATIONS[job.kind]
    told = error_json(
        TASK_CODE[operation], job.error_message or "", error_id=str(uuid.uuid5(uuid.UUID(job.id), "error"))
    )
    return told | {"reason": job.error_code}


def source_of(file_id: str, fields: Fields, field: str = "file_id") -> Source:
    """Read a file id, which came in a field: an object's URN, or the UUID of an uploaded file."""
    if file_id.startswith(URN):
        bucket, slash, name = file_id.removeprefix(URN).partition("/")
        if bucket and slash and name:
            return Source(door=Door.OSS, bucket=bucket, name=name)
    else:
        try:
            return Source(door=Door.FILES, name=str(uuid.UUID(file_id)))
        except ValueError:
            pass
    raise fields.problem(Reason.INVALID, f"{field} should be the URN of an object or the UUID of an uploaded file")


def _readable(file_type: str, source: Source) -> str:
    """Return the format that is asked for; empty: by the name, which for an uploaded file is known only later."""
    known = reader_named(file_type) if file_type else ""
    if known or (not file_type and (source.door is Door.FILES or reader_for(source.name))):
        return known or ""
    raise unreadable(file_type or source.name)


def _number(share: float) -> float | int:
    """Return 0 and 1 as the reference prints them, without a point."""
    return int(share) if share in {0.0, 1.0} else share

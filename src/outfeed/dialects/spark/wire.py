"""The API's bodies, both ways: its fields to our requests, our records to its fields. Pure functions."""

import math
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from outfeed.dialects.spark.constants import STATUS, TASK_CODE, Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem, error_json
from outfeed.exports.kinds import MESH_EXPORT, MESH_IMPORT
from outfeed.exports.request import UNNAMED, ExportRequest, ImportRequest, Source
from outfeed.jobs.job import Job
from outfeed.jobs.states import State
from outfeed.library.files import FileRecord
from outfeed.library.meshes import IDENTITY, Door, MeshRecord, Transform
from outfeed.mesh.formats.registry import KNOWN_UNREAD, KNOWN_UNWRITTEN, READERS, WRITERS, reader_for
from outfeed.mesh.units import Unit

#: The API counts in centimetres and leaves scaling to its callers (design, section 1; specs/spark.md, section 5).
UNITLESS: Final = Unit.CENTIMETRE
URN: Final = "urn:adsk.objects:os.object:"
MAX_NAME: Final = 1024

_OPERATIONS: Final = {MESH_IMPORT: Operation.IMPORT, MESH_EXPORT: Operation.EXPORT}


def parse_import(params: dict[str, Any]) -> ImportRequest:
    """Read the body of `POST meshes/import`."""
    fields = _Fields(params, Operation.IMPORT)
    source = _source(fields.text("file_id"), fields)
    file_type = fields.text("file_type", default="").lower().removeprefix(".")
    _check_readable(file_type, source, fields)
    return ImportRequest(
        source=source,
        format=file_type,
        name=fields.text("name", default="") or UNNAMED,
        transform=fields.transform(default=IDENTITY),
        unitless=UNITLESS,
    )


def parse_export(params: dict[str, Any]) -> ExportRequest:
    """Read the body of `POST meshes/export`."""
    fields = _Fields(params, Operation.EXPORT)
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
    fields = _Fields(params, Operation.RENAME)
    return fields.uuid("id"), fields.text("name")


def parse_transform(params: dict[str, Any]) -> tuple[str, Transform]:
    """Read the body of `POST meshes/transform`: id and the first three columns of the matrix."""
    fields = _Fields(params, Operation.TRANSFORM)
    return fields.uuid("id"), fields.transform()


def parse_path_id(text: str, operation: Operation) -> str:
    """Read an id that stands in a path: what is no UUID is not there (404)."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Problem(404, caller_code(operation, Reason.MISSING), "id should be a UUID") from error


def task_json(job: Job, *, mesh: MeshRecord | None = None) -> dict[str, Any]:
    """Return a task; `mesh` is the result of a finished import."""
    body: dict[str, Any] = {
        "id": job.id,
        "progress": _number(job.progress),
        "status": STATUS[job.state],
        "task_update_time": iso(job.updated_at),
    }
    if job.state is State.SUCCEEDED:
        body["result"] = mesh_json(mesh) if mesh else {"file_id": file_id_of(job)}
    elif job.state in {State.FAILED, State.CANCELLED}:
        body["error"] = _task_error(job)
    return body


def mesh_json(mesh: MeshRecord) -> dict[str, Any]:
    """Return a mesh object."""
    geom = {name: mesh.facts[name] for name in ("num_vertices", "num_triangles", "has_uvs", "bounding_box")}
    return {
        "id": mesh.id,
        "name": mesh.name,
        "internal_file_id": mesh.blob,
        "transform": mesh.transform,
        "geom": geom,
        "analyzed": False,
    }


def uploads_json(files: list[FileRecord]) -> dict[str, Any]:
    """Return the answer to `POST files/upload`."""
    return {"files": [{"file_id": file.id, "name": file.name} for file in files]}


def file_id_of(job: Job) -> str:
    """Return the address of an export's artifact: an object's URN, or the id of a file."""
    result = job.result or {}
    if "bucket" in result:
        return f"{URN}{result['bucket']}/{result['name']}"
    return str(result["file"])


def iso(time_ms: int) -> str:
    """Return a time as the API writes it: ISO 8601, milliseconds, `Z`."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _task_error(job: Job) -> dict[str, Any]:
    """Return the error of a failed task: the API's three keys, and our own code for programs."""
    operation = _OPERATIONS[job.kind]
    told = error_json(
        TASK_CODE[operation], job.error_message or "", error_id=str(uuid.uuid5(uuid.UUID(job.id), "error"))
    )
    return told | {"reason": job.error_code}


def _source(file_id: str, fields: "_Fields") -> Source:
    """Read a file id: an object's URN, or the UUID of an uploaded file."""
    if file_id.startswith(URN):
        bucket, slash, name = file_id.removeprefix(URN).partition("/")
        if bucket and slash and name:
            return Source(door=Door.OSS, bucket=bucket, name=name)
    else:
        try:
            return Source(door=Door.FILES, name=str(uuid.UUID(file_id)))
        except ValueError:
            pass
    raise fields.problem(Reason.INVALID, "file_id should be the URN of an object or the UUID of an uploaded file")


def _check_readable(file_type: str, source: Source, fields: "_Fields") -> None:
    """Refuse at once what no reader will read; an uploaded file's name is known only later."""
    named = file_type or (source.name.rpartition(".")[2].lower() if source.door is Door.OSS else "")
    if file_type in READERS or (not file_type and (source.door is Door.FILES or reader_for(source.name))):
        return
    if named in KNOWN_UNREAD:
        raise fields.problem(Reason.NOT_MEANINGFUL, f"this server does not read {named} yet", status=422)
    allowed = ", ".join(f"'{name}'" for name in READERS)
    raise fields.problem(
        Reason.BAD_FILE_TYPE, f"file_type is needed if the name does not tell it; it must be one of {allowed}"
    )


def _number(share: float) -> float | int:
    """Return 0 and 1 as the reference prints them, without a point."""
    return int(share) if share in {0.0, 1.0} else share


class _Fields:
    """A body's fields, read one by one, each mistake with the number that the API has for it."""

    def __init__(self, params: dict[str, Any], operation: Operation) -> None:
        self._params = params
        self._operation = operation

    def problem(self, reason: Reason, message: str, *, status: int = 400) -> Problem:
        return Problem(status, caller_code(self._operation, reason), message)

    def text(self, name: str, *, default: str | None = None) -> str:
        """Return a text field; a list of one counts, as old clients send it (specs/spark.md, section 3.1)."""
        value = self._params.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None or value == "":
            if default is None:
                raise self.problem(Reason.MISSING, f"{name} is missing")
            return default
        if not isinstance(value, str):
            raise self.problem(Reason.INVALID, f"{name} should be a string")
        if len(value) > MAX_NAME or any(ord(character) < ord(" ") for character in value):
            raise self.problem(Reason.INVALID, f"{name} is too long or has control characters")
        return value

    def uuid(self, name: str) -> str:
        """Return a UUID in lower case."""
        try:
            return str(uuid.UUID(self.text(name)))
        except ValueError as error:
            raise self.problem(Reason.INVALID, f"{name} should be a UUID") from error

    def transform(self, *, default: Transform | None = None) -> Transform:
        """Return three lists of four finite numbers, which may come as text in forms."""
        value = self._params.get("transform")
        if value is None:
            if default is None:
                raise self.problem(Reason.MISSING, "transform is missing")
            return default
        try:
            columns = [[_finite(number) for number in column] for column in value]
        except (TypeError, ValueError) as error:
            raise self._no_transform() from error
        if [len(column) for column in columns] != [4, 4, 4]:
            raise self._no_transform()
        if _determinant(columns) == 0:
            raise self.problem(Reason.NOT_MEANINGFUL, "transform would make the mesh flat", status=422)
        return columns

    def _no_transform(self) -> Problem:
        return self.problem(
            Reason.INVALID, "transform should be three lists of four numbers, such as [[1,0,0,0],[0,1,0,0],[0,0,1,0]]"
        )


def _finite(value: Any) -> float:
    number = float(value) if not isinstance(value, bool) else math.nan
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _determinant(columns: Transform) -> float:
    (a, b, c, _), (d, e, f, _), (g, h, i, _) = columns
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)

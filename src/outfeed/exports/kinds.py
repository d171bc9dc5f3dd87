"""The kinds of jobs behind imports and exports, and what becomes of their results."""

from typing import Any, Final

import sqlalchemy as sa

from outfeed.jobs.job import Job
from outfeed.jobs.kinds import Kind, Results
from outfeed.jobs.work import Limits
from outfeed.library.buckets import ensure_result_bucket
from outfeed.library.files import insert_file
from outfeed.library.meshes import Door, MeshRecord, insert_mesh
from outfeed.library.objects import insert_object
from outfeed.mesh.formats.registry import MODULES, WRITERS
from outfeed.settings import Settings

MESH_IMPORT: Final = "mesh_import"
MESH_EXPORT: Final = "mesh_export"

#: Modules that the worker loads before it forks children.
PRELOAD: Final = ("outfeed.exports.conversions", *MODULES)


def kinds(settings: Settings) -> dict[str, Kind]:
    """Return the kinds of jobs by name, with the limits that the settings give them."""
    return {
        MESH_IMPORT: Kind(
            name=MESH_IMPORT,
            target="outfeed.exports.conversions:import_mesh",
            limits=_limits(settings, settings.import_wall_s),
            finish=_keep_mesh,
        ),
        MESH_EXPORT: Kind(
            name=MESH_EXPORT,
            target="outfeed.exports.conversions:export_mesh",
            limits=_limits(settings, settings.export_wall_s),
            finish=_keep_artifact,
        ),
    }


def _limits(settings: Settings, wall_s: float) -> Limits:
    return Limits(wall_s=wall_s, memory_bytes=settings.child_memory_bytes, output_bytes=settings.child_output_bytes)


def _keep_mesh(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Make the imported mesh visible under the id that it was promised."""
    planned = job.spec["mesh"]
    mesh = MeshRecord(
        id=planned["id"],
        principal_id=job.principal_id,
        name=planned["name"],
        blob=results.files["mesh"].digest,
        door=Door(planned["door"]),
        transform=planned["transform"],
        facts=results.facts,
        created_at=now,
    )
    insert_mesh(connection, mesh)
    return {"mesh_id": mesh.id}


def _keep_artifact(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Make the artifact visible where its source came from: an object in the principal's bucket, or a file."""
    export, staged = job.spec["export"], results.files["artifact"]
    writer = WRITERS[job.spec["options"]["format"]]
    if Door(export["door"]) is Door.OSS:
        bucket = ensure_result_bucket(connection, job.principal_id, now)
        name = export["id"] + writer.suffix
        insert_object(connection, bucket_key=bucket, name=name, staged=staged, content_type=writer.media_type, now=now)
        return {"bucket": bucket, "name": name}
    insert_file(
        connection,
        file_id=export["id"],
        principal_id=job.principal_id,
        name=export["name"] + writer.suffix,
        staged=staged,
        content_type=writer.media_type,
        now=now,
    )
    return {"file": export["id"]}

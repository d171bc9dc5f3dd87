"""The story of an export, on one page: ask, get a job, get its result. Dialects call this and nothing below it."""

import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import FormatUnknown, NotFound
from outfeed.exports import queries
from outfeed.exports.kinds import (
    MESH_ANALYSIS,
    MESH_EXPORT,
    MESH_IMPORT,
    MESH_REDUCTION,
    MESH_THUMBNAIL,
    MESH_VISUAL,
)
from outfeed.exports.request import (
    ANALYSIS_FORMAT,
    THUMBNAIL_FORMAT,
    THUMBNAIL_PX,
    VISUAL_FORMAT,
    ExportRequest,
    ImportRequest,
    ReduceRequest,
    Source,
    analysis_key,
    export_key,
    thumbnail_key,
    visual_key,
)
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.job import Job
from outfeed.jobs.runner import spec
from outfeed.library.files import find_file
from outfeed.library.meshes import IDENTITY, Door, MeshRecord, find_mesh
from outfeed.library.objects import find_object
from outfeed.library.thumbnails import ThumbnailRecord, find_thumbnail
from outfeed.mesh.formats.registry import READERS, WRITERS, reader_for
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit


class Exports:
    """Accepts imports, exports and previews, and tells how they stand."""

    def __init__(
        self,
        database: sa.Engine,
        jobs: Engine,
        *,
        clock: Clock,
        limits: ReadLimits,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._limits = limits
        self._new_id = new_id

    def import_mesh(self, caller: Caller, request: ImportRequest) -> Job:
        """
        Accept the import of a file; its job's result will be `{"mesh_id": …}`.

        Raises
        ------
        NotFound
            If the caller may not see the source.
        FormatUnknown
            If nothing here reads it; the detail is the format or the file's name.
        """
        with writing(self._database) as connection:
            name, blob = _source(connection, caller, request.source, now=self._clock())
            source_format = request.format or reader_for(name) or ""
            if source_format not in READERS:
                raise FormatUnknown(source_format or name)
            options = {
                "format": source_format,
                "unitless": request.unitless.value,
                "limits": asdict(self._limits),
                "transform": request.transform,
                "size_px": THUMBNAIL_PX,
                "visual": VISUAL_FORMAT if request.visual else None,
                "reduce": request.reduce,
            }
            door = request.source.door.value
            mesh = {"id": self._new_id(), "name": request.name, "door": door, "transform": request.transform}
            visual = {"id": self._new_id(), "name": request.name, "door": door}
            work = spec(inputs={"source": blob}, options=options, mesh=mesh, export=visual)
            return self._jobs.enqueue(connection, principal_id=caller.principal_id, kind=MESH_IMPORT, spec=work)

    def export_mesh(self, caller: Caller, request: ExportRequest) -> Job:
        """
        Accept the export of a mesh; the same request again is the same job, as long as its artifact is there.

        Raises
        ------
        NotFound
            If the caller has no such mesh.
        FormatUnknown
            If nothing here writes that format.
        """
        if request.format not in WRITERS:
            raise FormatUnknown(f"{request.format!r} is not one of: {', '.join(WRITERS)}.")
        options = {"format": request.format, "unitless": request.unitless.value}
        with writing(self._database) as connection:
            mesh = find_mesh(connection, request.mesh_id, principal_id=caller.principal_id)
            key = export_key(mesh, request)
            return self._same_or_new(
                connection, mesh, key=key, kind=MESH_EXPORT, options=options | {"transform": mesh.transform}
            )

    def reduce_mesh(self, caller: Caller, request: ReduceRequest) -> Job:
        """
        Accept to make a mesh of fewer triangles; the job's result will be `{"mesh_id": …}`, a new mesh.

        Raises
        ------
        NotFound
            If the caller has no such mesh.
        """
        with writing(self._database) as connection:
            old = find_mesh(connection, request.mesh_id, principal_id=caller.principal_id)
            transform = old.transform if request.transform is None else request.transform
            options = {
                "reduce": request.share,
                "unitless": request.unitless.value,
                "transform": transform,
                "size_px": THUMBNAIL_PX,
            }
            of_source = {name: old.facts[name] for name in ("num_stored_triangles", "lost") if name in old.facts}
            new = {"id": self._new_id(), "name": old.name, "door": old.door.value, "transform": transform}
            work = spec(inputs={"mesh": old.blob}, options=options, mesh=new | {"facts": of_source})
            return self._jobs.enqueue(connection, principal_id=caller.principal_id, kind=MESH_REDUCTION, spec=work)

    def analyze(self, caller: Caller, mesh_id: str) -> MeshRecord | Job:
        """
        Return a mesh that was analysed, or the job that does it; the job's result names the same mesh.

        Raises
        ------
        NotFound
            If the caller has no such mesh.
        """
        with writing(self._database) as connection:
            mesh = find_mesh(connection, mesh_id, principal_id=caller.principal_id)
            if mesh.analysis:
                return mesh
            options = {"format": ANALYSIS_FORMAT}
            return self._same_or_new(connection, mesh, key=analysis_key(mesh), kind=MESH_ANALYSIS, options=options)

    def visual(self, caller: Caller, mesh_id: str) -> MeshRecord | Job:
        """
        Return a mesh whose visual is there, or the job that makes it; the job's result names the same mesh.

        The visual shows the geometry before the mesh's transform.

        Raises
        ------
        NotFound
            If the caller has no such mesh.
        """
        options = {"format": VISUAL_FORMAT, "unitless": Unit.METRE.value, "transform": IDENTITY}
        with writing(self._database) as connection:
            mesh = find_mesh(connection, mesh_id, principal_id=caller.principal_id)
            if mesh.visual:
                return mesh
            return self._same_or_new(connection, mesh, key=visual_key(mesh), kind=MESH_VISUAL, options=options)

    def thumbnail(self, caller: Caller, mesh_id: str, *, size_px: int, unitless: Unit) -> ThumbnailRecord | Job:
        """
        Return the picture of a mesh as its transform places it, or the job that draws it.

        Raises
        ------
        NotFound
            If the caller has no such mesh.
        """
        with reading(self._database) as connection:
            mesh = find_mesh(connection, mesh_id, principal_id=caller.principal_id)
            key = thumbnail_key(mesh.blob, mesh.transform, size_px, unitless)
            found = find_thumbnail(connection, caller.principal_id, key)
        if found:
            return found
        options = {
            "format": THUMBNAIL_FORMAT,
            "size_px": size_px,
            "unitless": unitless.value,
            "transform": mesh.transform,
        }
        with writing(self._database) as connection:
            return find_thumbnail(connection, caller.principal_id, key) or self._same_or_new(
                connection, mesh, key=key, kind=MESH_THUMBNAIL, options=options
            )

    def job(self, caller: Caller, job_id: str) -> Job:
        """Return one of the caller's jobs, or raise `NotFound`."""
        job = self._jobs.find(job_id)
        if job is None or job.principal_id != caller.principal_id:
            raise NotFound(f"Job {job_id}.")
        return job

    def mesh_of(self, caller: Caller, job: Job) -> MeshRecord:
        """Return the mesh that an import has made, or that a preview was made for."""
        if job.result is None:
            raise NotFound(f"Job {job.id} has no mesh.")
        with reading(self._database) as connection:
            return find_mesh(connection, job.result["mesh_id"], principal_id=caller.principal_id)

    def _same_or_new(
        self, connection: sa.Connection, mesh: MeshRecord, *, key: str, kind: str, options: dict[str, Any]
    ) -> Job:
        """Return the job of an equal request, or write a new one and its row in the caller's transaction."""
        same = queries.reusable_job(connection, mesh.principal_id, key)
        if same:
            return same
        work = spec(
            inputs={"mesh": mesh.blob},
            options=options,
            export={"id": self._new_id(), "door": mesh.door.value, "name": mesh.name},
            mesh={"id": mesh.id},
            key=key,
        )
        job = self._jobs.enqueue(connection, principal_id=mesh.principal_id, kind=kind, spec=work)
        queries.insert_export(connection, job, key=key, mesh_id=mesh.id, now=self._clock())
        return job


def _source(connection: sa.Connection, caller: Caller, source: Source, *, now: int) -> tuple[str, str]:
    """Return the name and the blob's digest of a file that the caller may read."""
    if source.door is Door.OSS:
        found = find_object(connection, caller, source.bucket, source.name, now=now)
        return found.name, found.blob
    file = find_file(connection, caller, source.name)
    return file.name, file.blob

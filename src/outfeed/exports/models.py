"""Exports of a model's versions: ask, get an export, get its files. Dialects call this and nothing below it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import JobCancelled, NotFound, NotMeaningful
from outfeed.exports import model_queries as queries
from outfeed.exports import sheet_queries
from outfeed.exports.kinds import MODEL_EXPORT
from outfeed.exports.request import model_export_key
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.queries import end_job
from outfeed.jobs.runner import spec
from outfeed.jobs.states import LIVE, State
from outfeed.library.artifacts import ArtifactFile, artifact_file, artifact_files, delete_artifact
from outfeed.library.models import ModelRecord, delete_model, find_model
from outfeed.library.shares import SharedModel
from outfeed.library.versions import VersionRecord, find_version
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.tiles.options import TileOptions

#: Who looks: a member of projects, or the holder of a key to one model.
Reader: TypeAlias = Caller | SharedModel

#: Automatic exports of a model that are kept; one more, and the oldest goes.
KEPT_AUTOMATIC: Final = 5


class Target(StrEnum):
    """What a version is made into."""

    #: `tileset.json` and a GLB for each tile.
    TILES = "tiles"
    #: `Export.gltf` and `Export.bin`.
    GLTF = "gltf"


class Order(StrEnum):
    """Which of several exports comes first."""

    NEWEST_VERSION = "newest_version"
    #: By when they last changed.
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelExportRequest:
    """Export a version of a model."""

    model_id: str
    #: Empty: the newest version.
    changeset_id: str = ""
    #: The dialect's word for the kind of export; it is part of what makes two exports one.
    type: str
    target: Target = Target.TILES
    #: What the dialect's client sent, for its answers alone.
    options: Mapping[str, Any] = field(default_factory=dict)
    tiles: TileOptions = field(default_factory=TileOptions)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelExport:
    """An export of a version, and how it stands."""

    id: str
    model_id: str
    project_id: str
    model_name: str
    #: 0 is the baseline.
    version_index: int
    #: 40 hex digits, of the baseline too.
    changeset_id: str
    type: str
    options: Mapping[str, Any]
    state: State
    #: Why it failed, as a sentence; None unless it did.
    error: str | None
    created_at: int
    #: When its state, or its progress, last changed.
    modified_at: int
    #: The work behind it, which other exports may share.
    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportQuery:
    """Which exports to find."""

    #: None: of all models that the reader sees.
    model_id: str | None = None
    #: One version's; empty: every version's.
    changeset_id: str = ""
    #: The dialect's word for the kind; None: every kind.
    type: str | None = None
    order: Order = Order.NEWEST_VERSION
    skip: int = 0
    top: int = 100


class ModelExports:
    """Accepts exports of versions, and tells how they stand."""

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

    def start(self, caller: Caller, request: ModelExportRequest) -> ModelExport:
        """
        Accept an export; the same request again is the same export, as long as it has not failed.

        Raises
        ------
        NotFound
            If the caller has no such model, or the model no such version.
        """
        with writing(self._database) as connection:
            model = find_model(connection, request.model_id, principal_id=caller.principal_id)
            version = find_version(connection, model.id, request.changeset_id)
            return self._same_or_new(connection, caller.principal_id, model, version, request, automatic=False)

    def start_if_none(self, caller: Caller, request: ModelExportRequest, *, any_type: bool = False) -> None:
        """
        Accept an export that nobody asked for by itself; nothing if it cannot be, or the version has one.

        One of its type counts, or with `any_type` one of whatever type, also if it has failed. Of a model's automatic
        exports that have ended only the newest few are kept.
        """
        with reading(self._database) as connection:
            if _lacking(connection, caller, request, any_type=any_type) is None:
                return
        with writing(self._database) as connection:
            lacking = _lacking(connection, caller, request, any_type=any_type)
            if lacking:
                self._same_or_new(connection, caller.principal_id, *lacking, request, automatic=True)
                for old in queries.old_automatic(connection, lacking[0].id, kept=KEPT_AUTOMATIC):
                    _delete(connection, old)

    def get(self, reader: Reader, export_id: str) -> ModelExport:
        """Return an export of a model that the reader sees, or raise `NotFound`."""
        with reading(self._database) as connection:
            return _found(connection, reader, export_id)

    def find(self, reader: Reader, query: ExportQuery) -> list[ModelExport]:
        """Return the exports of a page and the first of the next one, if there is one."""
        with reading(self._database) as connection:
            return [ModelExport(**row) for row in queries.find(connection, queries.visible_to(reader), query)]

    def delete(self, caller: Caller, export_id: str) -> None:
        """
        Remove an export, and its files unless another export shares them.

        Raises
        ------
        NotFound
            If the caller sees no such export.
        NotMeaningful
            If it has not ended.
        """
        with writing(self._database) as connection:
            export = _found(connection, caller, export_id)
            if export.state in LIVE:
                raise NotMeaningful("The export has not ended.")
            _delete(connection, export.id)

    def delete_model(self, caller: Caller, model_id: str) -> None:
        """Remove a model with its versions and exports, or raise `NotFound`; what is being made is cancelled."""
        with writing(self._database) as connection:
            model = find_model(connection, model_id, principal_id=caller.principal_id)
            for export_id, job_id in queries.of_model(connection, model.id):
                _delete(connection, export_id)
                if not queries.is_used(connection, job_id):
                    end_job(connection, job_id, JobCancelled(), now=self._clock())
            ended = sheet_queries.jobs_of_model(connection, model.id)
            delete_model(connection, model.id)
            for job_id in ended:
                if not sheet_queries.is_used(connection, job_id):
                    end_job(connection, job_id, JobCancelled(), now=self._clock())

    def file(self, export_id: str, path: str) -> ArtifactFile:
        """Return a file of an export, whoever asks: they have its link; or raise `NotFound`."""
        with reading(self._database) as connection:
            return artifact_file(connection, queries.job_of(connection, export_id), path)

    def files(self, export_id: str, *, after: str, prefix: str, limit: int) -> list[ArtifactFile]:
        """Return the first files of an export behind a path, sorted by path, or raise `NotFound`."""
        with reading(self._database) as connection:
            job_id = queries.job_of(connection, export_id)
            return artifact_files(connection, job_id, after=after, prefix=prefix, limit=limit)

    def _same_or_new(
        self,
        connection: sa.Connection,
        principal_id: str,
        model: ModelRecord,
        version: VersionRecord,
        request: ModelExportRequest,
        *,
        automatic: bool,
    ) -> ModelExport:
        """Return an equal export, or write a new row over an equal job or a new one."""
        key = model_export_key(version.id, request.target.value, asdict(request.tiles))
        same = queries.same_export(connection, version.id, request.type, key, dict(request.options))
        if same is not None and not automatic:
            queries.mark_wanted(connection, same)
        if same is None:
            same = self._new_id()
            job_id = queries.same_job(connection, key) or self._enqueue(connection, principal_id, version, request)
            queries.insert(
                connection,
                {
                    "id": same,
                    "key": key,
                    "version_id": version.id,
                    "type": request.type,
                    "options": dict(request.options),
                    "job_id": job_id,
                    "automatic": automatic,
                    "created_by": principal_id,
                    "created_at": self._clock(),
                },
            )
        return _found(connection, SharedModel(model_id=model.id), same)

    def _enqueue(
        self, connection: sa.Connection, principal_id: str, version: VersionRecord, request: ModelExportRequest
    ) -> str:
        options = {
            "format": version.format,
            "unitless": Unit.MILLIMETRE.value,
            "limits": asdict(self._limits),
            "target": request.target.value,
            "tiles": asdict(request.tiles),
        }
        work = spec(inputs={"source": version.blob}, options=options)
        return self._jobs.enqueue(connection, principal_id=principal_id, kind=MODEL_EXPORT, spec=work).id


def _lacking(
    connection: sa.Connection, caller: Caller, request: ModelExportRequest, *, any_type: bool
) -> tuple[ModelRecord, VersionRecord] | None:
    """Return the model and the version of a request if it has no export, None if it has one or is not there."""
    try:
        model = find_model(connection, request.model_id, principal_id=caller.principal_id)
        version = find_version(connection, model.id, request.changeset_id)
    except NotFound:
        return None
    type_ = None if any_type else request.type
    query = ExportQuery(model_id=model.id, changeset_id=version.changeset_id, type=type_, top=1)
    return None if queries.find(connection, queries.visible_to(caller), query) else (model, version)


def _found(connection: sa.Connection, reader: Reader, export_id: str) -> ModelExport:
    row = queries.get(connection, queries.visible_to(reader), export_id)
    if row is None:
        raise NotFound(f"Export {export_id}.")
    return ModelExport(**row)


def _delete(connection: sa.Connection, export_id: str) -> None:
    job_id = queries.job_of(connection, export_id)
    queries.delete(connection, export_id)
    if not queries.is_used(connection, job_id):
        delete_artifact(connection, job_id)

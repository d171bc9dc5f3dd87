"""Derivatives: what an object or a version is translated into. Dialects call this and nothing below it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import JobCancelled, NotFound, SourceUnsupported
from outfeed.exports.kinds import DERIVATIVE, DERIVATIVE_PICTURE
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.queries import end_job
from outfeed.jobs.runner import spec
from outfeed.jobs.states import LIVE, State
from outfeed.library.artifacts import ArtifactFile, artifact_file, artifact_files, delete_artifact
from outfeed.library.items import find_item_version
from outfeed.library.model_files import format_of
from outfeed.library.objects import find_object
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.scene.registry import HEAD_BYTES, SCENE_READERS
from outfeed.schema import derivatives, jobs
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.registry import SHEET_READERS

#: Files of one derivative: a drawing has at most so many sheets that each are one.
MOST_FILES: Final = 20_000


class DerivativeFormat(StrEnum):
    """What is made."""

    THUMBNAIL = "thumbnail"
    #: A file for each sheet.
    PDF = "pdf"
    STL = "stl"
    OBJ = "obj"
    GLB = "glb"

    def is_made_of(self, format_name: str) -> bool:
        """Tell whether it is made of a source in a format of the scenes or of the sheets."""
        is_scene = format_name in SCENE_READERS and bool(SCENE_READERS[format_name].elements)
        if self is DerivativeFormat.THUMBNAIL:
            return is_scene or format_name in SHEET_READERS
        return format_name in SHEET_READERS if self is DerivativeFormat.PDF else is_scene


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivativeSource:
    """What is translated."""

    #: As clients call it; derivatives belong to it.
    address: str
    blob: str
    #: Of the scenes or of the sheets; empty: nothing here reads it.
    format: str
    file_name: str
    #: Of the one page that it is; None: it is the whole file.
    page: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Derivative:
    """What a source is translated into, and how that stands."""

    id: str
    #: The address of its source.
    source: str
    format: DerivativeFormat
    #: As they were asked for; of one page also `page`, its index.
    options: Mapping[str, Any]
    state: State
    #: 0.0 to 1.0.
    progress: float
    #: Why it failed, for programs and as a sentence; None unless it did.
    error_code: str | None
    error: str | None
    created_at: int
    modified_at: int
    job_id: str
    #: What came out, by path; empty until the job has succeeded.
    files: tuple[ArtifactFile, ...]
    #: `lost`, of PDF `sheets`, of a mesh `num_triangles`.
    facts: Mapping[str, Any]


class Derivatives:
    """Translates, and tells how that stands."""

    def __init__(
        self,
        database: sa.Engine,
        jobs: Engine,
        blobs: Blobs,
        *,
        clock: Clock,
        limits: ReadLimits,
        sheet_limits: SheetLimits,
        plans: PlanOptions,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._blobs = blobs
        self._clock = clock
        self._limits = limits
        self._plans = plans
        self._sheet_limits = sheet_limits
        self._new_id = new_id

    def object_source(self, caller: Caller, address: str, bucket_key: str, name: str) -> DerivativeSource:
        """Return an object that the caller may read, or raise `NotFound`."""
        with reading(self._database) as connection:
            found = find_object(connection, caller, bucket_key, name, now=self._clock())
        head = b"".join(self._blobs.read(found.blob, 0, HEAD_BYTES))
        return DerivativeSource(address=address, blob=found.blob, format=format_of(head, name), file_name=name)

    def version_source(self, caller: Caller, address: str, model_id: str, index: int) -> DerivativeSource:
        """Return a version of a project of the caller's, or raise `NotFound`."""
        with reading(self._database) as connection:
            found = find_item_version(connection, None, model_id, index, principal_id=caller.principal_id)
        return DerivativeSource(
            address=address,
            blob=found.version.blob,
            format=found.version.format,
            file_name=found.version.file_name,
            page=found.page.index if found.page else None,
        )

    def start(
        self,
        caller: Caller,
        source: DerivativeSource,
        wanted: Mapping[DerivativeFormat, Mapping[str, Any]],
        *,
        force: bool = False,
    ) -> tuple[list[Derivative], bool]:
        """
        Translate a source; what is there, or on its way, of the same bytes and options is not made again.

        Parameters
        ----------
        wanted
            The options of each format. Of a mesh format: `unit`, a word of `outfeed.mesh.units.Unit`. Of STL: `ascii`,
            whether it is text.
        force
            Whether what is there is made again.

        Returns
        -------
        tuple
            The derivatives of these formats, and whether one of them is made now.

        Raises
        ------
        SourceUnsupported
            If one of the formats is not made of such a source.
        """
        for format_ in wanted:
            if not format_.is_made_of(source.format):
                kind = f"a {source.format} file" if source.format else f"{source.file_name}, which nothing here reads"
                raise SourceUnsupported(f"No {format_.value} is made of {kind}.")
        page = {} if source.page is None else {"page": source.page}
        with writing(self._database) as connection:
            started = [
                self._ensure(connection, caller, source, format_, {**options, **page}, force=force)
                for format_, options in wanted.items()
            ]
            found = {one.format: one for one in _find(connection, derivatives.c.source == source.address)}
        return [found[format_] for format_ in wanted], any(started)

    def find(self, source: DerivativeSource) -> list[Derivative]:
        """
        Return what a source was, or is being, translated into, by format.

        What was made of other bytes, before others came to this address, is not told: they may have been another's.
        """
        with reading(self._database) as connection:
            return _find(connection, derivatives.c.source == source.address, derivatives.c.blob == source.blob)

    def delete(self, source: DerivativeSource) -> None:
        """Remove all that a source was translated into; what is being made is cancelled."""
        with writing(self._database) as connection:
            for row in connection.execute(_rows().where(derivatives.c.source == source.address)).all():
                self._remove(connection, row)

    def file(self, source: str, derivative_id: str, path: str) -> ArtifactFile:
        """Return a file of a derivative of a source with this address, whoever asks; or raise `NotFound`."""
        wanted = sa.select(derivatives.c.job_id).where(
            derivatives.c.id == derivative_id, derivatives.c.source == source
        )
        with reading(self._database) as connection:
            job_id = connection.scalar(wanted)
            if job_id is None:
                raise NotFound(f"Derivative {derivative_id}.")
            return artifact_file(connection, job_id, path)

    def _ensure(
        self,
        connection: sa.Connection,
        caller: Caller,
        source: DerivativeSource,
        format_: DerivativeFormat,
        options: Mapping[str, Any],
        *,
        force: bool,
    ) -> bool:
        """Make a derivative unless it is there, and tell whether it is made."""
        of_format = derivatives.c.source == source.address, derivatives.c.format == format_.value
        same = connection.execute(_rows().where(*of_format)).one_or_none()
        if same is not None:
            good = same.state in {*LIVE, State.SUCCEEDED} and same.blob == source.blob
            if good and same.options == dict(options) and not force:
                return False
            self._remove(connection, same)
        job_id = None if force else _same_job(connection, source.blob, format_, options)
        connection.execute(
            sa.insert(derivatives).values(
                id=self._new_id(),
                source=source.address,
                blob=source.blob,
                format=format_.value,
                options=dict(options),
                job_id=job_id or self._enqueue(connection, caller, source, format_, options),
                created_by=caller.principal_id,
                created_at=self._clock(),
            )
        )
        return True

    def _enqueue(
        self,
        connection: sa.Connection,
        caller: Caller,
        source: DerivativeSource,
        format_: DerivativeFormat,
        options: Mapping[str, Any],
    ) -> str:
        work = {
            "format": source.format,
            "target": format_.value,
            "unit": options.get("unit", Unit.MILLIMETRE.value),
            "ascii": options.get("ascii", False),
            "page": options.get("page"),
            "limits": asdict(self._limits),
            "sheet_limits": asdict(self._sheet_limits),
            "plans": asdict(self._plans),
        }
        job = spec(inputs={"source": source.blob}, options=work)
        kind = DERIVATIVE_PICTURE if format_ is DerivativeFormat.THUMBNAIL else DERIVATIVE
        return self._jobs.enqueue(connection, principal_id=caller.principal_id, kind=kind, spec=job).id

    def _remove(self, connection: sa.Connection, one: sa.Row[Any]) -> None:
        """Remove a derivative, and the work behind it unless another one shares that."""
        connection.execute(sa.delete(derivatives).where(derivatives.c.id == one.id))
        if connection.scalar(sa.select(sa.exists().where(derivatives.c.job_id == one.job_id))):
            return
        end_job(connection, one.job_id, JobCancelled(), now=self._clock())
        delete_artifact(connection, one.job_id)


def _same_job(
    connection: sa.Connection, blob: str, format_: DerivativeFormat, options: Mapping[str, Any]
) -> str | None:
    """Return the id of a job that makes, or has made, the same of the same bytes."""
    wanted = (
        sa.select(derivatives.c.job_id, derivatives.c.options)
        .join(jobs, jobs.c.id == derivatives.c.job_id)
        .where(derivatives.c.blob == blob, derivatives.c.format == format_.value)
        .where(jobs.c.state.in_([*LIVE, State.SUCCEEDED]))
    )
    return next((row.job_id for row in connection.execute(wanted) if row.options == dict(options)), None)


def _find(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Derivative]:
    wanted = _rows().where(*conditions).order_by(derivatives.c.format)
    return [_derivative(connection, row) for row in connection.execute(wanted).all()]


def _rows() -> sa.Select[Any]:
    columns = (
        derivatives.c.id,
        derivatives.c.source,
        derivatives.c.blob,
        derivatives.c.format,
        derivatives.c.options,
        derivatives.c.created_at,
        derivatives.c.job_id,
        jobs.c.state,
        jobs.c.progress,
        jobs.c.error_code,
        jobs.c.error_message,
        jobs.c.result,
        jobs.c.updated_at,
    )
    return sa.select(*columns).join(jobs, jobs.c.id == derivatives.c.job_id)


def _derivative(connection: sa.Connection, row: sa.Row[Any]) -> Derivative:
    state = State(row.state)
    failed = state in {State.FAILED, State.CANCELLED}
    return Derivative(
        id=row.id,
        source=row.source,
        format=DerivativeFormat(row.format),
        options=row.options,
        state=state,
        progress=row.progress,
        error_code=row.error_code if failed else None,
        error=(row.error_message or row.error_code) if failed else None,
        created_at=row.created_at,
        modified_at=max(row.created_at, row.updated_at),
        job_id=row.job_id,
        files=tuple(artifact_files(connection, row.job_id, after="", prefix="", limit=MOST_FILES)),
        facts=row.result or {},
    )

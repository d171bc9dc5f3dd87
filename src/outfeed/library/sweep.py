"""The sweep: what is over goes, and so do bytes that nothing names any more, an hour after they were last published.

A row that names a blob is written in one of two ways: after the blob was published, which makes it young, or in the
transaction that has read another row which names it. So a blob that is old and unnamed, both seen while nobody can
publish (`Blobs.delete_stale`), cannot be about to be named. Between publishing and the row lie seconds, not an hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from outfeed.batches import batches
from outfeed.blobs.store import Blobs
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.library import queries
from outfeed.library.signed import REMEMBERED_MS
from outfeed.schema import (
    artifact_files,
    derivatives,
    model_exports,
    model_uploads,
    objects,
    resumables,
    sheet_exports,
    signed_resources,
    storages,
    uploads,
    versions,
)

#: How old leftovers must be, in milliseconds.
AGE_MS: Final = 3_600_000
#: How long an export of sheets is kept, in milliseconds: who wants it later asks again.
SHEET_EXPORTS_MS: Final = 7 * 24 * 3_600_000
#: Blobs that are looked at together, and rows that are removed together: others write between two batches.
_BATCH: Final = 500
#: The same of uploads, each of which may take 10,000 parts along.
_UPLOADS: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """What a sweep has removed."""

    blobs: int
    staged: int
    #: Of every kind: in parts with addresses of their own, in chunks, of a model's first version; and names for bytes
    #: that never came.
    uploads: int
    #: Whose time by their bucket's policy is over.
    objects: int
    #: Signed resources that ended a day ago.
    links: int
    #: Of sheets, that are older than a week.
    exports: int


def sweep(database: sa.Engine, blobs: Blobs, clock: Clock, *, age_ms: int = AGE_MS) -> Swept:
    """Remove what has expired, files that were staged and never published, and blobs that nothing names."""
    now = clock()
    return Swept(
        objects=_remove(database, objects, objects.c.expires_at, before_ms=now, at_once=_BATCH),
        uploads=_remove(database, uploads, uploads.c.expires_at, before_ms=now, at_once=_UPLOADS)
        + _remove(database, resumables, resumables.c.expires_at, before_ms=now, at_once=_UPLOADS)
        + _remove(database, model_uploads, model_uploads.c.expires_at, before_ms=now, at_once=_UPLOADS)
        + _remove(database, storages, storages.c.expires_at, before_ms=now, at_once=_BATCH),
        links=_remove(
            database, signed_resources, signed_resources.c.expires_at, before_ms=now - REMEMBERED_MS, at_once=_BATCH
        ),
        exports=_remove_exports(database, before_ms=now - SHEET_EXPORTS_MS),
        staged=blobs.clear_staging(now - age_ms),
        blobs=_sweep_blobs(database, blobs, now - age_ms),
    )


def _remove(
    database: sa.Engine, table: sa.Table, expires_at: sa.ColumnElement[int], *, before_ms: int, at_once: int
) -> int:
    """Remove rows that had expired by a time, in transactions of a few each, and return how many those were."""
    keys = list(table.primary_key.columns)
    some = sa.select(*keys).where(expires_at <= before_ms).limit(at_once)
    removed = 0
    while True:
        with writing(database) as connection:
            count = connection.execute(sa.delete(table).where(sa.tuple_(*keys).in_(some))).rowcount
        removed += count
        if count < at_once:
            return removed


def _remove_exports(database: sa.Engine, *, before_ms: int) -> int:
    """Remove old exports of sheets, derivatives of bytes that are gone, and files of jobs that nobody has any more."""
    removed = _remove(database, sheet_exports, sheet_exports.c.created_at, before_ms=before_ms, at_once=_BATCH)
    gone = ~sa.or_(*(sa.exists().where(table.c.blob == derivatives.c.blob) for table in (objects, versions)))
    _remove_where(database, derivatives, derivatives.c.id, gone)
    owners = (model_exports, sheet_exports, derivatives)
    nobodys = ~sa.or_(*(sa.exists().where(table.c.job_id == artifact_files.c.job_id) for table in owners))
    _remove_where(database, artifact_files, artifact_files.c.job_id, nobodys)
    return removed


def _remove_where(
    database: sa.Engine, table: sa.Table, column: sa.ColumnElement[str], condition: sa.ColumnElement[bool]
) -> None:
    """Remove rows for which a condition holds: they are looked for while nothing is locked, and looked at again."""
    with reading(database) as connection:
        found = list(connection.scalars(sa.select(column).where(condition).distinct()))
    for batch in batches(found, _BATCH):
        with writing(database) as connection:
            connection.execute(sa.delete(table).where(column.in_(batch), condition))


def _sweep_blobs(database: sa.Engine, blobs: Blobs, before_ms: int) -> int:
    """Remove stale blobs, batch by batch; most are named, and are sorted out without stopping the publishers."""

    def named(digests: Iterable[str]) -> set[str]:
        with reading(database) as connection:
            return queries.named_blobs(connection, digests) | queries.live_inputs(connection)

    removed = 0
    for batch in batches(blobs.stale(before_ms), _BATCH):
        unnamed = set(batch) - named(batch)
        removed += blobs.delete_stale(unnamed, before_ms, named) if unnamed else 0
    return removed

"""What the library asks the database, one function per question."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from outfeed.identity.caller import Caller
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.schema import (
    artifact_files,
    bucket_grants,
    buckets,
    drawings,
    files,
    jobs,
    meshes,
    model_upload_blocks,
    model_uploads,
    objects,
    print_jobs,
    project_members,
    resumable_chunks,
    resumables,
    storages,
    thumbnails,
    upload_parts,
    versions,
)

#: Where a bucket is said to be if nobody said anything else.
HOME_REGION: Final = "US"

BucketRow = sa.Row[str, str | None, str | None, str, int, str | None]

_BUCKET = (
    buckets.c.key,
    buckets.c.app_id,
    buckets.c.principal_id,
    buckets.c.policy,
    buckets.c.created_at,
    buckets.c.region,
)


def bucket_row(connection: sa.Connection, key: str) -> BucketRow | None:
    """Return the bucket with this key, whosever it is."""
    return connection.execute(sa.select(*_BUCKET).where(buckets.c.key == key)).one_or_none()


def bucket_access(connection: sa.Connection, key: str) -> list[tuple[str, str]]:
    """Return the other apps that may use a bucket, each with its access."""
    rows = connection.execute(
        sa.select(bucket_grants.c.app_id, bucket_grants.c.access)
        .where(bucket_grants.c.bucket_key == key)
        .order_by(bucket_grants.c.app_id)
    )
    return [(row.app_id, row.access) for row in rows]


def own_buckets(
    connection: sa.Connection, caller: Caller, *, limit: int, after: str, regions: Iterable[str] | None
) -> Sequence[BucketRow]:
    """Return the first `limit` buckets behind the key `after` that are the caller's app's or the caller's own."""
    mine = sa.or_(buckets.c.app_id == caller.app_id, buckets.c.principal_id == caller.principal_id)
    found = sa.select(*_BUCKET).where(mine, buckets.c.key > after, buckets.c.key != STORAGE_BUCKET)
    if regions is not None:
        found = found.where(sa.func.coalesce(buckets.c.region, HOME_REGION).in_(regions))
    return connection.execute(found.order_by(buckets.c.key).limit(limit)).all()


def storage_row(connection: sa.Connection, name: str, principal_id: str) -> sa.Row[Any] | None:
    """Return a name for bytes of a project that a principal is a member of."""
    mine = sa.select(project_members.c.project_id).where(project_members.c.principal_id == principal_id)
    found = sa.select(storages).where(storages.c.name == name, storages.c.project_id.in_(mine))
    return connection.execute(found).one_or_none()


def is_live(now: int) -> sa.ColumnElement[bool]:
    """Return the condition that an object has not expired by its bucket's policy."""
    return sa.or_(objects.c.expires_at.is_(None), objects.c.expires_at > now)


def object_rows(
    connection: sa.Connection, bucket_key: str, *, begins_with: str, limit: int, after: str, now: int
) -> Sequence[sa.Row[Any]]:
    """Return the first `limit` live objects of a bucket behind the name `after` whose names begin with a text."""
    return connection.execute(
        sa.select(objects)
        .where(objects.c.bucket_key == bucket_key, objects.c.name > after, is_live(now))
        .where(sa.func.substr(objects.c.name, 1, len(begins_with)) == begins_with)
        .order_by(objects.c.name)
        .limit(limit)
    ).all()


def parts_of(connection: sa.Connection, upload_key: str) -> Sequence[sa.Row[Any]]:
    """Return the parts of an upload in their order."""
    return connection.execute(
        sa.select(upload_parts).where(upload_parts.c.upload_key == upload_key).order_by(upload_parts.c.number)
    ).all()


def named_blobs(connection: sa.Connection, digests: Iterable[str]) -> set[str]:
    """Return those of some digests that a row names."""
    asked = list(digests)
    columns = (
        objects.c.blob,
        files.c.blob,
        meshes.c.blob,
        meshes.c.analysis,
        thumbnails.c.blob,
        upload_parts.c.blob,
        versions.c.blob,
        artifact_files.c.blob,
        drawings.c.blob,
        model_uploads.c.blob,
        model_upload_blocks.c.blob,
        print_jobs.c.printable_blob,
    )
    chunks = sa.select(resumable_chunks.c.blob).join(resumables)
    found = sa.union(
        *(sa.select(column).where(column.in_(asked)) for column in columns),
        # Of a whole upload only the digests are needed: they tell a repeated chunk from another one.
        chunks.where(resumable_chunks.c.blob.in_(asked), resumables.c.blob.is_(None)),
    )
    return {row[0] for row in connection.execute(found)}


def live_inputs(connection: sa.Connection) -> set[str]:
    """Return the digests of the files that jobs which are not over will read: their rows may be gone already."""
    specs = connection.execute(sa.select(jobs.c.spec).where(jobs.c.finished_at.is_(None))).scalars()
    return {digest for spec in specs for digest in spec.get("inputs", {}).values()}

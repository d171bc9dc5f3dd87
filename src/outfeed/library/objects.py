"""Objects: names in a bucket for blobs. Putting one under a taken name replaces it in one commit."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import InvalidField, NotAllowed, NotFound
from outfeed.identity.caller import Caller
from outfeed.library import queries
from outfeed.library.buckets import find_bucket, find_writable_bucket
from outfeed.schema import objects

#: Longest name, in bytes of UTF-8.
MAX_NAME_BYTES: Final = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectRecord:
    """An object as the library keeps it."""

    bucket_key: str
    name: str
    #: SHA-256 of its bytes, as hex.
    blob: str
    #: SHA-1 of its bytes, as hex.
    sha1: str
    #: In bytes.
    size: int
    content_type: str
    #: When its present bytes were put, in milliseconds since 1970-01-01 UTC.
    created_at: int


class Objects:
    """Puts objects, finds them, and removes them."""

    def __init__(self, database: sa.Engine, clock: Clock, blobs: Blobs) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs

    def check_writable(self, caller: Caller, bucket_key: str, name: str) -> None:
        """Raise what `put` would raise, before the bytes are on their way."""
        checked_name(name)
        with reading(self._database) as connection:
            find_writable_bucket(connection, caller, bucket_key)

    def put(self, caller: Caller, bucket_key: str, name: str, *, staged: Staged, content_type: str) -> ObjectRecord:
        """
        Keep staged bytes under a name; what was there before is replaced.

        Raises
        ------
        InvalidField
            If the name is none.
        NotFound, NotAllowed
            If the caller does not see the bucket, or may only read it.
        """
        checked_name(name)
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            find_writable_bucket(connection, caller, bucket_key)
            return insert_object(
                connection,
                bucket_key=bucket_key,
                name=name,
                staged=staged,
                content_type=content_type,
                now=self._clock(),
            )

    def get(self, caller: Caller, bucket_key: str, name: str) -> ObjectRecord:
        """Return an object that the caller may read, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_object(connection, caller, bucket_key, name)

    def linked(self, bucket_key: str, name: str, blob: str) -> ObjectRecord:
        """Return the object that a link was made for; raise `NotFound` if it has gone or has other bytes now."""
        with reading(self._database) as connection:
            found = _find(connection, bucket_key, name)
        if found is None or found.blob != blob:
            raise NotFound("The object was deleted or replaced.")
        return found

    def list(
        self, caller: Caller, bucket_key: str, *, limit: int, begins_with: str = "", after: str = ""
    ) -> tuple[Sequence[ObjectRecord], bool]:
        """Return a bucket's objects by name, those behind `after`, and whether there are more than `limit`."""
        with reading(self._database) as connection:
            find_bucket(connection, caller, bucket_key)
            rows = queries.object_rows(connection, bucket_key, begins_with=begins_with, limit=limit + 1, after=after)
        return [_record(row) for row in rows[:limit]], len(rows) > limit

    def delete(self, caller: Caller, bucket_key: str, name: str) -> None:
        """
        Remove an object. Its bytes stay as long as another name has them, and go with a later sweep.

        Raises
        ------
        NotFound
            If there is none that the caller sees.
        NotAllowed
            If another app lets the caller only read it.
        """
        with writing(self._database) as connection:
            find_object(connection, caller, bucket_key, name)
            if not find_bucket(connection, caller, bucket_key).may_delete(caller):
                raise NotAllowed(f"Bucket {bucket_key} is for reading.")
            connection.execute(sa.delete(objects).where(objects.c.bucket_key == bucket_key, objects.c.name == name))


def checked_name(name: str) -> str:
    """
    Return the name if an object or a file may have it.

    Raises
    ------
    InvalidField
        If it is empty, `.` or `..`, longer than 1024 bytes, or has control characters.
    """
    if name in {"", ".", ".."} or any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        raise InvalidField("A name is neither empty nor `.` nor `..`, and has no control characters.")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidField(f"A name has at most {MAX_NAME_BYTES} bytes.")
    return name


def find_object(connection: sa.Connection, caller: Caller, bucket_key: str, name: str) -> ObjectRecord:
    """Return an object that the caller may read, or raise `NotFound`."""
    find_bucket(connection, caller, bucket_key)
    found = _find(connection, bucket_key, name)
    if found is None:
        raise NotFound(f"Object {name} in bucket {bucket_key}.")
    return found


def object_exists(connection: sa.Connection, bucket_key: str, name: str) -> bool:
    """Tell whether there is such an object, whosever it is."""
    return _find(connection, bucket_key, name) is not None


def insert_object(
    connection: sa.Connection, *, bucket_key: str, name: str, staged: Staged, content_type: str, now: int
) -> ObjectRecord:
    """Write an object on bytes that are published already, in place of one of the same name."""
    record = ObjectRecord(
        bucket_key=bucket_key,
        name=name,
        blob=staged.digest,
        sha1=staged.sha1,
        size=staged.size,
        content_type=content_type,
        created_at=now,
    )
    connection.execute(sa.delete(objects).where(objects.c.bucket_key == bucket_key, objects.c.name == name))
    connection.execute(sa.insert(objects).values({item.name: getattr(record, item.name) for item in fields(record)}))
    return record


def _find(connection: sa.Connection, bucket_key: str, name: str) -> ObjectRecord | None:
    row = connection.execute(
        sa.select(objects).where(objects.c.bucket_key == bucket_key, objects.c.name == name)
    ).one_or_none()
    return _record(row) if row else None


def _record(row: sa.Row[Any]) -> ObjectRecord:
    return ObjectRecord(**row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy

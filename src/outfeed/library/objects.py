"""Objects: names in a bucket for blobs. Putting one under a taken name replaces it in one commit."""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Protocol

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import InvalidField, NotAllowed, NotFound, PreconditionFailed, ScopeMissing
from outfeed.identity.caller import Caller
from outfeed.library import queries
from outfeed.library.buckets import find_bucket, policy_of
from outfeed.library.conditions import UNCONDITIONAL, Conditions
from outfeed.library.rights import CallersRight, Right
from outfeed.schema import objects

#: Longest name, in bytes of UTF-8.
MAX_NAME_BYTES: Final = 1024


#: How often the time of the last reading is written down, in milliseconds: a download is no reason for a write each.
ACCESS_MS: Final = 60_000


class Content(Protocol):
    """Bytes that are in the store, and what they hash to."""

    @property
    def digest(self) -> str:
        """SHA-256 as hex."""

    @property
    def sha1(self) -> str:
        """SHA-1 as hex."""

    @property
    def size(self) -> int:
        """Length in bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extras:
    """What a client wants an object's downloads to say beside the content type; None: nothing of its own."""

    content_disposition: str | None = None
    content_encoding: str | None = None
    cache_control: str | None = None
    #: A JSON object, as the client wrote it.
    user_metadata: str | None = None


NO_EXTRAS: Final = Extras()


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
    content_disposition: str | None = None
    content_encoding: str | None = None
    cache_control: str | None = None
    user_metadata: str | None = None
    #: When there was first an object of this name, in milliseconds since 1970-01-01 UTC.
    created_at: int
    #: When its present bytes were put.
    modified_at: int
    #: When its bytes were last read, to the minute; None: never.
    accessed_at: int | None = None
    #: When it goes by its bucket's policy; None: never.
    expires_at: int | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes, as hex."""
        return self.blob

    @property
    def extras(self) -> Extras:
        """What its downloads say beside the content type."""
        return Extras(**{item.name: getattr(self, item.name) for item in fields(Extras)})


class Objects:
    """Puts objects, finds them, copies them, and removes them."""

    def __init__(self, database: sa.Engine, clock: Clock, blobs: Blobs) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs

    def check_right(self, right: Right, conditions: Conditions = UNCONDITIONAL) -> None:
        """Raise what `write` would raise, before the bytes are on their way."""
        with reading(self._database) as connection:
            check_write(connection, right, conditions, now=self._clock())

    def put(
        self,
        caller: Caller,
        bucket_key: str,
        name: str,
        *,
        staged: Staged,
        content_type: str,
        extras: Extras = NO_EXTRAS,
        conditions: Conditions = UNCONDITIONAL,
    ) -> ObjectRecord:
        """Keep staged bytes under a name in a caller's bucket, as `write` does."""
        right = CallersRight(caller, bucket_key, name)
        return self.write(right, staged=staged, content_type=content_type, extras=extras, conditions=conditions)

    def write(
        self,
        right: Right,
        *,
        staged: Staged,
        content_type: str,
        extras: Extras = NO_EXTRAS,
        conditions: Conditions = UNCONDITIONAL,
    ) -> ObjectRecord:
        """
        Keep staged bytes where somebody may; what was there before is replaced.

        Raises
        ------
        InvalidField
            If the name is none.
        NotFound, NotAllowed, LinkExpired
            If the sender does not see the bucket, or may only read it, or the link has ended.
        ScopeMissing
            If there is such an object and the sender may only make new ones.
        PreconditionFailed
            If the object is not as the conditions say.
        """
        checked_name(right.name)
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            now = self._clock()
            check_write(connection, right, conditions, now=now)
            right.spend(connection)
            return insert_object(
                connection,
                bucket_key=right.bucket_key,
                name=right.name,
                staged=staged,
                content_type=content_type,
                extras=extras,
                now=now,
            )

    def copy(
        self, caller: Caller, bucket_key: str, name: str, to: str, conditions: Conditions = UNCONDITIONAL
    ) -> ObjectRecord:
        """
        Give an object's bytes a second name in its bucket, and all that is said of them.

        Raises
        ------
        InvalidField
            If the new name is none.
        NotFound, NotAllowed
            If the caller does not see the object, or may only read in its bucket.
        ScopeMissing, PreconditionFailed
            As `write`, of what has the new name.
        """
        with writing(self._database) as connection:
            now = self._clock()
            check_write(connection, CallersRight(caller, bucket_key, to), conditions, now=now)
            source = find_object(connection, caller, bucket_key, name, now=now)
            return insert_object(
                connection,
                bucket_key=bucket_key,
                name=to,
                staged=source,
                content_type=source.content_type,
                extras=source.extras,
                now=now,
            )

    def get(self, caller: Caller, bucket_key: str, name: str) -> ObjectRecord:
        """Return an object that the caller may read, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_object(connection, caller, bucket_key, name, now=self._clock())

    def linked(self, bucket_key: str, name: str, blob: str) -> ObjectRecord:
        """Return the object that a link was made for; raise `NotFound` if it has gone or has other bytes now."""
        with reading(self._database) as connection:
            found = object_row(connection, bucket_key, name, now=self._clock())
        if found is None or found.blob != blob:
            raise NotFound("The object was deleted or replaced.")
        return found

    def note_access(self, record: ObjectRecord) -> None:
        """Write down that an object's bytes are read, unless that was done within the last minute."""
        now = self._clock()
        if record.accessed_at is not None and now - record.accessed_at < ACCESS_MS:
            return
        # A download must not fail because nothing can be written: the disk is full, or a writer takes too long.
        with suppress(sa.exc.OperationalError), writing(self._database) as connection:
            connection.execute(
                sa.update(objects)
                .where(*_is(record.bucket_key, record.name), objects.c.blob == record.blob)
                .values(accessed_at=now)
            )

    def list(
        self, caller: Caller, bucket_key: str, *, limit: int, begins_with: str = "", after: str = ""
    ) -> tuple[Sequence[ObjectRecord], bool]:
        """Return a bucket's objects by name, those behind `after`, and whether there are more than `limit`."""
        with reading(self._database) as connection:
            find_bucket(connection, caller, bucket_key)
            rows = queries.object_rows(
                connection, bucket_key, begins_with=begins_with, limit=limit + 1, after=after, now=self._clock()
            )
        return [_record(row) for row in rows[:limit]], len(rows) > limit

    def delete(self, caller: Caller, bucket_key: str, name: str) -> None:
        """
        Remove an object and the links to it. Its bytes stay as long as another name has them; a later sweep takes them.

        Raises
        ------
        NotFound
            If there is none that the caller sees.
        NotAllowed
            If another app lets the caller only read it.
        """
        with writing(self._database) as connection:
            find_object(connection, caller, bucket_key, name, now=self._clock())
            if not find_bucket(connection, caller, bucket_key, name).may_delete(caller):
                raise NotAllowed(f"Bucket {bucket_key} is for reading.")
            connection.execute(sa.delete(objects).where(*_is(bucket_key, name)))


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


def find_object(connection: sa.Connection, caller: Caller, bucket_key: str, name: str, *, now: int) -> ObjectRecord:
    """Return an object that the caller may read, or raise `NotFound`."""
    find_bucket(connection, caller, bucket_key, name)
    found = object_row(connection, bucket_key, name, now=now)
    if found is None:
        raise NotFound(f"Object {name} in bucket {bucket_key}.")
    return found


def object_exists(connection: sa.Connection, bucket_key: str, name: str) -> bool:
    """Tell whether there is such an object, whosever it is, in a bucket that keeps its objects."""
    return connection.scalar(sa.select(objects.c.name).where(*_is(bucket_key, name))) is not None


def object_row(connection: sa.Connection, bucket_key: str, name: str, *, now: int) -> ObjectRecord | None:
    """Return an object, whosever it is; one that has expired is not there, though no sweep has taken it yet."""
    row = connection.execute(sa.select(objects).where(*_is(bucket_key, name), queries.is_live(now))).one_or_none()
    return _record(row) if row else None


def check_write(connection: sa.Connection, right: Right, conditions: Conditions, *, now: int) -> None:
    """Raise unless somebody may write an object, and it is as the conditions say."""
    checked_name(right.name)
    right.check(connection)
    found = object_row(connection, right.bucket_key, right.name, now=now)
    if not conditions.allow_write(found):
        raise PreconditionFailed
    if found and not right.may_overwrite:
        raise ScopeMissing("Needed to replace an object: data:write.")


def insert_object(
    connection: sa.Connection,
    *,
    bucket_key: str,
    name: str,
    staged: Content,
    content_type: str,
    now: int,
    extras: Extras = NO_EXTRAS,
) -> ObjectRecord:
    """Write an object on bytes that are published already, in place of one of the same name; links to it stay."""
    before = object_row(connection, bucket_key, name, now=now)
    life_ms = policy_of(connection, bucket_key).life_ms
    record = ObjectRecord(
        bucket_key=bucket_key,
        name=name,
        blob=staged.digest,
        sha1=staged.sha1,
        size=staged.size,
        content_type=content_type,
        **asdict(extras),
        created_at=before.created_at if before else now,
        modified_at=now,
        accessed_at=None,
        expires_at=None if life_ms is None else now + life_ms,
    )
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    if before:
        connection.execute(sa.update(objects).where(*_is(bucket_key, name)).values(values))
    else:
        # One that has expired may wait for the sweep under this name; the links to it end here.
        connection.execute(sa.delete(objects).where(*_is(bucket_key, name)))
        connection.execute(sa.insert(objects).values(values))
    return record


def keep_object(connection: sa.Connection, bucket_key: str, name: str) -> None:
    """Keep an object beyond what its bucket's policy says."""
    connection.execute(sa.update(objects).where(*_is(bucket_key, name)).values(expires_at=None))


def _is(bucket_key: str, name: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return objects.c.bucket_key == bucket_key, objects.c.name == name


def _record(row: sa.Row[Any]) -> ObjectRecord:
    return ObjectRecord(**row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy

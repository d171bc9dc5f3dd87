"""Signed uploads: parts arrive one by one, in any order and again if need be, and become an object at the end.

A part is a blob of its own until then, so it is as durable as any other, and a sweep takes it when nothing names it.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import BodyTooLarge, CheckedPart, NotFound, UploadMismatch
from outfeed.identity.caller import Caller
from outfeed.library import queries
from outfeed.library.buckets import find_writable_bucket
from outfeed.library.conditions import UNCONDITIONAL
from outfeed.library.objects import (
    NO_EXTRAS,
    Extras,
    ObjectRecord,
    check_write,
    checked_name,
    find_object,
    insert_object,
)
from outfeed.library.rights import CallersRight
from outfeed.schema import upload_parts, uploads
from outfeed.settings import Settings

#: Highest number of a part, as S3 has it.
MAX_PART: Final = 10_000


class State(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    COMPLETED = "completed"


class PartState(StrEnum):
    """What OSS says of a part when an upload cannot be completed."""

    OK = "Ok"
    PENDING = "Pending"
    UNEXPECTED = "Unexpected"
    TOO_SMALL = "TooSmall"
    UNEXPECTED_AND_TOO_SMALL = "Unexpected+TooSmall"


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """An upload as the library keeps it."""

    key: str
    bucket_key: str
    name: str
    state: State
    #: Digest of the object that it became.
    blob: str | None
    created_at: int
    expires_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part that has arrived."""

    blob: str
    #: In bytes.
    size: int
    #: MD5 as hex.
    etag: str


class Uploads:
    """Begins uploads, takes their parts, and completes them."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        blobs: Blobs,
        settings: Settings,
        new_key: Callable[[], str] = lambda: secrets.token_hex(32),
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._settings = settings
        self._new_key = new_key

    def begin(self, caller: Caller, bucket_key: str, name: str) -> Upload:
        """
        Begin the upload of an object.

        Raises
        ------
        InvalidField
            If the name is none.
        NotFound, NotAllowed
            If the caller does not see the bucket, or may only read it.
        """
        now = self._clock()
        upload = Upload(
            key=self._new_key(),
            bucket_key=bucket_key,
            name=checked_name(name),
            state=State.OPEN,
            blob=None,
            created_at=now,
            expires_at=now + self._settings.upload_ttl_s * 1000,
        )
        with writing(self._database) as connection:
            find_writable_bucket(connection, caller, bucket_key, name)
            connection.execute(sa.insert(uploads).values(_values(upload)))
        return upload

    def resume(self, caller: Caller, bucket_key: str, name: str, key: str) -> Upload:
        """Return an open upload of the caller's bucket, or raise `NotFound`."""
        with reading(self._database) as connection:
            upload = self._find(connection, caller, bucket_key, name, key)
        if upload.state is not State.OPEN:
            raise NotFound(f"Upload {key} is completed.")
        return upload

    def check_open(self, key: str) -> Upload:
        """Return the upload that a part's address was made for; raise `NotFound` if it takes no more parts."""
        with reading(self._database) as connection:
            return self._open(connection, key)

    def put_part(self, key: str, number: int, staged: Staged) -> None:
        """Keep staged bytes as a part; one of the same number is replaced. Raise `NotFound` as `check_open`."""
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            self._open(connection, key)
            connection.execute(_parts(key).where(upload_parts.c.number == number))
            connection.execute(
                sa.insert(upload_parts).values(
                    upload_key=key, number=number, blob=staged.digest, size=staged.size, etag=staged.md5
                )
            )

    def part(self, key: str, number: int) -> Part:
        """Return a part that has arrived, or raise `NotFound`."""
        with reading(self._database) as connection:
            self._open(connection, key)
            found = _arrived(connection, key).get(number)
        if found is None:
            raise NotFound(f"Part {number}.")
        return found

    def complete(
        self,
        caller: Caller,
        bucket_key: str,
        name: str,
        key: str,
        *,
        size: int | None = None,
        etags: Sequence[str] | None = None,
        content_type: str,
        extras: Extras = NO_EXTRAS,
    ) -> ObjectRecord:
        """
        Make the object of the parts; again, it returns the same object.

        Parameters
        ----------
        size
            What all parts together must have, in bytes.
        etags
            What each part must hash to, in order: MD5 as hex.

        Raises
        ------
        UploadMismatch
            If a part is missing, too small or not the one named, or all together have another size.
        BodyTooLarge
            If the object would be larger than this server accepts.
        NotFound
            If there is no such upload, or its object has been deleted or replaced since it was completed.
        ScopeMissing
            If there is such an object and the caller may only make new ones.
        """
        right = CallersRight(caller, bucket_key, name)
        with reading(self._database) as connection:
            upload = self._find(connection, caller, bucket_key, name, key)
            if upload.state is State.COMPLETED:
                return self._completed(connection, caller, upload)
            check_write(connection, right, UNCONDITIONAL, now=self._clock())
            parts = _arrived(connection, key)
        self._check(key, parts, size=size, etags=etags)
        staged = joined(self._blobs, [parts[number].blob for number in sorted(parts)])
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            upload = self._find(connection, caller, bucket_key, name, key)
            if upload.state is State.COMPLETED:
                return self._completed(connection, caller, upload)
            check_write(connection, right, UNCONDITIONAL, now=self._clock())
            return self._finished(connection, upload, staged, content_type, extras)

    def _completed(self, connection: sa.Connection, caller: Caller, upload: Upload) -> ObjectRecord:
        """Return the object that a completed upload became, if it still is that object."""
        found = find_object(connection, caller, upload.bucket_key, upload.name, now=self._clock())
        if found.blob != upload.blob:
            raise NotFound("The object was replaced since this upload.")
        return found

    def _finished(
        self, connection: sa.Connection, upload: Upload, staged: Staged, content_type: str, extras: Extras
    ) -> ObjectRecord:
        """Turn the upload into its object."""
        connection.execute(_parts(upload.key))
        connection.execute(
            sa.update(uploads)
            .where(uploads.c.key == upload.key)
            .values(state=State.COMPLETED.value, blob=staged.digest)
        )
        return insert_object(
            connection,
            bucket_key=upload.bucket_key,
            name=upload.name,
            staged=staged,
            content_type=content_type,
            extras=extras,
            now=self._clock(),
        )

    def _find(self, connection: sa.Connection, caller: Caller, bucket_key: str, name: str, key: str) -> Upload:
        """Return the caller's upload of this object, open or completed."""
        find_writable_bucket(connection, caller, bucket_key, name)
        upload = _upload(connection, key, now=self._clock())
        if (upload.bucket_key, upload.name) != (bucket_key, name):
            raise NotFound(f"Upload {key}.")
        return upload

    def _open(self, connection: sa.Connection, key: str) -> Upload:
        upload = _upload(connection, key, now=self._clock())
        if upload.state is not State.OPEN:
            raise NotFound(f"Upload {key} is completed.")
        return upload

    def _check(self, key: str, parts: Mapping[int, Part], *, size: int | None, etags: Sequence[str] | None) -> None:
        """Raise unless the parts are what the client says and may become an object."""
        states = part_states(parts, etags=etags, min_bytes=self._settings.min_part_bytes)
        total = sum(part.size for part in parts.values())
        if set(states.values()) != {PartState.OK} or (size is not None and size != total):
            checked = {number: _checked(state, parts.get(number)) for number, state in states.items()}
            raise UploadMismatch(checked, size=size, upload_key=key)
        if total > self._settings.max_upload_bytes:
            raise BodyTooLarge(f"At most {self._settings.max_upload_bytes} bytes.")


def joined(blobs: Blobs, digests: Iterable[str]) -> Staged:
    """Stage blobs one behind the other."""
    with blobs.stage() as stage:
        for digest in digests:
            for chunk in blobs.read(digest):
                stage.write(chunk)
        return stage.finish()


def part_states(parts: Mapping[int, Part], *, etags: Sequence[str] | None, min_bytes: int) -> dict[int, PartState]:
    """
    Say of each part, those that should be there and those that are, what is the matter with it.

    Without `etags` all parts up to the last that has arrived should be there, and at least one.
    """
    expected = len(etags) if etags is not None else max(parts, default=1)
    last = max(parts, default=1)
    states = {}
    for number in sorted({*range(1, expected + 1), *parts}):
        named = etags[number - 1] if etags is not None and number <= expected else None
        unexpected = etags is not None and number in parts and parts[number].etag != named
        too_small = number in parts and number != last and parts[number].size < min_bytes
        states[number] = _STATES[number in parts, unexpected, too_small]
    return states


#: By: has it arrived, is it another one, is it too small.
_STATES: Final = {
    (False, False, False): PartState.PENDING,
    (True, False, False): PartState.OK,
    (True, True, False): PartState.UNEXPECTED,
    (True, False, True): PartState.TOO_SMALL,
    (True, True, True): PartState.UNEXPECTED_AND_TOO_SMALL,
}


def _upload(connection: sa.Connection, key: str, *, now: int) -> Upload:
    row = connection.execute(sa.select(uploads).where(uploads.c.key == key)).one_or_none()
    if row is None or row.expires_at <= now:
        raise NotFound(f"Upload {key}.")
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return Upload(**values | {"state": State(values["state"])})


def _values(upload: Upload) -> dict[str, Any]:
    return {column.name: getattr(upload, column.name) for column in uploads.columns}


def _arrived(connection: sa.Connection, key: str) -> dict[int, Part]:
    """Return the parts of an upload by number."""
    rows = queries.parts_of(connection, key)
    return {row.number: Part(blob=row.blob, size=row.size, etag=row.etag) for row in rows}


def _checked(state: PartState, part: Part | None) -> CheckedPart:
    return CheckedPart(status=state.value, size=part.size if part else None, etag=part.etag if part else None)


def _parts(key: str) -> sa.Delete:
    return sa.delete(upload_parts).where(upload_parts.c.upload_key == key)

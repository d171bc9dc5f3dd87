"""Uploads in chunks that say where they belong: in any order, and again if need be. Whole, they are an object.

A chunk is a blob of its own until then, as the parts of signed uploads are: what was answered is on the disk.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import BodyTooLarge, ChunkRefused, InvalidField, NotFound
from outfeed.identity.caller import Caller
from outfeed.library.buckets import find_bucket
from outfeed.library.conditions import UNCONDITIONAL, Conditions
from outfeed.library.objects import NO_EXTRAS, Extras, ObjectRecord, check_write, insert_object, object_row
from outfeed.library.rights import Right
from outfeed.library.uploads import joined
from outfeed.schema import resumable_chunks, resumables
from outfeed.settings import Settings

#: Chunks of one upload: as many as a signed upload has parts.
MAX_CHUNKS: Final = 10_000
#: Longest word that a client has for an upload.
MAX_SESSION: Final = 256


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk belongs: from `start` up to, not including, `stop`, of `total` bytes."""

    start: int
    stop: int
    total: int

    @property
    def size(self) -> int:
        """Length of the chunk in bytes."""
        return self.stop - self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """What a client sends: bytes, their place, and what the whole shall say of itself."""

    session: str
    place: Place
    staged: Staged
    content_type: str
    extras: Extras = NO_EXTRAS
    conditions: Conditions = UNCONDITIONAL


@dataclass(frozen=True, slots=True)
class Progress:
    """What of an upload has arrived."""

    total: int
    #: The chunks in order, each from its first byte up to the one behind its last.
    ranges: Sequence[tuple[int, int]]
    is_whole: bool


class Resumables:
    """Takes chunks and makes objects of them."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        blobs: Blobs,
        settings: Settings,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._settings = settings
        self._new_id = new_id

    def check(self, right: Right, session: str, place: Place) -> None:
        """Raise what `put` would raise, as far as that can be told before the bytes are on their way."""
        if not (0 < len(session) <= MAX_SESSION and session.isascii() and session.isprintable()):
            raise InvalidField(f"Session-Id has 1 to {MAX_SESSION} printable characters of ASCII.")
        if place.total > self._settings.max_upload_bytes:
            raise BodyTooLarge(f"At most {self._settings.max_upload_bytes} bytes.")
        if not 0 <= place.start < place.stop <= place.total:
            raise ChunkRefused("It is `bytes first-last/total`, and last is below total.")
        with reading(self._database) as connection:
            right.check(connection)
            found = _found(connection, right, session, now=self._clock())
            if found and found.blob is None:
                _check_total(found, place)

    def put(self, right: Right, chunk: Chunk) -> ObjectRecord | None:
        """
        Keep a chunk; return the object if that makes it whole, None if more is missing.

        A chunk that comes again is no mistake, also after the last one: its answer may have been lost.

        Raises
        ------
        ChunkRefused
            If its length is not that of its place, it overlaps another one, or the upload has another length.
        InvalidField
            If there would be too many.
        NotFound, NotAllowed, LinkExpired, ScopeMissing, PreconditionFailed
            As `Objects.write`.
        """
        if chunk.staged.size != chunk.place.size:
            chunk.staged.discard()
            raise ChunkRefused(f"Chunk-Length mismatch (found: {chunk.staged.size}, required: {chunk.place.size}).")
        self._blobs.publish(chunk.staged)
        with writing(self._database) as connection:
            done, upload_id = self._keep(connection, right, chunk)
        return self._finish(right, upload_id, chunk) if upload_id else done

    def progress(self, caller: Caller, bucket_key: str, name: str, session: str) -> Progress:
        """Return what has arrived of an upload of the caller's app, or raise `NotFound`."""
        with reading(self._database) as connection:
            find_bucket(connection, caller, bucket_key, name)
            found = _session(connection, bucket_key, name, caller.app_id, session, now=self._clock())
            if found is None:
                raise NotFound(f"Session {session} of object {name}.")
            rows = _chunks(connection, found.id)
        return Progress(found.total, [(row.start, row.stop) for row in rows], is_whole=found.blob is not None)

    def _keep(self, connection: sa.Connection, right: Right, chunk: Chunk) -> tuple[ObjectRecord | None, str | None]:
        """Write a chunk down. Return the object that a repeated one belongs to, or the upload if that is whole now."""
        now = self._clock()
        right.check(connection)
        found = _found(connection, right, chunk.session, now=now)
        if found and found.blob is not None:
            done = _same_object(connection, found, now=now)
            if done and _has(connection, found, chunk):
                return done, None
            # The client uses its word again for something else.
            connection.execute(sa.delete(resumables).where(resumables.c.id == found.id))
            found = None
        check_write(connection, right, chunk.conditions, now=now)
        upload = found or self._begin(connection, right, chunk, now=now)
        _check_total(upload, chunk.place)
        received = upload.received + self._insert(connection, upload, chunk, now=now)
        return None, upload.id if received == upload.total else None

    def _begin(self, connection: sa.Connection, right: Right, chunk: Chunk, *, now: int) -> sa.Row[Any]:
        """Begin an upload; one that has expired may wait for the sweep under this name."""
        connection.execute(sa.delete(resumables).where(*_is(right, chunk.session)))
        upload_id = self._new_id()
        connection.execute(
            sa.insert(resumables).values(
                id=upload_id,
                bucket_key=right.bucket_key,
                name=right.name,
                sender=right.sender,
                session=chunk.session,
                total=chunk.place.total,
                received=0,
                chunks=0,
                blob=None,
                created_at=now,
                expires_at=now + self._life_ms,
            )
        )
        return connection.execute(sa.select(resumables).where(resumables.c.id == upload_id)).one()

    def _insert(self, connection: sa.Connection, upload: sa.Row[Any], chunk: Chunk, *, now: int) -> int:
        """Write a chunk's row and return by how many bytes the upload has grown: none if it was there."""
        place = chunk.place
        before = _last_before(connection, upload.id, place.stop)
        if before and before.stop > place.start:
            if (before.start, before.stop, before.blob) == (place.start, place.stop, chunk.staged.digest):
                return 0
            raise ChunkRefused("Overlapping Ranges.")
        if upload.chunks >= MAX_CHUNKS:
            raise InvalidField(f"An upload has at most {MAX_CHUNKS} chunks: send larger ones.")
        connection.execute(
            sa.insert(resumable_chunks).values(
                resumable_id=upload.id, start=place.start, stop=place.stop, blob=chunk.staged.digest
            )
        )
        connection.execute(
            sa.update(resumables)
            .where(resumables.c.id == upload.id)
            .values(received=upload.received + place.size, chunks=upload.chunks + 1, expires_at=now + self._life_ms)
        )
        return place.size

    def _finish(self, right: Right, upload_id: str, chunk: Chunk) -> ObjectRecord:
        """Make the object of all chunks; if another request has just done so, return that one."""
        with reading(self._database) as connection:
            digests = [row.blob for row in _chunks(connection, upload_id)]
        staged = joined(self._blobs, digests)
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            now = self._clock()
            upload = connection.execute(sa.select(resumables).where(resumables.c.id == upload_id)).one_or_none()
            if upload is None or upload.blob is not None:
                return _twins_object(connection, upload, now=now)
            check_write(connection, right, chunk.conditions, now=now)
            right.spend(connection)
            connection.execute(
                sa.update(resumables)
                .where(resumables.c.id == upload_id)
                .values(blob=staged.digest, expires_at=now + self._life_ms)
            )
            return insert_object(
                connection,
                bucket_key=right.bucket_key,
                name=right.name,
                staged=staged,
                content_type=chunk.content_type,
                extras=chunk.extras,
                now=now,
            )

    @property
    def _life_ms(self) -> int:
        """Life of an upload after its last chunk, in milliseconds."""
        return self._settings.upload_ttl_s * 1000


def _is(right: Right, session: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _named(right.bucket_key, right.name, right.sender, session)


def _named(bucket_key: str, name: str, sender: str, session: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        resumables.c.bucket_key == bucket_key,
        resumables.c.name == name,
        resumables.c.sender == sender,
        resumables.c.session == session,
    )


def _found(connection: sa.Connection, right: Right, session: str, *, now: int) -> sa.Row[Any] | None:
    return _session(connection, right.bucket_key, right.name, right.sender, session, now=now)


def _session(
    connection: sa.Connection, bucket_key: str, name: str, sender: str, session: str, *, now: int
) -> sa.Row[Any] | None:
    """Return an upload that has not expired."""
    return connection.execute(
        sa.select(resumables).where(*_named(bucket_key, name, sender, session), resumables.c.expires_at > now)
    ).one_or_none()


def _check_total(upload: sa.Row[Any], place: Place) -> None:
    if upload.total != place.total:
        raise ChunkRefused(f"The chunks before this one belong to an object of {upload.total} bytes.")


def _chunks(connection: sa.Connection, upload_id: str) -> Sequence[sa.Row[Any]]:
    """Return the chunks of an upload in their order."""
    return connection.execute(
        sa.select(resumable_chunks)
        .where(resumable_chunks.c.resumable_id == upload_id)
        .order_by(resumable_chunks.c.start)
    ).all()


def _last_before(connection: sa.Connection, upload_id: str, stop: int) -> sa.Row[Any] | None:
    """Return the last chunk that begins before a place ends: if any overlaps that place, this one does."""
    return connection.execute(
        sa.select(resumable_chunks)
        .where(resumable_chunks.c.resumable_id == upload_id, resumable_chunks.c.start < stop)
        .order_by(resumable_chunks.c.start.desc())
        .limit(1)
    ).one_or_none()


def _has(connection: sa.Connection, upload: sa.Row[Any], chunk: Chunk) -> bool:
    """Tell whether a whole upload has had just this chunk."""
    place = chunk.place
    row = _last_before(connection, upload.id, place.stop)
    wanted = (upload.total, place.start, place.stop, chunk.staged.digest)
    return row is not None and (place.total, row.start, row.stop, row.blob) == wanted


def _same_object(connection: sa.Connection, upload: sa.Row[Any], *, now: int) -> ObjectRecord | None:
    """Return the object that a whole upload became, if it still is that object."""
    found = object_row(connection, upload.bucket_key, upload.name, now=now)
    return found if found and found.blob == upload.blob else None


def _twins_object(connection: sa.Connection, upload: sa.Row[Any] | None, *, now: int) -> ObjectRecord:
    """Return the object that another request has made of the same chunks meanwhile."""
    found = _same_object(connection, upload, now=now) if upload else None
    if found is None:
        raise NotFound("The upload has ended, or its object was replaced.")
    return found

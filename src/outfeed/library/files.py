"""Files: blobs under ids, each a principal's own. What comes in and goes out through Spark's `/files`."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound
from outfeed.identity.caller import Caller
from outfeed.library.objects import checked_name
from outfeed.schema import files


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRecord:
    """A file as the library keeps it."""

    id: str
    principal_id: str
    name: str
    #: SHA-256 of its bytes, as hex.
    blob: str
    #: SHA-1 of its bytes, as hex.
    sha1: str
    #: In bytes.
    size: int
    content_type: str
    created_at: int

    @property
    def modified_at(self) -> int:
        """When its bytes were put: a file never changes."""
        return self.created_at


class Files:
    """Keeps files and finds them."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        blobs: Blobs,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._new_id = new_id

    def put(self, caller: Caller, name: str, *, staged: Staged, content_type: str) -> FileRecord:
        """Keep staged bytes as a new file of the caller, or raise `InvalidField` if the name is none."""
        checked_name(name)
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            return insert_file(
                connection,
                file_id=self._new_id(),
                principal_id=caller.principal_id,
                name=name,
                staged=staged,
                content_type=content_type,
                now=self._clock(),
            )

    def get(self, caller: Caller, file_id: str) -> FileRecord:
        """Return a file of the caller's own, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_file(connection, caller, file_id)

    def delete(self, caller: Caller, file_id: str) -> None:
        """Remove a file of the caller's own, or raise `NotFound`. Its bytes go with a later sweep."""
        with writing(self._database) as connection:
            find_file(connection, caller, file_id)
            connection.execute(sa.delete(files).where(files.c.id == file_id))


def find_file(connection: sa.Connection, caller: Caller, file_id: str) -> FileRecord:
    """Return a file of the caller's own, or raise `NotFound`."""
    row = connection.execute(
        sa.select(files).where(files.c.id == file_id, files.c.principal_id == caller.principal_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"File {file_id}.")
    return FileRecord(**row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy


def file_exists(connection: sa.Connection, file_id: str) -> bool:
    """Tell whether there is such a file, of whomever it is."""
    return connection.scalar(sa.select(files.c.id).where(files.c.id == file_id)) is not None


def insert_file(
    connection: sa.Connection,
    *,
    file_id: str,
    principal_id: str,
    name: str,
    staged: Staged,
    content_type: str,
    now: int,
) -> FileRecord:
    """Write a new file on bytes that are published already."""
    record = FileRecord(
        id=file_id,
        principal_id=principal_id,
        name=name,
        blob=staged.digest,
        sha1=staged.sha1,
        size=staged.size,
        content_type=content_type,
        created_at=now,
    )
    connection.execute(sa.insert(files).values({item.name: getattr(record, item.name) for item in fields(record)}))
    return record

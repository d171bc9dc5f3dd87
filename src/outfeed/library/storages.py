"""Storages: names for the bytes of projects, in one bucket whose objects the members of each project share.

A client asks for a name, uploads the object, and makes a version of it. Versions that came another way get a name too.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import writing
from outfeed.errors import AlreadyExists, NotFound
from outfeed.identity.caller import Caller
from outfeed.library.buckets import ensure_storage_bucket
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.folders import check_name, find_folder
from outfeed.library.objects import ObjectRecord, insert_object, keep_object, object_row
from outfeed.library.projects import find_project
from outfeed.library.signed import end_writing
from outfeed.library.versions import Content, VersionRecord
from outfeed.schema import objects, storages, versions
from outfeed.settings import Settings

#: Characters of the end of a file's name that is kept, at most.
_LONGEST_SUFFIX: Final = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageRecord:
    """A name for bytes of a project."""

    #: The object's name in `STORAGE_BUCKET`.
    name: str
    project_id: str
    #: The version whose bytes they are; None: of none yet.
    version_id: str | None
    created_by: str
    created_at: int
    #: When it goes if no version is made of it; None: never.
    expires_at: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bytes:
    """Bytes of a version, as an object is made of them."""

    digest: str
    sha1: str
    size: int


class Storages:
    """Gives names to bytes that are to come."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        settings: Settings,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._new_id = new_id

    def create(self, caller: Caller, project_id: str, folder_id: str, file_name: str) -> StorageRecord:
        """
        Return a new name for the bytes of a file that is to lie in a folder.

        Raises
        ------
        NotFound
            If the caller sees no such folder.
        InvalidField
            If the file's name is none.
        """
        check_name(file_name)
        record = self._new(caller, project_id, file_name)
        with writing(self._database) as connection:
            find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            ensure_storage_bucket(connection, record.created_at)
            _insert(connection, record)
        return record

    def filled(self, caller: Caller, project_id: str, file_name: str, content: Content) -> StorageRecord:
        """
        Return a new name with bytes in it that are in the store already, for a version that is to come.

        Raises
        ------
        NotFound
            If the caller sees no such project.
        InvalidField
            If the file's name is none.
        """
        check_name(file_name)
        record = self._new(caller, project_id, file_name)
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            ensure_storage_bucket(connection, record.created_at)
            _insert(connection, record)
            _insert_bytes(connection, record.name, content, now=record.created_at)
        return record

    def _new(self, caller: Caller, project_id: str, file_name: str) -> StorageRecord:
        now = self._clock()
        return StorageRecord(
            name=self._new_id() + suffix_of(file_name),
            project_id=project_id,
            version_id=None,
            created_by=caller.principal_id,
            created_at=now,
            expires_at=now + self._settings.upload_ttl_s * 1000,
        )


def stored_object(connection: sa.Connection, project_id: str, name: str, *, now: int) -> ObjectRecord:
    """
    Return the object that a client has uploaded under a name that it was given.

    Raises
    ------
    NotFound
        If the project has no such name, or nothing was uploaded.
    AlreadyExists
        If a version was made of it.
    """
    row = connection.execute(sa.select(storages).where(storages.c.name == name)).one_or_none()
    if row is None or row.project_id != project_id:
        raise NotFound(f"Storage {name}.")
    if row.version_id is not None:
        raise AlreadyExists("A version was made of this storage.")
    found = object_row(connection, STORAGE_BUCKET, name, now=now)
    if found is None:
        raise NotFound(f"Nothing was uploaded to storage {name}.")
    return found


def attach_storage(connection: sa.Connection, name: str, version_id: str) -> None:
    """Let the bytes of a name be those of a version: they stay, and are not written any more, by no signed address."""
    end_writing(connection, STORAGE_BUCKET, name)
    used = sa.update(storages).where(storages.c.name == name)
    connection.execute(used.values(version_id=version_id, expires_at=None))
    keep_object(connection, STORAGE_BUCKET, name)


def name_version(connection: sa.Connection, version: VersionRecord, project_id: str) -> str:
    """Give the bytes of a new version a name, and return it."""
    name = str(uuid.uuid4()) + suffix_of(version.file_name)
    ensure_storage_bucket(connection, version.created_at)
    _insert_bytes(connection, name, version, now=version.created_at)
    record = StorageRecord(
        name=name,
        project_id=project_id,
        version_id=None,
        created_by=version.created_by,
        created_at=version.created_at,
        expires_at=None,
    )
    _insert(connection, record)
    attach_storage(connection, name, version.id)
    return name


def delete_storages(connection: sa.Connection, model_id: str) -> None:
    """Let go of the objects of a model's versions; their names go with the versions."""
    mine = sa.select(storages.c.name).join(versions, versions.c.id == storages.c.version_id)
    names = mine.where(versions.c.model_id == model_id)
    connection.execute(sa.delete(objects).where(objects.c.bucket_key == STORAGE_BUCKET, objects.c.name.in_(names)))


def suffix_of(file_name: str) -> str:
    """Return the end of a file's name, with its dot and in lower case, if it is a plain one; else nothing."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= _LONGEST_SUFFIX else ""


def _insert_bytes(connection: sa.Connection, name: str, content: Content, *, now: int) -> None:
    """Write the object of a name."""
    insert_object(
        connection,
        bucket_key=STORAGE_BUCKET,
        name=name,
        staged=_Bytes(digest=content.blob, sha1=content.sha1, size=content.size),
        content_type="application/octet-stream",
        now=now,
    )


def _insert(connection: sa.Connection, record: StorageRecord) -> None:
    values: dict[str, Any] = {name: getattr(record, name) for name in record.__slots__}
    connection.execute(sa.insert(storages).values(values))

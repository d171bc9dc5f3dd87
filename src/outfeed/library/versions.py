"""Versions of models: immutable states, each with the digest of its bytes."""

import hashlib
from dataclasses import dataclass, fields
from typing import Any, Protocol

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.errors import NotFound
from outfeed.schema import versions


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionRecord:
    """One immutable state of a model."""

    id: str
    model_id: str
    #: 0 is the baseline.
    index: int
    #: 40 hex digits by the content, unique in its model.
    changeset_id: str
    blob: str
    sha1: str
    size: int
    #: Name in `outfeed.scene.registry.SCENE_READERS`; empty: nothing here reads it.
    format: str
    file_name: str
    description: str
    created_by: str
    created_at: int


class Content(Protocol):
    """Bytes that are in the store already."""

    @property
    def blob(self) -> str:
        """SHA-256 as hex."""

    @property
    def sha1(self) -> str:
        """SHA-1 as hex."""

    @property
    def size(self) -> int:
        """In bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Facts of bytes that were put into the store just now."""

    blob: str
    sha1: str
    size: int

    @classmethod
    def of(cls, staged: Staged) -> "Kept":
        """Return the facts of a staged file."""
        return cls(blob=staged.digest, sha1=staged.sha1, size=staged.size)


def version_of(row: sa.Row[Any]) -> VersionRecord:
    """Return a row of the versions as what it is."""
    return VersionRecord(**row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy


def find_version(connection: sa.Connection, model_id: str, changeset_id: str = "") -> VersionRecord:
    """Return the version of a model with this changeset id, or its newest one; or raise `NotFound`."""
    wanted = sa.select(versions).where(versions.c.model_id == model_id)
    if changeset_id:
        wanted = wanted.where(versions.c.changeset_id == changeset_id)
    row = connection.execute(wanted.order_by(versions.c.index.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound(f"Version {changeset_id or 'of any kind'} of model {model_id}.")
    return version_of(row)


def find_baseline(connection: sa.Connection, model_id: str) -> VersionRecord | None:
    """Return the first version of a model, None if it has none."""
    first = sa.select(versions).where(versions.c.model_id == model_id, versions.c.index == 0)
    row = connection.execute(first).one_or_none()
    return version_of(row) if row else None


def insert_version(connection: sa.Connection, version: VersionRecord) -> None:
    """Write a new version."""
    connection.execute(sa.insert(versions).values({item.name: getattr(version, item.name) for item in fields(version)}))


def changeset_id_of(connection: sa.Connection, model_id: str, index: int, blob: str) -> str:
    """Return the id of a new version, which no older one of its model has."""
    plain = changeset_id(blob, index, is_taken=False)
    taken = sa.select(versions.c.id).where(versions.c.model_id == model_id, versions.c.changeset_id == plain)
    return changeset_id(blob, index, is_taken=connection.execute(taken).first() is not None)


def changeset_id(blob: str, index: int, *, is_taken: bool) -> str:
    """Return the first 40 digits of the digest of a version's content; if they are taken, of that and its index."""
    return hashlib.sha256(f"{index}:{blob}".encode()).hexdigest()[:40] if is_taken else blob[:40]

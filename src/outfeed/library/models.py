"""Models and their versions: what a team keeps in a project. A version is immutable; a change makes a new one."""

import hashlib
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from outfeed.errors import NotFound
from outfeed.schema import models, project_members, versions


class ModelState(StrEnum):
    """Whether a model has what it was made for."""

    #: Its first version's bytes are awaited.
    WAITING = "waiting"
    READY = "ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRecord:
    """A model as the library keeps it."""

    id: str
    project_id: str
    name: str
    description: str | None
    #: South-west and north-east corners in degrees, as the client sent them.
    extent: dict[str, Any] | None
    state: ModelState
    created_by: str
    created_at: int
    modified_at: int


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


def find_model(connection: sa.Connection, model_id: str, *, principal_id: str) -> ModelRecord:
    """Return a model of a project that the principal is a member of, or raise `NotFound`."""
    row = connection.execute(
        sa.select(models)
        .join(project_members, project_members.c.project_id == models.c.project_id)
        .where(models.c.id == model_id, project_members.c.principal_id == principal_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Model {model_id}.")
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return ModelRecord(**values | {"state": ModelState(values["state"])})


def find_version(connection: sa.Connection, model_id: str, changeset_id: str = "") -> VersionRecord:
    """Return the version of a model with this changeset id, or its newest one; or raise `NotFound`."""
    wanted = sa.select(versions).where(versions.c.model_id == model_id)
    if changeset_id:
        wanted = wanted.where(versions.c.changeset_id == changeset_id)
    row = connection.execute(wanted.order_by(versions.c.index.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound(f"Version {changeset_id or 'of any kind'} of model {model_id}.")
    return VersionRecord(**row._mapping)  # noqa: SLF001 - as above


def insert_version(connection: sa.Connection, version: VersionRecord) -> None:
    """Write a new version."""
    connection.execute(sa.insert(versions).values({item.name: getattr(version, item.name) for item in fields(version)}))


def changeset_id_of(connection: sa.Connection, model_id: str, index: int, blob: str) -> str:
    """Return the id of a new version: the first 40 digits of its content's digest, unless an older one has them."""
    plain = blob[:40]
    taken = sa.select(versions.c.id).where(versions.c.model_id == model_id, versions.c.changeset_id == plain)
    if connection.execute(taken).first() is None:
        return plain
    return hashlib.sha256(f"{index}:{blob}".encode()).hexdigest()[:40]

"""Meshes: immutable, owned by a principal. "Changing" one makes a new one on the same bytes."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound
from outfeed.library.artifacts import artifact_is_there
from outfeed.schema import meshes

#: Three columns of a 4×4 matrix whose fourth is 0, 0, 0, 1.
Transform = list[list[float]]

IDENTITY: Final[Transform] = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]


class Door(StrEnum):
    """Where a mesh's source came in, which is where its exports go out."""

    OSS = "oss"
    FILES = "files"


@dataclass(frozen=True, kw_only=True, slots=True)
class MeshRecord:
    """A mesh as the library keeps it."""

    id: str
    principal_id: str
    name: str
    #: Digest of the geometry in the internal format, before the transform.
    blob: str
    door: Door
    #: What it moves by is in the unit of the dialect.
    transform: Transform
    #: `num_vertices`, `num_triangles`, `has_uvs`, `bounding_box`, `unit` of the geometry, before the transform; and
    #: `num_stored_triangles` and `lost` of the source.
    facts: dict[str, Any]
    created_at: int
    #: Where its preview lies, in the words of a job's result: `file`, or `bucket` and `name`. Before the transform, so
    #: that meshes on the same bytes share it.
    visual: dict[str, str] | None = None
    #: Digest of its analysis, which its geometry alone decides; None: it was not analysed.
    analysis: str | None = None


class Meshes:
    """Looks meshes up and makes new ones from old ones."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def get(self, mesh_id: str, *, principal_id: str) -> MeshRecord:
        """
        Return a principal's mesh.

        Raises
        ------
        NotFound
            If there is none with this id, or it is somebody else's.
        """
        with reading(self._database) as connection:
            return find_mesh(connection, mesh_id, principal_id=principal_id)

    def rename(self, mesh_id: str, name: str, *, principal_id: str) -> MeshRecord:
        """Make a new mesh: the same but for its name."""
        return self._changed(mesh_id, principal_id, {"name": name})

    def transform(self, mesh_id: str, transform: Transform, *, principal_id: str) -> MeshRecord:
        """Make a new mesh: the same but for its transform, which replaces the old one."""
        return self._changed(mesh_id, principal_id, {"transform": transform})

    def _changed(self, mesh_id: str, principal_id: str, changes: dict[str, Any]) -> MeshRecord:
        with writing(self._database) as connection:
            old = find_mesh(connection, mesh_id, principal_id=principal_id)
            new = replace(old, id=self._new_id(), created_at=self._clock(), **changes)
            insert_mesh(connection, new)
        return new


def find_mesh(connection: sa.Connection, mesh_id: str, *, principal_id: str) -> MeshRecord:
    """Return a principal's mesh, or raise `NotFound`; a visual that was deleted is none."""
    row = connection.execute(
        sa.select(meshes).where(meshes.c.id == mesh_id, meshes.c.principal_id == principal_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Mesh {mesh_id}.")
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    mesh = MeshRecord(**values | {"door": Door(values["door"])})
    if mesh.visual and not artifact_is_there(connection, mesh.visual):
        return replace(mesh, visual=None)
    return mesh


def set_visual(connection: sa.Connection, mesh: MeshRecord, visual: dict[str, str]) -> None:
    """Note where the preview of a mesh lies, and of the owner's other meshes on the same bytes that have none."""
    alike = sa.and_(
        meshes.c.principal_id == mesh.principal_id,
        meshes.c.blob == mesh.blob,
        meshes.c.door == mesh.door,
        meshes.c.visual.is_(None),
    )
    connection.execute(sa.update(meshes).where(sa.or_(meshes.c.id == mesh.id, alike)).values(visual=visual))


def set_analysis(connection: sa.Connection, mesh_id: str, digest: str) -> None:
    """Note the blob of a mesh's analysis; meshes that are made of it from now on have it too."""
    connection.execute(sa.update(meshes).where(meshes.c.id == mesh_id).values(analysis=digest))


def insert_mesh(connection: sa.Connection, mesh: MeshRecord) -> None:
    """Write a new mesh."""
    connection.execute(sa.insert(meshes).values({item.name: getattr(mesh, item.name) for item in fields(mesh)}))

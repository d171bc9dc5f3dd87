"""What jobs have made: whether it is still there, and the files of those artifacts that are trees."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.errors import NotFound
from outfeed.library.files import file_exists
from outfeed.library.objects import object_exists
from outfeed.schema import artifact_files as files
from outfeed.schema import jobs

#: What a tree's files are, by the end of their names.
MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".bin": "application/octet-stream",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".stl": "model/stl",
    ".obj": "model/obj",
    ".zip": "application/zip",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactFile:
    """One file of an artifact that is a tree."""

    #: With slashes between folders.
    path: str
    blob: str
    sha1: str
    size: int
    #: When the artifact was finished, in milliseconds since 1970-01-01 UTC.
    modified_at: int

    @property
    def name(self) -> str:
        """The name that a download is saved under."""
        return PurePosixPath(self.path).name

    @property
    def content_type(self) -> str:
        """By the end of its name."""
        return MEDIA_TYPES.get(PurePosixPath(self.path).suffix, "application/octet-stream")


def artifact_is_there(connection: sa.Connection, place: Mapping[str, Any]) -> bool:
    """Tell whether an artifact was not deleted by its owner; its place is in the words of a job's result."""
    if "bucket" in place:
        return object_exists(connection, place["bucket"], place["name"])
    return file_exists(connection, place["file"])


def artifact_file(connection: sa.Connection, job_id: str, path: str) -> ArtifactFile:
    """Return a file that a job has made, or raise `NotFound`."""
    row = connection.execute(_files().where(files.c.job_id == job_id, files.c.path == path)).one_or_none()
    if row is None:
        raise NotFound(f"File {path}.")
    return ArtifactFile(**row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy


def artifact_files(
    connection: sa.Connection, job_id: str, *, after: str, prefix: str, limit: int
) -> list[ArtifactFile]:
    """Return the first `limit` files of a job behind a path whose paths begin with a text, sorted by path."""
    wanted = (
        _files()
        .where(files.c.job_id == job_id, files.c.path > after)
        .where(sa.func.substr(files.c.path, 1, len(prefix)) == prefix)
        .order_by(files.c.path)
        .limit(limit)
    )
    return [ArtifactFile(**row._mapping) for row in connection.execute(wanted)]  # noqa: SLF001 - as above


def insert_artifact(connection: sa.Connection, job_id: str, made: Mapping[str, Staged]) -> None:
    """Write the files of a tree, whose bytes are published already."""
    rows = [
        {"job_id": job_id, "path": path, "blob": staged.digest, "sha1": staged.sha1, "size": staged.size}
        for path, staged in made.items()
    ]
    connection.execute(sa.insert(files), rows)


def delete_artifact(connection: sa.Connection, job_id: str) -> None:
    """Let go of the files of a tree; the sweep removes their bytes."""
    connection.execute(sa.delete(files).where(files.c.job_id == job_id))


def _files() -> sa.Select[Any]:
    modified_at = sa.func.coalesce(jobs.c.finished_at, jobs.c.created_at).label("modified_at")
    return sa.select(files.c.path, files.c.blob, files.c.sha1, files.c.size, modified_at).join(
        jobs, jobs.c.id == files.c.job_id
    )

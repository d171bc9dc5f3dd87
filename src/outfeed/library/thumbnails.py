"""Pictures of meshes, each a principal's own, under the digest of what it shows."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.schema import thumbnails

MEDIA_TYPE: Final = "image/png"

_KEPT: Final = (thumbnails.c.blob, thumbnails.c.sha1, thumbnails.c.size, thumbnails.c.created_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class ThumbnailRecord:
    """A picture as the library keeps it."""

    #: SHA-256 of its bytes, as hex.
    blob: str
    #: SHA-1 of its bytes, as hex.
    sha1: str
    #: In bytes.
    size: int
    created_at: int
    #: What a download is saved under.
    name: str = "thumbnail.png"
    content_type: str = MEDIA_TYPE

    @property
    def modified_at(self) -> int:
        """When its bytes were put: what a picture shows never changes."""
        return self.created_at


def find_thumbnail(connection: sa.Connection, principal_id: str, key: str) -> ThumbnailRecord | None:
    """Return a principal's picture, None if it was not made yet."""
    row = connection.execute(sa.select(*_KEPT).where(*_is(principal_id, key))).one_or_none()
    return ThumbnailRecord(**row._mapping) if row else None  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy


def insert_thumbnail(connection: sa.Connection, principal_id: str, key: str, *, staged: Staged, now: int) -> None:
    """Write a picture on bytes that are published already, in place of one that was made at the same time."""
    connection.execute(sa.delete(thumbnails).where(*_is(principal_id, key)))
    connection.execute(
        sa.insert(thumbnails).values(
            principal_id=principal_id,
            key=key,
            blob=staged.digest,
            sha1=staged.sha1,
            size=staged.size,
            created_at=now,
        )
    )


def _is(principal_id: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return thumbnails.c.principal_id == principal_id, thumbnails.c.key == key

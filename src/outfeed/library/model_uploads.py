"""The bytes of a model's first version on their way in: put whole or in blocks, then completed.

What is put is a blob at once, so it is as durable as any other, and a sweep takes it when nothing names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import BodyTooLarge, InvalidField, NotFound, NotMeaningful
from outfeed.identity.caller import Caller
from outfeed.library.model_files import file_name_of
from outfeed.library.models import (
    ModelRecord,
    Models,
    ModelState,
    find_model,
)
from outfeed.library.projects import find_project
from outfeed.library.uploads import joined
from outfeed.library.versions import Kept, VersionRecord, find_baseline
from outfeed.schema import model_upload_blocks, model_uploads
from outfeed.settings import Settings

#: Blocks of one upload, as blob storage has it.
MAX_BLOCKS: Final = 50_000
#: Longest id of a block: 64 bytes as base64, as blob storage has it.
MAX_BLOCK_ID: Final = 88


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelUpload:
    """A file that is awaited."""

    model_id: str
    #: As announced, in bytes.
    size: int
    #: What was put last; None: nothing yet.
    blob: str | None
    #: Its length in bytes.
    received: int | None
    sha1: str | None
    created_at: int
    expires_at: int


class ModelUploads:
    """Awaits first versions, takes their bytes, and completes them."""

    def __init__(self, database: sa.Engine, clock: Clock, blobs: Blobs, models: Models, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._models = models
        self._settings = settings

    def begin(
        self, caller: Caller, project_id: str, name: str, *, size: int, **given: Any
    ) -> tuple[ModelRecord, ModelUpload]:
        """Make a model that waits for a file of `size` bytes; errors and `given` as of `Models.create`."""
        now = self._clock()
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            model = self._models.insert(
                connection, caller.principal_id, project_id, name, **given, state=ModelState.WAITING
            )
            upload = ModelUpload(
                model_id=model.id,
                size=size,
                blob=None,
                received=None,
                sha1=None,
                created_at=now,
                expires_at=now + 1000 * self._settings.upload_ttl_s,
            )
            values = {column.name: getattr(upload, column.name) for column in model_uploads.columns}
            connection.execute(sa.insert(model_uploads).values(values))
        return model, upload

    def find(self, model_id: str) -> ModelUpload | None:
        """Return what a model waits for, whoever asks; None if it waits for nothing, or no longer."""
        with reading(self._database) as connection:
            return self._find(connection, model_id)

    def open(self, model_id: str) -> ModelUpload:
        """Return what a model waits for, or raise `NotFound`."""
        with reading(self._database) as connection:
            return self._open(connection, model_id)

    def put(self, model_id: str, staged: Staged) -> None:
        """Keep staged bytes as the file, in place of what was put before; raise `NotFound` as `open`."""
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            self._open(connection, model_id)
            self._keep(connection, model_id, staged)

    def put_block(self, model_id: str, block_id: str, staged: Staged) -> None:
        """
        Keep staged bytes as a block, in place of one of this id.

        Raises
        ------
        NotFound
            If the model waits for nothing.
        BodyTooLarge
            If all blocks have more bytes than the file twice: it may be sent again under other ids. Or too many.
        """
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            upload = self._open(connection, model_id)
            blocks = model_upload_blocks
            same = sa.and_(blocks.c.model_id == model_id, blocks.c.block_id == block_id)
            connection.execute(sa.delete(blocks).where(same))
            count, total = connection.execute(
                sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(blocks.c.size), 0)).where(
                    blocks.c.model_id == model_id
                )
            ).one()
            if count >= MAX_BLOCKS or total + staged.size > 2 * upload.size:
                raise BodyTooLarge(f"At most {MAX_BLOCKS} blocks, for a file of {upload.size} bytes.")
            block = {"model_id": model_id, "block_id": block_id, "blob": staged.digest, "size": staged.size}
            connection.execute(sa.insert(blocks).values(block))

    def commit(self, model_id: str, block_ids: Sequence[str]) -> None:
        """
        Make the file of blocks, in this order; all blocks are gone then.

        Raises
        ------
        NotFound
            If the model waits for nothing.
        InvalidField
            If a block has not arrived, or there are none.
        BodyTooLarge
            If they have more bytes than were announced.
        """
        with reading(self._database) as connection:
            upload, arrived = self._open(connection, model_id), _blocks(connection, model_id)
        missing = [block_id for block_id in block_ids if block_id not in arrived]
        if missing or not block_ids:
            raise InvalidField("The list of blocks is empty." if not block_ids else "A block has not arrived.")
        if sum(arrived[block_id].size for block_id in block_ids) > upload.size:
            raise BodyTooLarge(f"At most {upload.size} bytes, as announced.")
        staged = joined(self._blobs, [arrived[block_id].blob for block_id in block_ids])
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            self._open(connection, model_id)
            self._keep(connection, model_id, staged)
            connection.execute(sa.delete(model_upload_blocks).where(model_upload_blocks.c.model_id == model_id))

    def complete(self, caller: Caller, model_id: str) -> VersionRecord:
        """
        Make the baseline of what was put; of a model that has one, return that.

        Raises
        ------
        NotFound
            If the caller sees no such model, or it waits for nothing, or nothing was put.
        NotMeaningful
            If the size is not the one that was announced.
        """
        upload = self.find(model_id)
        head = self._models.head(upload.blob) if upload and upload.blob else b""
        with writing(self._database) as connection:
            model = find_model(connection, model_id, principal_id=caller.principal_id)
            done, now = find_baseline(connection, model_id), self._find(connection, model_id)
            if done:
                return done
            if upload is None or now is None:
                raise _not_awaited(model_id)
            content = _received(now)
            if content.blob != upload.blob:
                raise NotFound("Something else was put meanwhile.")
            return self._models.new_version(
                connection,
                caller.principal_id,
                model,
                content,
                head,
                file_name=file_name_of(head, model.name),
            )

    def _find(self, connection: sa.Connection, model_id: str) -> ModelUpload | None:
        row = connection.execute(sa.select(model_uploads).where(model_uploads.c.model_id == model_id)).one_or_none()
        if row is None or row.expires_at <= self._clock():
            return None
        return ModelUpload(**row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy

    def _open(self, connection: sa.Connection, model_id: str) -> ModelUpload:
        upload = self._find(connection, model_id)
        if upload is None:
            raise _not_awaited(model_id)
        return upload

    def _keep(self, connection: sa.Connection, model_id: str, staged: Staged) -> None:
        facts = {"blob": staged.digest, "received": staged.size, "sha1": staged.sha1}
        connection.execute(sa.update(model_uploads).where(model_uploads.c.model_id == model_id).values(facts))


def _not_awaited(model_id: str) -> NotFound:
    return NotFound(f"Model {model_id} does not wait for a file.")


def _received(upload: ModelUpload) -> Kept:
    """Return the facts of the file that has arrived, or raise `NotFound` or `NotMeaningful`."""
    if upload.blob is None or upload.sha1 is None or upload.received is None:
        raise NotFound("Nothing was put.")
    if upload.received != upload.size:
        raise NotMeaningful(f"The file has {upload.received} bytes; {upload.size} were announced.")
    return Kept(blob=upload.blob, sha1=upload.sha1, size=upload.received)


def _blocks(connection: sa.Connection, model_id: str) -> dict[str, sa.Row[Any]]:
    rows = connection.execute(sa.select(model_upload_blocks).where(model_upload_blocks.c.model_id == model_id))
    return {row.block_id: row for row in rows}

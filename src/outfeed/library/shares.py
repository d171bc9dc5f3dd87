"""Keys to one model: who has one sees its exports, without an account."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound, Unauthenticated
from outfeed.identity.apps import digest, random_text
from outfeed.schema import models, share_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedModel:
    """What a key opens: the exports of one model, for reading."""

    model_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareRecord:
    """A key as it is kept: its text is nowhere."""

    #: What an operator calls it by.
    id: str
    model_id: str
    created_at: int
    #: None: it works until somebody deletes it.
    expires_at: int | None


class Shares:
    """Makes keys and looks them up."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def create(self, model_id: str, *, ttl_s: int | None = None) -> tuple[ShareRecord, str]:
        """
        Make a key to a model, for an operator; its text can be had only now.

        Raises
        ------
        NotFound
            If there is no such model.
        """
        key, now = random_text(), self._clock()
        expires_at = None if ttl_s is None else now + 1000 * ttl_s
        record = ShareRecord(id=self._new_id(), model_id=model_id, created_at=now, expires_at=expires_at)
        with writing(self._database) as connection:
            if connection.scalar(sa.select(models.c.id).where(models.c.id == model_id)) is None:
                raise NotFound(f"Model {model_id}.")
            connection.execute(
                sa.insert(share_keys).values(
                    digest=digest(key), id=record.id, model_id=model_id, created_at=now, expires_at=expires_at
                )
            )
        return record, key

    def open(self, key: str) -> SharedModel:
        """Return what a key opens, or raise `Unauthenticated`."""
        with reading(self._database) as connection:
            row = connection.execute(sa.select(share_keys).where(share_keys.c.digest == digest(key))).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= self._clock()):
            raise Unauthenticated
        return SharedModel(model_id=row.model_id)

    def all(self) -> list[ShareRecord]:
        """Return all keys, oldest first."""
        wanted = sa.select(
            share_keys.c.id, share_keys.c.model_id, share_keys.c.created_at, share_keys.c.expires_at
        ).order_by(share_keys.c.created_at, share_keys.c.id)
        with reading(self._database) as connection:
            rows = connection.execute(wanted)
            return [ShareRecord(**row._mapping) for row in rows]  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy

    def delete(self, share_id: str) -> None:
        """Remove a key, so that it opens nothing from now on; raise `NotFound` if there is none with this id."""
        with writing(self._database) as connection:
            gone = connection.execute(sa.delete(share_keys).where(share_keys.c.id == share_id)).rowcount
        if not gone:
            raise NotFound(f"Share key {share_id}.")

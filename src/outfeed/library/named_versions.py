"""Names that people give to versions of models."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, NotFound, NotMeaningful
from outfeed.identity.caller import Caller
from outfeed.library import model_queries as queries
from outfeed.library.model_queries import NameFilter
from outfeed.library.models import find_model
from outfeed.schema import named_versions, versions

__all__ = ["NameFilter", "NamedVersion", "NamedVersions", "Shown"]


class Shown(StrEnum):
    """Whether a name is offered to people."""

    VISIBLE = "visible"
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedVersion:
    """A name of a version."""

    id: str
    model_id: str
    #: Of the version; 0 is the baseline, of which a model may not have the bytes yet.
    index: int
    name: str
    description: str | None
    state: Shown
    created_by: str
    created_at: int


class NamedVersions:
    """Makes names of versions and finds them."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def create(self, caller: Caller, model_id: str, name: str, *, description: str | None, index: int) -> NamedVersion:
        """
        Name a version that is there; 0 is the baseline.

        Raises
        ------
        NotFound
            If the caller sees no such model.
        AlreadyExists
            If the model has a version of this name.
        NotMeaningful
            If the version has a name.
        """
        with writing(self._database) as connection:
            find_model(connection, model_id, principal_id=caller.principal_id)
            record = NamedVersion(
                id=self._new_id(),
                model_id=model_id,
                index=index,
                name=name,
                description=description,
                state=Shown.VISIBLE,
                created_by=caller.principal_id,
                created_at=self._clock(),
            )
            _check_free(connection, record)
            connection.execute(sa.insert(named_versions).values(_values(record)))
        return record

    def get(self, caller: Caller, model_id: str, name_id: str) -> NamedVersion:
        """Return a named version of a model that the caller sees, or raise `NotFound`."""
        with reading(self._database) as connection:
            return _found(connection, caller, model_id, name_id)

    def find(self, caller: Caller, model_id: str, wanted: NameFilter) -> list[NamedVersion]:
        """Return the named versions of a page, and the first of the next one; `NotFound` if there is no such model."""
        with reading(self._database) as connection:
            find_model(connection, model_id, principal_id=caller.principal_id)
            return [_record(row) for row in queries.name_rows(connection, model_id, wanted)]

    def update(self, caller: Caller, model_id: str, name_id: str, **changes: Any) -> NamedVersion:
        """Change name, description or state; raise `NotFound` or `AlreadyExists`."""
        with writing(self._database) as connection:
            after = replace(_found(connection, caller, model_id, name_id), **changes)
            _check_free(connection, after)
            connection.execute(sa.update(named_versions).where(named_versions.c.id == name_id).values(_values(after)))
        return after

    def changeset_ids(self, model_id: str, names: list[NamedVersion]) -> dict[int, str]:
        """Return the changeset ids behind names, by index; the baseline has none."""
        indices = {name.index for name in names if name.index > 0}
        wanted = sa.select(versions.c.index, versions.c.changeset_id).where(
            versions.c.model_id == model_id, versions.c.index.in_(indices)
        )
        with reading(self._database) as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def ids_at(self, model_id: str, indices: Iterable[int]) -> dict[int, str]:
        """Return the ids of the named versions among some versions of a model, by index."""
        wanted = sa.select(named_versions.c.index, named_versions.c.id).where(
            named_versions.c.model_id == model_id, named_versions.c.index.in_(list(indices))
        )
        with reading(self._database) as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}


def _found(connection: sa.Connection, caller: Caller, model_id: str, name_id: str) -> NamedVersion:
    find_model(connection, model_id, principal_id=caller.principal_id)
    wanted = sa.select(named_versions).where(named_versions.c.id == name_id, named_versions.c.model_id == model_id)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(f"Named version {name_id}.")
    return _record(row)


def _check_free(connection: sa.Connection, record: NamedVersion) -> None:
    """Raise if another one has the name, or marks the version."""
    others = sa.select(named_versions.c.id).where(
        named_versions.c.model_id == record.model_id, named_versions.c.id != record.id
    )
    if connection.execute(others.where(named_versions.c.name == record.name)).first():
        raise AlreadyExists(f"A version of the model is called {record.name}.")
    if connection.execute(others.where(named_versions.c.index == record.index)).first():
        raise NotMeaningful("The version has a name.")


def _values(record: NamedVersion) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record)} | {"state": record.state.value}


def _record(row: sa.Row[Any]) -> NamedVersion:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return NamedVersion(**values | {"state": Shown(values["state"])})

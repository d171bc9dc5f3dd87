"""Trees of folders: what lies under a folder, how much is in it, and when anything in it was changed last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from outfeed.database import reading
from outfeed.library.folders import FolderKind, FolderRecord
from outfeed.library.models import ModelState
from outfeed.schema import folders, models


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderFacts:
    """What a folder's record does not say."""

    #: Folders, files and sheets in it, hidden ones not.
    objects: int
    #: When it, or anything under it, was changed last.
    changed_at: int


class Trees:
    """Tells of folders, whoever asks: they were found for a member of their project."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def facts(self, records: Sequence[FolderRecord]) -> dict[str, FolderFacts]:
        """Return the facts of some folders, by their ids."""
        ids = [record.id for record in records]
        with reading(self._database) as connection:
            counts = _counts(connection, ids)
            changes = _changes(connection, ids)
        return {id_: FolderFacts(objects=counts.get(id_, 0), changed_at=changes[id_]) for id_ in ids}

    def roots(self, project_ids: Sequence[str]) -> dict[str, str]:
        """Return the ids of the folders that hold all others, by their projects' ids."""
        of_these = sa.and_(folders.c.project_id.in_(project_ids), folders.c.kind == FolderKind.ROOT.value)
        with reading(self._database) as connection:
            found = connection.execute(sa.select(folders.c.project_id, folders.c.id).where(of_these))
            return {row.project_id: row.id for row in found}


def ids_under(folder_id: str) -> sa.Select[Any]:
    """Return the question for a folder and all that are inside it, hidden ones not."""
    return sa.select(_walk([folder_id]).c.id)


def _walk(ids: Sequence[str]) -> sa.CTE:
    """Return each of these folders, as `top`, with itself and all that are inside it, as `id`."""
    tops = sa.select(folders.c.id.label("top"), folders.c.id.label("id")).where(folders.c.id.in_(ids))
    walk = tops.cte("walk", recursive=True)
    inside = sa.select(walk.c.top, folders.c.id).join(walk, folders.c.parent_id == walk.c.id)
    return walk.union(inside.where(sa.not_(folders.c.hidden)))


def _counts(connection: sa.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Return how much is in each folder that has something in it."""
    shown = sa.not_(models.c.hidden), models.c.state == ModelState.READY.value
    questions = (
        sa.select(folders.c.parent_id, sa.func.count()).where(folders.c.parent_id.in_(ids), sa.not_(folders.c.hidden)),
        sa.select(models.c.folder_id, sa.func.count()).where(models.c.folder_id.in_(ids), *shown),
    )
    counts: dict[str, int] = {}
    for question, column in zip(questions, (folders.c.parent_id, models.c.folder_id), strict=True):
        for id_, count in connection.execute(question.group_by(column)):
            counts[id_] = counts.get(id_, 0) + count
    return counts


def _changes(connection: sa.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Return when something under each folder was changed last."""
    walk = _walk(ids)
    questions = (
        sa.select(walk.c.top, sa.func.max(folders.c.modified_at)).join(folders, folders.c.id == walk.c.id),
        sa.select(walk.c.top, sa.func.max(models.c.modified_at)).join(models, models.c.folder_id == walk.c.id),
    )
    changes: dict[str, int] = {}
    for question in questions:
        for id_, at in connection.execute(question.group_by(walk.c.top)):
            changes[id_] = max(changes.get(id_, 0), at)
    return changes

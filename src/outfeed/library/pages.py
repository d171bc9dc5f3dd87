"""Sheets that a drawing was read as: each a model of its own, whose versions are pages of the drawing's versions."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.library.models import ModelKind, ModelRecord, ModelState, find_record, model_values
from outfeed.library.versions import Content, Kept, VersionRecord, changeset_id, version_of
from outfeed.schema import drawings, models, pages, versions


def keep_pages(
    connection: sa.Connection,
    source_id: str,
    sheets: Sequence[Mapping[str, Any]],
    pdf: Staged | None,
    *,
    now: int,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> None:
    """
    Make the sheets of a version visible together, beside its file.

    A sheet that an older version of the file had, by its name, gets a new version; each other one is a new model.

    Parameters
    ----------
    source_id
        The version that was read. If it has gone meanwhile, or the sheets of a newer one are there already, nothing is
        kept: what is newest of a sheet would be older than what is there.
    sheets
        As `outfeed.sheets.model.Sheet.json` tells them, in the order of the pages.
    pdf
        What they are pages of; None: the version's own bytes.
    """
    row = connection.execute(sa.select(versions).where(versions.c.id == source_id)).one_or_none()
    if row is None or _is_overtaken(connection, version_of(row)):
        return
    source = version_of(row)
    content: Content = Kept.of(pdf) if pdf else source
    connection.execute(sa.update(drawings).where(drawings.c.version_id == source_id).values(blob=content.blob))
    file = find_record(connection, source.model_id)
    made = _Made(file, source, content, now=now, new_id=new_id)
    known = _known_sheets(connection, source.model_id)
    for index, sheet in enumerate(sheets):
        made.add(index, sheet, known.get(sheet["name"]))
    made.write(connection)


def _is_overtaken(connection: sa.Connection, source: VersionRecord) -> bool:
    """Tell whether a newer version of the same file was read before this one."""
    newer = sa.select(pages.c.version_id).join(versions, versions.c.id == pages.c.source_id)
    newer = newer.where(versions.c.model_id == source.model_id, versions.c.index > source.index)
    return connection.scalar(newer.limit(1)) is not None


def _known_sheets(connection: sa.Connection, file_id: str) -> dict[str, tuple[str, int]]:
    """Return the models of a file's sheets, each with the index of its newest version, by the name that this has."""
    source = versions.alias("source")
    found = (
        sa.select(pages.c.name, versions.c.model_id, versions.c.index)
        .join(versions, versions.c.id == pages.c.version_id)
        .join(source, source.c.id == pages.c.source_id)
        .where(source.c.model_id == file_id)
        .order_by(source.c.index)
    )
    return {name: (model_id, newest) for name, model_id, newest in connection.execute(found)}


class _Made:
    """Rows of sheets, written together: a set may have thousands, and nobody else writes meanwhile."""

    def __init__(
        self, file: ModelRecord, source: VersionRecord, content: Content, *, now: int, new_id: Callable[[], str]
    ) -> None:
        self._file, self._source, self._content = file, source, content
        self._now, self._new_id = now, new_id
        self._old: list[str] = []
        self._models: list[dict[str, Any]] = []
        self._versions: list[dict[str, Any]] = []
        self._pages: list[dict[str, Any]] = []

    def add(self, index: int, sheet: Mapping[str, Any], known: tuple[str, int] | None) -> None:
        """Note a page as the next version of the sheet that is known, or as a new sheet."""
        if known is None:
            model_id, number = self._new_id(), 0
            self._models.append(self._model(model_id, sheet["name"]))
        else:
            model_id, number = known[0], known[1] + 1
            self._old.append(model_id)
        version = VersionRecord(
            id=self._new_id(),
            model_id=model_id,
            index=number,
            changeset_id=changeset_id(self._content.blob, number, is_taken=number > 0),
            blob=self._content.blob,
            sha1=self._content.sha1,
            size=self._content.size,
            format="pdf",
            file_name=f"{sheet['name']}.pdf",
            description="",
            created_by=self._source.created_by,
            created_at=self._now,
        )
        self._versions.append(asdict(version))
        self._pages.append({"version_id": version.id, "source_id": self._source.id, "index": index, **sheet})

    def write(self, connection: sa.Connection) -> None:
        """Write all of them."""
        shown = sa.update(models).where(models.c.id == sa.bindparam("sheet"))
        if self._old:
            values = {"modified_at": self._now, "hidden": False}
            connection.execute(shown.values(values), [{"sheet": model_id} for model_id in self._old])
        for table, rows in ((models, self._models), (versions, self._versions), (pages, self._pages)):
            if rows:
                connection.execute(sa.insert(table), rows)

    def _model(self, model_id: str, name: str) -> dict[str, Any]:
        return model_values(
            ModelRecord(
                id=model_id,
                project_id=self._file.project_id,
                name=name,
                description=None,
                extent=None,
                state=ModelState.READY,
                created_by=self._source.created_by,
                created_at=self._now,
                modified_at=self._now,
                folder_id=self._file.folder_id,
                kind=ModelKind.PAGE,
            )
        )

"""Sheets that a drawing was read as: each a model of its own, whose versions are pages of the drawing's versions."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.library.model_queries import next_index
from outfeed.library.models import ModelKind, ModelRecord, ModelState, find_record, insert_model
from outfeed.library.versions import Content, Kept, VersionRecord, changeset_id_of, insert_version, version_of
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
        The version that was read; if it has gone meanwhile, nothing is kept.
    sheets
        As `outfeed.sheets.model.Sheet.json` tells them, in the order of the pages.
    pdf
        What they are pages of; None: the version's own bytes.
    """
    row = connection.execute(sa.select(versions).where(versions.c.id == source_id)).one_or_none()
    if row is None:
        return
    source = version_of(row)
    content: Content = Kept.of(pdf) if pdf else source
    connection.execute(sa.update(drawings).where(drawings.c.version_id == source_id).values(blob=content.blob))
    file = find_record(connection, source.model_id)
    known = _known_sheets(connection, source.model_id)
    for index, sheet in enumerate(sheets):
        model_id = known.get(sheet["name"]) or _insert_sheet(connection, file, source, sheet["name"], new_id, now)
        version_id = _insert_version(connection, model_id, content, source, f"{sheet['name']}.pdf", new_id, now)
        place = {"version_id": version_id, "source_id": source_id, "index": index}
        connection.execute(sa.insert(pages).values(**place, **sheet))


def _known_sheets(connection: sa.Connection, file_id: str) -> dict[str, str]:
    """Return the models of a file's sheets by the name that the newest of each had."""
    source = versions.alias("source")
    found = (
        sa.select(pages.c.name, versions.c.model_id)
        .join(versions, versions.c.id == pages.c.version_id)
        .join(source, source.c.id == pages.c.source_id)
        .where(source.c.model_id == file_id)
        .order_by(source.c.index)
    )
    return {row.name: row.model_id for row in connection.execute(found)}


def _insert_sheet(
    connection: sa.Connection, file: ModelRecord, source: VersionRecord, name: str, new_id: Callable[[], str], now: int
) -> str:
    sheet = ModelRecord(
        id=new_id(),
        project_id=file.project_id,
        name=name,
        description=None,
        extent=None,
        state=ModelState.READY,
        created_by=source.created_by,
        created_at=now,
        modified_at=now,
        folder_id=file.folder_id,
        kind=ModelKind.PAGE,
    )
    insert_model(connection, sheet)
    return sheet.id


def _insert_version(
    connection: sa.Connection,
    model_id: str,
    content: Content,
    source: VersionRecord,
    file_name: str,
    new_id: Callable[[], str],
    now: int,
) -> str:
    index = next_index(connection, model_id)
    version = VersionRecord(
        id=new_id(),
        model_id=model_id,
        index=index,
        changeset_id=changeset_id_of(connection, model_id, index, content.blob),
        blob=content.blob,
        sha1=content.sha1,
        size=content.size,
        format="pdf",
        file_name=file_name,
        description="",
        created_by=source.created_by,
        created_at=now,
    )
    insert_version(connection, version)
    connection.execute(sa.update(models).where(models.c.id == model_id).values(modified_at=now, hidden=False))
    return version.id

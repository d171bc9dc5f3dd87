"""What markups ask the database, one function per question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from outfeed.schema import markups, pages, principals
from outfeed.sheets.markups.model import Markup, parse_markup


class Mark(NamedTuple):
    """A markup in one of its states: every change of it has a time of its own."""

    #: From 0.
    page: int
    id: str
    modified_at: int


_MARK: Final = (markups.c.page, markups.c.id, markups.c.modified_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkupRecord:
    """A markup as it is kept."""

    version_id: str
    #: From 0.
    page: int
    owner_id: str
    #: Whether all members of the project see it; else its owner alone.
    published: bool
    markup: Markup


def marks(
    connection: sa.Connection, version_id: str, *, principal_id: str, published: bool, unpublished: bool
) -> list[Mark]:
    """
    Return what tells the state of markups of a version, in the order of their pages and then of their making.

    Parameters
    ----------
    published
        Whether those that everybody sees are wanted.
    unpublished
        Whether those are wanted that the principal alone sees; others' are never given.
    """
    wanted = _wanted(principal_id, published=published, unpublished=unpublished)
    found = _in_order(*_MARK).where(markups.c.version_id == version_id, wanted)
    return [Mark(*row) for row in connection.execute(found)]


def texts(
    connection: sa.Connection, version_id: str, *, principal_id: str, published: bool, unpublished: bool
) -> Iterator[tuple[Mark, str]]:
    """Yield the same markups, each with the JSON that `parse_markup` reads, as it is stored."""
    wanted = _wanted(principal_id, published=published, unpublished=unpublished)
    found = _in_order(*_MARK, sa.type_coerce(markups.c.content, sa.Text)).where(
        markups.c.version_id == version_id, wanted
    )
    for page, id_, modified_at, text in connection.execute(found):
        yield Mark(page, id_, modified_at), text


def seen(
    connection: sa.Connection, version_id: str, *, principal_id: str, page: int | None = None
) -> list[MarkupRecord]:
    """Return the markups of a version, or of one page, that are published or the principal's own."""
    found = _in_order().where(markups.c.version_id == version_id, _is_seen(principal_id))
    if page is not None:
        found = found.where(markups.c.page == page)
    return [_record(row) for row in connection.execute(found)]


def seen_one(connection: sa.Connection, version_id: str, markup_id: str, *, principal_id: str) -> MarkupRecord | None:
    """Return a markup that is published or the principal's own."""
    named = (markups.c.version_id == version_id, markups.c.id == markup_id)
    row = connection.execute(_in_order().where(*named, _is_seen(principal_id))).one_or_none()
    return None if row is None else _record(row)


def counts(connection: sa.Connection, version_id: str) -> dict[int, int]:
    """Return how many markups each page of a version has."""
    found = sa.select(markups.c.page, sa.func.count()).where(markups.c.version_id == version_id)
    return {row[0]: row[1] for row in connection.execute(found.group_by(markups.c.page))}


def stored_bytes(connection: sa.Connection, version_id: str) -> int:
    """Return how much room the markups of a version take."""
    text = sa.cast(markups.c.content, sa.Text)
    return (
        connection.scalar(sa.select(sa.func.sum(sa.func.length(text))).where(markups.c.version_id == version_id)) or 0
    )


def count_pages(connection: sa.Connection, version_id: str) -> int:
    """Return how many sheets a version of a file was read as; 0: it was not."""
    return connection.scalar(sa.select(sa.func.count()).where(pages.c.source_id == version_id)) or 0


def name_of(connection: sa.Connection, principal_id: str) -> str:
    """Return what a principal is called."""
    return str(connection.scalar(sa.select(principals.c.name).where(principals.c.id == principal_id)) or "")


def insert(connection: sa.Connection, records: Sequence[MarkupRecord]) -> None:
    """Add markups."""
    if records:
        connection.execute(sa.insert(markups), [_values(record) for record in records])


def update(connection: sa.Connection, record: MarkupRecord) -> None:
    """Change a markup."""
    connection.execute(sa.update(markups).where(markups.c.id == record.markup.id).values(_values(record)))


def delete(connection: sa.Connection, markup_id: str) -> None:
    """Remove a markup."""
    connection.execute(sa.delete(markups).where(markups.c.id == markup_id))


def _in_order(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(*(columns or markups.c)).order_by(markups.c.page, markups.c.created_at, markups.c.id)


def _wanted(principal_id: str, *, published: bool, unpublished: bool) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(sa.literal(published), markups.c.published),
        sa.and_(sa.literal(unpublished), sa.not_(markups.c.published), markups.c.owner_id == principal_id),
    )


def _is_seen(principal_id: str) -> sa.ColumnElement[bool]:
    return sa.or_(markups.c.published, markups.c.owner_id == principal_id)


def _values(record: MarkupRecord) -> dict[str, Any]:
    return {
        "id": record.markup.id,
        "version_id": record.version_id,
        "page": record.page,
        "owner_id": record.owner_id,
        "published": record.published,
        "content": record.markup.json(),
        "created_at": record.markup.created_at,
        "modified_at": record.markup.modified_at,
    }


def _record(row: sa.Row[Any]) -> MarkupRecord:
    return MarkupRecord(
        version_id=row.version_id,
        page=row.page,
        owner_id=row.owner_id,
        published=row.published,
        markup=parse_markup(row.content),
    )

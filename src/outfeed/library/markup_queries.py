"""What markups ask the database, one function per question."""

import sqlalchemy as sa

from outfeed.schema import markups
from outfeed.sheets.markups.model import Markup, parse_markup


def visible_markups(
    connection: sa.Connection, version_id: str, *, principal_id: str, published: bool, unpublished: bool
) -> list[tuple[int, Markup]]:
    """
    Return markups of a version, each with its page, in the order in which they were made.

    Parameters
    ----------
    published
        Whether those that everybody sees are wanted.
    unpublished
        Whether those are wanted that the principal alone sees; others' are never given.
    """
    shown = sa.or_(
        sa.and_(sa.literal(published), markups.c.published),
        sa.and_(sa.literal(unpublished), sa.not_(markups.c.published), markups.c.owner_id == principal_id),
    )
    found = (
        sa.select(markups.c.page, markups.c.content)
        .where(markups.c.version_id == version_id, shown)
        .order_by(markups.c.page, markups.c.created_at, markups.c.id)
    )
    return [(row.page, parse_markup(row.content)) for row in connection.execute(found)]

"""Pages of lists that may be long: what is asked for, or as much of it as one answer may hold."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

#: Entries of a page. Who asks for more, or for all, gets so many and asks for the rest.
MOST_ENTRIES: Final = 10_000
#: What members and printers have written into them, as JSON, in bytes: an entry may have 200,000 of it.
MAX_WRITTEN_BYTES: Final = 8 * 1024 * 1024

_WRITTEN: Final = "written_bytes"


def page_of(
    connection: sa.Connection,
    asked: sa.Select[Any],
    *,
    written: Sequence[sa.Column[Any]],
    limit: int | None,
    offset: int,
) -> list[dict[str, Any]]:
    """
    Return a page of the rows of a query: one, and as many more of those asked for as one answer may hold.

    Parameters
    ----------
    written
        The columns that may hold much, JSON or null.
    limit, offset
        Rows of the page, None: all; and rows before it.
    """
    lengths = [sa.func.coalesce(sa.func.length(sa.cast(column, sa.Text)), 0) for column in written]
    most = MOST_ENTRIES if limit is None else min(limit, MOST_ENTRIES)
    weighed = asked.add_columns(sum(lengths, start=sa.literal(0)).label(_WRITTEN)).limit(most).offset(offset)
    found: list[dict[str, Any]] = []
    bytes_left = MAX_WRITTEN_BYTES
    with connection.execute(weighed) as rows:
        for row in rows.mappings():
            bytes_left -= row[_WRITTEN]
            if found and bytes_left < 0:
                break
            found.append({name: value for name, value in row.items() if name != _WRITTEN})
    return found

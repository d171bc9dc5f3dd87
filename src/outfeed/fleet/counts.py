"""How many there are, for those who watch the server. Nothing in it names a user or a printer."""

from dataclasses import dataclass

import sqlalchemy as sa

from outfeed.fleet.job_queries import waiting
from outfeed.schema import callbacks, commands, print_jobs, printer_members, printers


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetCounts:
    """Numbers of a fleet."""

    #: Printers that somebody owns and that were heard of lately; that were not; that nobody owns.
    online: int
    offline: int
    unclaimed: int
    #: Print jobs by state.
    jobs: dict[str, int]
    #: Commands that no printer has acknowledged.
    waiting: int
    #: Things that clients of print jobs are still to be told.
    untold: int


def fleet_counts(connection: sa.Connection, *, heard_since: int) -> FleetCounts:
    """Count a fleet; `heard_since` is the time of the last sign of life that still counts as being online."""
    owned = sa.exists().where(printer_members.c.printer_id == printers.c.id)
    heard = printers.c.seen_at >= heard_since
    return FleetCounts(
        online=_count(connection, printers, owned, heard),
        offline=_count(connection, printers, owned, sa.or_(printers.c.seen_at.is_(None), ~heard)),
        unclaimed=_count(connection, printers, ~owned),
        jobs=_by_state(connection),
        waiting=_count(connection, commands, waiting()),
        untold=_count(connection, callbacks),
    )


def _count(connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def _by_state(connection: sa.Connection) -> dict[str, int]:
    counted = sa.select(print_jobs.c.state, sa.func.count()).group_by(print_jobs.c.state)
    return {row[0]: row[1] for row in connection.execute(counted)}

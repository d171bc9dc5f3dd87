"""What is forgotten of a fleet: commands that were over long ago. Print jobs are kept."""

from typing import Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import writing
from outfeed.fleet.states import ENDED
from outfeed.schema import commands, print_jobs
from outfeed.settings import Settings

#: Commands that are removed together: others write between two batches.
_BATCH: Final = 500

_OF_A_JOB: Final = sa.exists().where(print_jobs.c.key == commands.c.job_key, print_jobs.c.state.not_in(ENDED))


def forget_commands(database: sa.Engine, clock: Clock, settings: Settings) -> int:
    """
    Remove commands that ended, or were last heard of by their first answer, so long ago; return how many.

    That of a job which is not over stays: its printer may still speak of it.
    """
    before = clock() - 1000 * settings.command_kept_s
    never_ended = sa.and_(commands.c.ended_at.is_(None), commands.c.heard_at <= before)
    return sum(_remove(database, is_old) for is_old in (commands.c.ended_at <= before, never_ended))


def _remove(database: sa.Engine, is_old: sa.ColumnElement[bool]) -> int:
    some = sa.select(commands.c.key).where(is_old, ~_OF_A_JOB).limit(_BATCH)
    removed, count = 0, _BATCH
    while count == _BATCH:
        with writing(database) as connection:
            count = connection.execute(sa.delete(commands).where(commands.c.key.in_(some))).rowcount
        removed += count
    return removed

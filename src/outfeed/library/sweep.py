"""The sweep: what nothing names any more goes, an hour after it was last published, and never under anybody's hands.

A row that names a blob is written in one of two ways: after the blob was published, which makes it young, or in the
transaction that has read another row which names it. So a blob that is old and unnamed, both seen while nobody can
publish (`Blobs.delete_stale`), cannot be about to be named. Between publishing and the row lie seconds, not an hour.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.library import queries
from outfeed.schema import uploads

#: How old leftovers must be, in milliseconds.
AGE_MS: Final = 3_600_000
#: Blobs that are looked at together.
_BATCH: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """What a sweep has removed."""

    blobs: int
    staged: int
    uploads: int


def sweep(database: sa.Engine, blobs: Blobs, clock: Clock, *, age_ms: int = AGE_MS) -> Swept:
    """Remove uploads that have expired, files that were staged and never published, and blobs that nothing names."""
    now = clock()
    with writing(database) as connection:
        expired = connection.execute(sa.delete(uploads).where(uploads.c.expires_at <= now)).rowcount
    return Swept(
        uploads=expired,
        staged=blobs.clear_staging(now - age_ms),
        blobs=_sweep_blobs(database, blobs, now - age_ms),
    )


def _sweep_blobs(database: sa.Engine, blobs: Blobs, before_ms: int) -> int:
    """Remove stale blobs, batch by batch; most are named, and are sorted out without stopping the publishers."""

    def named(digests: Iterable[str]) -> set[str]:
        with reading(database) as connection:
            return queries.named_blobs(connection, digests) | queries.live_inputs(connection)

    removed = 0
    for batch in _batches(blobs.stale(before_ms)):
        unnamed = set(batch) - named(batch)
        removed += blobs.delete_stale(unnamed, before_ms, named) if unnamed else 0
    return removed


def _batches(digests: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(digests, _BATCH)):
        yield batch

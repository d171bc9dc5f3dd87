"""What the commands for users, apps and tokens share: the database they open, and how they print."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from outfeed.cli.options import settings_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from outfeed.identity.service import Identity
    from outfeed.settings import Settings

Row = Mapping[str, Any]


@contextmanager
def identity_of(data: Path | None) -> Iterator["Identity"]:
    """Open the identity of a data folder, made and brought up to date if need be; the server may run meanwhile."""
    from outfeed.identity.service import Identity

    with database_of(data) as (database, settings):
        yield Identity(database, settings)


@contextmanager
def database_of(data: Path | None) -> Iterator[tuple["sa.Engine", "Settings"]]:
    """Open the database of a data folder as `identity_of` does."""
    from outfeed.database import open_database
    from outfeed.migrations import migrate

    settings = settings_of(data=data)
    database = open_database(settings.data)
    try:
        migrate(database)
        yield database, settings
    finally:
        database.dispose()


def print_record(record: Row, *, on_one_line: bool) -> None:
    """Print one record as JSON; without `--json` over several lines, for people."""
    typer.echo(json.dumps(record, ensure_ascii=False, indent=None if on_one_line else 2))


def print_rows(rows: Sequence[Row], line: Callable[[Row], str], *, as_json: bool) -> None:
    """Print records as one JSON list, or a line each, for people: with nothing that could steer their terminal."""
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo("".join(sign if sign.isprintable() else "\ufffd" for sign in line(row).rstrip()))


def iso_time(ms: int) -> str:
    """Return milliseconds since 1970-01-01 UTC as an ISO 8601 time."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).isoformat(timespec="milliseconds")

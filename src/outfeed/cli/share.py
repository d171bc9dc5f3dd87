"""`outfeed share`: keys to one model, for whoever shall see it without an account."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outfeed.cli.operator import Row, database_of, iso_time, print_record, print_rows
from outfeed.cli.options import Data, Json

if TYPE_CHECKING:
    from outfeed.library.shares import ShareRecord, Shares

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create_share(
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    ttl: Annotated[int | None, typer.Option(metavar="SECONDS", min=1, help="Its life. Default: until deleted.")] = None,
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Make a key to a model, by the model's id: it reads that model's exports. It is shown now and never again."""
    with _shares_of(data) as shares:
        record, key = shares.create(model, ttl_s=ttl)
    print_record(_row(record) | {"key": key}, on_one_line=json_output)


@app.command("list")
def list_shares(
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """List keys to models, oldest first."""
    with _shares_of(data) as shares:
        rows = [_row(record) for record in shares.all()]
    print_rows(rows, _line, as_json=json_output)


@app.command("delete")
def delete_share(
    share: Annotated[str, typer.Argument(metavar="ID")],
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Remove a key to a model: it opens nothing from now on. Links that it has opened work until they expire."""
    with _shares_of(data) as shares:
        shares.delete(share)
    print_record({"id": share, "deleted": True}, on_one_line=json_output)


@contextmanager
def _shares_of(data: Path | None) -> Iterator["Shares"]:
    from outfeed.clock import now_ms
    from outfeed.library.shares import Shares

    with database_of(data) as (database, _):
        yield Shares(database, now_ms)


def _line(row: Row) -> str:
    until = f"until {row['expires_at']}" if row["expires_at"] else ""
    return f"{row['id']}  {row['created_at']}  {row['model']}  {until}"


def _row(record: "ShareRecord") -> dict[str, Any]:
    return {
        "id": record.id,
        "model": record.model_id,
        "created_at": iso_time(record.created_at),
        "expires_at": None if record.expires_at is None else iso_time(record.expires_at),
    }

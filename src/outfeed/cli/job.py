"""`outfeed job`: look at jobs, cancel one."""

import json
from typing import Annotated

import typer

from outfeed.cli.operator import database_of, print_rows
from outfeed.cli.options import Data, Json

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_jobs(
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
) -> None:
    """List jobs, newest first."""
    from outfeed.database import reading
    from outfeed.jobs.queries import newest_jobs
    from outfeed.jobs.states import State

    with database_of(data) as (database, _), reading(database) as connection:
        jobs = newest_jobs(connection, states=list(State), limit=limit)
    rows = [
        {"id": job.id, "kind": job.kind, "state": job.state, "progress": job.progress, "error": job.error_code}
        for job in jobs
    ]
    print_rows(
        rows,
        lambda row: f"{row['id']}  {row['state']:<9}  {row['progress']:>4.0%}  {row['kind']}  {row['error'] or ''}",
        as_json=json_output,
    )


@app.command("cancel")
def cancel_job(
    job_id: Annotated[str, typer.Argument(metavar="ID")],
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Cancel a job that has not ended; its conversion ends within a second."""
    from outfeed.clock import now_ms
    from outfeed.jobs.engine import cancel

    with database_of(data) as (database, _):
        job = cancel(database, job_id, now=now_ms())
    typer.echo(json.dumps({"id": job.id, "state": job.state}) if json_output else f"{job.id}  {job.state}")

"""`outfeed app`: what programs sign in as."""

from typing import Annotated

import typer

from outfeed.cli.operator import identity_of, iso_time, print_record, print_rows
from outfeed.cli.options import Data, Json

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create_app(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="The user that answers for it.")] = None,
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Make an app. Its client secret is shown now and never again."""
    with identity_of(data) as identity:
        made = identity.create_app(name, owner)
    record = {
        "client_id": made.app.id,
        "client_secret": made.client_secret,
        "name": made.app.name,
        "owner": made.app.owner_email,
    }
    print_record(record, on_one_line=json_output)


@app.command("list")
def list_apps(
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """List apps, oldest first."""
    with identity_of(data) as identity:
        apps = identity.apps()
    rows = [
        {"client_id": one.id, "name": one.name, "owner": one.owner_email, "created_at": iso_time(one.created_at)}
        for one in apps
    ]
    print_rows(
        rows,
        lambda row: f"{row['client_id']:<43}  {row['created_at']}  {row['name']}  {row['owner'] or ''}",
        as_json=json_output,
    )


@app.command("delete")
def delete_app(
    client_id: Annotated[str, typer.Argument(metavar="CLIENT_ID")],
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Remove an app: its secret and its tokens stop working within a second; what they made stays."""
    with identity_of(data) as identity:
        identity.delete_app(client_id)
    print_record({"client_id": client_id, "deleted": True}, on_one_line=json_output)

"""`outfeed user`: the people that tokens act for."""

from typing import Annotated

import typer

from outfeed.cli.operator import identity_of, iso_time, print_record, print_rows
from outfeed.cli.options import Data, Json

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create_user(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Make a user."""
    with identity_of(data) as identity:
        user = identity.create_user(email)
    print_record({"id": user.id, "email": user.email}, on_one_line=json_output)


@app.command("list")
def list_users(
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """List users, oldest first."""
    with identity_of(data) as identity:
        users = identity.users()
    rows = [{"id": user.id, "email": user.email, "created_at": iso_time(user.created_at)} for user in users]
    print_rows(rows, lambda row: f"{row['id']}  {row['created_at']}  {row['email']}", as_json=json_output)
